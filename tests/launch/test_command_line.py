"""The options of a run, and the config that they make."""

import os
from pathlib import Path
from typing import Any

import pytest
from mmengine.config import Config

from hrnet_mm.launch.command_line import RunOptions, run_options, run_parser


def _write(path: Path, content: str = "a = dict(b=[dict(c=1)])\n") -> str:
    path.write_text(content)
    return str(path)


def test_overrides_and_work_dir(tmp_path: Path) -> None:
    config = _write(tmp_path / "small.py")
    cfg = RunOptions(config=config, cfg_options={"a.b.0.c": 3}).load()
    assert cfg.a.b == [{"c": 3}]
    assert cfg.work_dir == "work_dirs/small"
    assert RunOptions(config=config, work_dir="here").load().work_dir == "here"


@pytest.mark.parametrize("in_list", [False, True])
def test_keypoints_of_a_dumped_config_stay_in_order(in_list: bool, tmp_path: Path) -> None:
    points = {i: dict(name=f"point_{i}", id=i) for i in range(12)}
    cfg = Config(dict(datasets=[points] if in_list else points))
    cfg.dump(tmp_path / "dumped.py")
    dumped = Config.fromfile(tmp_path / "dumped.py").datasets
    loaded = RunOptions(config=str(tmp_path / "dumped.py")).load().datasets
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
        RunOptions(config=str(tmp_path / name)).load()


@pytest.mark.parametrize("options", [{"a.b.1.c": 3}, {"a.b.0.c.d": 3}, {"a.b.d": 3}])
def test_overrides_that_do_not_fit(options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^--cfg-options do not fit the config: ."):
        RunOptions(config=_write(tmp_path / "small.py"), cfg_options=options).load()


def _parse(*arguments: str) -> RunOptions:
    return run_options(run_parser(description=None).parse_args(["config.py", *arguments]))


def test_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "0")  # to have it removed afterwards
    monkeypatch.delenv("LOCAL_RANK")
    options = _parse("--cfg-options", "a.b=[1,2]", "c=x=y", "--local-rank", "3")
    assert options == RunOptions(config="config.py", cfg_options={"a.b": [1, 2], "c": "x=y"})
    assert os.environ["LOCAL_RANK"] == "3"


@pytest.mark.parametrize(
    ("option", "error"),
    [("w32", "'w32': write key=value"), ("a=[(1,2]", "Imbalanced brackets exist in (1,2")],
)
def test_override_that_is_none(option: str, error: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        _parse("--cfg-options", "a=1", option)
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith(f"error: argument --cfg-options: {error}")
