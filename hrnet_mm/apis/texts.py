"""The texts of predictions: json and, for poses, csv; a file for an image, lines for a video."""

import csv
import json
from collections.abc import Iterable
from io import StringIO
from typing import Any, Literal, Protocol

from hrnet_mm.apis import forms
from hrnet_mm.apis.forms import ImageId, Naming, Record
from hrnet_mm.apis.frames import Prediction
from hrnet_mm.errors import UserError
from hrnet_mm.results import Detections, LabelMap, Poses, Result

Format = Literal["json", "csv"]


class Texts(Protocol):
    """Makes texts of predictions.

    Attributes:
        image_suffix: Of the file for an image.
        video_suffix: Of the file for a video.
        head: What the file for a video begins with.
    """

    image_suffix: str
    video_suffix: str
    head: str

    def of_image(self, prediction: Prediction, *, image_id: ImageId | None) -> str:
        """Return the file for an image; the id of None is that of the image's name."""
        ...

    def of_frame(self, prediction: Prediction) -> str:
        """Return what is added to the file of a video."""
        ...


def texts(form: Format, *, naming: Naming) -> Texts:
    """Choose how predictions are written.

    Raises:
        UserError: The form does not suit the task.
    """
    if form == "json":
        return _JsonTexts(naming)
    if not naming.keypoints:
        raise UserError("the format csv is for poses, and this model has no keypoints; take json")
    return _CsvTexts(naming)


class _JsonTexts:
    """A list of records for an image; for a frame, a line with its number and its records."""

    image_suffix, video_suffix, head = ".json", ".jsonl", ""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._category_ids = forms.coco_category_ids(naming.classes)

    def of_image(self, prediction: Prediction, *, image_id: ImageId | None) -> str:
        if image_id is None:
            image_id = forms.image_id(prediction.frame.name)
        return json.dumps(self._records(prediction.result, image_id=image_id)) + "\n"

    def of_frame(self, prediction: Prediction) -> str:
        index = prediction.frame.index
        assert index is not None
        records = self._records(prediction.result, image_id=index)
        return json.dumps({"frame": index, "predictions": records}) + "\n"

    def _records(self, result: Result, *, image_id: ImageId) -> list[Record]:
        classes = self._naming.classes
        if isinstance(result, Poses):
            return forms.coco_keypoints(result, image_id=image_id)
        if isinstance(result, Detections):
            return forms.coco_detections(
                result, image_id=image_id, classes=classes, category_ids=self._category_ids
            )
        if isinstance(result, LabelMap):
            return forms.label_shares(result, classes=classes)
        return forms.class_scores(result, classes=classes)


class _CsvTexts:
    """A row for each keypoint."""

    image_suffix, video_suffix = ".csv", ".csv"

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self.head = _csv([forms.POSE_COLUMNS])

    def of_image(self, prediction: Prediction, *, image_id: ImageId | None) -> str:
        return self.head + self.of_frame(prediction)

    def of_frame(self, prediction: Prediction) -> str:
        frame, result = prediction.frame, prediction.result
        assert isinstance(result, Poses)
        keypoints = self._naming.keypoints
        return _csv(
            forms.pose_rows(result, name=frame.name, frame=frame.index, keypoints=keypoints)
        )


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
