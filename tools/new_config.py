"""Write a config for own data: ``python tools/new_config.py --task TASK --data DATA --out OUT``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.apis.own_data.config import TASKS, plan_config, write_config
from hrnet_mm.data.surveys.survey import Request, class_names
from hrnet_mm.launch.clear_errors import one_clear_error
from hrnet_mm.models.arch import ARCHS


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="New files lie beside the data; none of yours is changed."
    )
    parser.add_argument("--task", choices=TASKS, required=True)
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="ANNOTATIONS",
        help="pose, det: a COCO file; seg: the folder of label maps; cls: a folder with one for "
        "each class, or a list with a file and a class in each line",
    )
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="of the images; not for cls with folders"
    )
    parser.add_argument(
        "--val",
        type=Path,
        metavar="ANNOTATIONS",
        help="to validate with; default: folders train and val, or else a part of --data",
    )
    parser.add_argument("--val-fraction", type=float, default=0.2, help="default: 0.2")
    parser.add_argument(
        "--group-by",
        metavar="PREFIX",
        help=r"images whose names begin with the same match of this regular expression stay "
        r"together in a split: [^_]+_ or video\d+",
    )
    parser.add_argument(
        "--classes",
        nargs="+",
        default=[],
        metavar="NAME",
        help="of seg and of cls lists, in the order of labels; or a file with one in each line",
    )
    parser.add_argument(
        "--colors",
        type=Path,
        metavar="FILE",
        help="of seg, a name, red, green and blue in each line; default: a label_colors.txt, "
        "class_dict.csv, labelmap.txt or colors.txt near the label maps",
    )
    parser.add_argument(
        "--from", dest="base", metavar="CONFIG-NAME", help="a name of docs/model_zoo.md"
    )
    parser.add_argument("--arch", choices=ARCHS, help="the width; default: what the device can do")
    parser.add_argument("--out", type=Path, required=True, metavar="CONFIG", help=".py")
    parser.add_argument("--overwrite", action="store_true", help="replace the files it writes")
    return parser


def main() -> None:
    args = make_parser().parse_args()
    with one_clear_error():
        request = Request(
            data=args.data,
            images=args.images,
            val=args.val,
            val_fraction=args.val_fraction,
            group_by=args.group_by,
            classes=class_names(args.classes),
            colors=args.colors,
            prefix=args.out.stem,
        )
        config = plan_config(request, args.out, task=args.task, base=args.base, arch=args.arch)
        print(config.summary())
        for path in write_config(config, overwrite=args.overwrite):
            print(f"written: {path}")
        print("then:", *config.commands, sep="\n  ")


if __name__ == "__main__":
    main()
