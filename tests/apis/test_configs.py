"""Configs are read by path or by name, in order, with overrides, or refused in one sentence."""

from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.apis.configs import augment_test, read_config
from hrnet_mm.errors import UserError
from tests.zoo.configs import CONFIGS

NAME = "td-hm_hrnet-w32_8xb64-210e_coco-256x192"


def _write(path: Path, content: str = "a = dict(b=[dict(c=1)])\n") -> str:
    path.write_text(content)
    return str(path)


def test_a_path_and_overrides(tmp_path: Path) -> None:
    cfg = read_config(_write(tmp_path / "small.py"), {"a.b.0.c": 3})
    assert cfg.a.b == [{"c": 3}]


def test_a_name() -> None:
    cfg = read_config(NAME, {"model.backbone.arch": "w48"})
    assert Path(str(cfg.filename)).resolve() == CONFIGS / f"pose/coco/mmpose/{NAME}.py"
    assert cfg.model.backbone.arch == "w48"


def test_a_file_comes_before_a_model_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(NAME).touch()
    with pytest.raises(UserError, match=f"^cannot read the config {NAME}: "):
        read_config(NAME)


@pytest.mark.parametrize("wrong", ["{}x", "{}.py", "configs/{}.py", "/nowhere/{}x.py"])
def test_neither_a_file_nor_a_name(wrong: str) -> None:
    wrong = wrong.format(NAME)
    with pytest.raises(UserError) as error:
        read_config(wrong)
    start, _, names = str(error.value).partition("; the nearest names: ")
    assert start == f"there is no config file {wrong}, nor a model of that name"
    assert names.split(", ")[0] == NAME


@pytest.mark.parametrize("in_list", [False, True])
def test_keypoints_of_a_dumped_config_stay_in_order(in_list: bool, tmp_path: Path) -> None:
    points = {i: dict(name=f"point_{i}", id=i) for i in range(12)}
    cfg = Config(dict(datasets=[points] if in_list else points))
    cfg.dump(tmp_path / "dumped.py")
    dumped = Config.fromfile(tmp_path / "dumped.py").datasets
    loaded = read_config(str(tmp_path / "dumped.py")).datasets
    if in_list:
        (dumped,), (loaded,) = dumped, loaded
    assert list(dumped) != list(points)  # mmengine sorts them as text
    assert list(loaded) == list(points)
    assert loaded == points


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.py", b"model = dict("),
        ("binary.py", b"\xff\xfe\x00"),
        ("zeros.py", bytes(9)),
        ("no_base.py", b"_base_ = 'missing_base.py'"),
        ("config.txt", b"model = dict()"),
        ("broken.json", b"{"),
        ("name.py", b"model = dict(type=HRNet)"),
        ("code.py", b"lr = 1 / 0"),
        ("import.py", b"custom_imports = dict(imports=['no_such_module'])"),
    ],
)
def test_file_that_is_no_config(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"^cannot read the config {tmp_path}/{name}: ."):
        read_config(str(tmp_path / name))


@pytest.mark.parametrize("options", [{"a.b.1.c": 3}, {"a.b.0.c.d": 3}, {"a.b.d": 3}])
def test_overrides_that_do_not_fit(options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^--cfg-options do not fit the config: ."):
        read_config(_write(tmp_path / "small.py"), options)


def test_test_time_augmentation() -> None:
    cfg: Any = read_config("fcn_hr18s_4xb2-160k_cityscapes-512x1024")
    model, pipeline = cfg.model, cfg.tta_pipeline
    augment_test(cfg)
    assert cfg.model.type == "SegTTAModel"
    assert cfg.model.module == model
    assert cfg.test_dataloader.dataset.pipeline == pipeline


def test_no_test_time_augmentation(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^--tta: .*small\.py sets no tta_model and tta_pipeline"):
        augment_test(read_config(_write(tmp_path / "small.py")))
