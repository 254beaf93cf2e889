"""Export a model for other runtimes: ``python tools/export.py CONFIG CHECKPOINT --out DIR``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.deploy.writing import LIBRARIES, Form
from hrnet_mm.errors import UserError
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import Overrides
from hrnet_mm.launch.exporting import ExportOptions, export, summary
from hrnet_mm.launch.int8_export import DEFAULT_IMAGES, export_int8, int8_summary


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file, or a name of docs/model_zoo.md")
    parser.add_argument("checkpoint", nargs="?", help="default: a name's public weights")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make")
    parser.add_argument("--format", choices=[*LIBRARIES], default="onnx", help="default: onnx")
    parser.add_argument(
        "--input-size", nargs=2, type=int, metavar=("W", "H"), help="default: the config's"
    )
    parser.add_argument("--dynamic", action="store_true", help="leave height and width free")
    parser.add_argument("--argmax", action="store_true", help="segmentation: labels, not logits")
    parser.add_argument("--half", action="store_true", help="in half precision")
    parser.add_argument("--int8", action="store_true", help="in 8-bit integers, after training")
    parser.add_argument(
        "--calib",
        type=int,
        metavar="N",
        help=f"--int8: images of the training set to calibrate with; default: {DEFAULT_IMAGES}",
    )
    parser.add_argument("--opset", type=int, metavar="N", help="of ONNX; default: the exporter's")
    parser.add_argument("--overwrite", action="store_true", help="replace a bundle")
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    return parser


def main() -> None:
    # An option may stand between the config and the checkpoint.
    args = make_parser().parse_intermixed_args()
    with one_clear_error():
        options = ExportOptions(
            config=args.config,
            checkpoint=args.checkpoint,
            out=args.out,
            form=Form(format=args.format, half=args.half, opset=args.opset),
            input_size=args.input_size and tuple(args.input_size),
            dynamic=args.dynamic,
            argmax=args.argmax,
            overwrite=args.overwrite,
            cfg_options=args.cfg_options,
        )
        if args.calib is not None and not args.int8:
            raise UserError(f"--calib {args.calib} is for --int8")
        if args.int8:
            images = DEFAULT_IMAGES if args.calib is None else args.calib
            print(int8_summary(*export_int8(options, images=images), options))
        else:
            print(summary(export(options), options))


if __name__ == "__main__":
    main()
