"""Draws validation images with ground truth and predictions."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner

from demo.drawing import Draw


def draw_predictions(runner: Runner, *, draw: Draw, number: int, folder: Path) -> list[str]:
    """Draw that many images, evenly spread over the validation set.

    Args:
        runner: Holds the trained model, the dataset and the visualizer.
        draw: How to draw one.
        number: How many.
        folder: Where the drawings are written.

    Returns:
        The names of the drawings.
    """
    model: Any = runner.model
    loader: Any = runner.val_dataloader
    visualizer: Any = runner.visualizer
    visualizer.dataset_meta = loader.dataset.metainfo
    images = _samples_by_image(loader.dataset)
    chosen = sorted(set(np.linspace(0, len(images) - 1, number).round().astype(int).tolist()))
    model.eval()
    drawings = []
    for i in chosen:
        path, indices = images[i]
        with torch.no_grad():
            samples = model.val_step(pseudo_collate([loader.dataset[index] for index in indices]))
        drawings.append(f"{Path(path).stem}.png")
        image = mmcv.imread(path, channel_order="rgb")
        draw(visualizer, image, samples, str(folder / drawings[-1]))
    return drawings


def _samples_by_image(dataset: Any) -> list[tuple[str, list[int]]]:
    """List the images of a dataset, each with its samples: one, or one for each person."""
    samples = defaultdict(list)
    for index in range(len(dataset)):
        samples[dataset.get_data_info(index)["img_path"]].append(index)
    return list(samples.items())
