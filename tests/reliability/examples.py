"""How many cases the fuzz tests try."""

import os


def examples(default: int) -> int:
    """Return the number in the environment, for a recorded run, or that of the default tests."""
    return int(os.environ.get("HRNET_MM_EXAMPLES", default))
