"""The labels of images, in whatever form a dataset gives them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrnet_mm.data.class_labels import labels_noted, wrong_class_labels


def found(labels: list[Any], **info: str) -> list[str]:
    from mmpretrain.datasets import BaseDataset, MultiLabelDataset

    base: Any = MultiLabelDataset if np.ndim(labels[0]) else BaseDataset

    class Own(base):
        def load_data_list(self) -> list[Any]:
            return [{"gt_label": label, **info} for label in labels]

    with labels_noted():
        dataset = Own(ann_file="")
    return [finding.text for finding in wrong_class_labels(dataset, num_classes=3)]


@pytest.mark.parametrize("form", [int, np.int64, np.array, lambda label: [label], lambda i: [0, i]])
def test_labels_of_each_form(form: Any) -> None:
    assert not found([form(label) for label in (0, 2, 1)], img_path="a.jpg")
    (text,) = found([form(label) for label in (0, 3, 1)], img_path="a.jpg")
    assert text.startswith("a.jpg has the label 3, but there are 3 classes, 0 to 2: ")


def test_mnist_is_built_and_names_its_samples(tmp_path: Path) -> None:
    from mmpretrain.datasets import MNIST

    (tmp_path / "train-images-idx3-ubyte").write_bytes(_idx(np.zeros((2, 4, 4), np.uint8)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(_idx(np.array([0, 7], np.uint8)))
    for file in MNIST.test_list:
        (tmp_path / file[0].removesuffix(".gz")).touch()
    with labels_noted():
        dataset = MNIST(data_root=str(tmp_path))
    assert not [*wrong_class_labels(dataset, num_classes=10)]
    (finding,) = wrong_class_labels(dataset, num_classes=3)
    assert finding.text.startswith("sample 1 has the label 7")


def _idx(array: np.ndarray) -> bytes:
    """Return the content of a file as MNIST has it."""
    sizes = b"".join(size.to_bytes(4) for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
