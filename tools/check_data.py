"""Check all images and annotations of a config: ``python tools/check_data.py CONFIG``.

All files are read as a training reads them, and all faults are printed in one table: images that
are damaged, turned by EXIF or of another size than their annotations, labels that no class has,
boxes and keypoints in the wrong places, missing names, images in two splits, classes that a split
lacks. The images of the worst are in one contact sheet. The exit status is 1 if there is a fault.
"""

import argparse
import sys
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.apis.configs import read_config
from hrnet_mm.launch.checking_data import SPLITS, report_on_data
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import Overrides, work_dir_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file, or a name of docs/model_zoo.md")
    parser.add_argument(
        "--split", choices=SPLITS, help="default: all of the config, and compare them"
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit status 1 for warnings too, not only for faults"
    )
    parser.add_argument(
        "--out-dir", type=Path, help="for the contact sheet; default: the config's work dir"
    )
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    args = parser.parse_args()
    with one_clear_error():
        cfg = read_config(args.config, args.cfg_options)
        out_dir = args.out_dir or Path(work_dir_of(cfg))
        if not report_on_data(cfg, split=args.split, is_strict=args.strict, out_dir=out_dir):
            sys.exit(1)


if __name__ == "__main__":
    main()
