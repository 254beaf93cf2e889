"""Bad input to the tools: one clear error, a non-zero exit, and nothing half-written."""

import multiprocessing
import os
import pickle
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
import torch

from hrnet_mm.data.damaged_images import DAMAGED
from hrnet_mm.models import HRNetBackbone
from tests.conftest import REPOSITORY
from tests.integration.toy import small_toy

TOOLS = REPOSITORY / "tools"
ANNOTATIONS = "annotations/person_keypoints_{split}.json"

Fail = Callable[..., str]


@pytest.fixture
def toy(toy_scenes: Path, tmp_path: Path) -> Path:
    """A dataset to break."""
    return Path(shutil.copytree(toy_scenes, tmp_path / "toy"))


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Fail]:
    """Run a tool in this process; give the last line it prints and check what it leaves."""

    def run(tool: str, *arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", [tool, *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            runpy.run_path(str(TOOLS / tool), run_name="__main__")
        # argparse prints by itself and exits with 2.
        code = exit_.value.code
        text = code if isinstance(code, str) else capsys.readouterr().err.splitlines()[-1]
        assert code
        assert "error: " in text
        assert len(text.splitlines()) == 1
        _check_nothing_half_written()
        return text

    yield run
    for worker in multiprocessing.active_children():  # they end with the process otherwise
        worker.terminate()


def _check_nothing_half_written() -> None:
    """Only a log and the config are left of a run that started."""
    started = [path for path in Path("work").rglob("*") if path.is_file()]
    assert {path.suffix for path in started} <= {".log", ".py"}
    assert not any(Path(name).exists() for name in ("out.json", "dump.pkl", "shown"))


def _run_on(root: Path, *, task: str = "pose", workers: int = 0) -> list[str]:
    """Arguments for a run of the demo's config on that dataset."""
    loaders = {
        f"{split}_dataloader.{option}": value
        for split in ("train", "val", "test")
        for option, value in (("num_workers", workers), ("persistent_workers", workers > 0))
    }
    small_toy(task, root, **loaders).dump("config.py")
    return ["config.py", "--work-dir", "work"]


RESULTS = ["--out", "out.json", "--dump", "dump.pkl", "--show-dir", "shown"]


# The data


def test_missing_data_root(fail: Fail) -> None:
    error = fail("train.py", *_run_on(Path("nowhere")))
    assert "train_dataloader.dataset.data_root: nowhere/ does not exist" in error
    assert "--cfg-options train_dataloader.dataset.data_root=..." in error
    assert not Path("work").exists()


def test_missing_annotations(fail: Fail, toy: Path) -> None:
    path = toy / ANNOTATIONS.format(split="val")
    path.unlink()
    error = fail("train.py", *_run_on(toy))
    assert f"{path} does not exist; put the data there, or say" in error
    assert not Path("work").exists()


def _text(path: Path) -> None:
    path.write_text("image,person\n1,2\n")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _put_in_middle(junk: bytes) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + junk + content[middle:])

    return put


@pytest.mark.parametrize(
    "damage", [_text, _cut, _empty, _put_in_middle(b'"'), _put_in_middle(b"\xff\xfe")]
)
@pytest.mark.parametrize("split", ["train", "val"])
def test_annotations_that_are_not_json(
    split: str, damage: Callable[[Path], None], fail: Fail, toy: Path
) -> None:
    path = toy / ANNOTATIONS.format(split=split)
    damage(path)
    error = fail("train.py", *_run_on(toy))
    assert f"error: {split}_dataloader.dataset.ann_file: {path} is not json" in error
    assert error.endswith("fetch or make it again")


def _to_jpeg(root: Path) -> None:
    """Make JPEGs of a dataset's PNGs."""
    for path in root.glob("leftImg8bit/*/*/*.png"):
        image = cv2.imread(str(path))
        assert image is not None
        cv2.imwrite(str(path.with_suffix(".jpg")), image)
        path.unlink()
    for path in root.glob("annotations/*.json"):
        path.write_text(path.read_text().replace(".png", ".jpg"))


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_truncated_image(ending: str, workers: int, fail: Fail, toy: Path) -> None:
    if ending == "jpg":
        _to_jpeg(toy)
    paths = [*toy.glob(f"leftImg8bit/train/*/*.{ending}")]
    assert paths
    for path in paths:
        _cut(path)
    error = fail("train.py", *_run_on(toy, workers=workers))
    messages = [f"error: the image {path} {DAMAGED}" for path in paths]
    assert error in messages


@pytest.mark.parametrize("workers", [0, 1])
def test_missing_image(workers: int, fail: Fail, toy: Path, checkpoint: Path) -> None:
    paths = [*toy.glob("leftImg8bit/val/*/*.png")]
    for path in paths:
        path.unlink()
    error = fail("test.py", *_run_on(toy, workers=workers), checkpoint, *RESULTS)
    assert any(f"No such file or directory: '{path}'" in error for path in paths)
    assert "check whether the file exists" in error


# The checkpoint


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "epoch_1.pth"
    backbone = HRNetBackbone("w18_small_v1").state_dict()
    weights = {f"backbone.{name}": weight for name, weight in backbone.items()}
    torch.save({"state_dict": weights, "meta": {}}, path)
    return path


def _no_checkpoint(path: Path) -> None:
    path.write_text("weights")


class _Code:
    """Makes a folder when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


def _with_code(path: Path) -> None:
    torch.save({"state_dict": {}, "meta": _Code()}, path)


def _bare_code(path: Path) -> None:
    path.write_bytes(pickle.dumps(_Code()))


BAD_CHECKPOINTS: dict[Callable[[Path], None], str] = {
    _cut: "bad.pth is truncated: its end is missing",
    _no_checkpoint: "the checkpoint bad.pth: it is not a PyTorch checkpoint",
    _with_code: f"the checkpoint bad.pth: it holds {os.name}.mkdir, which is not allowed",
    _bare_code: "the checkpoint bad.pth: it is truncated, damaged or not a PyTorch checkpoint",
}


@pytest.mark.parametrize("break_", BAD_CHECKPOINTS)
@pytest.mark.parametrize("tool", ["train.py", "test.py"])
def test_bad_checkpoint(
    tool: str, break_: Callable[[Path], None], fail: Fail, toy_scenes: Path, checkpoint: Path
) -> None:
    bad = Path(shutil.copyfile(checkpoint, "bad.pth"))
    break_(bad)
    before = bad.read_bytes()
    arguments = ["--resume", bad] if tool == "train.py" else [bad, *RESULTS]
    error = fail(tool, *_run_on(toy_scenes), *arguments)
    assert BAD_CHECKPOINTS[break_] in error
    assert re.search(r"[Gg]et the file again|Give a file of weights alone", error)
    assert not Path("ran").exists()
    assert bad.read_bytes() == before


def test_the_code_would_run_without_protection() -> None:
    _bare_code(Path("bad.pth"))
    pickle.loads(Path("bad.pth").read_bytes())
    assert Path("ran").is_dir()


@pytest.mark.parametrize("tool", ["train.py", "test.py"])
def test_missing_checkpoint(tool: str, fail: Fail, toy_scenes: Path) -> None:
    arguments = ["--resume", "no.pth"] if tool == "train.py" else ["no.pth", *RESULTS]
    error = fail(tool, *_run_on(toy_scenes), *arguments)
    assert error == "error: there is no checkpoint file no.pth; give the path of one"
    assert not Path("work").exists()


# The config


def test_unknown_arch(fail: Fail, toy_scenes: Path) -> None:
    error = fail("train.py", *_run_on(toy_scenes), "--cfg-options", "model.backbone.arch=w33")
    assert error.startswith("error: arch='w33': choose from ['w18_small_v1', ")


def test_unknown_type(fail: Fail, toy_scenes: Path) -> None:
    error = fail(
        "train.py", *_run_on(toy_scenes), "--cfg-options", "model.backbone.type=HRNetBackbon"
    )
    assert error.startswith("error: KeyError: HRNetBackbon is not in the mmpose::model registry")


def test_unknown_argument(fail: Fail, toy_scenes: Path) -> None:
    error = fail("train.py", *_run_on(toy_scenes), "--cfg-options", "model.backbone.archh=w32")
    assert error == "error: HRNetBackbone takes no argument 'archh'"
    error = fail("train.py", *_run_on(toy_scenes), "--cfg-options", "default_hooks.timer.loud=True")
    assert error.startswith("error: TypeError: IterTimerHook")
    assert "'loud'" in error
    assert "(while building the model and the runner; traceback in work/error_" in error


def test_nonsense_for_an_override(fail: Fail) -> None:
    error = fail("train.py", "any.py", "--cfg-options", "w33")
    assert error.endswith("error: argument --cfg-options: 'w33': write key=value")
    assert not Path("work_dirs").exists()


def test_missing_config(fail: Fail) -> None:
    error = fail("train.py", "no.py")
    assert "there is no config file no.py, nor a model of that name; the nearest names: " in error


def test_broken_config(fail: Fail) -> None:
    Path("broken.py").write_text("model = dict(")
    error = fail("train.py", "broken.py")
    assert error.startswith("error: cannot read the config broken.py: ")
    assert "'(' was never closed" in error
    assert not Path("work_dirs").exists()


PHASES = {
    "train_dataloader.dataset.data_mode=sideways": "while building train_dataloader.dataset",
    "val_dataloader.dataset.data_mode=sideways": "while building val_dataloader.dataset",
    "train_cfg.max_epochs=1.5": "while building train_dataloader and what runs on it",
    "val_evaluator.score_mode=none": "while building val_dataloader and what runs on it",
    "optim_wrapper.optimizer.lr=-1": "before the first iteration",
    "optim_wrapper.clip_grad.max_norm=far": "in iteration 1",
}


@pytest.mark.parametrize("option", PHASES)
def test_what_no_rule_foresaw_is_named_with_its_phase(
    option: str, fail: Fail, toy_scenes: Path
) -> None:
    error = fail("train.py", *_run_on(toy_scenes), "--cfg-options", option)
    assert re.match(rf"error: \w+: .+ \({PHASES[option]}; traceback in (work/\S+\.log)\)$", error)
    log = re.search(r"work/\S+\.log", error)
    assert log is not None
    assert "Traceback" in Path(log[0]).read_text()


# What does not fit


CHANNELS = "(16, 32, 64, 128)"
MISFITS = [
    ("seg", ["model.neck.in_channels=[18,36,72,144]"], ["HRNetV2 ", "(18, 36, 72, 144)", CHANNELS]),
    (
        "det",
        ["model.neck.in_channels=[18,36,72,144]"],
        ["HRNetV2p ", "(18, 36, 72, 144)", CHANNELS],
    ),
    (
        "cls",
        ["model.neck.0.in_channels=[18,36,72,144]"],
        ["HRNetClsNeck ", "(18, 36, 72, ", CHANNELS],
    ),
    ("seg", ["model.backbone.out_indices=[0,1]"], ["HRNetV2 ", CHANNELS, "(16, 32)"]),
    (
        "seg",
        ["model.decode_head.in_channels=270", "model.decode_head.channels=270"],
        ["model.decode_head.conv_seg", "270", "240"],
    ),
    ("seg", ["model.decode_head.in_channels=270"], ["FCNHead", "270", "240"]),
    ("det", ["model.rpn_head.in_channels=48"], ["model.rpn_head.rpn_conv", "48", "64"]),
    ("det", ["model.roi_head.bbox_head.in_channels=48"], ["shared_fcs.0", "2352", "3136"]),
    ("cls", ["model.head.in_channels=1024"], ["model.head.fc", "1024", "2048"]),
    ("pose", ["model.head.in_channels=18"], ["model.head.final_layer", "18", "16"]),
    (
        "seg",
        ["model.decode_head.num_classes=9", "model.decode_head.loss_decode.class_weight=None"],
        ["decode_head.num_classes=9", "10 classes"],
    ),
    ("det", ["model.roi_head.bbox_head.num_classes=7"], ["bbox_head.num_classes=7", "6 classes"]),
    ("cls", ["model.head.num_classes=5"], ["model.head.num_classes=5", "6 classes"]),
    ("pose", ["model.head.out_channels=16"], ["16 keypoints", "has 17"]),
]


@pytest.mark.parametrize(("task", "options", "shown"), MISFITS, ids=str)
def test_what_does_not_fit_is_shown_with_both_numbers(
    task: str, options: list[str], shown: list[str], fail: Fail, toy_scenes: Path
) -> None:
    error = fail("train.py", *_run_on(toy_scenes, task=task), "--cfg-options", *options)
    assert all(text in error for text in shown), error


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("split", ["train", "val"])
def test_label_that_no_class_has(
    split: str, workers: int, fail: Fail, toy: Path, checkpoint: Path
) -> None:
    paths = [*toy.glob(f"gtFine/{split}/*/*.png")]
    for path in paths:
        labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert labels is not None
        labels[100:104, 50:60] = 11
        cv2.imwrite(str(path), labels)
    arguments = _run_on(toy, task="seg", workers=workers)
    if split == "train":
        error = fail("train.py", *arguments)
    else:
        error = fail(
            "test.py", *arguments, checkpoint, *RESULTS[:4]
        )  # mmseg makes the folder for images at once
    file, _, text = error.removeprefix("error: ").partition(" has the label ")
    assert Path(file) in paths
    assert text.startswith("11, but there are 10 classes, 0 to 9: correct the file")


def test_class_that_no_annotation_has(fail: Fail, toy: Path) -> None:
    path = toy / "annotations/instances_train.json"
    path.write_text(path.read_text().replace('"name":"dog"', '"name":"cat"'))
    error = fail("train.py", *_run_on(toy, task="det"))
    assert error.startswith(f"error: {path} has no category 'dog', which metainfo.classes of")


# As a user starts it


@pytest.mark.slow
def test_exit_code_and_last_line(toy: Path) -> None:
    for path in toy.glob("leftImg8bit/train/*/*.png"):
        _cut(path)
    command = [sys.executable, TOOLS / "train.py", *_run_on(toy, workers=1)]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    last = result.stderr.rstrip().splitlines()[-1]
    assert last.startswith(f"error: the image {toy}/leftImg8bit/train/")
    assert "Traceback" not in result.stderr
    _check_nothing_half_written()
