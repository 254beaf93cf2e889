"""Turns an image into what a toolbox's model takes, and what the model gives into a result."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.dataset import Compose

from hrnet_mm.apis.configs import tested_dataset
from hrnet_mm.apis.frames import Frame
from hrnet_mm.apis.images import ImageReader
from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.apis.pose_scores import pose_scores_of, ranked_poses
from hrnet_mm.data.nodes import type_name
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.errors import UserError
from hrnet_mm.results import ClassScores, Detections, LabelMap, Poses, Result

IMAGE_LOADERS = ("LoadImage", "LoadImageFromFile")
_LABEL_LOADERS = ("LoadAnnotations",)
_AUGMENTATION = "TestTimeAug"

Sample = dict[str, Any]  # "inputs" and "data_samples", as pipelines of all toolboxes pack them


class SampleMaker:
    """Runs the test pipeline of a config on images that are in memory.

    Attributes:
        reader: Reads files as the pipeline's first step does.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        """Find the steps after the loading of image and labels.

        Raises:
            UserError: The pipeline does not begin with the loading of an image file.
        """
        steps = tested_dataset(loaded.cfg).pipeline
        loader = steps[0] if steps else {}
        if type_name(loader) not in IMAGE_LOADERS:
            raise UserError(
                f"the test pipeline of {loaded.cfg.filename} begins with "
                f"{type_name(loader) or 'nothing'}; to predict on images it must begin with "
                f"{' or '.join(IMAGE_LOADERS)}"
            )
        self.reader = ImageReader(
            flag=loader.get("color_type", "color"), backend=loader.get("imdecode_backend", "cv2")
        )
        self._to_float32 = loader.get("to_float32", False)
        self._pipeline: Any = Compose([copy.deepcopy(step) for step in _without_labels(steps[1:])])
        self._loaded = loaded
        self._is_topdown = takes_boxes(loaded)

    def make(self, frame: Frame, boxes: Boxes | None) -> list[Sample]:
        """Return the samples of an image: one for each box if the model takes boxes, else one."""
        image = frame.image.astype(np.float32) if self._to_float32 else frame.image
        size = image.shape[:2]
        info = dict(img=image, img_path=frame.source, img_shape=size, ori_shape=size, img_id=0)
        if self._loaded.task == "pose":
            info |= self._loaded.meta
        if not self._is_topdown:
            return [self._pipeline(info | dict(id=0))]
        assert boxes is not None
        # The boxes are copied: steps may change them.
        return [
            self._pipeline(info | dict(bbox=box[None].copy(), bbox_score=score[None], id=number))
            for number, (box, score) in enumerate(zip(boxes.boxes, boxes.scores, strict=True))
        ]


def takes_boxes(loaded: LoadedModel) -> bool:
    """Tell whether a model predicts inside given boxes, as top-down pose estimators do."""
    dataset = loaded.cfg.test_dataloader.dataset
    return loaded.task == "pose" and dataset.get("data_mode", "topdown") == "topdown"


def _without_labels(steps: Sequence[Any]) -> list[Any]:
    """Return the steps without those that load labels, inside of augmentations too."""
    kept = []
    for step in steps:
        if type_name(step) == _AUGMENTATION:
            views = [_without_labels(alternatives) for alternatives in step["transforms"]]
            # An empty list of alternatives would leave no view at all.
            kept.append({**step, "transforms": [view for view in views if view]})
        elif type_name(step) not in _LABEL_LOADERS:
            kept.append(step)
    return kept


class ResultMaker:
    """Makes typed results of what the model returns for the samples of an image."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._make = {
            "pose": self._poses,
            "seg": self._label_map,
            "det": self._detections,
            "cls": self._class_scores,
        }[loaded.task]
        self._num_classes = len(loaded.classes)
        self._scores = pose_scores_of(loaded) if loaded.task == "pose" else None

    def make(self, outputs: Sequence[Any], boxes: Boxes | None) -> Result:
        """Make the result of an image from the outputs for its samples."""
        return self._make(outputs, boxes)

    def _poses(self, outputs: Sequence[Any], boxes: Boxes | None) -> Poses:
        assert self._scores is not None
        return ranked_poses(outputs, boxes, scores=self._scores, num_keypoints=self._num_classes)

    def _label_map(self, outputs: Sequence[Any], _: Boxes | None) -> LabelMap:
        (output,) = outputs
        kind = np.uint8 if self._num_classes < np.iinfo(np.uint8).max else np.uint16
        return LabelMap(labels=_array(output.pred_sem_seg.data)[0].astype(kind))

    def _detections(self, outputs: Sequence[Any], _: Boxes | None) -> Detections:
        (output,) = outputs
        found = output.pred_instances
        return Detections(
            boxes=_array(found.bboxes).reshape(-1, 4),
            scores=_array(found.scores),
            labels=_array(found.labels),
            masks=_array(found.masks).astype(bool) if "masks" in found else None,
        )

    def _class_scores(self, outputs: Sequence[Any], _: Boxes | None) -> ClassScores:
        (output,) = outputs
        return ClassScores(scores=_array(output.pred_score))


def _array(value: Any) -> np.ndarray:
    return value if isinstance(value, np.ndarray) else value.detach().cpu().numpy()
