"""tools/dataset_converters: what they print, and how they end."""

import json
import runpy
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.data.converters.test_labelme import TRIANGLE, shape, write_file


def run(tool: str, *arguments: object, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sys, "argv", [tool, *map(str, arguments)])
    runpy.run_path(str(REPOSITORY / "tools/dataset_converters" / tool), run_name="__main__")


def test_from_labelme_to_label_maps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_file(tmp_path, [shape("owl", "polygon", TRIANGLE)])
    file, folder = tmp_path / "out/coco.json", tmp_path / "labels"
    run("to_coco.py", "--from", "labelme", tmp_path, file, patch=monkeypatch)
    run("to_masks.py", file, folder, patch=monkeypatch)
    assert capsys.readouterr().out.splitlines() == [
        f"written: {file}: 1 images, 1 annotations: owl 1",
        f"written: {folder}: 1 label maps of 1 annotations: 0 background, 1 owl (1)",
    ]
    assert len(json.loads(file.read_text())["annotations"]) == 1
    assert (folder / "a.png").is_file()


def test_a_fault_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"^error: nothing to convert"):
        run("to_coco.py", "--from", "voc", tmp_path, tmp_path / "x.json", patch=monkeypatch)


def test_a_missing_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run("to_coco.py", "--from", "yolo", tmp_path / "x", "y.json", patch=monkeypatch)
    assert f"there is no {tmp_path / 'x'}" in capsys.readouterr().err
