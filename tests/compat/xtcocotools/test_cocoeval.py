"""Figures of the stand-in are those of xtcocotools, which differ from pycocotools' on purpose."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.cocoeval import COCOeval as StockCOCOeval

from hrnet_mm.compat.xtcocotools.coco import COCO
from hrnet_mm.compat.xtcocotools.cocoeval import COCOeval
from tests.compat.xtcocotools import random_poses, reference
from tests.compat.xtcocotools.reference import FIELDS, SEEDS, Case
from tests.isolated import run_python

STAND_IN = "hrnet_mm.compat.xtcocotools"
AP, AP_MEDIUM, AP_LARGE, AR = 0, 3, 4, 5  # in stats


# The same figures, to 1e-12


@pytest.mark.filterwarnings("ignore:detections without")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("iou_type", FIELDS)
def test_figures_of_random_poses(iou_type: str, seed: int) -> None:
    _assert_equal(f"{iou_type}_{seed}", reference.random_case(iou_type, seed))


@pytest.mark.filterwarnings("ignore:detections without")
def test_figures_of_coco(coco_tiny: Path) -> None:
    _assert_equal("coco_tiny", reference.coco_case(coco_tiny / "test_coco.json"))


def _assert_equal(name: str, case: Case) -> None:
    values = reference.evaluate(case, package=STAND_IN)
    with np.load(reference.FILE) as expected:
        for quantity, value in values.items():
            _assert_close(value, expected[f"{name}/{quantity}"], what=quantity)
        assert 0 < expected[f"{name}/stats"][AP] < 1


def _assert_close(value: np.ndarray, expected: np.ndarray, *, what: str) -> None:
    assert value.shape == expected.shape, what
    if value.dtype.kind == "U":  # the printed table
        assert (value == expected).all(), what
    else:
        np.testing.assert_allclose(value, expected, rtol=0, atol=1e-12, err_msg=what)


@pytest.mark.slow
def test_figures_are_those_of_the_installed_xtcocotools(coco_tiny: Path, tmp_path: Path) -> None:
    """In a process that does not import hrnet_mm."""
    if run_python("-c", "import xtcocotools.cocoeval").returncode != 0:
        pytest.skip("needs an xtcocotools that imports")
    arguments = [str(coco_tiny / "test_coco.json"), str(tmp_path)]
    done = run_python("-m", reference.__name__, *arguments)
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / reference.FILE.name) as live, np.load(reference.FILE) as kept:
        assert live.keys() == kept.keys()
        for name in kept:
            _assert_close(live[name], kept[name], what=name)


# Each difference


def _person(**changes: Any) -> dict[str, Any]:
    """An annotation with 17 visible points in a box of 100×100: large by its area."""
    points = [value for i in range(17) for value in (50 + i, 60 + 2 * i, 2)]
    return {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "bbox": [0, 0, 100, 100],
        "area": 10000,
        "iscrowd": 0,
        "num_keypoints": 17,
        "keypoints": points,
        **changes,
    }


def _found(person: dict[str, Any], *, shift: float = 0, **changes: Any) -> dict[str, Any]:
    """A detection at the points of a person, shifted by so many pixels."""
    fields = ("image_id", "category_id", "bbox")
    keypoints = [x + shift * (i % 3 == 0) for i, x in enumerate(person["keypoints"])]
    found = {name: person[name] for name in fields}
    return found | {"keypoints": keypoints, "score": 0.5} | changes


def _stats(people: list[Any], found: list[Any], *options: Any, **more: Any) -> np.ndarray:
    evaluation = _evaluation(people, found, *options, **more)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats


def _evaluation(
    people: list[dict[str, Any]],
    found: list[dict[str, Any]],
    *options: Any,
    evaluation: Callable = COCOeval,
    num_images: int = 1,
) -> Any:
    content = {
        "images": [{"id": i + 1, "crowdIndex": i / 10} for i in range(num_images)],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": people,
    }
    coco = COCO(ann_data=content)
    return evaluation(coco, coco.loadRes(found), *(options or ("keypoints",)))


def test_an_annotation_may_have_the_id_0() -> None:
    people = [_person(id=index, image_id=index + 1) for index in range(3)]
    found = [_found(person) for person in people]
    assert _stats(people, found, num_images=3)[[AP, AR]] == pytest.approx(1)
    stock = _stats(people, found, evaluation=StockCOCOeval, num_images=3)
    assert stock[AR] == pytest.approx(2 / 3)


def test_unmatched_is_minus_1() -> None:
    people = [_person(id=0), _person(id=7, bbox=[500, 0, 100, 100], keypoints=17 * [900, 9, 2])]
    evaluation = _evaluation(people, [_found(people[0]), _found(people[0], shift=300, score=0.1)])
    evaluation.evaluate()
    result = evaluation.evalImgs[0]
    assert result["dtMatches"].tolist() == 10 * [[0, -1]]
    assert result["gtMatches"].tolist() == 10 * [[1, -1]]
    assert (result["gtIds"], result["dtIds"]) == ([0, 7], [1, 2])


def test_detections_without_any_score_of_a_point_are_dropped() -> None:
    person = _person()
    nothing = [x * (i % 3 != 2) for i, x in enumerate(person["keypoints"])]
    found = [_found(person, keypoints=nothing, score=0.9), _found(person)]
    assert _stats([person], found)[AP] == pytest.approx(1)
    assert _stats([person], found, evaluation=StockCOCOeval)[AP] == pytest.approx(1)  # matched
    assert _stats([person], found[:1])[AR] == 0


@pytest.mark.parametrize(
    ("iou_type", "visibility", "num_keypoints", "is_ignored"),
    [
        ("keypoints", 1, 0, False),
        ("keypoints", 0, 17, True),
        ("keypoints_body", 0, 17, True),
        ("keypoints_crowd", 1, 0, True),
        ("keypoints_crowd", 0, 17, False),
    ],
)
def test_an_annotation_is_ignored_if_none_of_its_points_is_visible(
    iou_type: str, visibility: int, num_keypoints: int, is_ignored: bool
) -> None:
    person = _person(num_keypoints=num_keypoints, keypoints=17 * [50, 60, visibility])
    evaluation = _evaluation([person], [_found(_person())], iou_type)
    evaluation.evaluate()
    assert evaluation.evalImgs[0]["gtIgnore"].tolist() == [int(is_ignored)]


def test_only_crowds_are_ignored_beside() -> None:
    for changes, ignored in (({"iscrowd": 1, "ignore": 0}, 1), ({"iscrowd": 0, "ignore": 1}, 0)):
        evaluation = _evaluation([_person(**changes)], [_found(_person())])
        evaluation.evaluate()
        assert evaluation.evalImgs[0]["gtIgnore"].tolist() == [ignored]


@pytest.mark.parametrize("use_area", [True, False])
def test_without_area_it_is_a_part_of_the_box(use_area: bool) -> None:
    """5300 of 100×100 pixels: medium, and with a lower OKS than 10000 give."""
    person = _person()
    if use_area:
        del person["area"]
    found = [_found(person, shift=8, bbox=[0, 0, 70, 70])]
    stats = _stats([person], found, "keypoints", None, use_area)
    with_area = _stats([_person()], [_found(person, shift=8)])
    explicit = _stats([_person(area=5300)], found)
    assert stats.tolist() == explicit.tolist()
    assert (stats[AP_LARGE], with_area[AP_MEDIUM]) == (-1, -1)
    assert 0 < stats[AP_MEDIUM] < with_area[AP_LARGE]


def test_no_results_score_0() -> None:
    assert _stats([_person()], [])[[AP, AP_MEDIUM, AR]].tolist() == [0, -1, 0]


@pytest.mark.parametrize(
    ("iou_type", "score_key"),
    [
        ("keypoints", "score"),
        ("keypoints_body", "score"),
        ("keypoints_crowd", "score"),
        ("keypoints_foot", "foot_score"),
        ("keypoints_face", "face_score"),
        ("keypoints_lefthand", "lefthand_score"),
        ("keypoints_righthand", "righthand_score"),
        ("keypoints_wholebody", "wholebody_score"),
    ],
)
def test_scores_that_rank(iou_type: str, score_key: str) -> None:
    """Of the own one and ``score`` only one is high for the good detection."""
    person = random_poses.annotations(0)["annotations"][0] | {"iscrowd": 0, "num_keypoints": 1}
    person |= {field: num * [50, 60, 2] for field, num in random_poses.PARTS.items()}
    person["image_id"] = 1
    good = {name: person[name] for name in ("image_id", "category_id", "bbox", *random_poses.PARTS)}
    bad = good | {field: num * [900, 900, 1] for field, num in random_poses.PARTS.items()}
    scores = {"score": 0.2, **dict.fromkeys(random_poses.OWN_SCORES, 0.2)}
    good, bad = good | scores | {score_key: 0.9}, bad | scores | {score_key: 0.5}
    sigmas = reference.sigmas_of(iou_type)
    person["category_id"] = good["category_id"] = bad["category_id"] = 1
    evaluation = _evaluation([person], [bad, good], iou_type, sigmas)
    evaluation.evaluate()
    assert evaluation.score_key == score_key
    assert evaluation.evalImgs[0]["dtScores"] == [0.9, 0.5]
    assert evaluation.evalImgs[0]["dtMatches"][0].tolist() == [person["id"], -1]


def test_a_missing_score_of_a_part_is_that_of_the_whole_and_told() -> None:
    person = _person(foot_kpts=[5, 5, 2])
    found = _found(person, foot_kpts=[5, 5, 1])
    evaluation = _evaluation([person], [found], "keypoints_foot", np.array([0.1]))
    with pytest.warns(UserWarning, match="without 'foot_score' have 'score'"):
        evaluation.evaluate()
    assert evaluation.evalImgs[0]["dtScores"] == [0.5]


def test_sigmas_widen_what_is_similar() -> None:
    person = _person()
    found = [_found(person, shift=20)]
    narrow, wide = (_stats([person], found, "keypoints", np.full(17, s))[AP] for s in (0.05, 0.5))
    assert (narrow, wide) == (0, pytest.approx(1))
    stock = _evaluation([person], found, evaluation=StockCOCOeval)
    assert (_evaluation([person], found).sigmas == stock.params.kpt_oks_sigmas).all()


def test_precision_by_crowding() -> None:
    """Of images with a crowdIndex of 0, 0.1, …, 0.9 those from 0.2 and from 0.8 are harder."""
    people = [_person(id=index, image_id=index + 1) for index in range(10)]
    found = [_found(person, shift=90 * (person["id"] > 5)) for person in people]
    stats = _stats(people, found, "keypoints_crowd", num_images=10)
    assert stats[3] == pytest.approx(0.6)  # recall
    assert stats[-3:].tolist() == [1, pytest.approx(67 / 101, abs=1e-4), 0]


# What is printed and refused


def test_says_which_keypoints_it_evaluates(capsys: pytest.CaptureFixture[str]) -> None:
    _stats([_person()], [_found(_person())], "keypoints_body")
    lines = capsys.readouterr().out.splitlines()
    assert "Evaluate annotation type *keypoints_body*" in lines
    row = " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets= 20 ] =  1.000"
    assert row in lines
    assert len([line for line in lines if line.startswith(" Average")]) == 10


@pytest.mark.parametrize("iou_type", ["bbox", "segm", "keypoints_head", ""])
def test_other_types_are_refused_by_name(iou_type: str) -> None:
    with pytest.raises(ValueError, match=f"iouType '{iou_type}' is not served.*keypoints_crowd"):
        _evaluation([_person()], [], iou_type)


@pytest.mark.parametrize("option", ["useCats", "useSegm"])
def test_options_of_boxes_and_masks_are_refused_by_name(option: str) -> None:
    evaluation = _evaluation([_person()], [])
    setattr(evaluation.params, option, 0)
    with pytest.raises(ValueError, match=f"{option}=0"):
        evaluation.evaluate()


def test_the_order_of_calls() -> None:
    with pytest.raises(RuntimeError, match=r"run accumulate\(\) first"):
        _evaluation([_person()], []).summarize()
