"""Draws validation images with ground truth and predictions, by each toolbox's visualizer."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner

# Takes a visualizer, an RGB image, its predicted samples and the file to write.
Draw = Callable[[Any, np.ndarray, Sequence[Any], str], None]

CLASSIFICATION_SCALE = 4  # the images are too small for text


def draw_predictions(runner: Runner, *, draw: Draw, number: int, folder: Path) -> list[np.ndarray]:
    """Draw that many images, evenly spread over the validation set.

    Args:
        runner: Holds the trained model, the dataset and the visualizer.
        draw: How to draw one.
        number: How many.
        folder: Where the drawings are written.

    Returns:
        The drawings, each (H, W, 3) uint8 RGB.
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
        file = folder / f"{Path(path).stem}.png"
        draw(visualizer, mmcv.imread(path, channel_order="rgb"), samples, str(file))
        drawings.append(mmcv.imread(file, channel_order="rgb"))
    return drawings


def _samples_by_image(dataset: Any) -> list[tuple[str, list[int]]]:
    """List the images of a dataset, each with its samples: one, or one for each person."""
    samples = defaultdict(list)
    for index in range(len(dataset)):
        samples[dataset.get_data_info(index)["img_path"]].append(index)
    return list(samples.items())


def draw_pose(visualizer: Any, image: np.ndarray, people: Sequence[Any], file: str) -> None:
    """Draw the skeletons of all people."""
    from mmpose.structures import merge_data_samples

    visualizer.set_dataset_meta(visualizer.dataset_meta)  # reads colours and links from it
    sample = merge_data_samples(list(people))
    visualizer.add_datasample(name="demo", image=image, data_sample=sample, out_file=file)


def draw_labels(visualizer: Any, image: np.ndarray, samples: Sequence[Any], file: str) -> None:
    """Draw boxes with classes and scores, or the colours of the classes."""
    (sample,) = samples
    visualizer.add_datasample(name="demo", image=image, data_sample=sample, out_file=file)


def draw_class(visualizer: Any, image: np.ndarray, samples: Sequence[Any], file: str) -> None:
    """Draw the true and the predicted class onto the image."""
    (sample,) = samples
    visualizer.visualize_cls(
        image, sample, rescale_factor=CLASSIFICATION_SCALE, out_file=file, name="demo"
    )
