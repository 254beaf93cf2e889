"""What the demo says at its end: the figures, where to look, what to try next."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from demo.kept import DemoResult
from demo.tasks import DemoTask
from hrnet_mm.tables import terminal_table


def print_ending(results: Sequence[DemoResult], *, asked: DemoTask, console: Console) -> None:
    """Print the metrics before and after training, the files to look at and commands to try.

    Args:
        results: All are finished.
        asked: The task that the commands are about.
        console: Where to print.
    """
    rows = [
        (r.task.name, heading, f"{r.before[heading]:.3f}", f"{value:.3f}", f"{r.seconds:.0f}")
        for r in results
        for heading, value in r.after.items()
    ]
    headings = ("task", "metric", "untrained", "trained", "seconds")
    console.print(terminal_table(headings, rows, right_aligned=headings[2:]))
    (result,) = [result for result in results if result.task is asked]
    folder = result.work_dir
    lines = [f"Look at {folder / 'summary.png'} and {folder / 'summary.md'}", "", "Try next:"]
    for what, command in next_commands(result).items():
        lines += [f"# {what}", command]
    lines += ["", f"To start over: rm -r {shlex.quote(str(folder))}"]
    console.print("\n".join(lines), soft_wrap=True, markup=False)


def next_commands(result: DemoResult) -> dict[str, str]:
    """Return commands for the shell that work after a task, by what they do."""
    python, task = shlex.quote(interpreter()), result.task
    trained = shlex.quote(str(result.checkpoint))
    start = ""
    if task.pretrained_by:
        backbone = shlex.quote(str(task.pretrained_by.checkpoint(result.work_dir)))
        start = f" \\\n  --cfg-options model.backbone.init_cfg.checkpoint={backbone}"
    return {
        "predict on an image of yours, in place of this one": (
            f"{python} tools/predict.py {task.config} \\\n  {trained} \\\n  docs/toy_scenes.jpg"
        ),
        "a longer training, for better figures": (
            f"{python} tools/train.py \\\n  {task.long_config}{start}"
        ),
        "what is installed, repaired and missing": f"{python} -m hrnet_mm",
    }


def interpreter() -> str:
    """The Python that runs this, as short as it can be written."""
    path = Path(sys.executable)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
