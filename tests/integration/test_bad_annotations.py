"""Faults of annotations and datasets stop a run before its first step, all at once."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from hrnet_mm.errors import UserError
from hrnet_mm.launch.building import build_checked_runner
from tests.data.tiny_coco import every, first, without
from tests.integration.toy import small_toy

pytestmark = pytest.mark.slow  # together; each rule and check has fast tests in tests/data

ANNOTATIONS = {"pose": "person_keypoints", "det": "instances"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compilers are asked for their versions otherwise, which takes a second."""
    monkeypatch.setattr(Runner, "_log_env", lambda *_: None)


@pytest.fixture
def toy(toy_scenes: Path, tmp_path: Path) -> Path:
    """A dataset to break."""
    return Path(shutil.copytree(toy_scenes, tmp_path / "toy"))


def refusal(cfg: Config, folder: Path, *splits: str) -> list[str]:
    """Build a run and return the lines of its refusal."""
    _without_model(cfg, folder)
    with pytest.raises(UserError) as error:
        build_checked_runner(cfg, splits=splits or ("train", "val"))
    return str(error.value).splitlines()


def _without_model(cfg: Config, folder: Path) -> None:
    """Leave out what takes time and is not at stake."""
    cfg.work_dir = str(folder / "work")
    cfg.model = dict(type="torch.nn.Identity")
    cfg.visualizer = None


def _rewritten(change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Change a json file; a function that returns something replaces the content."""

    def rewrite(path: Path) -> None:
        content = json.loads(path.read_bytes())
        path.write_text(json.dumps(change(content) or content))

    return rewrite


def _results(content: Any) -> Any:
    return content["annotations"]


def _no_annotations(content: Any) -> Any:
    return content | dict(annotations=[])


def _no_categories(content: Any) -> None:
    del content["categories"]


def _reversed(content: Any) -> None:
    content["categories"].reverse()


# The stock readers raise KeyError, TypeError or AssertionError for some and are silent for others.
@pytest.mark.parametrize(
    ("task", "split", "change", "text"),
    [
        ("pose", "train", every("annotations", "iscrowd", "0"), "iscrowd is '0' in "),
        ("pose", "val", every("annotations", "num_keypoints", 0), "no annotation is left"),
        ("pose", "train", first("annotations", "keypoints", [1, 1, 2]), "1 keypoints in 1 of "),
        ("pose", "val", without("images", "width"), "no width in "),
        ("pose", "train", _results, "holds a list, as a file of results is"),
        ("pose", "val", _no_annotations, "the list annotations is empty"),
        ("det", "train", without("annotations", "area"), "no area in "),
        ("det", "val", without("annotations", "image_id"), "no image_id in "),
        ("det", "train", every("annotations", "id", 1), "the same id in "),
        ("det", "val", every("annotations", "iscrowd", 1), "no annotation is left"),
        ("det", "train", every("annotations", "category_id", 77), "no category has the "),
        ("det", "val", _reversed, "mmdet labels by the order"),
        ("det", "train", _no_categories, "has no list categories"),
    ],
)
def test_annotations(task: str, split: str, change: Any, text: str, toy: Path) -> None:
    path = toy / f"annotations/{ANNOTATIONS[task]}_{split}.json"
    _rewritten(change)(path)
    (line,) = refusal(small_toy(task, toy), toy)
    assert str(path) in line
    assert text in line


def test_all_faults_of_both_files_at_once(toy: Path) -> None:
    for split in ("train", "val"):
        path = toy / f"annotations/instances_{split}.json"
        _rewritten(without("annotations", "bbox"))(path)
        _rewritten(first("images", "file_name", None))(path)
    lines = refusal(small_toy("det", toy), toy)
    assert len(lines) == 4
    assert sum("no bbox in " in line for line in lines) == 2
    assert sum("no file_name in 1 of " in line for line in lines) == 2


def test_sound_annotations_pass(toy: Path) -> None:
    cfg = small_toy("det", toy)
    _without_model(cfg, toy)
    assert build_checked_runner(cfg, splits=("train", "val")).train_dataloader is not None


@pytest.mark.parametrize(
    ("detections", "text"),
    [
        ([], "has no detection with category_id 1; correct"),
        ([dict(image_id=1, category_id=2, bbox=[1, 1, 9, 9], score=1)], "no detection with cat"),
        ([dict(image_id=99, category_id=1, bbox=[1, 1, 9, 9], score=1)], "image_id 99, in 1 of 1"),
        ([dict(image_id="1", category_id=1, bbox=[1, 1, 9, 9], score=1)], "image_id '1', in 1"),
        ({"1": []}, "holds no list"),
    ],
)
def test_detections(detections: Any, text: str, toy: Path) -> None:
    path = toy / "detections.json"
    path.write_text(json.dumps(detections))
    cfg = small_toy("pose", toy)
    cfg.test_dataloader.dataset.bbox_file = str(path)
    (line,) = refusal(cfg, toy, "test")
    assert f"{path}" in line
    assert text in line


def test_fewer_images_than_a_batch(toy: Path) -> None:
    cfg = small_toy("det", toy)
    cfg.train_dataloader.update(batch_size=7, drop_last=True)
    (line,) = refusal(cfg, toy)
    assert "(of 6) are fewer than batch_size=7" in line


def test_folders_of_other_names(toy: Path) -> None:
    (toy / "classification/val/ball").rename(toy / "classification/val/zebra")
    cfg = small_toy("cls", toy)
    assert any("give both the same folders" in line for line in refusal(cfg, toy))


@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize(
    ("task", "option", "value"),
    [
        ("seg", "seg_map_suffix", "_labelIds.png"),
        ("pose", "data_prefix", dict(img="annotations")),
        ("det", "data_prefix", dict(img="annotations")),
    ],
)
def test_files_that_are_not_there(
    task: str, option: str, value: Any, split: str, toy: Path
) -> None:
    cfg = small_toy(task, toy)
    cfg[f"{split}_dataloader"].dataset[option] = value
    (line,) = refusal(cfg, toy)
    assert line.startswith(f"{split}_dataloader.dataset: No such file or directory: '{toy}/")


def test_no_label_map_of_that_suffix(toy: Path) -> None:
    cfg = small_toy("seg", toy)
    cfg.val_dataloader.dataset.img_suffix = ".jpeg"
    (line,) = refusal(cfg, toy)
    assert line.startswith("val_dataloader.dataset has no sample: no image whose name ends in")
