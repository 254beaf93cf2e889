"""Small COCO files to break."""

import random
from collections.abc import Callable
from typing import Any

from hrnet_mm.data.coco_files import CocoFile
from hrnet_mm.data.findings import Finding
from hrnet_mm.data.rules import check_coco_file
from hrnet_mm.data.run_config import DatasetConfig

Content = dict[str, Any]
Break = Callable[[Content], Any]

CLASSES = ("cat", "dog", "owl")
POINTS = ("nose", "left_eye", "right_eye")
METAINFO = dict(
    dataset_name="faces",
    keypoint_info={
        i: dict(name=name, id=i, color=[0, 0, 0], type="", swap="") for i, name in enumerate(POINTS)
    },
    skeleton_info={},
    joint_weights=[1.0] * 3,
    sigmas=[0.05] * 3,
)


def content(*, annotations: int = 40) -> Content:
    """Images of 200×100 with boxes anywhere in them and three keypoints in each."""
    draw = random.Random(0)

    def annotation(number: int) -> Content:
        width, height = draw.uniform(5, 120), draw.uniform(5, 60)
        x, y = draw.uniform(0, 200 - width), draw.uniform(0, 100 - height)
        return dict(
            id=number + 1,
            image_id=number % 5 + 10,
            category_id=number % 3 + 1,
            bbox=[x, y, width, height],
            area=width * height,
            iscrowd=0,
            segmentation=[[x, y, x + width, y, x, y + height]],
            keypoints=[x, y, 2, x + width, y, 1, 0, 0, 0],
            num_keypoints=2,
            center=[x + width / 2, y + height / 2],
            scale=height / 200,
        )

    return dict(
        images=[dict(id=i + 10, file_name=f"{i}.jpg", width=200, height=100) for i in range(5)],
        annotations=[annotation(i) for i in range(annotations)],
        categories=[dict(id=i + 1, name=name) for i, name in enumerate(CLASSES)],
    )


def of_boxes(content: Any, *, split: str = "train", **options: Any) -> CocoFile:
    """Let mmdet read it, and judge it by the boxes and masks of the file."""
    metric = dict(type="CocoMetric", ann_file="x.json", metric=["bbox", "segm"])
    return _file(content, scope="mmdet", split=split, metric=metric, classes=CLASSES, **options)


def of_keypoints(
    content: Any, *, split: str = "train", metric: str = "CocoMetric", **options: Any
) -> CocoFile:
    """Let mmpose read it."""
    options = dict(metainfo=METAINFO) | options
    return _file(content, scope="mmpose", split=split, metric=dict(type=metric), **options)


def _file(
    content: Any, *, scope: str, split: str, metric: Content, classes: Any = None, **options: Any
) -> CocoFile:
    if classes is not None:
        options = dict(metainfo=dict(classes=classes)) | options
    dataset = DatasetConfig(
        key=f"{split}_dataloader.dataset",
        split=split,
        scope=scope,
        options=dict(type="CocoDataset", ann_file="x.json", test_mode=split != "train") | options,
        metrics=() if split == "train" else (metric,),
    )
    return CocoFile(path="x.json", content=content, dataset=dataset)


def the_finding(file: CocoFile) -> Finding:
    """Return the one thing that is found in it."""
    found = check_coco_file(file)
    assert len(found) == 1, found
    assert file.path in found[0].text
    return found[0]


def every(noun: str, key: str, value: Any) -> Break:
    """Set a key of all entries, to what a function makes of the entry if it is one."""

    def change(content: Content) -> None:
        for row in content[noun]:
            row[key] = value(row) if callable(value) else value

    return change


def without(noun: str, key: str) -> Break:
    """Take a key out of all entries."""

    def change(content: Content) -> None:
        for row in content[noun]:
            del row[key]

    return change


def first(noun: str, key: str, value: Any) -> Break:
    """Set a key of the first entry."""

    def change(content: Content) -> None:
        content[noun][0][key] = value

    return change
