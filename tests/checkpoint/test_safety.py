"""No entry point runs code from a file, also under an mmengine that would unpickle anything."""

import os
import pickle
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from hrnet_mm.checkpoint.commands import convert_file
from hrnet_mm.errors import CheckpointError
from hrnet_mm.models import HRNetBackbone
from tests.checkpoint.models import ARCH
from tests.checkpoint.official import OFFICIAL, official_file
from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy

TOOLS = REPOSITORY / "tools"


class _Code:
    """Makes a folder when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


def _beside_weights(path: Path) -> None:
    weights, _ = official_file(OFFICIAL["pose"], arch=ARCH, outputs=17)
    torch.save({"state_dict": weights, "meta": _Code()}, path)


def _bare(path: Path) -> None:
    path.write_bytes(pickle.dumps(_Code()))


def _zip_without_safety(path: Path) -> None:
    torch.save(_Code(), path, _use_new_zipfile_serialization=False)


@pytest.fixture(params=[_beside_weights, _bare, _zip_without_safety])
def malicious(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A file whose unpickling makes a folder in the working directory."""
    monkeypatch.chdir(tmp_path)
    request.param(tmp_path / "bad.pth")
    yield "bad.pth"
    assert not Path("ran").exists()


def _run(tool: str, *arguments: object) -> None:
    before = sys.argv
    sys.argv = [tool, *map(str, arguments)]
    try:
        runpy.run_path(str(TOOLS / tool), run_name="__main__")
    finally:
        sys.argv = before


def test_the_file_would_run_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number, make in enumerate((_beside_weights, _bare, _zip_without_safety), start=1):
        make(tmp_path / "bad.pth")
        if make is _bare:
            pickle.loads(Path("bad.pth").read_bytes())
        else:
            torch.load("bad.pth", weights_only=False)
        Path("ran").rename(f"ran{number}")


def test_converting(malicious: str) -> None:
    with pytest.raises(CheckpointError, match=r"bad\.pth"):
        convert_file(malicious, Path("out.pth"), to="hrnet_mm")
    assert not Path("out.pth").exists()
    with pytest.raises(SystemExit, match=r"error: Cannot load the checkpoint bad\.pth"):
        _run("convert_checkpoint.py", malicious, "out.pth")


def test_init_cfg(malicious: str) -> None:
    init_cfg = dict(type="Pretrained", checkpoint=malicious)
    with pytest.raises(CheckpointError, match=r"bad\.pth"):
        HRNetBackbone(ARCH, init_cfg=init_cfg).init_weights()
    with pytest.raises(CheckpointError, match=r"bad\.pth"):
        HRNetBackbone(ARCH, init_cfg=dict(init_cfg, prefix="backbone.")).init_weights()


Arguments = Callable[[str], list[str]]
RUNS: dict[str, tuple[str, Arguments]] = {
    "load_from": ("train.py", lambda bad: ["--cfg-options", f"load_from={bad}"]),
    "resume": ("train.py", lambda bad: ["--resume", bad]),
    "init_cfg": (
        "train.py",
        lambda bad: [
            "--cfg-options",
            "model.backbone.init_cfg.type=Pretrained",
            f"model.backbone.init_cfg.checkpoint={bad}",
        ],
    ),
    "test": ("test.py", lambda bad: [bad]),
}


@pytest.mark.parametrize("run", RUNS)
def test_the_tools(run: str, malicious: str, toy_scenes: Path) -> None:
    small_toy("pose", toy_scenes).dump("config.py")
    tool, arguments = RUNS[run]
    with pytest.raises(SystemExit, match=r"error: Cannot load the checkpoint bad\.pth"):
        _run(tool, "config.py", *arguments(malicious), "--work-dir", "work")


def _use_mmpose(config: str, bad: str) -> None:
    from mmpose.apis import MMPoseInferencer, init_model

    with pytest.raises(CheckpointError):
        init_model(config, bad, device="cpu")
    MMPoseInferencer(pose2d=config, pose2d_weights=bad, det_model="whole_image", device="cpu")


def _use_mmseg(config: str, bad: str) -> None:
    from mmseg.apis import MMSegInferencer, init_model

    with pytest.raises(CheckpointError):
        init_model(config, bad, device="cpu")
    MMSegInferencer(model=config, weights=bad, device="cpu")


def _use_mmdet(config: str, bad: str) -> None:
    from mmdet.apis import DetInferencer, init_detector

    with pytest.raises(CheckpointError):
        init_detector(config, bad, device="cpu")
    DetInferencer(model=config, weights=bad, device="cpu")


def _use_mmpretrain(config: str, bad: str) -> None:
    from mmpretrain.apis import ImageClassificationInferencer, get_model

    with pytest.raises(CheckpointError):
        get_model(config, pretrained=bad, device="cpu")
    ImageClassificationInferencer(config, pretrained=bad, device="cpu")


USERS = {"pose": _use_mmpose, "seg": _use_mmseg, "det": _use_mmdet, "cls": _use_mmpretrain}


@pytest.mark.parametrize("task", USERS)
def test_init_model_and_inferencers(task: str, malicious: str, toy_scenes: Path) -> None:
    small_toy(task, toy_scenes).dump("config.py")
    with pytest.raises(CheckpointError, match=r"bad\.pth"):
        USERS[task]("config.py", malicious)


# mmengine's fork falls back to this where the safe way fails.
FALLBACK = """
import sys
import mmengine.runner.checkpoint as module
import torch

def load_from_local(filename, map_location):
    try:
        return torch.load(filename, map_location=map_location, weights_only=True)
    except Exception:
        return torch.load(filename, map_location=map_location, weights_only=False)

module.CheckpointLoader.register_scheme(prefixes="", loader=load_from_local, force=True)
if {guarded}:
    import hrnet_mm
from mmengine.runner import load_checkpoint
load_checkpoint(torch.nn.Identity(), sys.argv[1])
"""


@pytest.mark.slow
def test_an_mmengine_that_falls_back_to_unpickling(malicious: str) -> None:
    def load(*, guarded: bool) -> subprocess.CompletedProcess[str]:
        code = FALLBACK.format(guarded=guarded)
        command = [sys.executable, "-W", "ignore", "-c", code, malicious]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = load(guarded=True)
    assert "CheckpointError" in done.stderr
    assert not Path("ran").exists()
    load(guarded=False)
    Path("ran").rmdir()  # so the fallback is real
