"""Predict on images and videos: ``python tools/predict.py CONFIG CHECKPOINT INPUT...``."""

import argparse
import sys
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.apis.model_zoo import print_models
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.launch.command_line import Overrides, add_memory_format
from hrnet_mm.launch.predicting import PredictOptions, predict


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "config",
        nargs="?",
        help="config file, a name of docs/model_zoo.md, or a bundle of tools/export.py",
    )
    parser.add_argument(
        "inputs",
        nargs="*",
        metavar="[CKPT] INPUT",
        help="checkpoint, but not of a bundle, nor where a name's public weights are wanted; then "
        "images, folders, patterns, videos, webcam:0",
    )
    parser.add_argument("--out-dir", type=Path, help="default: predict/ in the config's work dir")
    parser.add_argument(
        "--score-thr", type=float, help="least score to keep; default: 0.3, and 0 for classifiers"
    )
    parser.add_argument("--classes", nargs="+", default=[], help="keep these classes only")
    parser.add_argument("--batch-size", type=int, default=1, help="images at once; default: 1")
    parser.add_argument(
        "--device", help="as torch names it; default: a GPU if there is one; bundles: the CPU"
    )
    parser.add_argument("--no-vis", action="store_true", help="write no drawings")
    parser.add_argument("--format", choices=["json", "csv"], default="json", help="csv: poses only")
    parser.add_argument("--overwrite", action="store_true", help="do again what is done")
    parser.add_argument("--max-frames", type=int, help="of each video or webcam")
    parser.add_argument("--tta", action="store_true", help="the config's test-time augmentation")
    parser.add_argument(
        "--slide", nargs=2, type=int, metavar=("CROP", "STRIDE"), help="windows over large images"
    )
    boxes = parser.add_mutually_exclusive_group()
    boxes.add_argument("--boxes", type=Path, metavar="JSON", help="COCO annotations or results")
    boxes.add_argument("--detector", nargs="+", metavar="CONFIG [CKPT]", help="or name, bundle")
    parser.add_argument("--detector-classes", nargs="+", default=[], help="whose boxes to take")
    parser.add_argument(
        "--cfg-options", nargs="+", action=Overrides, default={}, help="overrides, key=value"
    )
    add_memory_format(parser)
    parser.add_argument(
        "--list", nargs="?", const="all", metavar="TASK", help="print the models: pose, seg, …"
    )
    return parser


def main() -> None:
    parser = make_parser()
    args = vars(parser.parse_intermixed_args())  # options may stand between inputs
    task = args.pop("list")
    if task is None and not (args["config"] and args["inputs"]):
        parser.error("give CONFIG CKPT INPUT..., or --list")
    with one_clear_error():
        if task is not None:
            print_models(None if task == "all" else task)
        else:
            sys.exit(predict(PredictOptions(**args)))


if __name__ == "__main__":
    main()
