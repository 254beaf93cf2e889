"""Predicts on images with any toolbox's model."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate

from hrnet_mm.apis.boxes import BoxSource, GivenBoxes, WholeImages
from hrnet_mm.apis.configs import augment_test, read_config
from hrnet_mm.apis.frames import Failure, Frame, Prediction
from hrnet_mm.apis.images import ImageReader
from hrnet_mm.apis.memory_format import set_memory_format
from hrnet_mm.apis.model import LoadedModel, load_model, slide_over, usable_device
from hrnet_mm.apis.model_zoo import public_weights
from hrnet_mm.apis.naming import Known, naming_of
from hrnet_mm.apis.progress import Stopwatch
from hrnet_mm.apis.reading import read_all
from hrnet_mm.apis.samples import ResultMaker, Sample, SampleMaker, takes_boxes
from hrnet_mm.apis.selection import Selection
from hrnet_mm.apis.sources import find_sources
from hrnet_mm.deploy.boxes import Boxes
from hrnet_mm.errors import UserError

# Images of several sizes are looked through for those that can share a batch...
_WINDOW = 4  # batches
_WINDOW_PIXELS = 64_000_000  # ...unless they are large
_MAX_BOXES = 32  # at once in the network: more need memory and bring no speed


@dataclass(kw_only=True)
class _Job:
    """An image on its way through the steps of a prediction."""

    frame: Frame
    boxes: Boxes | None = None
    samples: Sequence[Sample] = ()
    outputs: dict[int, Any] = field(default_factory=dict)
    failure: Failure | None = None

    def fail(self, error: Exception) -> None:
        self.failure = Failure.of(error, self.frame)


class Predictor:
    """A trained model that predicts on images.

    ``Predictor("config.py", "weights.pth")("photo.jpg")`` yields a `Prediction` for each image.

    Attributes:
        loaded: The model, its config and the names of what it predicts.
        clock: How long its steps took.
        boxes: Where boxes come from for a model that takes them; None for one that does not.
    """

    def __init__(
        self,
        config: str | Path,
        checkpoint: str | Path | None = None,
        *,
        device: str | None = None,
        batch_size: int = 1,
        score_threshold: float | None = None,
        classes: Sequence[str] = (),
        tta: bool = False,
        slide: tuple[int, int] | None = None,
        memory_format: str = "auto",
        cfg_options: Mapping[str, Any] | None = None,
    ) -> None:
        """Load a model.

        Args:
            config: Path of a config, or a name of the model zoo.
            checkpoint: Path of the weights; None for the public ones of a name.
            device: As torch names it; None for the first GPU, or the CPU where there is none.
            batch_size: How many images go through the network together, if their sizes allow it.
            score_threshold: Least score of what is kept; None for 0.3, or 0 for classification.
            classes: Names of the classes to keep; all if empty.
            tta: Whether to use the config's test-time augmentation.
            slide: Side and stride, in pixels, of the windows of a segmentation model, which then
                sees the image in its own size.
            memory_format: Of the backbone, one of `MEMORY_FORMATS`.
            cfg_options: Overrides of the config, by dotted key.

        Raises:
            UserError: The config, or an option, does not fit.
            CheckpointError: The file is no checkpoint of the model.
            FileNotFoundError: There is no such file.
        """
        if batch_size < 1:
            raise UserError(f"batch size {batch_size}: give 1 or more")
        cfg = read_config(str(config), dict(cfg_options or {}))
        weights = public_weights(str(config)) if checkpoint is None else checkpoint
        if slide is not None:
            slide_over(cfg, side=slide[0], stride=slide[1])
        if tta:
            augment_test(cfg)
        target = usable_device(device)
        set_memory_format(cfg, memory_format, device=target.type)
        self.loaded: LoadedModel = load_model(cfg, str(weights), device=target)
        self._samples = SampleMaker(self.loaded)
        self._results = ResultMaker(self.loaded)
        self.clock = Stopwatch()
        self.boxes: BoxSource | None = WholeImages() if takes_boxes(self.loaded) else None
        self._batch_size = batch_size
        self._selection = Selection.of(
            task=self.loaded.task,
            names=self.loaded.classes,
            score_threshold=score_threshold,
            classes=classes,
        )

    def __call__(
        self,
        images: str | Path | np.ndarray | Iterable[str | Path | np.ndarray],
        *,
        boxes: Sequence[Any] | None = None,
    ) -> Iterator[Prediction]:
        """Predict on images, folders, videos and arrays.

        Args:
            images: One or several; arrays are (H, W, 3) in BGR order, (H, W) or (H, W, 4), uint8.
            boxes: For each image its boxes, (N, 4): left, top, right, bottom. Only for models that
                take boxes; None for those of ``self.boxes``.

        Yields:
            A prediction for each image or frame, in their order.

        Raises:
            UserError: An image cannot be read, or nothing can be predicted from it, or there are
                not as many images as boxes are given for.
        """
        single = isinstance(images, (str, Path, np.ndarray))
        frames = self._frames([images] if single else images)  # type: ignore
        given = None if boxes is None else self._given(boxes)
        for found in self._predict(frames, given or self.boxes):
            if isinstance(found, Failure):
                raise UserError(f"{found.source}: {found.reason}")
            yield found
        if given is not None:
            given.check_used()

    def predict(self, frames: Iterable[Frame | Failure]) -> Iterator[Prediction | Failure]:
        """Predict on frames; those that fail, and failures among them, come out as failures."""
        return self._predict(frames, self.boxes)

    @property
    def known(self) -> Known:
        """What is known of the predictions."""
        return Known(
            task=self.loaded.task,
            naming=naming_of(self.loaded),
            meta=self.loaded.meta,
            visualizer=self.loaded.cfg.get("visualizer"),
            box_config=self.loaded.cfg,
        )

    @property
    def reader(self) -> ImageReader:
        """Reads images as the config's test does."""
        return self._samples.reader

    @property
    def ahead(self) -> int:
        """How many images to decode before they are asked for."""
        return max(2, self._batch_size)

    def use_boxes(self, source: BoxSource) -> None:
        """Take the boxes from elsewhere.

        Raises:
            UserError: The model takes no boxes.
        """
        self._check_takes_boxes()
        self.boxes = source

    def _check_takes_boxes(self) -> None:
        if self.boxes is None:
            raise UserError(f"boxes are of no use: {self.loaded.cfg.filename} takes whole images")

    def _given(self, boxes: Sequence[Any]) -> GivenBoxes:
        self._check_takes_boxes()
        return GivenBoxes(boxes)

    def _frames(self, images: Iterable[str | Path | np.ndarray]) -> Iterator[Frame | Failure]:
        numbered = enumerate(images)
        for is_array, group in groupby(numbered, key=lambda item: isinstance(item[1], np.ndarray)):
            if is_array:
                for number, image in group:
                    name, array = f"array {number}", np.asarray(image)
                    yield Frame(source=name, name=name, image=self.reader.take(array))
            else:
                found = [find_sources([_path(image)]) for _, image in group]
                sources = [source for of_path in found for source in of_path.sources]
                yield from read_all(sources, reader=self.reader, ahead=self.ahead)

    def _predict(
        self, frames: Iterable[Frame | Failure], source: BoxSource | None
    ) -> Iterator[Prediction | Failure]:
        for window in self._windows(frames):
            jobs = [_Job(frame=item) for item in window if isinstance(item, Frame)]
            if source is not None:
                with self.clock.part("detect"):
                    _find_boxes(jobs, source)
            with self.clock.part("prepare"):
                self._prepare(jobs)
            with self.clock.part("network"):
                self._run([job for job in jobs if job.failure is None])
                done = iter([self._finish(job) for job in jobs])
            for item in window:
                yield item if isinstance(item, Failure) else next(done)

    def _windows(self, frames: Iterable[Frame | Failure]) -> Iterator[list[Frame | Failure]]:
        # In boxes all inputs have one size, and a batch of one waits for no other.
        one_size = self.boxes is not None or self._batch_size == 1
        limit = self._batch_size * (1 if one_size else _WINDOW)
        window: list[Frame | Failure] = []
        pixels = 0
        stream = iter(frames)
        while True:
            with self.clock.part("read"):
                item = next(stream, None)
            if item is not None:
                window.append(item)
                pixels += item.image[..., 0].size if isinstance(item, Frame) else 0
            if window and (item is None or len(window) == limit or pixels > _WINDOW_PIXELS):
                yield window
                window, pixels = [], 0
            if item is None:
                return

    def _prepare(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            if job.failure is None:
                try:
                    job.samples = self._samples.make(job.frame, job.boxes)
                except Exception as error:  # a step of any toolbox can raise anything
                    job.fail(error)

    def _run(self, jobs: Sequence[_Job]) -> None:
        """Run the network on all samples; those of equal size share a batch."""
        groups: dict[Any, list[tuple[_Job, int]]] = defaultdict(list)
        for job in jobs:
            for number, sample in enumerate(job.samples):
                groups[_size(sample["inputs"])].append((job, number))
        limit = self._batch_size if self.boxes is None else max(self._batch_size, _MAX_BOXES)
        for group in groups.values():
            for start in range(0, len(group), limit):
                self._run_batch(group[start : start + limit])

    def _run_batch(self, batch: Sequence[tuple[_Job, int]]) -> None:
        samples = [job.samples[number] for job, number in batch]
        outputs: Any = None
        try:
            with torch.inference_mode():
                outputs = self.loaded.network.test_step(pseudo_collate(samples))
        except Exception as error:  # out of memory, or whatever a model raises
            if len(batch) == 1:
                batch[0][0].fail(error)
                return
        if outputs is None:
            # The others need not fail with one. Above, the error would keep the batch in memory.
            for item in batch:
                self._run_batch([item])
            return
        for (job, number), output in zip(batch, outputs, strict=True):
            job.outputs[number] = output

    def _finish(self, job: _Job) -> Prediction | Failure:
        if job.failure is not None:
            return job.failure
        outputs = [job.outputs[number] for number in range(len(job.samples))]
        result = self._selection.apply(self._results.make(outputs, job.boxes))
        image_id = job.boxes.image_id if job.boxes is not None else None
        return Prediction(frame=job.frame, result=result, image_id=image_id)


def _path(image: object) -> str:
    if not isinstance(image, (str, Path)):
        raise UserError(f"an image of type {type(image).__name__}: give a path or a numpy array")
    return str(image)


def _find_boxes(jobs: Sequence[_Job], source: BoxSource) -> None:
    for job, found in zip(jobs, source.find([job.frame for job in jobs]), strict=True):
        if isinstance(found, Failure):
            job.failure = found
        else:
            job.boxes = found


def _size(inputs: Any) -> Any:
    """Return the size of a sample's tensor, or of those of its augmented views."""
    return tuple(view.shape for view in inputs) if isinstance(inputs, list) else inputs.shape
