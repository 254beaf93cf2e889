"""``python -m hrnet_mm``: what is installed, missing, too old or repaired."""

import sys

from hrnet_mm.doctor import report

if __name__ == "__main__":
    sys.exit(report())
