"""Predictions that ``tools/test.py --dump`` has written, image by image beside the annotations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from hrnet_mm.apis.annotated import (
    AnnotatedImages,
    build_annotated,
    build_dataset,
    merged_poses,
    samples_by_image,
)
from hrnet_mm.apis.model import TASKS
from hrnet_mm.checkpoint.plain_pickle import read_plain_pickle
from hrnet_mm.errors import UserError
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses, Result

# Where the toolboxes' data samples have what was predicted.
_PLACES = {
    "pose": ("pred_instances", "keypoints"),
    "seg": ("pred_sem_seg", "data"),
    "det": ("pred_instances", "labels"),
    "cls": ("pred_score",),
}


@dataclass(frozen=True, kw_only=True)
class ImageResult:
    """An image with its truth and prediction, in its own pixels.

    Attributes:
        path: The file of the image.
        truth: What is annotated.
        predicted: What was predicted.
        is_ignored: (N,) of bool, the annotated objects that count neither way; may be empty.
        is_paired: Whether the n-th pose was predicted for the n-th annotated one.
    """

    path: str
    truth: Result
    predicted: Result
    is_ignored: np.ndarray
    is_paired: bool


class DumpedResults:
    """The predictions of a test with the dataset that they were made on.

    Attributes:
        task: One of `TASKS`.
        meta: The ``metainfo`` of the dataset.
        ignore_index: The label of pixels that do not count, for segmentation.
        paths: The images, in the order of the dataset.
    """

    def __init__(self, cfg: Config, dump: Path) -> None:
        """Read a dump, and build the config's test dataset.

        Raises:
            UserError: The file is no such dump, or was made with another config or dataset.
            FileNotFoundError: A file of the dataset is missing.
        """
        task = TASKS.get(cfg.get("default_scope", ""))
        if task is None:
            raise UserError(f"{cfg.filename}: default_scope is none of {', '.join(TASKS)}")
        self.task = task
        self._samples = _read_samples(dump, task=task, config=str(cfg.filename))
        dataset = build_dataset(cfg, split="test")
        _check_images(dump, self._samples, dataset, config=str(cfg.filename))
        annotated = build_annotated(cfg, split="test", built=dataset)
        self.meta: Mapping[str, Any] = dataset.metainfo
        self.ignore_index = getattr(dataset, "ignore_index", 255)
        self._truths = AnnotatedImages(annotated, task=task)
        has_boxes = getattr(dataset, "data_mode", "") == "topdown"
        self._is_paired = has_boxes and annotated is dataset
        given = self._truths.samples if annotated is dataset else samples_by_image(dataset)
        self._given = {path: given[path] for path in given if path in self._truths.samples}
        self.paths = list(self._given)

    def read(self, path: str) -> ImageResult:
        """Return an image of `paths`."""
        samples = [self._samples[index] for index in self._given[path]]
        ignored = np.zeros(0, dtype=bool)
        if self.task == "det":
            ignored = self._truths.read(self._truths.samples[path][0]).is_ignored
        return ImageResult(
            path=path,
            truth=self._truths.truth_of_image(path),
            predicted=_RESULTS[self.task](samples),
            is_ignored=ignored,
            is_paired=self._is_paired,
        )


def _read_samples(dump: Path, *, task: str, config: str) -> Sequence[Any]:
    samples = read_plain_pickle(dump)
    if not isinstance(samples, list) or not samples:
        raise UserError(f"{dump} is no list of predictions; make it by tools/test.py --dump")
    for number, sample in enumerate(samples):
        if not _has(sample, _PLACES[task]):
            found = [name for name, place in _PLACES.items() if _has(sample, place)]
            what = f"of a model for {' or '.join(found)}" if found else "of none"
            raise UserError(
                f"{dump}: prediction {number} is {what}, but {config} is for {task}; give the "
                "config that it was made with"
            )
    return samples


def _has(sample: Any, place: Sequence[str]) -> bool:
    for name in place:
        if not isinstance(sample, dict) or name not in sample:
            return False
        sample = sample[name]
    return True


def _check_images(dump: Path, samples: Sequence[Any], dataset: Any, *, config: str) -> None:
    """Compare the number and the names of the images; their folders may have moved."""
    if len(samples) != len(dataset):
        raise UserError(
            f"{dump} holds {len(samples)} predictions, but the test dataset of {config} has "
            f"{len(dataset)} samples; give the config that it was made with"
        )
    for number, sample in enumerate(samples):
        predicted = Path(str(sample.get("img_path", ""))).name
        expected = Path(dataset.get_data_info(number)["img_path"]).name
        if predicted and predicted != expected:
            raise UserError(
                f"{dump}: prediction {number} is for {predicted}, but sample {number} of the test "
                f"dataset of {config} is {expected}; give the config that it was made with"
            )


def _poses(samples: Sequence[Any]) -> Poses:
    return merged_poses([_poses_of(sample["pred_instances"]) for sample in samples])


def _poses_of(found: Mapping[str, Any]) -> Poses:
    keypoints = np.asarray(found["keypoints"])
    scores = np.asarray(found["keypoint_scores"])
    around = np.concatenate([keypoints.min(axis=1), keypoints.max(axis=1)], axis=1)
    return Poses(
        keypoints=keypoints,
        keypoint_scores=scores,
        boxes=np.asarray(found.get("bboxes", around)),
        scores=scores.mean(axis=1),
    )


def _label_map(samples: Sequence[Any]) -> LabelMap:
    (sample,) = samples
    return LabelMap(labels=np.asarray(sample["pred_sem_seg"]["data"])[0].astype(np.uint16))


def _detections(samples: Sequence[Any]) -> Detections:
    (sample,) = samples
    found = sample["pred_instances"]
    return Detections(
        boxes=np.asarray(found["bboxes"]).reshape(-1, 4),
        scores=np.asarray(found["scores"]),
        labels=np.asarray(found["labels"]),
    )


def _class_scores(samples: Sequence[Any]) -> ClassScores:
    (sample,) = samples
    return ClassScores(scores=np.asarray(sample["pred_score"]))


_RESULTS = {"pose": _poses, "seg": _label_map, "det": _detections, "cls": _class_scores}
