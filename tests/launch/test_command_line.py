"""The options of a run, and the config that they make."""

import os
from pathlib import Path

import pytest
from mmengine.config import Config

from hrnet_mm.launch.command_line import RunOptions, run_options, run_parser, work_dir_of


def test_overrides_and_work_dir(tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text("a = dict(b=[dict(c=1)])")
    config = str(tmp_path / "small.py")
    cfg = RunOptions(config=config, cfg_options={"a.b.0.c": 3}).load()
    assert cfg.a.b == [{"c": 3}]
    assert cfg.work_dir == "work_dirs/small"
    assert RunOptions(config=config, work_dir="here").load().work_dir == "here"


def test_the_work_dir_of_a_name() -> None:
    name = "hrnet-w18_4xb32-100e_in1k"
    assert RunOptions(config=name).load().work_dir == f"work_dirs/{name}"


@pytest.mark.parametrize(
    ("own", "expected"), [({}, "work_dirs/w0.5"), (dict(work_dir="here"), "here")]
)
def test_the_work_dir_of_a_config(own: dict[str, str], expected: str) -> None:
    assert work_dir_of(Config(own, cfg_text="read", filename="w0.5.py")) == expected


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
