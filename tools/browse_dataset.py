"""Show samples of a config's dataset in one image: ``python tools/browse_dataset.py CONFIG``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.apis.browsing import MODES, browse
from hrnet_mm.apis.configs import read_config
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import Overrides, work_dir_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file, or a name of docs/model_zoo.md")
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="transformed",
        help="samples as they are read, as the model gets them, or after each transform",
    )
    parser.add_argument("--split", choices=["train", "val", "test"], default="train")
    parser.add_argument("-n", "--number", type=int, default=16, help="of samples; default: 16")
    parser.add_argument("--out", type=Path, help="default: SPLIT_MODE.png in the config's work dir")
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    args = parser.parse_args()
    with one_clear_error():
        cfg = read_config(args.config, args.cfg_options)
        file = args.out or Path(work_dir_of(cfg), f"{args.split}_{args.mode}.png")
        number = browse(cfg, split=args.split, mode=args.mode, number=args.number, file=file)
        print(f"written: {file}: {number} samples of {args.split}")


if __name__ == "__main__":
    main()
