"""Write label maps of a COCO file: ``python tools/dataset_converters/to_masks.py FILE OUT``."""

import argparse
from pathlib import Path

import hrnet_mm  # noqa: F401  (installs the repairs of the OpenMMLab packages)
from hrnet_mm.data.converters.masks import write_label_maps
from hrnet_mm.launch.clear_errors import one_clear_error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", metavar="FILE", type=Path, help="COCO json, polygons or RLE")
    parser.add_argument("target", metavar="OUT", type=Path, help="the folder of the PNG files")
    args = parser.parse_args()
    with one_clear_error():
        print(write_label_maps(args.source, args.target))


if __name__ == "__main__":
    main()
