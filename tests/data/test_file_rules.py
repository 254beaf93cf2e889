"""Files that a config names, and files of detected boxes that mmpose cannot use."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from hrnet_mm.data import file_rules
from hrnet_mm.data.file_rules import wrong_detections
from hrnet_mm.data.run_config import RunConfig
from tests.data import tiny_coco


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A dataset that is whole."""
    root = tmp_path / "data"
    (root / "images").mkdir(parents=True)
    for name in ("train.json", "boxes.json"):
        (root / name).write_text(json.dumps({"images": [{"id": 1}]}) + "\n")
    return root


def _config(root: Path, **dataset: Any) -> Config:
    whole = dict(
        type="CocoDataset",
        data_root=str(root),
        ann_file="train.json",
        data_prefix=dict(img="images/"),
    )
    return Config(dict(train_dataloader=dict(batch_size=1, dataset=whole | dataset)))


def _found(cfg: Config, split: str = "train") -> list[str]:
    run = RunConfig(cfg=cfg, splits=(split,))
    return [finding.text for rule in file_rules.RULES for finding in rule(run)]


def test_whole_data(root: Path) -> None:
    assert not _found(_config(root, bbox_file=str(root / "boxes.json")))
    assert not _found(
        _config(root, data_root=None, ann_file=str(root / "train.json"), data_prefix={})
    )
    assert not _found(_config(root, data_prefix="images", ann_file=""))
    assert not _found(Config(dict(train_dataloader=None)))


@pytest.mark.parametrize(
    ("dataset", "key", "name", "set_by"),
    [
        (dict(data_root="gone"), "data_root", "gone", "data_root"),
        (dict(ann_file="gone.json"), "ann_file", "{root}/gone.json", "data_root"),
        (dict(ann_file="/gone.json"), "ann_file", "/gone.json", "ann_file"),
        (dict(data_prefix=dict(img="gone")), "data_prefix.img", "{root}/gone", "data_root"),
        (dict(data_prefix="gone"), "data_prefix", "{root}/gone", "data_root"),
        (dict(bbox_file="boxes.json"), "bbox_file", "boxes.json", "bbox_file"),
        (dict(headbox_file="heads.mat"), "headbox_file", "heads.mat", "headbox_file"),
    ],
)
def test_missing_path_is_named(
    dataset: dict[str, Any], key: str, name: str, set_by: str, root: Path
) -> None:
    where = "train_dataloader.dataset"
    assert _found(_config(root, **dataset)) == [
        f"{where}.{key}: {name.format(root=root)} does not exist; put the data there, or say where "
        f"they are with --cfg-options {where}.{set_by}=..."
    ]


def test_all_that_is_missing_is_named_once(root: Path) -> None:
    cfg = _config(root, ann_file="gone/train.json", data_prefix=dict(img="gone", depth="lost/"))
    assert [text.partition(" does not")[0] for text in _found(cfg)] == [
        f"train_dataloader.dataset.ann_file: {root}/gone/train.json",
        f"train_dataloader.dataset.data_prefix.img: {root}/gone",
        f"train_dataloader.dataset.data_prefix.depth: {root}/lost/",
    ]
    (only,) = _found(_config(root, data_root="gone"))
    assert only.startswith("train_dataloader.dataset.data_root: gone does not exist")


def test_datasets_inside_others(root: Path) -> None:
    missing = dict(data_root=str(root), ann_file="gone.json")
    cfg = Config(
        dict(train_dataloader=dict(dataset=dict(dataset=dict(datasets=[dict(), missing]))))
    )
    (text,) = _found(cfg)
    assert text.startswith("train_dataloader.dataset.dataset.datasets.1.ann_file: ")


def test_metrics(root: Path) -> None:
    metric = dict(type="CocoMetric", ann_file=str(root / "gone.json"))
    for evaluator, key in (
        (metric, "val_evaluator"),
        ([dict(type="EPE"), metric], "val_evaluator.1"),
        (dict(type="MultiDatasetEvaluator", metrics=[metric]), "val_evaluator.metrics.0"),
    ):
        cfg = Config(dict(val_evaluator=evaluator))
        (text,) = _found(cfg, split="val")
        assert text.startswith(f"{key}.ann_file: {root}/gone.json does not exist")
        assert not _found(cfg)  # the split does not run


@pytest.mark.parametrize(
    "remote",
    [
        dict(data_root="s3://bucket/data"),
        dict(data_root="bucket/data", backend_args=dict(backend="petrel")),
        dict(data_root="bucket/data", file_client_args=dict(backend="petrel")),
        dict(
            data_root="bucket/data",
            pipeline=[dict(type="LoadImage", backend_args=dict(backend="petrel"))],
        ),
        dict(ann_file="http://example.org/x.json"),
    ],
)
def test_remote_files_are_left_to_the_toolbox(remote: dict[str, Any], root: Path) -> None:
    assert not _found(_config(root, **remote))


def test_a_remote_checkpoint_is_left_to_the_toolbox() -> None:
    assert not _found(Config(dict(load_from="https://example.org/hrnet.pth")))


def test_local_files_named_with_their_backend(root: Path) -> None:
    assert len(_found(_config(root, data_root="gone", backend_args=dict(backend="local")))) == 1


@pytest.mark.parametrize("content", ["", " ", "a,b\n", '{"images": [', '{"images"]', '"text"'])
def test_file_that_does_not_end_as_json(content: str, root: Path) -> None:
    (root / "train.json").write_text(content)
    (text,) = _found(_config(root))
    assert f"dataset.ann_file: {root}/train.json is not json, or was cut off" in text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_with_a_byte_order_mark(encoding: str, root: Path) -> None:
    (root / "train.json").write_text('{"images": []}', encoding=encoding)
    (text,) = _found(_config(root))
    assert f"dataset.ann_file: {root}/train.json starts with a byte order mark" in text


@pytest.mark.parametrize("name", ["train.json", "boxes.json"])
@pytest.mark.parametrize("content", [b'{"images" 1}', b'{"\xff": 1}'])
def test_broken_json_is_named(name: str, content: bytes, root: Path) -> None:
    cfg = _config(root, bbox_file=str(root / "boxes.json"))
    run = RunConfig(cfg=cfg, splits=("train",))
    assert not list(file_rules.broken_json(run))
    (root / name).write_bytes(content)
    assert not _found(cfg)  # it is not read before the dataset does
    (finding,) = file_rules.broken_json(run)
    assert re.search(rf"_file: {root}/{name} is not json \(.*\); fetch or make", finding.text)


def test_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "whole.pth"
    cfg = Config(dict(load_from=str(path)))
    assert _found(cfg) == [f"there is no checkpoint file {path}; give the path of one"]
    torch.save({"state_dict": {"weight": torch.zeros(5000)}}, path)
    assert not _found(cfg)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert not _found(Config(dict(load_from="~/whole.pth")))
    path.write_bytes(path.read_bytes()[:-30])
    assert _found(cfg) == [f"{path} is truncated: its end is missing; get the file again"]
    (text,) = _found(Config(dict(load_from=str(tmp_path))))
    assert text == f"{tmp_path} is a folder; give the checkpoint file in it"


# Files of detected boxes


DETECTION = dict(image_id=10, category_id=1, bbox=[1, 2, 3, 4], score=0.5)


def _detection_faults(folder: Path, detections: Any) -> list[str]:
    (folder / "val.json").write_text(json.dumps(tiny_coco.content()))
    (folder / "found.json").write_text(json.dumps(detections))
    dataset = dict(
        type="CocoDataset",
        data_root=str(folder),
        ann_file="val.json",
        bbox_file=f"{folder}/found.json",
    )
    cfg = Config(dict(default_scope="mmpose", test_dataloader=dict(dataset=dataset)))
    return [finding.text for finding in wrong_detections(RunConfig(cfg=cfg, splits=("test",)))]


@pytest.mark.parametrize("detections", [[], [DETECTION], [DETECTION, DETECTION]])
def test_detections_of_listed_images_pass(tmp_path: Path, detections: Any) -> None:
    assert not _detection_faults(tmp_path, detections)


@pytest.mark.parametrize(
    ("detections", "expected"),
    [
        (dict(annotations=[]), "holds no list: give a list of objects with image_id"),
        ("text", "holds no list"),
        ([1, 2], "give a list of objects"),
        ([DETECTION, [1]], "give a list of objects"),
        ([dict(image_id=10, bbox=[1, 2, 3, 4])], "lacks 'category_id', 'score' in 1 of 1"),
        ([DETECTION | dict(image_id=99)], "image_id 99, in 1 of 1; it lists 10, 11, 12, 13, 14)"),
        ([DETECTION, DETECTION | dict(image_id="10")], "image_id '10', in 1 of 2"),
        ([DETECTION | dict(image_id=None)], "image_id None, in 1 of 1"),
        ([DETECTION | dict(image_id=[1])], "in 1 of 1"),
        ([DETECTION, DETECTION | dict(bbox=[1, 2, 3])], "bbox [1, 2, 3] in 1 of 2 detections: giv"),
        ([DETECTION | dict(bbox=[1, 2, 3, 4, 0.5])], "bbox [1, 2, 3, 4, 0.5] in 1 of 1"),
        ([DETECTION | dict(bbox="1,2,3,4")], "bbox '1,2,3,4' in 1 of 1"),
        ([DETECTION | dict(bbox=[1, 2, 3, None])], "bbox [1, 2, 3, None] in 1 of 1"),
    ],
)
def test_detections_that_cannot_be_used(tmp_path: Path, detections: Any, expected: str) -> None:
    (text,) = _detection_faults(tmp_path, detections)
    assert text.startswith(f"test_dataloader.dataset.bbox_file: {tmp_path}/found.json")
    assert expected in text


def test_no_json_is_left_to_another_rule(tmp_path: Path) -> None:
    assert not _detection_faults(tmp_path, None)
