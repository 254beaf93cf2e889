"""Contact sheets show samples as they are read, and what the steps of a pipeline make of them."""

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from hrnet_mm.apis import browsing
from hrnet_mm.apis.browsing import browse
from hrnet_mm.apis.sheets import CAPTION, GAP, TILE
from hrnet_mm.errors import UserError
from hrnet_mm.results import Detections, Poses, Result
from tests.integration.toy import small_toy

STEPS = {"pose": 6, "seg": 5, "det": 4, "cls": 3}  # but for the last, which packs
UNKNOWN = {"pose": 0, "seg": 1, "det": 1, "cls": 0}  # of these, before annotations are read
EACH_TASK = pytest.mark.parametrize("task", STEPS)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[np.ndarray, Result]]:
    """What is drawn, instead of the drawing."""
    seen: list[tuple[np.ndarray, Result]] = []

    def draw(self: Any, image: np.ndarray, result: Result) -> np.ndarray:
        seen.append((image, result))
        return image

    monkeypatch.setattr(browsing.Drawer, "draw", draw)
    return seen


def sheet_of(cfg: Config, folder: Path, *, mode: str, number: int = 2, split: str = "train") -> Any:
    file = folder / f"{mode}.png"
    assert browse(cfg, split=split, mode=mode, number=number, file=file) == number
    with Image.open(file) as image:
        return np.array(image)


@EACH_TASK
def test_a_row_for_each_sample_of_a_pipeline(
    task: str, toy_scenes: Path, tmp_path: Path, drawn: Any
) -> None:
    sheet = sheet_of(small_toy(task, toy_scenes), tmp_path, mode="pipeline", number=3)
    assert len(drawn) == 3 * (STEPS[task] - UNKNOWN[task])
    assert sheet.shape[1] == STEPS[task] * (TILE + GAP)


@EACH_TASK
@pytest.mark.parametrize("mode", ["original", "transformed"])
def test_a_grid_of_samples(mode: str, task: str, toy_scenes: Path, tmp_path: Path) -> None:
    sheet = sheet_of(small_toy(task, toy_scenes), tmp_path, mode=mode)
    height, width = sheet.shape[:2]
    assert width == 2 * (TILE + GAP)
    for left in 0, TILE + GAP:
        picture = sheet[CAPTION : height - GAP, left : left + TILE]
        assert picture.std() > 10
    assert (sheet[:, TILE : TILE + GAP] == 255).all()


def test_annotations_follow_the_image(toy_scenes: Path, tmp_path: Path, drawn: Any) -> None:
    cfg = small_toy("det", toy_scenes)
    cfg.train_dataloader.dataset.pipeline = [
        dict(type="LoadImageFromFile"),
        dict(type="LoadAnnotations", with_bbox=True, with_mask=True),
        dict(type="RandomFlip", prob=1.0),
        dict(type="Resize", scale_factor=0.5, keep_ratio=True),
        dict(type="PackDetInputs"),
    ]
    sheet_of(cfg, tmp_path, mode="pipeline", number=1)
    (image, read), (_, flipped), (small, resized) = drawn
    assert isinstance(read, Detections)
    assert read.masks is not None
    width = image.shape[1]
    mirrored = np.array([width, 0, width, 0]) - read.boxes[:, [2, 1, 0, 3]] * [1, -1, 1, -1]
    assert flipped.boxes == pytest.approx(mirrored)
    assert (flipped.masks == read.masks[..., ::-1]).all()
    assert small.shape[1] * 2 == width
    assert resized.boxes == pytest.approx(mirrored / 2)


def test_poses_are_cut_out_with_their_keypoints(
    toy_scenes: Path, tmp_path: Path, drawn: Any
) -> None:
    cfg = small_toy("pose", toy_scenes)
    sheet_of(cfg, tmp_path, mode="original", number=1)
    (whole, first), *_, (cut, last) = drawn
    assert isinstance(first, Poses)
    assert whole.shape != cut.shape
    assert last.boxes.tolist() == [[0, 0, cut.shape[1], cut.shape[0]]]
    seen = first.keypoint_scores > 0
    for poses in first, last:
        left, top, right, bottom = poses.boxes[0]
        x, y = poses.keypoints[seen].T
        assert (np.mean((x >= left) & (x <= right) & (y >= top) & (y <= bottom))) > 0.9


def test_mixed_images(toy_scenes: Path, tmp_path: Path, drawn: Any) -> None:
    cfg = small_toy("det", toy_scenes)
    inner = cfg.train_dataloader.dataset
    *_, pack = inner.pipeline
    inner.pipeline = inner.pipeline[:2]
    mosaic = dict(type="Mosaic", img_scale=(100, 100))
    cfg.train_dataloader.dataset = dict(
        type="MultiImageMixDataset", dataset=inner, pipeline=[mosaic, pack]
    )
    first = sheet_of(cfg, tmp_path, mode="original")
    assert drawn[-1][0].shape == (200, 200, 3)
    cfg.train_dataloader.dataset = inner
    assert (sheet_of(cfg, tmp_path, mode="original") == first).all()


def test_watched_transforms_can_be_copied() -> None:
    watched = browsing._Watched(step=Counter(a=1), record=print)
    assert copy.deepcopy(watched).most_common() == [("a", 1)]


def test_a_sample_that_is_refused_is_not_shown(
    toy_scenes: Path, tmp_path: Path, drawn: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmdet.datasets.transforms import RandomFlip

    stock, calls = RandomFlip.transform, []

    def transform(self: Any, results: Any) -> Any:
        calls.append(results["img_path"])
        return None if len(calls) == 1 else stock(self, results)

    monkeypatch.setattr(RandomFlip, "transform", transform)
    sheet = sheet_of(small_toy("det", toy_scenes), tmp_path, mode="pipeline", number=1)
    assert sheet.shape[1] == STEPS["det"] * (TILE + GAP)


@pytest.mark.parametrize("task", ["seg", "det"])
def test_annotations_that_are_read_after_the_image_is_resized(
    task: str, toy_scenes: Path, tmp_path: Path, drawn: Any
) -> None:
    cfg = small_toy(task, toy_scenes)
    read, *_ = cfg.train_dataloader.dataset.pipeline
    annotations = dict(type="LoadAnnotations", **({"with_bbox": True} if task == "det" else {}))
    resize = dict(type="Resize", scale=(64, 64), keep_ratio=False)
    cfg.train_dataloader.dataset.pipeline = [read, resize, annotations]
    sheet_of(cfg, tmp_path, mode="original", number=1)
    cfg.train_dataloader.dataset.pipeline = [read, annotations]
    sheet_of(cfg, tmp_path, mode="original", number=1)
    (image, truth), (same, as_read) = drawn
    assert image.shape == same.shape
    if isinstance(truth, Detections):
        assert (truth.boxes == as_read.boxes).all()
    else:
        assert (truth.labels == as_read.labels).all()


def test_the_same_sheet_each_time(toy_scenes: Path, tmp_path: Path) -> None:
    cfg = small_toy("seg", toy_scenes)
    first, second = (sheet_of(cfg, tmp_path, mode="transformed", number=1) for _ in range(2))
    assert (first == second).all()


def test_other_splits_and_few_samples(toy_scenes: Path, tmp_path: Path, drawn: Any) -> None:
    cfg = small_toy("seg", toy_scenes)
    file = tmp_path / "x.jpg"
    assert browse(cfg, split="val", mode="transformed", number=100, file=file) == 3
    assert file.is_file()


@pytest.mark.parametrize(
    ("changes", "number", "message"),
    [
        ({}, 0, "0 samples"),
        ({"train_dataloader": None}, 1, "has no train_dataloader.dataset"),
        ({"train_dataloader.dataset.pipeline": []}, 1, "reads no images"),
    ],
    ids=["number", "split", "pipeline"],
)
def test_what_cannot_be_shown(
    changes: dict[str, Any], number: int, message: str, toy_scenes: Path, tmp_path: Path
) -> None:
    cfg = small_toy("seg", toy_scenes, **changes)
    with pytest.raises(UserError, match=message):
        browse(cfg, split="train", mode="original", number=number, file=tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


def test_damaged_images_are_named(toy_scenes: Path, tmp_path: Path) -> None:
    cfg = small_toy("seg", toy_scenes)
    (tmp_path / "images").mkdir()
    (tmp_path / "images/a.png").write_bytes(b"no image")
    cfg.train_dataloader.dataset = dict(
        type="BaseSegDataset",
        data_prefix=dict(img_path=str(tmp_path / "images")),
        img_suffix=".png",
        pipeline=[dict(type="LoadImageFromFile")],
    )
    with pytest.raises(UserError, match=r"a.png is truncated"):
        browse(cfg, split="train", mode="original", number=1, file=tmp_path / "x.png")
