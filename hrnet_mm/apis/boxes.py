"""Where the boxes come from in which a top-down model looks for poses."""

import copy
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path, PurePath
from typing import Any, Protocol

import numpy as np
from mmengine.config import Config

from hrnet_mm.apis.frames import Failure, Frame, Prediction
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.errors import UserError
from hrnet_mm.results import Detections

_FORM = "give a list of boxes for each image, such as [[[left, top, right, bottom]]] for one image"


class BoxSource(Protocol):
    """Something that has, or finds, the boxes of images."""

    @property
    def description(self) -> str:
        """Where the boxes come from, in a line."""
        ...

    def find(self, frames: Sequence[Frame]) -> list[Boxes | Failure]:
        """Return the boxes of each image."""
        ...


class WholeImages:
    """Takes each image as one box."""

    description = "each whole image is one box; --boxes or --detector give others"

    def find(self, frames: Sequence[Frame]) -> list[Boxes | Failure]:
        """Return one box for each image."""
        sizes = [frame.image.shape[1::-1] for frame in frames]
        return [Boxes.certain([(0, 0, *size)]) for size in sizes]


class GivenBoxes:
    """Boxes that were given for each image, in the order of the images."""

    description = "given for each image"

    def __init__(self, boxes: Sequence[Any]) -> None:
        """Take the boxes of each image, (N, 4).

        Raises:
            UserError: They are no boxes.
        """
        self._boxes = iter([Boxes.certain(of_image) for of_image in boxes])

    def find(self, frames: Sequence[Frame]) -> list[Boxes | Failure]:
        """Return the boxes of the next images."""
        lacking = Failure(source="boxes", reason=f"there are fewer than images; {_FORM}")
        return [next(self._boxes, lacking) for _ in frames]

    def check_used(self) -> None:
        """Check that each was for an image.

        Raises:
            UserError: There are more.
        """
        if left := len([*self._boxes]):
            raise UserError(f"boxes are given for {left} images more than there are; {_FORM}")


class BoxFile:
    """Boxes from a file: COCO annotations, or COCO results such as a detector's predictions.

    Annotations are read by the dataset class of the model's config, so that the boxes are those of
    its test. Images are found by their paths there. Results have the image's id, for which a file
    name of digits stands, or its name, as in the results that are written here.
    """

    def __init__(self, path: Path, cfg: Config) -> None:
        """Read a file.

        Raises:
            FileNotFoundError: There is no such file.
            UserError: It holds no boxes.
        """
        self.path = path
        self.description = f"those of {path}"
        try:
            content = json.loads(path.read_bytes())
        except ValueError as error:
            raise UserError(f"{path} is no JSON file: {error}") from error
        self._boxes: dict[int | str, Boxes] = {}
        self._ids_by_name: dict[str, list[tuple[PurePath, int | str]]] | None = None
        if isinstance(content, Mapping) and {"images", "annotations"} <= content.keys():
            self._ids_by_name = defaultdict(list)
            for image in content["images"]:
                if not isinstance(image, Mapping) or not {"file_name", "id"} <= image.keys():
                    raise UserError(f"an image of {path}, {image}: it needs file_name and id")
                name = PurePath(image["file_name"])
                self._ids_by_name[name.name].append((name, image["id"]))
            self._collect(_annotated(path, content, cfg))
        elif isinstance(content, list) and all(
            isinstance(entry, Mapping) and "bbox" in entry for entry in content
        ):
            self._collect(_detected(path, content))
        else:
            raise UserError(
                f"{path} holds no boxes: give COCO annotations (images and annotations), or a list "
                "of COCO results with image_id, bbox and score"
            )

    def find(self, frames: Sequence[Frame]) -> list[Boxes | Failure]:
        """Return the boxes of each image; a failure where the file does not know the image."""
        return [self._find(frame) for frame in frames]

    def _find(self, frame: Frame) -> Boxes | Failure:
        if self._ids_by_name is None:
            ids = [image_id for image_id in _result_ids(frame) if image_id in self._boxes]
        else:
            path = PurePath(frame.source)
            named = self._ids_by_name.get(path.name, [])
            # Images of the same name are told apart by their folders.
            ids = [i for name, i in named if path.parts[-len(name.parts) :] == name.parts]
            ids = ids or ([named[0][1]] if len(named) == 1 else [])
            if not ids:
                return Failure(source=frame.source, reason=f"{self.path} has no image of this name")
        if ids and ids[0] in self._boxes:
            return self._boxes[ids[0]]
        return _no_boxes(ids[0] if ids else None)

    def _collect(self, records: Sequence[dict[str, Any]]) -> None:
        by_image = defaultdict(list)
        for record in records:
            by_image[record["image_id"]].append(record)
        for image_id, found in by_image.items():
            self._boxes[image_id] = Boxes(
                boxes=np.array([record["box"] for record in found], dtype=np.float32),
                scores=np.array([record["score"] for record in found], dtype=np.float32),
                category_ids=np.array([record["category_id"] for record in found]),
                image_id=image_id,
            )


def _annotated(path: Path, content: Mapping[str, Any], cfg: Config) -> list[dict[str, Any]]:
    """Return the boxes of annotations; with keypoints, by the dataset class of the config."""
    if not any("keypoints" in annotation for annotation in content["annotations"]):
        return _detected(path, [a for a in content["annotations"] if not a.get("iscrowd")])
    from mmpose.registry import DATASETS

    described = copy.deepcopy(cfg.test_dataloader.dataset)
    described.pop("bbox_file", None)
    described.update(
        ann_file=str(path.absolute()), data_root="", data_prefix=dict(img=""), pipeline=[]
    )
    try:
        with redirect_stdout(None):  # pycocotools prints what it does
            dataset = DATASETS.build(described)
        infos = [dataset.get_data_info(index) for index in range(len(dataset))]
    except (KeyError, ValueError, TypeError, AssertionError) as error:
        raise UserError(
            f"{path} is not annotated as {described['type']}, the dataset of the config, needs it: "
            f"{type(error).__name__} {error}"
        ) from error
    return [
        dict(
            image_id=info["img_id"],
            box=info["bbox"][0],
            score=float(info["bbox_score"][0]),
            category_id=int(info.get("category_id", 1)),
        )
        for info in infos
    ]


def _detected(path: Path, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the boxes of COCO results, which have left, top, width and height."""
    boxes = []
    for number, record in enumerate(records):
        try:
            left, top, width, height = (float(value) for value in record["bbox"])
            image_id, score = record["image_id"], float(record.get("score", 1))
            category_id = int(record.get("category_id", 1))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"entry {number} of {path}, {dict(record)}: it needs image_id and bbox, which is "
                "left, top, width, height; score and category_id, if there, are numbers"
            ) from error
        if width > 0 and height > 0:
            box = (left, top, left + width, top + height)
            boxes.append(dict(image_id=image_id, box=box, score=score, category_id=category_id))
    return boxes


def _result_ids(frame: Frame) -> list[int | str]:
    """Return what may stand for an image in COCO results."""
    stem = PurePath(frame.source).stem
    return [
        *([int(stem)] if stem.isdecimal() else []),
        frame.name,
        stem,
        PurePath(frame.source).name,
    ]


def _no_boxes(image_id: int | str | None) -> Boxes:
    return Boxes(
        boxes=np.zeros((0, 4), np.float32),
        scores=np.zeros(0, np.float32),
        category_ids=np.zeros(0, int),
        image_id=image_id,
    )


class Detector:
    """Boxes that a detector finds."""

    def __init__(self, predictor: Any, *, description: str) -> None:
        """Take a `Predictor` of a detection model."""
        self.predictor = predictor
        self.description = description

    def find(self, frames: Sequence[Frame]) -> list[Boxes | Failure]:
        """Detect the objects of each image."""
        return [self._boxes(found) for found in self.predictor.predict(frames)]

    @staticmethod
    def _boxes(found: Prediction | Failure) -> Boxes | Failure:
        if isinstance(found, Failure):
            return Failure(source=found.source, reason=f"the detector: {found.reason}")
        assert isinstance(found.result, Detections)
        has_area = (found.result.boxes[:, 2:] > found.result.boxes[:, :2]).all(axis=1)
        return Boxes(boxes=found.result.boxes[has_area], scores=found.result.scores[has_area])
