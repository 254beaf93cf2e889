"""Checks are put behind whatever reads images and labels, once, and change nothing."""

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mmcv.transforms import Compose as MmcvCompose
from mmcv.transforms import LoadAnnotations, LoadImageFromFile, RandomApply, TestTimeAug
from mmengine.dataset import BaseDataset, Compose, ConcatDataset, RepeatDataset

from hrnet_mm.data.coco_files import coco_files_seen
from hrnet_mm.data.image_sizes import ImageSizeCheck, note_image_sizes
from hrnet_mm.data.label_maps import LabelCheck
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.sample_checks import insert_checks, label_checks


def insert(dataset: Any, *, split: str = "train", num_classes: int | None = None) -> set[str]:
    data = LoadedData(loaders={split: SimpleNamespace(dataset=dataset)})
    return insert_checks(data, num_classes=num_classes)


def with_pipeline(*steps: Any) -> Any:
    return BaseDataset(pipeline=list(steps), lazy_init=True)


def names(dataset: Any) -> list[str]:
    return [type(step).__name__ for step in dataset.pipeline.transforms]


def image() -> LoadImageFromFile:
    return LoadImageFromFile()


def labels() -> LoadAnnotations:
    return LoadAnnotations(with_seg=True)


def flip(sample: Any) -> Any:
    return sample


CHECKED_IMAGE = ["LoadImageFromFile", "ImageSizeCheck"]
CHECKED_LABELS = ["LoadAnnotations", "LabelCheck"]


def test_checks_stand_behind_the_readers() -> None:
    dataset = with_pipeline(image(), flip, labels(), flip)
    assert insert(dataset) == {"train"}
    assert names(dataset) == [*CHECKED_IMAGE, "function", *CHECKED_LABELS, "function"]


def test_nothing_is_checked_twice() -> None:
    """In several runs, or where two loaders share a dataset."""
    dataset = with_pipeline(image(), labels())
    shared = ConcatDataset([dataset, dataset], lazy_init=True)
    assert insert(shared) == {"train"}
    assert insert(shared, split="val") == set()
    assert insert(dataset, split="test") == set()
    assert names(dataset) == [*CHECKED_IMAGE, *CHECKED_LABELS]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda child: RepeatDataset(child, times=2, lazy_init=True),
        lambda child: ConcatDataset([child], lazy_init=True),
        lambda child: SimpleNamespace(datasets=[RepeatDataset(child, times=2, lazy_init=True)]),
        lambda child: SimpleNamespace(dataset=child, pipeline=[flip]),
        lambda child: SimpleNamespace(datasets=[child], pipeline=Compose([flip])),
    ],
)
def test_datasets_in_datasets(wrap: Any) -> None:
    child = with_pipeline(image())
    assert insert(wrap(child)) == {"train"}
    assert names(child) == CHECKED_IMAGE


def test_a_dataset_that_reads_for_its_parts() -> None:
    """As mmpose's CombinedDataset."""
    joined = with_pipeline(image())
    joined.datasets = [with_pipeline(flip), with_pipeline()]
    insert(joined)
    assert names(joined) == CHECKED_IMAGE


def test_transforms_in_transforms() -> None:
    augment = TestTimeAug([[flip, image()], [labels()]])
    label_steps: Any = [labels()]
    image_steps: Any = [image()]
    inner = RandomApply(label_steps, prob=0.5)
    nested = MmcvCompose(image_steps)
    insert(with_pipeline(augment, inner, nested))
    for one in augment.subroutines:
        assert "LabelCheck" in names(SimpleNamespace(pipeline=one))
    assert names(SimpleNamespace(pipeline=inner.transforms)) == CHECKED_LABELS
    assert names(SimpleNamespace(pipeline=nested)) == CHECKED_IMAGE


def test_what_reads_no_label_map_gets_no_check_of_it() -> None:
    dataset = with_pipeline(LoadAnnotations(with_bbox=True))
    assert insert(dataset) == set()
    assert insert(SimpleNamespace()) == set()
    assert insert(SimpleNamespace(pipeline=None)) == set()


# The toolboxes' own datasets


def seg(root: Path, *, split: str = "train", classes: int = 10, **options: Any) -> Any:
    from mmseg.datasets import BaseSegDataset

    steps: list[Any] = [dict(type="mmseg.LoadImageFromFile"), dict(type="mmseg.LoadAnnotations")]
    return BaseSegDataset(
        data_root=str(root),
        img_suffix="_leftImg8bit.png",
        seg_map_suffix="_gtFine_labelTrainIds.png",
        data_prefix=dict(img_path=f"leftImg8bit/{split}", seg_map_path=f"gtFine/{split}"),
        metainfo=dict(classes=[f"c{i}" for i in range(classes)]),
        pipeline=steps,
        **options,
    )


def det(root: Path) -> Any:
    from mmdet.datasets import CocoDataset

    return CocoDataset(
        data_root=str(root),
        ann_file="annotations/instances_val.json",
        data_prefix=dict(img=""),
        metainfo=dict(classes=("person",)),
        pipeline=[dict(type="mmdet.LoadImageFromFile")],
    )


def pose(root: Path, **options: Any) -> Any:
    from mmpose.datasets import CocoDataset

    with coco_files_seen(note_image_sizes):
        return CocoDataset(
            data_root=str(root),
            ann_file="annotations/person_keypoints_val.json",
            data_prefix=dict(img=""),
            pipeline=[dict(type="mmpose.LoadImage")],
            **options,
        )


def cls(root: Path) -> Any:
    from mmpretrain.datasets import CustomDataset

    image = next(root.glob("leftImg8bit/val/*/*.png"))
    return CustomDataset(
        data_root=str(image.parent.parent),
        data_prefix="",
        pipeline=[dict(type="mmpretrain.LoadImageFromFile")],
    )


def _random_state() -> list[int]:
    state: Any = np.random.get_state()
    return state[1].tolist()


BUILDERS = {"seg": seg, "det": det, "pose": pose, "cls": cls}


@pytest.mark.parametrize("task", BUILDERS)
def test_good_samples_are_as_without_checks(task: str, toy_scenes: Path) -> None:
    dataset = BUILDERS[task](toy_scenes)
    before = [dataset[i] for i in range(len(dataset))]
    state = _random_state()
    assert insert(dataset) == {"train"}
    dataset = pickle.loads(pickle.dumps(dataset))  # as for a worker
    after = [dataset[i] for i in range(len(dataset))]
    assert _random_state() == state
    for old, new in zip(before, after, strict=True):
        assert old.keys() == new.keys()
        assert np.array_equal(old["img"], new["img"])
        if task == "seg":
            assert np.array_equal(old["gt_seg_map"], new["gt_seg_map"])


def _doubled(dataset: Any) -> None:
    """Let the reader give an image twice as large."""
    reader = dataset.pipeline.transforms[0]
    stock = reader.transform

    def transform(sample: dict[str, Any]) -> dict[str, Any]:
        sample = stock(sample)
        sample["img"] = np.repeat(sample["img"], 2, axis=0)
        sample["img_shape"] = sample["ori_shape"] = sample["img"].shape[:2]
        return sample

    reader.transform = transform


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize("task", ["seg", "det", "pose"])
def test_images_of_another_size(task: str, split: str, toy_scenes: Path) -> None:
    dataset = BUILDERS[task](toy_scenes)
    insert(dataset, split=split)
    dataset[0]
    _doubled(dataset)
    with pytest.raises(ValueError, match=r"\d+x\d+ pixels, but .*\d+x\d+"):
        dataset[0]


def test_the_model_s_classes_count_where_they_are_known(toy_scenes: Path) -> None:
    dataset = seg(toy_scenes)
    insert(dataset)  # ten classes, by the dataset
    dataset[0]
    (check,) = label_checks(SimpleNamespace(dataset=dataset))
    assert check.num_classes == 10
    assert check.seen[:10].any()
    dataset = seg(toy_scenes)
    insert(dataset, num_classes=1)
    with pytest.raises(ValueError, match="but there are 1 classes"):
        [dataset[i] for i in range(len(dataset))]


def test_readers_of_other_tasks_know_no_classes() -> None:
    dataset = with_pipeline(image(), labels())
    insert(dataset, num_classes=3)
    assert isinstance(dataset.pipeline.transforms[1], ImageSizeCheck)
    assert isinstance(dataset.pipeline.transforms[3], LabelCheck)
    assert label_checks(SimpleNamespace(dataset=dataset)) == []
