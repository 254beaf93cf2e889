"""Shows samples of a dataset with their annotations: as they are read, and what pipelines do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from mmengine.config import Config
from mmengine.runner import set_random_seed

from hrnet_mm.apis.annotated import build_dataset
from hrnet_mm.apis.drawing import Drawer, as_bgr
from hrnet_mm.apis.sheets import Tile, as_tile, in_rows, write_sheet
from hrnet_mm.apis.truths import truth_of
from hrnet_mm.data.damaged_images import damaged_images_refused
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.errors import UserError
from hrnet_mm.results import ClassScores

MODES = ("original", "transformed", "pipeline")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A sample after a transform, with its annotations drawn.

    Attributes:
        step: The name of the transform.
        file: The name of the image.
        is_annotated: Whether its annotations were known then.
        image: (H, W, 3) in BGR order, uint8.
    """

    step: str
    file: str
    is_annotated: bool
    image: np.ndarray


def browse(cfg: Config, *, split: str, mode: str, number: int, file: Path) -> int:
    """Write a contact sheet of samples from all over a dataset; return how many it shows.

    Args:
        cfg: The config.
        split: "train", "val" or "test".
        mode: "original" for samples as they are read, "transformed" for what the model gets,
            "pipeline" for a row of each sample, with a picture after each transform.
        number: How many samples to show at most.
        file: The image to write.

    Raises:
        UserError: There is no such dataset, or its samples cannot be shown.
    """
    if number < 1:
        raise UserError(f"{number} samples: give 1 or more")
    with damaged_images_refused():
        dataset = build_dataset(cfg, split=split)
        recorder = _Recorder(dataset, visualizer=cfg.get("visualizer"))
        set_random_seed(0)
        indices = np.unique(np.linspace(0, len(dataset) - 1, number).astype(int)).tolist()
        samples = [recorder.pictures_of(index) for index in indices]
    if mode == "pipeline":
        rows = [[_tile(each, has_step=True) for each in sample] for sample in samples]
    else:
        shown = [_as_read(sample) if mode == "original" else sample[-1] for sample in samples]
        tiles = [_tile(each, has_step=False) for each in shown]
        rows = in_rows(tiles, columns=int(np.ceil(np.sqrt(len(tiles)))))
    write_sheet(rows, file)
    return len(samples)


class _Recorder:
    """Draws what the transforms of a dataset make of its samples."""

    def __init__(self, dataset: Any, *, visualizer: Any) -> None:
        meta = dataset.metainfo
        self._dataset = dataset
        self._drawer = Drawer(dataset_meta=meta, visualizer=visualizer, is_truth=True)
        self._num_classes = len(meta.get("classes") or ())
        self._pictures: list[Picture] = []
        loaded = LoadedData(loaders={"": SimpleNamespace(dataset=dataset)})
        for _, part in loaded.all_datasets():
            pipeline = getattr(part, "pipeline", [])
            steps = getattr(pipeline, "transforms", pipeline)
            steps[:] = [_Watched(step=step, record=self._record) for step in steps]

    def pictures_of(self, index: int) -> list[Picture]:
        """Read a sample; return a picture for each transform that leaves an image."""
        self._pictures = []
        self._dataset[index]
        if not self._pictures:
            raise UserError(f"{type(self._dataset).__name__} reads no images that can be shown")
        return self._pictures

    def _record(self, step: str, sample: Any) -> None:
        if sample is None:  # the dataset takes another sample instead
            self._pictures.clear()
        elif "img" in sample:
            self._pictures.append(self._picture(step, sample))

    def _picture(self, step: str, sample: Any) -> Picture:
        truth = truth_of(sample, num_classes=self._num_classes)
        image = as_bgr(np.array(sample["img"]))
        if step.startswith("Load") and "ori_shape" in sample:
            # Test pipelines resize the image before they read its annotations.
            height, width = sample["ori_shape"][:2]
            image = cv2.resize(image, (width, height))
        if isinstance(truth, ClassScores):  # images may be too small for text
            image = as_tile(image)
        return Picture(
            step=step,
            file=Path(str(sample.get("img_path", ""))).name,
            is_annotated=truth is not None,
            image=as_tile(image if truth is None else self._drawer.draw(image, truth)),
        )


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """A transform whose results are recorded."""

    step: Any
    record: Callable[[str, Any], None]

    def __call__(self, sample: Any) -> Any:
        sample = self.step(sample)
        self.record(type(self.step).__name__, sample)
        return sample

    def __getattr__(self, name: str) -> Any:  # such as get_indexes of transforms that mix images
        if name.startswith("__"):  # copying asks for these before there is a step
            raise AttributeError(name)
        return getattr(self.step, name)


def _as_read(sample: Sequence[Picture]) -> Picture:
    return next((picture for picture in sample if picture.is_annotated), sample[0])


def _tile(picture: Picture, *, has_step: bool) -> Tile:
    return Tile(image=picture.image, lines=(picture.file, picture.step if has_step else ""))
