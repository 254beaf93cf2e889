"""Datasets as the toolboxes build them: without a sample or a batch, with swapped classes."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.registry import DATASETS
from torch.utils.data import ConcatDataset, DataLoader, RandomSampler

from hrnet_mm.data.dataset_rules import empty_datasets_refused
from hrnet_mm.data.findings import Finding, report
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.rules import check_loaded
from hrnet_mm.errors import UserError


class Samples(list):
    """A dataset of numbers."""

    def __init__(self, length: int = 8, **attributes: Any) -> None:
        super().__init__(range(length))
        self.metainfo: dict[str, Any] = {}
        self.__dict__.update(attributes)


def found(**datasets: Any) -> list[Finding]:
    loaders = {split: SimpleNamespace(dataset=dataset) for split, dataset in datasets.items()}
    return check_loaded(LoadedData(loaders=loaders))


def the_finding(**datasets: Any) -> Finding:
    findings = found(**datasets)
    assert len(findings) == 1, findings
    return findings[0]


# Samples and batches


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        (dict(ann_file="a.json", bbox_file="b.json"), "b.json has no detection with category_id 1"),
        (dict(ann_file="a.txt"), "a.txt lists none; correct"),
        (dict(ann_file="a.json", filter_cfg=dict(min_size=32)), "filter_cfg={'min_size': 32}"),
        (
            dict(ann_file="", data_prefix=dict(img_path="img", seg_map_path="ann"), img_suffix="x"),
            "no image whose name ends in img_suffix='x' is in 'img', 'ann'",
        ),
        (dict(data_prefix="img"), "no image is in 'img'"),
        (dict(), "has no sample"),
    ],
)
def test_a_dataset_without_a_sample(attributes: Any, text: str, split: str) -> None:
    finding = the_finding(**{split: Samples(0, **attributes)})
    assert finding.is_error
    assert f"{split}_dataloader.dataset has no sample: " in finding.text
    assert text in finding.text


def test_a_part_without_a_sample() -> None:
    parts: list[Any] = [Samples(4), Samples(0)]
    joined: Any = ConcatDataset(parts)
    joined.metainfo = {}
    assert "train_dataloader.dataset.datasets.1 has no" in the_finding(train=joined).text


def _images(folder: Path, **options: Any) -> dict[str, Any]:
    prefix = dict(img_path=str(folder))
    return (
        dict(type="mmseg.BaseSegDataset", data_prefix=prefix, metainfo=dict(classes=("a",)))
        | options
    )


def _labels(folder: Path) -> dict[str, Any]:
    (folder / "labels.txt").write_text("")
    return dict(type="mmpretrain.CustomDataset", ann_file=str(folder / "labels.txt"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (_images, "no image whose name ends in img_suffix='.jpg' is in"),
        (lambda folder: _images(folder, serialize_data=False), "img_suffix='.jpg'"),
        (_labels, "labels.txt lists none"),
        (lambda folder: dict(type="RepeatDataset", times=2, dataset=_labels(folder)), "lists none"),
    ],
)
def test_a_dataset_that_mmengine_cannot_store(options: Any, text: str, tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(b"")
    with pytest.raises(UserError) as error, empty_datasets_refused("val_dataloader.dataset"):
        report(found(val=DATASETS.build(options(tmp_path))))
    assert f"{tmp_path}" in str(error.value)
    assert str(error.value).startswith("val_dataloader.dataset")
    assert text in str(error.value)


def _batches(length: int, batch: int, **options: Any) -> list[Finding]:
    data: Any = Samples(length)
    loader = DataLoader(data, batch_size=batch, **options)
    return check_loaded(LoadedData(loaders=dict(train=loader)))


@pytest.mark.parametrize("sampler", [DefaultSampler, RandomSampler, None])
def test_fewer_images_than_a_batch(sampler: Any) -> None:
    options = dict(sampler=sampler(Samples(3))) if sampler else {}
    (finding,) = _batches(3, 4, drop_last=True, **options)
    assert finding.is_error
    assert "(of 3) are fewer than batch_size=4, and drop_last=True" in finding.text
    assert "set train_dataloader.drop_last=False" in finding.text


def test_batches_that_are_made_pass() -> None:
    assert not _batches(4, 4, drop_last=True)
    assert not _batches(3, 4, drop_last=False)
    # It goes round without an end.
    assert not _batches(3, 4, drop_last=True, sampler=InfiniteSampler(Samples(3)))


# Classes


def _classes(*names: str) -> Samples:
    return Samples(metainfo=dict(classes=names))


@pytest.mark.parametrize(
    ("train", "val"),
    [(("a", "b"), ("b", "a")), (("a", "b", "c"), ("a", "c", "b")), (("a", "b"), ("b", "x"))],
)
def test_classes_of_training_and_validation(train: tuple[str, ...], val: tuple[str, ...]) -> None:
    finding = the_finding(train=_classes(*train), val=_classes(*val))
    assert finding.is_error
    assert "give both the same metainfo.classes" in finding.text


def test_the_same_classes_pass() -> None:
    assert not found(train=_classes("a", "b"), val=Samples(metainfo=dict(classes=["a", "b"])))
    assert not found(train=_classes("a", "b"), val=Samples())
    assert not found(test=_classes("b", "a"))


def _folders(root: Path, *names: str, **options: Any) -> Any:
    from mmpretrain.datasets import CustomDataset

    for name in names:
        (root / name).mkdir(parents=True)
        cv2.imwrite(str(root / name / "0.png"), np.zeros((2, 2, 3), np.uint8))
    return CustomDataset(data_prefix=str(root), pipeline=[], **options)


@pytest.mark.parametrize("classes", [None, ("x", "y")])
@pytest.mark.parametrize("val", [("cat", "fox"), ("Cat", "dog"), ("ant", "cat"), ("cats", "dogs")])
def test_folders_of_other_names(val: tuple[str, ...], classes: Any, tmp_path: Path) -> None:
    finding = the_finding(
        train=_folders(tmp_path / "train", "cat", "dog", classes=classes),
        val=_folders(tmp_path / "val", *val, classes=classes),
    )
    assert finding.is_error
    assert "give both the same folders, which are numbered by name" in finding.text


def test_a_folder_that_one_split_lacks(tmp_path: Path) -> None:
    finding = the_finding(
        train=_folders(tmp_path / "train", "ant", "cat", "dog"),
        val=_folders(tmp_path / "val", "ant", "dog"),
    )
    assert "differ from class 1 on, 'cat', 'dog' and 'dog': give both" in finding.text


def test_folders_in_another_order_than_the_classes(tmp_path: Path) -> None:
    finding = the_finding(
        val=_folders(tmp_path, "cat", "dog", "owl", classes=("dog", "cat", "owl"))
    )
    assert finding.is_error
    assert "folder 'cat' is class 0" in finding.text
    assert "set classes=['cat', 'dog', 'owl']" in finding.text


def test_folders_with_descriptions_pass(tmp_path: Path) -> None:
    names = dict(classes=("tench", "goldfish"))
    train = _folders(tmp_path / "train", "n01440764", "n01443537", **names)
    val = _folders(tmp_path / "val", "n01440764", "n01443537", **names)
    assert not found(train=train, val=val)
    (tmp_path / "val.txt").write_text("n01440764/0.png 0\n")
    listed = _folders(tmp_path / "val", ann_file=str(tmp_path / "val.txt"), **names)
    assert not found(train=train, val=listed)


# Images


def test_images_in_both_splits() -> None:
    paths = dict(train={"a/0.jpg", "a/1.jpg"}, val={"a/1.jpg", "b/0.jpg"})
    (finding,) = check_loaded(LoadedData(loaders={}, image_paths=paths))
    assert not finding.is_error
    assert "1 of 2 images of val_dataloader are in train_dataloader too ('a/1.jpg')" in finding.text
    assert not check_loaded(LoadedData(loaders={}, image_paths=dict(train={"a/0.jpg"}, val=set())))
