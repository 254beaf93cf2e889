import json
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.config import Config

from hrnet_mm.engine.checks import broken_json_named, check_config
from hrnet_mm.errors import CheckpointError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A data set that is whole."""
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


def _check(cfg: Config) -> None:
    check_config(cfg, splits=("train",))


def test_whole_data(root: Path) -> None:
    _check(_config(root, bbox_file=str(root / "boxes.json")))
    _check(_config(root, data_root=None, ann_file=str(root / "train.json"), data_prefix={}))
    _check(_config(root, data_prefix="images", ann_file=""))
    _check(Config(dict(train_dataloader=None)))


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
    with pytest.raises(FileNotFoundError) as caught:
        _check(_config(root, **dataset))
    where = "train_dataloader.dataset"
    assert str(caught.value) == (
        f"{where}.{key}: {name.format(root=root)} does not exist; put the data there, or say where "
        f"they are with --cfg-options {where}.{set_by}=..."
    )


def test_data_sets_inside_others(root: Path) -> None:
    missing = dict(data_root=str(root), ann_file="gone.json")
    cfg = Config(
        dict(train_dataloader=dict(dataset=dict(dataset=dict(datasets=[dict(), missing]))))
    )
    with pytest.raises(
        FileNotFoundError, match=r"^train_dataloader\.dataset\.dataset\.datasets\.1"
    ):
        _check(cfg)


def test_evaluators(root: Path) -> None:
    evaluator = dict(type="CocoMetric", ann_file=str(root / "gone.json"))
    for evaluators in (evaluator, [dict(type="EPE"), evaluator]):
        cfg = Config(dict(val_evaluator=evaluators))
        with pytest.raises(FileNotFoundError, match=r"^val_evaluator\.ann_file: .*gone\.json"):
            check_config(cfg, splits=("val",))
        _check(cfg)  # the split does not run


def test_remote_files_are_left_to_the_toolbox(root: Path) -> None:
    _check(_config(root, data_root="s3://bucket/data"))
    _check(Config(dict(load_from="https://example.org/hrnet.pth")))


@pytest.mark.parametrize("content", ["", " ", "a,b\n", '{"images": [', '{"images"]', '"text"'])
def test_file_that_does_not_end_as_json(content: str, root: Path) -> None:
    (root / "train.json").write_text(content)
    with pytest.raises(ValueError, match=r"dataset\.ann_file: .*train\.json is not json, or was"):
        _check(_config(root))


@pytest.mark.parametrize("name", ["train.json", "boxes.json"])
@pytest.mark.parametrize("content", [b'{"images" 1}', b'{"\xff": 1}'])
def test_broken_json_is_named(name: str, content: bytes, root: Path) -> None:
    (root / name).write_bytes(content)
    cfg = _config(root, bbox_file=str(root / "boxes.json"))
    _check(cfg)
    with (
        pytest.raises(ValueError, match=rf"_file: {root}/{name} is not json \(.*\); fetch or make"),
        broken_json_named(cfg, splits=("train",)),
    ):
        json.loads((root / name).read_text())


def test_other_errors_stay(root: Path) -> None:
    (root / "train.json").write_text("{")
    cfg = _config(root)
    with pytest.raises(ValueError, match=r"^other$"), broken_json_named(cfg, splits=("train",)):
        raise ValueError("other")
    (root / "train.json").write_text("{}")
    with pytest.raises(json.JSONDecodeError), broken_json_named(cfg, splits=("train",)):
        json.loads("{")


def test_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "whole.pth"
    with pytest.raises(FileNotFoundError, match=r"there is no checkpoint file .*whole\.pth; give"):
        _check(Config(dict(load_from=str(path))))
    torch.save({"state_dict": {"weight": torch.zeros(5000)}}, path)
    _check(Config(dict(load_from=str(path))))
    monkeypatch.setenv("HOME", str(tmp_path))
    _check(Config(dict(load_from="~/whole.pth")))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(CheckpointError, match=r"whole\.pth is truncated: .*; get the file again"):
        _check(Config(dict(load_from=str(path))))
