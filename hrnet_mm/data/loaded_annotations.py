"""Checks the boxes of datasets that do not read COCO files, as these give them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset

from hrnet_mm.data.findings import Finding, Place
from hrnet_mm.data.sample_scan import merged


def wrong_annotations(dataset: Any) -> list[Finding]:
    """Find boxes of no area or outside of their images."""
    if not isinstance(dataset, BaseDataset):
        return []
    infos = (dataset.get_data_info(index) for index in range(len(dataset)))
    return merged([finding for info in infos for finding in _of_sample(info)])


def _of_sample(info: Mapping[str, Any]) -> Iterator[Finding]:
    path = str(info.get("img_path"))
    size = np.array([info.get("width") or np.inf, info.get("height") or np.inf], float)
    for corners in _boxes(info):
        corner, far_corner = corners[:2], corners[2:]
        fault = None
        if (far_corner <= corner).any():
            fault = "no area"
        elif (far_corner <= 0).any() or (corner >= size).any():
            fault = "no part in the image"
        elif (corner < -1).any() or (far_corner > size + 1).any():
            fault = "a part outside of the image"
        if fault:
            box = (*corner.tolist(), *(far_corner - corner).tolist())
            shown = ", ".join(f"{value:g}" for value in corners)
            yield Finding(
                text=f"{path}: the box {shown} (left, top, right, bottom) has {fault}: correct it, "
                "or leave it out",
                rule="wrong boxes",
                places=(Place(file=path, value=f"box {shown} has {fault}", box=box),),
            )


def _boxes(info: Mapping[str, Any]) -> Iterator[np.ndarray]:
    """Yield the boxes of a sample as left, top, right, bottom, (4,)."""
    if "instances" in info:  # of mmdet
        given = [instance["bbox"] for instance in info["instances"] if "bbox" in instance]
    else:  # of mmpose
        given = [] if info.get("bbox") is None else info["bbox"]
    yield from np.reshape(np.asarray(given, float), (-1, 4))
