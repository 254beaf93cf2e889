"""Convert a file of HRNet weights: ``python tools/convert_checkpoint.py IN OUT [--to LAYOUT]``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (repairs of the host stack come first)
from hrnet_mm.checkpoint.commands import convert_file
from hrnet_mm.checkpoint.convert import TARGETS
from hrnet_mm.launch.clear_errors import one_clear_error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", metavar="IN", help="official, timm or OpenMMLab file")
    parser.add_argument("target", metavar="OUT", type=Path, help=".pth or .safetensors")
    parser.add_argument(
        "--to",
        default="hrnet_mm",
        metavar="LAYOUT",
        help=f"of {', '.join(TARGETS)}; default: hrnet_mm, a whole model of this package",
    )
    args = parser.parse_args()
    with one_clear_error():
        report = convert_file(args.source, args.target, to=args.to)
        print(report.text())
        print(f"written: {args.target}")


if __name__ == "__main__":
    main()
