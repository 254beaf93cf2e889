"""Shows the images in which something was found, each with its annotations and what is wrong."""

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice, zip_longest
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import LoadAnnotations, LoadImageFromFile
from mmengine.dataset import BaseDataset

from hrnet_mm.apis.drawing import Drawer, as_bgr
from hrnet_mm.apis.sheets import TILE, Tile, as_tile, in_rows, write_sheet
from hrnet_mm.apis.truths import truth_of
from hrnet_mm.data.damaged_images import read_image
from hrnet_mm.data.findings import Finding, Place
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.errors import UserError
from hrnet_mm.results import LabelMap

NUMBER = 16  # pictures
COLUMNS = 4
RED, MAGENTA = (0, 0, 255), (255, 0, 255)  # BGR
_LISTS = (".json", ".txt", ".xml")


def write_finding_sheet(
    findings: Sequence[Finding], datasets: Mapping[str, Any], file: Path
) -> int:
    """Write a contact sheet of the images that findings name; return how many it shows.

    Args:
        findings: The worst first.
        datasets: By split.
        file: The image to write; not written if findings name no image.
    """
    chosen = list(islice(_images_of(findings), NUMBER))
    if not chosen:
        return 0
    samples = _samples_of({place.file for _, place in chosen}, datasets)
    tiles = [_tile(finding, place, samples) for finding, place in chosen]
    write_sheet(in_rows(tiles, columns=COLUMNS), file)
    return len(tiles)


def _images_of(findings: Sequence[Finding]) -> Iterator[tuple[Finding, Place]]:
    """Yield the first image of each finding, then the second of each, and so on."""
    lists = [[(finding, place) for place in finding.places] for finding in findings]
    for entry in chain.from_iterable(zip_longest(*lists)):
        if entry is not None and _is_image(entry[1].file):
            yield entry


def _is_image(file: str) -> bool:
    return Path(file).is_file() and Path(file).suffix.lower() not in _LISTS


_Samples = dict[str, tuple[Any, int]]  # the dataset and the index, by file


def _samples_of(files: set[str], datasets: Mapping[str, Any]) -> _Samples:
    """Find the samples of images and label maps."""
    wanted = {os.path.normpath(file): file for file in files}
    samples: _Samples = {}
    loaded = LoadedData(
        loaders={split: SimpleNamespace(dataset=dataset) for split, dataset in datasets.items()}
    )
    for _, dataset in loaded.datasets():
        for index in range(len(dataset) if isinstance(dataset, BaseDataset) else 0):
            info = dataset.get_data_info(index)
            for key in ("img_path", "seg_map_path"):
                path = os.path.normpath(str(info.get(key)))
                if path in wanted:
                    samples.setdefault(wanted[path], (dataset, index))
    return samples


def _tile(finding: Finding, place: Place, samples: _Samples) -> Tile:
    name = os.path.join(*Path(place.file).parts[-2:])
    value = place.value.replace("\n", " ")
    image = _drawn(place, samples.get(place.file))
    return Tile(image=image, lines=(name, f"{finding.rule}: {value}"))


def _drawn(place: Place, sample: tuple[Any, int] | None) -> np.ndarray:
    try:
        drawn = _with_annotations(*sample) if sample else None
        image = _read(place.file) if drawn is None else drawn
    except Exception:  # it is shown because it cannot be read, drawn or both
        image = None
    if image is None:
        return np.full((TILE * 3 // 4, TILE, 3), 127, np.uint8)
    if place.box is not None:
        image = _with_box(image, place.box)
    return as_tile(image)


def _read(file: str) -> np.ndarray:
    return read_image(Path(file), flag="color", backend="cv2")


def _with_annotations(dataset: Any, index: int) -> np.ndarray | None:
    """Draw a sample as it is read, without the checks; None if it has no readable image."""
    sample: Any = dataset.get_data_info(index)
    steps: list[Any] = dataset.pipeline.transforms
    for step in steps:
        if isinstance(step, LoadImageFromFile):
            sample = step(sample)
        elif isinstance(step, LoadAnnotations):
            try:
                sample = step(sample)
            except (OSError, UserError, ValueError):  # the image alone is shown
                break
    if "img" not in sample:
        return None
    image = as_bgr(np.array(sample["img"]))
    classes = dataset.metainfo.get("classes") or ()
    labels = sample.get("gt_seg_map")
    if labels is not None and (labels.ndim != 2 or labels.shape != image.shape[:2]):
        return np.hstack([image, cv2.resize(as_bgr(labels), image.shape[1::-1], interpolation=0)])
    truth = truth_of(sample, num_classes=len(classes))
    if truth is None:
        return image
    drawn = Drawer(dataset_meta=dataset.metainfo, is_truth=True).draw(image, truth)
    if isinstance(truth, LabelMap):
        known = (truth.labels < len(classes)) | (truth.labels == dataset.ignore_index)
        drawn[~known] = MAGENTA
    return drawn


def _with_box(image: np.ndarray, box: Sequence[float]) -> np.ndarray:
    """Draw a box, the part of it that is in the image or at its edge."""
    height, width = image.shape[:2]
    x, y, box_width, box_height = box
    corners = np.clip([[x, y], [x + box_width, y + box_height]], 0, [width - 1, height - 1]).astype(
        int
    )
    thickness = max(2, round(max(height, width) / 160))
    start, end = corners.tolist()
    return cv2.rectangle(np.ascontiguousarray(image), start, end, RED, thickness)
