"""What does not fit is refused with both numbers, before a weight changes."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from hrnet_mm.data.class_labels import labels_noted, wrong_class_labels
from hrnet_mm.hooks import ConsistencyHook
from hrnet_mm.hooks.consistency import (
    _add_channel_checks,
    _class_counts,
    check_categories,
)

CLASSES = ("sky", "road", "car")


def head(num_classes: Any) -> nn.Module:
    module = nn.Identity()
    module.num_classes = num_classes
    return module


class Model(nn.Module):
    """Heads as the toolboxes call them."""

    def __init__(self, **heads: nn.Module) -> None:
        super().__init__()
        for name, module in heads.items():
            self.add_module(name, module)


def runner(model: nn.Module, **datasets: Any) -> Any:
    """Give what the hook reads of a runner."""
    loaders = {key: SimpleNamespace(dataset=dataset) for key, dataset in datasets.items()}
    val = loaders.get("val_dataloader")
    return SimpleNamespace(model=model, rank=0, world_size=1, val_loop=val, hooks=[], **loaders)


class Data(list):
    """A dataset of one sample."""

    def __init__(self, **options: Any) -> None:
        super().__init__([0])
        vars(self).update(options)


def dataset(**metainfo: Any) -> Any:
    return Data(metainfo=metainfo)


def test_agreeing_numbers_pass() -> None:
    model = Model(decode_head=head(3), rpn_head=head(1), semantic_head=head(183), loss=head(None))
    hook = ConsistencyHook()
    data = dataset(classes=CLASSES)
    hook.before_train(runner(model, train_dataloader=data, val_dataloader=data))
    hook.before_train(runner(model, train_dataloader=data))
    hook.before_test(runner(model, test_dataloader=dataset()))


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_class_counts_that_differ(split: str) -> None:
    good, bad = dataset(classes=CLASSES[:2]), dataset(classes=CLASSES)
    model = Model(decode_head=head(2))
    given = {"train_dataloader": good, "val_dataloader": good, "test_dataloader": good}
    given[f"{split}_dataloader"] = bad
    hook = ConsistencyHook()
    with pytest.raises(ValueError, match="num_classes") as error:
        (hook.before_test if split == "test" else hook.before_train)(runner(model, **given))
    assert str(error.value) == (
        f"model.decode_head.num_classes=2, but {split}_dataloader.dataset has 3 classes, sky to "
        "car: make the two agree"
    )


def test_keypoint_counts_that_differ() -> None:
    pose = nn.Identity()
    pose.out_channels = 17  # type: ignore
    with pytest.raises(ValueError, match=r"for 17 keypoints .* has 16: make"):
        ConsistencyHook().before_test(
            runner(Model(head=pose), test_dataloader=dataset(num_keypoints=16))
        )


def test_every_head_is_compared() -> None:
    model = Model(
        roi_head=Model(bbox_head=nn.ModuleList([head(2)]), mask_head=head(2)),
        rpn_head=Model(stages=nn.ModuleList([head(1)])),
        panoptic_fusion_head=head(5),
    )
    assert dict(_class_counts(model)) == {"roi_head.bbox_head.0": 2, "roi_head.mask_head": 2}


def test_several_maps_for_each_keypoint_pass() -> None:
    pose = nn.Identity()
    pose.out_channels = 3 * 17  # type: ignore
    data = dataset(num_keypoints=17)
    ConsistencyHook().before_test(runner(Model(head=pose), test_dataloader=data))


def test_joined_datasets_count_as_a_whole() -> None:
    """Those of mmpose convert the keypoints of their parts."""
    pose = nn.Identity()
    pose.out_channels = 17  # type: ignore
    joined = Data(metainfo=dict(num_keypoints=17), datasets=[dataset(num_keypoints=14), Data()])
    ConsistencyHook().before_test(runner(Model(head=pose), test_dataloader=joined))


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (nn.Conv2d(4, 2, 1), (1, 5, 8, 8), "4 channels but gets 5"),
        (nn.ConvTranspose2d(4, 2, 1), (1, 5, 8, 8), "4 channels but gets 5"),
        (nn.Linear(4, 2), (3, 5), "4 channels but gets 5"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_channels_that_differ(layer: nn.Module, shape: tuple[int, ...], expected: str) -> None:
    model = Model(decode_head=Model(conv_seg=layer))
    handles = list(_add_channel_checks(model))
    with pytest.raises(ValueError, match=rf"model\.decode_head\.conv_seg was built for {expected}"):
        layer(torch.zeros(shape))
    for handle in handles:
        handle.remove()
    with pytest.raises(RuntimeError):  # PyTorch's own
        layer(torch.zeros(shape))


def test_channels_are_watched_until_the_first_iteration_is_over() -> None:
    model = Model(conv=nn.Conv2d(4, 2, 1))
    data = runner(model, train_dataloader=dataset())
    hook = ConsistencyHook()
    hook.before_train(data)
    assert model.get_submodule("conv")._forward_pre_hooks
    hook.after_train_iter(data, batch_idx=0)
    assert not model.get_submodule("conv")._forward_pre_hooks


# Labels


def images(folder: Path, labels: list[int]) -> Any:
    from mmpretrain.datasets import CustomDataset

    (folder / "labels.txt").write_text("".join(f"{i}.jpg {n}\n" for i, n in enumerate(labels)))
    return CustomDataset(
        data_root=str(folder), ann_file="labels.txt", data_prefix="", classes=CLASSES, pipeline=[]
    )


def test_class_labels(tmp_path: Path) -> None:
    def texts(labels: list[int]) -> list[str]:
        found = wrong_class_labels(images(tmp_path, labels), num_classes=3)
        return [finding.text for finding in found]

    for noted in (nullcontext(), labels_noted()):
        with noted:
            assert not texts([0, 2, 1])
            (text,) = texts([0, 3, 1])
            assert "1.jpg has the label 3, but there are 3 classes" in text


def test_a_class_that_is_no_category(toy_scenes: Path) -> None:
    from mmdet.datasets import CocoDataset

    def boxes(*classes: str) -> Any:
        return CocoDataset(
            data_root=str(toy_scenes),
            ann_file="annotations/instances_val.json",
            data_prefix=dict(img=""),
            metainfo=dict(classes=classes),
            pipeline=[],
        )

    check_categories(boxes("person", "dog"), key="train_dataloader.dataset")
    with pytest.raises(ValueError, match=r"no category 'horse'") as error:
        check_categories(boxes("person", "horse"), key="train_dataloader.dataset")
    assert "instances_val.json" in str(error.value)
    assert "'dog'" in str(error.value)
