"""Compare finished runs with the published results: ``python tools/leaderboard.py WORK_DIR...``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.benchmark.leaderboard import (
    compare,
    markdown_comparison,
    plot,
    print_comparison,
    read_run,
)
from hrnet_mm.benchmark.submission import submit_run
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import Overrides
from hrnet_mm.whole_file import whole_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work_dirs", metavar="WORK_DIR", nargs="+", type=Path, help="of a run")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the table there too")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="write a plot, .png or .svg")
    parser.add_argument(
        "--submission",
        metavar="DIR",
        type=Path,
        help="instead: predict the test split of one run and write there what its server takes",
    )
    parser.add_argument("--tta", action="store_true", help="submit with test-time augmentation")
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=Overrides,
        default={},
        help="of the submission, key=value",
    )
    args = parser.parse_args()
    if args.submission and (len(args.work_dirs) > 1 or args.markdown or args.plot):
        parser.error("--submission takes one work dir, and makes no table")
    if not args.submission and (args.tta or args.cfg_options):
        parser.error("--tta and --cfg-options are for a --submission")
    with one_clear_error():
        if args.submission:
            submit(args)
        else:
            show_table(args)


def submit(args: argparse.Namespace) -> None:
    file = submit_run(
        args.work_dirs[0], folder=args.submission, tta=args.tta, options=args.cfg_options
    )
    print(f"to submit: {file}")


def show_table(args: argparse.Namespace) -> None:
    entries = compare(read_run(work_dir) for work_dir in args.work_dirs)
    print_comparison(entries)
    if args.markdown:
        with whole_file(args.markdown) as unfinished:
            unfinished.write_text(markdown_comparison(entries))
    if args.plot:
        plot(entries, args.plot)


if __name__ == "__main__":
    main()
