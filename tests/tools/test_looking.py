"""The tools that only show something: browse_dataset, check_data, analyze_logs, print_config."""

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.benchmark.test_curves import training, write_log
from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a tool in an empty folder; returns what it prints."""
    monkeypatch.chdir(tmp_path)

    def run(tool: str, *arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", [tool, *map(str, arguments)])
        runpy.run_path(str(REPOSITORY / "tools" / tool), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_a_contact_sheet(run: Any, toy_scenes: Path, tmp_path: Path) -> None:
    small_toy("seg", toy_scenes).dump(tmp_path / "seg.py")
    out = run("browse_dataset.py", tmp_path / "seg.py", "-n", 1, "--split", "val")
    assert out.endswith("written: work_dirs/seg/val_transformed.png: 1 samples of val\n")
    assert Path("work_dirs/seg/val_transformed.png").is_file()
    run("browse_dataset.py", "seg.py", "-n", 1, "--mode", "original", "--out", "x/y.jpg")
    assert Path("x/y.jpg").is_file()


def test_checked_data(
    run: Any, toy_scenes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small_toy("pose", toy_scenes).dump(tmp_path / "pose.py")
    assert "no fault in train" in run("check_data.py", "pose.py")
    options = ["train_dataloader.dataset.ann_file=annotations/instances_train.json"]
    with pytest.raises(SystemExit) as end:
        run("check_data.py", "pose.py", "--split", "train", "--cfg-options", *options)
    assert end.value.code == 1
    assert "instances_train.json: " in capsys.readouterr().out


def test_curves(run: Any, tmp_path: Path) -> None:
    write_log(tmp_path / "run", "1", [training(1, 3.25), training(2, 2.5)])
    out = run("analyze_logs.py", "run")
    assert "2.5" in out
    assert out.endswith("written: run/curves.png\n")
    assert Path("run/curves.png").is_file()


def test_a_config_by_name_and_path(run: Any, tmp_path: Path) -> None:
    Path("base.py").write_text("a = dict(b=1, c=2)\n")
    Path("own.py").write_text("_base_ = 'base.py'\na = dict(b=3)\n")
    for options, c in ([], 2), (["--cfg-options", "a.c=7"], 7):
        printed: dict[str, Any] = {}
        exec(run("print_config.py", "own.py", *options), printed)
        assert printed["a"] == {"b": 3, "c": c}
    name = "td-hm_hrnet-w32_8xb64-210e_coco-256x192"
    assert "PoseLocalVisualizer" in run("print_config.py", name)


def test_a_config_that_is_not_there(run: Any) -> None:
    with pytest.raises(SystemExit, match=r"^error: there is no config file x.py"):
        run("print_config.py", "x.py")
