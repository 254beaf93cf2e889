"""Train, evaluate and show HRNet on generated scenes: ``make demo``."""

import argparse
import gc
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from demo.ending import interpreter, print_ending
from demo.quiet import output_in, terminal
from demo.screen import Row, Screen
from demo.steps import run_steps
from demo.tasks import TASKS, DemoTask, in_order
from hrnet_mm.launch.clear_errors import one_clear_error

STOPPED_BY = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130  # the exit status of a program that Ctrl-C ends


def main(arguments: Sequence[str] | None = None, *, tasks: Mapping[str, DemoTask] = TASKS) -> None:
    """Run the demo.

    Args:
        arguments: Of the command line; None for those of this process.
        tasks: What there is to choose from, by name.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parse(arguments, names=list(tasks))
    wanted = in_order([tasks[name] for name in options.tasks])
    rows = [Row(name=task.name, metric=task.metrics[0].heading) for task in wanted]
    console = Console(file=terminal(), highlight=False)
    screen = Screen(console=console, rows=[Row(name="scenes"), *rows])
    for number in STOPPED_BY:
        signal.signal(number, screen.interrupt)
    with one_clear_error(), output_in(options.work_dir / "demo.log"):
        results = None
        try:
            with screen:
                results = run_steps(
                    wanted,
                    tasks=tasks.values(),
                    work_dir=options.work_dir,
                    seed=options.seed,
                    screen=screen,
                )
        except (KeyboardInterrupt, Exception):
            if not screen.is_interrupted:  # a worker may have been stopped before this process
                raise
        if results is None:
            for number in STOPPED_BY:
                signal.signal(number, signal.SIG_IGN)
            gc.collect()  # ends the workers of data loaders
            again = (
                shlex.join([interpreter(), "-m", "demo", *arguments]) if arguments else "make demo"
            )
            console.print(f"Stopped; what is done is kept. To go on: {again}", soft_wrap=True)
            sys.exit(INTERRUPTED)
    print_ending(results, asked=tasks[options.tasks[0]], console=console)


def _parse(arguments: Sequence[str], *, names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("tasks", nargs="*", default=names, help=f"{', '.join(names)}; default: all")
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/demo"), help="of the logs")
    parser.add_argument("--seed", type=int, default=0, help="of the trainings")
    options = parser.parse_args(arguments)
    for name in options.tasks:
        if name not in names:
            parser.error(f"there is no task {name!r}: choose from {names}")
    return options


if __name__ == "__main__":
    main()
