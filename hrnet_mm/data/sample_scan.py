"""Reads the images and label maps of a dataset as its pipeline does, and says what is wrong."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from mmcv.transforms import LoadAnnotations, LoadImageFromFile
from mmengine.dataset import BaseDataset

from hrnet_mm.data.findings import Finding, Place
from hrnet_mm.data.image_sizes import SIDES_SWAPPED, ImageSizeCheck, exif_orientation, size_of
from hrnet_mm.data.label_maps import LabelCheck, label_values
from hrnet_mm.errors import UserError

_MIRRORED_OR_UPSIDE_DOWN = range(2, 5)  # EXIF orientations
_THREADS = min(8, os.cpu_count() or 1)  # decoders release the lock of Python
_WINDOW = 64  # samples that are read ahead
_PLACED = ("instances", "bbox", "keypoints", "seg_map_path")  # what has a place in the image


@dataclass(frozen=True, kw_only=True)
class ReadSample:
    """What reading an image, and its label map, has shown.

    Attributes:
        image: The path of the image.
        digest: Of its pixels; None if it could not be read.
        label_map: The path of its label map; "" if there is none.
        labels: The values of the label map; empty if there is none or it is wrong.
        finding: The fault, or None.
    """

    image: str
    digest: bytes | None = None
    label_map: str = ""
    labels: tuple[int, ...] = ()
    finding: Finding | None = None


class SampleReader:
    """Reads samples by the steps of a pipeline that read files, and the checks after them.

    Args:
        datasets: The dataset and those that wrap it, inner first, with the checks of
            `hrnet_mm.data.sample_checks` in their pipelines. The first that reads images counts:
            mmpose's CombinedDataset reads those of its parts.
    """

    def __init__(self, datasets: Sequence[Any]) -> None:
        lists = [_reading_steps(getattr(dataset, "pipeline", None)) for dataset in datasets]
        self._steps = next((steps for steps in lists if steps), [])
        self.reads_images = bool(self._steps)

    def read(self, info: Mapping[str, Any]) -> ReadSample:
        """Read the files of an entry of the dataset's list."""
        sample: Any = dict(info)
        image, step = str(info.get("img_path")), None
        try:
            for step in self._steps:
                result = step(sample)
                if result is None:  # left out, as ignore_empty says
                    return ReadSample(image=image)
                sample = result
        except Exception as error:  # of any decoder or reader
            return ReadSample(
                image=image, digest=_digest(sample), finding=_fault(step, sample, error)
            )
        labels = sample.get("gt_seg_map")
        return ReadSample(
            image=image,
            digest=_digest(sample),
            label_map=str(info.get("seg_map_path", "")),
            labels=() if labels is None else tuple(label_values(labels).tolist()),
            finding=_unclear_orientation(sample),
        )


def _reading_steps(pipeline: Any) -> list[Any]:
    steps = [
        step
        for step in getattr(pipeline, "transforms", ())
        if isinstance(step, LoadImageFromFile | ImageSizeCheck | LabelCheck)
        or (isinstance(step, LoadAnnotations) and step.with_seg)
    ]
    return steps if any(isinstance(step, LoadImageFromFile) for step in steps) else []


def scan(
    dataset: BaseDataset,
    reader: SampleReader,
    indices: Sequence[int],
    *,
    is_read: Callable[[], object] = lambda: None,
) -> Iterator[ReadSample]:
    """Read samples in several threads; an image is read once.

    Args:
        dataset: The dataset.
        reader: Its reader.
        indices: Those of the samples.
        is_read: Called after each.
    """
    infos = _distinct(dataset, indices)
    with ThreadPoolExecutor(_THREADS) as pool:
        while window := list(islice(infos, _WINDOW)):
            for sample in pool.map(reader.read, window):
                is_read()
                yield sample


def merged(findings: Sequence[Finding]) -> list[Finding]:
    """Join the findings of a rule into one, which has the text of the first."""
    groups: dict[tuple[str, bool], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.is_error), []).append(finding)
    return [
        Finding(
            text=group[0].text,
            is_error=is_error,
            rule=rule,
            count=len(group),
            places=tuple(place for finding in group for place in finding.places),
        )
        for (rule, is_error), group in groups.items()
    ]


def _distinct(dataset: BaseDataset, indices: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    seen = set()
    for index in indices:
        info = dataset.get_data_info(index)
        files = info.get("img_path"), info.get("seg_map_path")
        if files not in seen:
            seen.add(files)
            yield info


def _digest(sample: Mapping[str, Any]) -> bytes | None:
    """Return the same for images of the same pixels, in whatever files they are."""
    image = sample.get("img")
    if image is None:
        return None
    content = np.ascontiguousarray(image)
    shape = str(content.shape)[:16].encode()
    return hashlib.blake2b(content.data, digest_size=16, salt=shape).digest()


def _fault(step: Any, sample: Mapping[str, Any], error: Exception) -> Finding:
    is_label = isinstance(step, LoadAnnotations | LabelCheck)
    file = str(sample.get("seg_map_path" if is_label else "img_path"))
    text = " ".join(str(error).split())
    if not isinstance(error, UserError):
        text = f"the {'label map' if is_label else 'image'} {file} cannot be read: {_reason(error)}"
    *_, after = text.partition(file)
    value = after.partition(",")[0].partition(":")[0].strip()
    return Finding(text=text, rule=_rule(step, text), places=(Place(file=file, value=value),))


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _rule(step: Any, text: str) -> str:
    if isinstance(step, ImageSizeCheck | LabelCheck) and "EXIF orientation" in text:
        return "EXIF orientation"
    if isinstance(step, ImageSizeCheck):
        return "image size"
    if isinstance(step, LabelCheck):
        return "label map"
    return f"unreadable {'label map' if isinstance(step, LoadAnnotations) else 'image'}"


def _unclear_orientation(sample: Mapping[str, Any]) -> Finding | None:
    """Find an image that is to be turned or mirrored such that its size does not tell."""
    if not any(key in sample for key in _PLACED):
        return None
    path = str(sample["img_path"])
    orientation, (width, height) = exif_orientation(path), size_of(sample["img"])
    is_square = orientation in SIDES_SWAPPED and width == height
    if orientation not in _MIRRORED_OR_UPSIDE_DOWN and not is_square:
        return None
    return Finding(
        text=f"the image {path} has the EXIF orientation {orientation}: by its size one cannot see "
        "whether it was annotated before or after; save it as it was annotated, without EXIF",
        is_error=False,
        rule="unclear EXIF orientation",
        places=(Place(file=path, value=f"EXIF orientation {orientation}"),),
    )
