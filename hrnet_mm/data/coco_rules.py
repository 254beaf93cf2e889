"""Rules about COCO annotation files, read while the dataset parses them."""

from collections.abc import Callable, Iterator

from hrnet_mm.data import coco_boxes, coco_categories, coco_keypoints, coco_structure, coco_values
from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.findings import Finding

RULES: tuple[Callable[[CocoFile], Iterator[Finding]], ...] = (
    *coco_structure.RULES,
    *coco_values.RULES,
    *coco_categories.RULES,
    *coco_boxes.RULES,
    *coco_keypoints.RULES,
)
