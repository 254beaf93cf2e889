"""What comes from outside runs no code and writes nothing but where it is told to."""

import ast
import json
import os
import pickle
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader

from hrnet_mm.errors import CheckpointError, UserError
from tests.apis.models import write_toy_model
from tests.conftest import REPOSITORY
from tests.deploy.bundles import example_bundle
from tests.deploy.tiny import ARCH, NARROW
from tests.integration.toy import small_toy
from tests.reliability.disks import one_line, run_tool


class Code:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self._folder,)


# Pickles


@pytest.mark.parametrize("place", ["ann_file", "bbox_file"])
def test_pickled_annotations_are_refused(place: str, toy_scenes: Path, tmp_path: Path) -> None:
    path = tmp_path / "train.pkl"
    path.write_bytes(pickle.dumps(Code(tmp_path / "ran")))
    cfg = small_toy("pose", toy_scenes)
    cfg.train_dataloader.dataset[place] = str(path)
    cfg.dump(tmp_path / "config.py")
    line = one_line(run_tool("train.py", tmp_path / "config.py", "--work-dir", tmp_path / "work"))
    assert f"{path} is a pickle, which can run any code" in line
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("part", ["message_hub", "meta", "optimizer", "state_dict"])
def test_no_part_of_a_checkpoint_runs_code(part: str, tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    torch.save({"state_dict": {}, "meta": {}} | {part: Code(tmp_path / "ran")}, path)
    with pytest.raises(CheckpointError, match="is not allowed"):
        CheckpointLoader.load_checkpoint(str(path))
    assert not (tmp_path / "ran").exists()


def test_the_text_of_a_config_is_left_out(tmp_path: Path) -> None:
    """It is what mmengine executes when a training resumes from a file of 0.x."""
    path = tmp_path / "a.pth"
    torch.save({"state_dict": {}, "meta": {"config": "import os", "iter": 1}}, path)
    assert CheckpointLoader.load_checkpoint(str(path))["meta"] == {"iter": 1}


# Paths


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("task", ["pose", "det"])
def test_names_in_annotations_lead_nowhere_else(
    task: str, toy_scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes, outside, here = (tmp_path / name for name in ("toy", "outside", "here"))
    shutil.copytree(toy_scenes, scenes)
    outside.mkdir()
    here.mkdir()
    options = {**NARROW[task], "model.backbone.arch": dict(ARCH, _delete_=True)}
    model = write_toy_model(task, scenes, tmp_path / "model", **options)
    dataset = model.cfg.test_dataloader.dataset
    file = Path(dataset.data_root, dataset.ann_file)
    images = Path(dataset.data_root, dataset.get("data_prefix", {}).get("img", ""))
    content = json.loads(file.read_bytes())
    for image in content["images"]:
        moved = outside / Path(image["file_name"]).name
        shutil.move(images / image["file_name"], moved)
        image["file_name"] = os.path.relpath(moved, images)
        assert ".." in image["file_name"]
    file.write_text(json.dumps(content))
    monkeypatch.chdir(here)
    before = _files(tmp_path)
    command = ["test.py", model.config, model.checkpoint, "--show-dir", "shown", "--work-dir", "w"]
    assert run_tool(*command) == 0  # type: ignore
    if task == "pose":
        predict = ["predict.py", model.config, model.checkpoint, outside, "--boxes", file]
        assert run_tool(*predict, "--out-dir", "predicted") == 0  # type: ignore
    new = _files(tmp_path) - before
    assert any(path.is_relative_to(here / "shown") for path in new)
    assert all(path.is_relative_to(here) for path in new)


def test_a_bundle_names_files_beside_it_alone(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mine")
    folder = tmp_path / "bundle"
    folder.mkdir()
    bundle = example_bundle(files={"../secret": "0"})
    with pytest.raises(UserError, match=r"file '\.\./secret' is not beside it"):
        bundle.write(folder)


# Shells


def test_no_shell_is_built_from_strings() -> None:
    folders = ("hrnet_mm", "tools", "demo", "docs", "benchmarks", "requirements")
    for path in (path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert name not in ("os.system", "os.popen", "eval", "exec"), (path, node.lineno)
                assert not any(keyword.arg == "shell" for keyword in node.keywords), path


SCRIPTS = {  # with the arguments before the options
    "dist_train.sh": ["CONFIG", "2"],
    "dist_test.sh": ["CONFIG", "CHECKPOINT", "2"],
    "slurm_train.sh": ["PARTITION", "JOB", "CONFIG", "WORK_DIR"],
    "slurm_test.sh": ["PARTITION", "JOB", "CONFIG", "CHECKPOINT"],
}
NASTY = ["$(touch ran)", "`touch ran`", "a; touch ran", "with  space", "*", "'\"", "--x=$HOME"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_scripts_pass_arguments_on_as_they_are(script: str, tmp_path: Path) -> None:
    program = tmp_path / "srun"
    program.write_text(f"#!/bin/sh\nprintf '%s\\0' \"$@\" > {tmp_path}/given\n")
    program.chmod(0o755)
    before = SCRIPTS[script]
    subprocess.run(
        ["bash", str(REPOSITORY / "tools" / script), *before, *NASTY],
        cwd=tmp_path,
        env=os.environ | {"PYTHON": str(program), "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=True,
    )
    given = (tmp_path / "given").read_text().split("\0")
    start = given.index(NASTY[0])
    assert given[start : start + len(NASTY)] == NASTY
    assert not (tmp_path / "ran").exists()
