"""Show the worst and best images of a test: ``python tools/analyze_results.py CONFIG PKL``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.apis.configs import read_config
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import Overrides
from hrnet_mm.reports.analysis import analyze


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="Written: the images with truth and prediction, the score of each image, and the "
        "confusion matrix of the classes, or the errors and the PCK of the keypoints.",
    )
    parser.add_argument("config", help="config file, or a name of docs/model_zoo.md")
    parser.add_argument("dump", metavar="PKL", type=Path, help="written by tools/test.py --dump")
    parser.add_argument(
        "-n", "--number", type=int, default=8, help="of worst and of best images; default: 8"
    )
    parser.add_argument("--out", type=Path, help="folder; default: PKL_analysis beside it")
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    args = parser.parse_args()
    with one_clear_error():
        cfg = read_config(args.config, args.cfg_options)
        folder = args.out or args.dump.with_name(f"{args.dump.stem}_analysis")
        for file in analyze(cfg, args.dump, folder=folder, number=args.number):
            print(f"written: {file}")


if __name__ == "__main__":
    main()
