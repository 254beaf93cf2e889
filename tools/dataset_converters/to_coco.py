"""Write a COCO file of other annotations: ``python tools/dataset_converters/to_coco.py IN OUT``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.data.converters.coco import write_coco
from hrnet_mm.data.converters.labelme import read_labelme
from hrnet_mm.data.converters.voc import read_voc
from hrnet_mm.data.converters.yolo import read_yolo
from hrnet_mm.launch.clear_errors import one_clear_error

READERS = {"labelme": read_labelme, "yolo": read_yolo, "voc": read_voc}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--from", dest="form", choices=READERS, required=True, help="the format of the annotations"
    )
    parser.add_argument(
        "source", metavar="IN", type=Path, help="folder; of voc also a list in ImageSets/Main"
    )
    parser.add_argument("target", metavar="OUT", type=Path, help="the json file to write")
    args = parser.parse_args()
    if not args.source.exists():
        parser.error(f"there is no {args.source}")
    with one_clear_error():
        print(write_coco(READERS[args.form](args.source), args.target))


if __name__ == "__main__":
    main()
