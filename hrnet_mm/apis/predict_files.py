"""Predicts on images and videos, and writes what is predicted and drawn."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from hrnet_mm.apis.boxes import BoxSource
from hrnet_mm.apis.drawing import Drawer
from hrnet_mm.apis.frames import Failure, Frame, Prediction
from hrnet_mm.apis.images import ImageReader
from hrnet_mm.apis.naming import Known
from hrnet_mm.apis.progress import Progress, Stopwatch
from hrnet_mm.apis.reading import Video, name_of, open_video, read_images
from hrnet_mm.apis.sources import ImageFile, VideoFile, Webcam, find_sources
from hrnet_mm.apis.texts import Format
from hrnet_mm.apis.video import video_codec
from hrnet_mm.apis.writing import PredictionWriter
from hrnet_mm.errors import UserError

_MAX_LISTED = 20  # failures


class FramePredictor(Protocol):
    """Predicts on images that are in memory: a `Predictor`, or a `BundleFramePredictor`.

    Attributes:
        clock: How long its steps took.
        boxes: Where boxes come from for a model that takes them; None for one that does not.
    """

    clock: Stopwatch
    boxes: BoxSource | None

    @property
    def known(self) -> Known:
        """What is known of the predictions."""
        ...

    @property
    def reader(self) -> ImageReader:
        """Reads images as the model's test does."""
        ...

    @property
    def ahead(self) -> int:
        """How many images to decode before they are asked for."""
        ...

    def predict(self, frames: Iterable[Frame | Failure]) -> Iterator[Prediction | Failure]:
        """Predict on frames; those that fail, and failures among them, come out as failures."""
        ...

    def use_boxes(self, source: BoxSource) -> None:
        """Take the boxes from elsewhere."""
        ...


@dataclass(kw_only=True)
class FilePrediction:
    """A run over files.

    Attributes:
        predictor: The model.
        out_dir: Where ``vis`` and ``predictions`` are written.
        form: Of the predictions: "json", or "csv" for poses.
        draws: Whether drawings are written too.
        overwrite: Whether to do again what is done.
        max_frames: How many frames of a video to read at most; None for all.
        failures: What could not be done.
    """

    predictor: FramePredictor
    out_dir: Path
    form: Format = "json"
    draws: bool = True
    overwrite: bool = False
    max_frames: int | None = None
    failures: list[Failure] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = self.predictor.known
        self._writer = PredictionWriter(
            self.out_dir, naming=known.naming, form=self.form, draws=self.draws
        )
        self._drawer = Drawer(dataset_meta=known.meta, visualizer=known.visualizer)

    def run(self, inputs: Sequence[str]) -> None:
        """Predict on images, folders, patterns, videos and webcams, and print what was done.

        What fails is kept in ``failures``, and does not stop the others.

        Raises:
            UserError: None of the inputs can be found, or nothing can be written.
        """
        found = find_sources(inputs, exclude=self._writer.folders)
        self.failures += found.failures
        if found.ignored:
            print(f"neither images nor videos by their names: {len(found.ignored)} files")
        todo = [s for s in found.sources if self.overwrite or not self._writer.is_done(s)]
        if done := len(found.sources) - len(todo):
            print(f"{done} of {len(found.sources)} inputs are done; --overwrite does them again")
        if self.predictor.boxes is not None and todo:
            print(f"boxes: {self.predictor.boxes.description}")
        if images := [source for source in todo if isinstance(source, ImageFile)]:
            self._predict_images(images)
        for source in todo:
            if not isinstance(source, ImageFile):
                self._predict_video(source)
        _say(f"predictions: {self.out_dir / 'predictions'}")
        if self.draws:
            _say(f"drawings: {self.out_dir / 'vis'}")
        self._print_failures()

    def _predict_images(self, images: Sequence[ImageFile]) -> None:
        ahead = self.predictor.ahead
        frames = read_images(images, reader=self.predictor.reader, ahead=ahead)
        with self._progress(len(images)) as progress:
            for outcome in self.predictor.predict(frames):
                if isinstance(outcome, Failure):
                    self.failures.append(outcome)
                else:
                    self._write_image(outcome)
                progress.advance()

    def _write_image(self, prediction: Prediction) -> None:
        drawing = self._draw(prediction)
        try:
            with self.predictor.clock.part("write"):
                self._writer.write_image(prediction, drawing=drawing, image_id=prediction.image_id)
        except UserError as error:
            if isinstance(error.__cause__, OSError):  # of the disk, which others need too
                raise
            self.failures.append(Failure(source=prediction.frame.source, reason=str(error)))

    def _predict_video(self, source: VideoFile | Webcam) -> None:
        reader, ahead = self.predictor.reader, self.predictor.ahead
        video = open_video(source, reader=reader, ahead=ahead, max_frames=self.max_frames)
        if isinstance(video, Failure):
            self.failures.append(video)
            return
        codec = f", drawn in {video_codec()}" if self.draws else ""
        print(f"{source.name}{codec}")
        try:
            self._write_video(source, video)
        except UserError as error:
            if isinstance(error.__cause__, OSError):
                raise
            self.failures.append(Failure(source=name_of(source), reason=str(error)))

    def _write_video(self, source: VideoFile | Webcam, video: Video) -> None:
        with (
            self._progress(video.length) as progress,
            self._writer.video(source.name, fps=video.fps) as write,
            # A webcam has no other end.
            suppress(*[KeyboardInterrupt] if isinstance(source, Webcam) else []),
        ):
            for outcome in self.predictor.predict(video.frames):
                if isinstance(outcome, Failure):
                    self.failures.append(outcome)
                    continue
                drawing = self._draw(outcome)
                with self.predictor.clock.part("write"):
                    write(outcome, drawing)
                progress.advance()

    @contextmanager
    def _progress(self, total: int | None) -> Iterator[Progress]:
        self.predictor.clock = Stopwatch()
        with Progress(stopwatch=self.predictor.clock, total=total) as progress:
            yield progress

    def _draw(self, prediction: Prediction) -> np.ndarray | None:
        if not self.draws:
            return None
        with self.predictor.clock.part("draw"):
            return self._drawer.draw(prediction.frame.image, prediction.result)

    def _print_failures(self) -> None:
        for failure in self.failures[:_MAX_LISTED]:
            _say(f"failed: {failure.source}: {failure.reason}")
        if len(self.failures) > _MAX_LISTED:
            print(f"and {len(self.failures) - _MAX_LISTED} more failed")


def _say(line: str) -> None:
    """Print a line with names of files, which need not be valid text."""
    print(line.encode(errors="backslashreplace").decode())
