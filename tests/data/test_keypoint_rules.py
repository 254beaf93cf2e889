"""Descriptions of keypoints."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mmpose
import pytest

from tests.data.broken import DET, POSE, check_named, findings, with_options

TRAIN, VAL, TEST = (f"{split}_dataloader.dataset" for split in ("train", "val", "test"))
SHIPPED = Path(mmpose.__file__ or "").parent / ".mim/configs/_base_/datasets"
FILES = sorted(path.name for path in SHIPPED.glob("*.py"))
ONE_SIDED = "deepfashion2.py"  # vest_kpt9 swaps with vest_kpt13, which swaps with none


def description() -> dict[str, Any]:
    """Three keypoints of a fish, two of them swapped by flipping."""
    return dict(
        dataset_name="fish",
        keypoint_info={
            0: dict(name="mouth", id=0, color=[0, 0, 0], swap=""),
            1: dict(name="left_fin", id=1, color=[0, 0, 0], swap="right_fin"),
            2: dict(name="right_fin", id=2, color=[0, 0, 0], swap="left_fin"),
        },
        skeleton_info={0: dict(link=("mouth", "left_fin"), id=0, color=[0, 0, 0])},
        joint_weights=[1.0, 1.0, 1.0],
        sigmas=[0.05, 0.05, 0.05],
    )


def from_one(info: dict[str, Any]) -> None:
    info["keypoint_info"] = {i + 1: point for i, point in info["keypoint_info"].items()}


def with_a_gap(info: dict[str, Any]) -> None:
    info["keypoint_info"][3] = info["keypoint_info"].pop(2)


def in_another_order(info: dict[str, Any]) -> None:
    info["keypoint_info"] = dict(reversed(info["keypoint_info"].items()))


def by_text(info: dict[str, Any]) -> None:
    info["keypoint_info"] = {str(i): point for i, point in info["keypoint_info"].items()}


def set_(*keys: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    """Change one value of the description."""

    def change(info: dict[str, Any]) -> None:
        *parents, last = keys
        for key in parents:
            info = info[key]
        info[last] = to

    return change


def without(part: str) -> Callable[[dict[str, Any]], None]:
    return lambda info: info.pop(part) and None


POINTS = "keypoint_info"
FAULTS: list[tuple[Callable[[dict[str, Any]], None], str, bool]] = [
    (set_(POINTS, 1, "swap", to=""), "right_fin has swap='left_fin', but left_fin has", True),
    (set_(POINTS, 0, "swap", to="tail"), "mouth has swap='tail', which is no keypoint", True),
    (set_(POINTS, 0, "swap", to="Mouth"), "choose from ['mouth', 'left_fin', 'right_fin']", True),
    (from_one, "have 1 in place of 0: number the 3 keypoints from 0 to 2", True),
    (with_a_gap, "have 3 in place of 2", True),
    (in_another_order, "have 2 in place of 0", True),
    (by_text, "have '0' in place of 0", True),
    (set_(POINTS, 1, "id", to=2), "keypoint 1 of keypoint_info has id=2", False),
    (set_(POINTS, 1, "name", to="mouth"), "['mouth'] more than once", True),
    (set_(POINTS, 1, "name", to=""), "keypoint 1 of keypoint_info has no name", True),
    (set_(POINTS, 1, to="left_fin"), "keypoint 1 of keypoint_info has no name", True),
    (set_(POINTS, to={}), "keypoint_info has to be a dict of keypoints", True),
    (set_(POINTS, to=["mouth"]), "keypoint_info has to be a dict of keypoints", True),
    (set_("sigmas", to=[0.05, 0.05]), "sigmas has 2 numbers for 3 keypoints", True),
    (set_("sigmas", to=[0.05] * 4), "sigmas has 4 numbers for 3 keypoints", True),
    (set_("sigmas", to=[0.05, 0.0, 0.05]), "sigmas has numbers that are not above 0", True),
    (set_("joint_weights", to=[1.0] * 2), "joint_weights has 2 numbers for 3 keypoints", False),
    (set_("skeleton_info", 0, "link", to=("mouth", "tail")), "'tail' is no keypoint", True),
    (set_("skeleton_info", 0, to=dict(id=0)), "skeleton_info.0 has no link, the names", True),
    (set_("skeleton_info", 0, "link", to=("mouth",)), "it has to join two keypoints", True),
    (set_(POINTS, 1, "swap", to="rigth_fin"), "left_fin has swap='rigth_fin', which is", True),
    (set_("sigmas", to=[0.05, "0.05", 0.05]), "sigmas has '0.05': give a number", True),
    (set_("joint_weights", to=[1.0, None, 1.0]), "joint_weights has None: give a number", True),
    (set_(POINTS, 1, "color", to="red"), "keypoint_info.1.color='red': give three numbers", True),
    (set_(POINTS, 1, "color", to=[0, 255]), "keypoint_info.1.color=[0, 255]: give three", True),
    (set_("skeleton_info", 0, "color", to="red"), "skeleton_info.0.color='red': give", True),
    (set_("sigmas", to=0.05), "sigmas=0.05: give a list of 3 numbers", True),
    (without("sigmas"), "has no sigmas, which mmpose needs", True),
    (without("skeleton_info"), "has no skeleton_info, which mmpose needs", True),
    (without("dataset_name"), "has no dataset_name, which mmpose needs", True),
]


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize(("break_", "shown", "is_error"), FAULTS)
def test_fault_of_a_description(
    break_: Callable[[dict[str, Any]], None],
    shown: str,
    is_error: bool,
    in_file: bool,
    tmp_path: Path,
) -> None:
    info = description()
    break_(info)
    source = f"{TRAIN}.metainfo"
    metainfo: dict[str, Any] = info
    if in_file:
        source = str(tmp_path / "fish.py")
        Path(source).write_text(f"dataset_info = {info!r}\n")
        metainfo = dict(from_file=source)
    (finding,) = findings(with_options(POSE, {f"{TRAIN}.metainfo": metainfo}), "train")
    assert finding.text.startswith(source)
    assert shown in finding.text
    assert finding.is_error == is_error


def test_swaps_in_a_circle() -> None:
    info = description()
    for i, other in enumerate(("left_fin", "right_fin", "mouth")):
        info[POINTS][i]["swap"] = other
    found = findings(with_options(POSE, {f"{TRAIN}.metainfo": info}), "train")
    assert len(found) == 3
    assert all(finding.is_error for finding in found)


def test_all_faults_of_a_description_are_found() -> None:
    info: dict[str, Any] = description() | dict(sigmas=[0.05], joint_weights=[1.0])
    info[POINTS][0]["swap"] = "tail"
    assert len(findings(with_options(POSE, {f"{TRAIN}.metainfo": info}), "train")) == 3


def test_joint_weights_that_are_used() -> None:
    options = {
        f"{TRAIN}.metainfo": description() | dict(joint_weights=[1.0]),
        f"{TRAIN}.pipeline.5.use_dataset_keypoint_weights": True,
    }
    (finding,) = findings(with_options(POSE, options), "train")
    assert finding.is_error


@pytest.mark.parametrize("name", FILES)
def test_description_that_mmpose_ships(name: str) -> None:
    found = findings(with_options(POSE, {f"{TRAIN}.metainfo": dict(from_file=name)}), "train")
    assert not any(finding.is_error for finding in found)
    assert len(found) == (name == ONE_SIDED)


def test_copy_of_a_faulty_one_can_be_fixed(tmp_path: Path) -> None:
    copied = tmp_path / "mine.py"
    copied.write_bytes((SHIPPED / ONE_SIDED).read_bytes())
    options = {f"{TRAIN}.metainfo": dict(from_file=str(copied))}
    (finding,) = findings(with_options(POSE, options), "train")
    assert finding.is_error
    assert "vest_kpt9 has swap='vest_kpt13', but vest_kpt13 has swap=''" in finding.text


FILE_FAULTS = {
    "info = dict()\n": "has no dict dataset_info",
    "dataset_info = 'fish'\n": "has no dict dataset_info",
    "dataset_info = dict(\n": "cannot read",
    "dataset_info = dict(sigmas=sigma)\n": "cannot read",
}


@pytest.mark.parametrize("content", FILE_FAULTS)
def test_file_that_describes_nothing(content: str, tmp_path: Path) -> None:
    path = tmp_path / "fish.py"
    path.write_text(content)
    options = {f"{TRAIN}.metainfo": dict(from_file=str(path))}
    shown = [f"{TRAIN}.metainfo.from_file", str(path), FILE_FAULTS[content]]
    check_named(POSE, options, shown, "train")


def test_missing_file() -> None:
    options = {f"{VAL}.metainfo": dict(from_file="configs/fish.py")}
    shown = [f"{VAL}.metainfo.from_file='configs/fish.py': there is no such file", str(SHIPPED)]
    check_named(POSE, options, shown, "val")


def test_description_of_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmpose.datasets import CocoDataset

    info = description()
    info[POINTS][1]["swap"] = ""
    monkeypatch.setattr(CocoDataset, "METAINFO", info)
    (finding,) = findings(with_options(POSE, {}), "train")
    assert finding.text.startswith(f"{TRAIN}.metainfo: right_fin has swap='left_fin'")


def test_no_sigmas_for_the_metric_of_coco() -> None:
    info = description() | dict(sigmas=[])
    options = {f"{key}.metainfo": copy.deepcopy(info) for key in (TRAIN, VAL, TEST)}
    check_named(POSE, options, [f"{VAL}.metainfo has no sigmas", "val_evaluator"], "train", "val")
    options["val_evaluator"] = dict(type="NME", norm_mode="keypoint_distance")
    assert not findings(with_options(POSE, options), "train", "val")


def test_keypoints_of_testing_differ_from_those_of_training() -> None:
    options = {f"{key}.metainfo": description() for key in (TRAIN, VAL)}
    assert not findings(with_options(POSE, options), "train", "val")
    points = options[f"{VAL}.metainfo"][POINTS]
    points[1], points[2] = points[2], points[1]
    (finding,) = [f for f in findings(with_options(POSE, options), "train", "val") if f.is_error]
    assert "3 keypoints, mouth to right_fin, but val_dataloader.dataset" in finding.text
    assert "mouth to left_fin" in finding.text


def test_keypoints_of_testing_may_have_other_names() -> None:
    options = {f"{key}.metainfo": description() for key in (TRAIN, VAL)}
    options[f"{VAL}.metainfo"][POINTS][0]["name"] = "snout"
    options[f"{VAL}.metainfo"]["skeleton_info"] = {}
    check_named(POSE, options, ["snout to right_fin"], "train", "val", is_error=False)


def test_keypoints_that_are_converted_may_differ() -> None:
    converted = dict(type="KeypointConverter", num_keypoints=17, mapping=[])
    cfg = with_options(POSE, {f"{TRAIN}.metainfo": description()})
    cfg.train_dataloader.dataset.pipeline.insert(0, converted)
    assert not findings(cfg, "train", "val")
    combined = dict(type="CombinedDataset", datasets=[cfg.train_dataloader.dataset])
    cfg.train_dataloader.dataset = combined
    assert not findings(cfg, "train", "val")


def test_other_toolboxes_have_no_keypoints() -> None:
    options = {f"{TRAIN}.metainfo": dict(from_file="fish.py")}
    assert not findings(with_options(DET, options), "train")
