"""Each fault of a dataset is found, named with file and value; a training does not start on it."""

from pathlib import Path
from typing import Any

import cv2
import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.model import BaseModel
from mmengine.registry import MODELS
from mmengine.runner import Runner
from torch import nn, ones

from hrnet_mm.data.loaded_annotations import wrong_annotations
from hrnet_mm.errors import UserError
from hrnet_mm.launch.checking_data import report_on_data
from hrnet_mm.launch.command_line import RunOptions
from hrnet_mm.launch.training import train
from tests.launch.faults import FAULTS, TASKS, with_label
from tests.launch.small_data import (
    CLASSES,
    Break,
    copied,
    labels,
    turned,
    value,
    write_data,
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runner, "_log_env", lambda *_: None)


def broken(name: str, root: Path) -> Config:
    fault = FAULTS[name]
    cfg = write_data(fault.task, root)
    fault.make(root, cfg)
    return cfg


def check(cfg: Config, root: Path, **options: Any) -> bool:
    options = dict(split=None, is_strict=False) | options
    return report_on_data(cfg, out_dir=root / "out", **options)


@pytest.mark.parametrize("task", TASKS)
def test_clean_data(task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(write_data(task, tmp_path), tmp_path, is_strict=True)
    assert "no fault in train (6 samples), val (4 samples)" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not check(broken(name, tmp_path), tmp_path)
    out = capsys.readouterr().out
    assert [text for text in FAULTS[name].shown if text not in out] == []
    assert "\nfault: " in out


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 40


@MODELS.register_module()
class Watcher(BaseModel):
    """A model that counts its iterations, with a head for classification or without one."""

    iterations = 0

    def __init__(self, num_classes: int | None) -> None:
        super().__init__()
        self.head = nn.Identity()
        self.head.num_classes = num_classes  # pyright: ignore[reportArgumentType]
        self.weight = nn.Parameter(ones(()))

    def forward(self, inputs: Any, data_samples: Any = None, mode: str = "tensor") -> Any:
        if mode == "loss":
            Watcher.iterations += 1
            return {"loss": self.weight * 0}
        return data_samples


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_training_works_or_does_not_start(name: str, tmp_path: Path) -> None:
    cfg = broken(name, tmp_path)
    cfg.update(
        model=dict(
            type="mmengine.Watcher",
            num_classes=len(CLASSES) if FAULTS[name].task == "cls" else None,
        ),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1)),
        val_cfg=dict(),
        val_evaluator=dict(type="mmengine.DumpResults", out_file_path=str(tmp_path / "x.pkl")),
        default_hooks=dict(checkpoint=None, logger=None),
        custom_hooks=[dict(type="hrnet_mm.ConsistencyHook")],
        custom_imports=dict(imports=["hrnet_mm"]),
        experiment_name=f"{tmp_path.name}_{name}",
        log_level="ERROR",
    )
    cfg.dump(tmp_path / "cfg.py")
    Watcher.iterations = 0
    options = RunOptions(config=str(tmp_path / "cfg.py"))
    if FAULTS[name].trains:
        train(options, resume=None, amp=False, auto_scale_lr=False)
        assert Watcher.iterations > 0
        return
    with pytest.raises((UserError, FileNotFoundError)) as error:
        train(options, resume=None, amp=False, auto_scale_lr=False)
    assert Watcher.iterations == 0
    message = str(error.value)
    assert len(message.splitlines()) <= 4  # a line for each fault of the two splits
    assert any(text and text in message for text in FAULTS[name].shown), message


# The sheet and the options


def test_the_worst_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = broken("truncated image, det", tmp_path)
    value("annotations", "bbox", [50, 6, 40, 16], index=2)(tmp_path, cfg)
    assert not check(cfg, tmp_path)
    sheet = cv2.imread(str(tmp_path / "out/check_data.png"))
    assert sheet is not None
    assert f"written: {tmp_path}/out/check_data.png: 2 images" in capsys.readouterr().out
    assert (sheet == (0, 0, 255)).all(-1).sum() > 100  # the box
    assert (sheet == 127).all(-1).sum() > 10_000  # what cannot be read


def test_warnings_count_when_strict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = write_data("det", tmp_path)
    value("annotations", "iscrowd", 1, index=3)(tmp_path, cfg)
    assert check(cfg, tmp_path)
    assert "warning: " in capsys.readouterr().out
    assert not check(cfg, tmp_path, is_strict=True)


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda root, _: turned(root / "train/1.png", 3), "train/1.png: EXIF orientation 3"),
        (copied("train/1.png", "train/2.png"), "in more than one file"),
    ],
)
def test_what_may_be_intended(
    make: Break, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cfg = write_data("pose", tmp_path)
    make(tmp_path, cfg)
    assert check(cfg, tmp_path)
    assert shown in capsys.readouterr().out
    assert not check(cfg, tmp_path, is_strict=True)


def test_boxes_of_other_formats(tmp_path: Path) -> None:
    """Such as VOC's, which mmdet reads from XML."""

    class Listed(BaseDataset):
        def load_data_list(self) -> list[Any]:
            boxes = ([1, 2, 1, 9], [1, 2, 8, 9], [70, 2, 80, 9], [50, 2, 70, 9])
            return [
                dict(img_path=f"{i}.png", width=64, height=48, instances=[dict(bbox=box)])
                for i, box in enumerate(boxes)
            ]

    (finding,) = wrong_annotations(Listed())
    assert "0.png: the box 1, 2, 1, 9" in finding.text
    assert finding.count == 3
    assert [place.value for place in finding.places] == [
        "box 1, 2, 1, 9 has no area",
        "box 70, 2, 80, 9 has no part in the image",
        "box 50, 2, 70, 9 has a part outside of the image",
    ]


def test_images_that_a_wrapper_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As mmpose's CombinedDataset does."""
    cfg = broken("truncated image, pose", tmp_path)
    part = cfg.train_dataloader.dataset
    pipeline, part.pipeline = part.pipeline, []
    cfg.train_dataloader.dataset = dict(
        type="CombinedDataset", metainfo=part.metainfo, datasets=[part], pipeline=pipeline
    )
    assert not check(cfg, tmp_path, split="train")
    assert "train/1.png: is truncated" in capsys.readouterr().out


def test_one_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = broken("truncated image, seg", tmp_path)
    assert check(cfg, tmp_path, split="val")
    assert "no fault in val (4 samples)" in capsys.readouterr().out
    assert not check(cfg, tmp_path, split="train")
    with pytest.raises(UserError, match="no test_dataloader"):
        check(cfg, tmp_path, split="test")


def test_a_count_and_the_first_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cfg = write_data("seg", tmp_path)
    labels(with_label(9), "train_labels/*.png")(tmp_path, cfg)
    assert not check(cfg, tmp_path)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "label map " in line][:1]
    assert row.split()[:4] == ["fault", "label", "map", "6"]
