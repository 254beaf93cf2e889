"""Checks of files of detected boxes, mmpose's ``bbox_file``."""

import json
from collections.abc import Iterator
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np

from hrnet_mm.data.coco_records import Records, listed, shortened
from hrnet_mm.data.findings import Finding
from hrnet_mm.data.run_config import DatasetConfig, RunConfig

_KEYS = ("image_id", "category_id", "bbox", "score")


def wrong_detections(run: RunConfig) -> Iterator[Finding]:
    """Check the detections of a run, after an error while reading data."""
    for dataset in run.datasets:
        path = dataset.options.get("bbox_file")
        if path and not dataset.is_remote:
            found = _fault(_parsed(path), dataset)
            if found:
                yield Finding(text=f"{dataset.key}.bbox_file: {path} {found}")


def _parsed(path: str | None) -> Any:
    """Parse a json file; None where another rule reports that it is invalid."""
    try:
        return json.loads(Path(path or "").read_bytes())
    except (OSError, ValueError):
        return None


def _fault(content: Any, dataset: DatasetConfig) -> str | None:
    expected = f"a list of objects with {', '.join(_KEYS)}, as a detector's results are"
    if content is None:
        return None
    if not isinstance(content, list):
        return f"holds no list: give {expected}"
    detections = Records({"detections": content}, "detections")
    incomplete = [not all(key in row for key in _KEYS) for row in detections.rows]
    if detections.others or any(incomplete):
        missing = [key for key in _KEYS if any(key not in row for row in detections.rows)]
        return f"lacks {listed(missing)} in {detections.share(incomplete)}: give {expected}"
    invalid = ~np.isfinite(detections.boxes()).all(1)
    if invalid.any():
        example = shortened(detections.column("bbox")[int(invalid.argmax())])
        return (
            f"has bbox {example} in {int(invalid.sum())} of {len(detections)} detections: give "
            "four numbers, [x, y, width, height]"
        )
    images = Records(_parsed(dataset.ann_file), "images")
    known = {value for value in images.ids() if value is not None}
    unknown = [value not in known for value in detections.ids("image_id")]
    if any(unknown):
        ids = listed(compress(detections.ids("image_id"), unknown))
        return (
            f"has detections in images that {dataset.ann_file} does not list (image_id {ids}, in "
            f"{sum(unknown)} of {len(detections)}; it lists {listed(images.ids())}): give the "
            "detections of these images"
        )
    return None
