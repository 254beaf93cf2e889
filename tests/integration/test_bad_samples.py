"""A stock Runner stops at the sample that nothing good can be learned from, in a worker or not."""

import json
import multiprocessing
import random
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.runner import Runner
from PIL import ExifTags, Image

from hrnet_mm.errors import UserError
from tests.integration.toy import small_toy

pytestmark = pytest.mark.slow  # together; each rule and check has fast tests in tests/data

NUM_CLASSES = "model.decode_head.num_classes"
IMAGES, LABELS = "leftImg8bit/{split}/*/*.png", "gtFine/{split}/*/*.png"


@pytest.fixture
def toy(toy_scenes: Path, tmp_path: Path) -> Path:
    """A dataset to break."""
    return Path(shutil.copytree(toy_scenes, tmp_path / "toy"))


@MODELS.register_module()
class Reader(BaseModel):
    """A model that looks at nothing, so that runs are short; it predicts the truth."""

    fed: ClassVar[list[torch.Tensor]] = []

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.decode_head = torch.nn.Identity()
        self.decode_head.num_classes = num_classes  # pyright: ignore[reportArgumentType]

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = "tensor") -> Any:
        if mode == "loss":
            self.fed.extend(inputs)
            return {"loss": self.weight * 0}
        for sample in data_samples:
            sample.pred_sem_seg = sample.gt_sem_seg
        return data_samples


@cache
def _toy_config(task: str) -> dict[str, Any]:
    return small_toy(task, Path("ROOT")).to_dict()  # to read one takes longer than to run it


def _with_root(node: Any, root: Path) -> Any:
    if isinstance(node, dict):
        return {key: _with_root(child, root) for key, child in node.items()}
    if isinstance(node, (list, tuple)):
        return type(node)(_with_root(child, root) for child in node)
    return node.replace("ROOT/", f"{root}/") if isinstance(node, str) else node


EPOCH = dict(by_epoch=True, max_epochs=1)
ITERATIONS = dict(by_epoch=False, max_iters=2)


def run(
    task: str, root: Path, *, split: str = "train", workers: int = 0, loop: Any = EPOCH, **opts: Any
) -> None:
    """Train, validate or test."""
    cfg = Config(_with_root(_toy_config(task), root))
    cfg.merge_from_dict(opts)
    classes = opts.get(NUM_CLASSES, 6 if task == "det" else 10)
    loader = cfg[f"{split}_dataloader"]
    loader.update(num_workers=workers, persistent_workers=workers > 0, batch_size=2)
    parts: dict[str, Any] = {f"{split}_dataloader": loader, f"{split}_cfg": {}}
    no_files: Any = dict(checkpoint=None, logger=None)
    if split == "train":
        parts |= dict(train_cfg=loop, optim_wrapper=cfg.optim_wrapper)
        if loop is ITERATIONS:
            loader.sampler.type = "InfiniteSampler"
    else:
        parts[f"{split}_evaluator"] = cfg[f"{split}_evaluator"]
    runner = Runner(
        **parts,
        model=dict(type="mmengine.Reader", num_classes=classes),
        default_hooks=no_files,
        custom_hooks=cfg.custom_hooks,
        default_scope=cfg.default_scope,
        randomness=dict(seed=0),
        work_dir=str(root.parent / "work"),
        experiment_name=f"{root.parent.name}_{random.random()}",
        log_level="ERROR",
    )
    try:
        getattr(runner, split)()
    finally:
        for worker in multiprocessing.active_children():  # it would be waited for
            worker.terminate()


def refusal(*args: Any, **options: Any) -> str:
    """Run, and give the message; a worker's error arrives with its traceback."""
    with pytest.raises(UserError) as error:
        run(*args, **options)
    lines = str(error.value).splitlines()
    return lines[-1].removeprefix("hrnet_mm.errors.UserError: ")


# Sizes


def _halve(path: Path) -> None:
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None
    size = image.shape[1] // 2, image.shape[0] // 2
    cv2.imwrite(str(path), cv2.resize(image, size, interpolation=cv2.INTER_NEAREST))


def _turn_by_exif(path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.open(path).save(path, exif=exif)


SIZES: dict[Callable[[Path], None], tuple[str, str]] = {
    _halve: ("160x120", ""),
    _turn_by_exif: ("240x320", "its EXIF orientation 6 says to turn it"),
}


@pytest.mark.parametrize("damage", SIZES)
@pytest.mark.parametrize(("split", "workers"), [("train", 1), ("val", 0), ("test", 0)])
@pytest.mark.parametrize("task", ["pose", "seg", "det"])
def test_images_of_another_size(
    task: str, split: str, workers: int, damage: Callable[[Path], None], toy: Path
) -> None:
    folder = "train" if split == "train" else "val"
    paths = [*toy.glob(IMAGES.format(split=folder))]
    for path in paths:
        damage(path)
    text = refusal(task, toy, split=split, workers=workers)
    size, hint = SIZES[damage]
    assert any(str(path) in text for path in paths)
    assert size in text
    assert "320x240" in text
    assert hint in text


@pytest.mark.parametrize("split", ["train", "val"])
def test_label_maps_of_another_size(split: str, toy: Path) -> None:
    for path in toy.glob(LABELS.format(split=split)):
        _halve(path)
    text = refusal("seg", toy, split=split)
    assert "_labelTrainIds.png is 160x120 pixels, but its image" in text
    assert "is 320x240: " in text


def test_labels_that_are_read_after_the_image_was_resized(toy: Path) -> None:
    pipeline = _toy_config("seg")["train_dataloader"]["dataset"]["pipeline"].copy()
    pipeline.insert(2, pipeline.pop(1))
    pipeline[1] = dict(type="Resize", scale=(160, 120), keep_ratio=True)
    text = refusal("seg", toy, **{"train_dataloader.dataset.pipeline": pipeline})
    assert "resized to 160x120 before: put LoadAnnotations before" in text


@pytest.mark.parametrize("loop", [EPOCH, ITERATIONS], ids=str)
def test_a_wrong_size_in_the_json_alone(loop: dict[str, Any], toy: Path) -> None:
    """Here the pipelines of workers that have started already are changed too."""
    path = toy / "annotations/person_keypoints_train.json"
    content = json.loads(path.read_bytes())
    for image in content["images"]:
        image["width"] += 1
    path.write_text(json.dumps(content))
    text = refusal("pose", toy, workers=1, loop=loop)
    assert f"pixels, but 321x240 in {path}: boxes and keypoints would lie" in text


# Label maps


def _change_labels(
    change: Callable[[np.ndarray], np.ndarray], **options: Any
) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert labels is not None
        Image.fromarray(change(labels), **options).save(path)

    return damage


def _with_value(value: int, kind: type) -> Callable[[np.ndarray], np.ndarray]:
    def change(labels: np.ndarray) -> np.ndarray:
        labels = labels.astype(kind)
        labels[100:104, 50:60] = value
        return labels

    return change


BAD_MAPS = {
    "no class": (_change_labels(_with_value(11, np.uint8)), "the label 11, but there are 10"),
    "wraps to 5": (_change_labels(_with_value(261, np.uint16)), "the label 261, which would be"),
    "wraps to 44": (_change_labels(_with_value(300, np.uint16)), "the label 300, which would be"),
    "RGB": (_change_labels(lambda labels: np.stack([labels] * 3, -1)), "3 channels (RGB), but"),
    "LA": (
        _change_labels(lambda labels: np.stack([labels, labels * 0 + 255], -1), mode="LA"),
        "2 channels (LA), but must have one",
    ),
}


@pytest.mark.parametrize("kind", BAD_MAPS)
@pytest.mark.parametrize(("split", "workers"), [("train", 0), ("val", 1)])
def test_bad_label_maps(split: str, workers: int, kind: str, toy: Path) -> None:
    damage, expected = BAD_MAPS[kind]
    paths = [*toy.glob(LABELS.format(split="train" if split == "train" else "val"))]
    for path in paths:
        damage(path)
    text = refusal("seg", toy, split=split, workers=workers)
    assert expected in text
    assert any(str(path) in text for path in paths)


TWO_CLASSES: dict[str, Any] = {NUM_CLASSES: 2} | {
    f"{split}_dataloader.dataset.metainfo": dict(
        _delete_=True, classes=("background", "thing"), palette=[[0, 0, 0], [255, 0, 0]]
    )
    for split in ("train", "val", "test")
}
THINGS = 4  # the first class that is no background


def _mask(background: int, thing: int) -> Callable[[Path], None]:
    return _change_labels(
        lambda labels: np.where(labels >= THINGS, thing, background).astype(np.uint8)
    )


def _one_bit(path: Path) -> None:
    _mask(0, 255)(path)
    Image.open(path).convert("1").save(path)


LEGAL = "legal"
MASKS = {
    "0 and 1": (_mask(0, 1), {}, LEGAL),
    "1 bit": (_one_bit, {}, LEGAL),
    "0 and 255": (_mask(0, 255), {}, "has the label 1 (thing), but some have 255"),
    "255 and 1": (_mask(255, 1), {}, "has the label 0 (background), but some have 255"),
    "0 and 128": (_mask(0, 128), {}, "has the label 128, but there are 2 classes, 0 to 1"),
    "255 alone": (_mask(255, 255), {}, "every pixel of the label maps that were read is ignored"),
    "0 ignored": (_mask(0, 1), {"reduce_zero_label": True}, "has the label 1 (thing), but some"),
    "1 and 2": (_mask(1, 2), {"reduce_zero_label": True}, LEGAL),
}


@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize(
    ("split", "loop"),
    [("train", EPOCH), ("train", ITERATIONS), ("val", EPOCH), ("test", EPOCH)],
    ids=str,
)
def test_masks_of_two_classes(
    split: str, loop: dict[str, Any], kind: str, toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage, dataset, expected = MASKS[kind]
    for path in toy.glob(LABELS.format(split="train" if split == "train" else "val")):
        damage(path)
    options = dict(TWO_CLASSES)
    for name in ("train", "val", "test"):
        options |= {f"{name}_dataloader.dataset.{key}": value for key, value in dataset.items()}
    if expected is LEGAL:
        run("seg", toy, split=split, loop=loop, **options)
        return
    capsys.readouterr()
    assert expected in refusal("seg", toy, split=split, loop=loop, **options)
    assert "mIoU" not in capsys.readouterr().out


def test_masks_are_taken_together(toy: Path) -> None:
    """A legal set has maps with the background and ignored pixels alone."""
    first, *others = toy.glob(LABELS.format(split="train"))
    _mask(0, 1)(first)
    for path in others:
        _mask(0, 255)(path)
    run("seg", toy, **TWO_CLASSES)


# What stays as it is


@pytest.mark.parametrize("hooks", [[], ["SeedHook"]], ids=str)
@pytest.mark.parametrize("loop", [EPOCH, ITERATIONS], ids=str)
@pytest.mark.parametrize("workers", [0, 1])
def test_samples_and_draws_stay_as_they_are(
    workers: int, loop: dict[str, Any], hooks: list[str], toy: Path
) -> None:
    fed = []
    for names in (hooks, ["ConsistencyHook", *hooks], [*hooks, "ConsistencyHook"]):
        Reader.fed.clear()
        hook_cfgs = [dict(type=f"hrnet_mm.{name}") for name in names]
        run("seg", toy, workers=workers, loop=loop, custom_hooks=hook_cfgs)
        fed.append([*Reader.fed, torch.rand(9)])  # and what is drawn next
    assert len(fed[0]) > 4
    for others in fed[1:]:
        assert all(torch.equal(*pair) for pair in zip(fed[0], others, strict=True))
