"""Train, evaluate and show HRNet on generated scenes: ``make demo``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from demo.painter import write_toy_scenes
from demo.run import in_order, run_task
from demo.summary import print_summary, write_summary
from demo.tasks import TASKS
from hrnet_mm.launch.clear_errors import one_clear_error


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    names = list(TASKS)
    parser.add_argument("tasks", nargs="*", default=names, help=f"{', '.join(names)}; default: all")
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/demo"), help="of the logs")
    args = parser.parse_args()
    for name in args.tasks:
        if name not in TASKS:
            parser.error(f"there is no task {name!r}: choose from {names}")
    with one_clear_error():
        write_toy_scenes(Path("data/toy"))
        tasks = in_order([TASKS[name] for name in args.tasks], work_dir=args.work_dir)
        results = [run_task(task, work_dir=args.work_dir) for task in tasks]
        files = write_summary(results, folder=args.work_dir)
    print_summary(results, files=files)


if __name__ == "__main__":
    main()
