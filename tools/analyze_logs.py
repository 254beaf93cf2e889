"""Show the curves of trainings: ``python tools/analyze_logs.py WORK_DIR...``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.benchmark.curves import plot_curves, print_curves, read_curves
from hrnet_mm.launch.clear_errors import one_clear_error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work_dirs", metavar="WORK_DIR", nargs="+", type=Path, help="of a run")
    parser.add_argument("--out", type=Path, help="default: curves.png in the first work dir")
    args = parser.parse_args()
    with one_clear_error():
        runs = [read_curves(work_dir) for work_dir in args.work_dirs]
        file = args.out or args.work_dirs[0] / "curves.png"
        print_curves(runs)
        plot_curves(runs, file)
        print(f"written: {file}")


if __name__ == "__main__":
    main()
