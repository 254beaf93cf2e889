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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", help=f"of {', '.join(TASKS)}; default: all")
    parser.add_argument("--work-dir", type=Path, default=Path("work_dirs/demo"))
    args = parser.parse_args()
    for name in args.tasks:
        if name not in TASKS:
            parser.error(f"there is no task {name!r}: choose from {list(TASKS)}")
    with one_clear_error():
        write_toy_scenes(Path("data/toy"))
        wanted = [TASKS[name] for name in args.tasks or list(TASKS)]
        tasks = in_order(wanted, work_dir=args.work_dir)
        results = [run_task(task, work_dir=args.work_dir) for task in tasks]
        files = write_summary(results, folder=args.work_dir)
    print_summary(results, files=files)


if __name__ == "__main__":
    main()
