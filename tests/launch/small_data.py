"""Small clean datasets of each task with their configs, and ways to break them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from PIL import ExifTags, Image

WIDTH, HEIGHT = 64, 48
CLASSES = ("cat", "dog", "owl")
POINTS = ("nose", "left_eye", "right_eye")
NUMBERS = {"train": 6, "val": 4}
POSE_META = dict(
    dataset_name="faces",
    keypoint_info={
        i: dict(name=name, id=i, color=[0, 0, 0], type="", swap="") for i, name in enumerate(POINTS)
    },
    skeleton_info={},
    joint_weights=[1.0] * 3,
    sigmas=[0.05] * 3,
)

Break = Callable[[Path, Config], object]


def write_data(task: str, root: Path) -> Config:
    """Write a clean dataset of a task, and return its config."""
    for split, number in NUMBERS.items():
        for i in range(number):
            image = np.random.default_rng([split == "val", i])
            name = f"{CLASSES[i % 3]}/{i}.png" if task == "cls" else f"{i}.png"
            _save(root / f"{split}/{name}", image.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8))
            if task == "seg":
                _save(root / f"{split}_labels/{i}.png", label_map())
        if task in ("pose", "det"):
            (root / f"{split}.json").write_text(json.dumps(_annotations(task, number)))
    return _config(task, root)


def label_map() -> np.ndarray:
    """A third of the image for each class, and ignored pixels."""
    labels = np.arange(WIDTH, dtype=np.uint8)[None].repeat(HEIGHT, 0) * len(CLASSES) // WIDTH
    labels[:2, :2] = 255
    return labels.astype(np.uint8)


def _save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def _annotations(task: str, number: int) -> dict[str, Any]:
    names = CLASSES if task == "det" else ("face",)
    return dict(
        images=[
            dict(id=i + 1, file_name=f"{i}.png", width=WIDTH, height=HEIGHT) for i in range(number)
        ],
        annotations=[
            dict(
                id=i + 1,
                image_id=i + 1,
                category_id=i % len(names) + 1,
                bbox=[8, 6, 20, 16],
                area=320,
                iscrowd=0,
                segmentation=[[8, 6, 28, 6, 28, 22]],
                keypoints=[10, 8, 2, 20, 12, 1, 0, 0, 0],
                num_keypoints=2,
            )
            for i in range(number)
        ],
        categories=[dict(id=i + 1, name=name) for i, name in enumerate(names)],
    )


def _config(task: str, root: Path) -> Config:
    scope = dict(pose="mmpose", seg="mmseg", det="mmdet", cls="mmpretrain")[task]
    loaders = {
        f"{split}_dataloader": dict(
            batch_size=2,
            num_workers=0,
            sampler=dict(type="DefaultSampler", shuffle=False),
            dataset=_DATASETS[task](root, split),
        )
        for split in NUMBERS
    }
    return Config(dict(default_scope=scope, work_dir=str(root / "work"), **loaders))


def _pose(root: Path, split: str) -> dict[str, Any]:
    return dict(
        type="CocoDataset",
        data_root=f"{root}/",
        ann_file=f"{split}.json",
        data_prefix=dict(img=f"{split}/"),
        metainfo=POSE_META,
        test_mode=split != "train",
        pipeline=[
            dict(type="LoadImage"),
            dict(type="GetBBoxCenterScale"),
            dict(type="TopdownAffine", input_size=(32, 32)),
            dict(type="PackPoseInputs"),
        ],
    )


def _det(root: Path, split: str) -> dict[str, Any]:
    return dict(
        type="CocoDataset",
        data_root=f"{root}/",
        ann_file=f"{split}.json",
        data_prefix=dict(img=f"{split}/"),
        metainfo=dict(classes=CLASSES),
        test_mode=split != "train",
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations", with_bbox=True),
            dict(type="PackDetInputs"),
        ],
    )


def _seg(root: Path, split: str) -> dict[str, Any]:
    return dict(
        type="BaseSegDataset",
        data_root=f"{root}/",
        img_suffix=".png",
        seg_map_suffix=".png",
        data_prefix=dict(img_path=f"{split}/", seg_map_path=f"{split}_labels/"),
        metainfo=dict(classes=CLASSES, palette=[[0, 0, 0], [9, 9, 9], [99, 0, 0]]),
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LoadAnnotations"),
            dict(type="PackSegInputs"),
        ],
    )


def _cls(root: Path, split: str) -> dict[str, Any]:
    return dict(
        type="CustomDataset",
        data_root=f"{root}/",
        data_prefix=split,
        classes=CLASSES,
        pipeline=[dict(type="LoadImageFromFile"), dict(type="PackInputs")],
    )


_DATASETS = dict(pose=_pose, det=_det, seg=_seg, cls=_cls)


# Breaks


def json_with(change: Callable[[dict[str, Any]], object], split: str = "train") -> Break:
    """Change a json file."""

    def broken(root: Path, _: Config) -> None:
        content = json.loads((root / f"{split}.json").read_text())
        change(content)
        (root / f"{split}.json").write_text(json.dumps(content))

    return broken


def value(noun: str, key: str, given: Any, *, split: str = "train", index: int = 1) -> Break:
    """Give an entry of a json file another value; None takes it out."""

    def change(content: dict[str, Any]) -> None:
        row = content[noun][index]
        if given is None:
            del row[key]
        else:
            row[key] = given

    return json_with(change, split)


def all_values(noun: str, key: str, make: Callable[[Any], Any]) -> Break:
    """Change a value of all entries of a json file."""

    def change(content: dict[str, Any]) -> None:
        for row in content[noun]:
            row[key] = make(row[key])

    return json_with(change)


def file_with(name: str, change: Callable[[Path], object]) -> Break:
    """Change a file."""
    return lambda root, _: change(root / name)


def cut(path: Path) -> None:
    """Leave out the second half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def turned(path: Path, orientation: int = 6) -> None:
    """Say by EXIF that the image is to be turned."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.open(path).save(path, exif=exif)


def halved(path: Path) -> None:
    """Halve the size of an image."""
    Image.open(path).resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.NEAREST).save(path)


def labels(change: Callable[[np.ndarray], np.ndarray], name: str = "train_labels/1.png") -> Break:
    """Change the label maps that match a pattern."""

    def broken(root: Path, _: Config) -> None:
        for path in sorted(root.glob(name)):
            Image.fromarray(change(np.array(Image.open(path)))).save(path)

    return broken


def dataset_with(**options: Any) -> Break:
    """Change options of the datasets of both splits."""

    def broken(_: Path, cfg: Config) -> None:
        for split in NUMBERS:
            cfg[f"{split}_dataloader"].dataset.update(options)

    return broken


def both(*breaks: Break) -> Break:
    """Do one after the other."""

    def broken(root: Path, cfg: Config) -> None:
        for one in breaks:
            one(root, cfg)

    return broken


def copied(source: str, target: str) -> Break:
    """Put a copy of a file in the place of another."""
    return lambda root, _: (root / target).write_bytes((root / source).read_bytes())


def list_of(*lines: str) -> Break:
    """Let a classification dataset read a list of its training images."""

    def broken(root: Path, cfg: Config) -> None:
        (root / "list.txt").write_text("".join(f"{line}\n" for line in lines))
        cfg.train_dataloader.dataset.update(ann_file="list.txt", data_prefix="")

    return broken
