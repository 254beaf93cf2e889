"""Predicts on files with an exported network, as `Predictor` does with a model."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

from hrnet_mm.apis.boxes import BoxSource, WholeImages
from hrnet_mm.apis.forms import Naming
from hrnet_mm.apis.frames import Failure, Frame, Prediction
from hrnet_mm.apis.images import ImageReader
from hrnet_mm.apis.naming import Known
from hrnet_mm.apis.progress import Stopwatch
from hrnet_mm.apis.selection import Selection
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.deploy.bundle import Bundle
from hrnet_mm.deploy.runtime import load_bundle
from hrnet_mm.deploy.tasks import ClsTask, FeaturesTask, PoseTask, SegTask
from hrnet_mm.errors import UserError


class BundleFramePredictor:
    """A bundle that predicts on images of files and videos.

    Attributes:
        known: What is known of its predictions.
        reader: Reads files.
        ahead: How many images to decode before they are asked for.
        clock: How long its steps took.
        boxes: Where boxes come from for poses; None for other tasks.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        device: str | None = None,
        score_threshold: float | None = None,
        classes: Sequence[str] = (),
    ) -> None:
        """Load a bundle.

        Args:
            folder: The bundle.
            device: As the runtime names it; None for the CPU.
            score_threshold: Least score of what is kept; None for 0.3, or 0 for classification.
            classes: Names of the classes to keep; all if empty.

        Raises:
            UserError: The folder is no bundle, or damaged, or an option does not fit, or the
                runtime or its device is missing.
            FileNotFoundError: There is no such folder.
        """
        self._predict = load_bundle(folder, device=device or "cpu")
        self._folder = folder
        self.known = _known(self._predict.bundle)
        self.reader = ImageReader()
        self.ahead = 2
        self.clock = Stopwatch()
        self.boxes: BoxSource | None = WholeImages() if self.known.task == "pose" else None
        self._selection = Selection.of(
            task=self.known.task,
            names=self.known.naming.classes,
            score_threshold=score_threshold,
            classes=classes,
        )

    def use_boxes(self, source: BoxSource) -> None:
        """Take the boxes from elsewhere.

        Raises:
            UserError: The network takes no boxes.
        """
        if self.boxes is None:
            raise UserError(f"boxes are of no use: {self._folder} takes whole images")
        self.boxes = source

    def predict(self, frames: Iterable[Frame | Failure]) -> Iterator[Prediction | Failure]:
        """Predict on frames; those that fail, and failures among them, come out as failures."""
        stream = iter(frames)
        while True:
            with self.clock.part("read"):
                item = next(stream, None)
            if item is None:
                return
            yield item if isinstance(item, Failure) else self._of_frame(item)

    def _of_frame(self, frame: Frame) -> Prediction | Failure:
        boxes: Boxes | Failure | None = None
        if self.boxes is not None:
            with self.clock.part("detect"):
                (boxes,) = self.boxes.find([frame])
            if isinstance(boxes, Failure):
                return boxes
        with self.clock.part("network"):
            try:
                result = self._predict(frame.image, boxes=boxes)
            except Exception as error:  # out of memory, or whatever a runtime raises
                return Failure.of(error, frame)
        image_id = None if boxes is None else boxes.image_id
        return Prediction(frame=frame, result=self._selection.apply(result), image_id=image_id)


def _known(bundle: Bundle) -> Known:
    task = bundle.task
    assert not isinstance(task, FeaturesTask)  # which predicts nothing
    if isinstance(task, PoseTask):
        naming, meta = Naming(keypoints=task.keypoints), _pose_meta(task)
    else:
        palette = () if isinstance(task, ClsTask) else task.palette
        naming = Naming(
            classes=task.classes,
            palette=palette,
            reduce_zero_label=isinstance(task, SegTask) and task.reduce_zero_label,
        )
        meta = dict(classes=task.classes, palette=palette or None)
    # The boxes of COCO's annotations do not depend on the keypoints.
    dataset = dict(type="CocoDataset", data_mode="topdown", test_mode=True)
    return Known(
        task=task.name,
        naming=naming,
        meta=meta,
        visualizer=None,
        box_config=Config(dict(test_dataloader=dict(dataset=dataset))),
    )


def _pose_meta(task: PoseTask) -> dict[str, Any]:
    """Describe keypoints as mmpose does, for its visualizer."""
    return dict(
        keypoint_id2name=dict(enumerate(task.keypoints)),
        keypoint_colors=np.array(task.keypoint_colors, np.uint8),
        skeleton_links=list(task.links),
        skeleton_link_colors=np.array(task.link_colors, np.uint8),
    )
