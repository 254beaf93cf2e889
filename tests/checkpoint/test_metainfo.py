"""Names of classes and keypoints: only where two witnesses agree, and said where not."""

import inspect
from collections import defaultdict
from collections.abc import Hashable
from pathlib import Path
from types import ModuleType
from typing import Any

import mmdet.datasets
import mmpose
import mmpretrain.datasets
import mmseg.datasets
import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from torch import Tensor, nn

from hrnet_mm.checkpoint.commands import convert_file
from hrnet_mm.checkpoint.loading import fit
from hrnet_mm.checkpoint.metainfo import dataset_meta_of
from hrnet_mm.models import HRNetBackbone
from tests.checkpoint.models import TINY
from tests.checkpoint.official import OFFICIAL, official_file

Known = dict[int, dict[str, Hashable]]  # by number of outputs and dataset, what its outputs are


def keypoints() -> Known:
    known: Known = defaultdict(dict)
    for file in (Path(mmpose.__file__).parent / ".mim/configs/_base_/datasets").glob("*.py"):
        meta: Any = parse_pose_metainfo({"from_file": str(file)})
        names = tuple(meta["keypoint_id2name"][i] for i in range(meta["num_keypoints"]))
        known[len(names)][file.stem] = (names, tuple(meta["flip_indices"]))
    return known


def classes(datasets: ModuleType) -> Known:
    known: Known = defaultdict(dict)
    for name, cls in inspect.getmembers(datasets, inspect.isclass):
        meta = getattr(cls, "METAINFO", {})
        if isinstance(meta, dict) and meta.get("classes"):
            known[len(meta["classes"])][name] = tuple(meta["classes"])
    return known


LAYOUTS: dict[str, tuple[str, str, int, Any]] = {  # the head, outputs beside, what is installed
    "seg": ("official segmentation", "decode_head.conv_seg", 0, lambda: classes(mmseg.datasets)),
    "ocr": ("official OCR", "decode_head.1.conv_seg", 0, lambda: classes(mmseg.datasets)),
    "pose": ("official pose", "head.final_layer", 0, keypoints),
    "face": ("official landmarks", "head.final_layer", 0, keypoints),
    "det": (
        "official detection",
        "roi_head.bbox_head.fc_cls",
        1,
        lambda: classes(mmdet.datasets),
    ),
    "cls": ("official classification, timm", "head.fc", 0, lambda: classes(mmpretrain.datasets)),
}
TAKEN = {
    "seg": {19, 20, 59, 60, 150, 171},
    "ocr": {19, 20, 59, 60, 150, 171},
    "pose": set(),
    "face": {29, 98},
    "det": {80},
    "cls": {1000},
}


@pytest.mark.parametrize("task", LAYOUTS)
def test_no_number_that_datasets_share_is_taken_for_one_of_them(task: str) -> None:
    """Shared by those with other names or flip pairs, among all that the toolbox knows."""
    layout, head, beside, known = LAYOUTS[task]
    taken = set()
    for number, datasets in known().items():
        meta = dataset_meta_of(layout, {f"{head}.bias": torch.ones(number + beside)})
        if meta is not None:
            taken.add(number)
            assert len(set(datasets.values())) == 1, (number, datasets.keys())
            given = meta["classes"] if "classes" in meta else meta["keypoint_id2name"]
            assert len(given) == number
    assert taken == TAKEN[task]


def official(task: str, outputs: int, folder: Path) -> Path:
    weights, _ = official_file(OFFICIAL[task], arch=TINY, outputs=outputs)  # type: ignore
    path = folder / f"{task}_coco_cityscapes.pth"
    torch.save(weights, path)
    return path


UNKNOWN = [("pose", 17), ("pose", 16), ("pose", 98), ("face", 68), ("face", 17), ("seg", 21)]
UNKNOWN += [("det", 3), ("det", 20), ("cls", 10), ("cls", 200)]
KNOWN = [("seg", 19, "CityscapesDataset"), ("face", 98, "wflw"), ("cls", 1000, "ImageNet")]
KNOWN += [("det", 80, "CocoDataset")]


@pytest.mark.parametrize(("task", "outputs"), UNKNOWN)
def test_unknown_names_are_said_to_be(task: str, outputs: int, tmp_path: Path) -> None:
    path = official(task, outputs, tmp_path)
    loaded: Any = CheckpointLoader.load_checkpoint(str(path))
    assert "dataset_meta" not in loaded["meta"]
    report = convert_file(str(path), tmp_path / "ours.pth", to="hrnet_mm")
    (note,) = (note for note in report.notes if note.startswith("names of"))
    assert note.startswith(f"names of the {outputs} ")
    assert "unknown" in note
    assert "metainfo" in note
    meta = torch.load(tmp_path / "ours.pth", weights_only=True)["meta"]
    assert "dataset_meta" not in meta


@pytest.mark.parametrize(("task", "outputs", "name"), KNOWN)
def test_names_that_are_taken_are_said_to_be(
    task: str, outputs: int, name: str, tmp_path: Path
) -> None:
    path = official(task, outputs, tmp_path)
    report = convert_file(str(path), tmp_path / "ours.pth", to="hrnet_mm")
    assert any(f"names of the {outputs}" in note and name in note for note in report.notes)
    assert "dataset_meta" in torch.load(tmp_path / "ours.pth", weights_only=False)["meta"]


def test_names_in_the_file_are_kept(tmp_path: Path) -> None:
    weights, _ = official_file(OFFICIAL["pose"], arch=TINY, outputs=17)  # type: ignore
    content = {"model": weights, "meta": {"dataset_meta": {"dataset_name": "ap10k"}}}
    torch.save(content, tmp_path / "animals.pth")
    loaded: Any = CheckpointLoader.load_checkpoint(str(tmp_path / "animals.pth"))
    assert loaded["meta"]["dataset_meta"] == {"dataset_name": "ap10k"}
    report = convert_file(str(tmp_path / "animals.pth"), tmp_path / "ours.pth", to="hrnet_mm")
    assert not any(note.startswith("names") for note in report.notes)


class Pose(nn.Module):
    """A pose model."""

    def __init__(self, keypoints: int) -> None:
        super().__init__()
        self.backbone = HRNetBackbone(TINY, out_indices=(0,))
        self.head = nn.ModuleDict({"final_layer": nn.Conv2d(2, keypoints, 1)})


@pytest.mark.parametrize(
    ("model", "known", "noted"),
    [
        (Pose(17), False, True),
        (Pose(17), True, False),
        (Pose(4), False, False),
        (HRNetBackbone(TINY, out_indices=(0,)), False, False),
    ],
    ids=["whole", "named", "other keypoints", "backbone"],
)
def test_a_report_of_loading_notes_unknown_names(
    model: nn.Module, known: bool, noted: bool
) -> None:
    weights: dict[str, Tensor]
    weights, _ = official_file(OFFICIAL["pose"], arch=TINY, outputs=17)  # type: ignore
    meta: dict[str, Any] = {"dataset_meta": {}} if known else {}
    _, report = fit(model, {"state_dict": weights, "meta": meta})
    assert ("names of the 17 keypoints: unknown" in report.text()) is noted
