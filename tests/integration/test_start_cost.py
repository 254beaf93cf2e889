"""What the checks add to the start of a training on annotations of COCO's size."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from mmdet.datasets import CocoDataset
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

from hrnet_mm.data.class_labels import labels_noted
from hrnet_mm.data.coco_files import coco_files_seen
from hrnet_mm.data.image_sizes import note_image_sizes
from hrnet_mm.data.loaded import LoadedData
from hrnet_mm.data.rules import check_loaded
from hrnet_mm.data.run_config import RunConfig
from hrnet_mm.data.sample_checks import insert_checks
from hrnet_mm.hooks import ConsistencyHook
from hrnet_mm.launch import reading_data
from hrnet_mm.launch.reading_data import read_data

pytestmark = pytest.mark.slow

# Of train2017: images, and annotations of instances and of persons.
IMAGES, INSTANCES, PERSONS = 118_287, 860_001, 262_465
ADDED = 2.0  # seconds
SHARE = 0.2  # of the seconds of the loading itself, on a computer where that takes longer


class Clock:
    """Adds up the seconds of what is measured, of the processor: other programs do not count."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def measure(self) -> Iterator[None]:
        start = time.process_time()
        try:
            yield
        finally:
            self.seconds += time.process_time() - start

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*args: Any, **kwargs: Any) -> Any:
            with self.measure():
                return function(*args, **kwargs)

        return measured


def write_annotations(path: Path, *, number: int, has_keypoints: bool) -> None:
    """Write annotations of 640×480 images as COCO has them."""
    draw = np.random.default_rng(0)
    names = ("person",) if has_keypoints else CocoDataset.METAINFO["classes"]
    sizes = draw.uniform(5, 200, (number, 2)).round(2)
    corners = (draw.uniform(0, 1, (number, 2)) * ([640, 480] - sizes)).round(2)
    images = draw.integers(0, IMAGES, number).tolist()
    labels = draw.integers(0, len(names), number).tolist()

    def annotations() -> Iterator[dict[str, Any]]:
        rows = zip(images, labels, corners.tolist(), sizes.tolist(), strict=True)
        for i, (image, label, (x, y), (width, height)) in enumerate(rows):
            row: dict[str, Any] = dict(
                id=i,
                image_id=image,
                category_id=label + 1,
                bbox=[x, y, width, height],
                area=width * height / 2,
                iscrowd=0,
                segmentation=[[x, y, x + width, y, x, y + height]],
            )
            if has_keypoints:  # of every other person, as in COCO
                point = [round(x + width / 2), round(y + height / 2), 2]
                row |= dict(keypoints=(point if i % 2 else [0, 0, 0]) * 17)
                row |= dict(num_keypoints=17 if i % 2 else 0)
            yield row

    content = dict(
        images=[
            dict(id=i, file_name=f"{i:012d}.jpg", width=640, height=480) for i in range(IMAGES)
        ],
        annotations=list(annotations()),
        categories=[dict(id=i + 1, name=name) for i, name in enumerate(names)],
    )
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("scope", "number"), [("mmdet", INSTANCES), ("mmpose", PERSONS)], ids=["boxes", "keypoints"]
)
def test_annotations_of_coco(
    scope: str,
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    write_annotations(tmp_path / "train.json", number=number, has_keypoints=scope == "mmpose")
    cv2.imwrite(str(tmp_path / "photo.jpg"), np.zeros((480, 640, 3), np.uint8))
    for i in range(IMAGES):
        (tmp_path / f"{i:012d}.jpg").symlink_to(tmp_path / "photo.jpg")
    dataset = dict(
        type="CocoDataset",
        data_root=f"{tmp_path}/",
        ann_file="train.json",
        data_prefix=dict(img=""),
        pipeline=[dict(type="LoadImageFromFile" if scope == "mmdet" else "LoadImage")],
    )
    cfg = Config(dict(default_scope=scope, train_dataloader=dict(dataset=dataset)))
    init_default_scope(scope)

    added = Clock()
    monkeypatch.setattr(
        reading_data, "coco_files_seen", lambda check: coco_files_seen(added.around(check))
    )
    whole = Clock()
    seen = coco_files_seen(added.around(note_image_sizes))
    with labels_noted(), seen, whole.measure():
        read = read_data(RunConfig(cfg=cfg, splits=("train",)), {"train": cfg.train_dataloader})
    assert not read.findings
    assert not read.failures
    loader = SimpleNamespace(dataset=read.datasets["train"])
    data = LoadedData(loaders={"train": loader})
    runner: Any = SimpleNamespace(
        model=nn.Identity(), val_loop=None, train_dataloader=loader, hooks=[]
    )
    loading = whole.seconds - added.seconds
    with added.measure():
        check_loaded(data)
        insert_checks(data, num_classes=None)
        ConsistencyHook().before_train(runner)
    record_property("added", added.seconds)
    print(f"{scope}: loading {loading:.1f} s, checks {added.seconds:.2f} s")
    assert added.seconds < max(ADDED, SHARE * loading)
