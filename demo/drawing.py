"""How each toolbox's visualizer draws an image with its truth and predictions."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# Takes a visualizer, an RGB image, its predicted samples and the file to write.
Draw = Callable[[Any, np.ndarray, Sequence[Any], str], None]

CLASSIFICATION_SCALE = 4  # the images are too small for text


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
