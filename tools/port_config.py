"""Port a stock HRNet config: ``python tools/port_config.py STOCK_CONFIG OUT.py``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.apis.porting import write_ported
from hrnet_mm.launch.clear_errors import one_clear_error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "stock",
        metavar="STOCK_CONFIG",
        help="path, or name such as mmdet::hrnet/faster-rcnn_hrnetv2p-w32-1x_coco.py",
    )
    parser.add_argument("target", metavar="OUT", type=Path, help=".py")
    args = parser.parse_args()
    with one_clear_error():
        write_ported(args.stock, args.target)
        print(f"written: {args.target}")


if __name__ == "__main__":
    main()
