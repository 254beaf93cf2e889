"""tools/convert_checkpoint.py: files out, report, errors, cost."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader

from hrnet_mm.checkpoint.commands import convert_file
from hrnet_mm.checkpoint.convert import TARGETS, to_canonical
from hrnet_mm.checkpoint.recognise import find_weights, recognise
from hrnet_mm.errors import CheckpointError
from tests.checkpoint.models import ARCH, assert_same_weights
from tests.checkpoint.official import OFFICIAL, official_file
from tests.conftest import REPOSITORY


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    """An official classifier's file."""
    weights, _ = official_file(OFFICIAL["cls"], arch=ARCH, outputs=1000)
    path = tmp_path / "official.pth"
    torch.save(weights, path)
    return path


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("to", TARGETS)
def test_round_trip_through_files_is_exact(to: str, suffix: str, classifier: Path) -> None:
    folder = classifier.parent
    convert_file(str(classifier), folder / "ours.pth", to="hrnet_mm")
    convert_file(str(folder / "ours.pth"), folder / f"other{suffix}", to=to)
    convert_file(str(folder / f"other{suffix}"), folder / "again.pth", to="hrnet_mm")
    ours, again = (
        torch.load(folder / f"{name}.pth", weights_only=True)["state_dict"]
        for name in ("ours", "again")
    )
    if to == "backbone":
        ours = {name: weight for name, weight in ours.items() if name.startswith("backbone.")}
    assert_same_weights(again, ours)
    assert not list(folder.glob(".*"))


def test_classes_are_written(classifier: Path) -> None:
    target = classifier.parent / "out.pth"
    convert_file(str(classifier), target, to="hrnet_mm")
    meta = torch.load(target, weights_only=True)["meta"]
    assert len(meta["dataset_meta"]["classes"]) == 1000


@pytest.mark.parametrize(
    ("target", "to", "text"),
    [
        ("out.onnx", "hrnet_mm", r"out\.onnx: give a name that ends in"),
        ("out.pth", "onnx", r"layout 'onnx': choose from"),
    ],
)
def test_wrong_choices(target: str, to: str, text: str, classifier: Path) -> None:
    with pytest.raises(ValueError, match=text):
        convert_file(str(classifier), classifier.parent / target, to=to)


def test_nothing_is_left_of_a_failure(classifier: Path) -> None:
    folder = classifier.parent
    weights, _ = official_file(OFFICIAL["pose"], arch=ARCH, outputs=17)
    torch.save(weights, folder / "pose.pth")
    with pytest.raises(CheckpointError, match=r"Cannot convert .*pose\.pth: .* no place for"):
        convert_file(str(folder / "pose.pth"), folder / "out.pth", to="timm")
    with pytest.raises(FileNotFoundError):
        convert_file(str(folder / "no.pth"), folder / "out.pth", to="timm")
    assert {path.name for path in folder.iterdir()} == {"official.pth", "pose.pth"}


@pytest.mark.slow
def test_w48_converts_fast_in_little_memory(tmp_path: Path) -> None:
    weights, _ = official_file(OFFICIAL["cls"], arch="w48", outputs=1000)
    torch.save(weights, tmp_path / "w48.pth")
    code = (
        "import re, runpy, sys; del sys.argv[0]; "
        "runpy.run_path(sys.argv[0], run_name='__main__'); "
        # Not getrusage, which counts what this process had before it became that one.
        "print(1024 * int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]))"
    )
    tool = REPOSITORY / "tools/convert_checkpoint.py"
    command = [sys.executable, "-c", code, tool, tmp_path / "w48.pth", tmp_path / "out.pth"]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    with_imports = time.perf_counter() - start
    start = time.perf_counter()
    convert_file(str(tmp_path / "w48.pth"), tmp_path / "again.pth", to="hrnet_mm")
    alone = time.perf_counter() - start
    *lines, peak = done.stdout.splitlines()
    print(f"{alone:.1f} s, {with_imports:.1f} s with the imports, {int(peak) / 2**30:.2f} GiB")
    assert alone < 5
    assert int(peak) < 2**30
    assert any("w48" in line for line in lines)
    assert all(len(line) <= 80 for line in lines if str(tmp_path) not in line)
    assert lines[-1] == f"written: {tmp_path / 'out.pth'}"
    content = CheckpointLoader.load_checkpoint(str(tmp_path / "out.pth"), map_location="cpu")
    expected = to_canonical(recognise(weights)).weights
    assert_same_weights(dict(find_weights(content)), expected)
