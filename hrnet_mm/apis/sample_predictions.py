"""Draws what a model predicts on images of a dataset beside what is annotated in them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate

from hrnet_mm.apis.annotated import AnnotatedImages, samples_by_image
from hrnet_mm.apis.drawing import Drawer
from hrnet_mm.apis.images import ImageReader
from hrnet_mm.apis.model import LoadedModel
from hrnet_mm.apis.samples import ResultMaker
from hrnet_mm.apis.selection import SCORE_THRESHOLDS, Selection
from hrnet_mm.apis.sheets import Tile, as_tile
from hrnet_mm.results import ClassScores, Result

MAX_BATCH = 32  # people of an image at once


class PairDrawer:
    """Draws the truth of an image on its left, a prediction on its right.

    Args:
        task: "pose", "seg", "det" or "cls"; what scores less than its threshold is not drawn.
        meta: The ``metainfo`` of the dataset.
        visualizer: The ``visualizer`` of the config.
    """

    def __init__(self, *, task: str, meta: Mapping[str, Any], visualizer: Any) -> None:
        threshold = SCORE_THRESHOLDS.get(task, 0.0)
        self._selection = Selection(score_threshold=threshold, classes=None)
        self._truth, self._predicted = (
            Drawer(dataset_meta=meta, visualizer=visualizer, is_truth=is_truth)
            for is_truth in (True, False)
        )
        self._reader = ImageReader()

    def draw(self, path: str, truth: Result, predicted: Result) -> np.ndarray:
        """Return the pair as two tiles side by side, (H, 2W, 3) in BGR order, uint8."""
        image = self._reader.read(Path(path))
        if isinstance(truth, ClassScores):  # images may be too small for text
            image = as_tile(image)
        shown = self._selection.apply(predicted)
        pair = self._truth.draw(image, truth), self._predicted.draw(image, shown)
        return np.hstack([as_tile(drawn) for drawn in pair])


def predicted_samples(
    loaded: LoadedModel, *, dataset: Any, annotated: Any, number: int
) -> list[Tile]:
    """Predict on images of a dataset, evenly spread, and draw each beside its truth.

    Args:
        loaded: The model; it is in eval mode afterwards.
        dataset: What the model is validated on.
        annotated: The same, with annotations; see `build_annotated`.
        number: How many images at most.

    Returns:
        The pairs, with the names of the images.
    """
    truths = AnnotatedImages(annotated, task=loaded.task)
    samples = truths.samples if annotated is dataset else samples_by_image(dataset)
    paths = [path for path in samples if path in truths.samples]
    chosen = np.unique(np.linspace(0, len(paths) - 1, min(number, len(paths))).round().astype(int))
    results = ResultMaker(loaded)
    visualizer = loaded.cfg.get("visualizer")
    drawer = PairDrawer(task=loaded.task, meta=dataset.metainfo, visualizer=visualizer)
    loaded.network.eval()
    tiles = []
    for path in (paths[i] for i in chosen):
        outputs: list[Any] = []
        for start in range(0, len(samples[path]), MAX_BATCH):
            batch = samples[path][start : start + MAX_BATCH]
            inputs = pseudo_collate([dataset[index] for index in batch])
            with torch.no_grad():
                outputs += loaded.network.val_step(inputs)
        predicted = results.make(outputs, None)
        pair = drawer.draw(path, truths.truth_of_image(path), predicted)
        tiles.append(Tile(image=pair, lines=(Path(path).name,)))
    return tiles
