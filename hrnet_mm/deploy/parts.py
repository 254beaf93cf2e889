"""The parts of a model that become graphs, and what goes in and comes out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

IMAGE = "image"  # the name of an input
ROIS = "rois"  # the same

Tensors = tuple[Tensor, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a model that becomes a graph.

    Attributes:
        name: Of the file, without suffix.
        compute: Maps the model and the inputs to the outputs.
        inputs: The names.
        outputs: The names, and what the outputs mean.
        inputs_of: Maps the model and images to inputs.
        scores: Of labels: maps the model and the inputs to what each label is the argmax of.
    """

    name: str = "model"
    compute: Callable[..., Tensors]
    inputs: Sequence[str] = (IMAGE,)
    outputs: dict[str, str]
    inputs_of: Callable[[Any, Tensor], Tensors] = lambda _, images: (images,)
    scores: Callable[..., Tensor] | None = None


def heatmaps_part() -> Part:
    """Return the whole of a pose estimator, without the test with mirrored images."""
    return Part(compute=_raw, outputs={"heatmaps": "of the keypoints"})


def logits_part() -> Part:
    """Return the whole of a classifier or a segmentation model, at the stride of its head."""
    return Part(compute=_raw, outputs={"logits": "of the classes, before softmax"})


def labels_part() -> Part:
    """Return a segmentation model with the resizing of its logits and the choice of a class."""
    meaning = {"labels": "the class of each pixel of the input"}
    return Part(compute=_labels, outputs=meaning, scores=_resized_logits)


def _raw(network: Any, image: Tensor) -> Tensors:
    return (network(image, None, mode="tensor"),)


def _resized_logits(network: Any, image: Tensor) -> Tensor:
    return network.encode_decode(image, [dict(img_shape=image.shape[2:])])


def _labels(network: Any, image: Tensor) -> Tensors:
    return (_resized_logits(network, image).argmax(dim=1).int(),)
