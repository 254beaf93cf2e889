"""Each fault of a dataset is found, named with file and value; a training does not start on it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.runner import Runner
from PIL import Image
from torch import nn, ones

from hrnet_mm.data.loaded_annotations import wrong_annotations
from hrnet_mm.errors import UserError
from hrnet_mm.launch.checking_data import report_on_data
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.training import train
from tests.launch.small_data import (
    CLASSES,
    Break,
    all_values,
    both,
    copied,
    cut,
    dataset_with,
    file_with,
    halved,
    json_with,
    label_map,
    labels,
    list_of,
    turned,
    value,
    write_data,
)

TASKS = ("pose", "det", "seg", "cls")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault of a dataset.

    Attributes:
        task: Of the dataset.
        make: Breaks the dataset.
        shown: What the report has: the file and the value.
        trains: Whether a training works nevertheless.
    """

    task: str
    make: Break
    shown: tuple[str, ...]
    trains: bool = False


def damaged(task: str, make: Callable[[Path], object], *shown: str) -> Fault:
    name = "cat/0.png" if task == "cls" else "1.png"
    return Fault(task=task, make=file_with(f"train/{name}", make), shown=(f"train/{name}", *shown))


def det(make: Break, *shown: str, trains: bool = False) -> Fault:
    return Fault(task="det", make=make, shown=shown, trains=trains)


def pose(make: Break, *shown: str, trains: bool = False) -> Fault:
    return Fault(task="pose", make=make, shown=shown, trains=trains)


def seg(make: Break, *shown: str, trains: bool = False) -> Fault:
    return Fault(task="seg", make=make, shown=shown, trains=trains)


def cls(make: Break, *shown: str, trains: bool = False) -> Fault:
    return Fault(task="cls", make=make, shown=shown, trains=trains)


def with_label(number: int, kind: type = np.uint8) -> Callable[[np.ndarray], np.ndarray]:
    def change(given: np.ndarray) -> np.ndarray:
        given = given.astype(kind)
        given[10:20, 10:20] = number
        return given

    return change


def with_palette(root: Path, _: Config) -> None:
    image = Image.fromarray(with_label(7)(label_map()), mode="P")
    image.putpalette([9 * (i % 28) for i in range(768)])
    image.save(root / "train_labels/1.png")


def without_class(name: str) -> Callable[[dict[str, Any]], object]:
    def change(content: dict[str, Any]) -> None:
        number = CLASSES.index(name) + 1
        for row in content["annotations"]:
            if row["category_id"] == number:
                row["category_id"] = 1

    return change


def two_classes(root: Path, cfg: Config) -> None:
    """Write masks of 0 and 255."""
    palette = [[0, 0, 0], [9, 9, 9]]
    dataset_with(metainfo=dict(classes=("no", "yes"), palette=palette))(root, cfg)
    labels(lambda given: np.where(given > 0, 255, 0).astype(np.uint8), "*_labels/*.png")(root, cfg)


def jpegs(root: Path, cfg: Config) -> None:
    for path in root.glob("*_labels/*.png"):
        Image.open(path).save(path.with_suffix(".jpg"), quality=50)
    dataset_with(seg_map_suffix=".jpg")(root, cfg)


def renamed(old: str, new: str) -> Break:
    return lambda root, _: (root / old).rename(root / new)


CAT = [f"train/cat/{i}.png 0" for i in (0, 3)]
REST = ["train/dog/1.png 1", "train/owl/2.png 2"]

FAULTS = {
    # Images
    **{f"truncated image, {task}": damaged(task, cut, "truncated") for task in TASKS},
    **{f"empty image, {task}": damaged(task, lambda p: p.write_bytes(b""), "") for task in TASKS},
    "text for an image": damaged("det", lambda p: p.write_text("no"), "not an image"),
    "image that is missing": damaged("pose", Path.unlink, "No such file"),
    **{
        f"turned image, {task}": damaged(task, turned, "EXIF orientation 6", "48x64", "64x48")
        for task in ("pose", "det", "seg")
    },
    "image smaller than in the json, pose": damaged("pose", halved, "32x24", "64x48"),
    "image smaller than in the json, det": damaged("det", halved, "32x24", "64x48"),
    "image smaller than its label map": damaged("seg", halved, "32x24", "64x48"),
    "width in the json": det(value("images", "width", 99), "1.png", "99x48", "64x48"),
    # Label maps
    "small label map": seg(file_with("train_labels/1.png", halved), "train_labels/1.png", "32x24"),
    "truncated label map": seg(file_with("train_labels/1.png", cut), "1.png", "truncated"),
    "label map that is missing": seg(file_with("train_labels/1.png", Path.unlink), "No such file"),
    "label 7": seg(labels(with_label(7)), "1.png", "label 7", "3 classes"),
    "label 7 to validate": seg(labels(with_label(7), "val_labels/2.png"), "2.png", "label 7"),
    "255 for class 1": seg(two_classes, "train_labels", "255", "as 0 and 1"),
    "palette": seg(with_palette, "1.png", "label 7", "palette"),
    "RGB colours": seg(
        labels(lambda given: np.stack([given, given * 3, given * 7], -1)), "1.png", "colours"
    ),
    "16 bits": seg(labels(with_label(300, np.uint16)), "1.png", "16 bits", "label 300"),
    "grey levels": seg(
        labels(lambda given: np.where(given < 9, given * 100, 255).astype(np.uint8)),
        "1.png",
        "100, 200",
        "grey levels",
    ),
    "classes from 1": seg(
        labels(
            lambda given: np.where(given < 9, given + 1, 0).astype(np.uint8), "train_labels/*.png"
        ),
        "train_labels/0.png",
        "label 3",
        "reduce_zero_label=True",
    ),
    "zero label that is a class": seg(
        dataset_with(reduce_zero_label=True), "label 2 (owl)", "255", "reduce_zero_label=False"
    ),
    "label maps in JPEG": seg(jpegs, ".jpg", "JPEG"),
    # Boxes
    "box without width": det(
        value("annotations", "bbox", [8, 6, 0, 16]), "1.png", "[8, 6, 0, 16]", trains=True
    ),
    "box without area": det(
        both(value("annotations", "bbox", [8, 6, 0, 0]), value("annotations", "area", 0)),
        "1.png",
        "[8, 6, 0, 0]",
        trains=True,
    ),
    "negative box": det(
        value("annotations", "bbox", [8, 6, -5, 16]), "1.png", "[8, 6, -5, 16]", trains=True
    ),
    "box outside": det(
        value("annotations", "bbox", [70, 60, 9, 9]), "1.png", "[70, 60, 9, 9]", trains=True
    ),
    "box beyond the edge": det(
        value("annotations", "bbox", [50, 6, 40, 16]), "1.png", "[50, 6, 40, 16]", trains=True
    ),
    "box left of the edge": det(
        value("annotations", "bbox", [-9, 6, 20, 16]), "1.png", "[-9, 6, 20, 16]", trains=True
    ),
    "boxes as fractions": det(
        all_values("annotations", "bbox", lambda _: [0.1, 0.1, 0.4, 0.3]), "fractions", "0.4"
    ),
    "boxes as corners": det(
        all_values("annotations", "bbox", lambda _: [30, 20, 60, 46]), "corners", "[30, 20, 60, 46]"
    ),
    "box without area to validate": det(
        value("annotations", "bbox", [8, 6, 0, 16], split="val"), "val.json", "1.png", trains=True
    ),
    "box of no area, pose": pose(
        value("annotations", "bbox", [8, 6, 0, 0]), "1.png", "[8, 6, 0, 0]", trains=True
    ),
    "box outside, pose": pose(
        value("annotations", "bbox", [70, 60, 9, 9]), "1.png", "[70, 60, 9, 9]", trains=True
    ),
    # Keypoints
    "keypoint outside of the image": pose(
        value("annotations", "keypoints", [10, 8, 2, 90, 12, 1, 0, 0, 0]),
        "1.png",
        "90, 12",
        trains=True,
    ),
    "keypoint outside of the box": pose(
        value("annotations", "keypoints", [10, 8, 2, 50, 40, 2, 0, 0, 0]),
        "1.png",
        "50, 40",
        trains=True,
    ),
    "two keypoints": pose(value("annotations", "keypoints", [9, 9, 2] * 2), "1.png", "2 keypoints"),
    "keypoints as text": pose(value("annotations", "keypoints", "9 9 2"), "1.png", "'9 9 2'"),
    "num_keypoints 3": pose(
        value("annotations", "num_keypoints", 3), "1.png", "num_keypoints 3", trains=True
    ),
    "num_keypoints 0": pose(
        value("annotations", "num_keypoints", 0), "1.png", "num_keypoints 0", trains=True
    ),
    "order of keypoints": pose(
        value("categories", "keypoints", [*reversed(["nose", "left_eye", "right_eye"])], index=0),
        "train.json",
        "'right_eye'",
    ),
    # Names, ids and flags
    "no file name": det(value("images", "file_name", None), "train.json", "file_name"),
    "no file name, pose": pose(value("images", "file_name", None), "train.json", "file_name"),
    "no category name": det(value("categories", "name", None), "train.json", "no name"),
    "no category name, pose": pose(
        value("categories", "name", None, index=0), "train.json", "no name", trains=True
    ),
    "no bbox": det(value("annotations", "bbox", None), "1.png", "no bbox"),
    "iscrowd as text": det(value("annotations", "iscrowd", "0"), "1.png", "'0'"),
    "iscrowd as text, pose": pose(value("annotations", "iscrowd", "0"), "1.png", "'0'"),
    "image ids as text": det(
        both(all_values("images", "id", str), all_values("annotations", "image_id", str)),
        "train.json",
        "'1'",
        trains=True,
    ),
    "image ids as text, pose": pose(
        both(all_values("images", "id", str), all_values("annotations", "image_id", str)),
        "train.json",
        "'1'",
    ),
    "one image id as text": det(value("annotations", "image_id", "2"), "train.json", "'2'"),
    "category id as text": det(value("annotations", "category_id", "2"), "1.png", "'2'"),
    "annotation id as text": pose(value("annotations", "id", "2"), "1.png", "id '2'", trains=True),
    "one id twice": det(value("annotations", "id", 1), "train.json", "the same id"),
    # Categories and classes
    "category of another name": det(value("categories", "name", "fox"), "train.json", "'dog'"),
    "categories in another order": det(
        json_with(lambda content: content["categories"].reverse()), "train.json", "'owl'"
    ),
    "folders in another order": cls(
        dataset_with(classes=("owl", "dog", "cat")), "'cat'", "class 0"
    ),
    "folder of another name": cls(renamed("val/owl", "val/yak"), "'yak'", "'owl'"),
    "folders of another name": cls(
        both(renamed("train/owl", "train/yak"), renamed("val/owl", "val/yak")),
        "'yak'",
        "'owl'",
        trains=True,
    ),
    "class that val lacks": det(
        json_with(without_class("owl"), "val"), "val", "'owl'", trains=True
    ),
    "class that train lacks": det(json_with(without_class("dog")), "train", "'dog'", trains=True),
    "class that val lacks, seg": seg(
        labels(lambda given: np.where(given == 2, 1, given), "val_labels/*.png"),
        "val",
        "'owl'",
        trains=True,
    ),
    "class that val lacks, cls": cls(
        file_with("val/owl/2.png", lambda p: p.rename(p.with_suffix(".txt"))),
        "val",
        "'owl'",
        trains=True,
    ),
    "label that no class has": cls(list_of(*CAT, *REST, "train/dog/4.png 3"), "4.png", "label 3"),
    "label as text": cls(list_of(*CAT, *REST, "train/dog/4.png dog"), "line 5"),
    "image of a list that is missing": cls(
        list_of(*CAT, *REST, "train/dog/9.png 1"), "line 5", "train/dog/9.png"
    ),
    # Images in two splits
    **{
        f"image of train in val, {task}": Fault(
            task=task,
            make=copied("train/1.png", "val/2.png")
            if task != "cls"
            else copied("train/dog/1.png", "val/owl/2.png"),
            shown=("2.png", "1.png", "take them out"),
            trains=True,
        )
        for task in TASKS
    },
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runner, "_log_env", lambda *_: None)


def broken(name: str, root: Path) -> Config:
    fault = FAULTS[name]
    cfg = write_data(fault.task, root)
    fault.make(root, cfg)
    return cfg


def check(cfg: Config, root: Path, **options: Any) -> bool:
    options = dict(split=None, is_strict=False) | options
    return report_on_data(cfg, out_dir=root / "out", **options)


@pytest.mark.parametrize("task", TASKS)
def test_clean_data(task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(write_data(task, tmp_path), tmp_path, is_strict=True)
    assert "no fault in train (6 samples), val (4 samples)" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not check(broken(name, tmp_path), tmp_path)
    out = capsys.readouterr().out
    assert [text for text in FAULTS[name].shown if text not in out] == []
    assert "\nfault: " in out


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 40


@MODELS.register_module()
class Watcher(BaseModel):
    """A model that counts its iterations, with a head for classification or without one."""

    iterations = 0

    def __init__(self, num_classes: int | None) -> None:
        super().__init__()
        self.head = nn.Identity()
        self.head.num_classes = num_classes  # pyright: ignore[reportArgumentType]
        self.weight = nn.Parameter(ones(()))

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = "tensor") -> Any:
        if mode == "loss":
            Watcher.iterations += 1
            return {"loss": self.weight * 0}
        return data_samples


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_training_works_or_does_not_start(name: str, tmp_path: Path) -> None:
    cfg = broken(name, tmp_path)
    cfg.update(
        model=dict(
            type="mmengine.Watcher",
            num_classes=len(CLASSES) if FAULTS[name].task == "cls" else None,
        ),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1)),
        val_cfg=dict(),
        val_evaluator=dict(type="mmengine.DumpResults", out_file_path=str(tmp_path / "x.pkl")),
        default_hooks=dict(checkpoint=None, logger=None),
        custom_hooks=[dict(type="hrnet_mm.ConsistencyHook")],
        custom_imports=dict(imports=["hrnet_mm"]),
        experiment_name=f"{tmp_path.name}_{name}",
        log_level="ERROR",
    )
    cfg.dump(tmp_path / "cfg.py")
    Watcher.iterations = 0
    options = RunOptions(config=str(tmp_path / "cfg.py"))
    if FAULTS[name].trains:
        train(options, resume=None, amp=False, auto_scale_lr=False)
        assert Watcher.iterations > 0
        return
    with pytest.raises((UserError, FileNotFoundError)) as error:
        train(options, resume=None, amp=False, auto_scale_lr=False)
    assert Watcher.iterations == 0
    message = str(error.value)
    assert len(message.splitlines()) <= 4  # a line for each fault of the two splits
    assert any(text and text in message for text in FAULTS[name].shown), message


# The sheet and the options


def test_the_worst_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = broken("truncated image, det", tmp_path)
    value("annotations", "bbox", [50, 6, 40, 16], index=2)(tmp_path, cfg)
    assert not check(cfg, tmp_path)
    sheet = cv2.imread(str(tmp_path / "out/check_data.png"))
    assert sheet is not None
    assert f"written: {tmp_path}/out/check_data.png: 2 images" in capsys.readouterr().out
    assert (sheet == (0, 0, 255)).all(-1).sum() > 100  # the box
    assert (sheet == 127).all(-1).sum() > 10_000  # what cannot be read


def test_warnings_count_when_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = write_data("det", tmp_path)
    value("annotations", "iscrowd", 1, index=3)(tmp_path, cfg)
    assert check(cfg, tmp_path)
    assert "warning: " in capsys.readouterr().out
    assert not check(cfg, tmp_path, is_strict=True)


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda root, _: turned(root / "train/1.png", 3), "train/1.png: EXIF orientation 3"),
        (copied("train/1.png", "train/2.png"), "in more than one file"),
    ],
)
def test_what_may_be_intended(
    make: Break, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cfg = write_data("pose", tmp_path)
    make(tmp_path, cfg)
    assert check(cfg, tmp_path)
    assert shown in capsys.readouterr().out
    assert not check(cfg, tmp_path, is_strict=True)


def test_boxes_of_other_formats(tmp_path: Path) -> None:
    """Such as VOC's, which mmdet reads from XML."""

    class Listed(BaseDataset):
        def load_data_list(self) -> list[Any]:
            boxes = ([1, 2, 1, 9], [1, 2, 8, 9], [70, 2, 80, 9], [50, 2, 70, 9])
            return [
                dict(img_path=f"{i}.png", width=64, height=48, instances=[dict(bbox=box)])
                for i, box in enumerate(boxes)
            ]

    (finding,) = wrong_annotations(Listed())
    assert "0.png: the box 1, 2, 1, 9" in finding.text
    assert finding.count == 3
    assert [place.value for place in finding.places] == [
        "box 1, 2, 1, 9 has no area",
        "box 70, 2, 80, 9 has no part in the image",
        "box 50, 2, 70, 9 has a part outside of the image",
    ]


def test_images_that_a_wrapper_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As mmpose's CombinedDataset does."""
    cfg = broken("truncated image, pose", tmp_path)
    part = cfg.train_dataloader.dataset
    pipeline, part.pipeline = part.pipeline, []
    cfg.train_dataloader.dataset = dict(
        type="CombinedDataset", metainfo=part.metainfo, datasets=[part], pipeline=pipeline
    )
    assert not check(cfg, tmp_path, split="train")
    assert "train/1.png: is truncated" in capsys.readouterr().out


def test_one_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = broken("truncated image, seg", tmp_path)
    assert check(cfg, tmp_path, split="val")
    assert "no fault in val (4 samples)" in capsys.readouterr().out
    assert not check(cfg, tmp_path, split="train")
    with pytest.raises(UserError, match="no test_dataloader"):
        check(cfg, tmp_path, split="test")


def test_a_count_and_the_first_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = write_data("seg", tmp_path)
    labels(with_label(9), "train_labels/*.png")(tmp_path, cfg)
    assert not check(cfg, tmp_path)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "label map " in line][:1]
    assert row.split()[:4] == ["fault", "label", "map", "6"]
