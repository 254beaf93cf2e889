"""tools/new_config.py: from raw data to a picture by four commands, and how it ends."""

import runpy
import sys
from pathlib import Path

import pytest

from hrnet_mm.data.surveys.survey import Request
from tests.apis.own_data.test_config import request_for
from tests.conftest import REPOSITORY


def run(tool: str, *arguments: object, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sys, "argv", [tool, *map(str, arguments)])
    runpy.run_path(str(REPOSITORY / "tools" / tool), run_name="__main__")


def arguments_of(task: str, request: Request) -> list[object]:
    images = ["--images", request.images] if request.images else []
    return ["--task", task, "--data", request.data, *images]


@pytest.mark.slow
@pytest.mark.parametrize("task", ["pose", "det", "seg", "cls"])
def test_from_raw_data_to_a_picture(
    task: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    request = request_for(task, tmp_path / "data")
    target, work_dir = tmp_path / "mine.py", tmp_path / "run"
    run("new_config.py", *arguments_of(task, request), "--out", target, patch=monkeypatch)
    printed = capsys.readouterr().out
    assert f"written: {target}" in printed
    assert f"python tools/train.py {target}" in printed
    fewer = ["train_cfg.max_epochs=2", "train_dataloader.num_workers=0"]
    fewer += ["val_dataloader.num_workers=0", "train_dataloader.persistent_workers=False"]
    fewer += ["val_dataloader.persistent_workers=False"]
    monkeypatch.chdir(tmp_path)  # a config runs from any folder
    run("train.py", target, "--work-dir", work_dir, "--cfg-options", *fewer, patch=monkeypatch)
    (best,) = work_dir.glob("best_*.pth")
    image = next((tmp_path / "data").rglob("0.png" if task != "seg" else "0.jpg"))
    with pytest.raises(SystemExit) as end:
        run("predict.py", target, best, image, "--out-dir", tmp_path / "out", patch=monkeypatch)
    assert not end.value.code
    assert any(path.suffix in (".jpg", ".png") for path in (tmp_path / "out").rglob("*"))


def test_a_fault_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"^error: there is no .*nowhere.json: check the path$"):
        run(
            "new_config.py",
            *arguments_of("det", Request(data=tmp_path))[:-1],
            tmp_path / "nowhere.json",
            "--out",
            tmp_path / "mine.py",
            patch=monkeypatch,
        )
