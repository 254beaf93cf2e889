"""Pickles of predictions are read as plain data; whatever could run code is refused."""

import io
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hrnet_mm.checkpoint.plain_pickle import read_plain_pickle
from hrnet_mm.errors import UserError


def written(content: Any, folder: Path, *, protocol: int = 2) -> Path:
    file = folder / "x.pkl"
    file.write_bytes(pickle.dumps(content, protocol=protocol))
    return file


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize(
    "value",
    [
        torch.arange(6.0).reshape(2, 3)[:, 1:],
        torch.ones(2, dtype=torch.bool),
        torch.zeros(3, dtype=torch.bfloat16),
        np.arange(4.0).reshape(2, 2),
        np.zeros((0, 4), np.float32),
        np.float32(0.5),
        {"img_shape": (3, 4), "name": "ä", "flags": {1, 2}, "empty": b"", "raw": b"\xff\x00"},
        torch.Size([1, 2]),
        Path("a/b.png"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_plain_data_come_back(value: Any, protocol: int, tmp_path: Path) -> None:
    [read] = read_plain_pickle(written([value], tmp_path, protocol=protocol))
    assert type(read) is type(value)
    if isinstance(value, np.ndarray | torch.Tensor):
        assert read.dtype == value.dtype
        assert read.tolist() == value.tolist()
    else:
        assert read == value


class Harmful:
    def __reduce__(self) -> Any:
        return os.mkdir, ("harm",)


class HarmfulTensor:
    def __reduce__(self) -> Any:
        content = io.BytesIO()
        torch.save(Harmful(), content, _use_new_zipfile_serialization=False)
        return torch.storage._load_from_bytes, (content.getvalue(),)  # type: ignore


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("kind", [Harmful, HarmfulTensor])
def test_code_is_refused(
    kind: type, protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = written([kind()], tmp_path, protocol=protocol)
    with pytest.raises(UserError, match=r"cannot read .*x\.pkl as a pickle of predictions, "):
        read_plain_pickle(file)
    assert not Path("harm").exists()


def test_masks_of_annotations_are_passed_over(tmp_path: Path) -> None:
    from mmdet.structures.mask import BitmapMasks

    masks = BitmapMasks(np.ones((1, 2, 2), np.uint8), 2, 2)
    [read] = read_plain_pickle(written([{"masks": masks, "labels": [1]}], tmp_path))
    assert not isinstance(read["masks"], BitmapMasks)
    assert read["labels"] == [1]


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps([1.0] * 99)[:50]])
def test_broken_files_are_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.pkl"):
        read_plain_pickle(tmp_path / "x.pkl")


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*x\.pkl: No such file or directory"):
        read_plain_pickle(tmp_path / "x.pkl")
