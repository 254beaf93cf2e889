"""Small datasets with one fault each, and what must be said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from PIL import Image

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
