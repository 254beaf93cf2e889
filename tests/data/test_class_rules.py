"""Names of classes."""

from pathlib import Path
from typing import Any

import pytest

from tests.data.broken import (
    CLS,
    DET,
    OCR,
    SEG,
    check_named,
    findings,
    with_options,
)

TRAIN, VAL, TEST = (f"{split}_dataloader.dataset" for split in ("train", "val", "test"))
THINGS = ("person", "car", "dog", "tree", "ball", "sign")


def all_splits(**options: Any) -> dict[str, Any]:
    """Set metainfo of all datasets."""
    return {f"{key}.metainfo": options for key in (TRAIN, VAL, TEST)}


NO_TUPLES: list[tuple[str, Any, list[str]]] = [
    (DET, ("ball"), ["metainfo.classes='ball'", "letters 'b', 'a'", "('ball',) with a comma"]),
    (SEG, "road", ["metainfo.classes='road'", "('road',)"]),
    (CLS, "cat", ["metainfo.classes='cat'", "('cat',)"]),
    (DET, "classes.txt", ["metainfo.classes: there is no file classes.txt"]),
    (DET, "lists/classes", ["there is no file lists/classes"]),
    (DET, 6, ["metainfo.classes=6", "a tuple of names"]),
    (DET, {"ball": 0}, ["metainfo.classes={'ball': 0}", "a tuple of names"]),
    (DET, (1, 2), ["metainfo.classes=(1, 2)", "as strings"]),
]


@pytest.mark.parametrize(("name", "classes", "shown"), NO_TUPLES)
@pytest.mark.parametrize("dataset", [TRAIN, VAL])
def test_classes_that_are_no_tuple_of_names(
    dataset: str, name: str, classes: Any, shown: list[str]
) -> None:
    check_named(name, {f"{dataset}.metainfo": dict(classes=classes)}, [dataset, *shown])


@pytest.mark.parametrize(("classes", "shown"), [("cat", "('cat',)"), (3, "a tuple of names")])
def test_classes_argument_of_mmpretrain(classes: Any, shown: str) -> None:
    check_named(CLS, {f"{TRAIN}.classes": classes}, [f"{TRAIN}.classes={classes!r}", shown])


def test_file_of_classes(tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    path.write_text("\n".join(THINGS) + "\n")
    given = {f"{key}.metainfo": dict(classes=str(path)) for key in (TRAIN, VAL, TEST)}
    assert not findings(with_options(DET, given))
    path.write_text("\n".join(reversed(THINGS)) + "\n")
    check_named(
        DET, {f"{TRAIN}.metainfo.classes": str(path)}, ["class 0 is 'sign'"], "train", "val"
    )


TWICE = ("ball", "car", "ball")


@pytest.mark.parametrize(("name", "is_error"), [(DET, True), (SEG, False), (CLS, False)])
def test_class_that_is_named_twice(name: str, is_error: bool) -> None:
    options = all_splits(classes=TWICE)
    found = findings(with_options(name, options))
    assert len(found) == 3
    assert all("metainfo.classes has ['ball'] more than once" in finding.text for finding in found)
    assert {finding.is_error for finding in found} == {is_error}


def test_blank_class() -> None:
    options = all_splits(classes=("ball", " "))
    assert {
        ("a name is blank" in f.text, f.is_error) for f in findings(with_options(DET, options))
    } == {(True, False)}


@pytest.mark.parametrize(("old", "new"), [("CLASSES", "classes"), ("PALETTE", "palette")])
@pytest.mark.parametrize("name", [DET, SEG])
def test_metainfo_in_capitals(name: str, old: str, new: str) -> None:
    cfg = with_options(name, {f"{TRAIN}.metainfo": {old: THINGS}})
    (text,) = [finding.text for finding in findings(cfg, "train")]
    assert text == f"{TRAIN}.metainfo.{old} is not read by {cfg.default_scope}: call it {new}"


PALETTES = [
    (SEG, 9, True),
    (SEG, 11, True),
    (SEG, 10, None),
    (SEG, 0, None),
    (DET, 5, False),
    (DET, 7, None),
]


@pytest.mark.parametrize(("name", "colours", "is_error"), PALETTES)
def test_palette_of_another_length(name: str, colours: int, is_error: bool | None) -> None:
    options = {f"{TRAIN}.metainfo.palette": [(0, 0, i) for i in range(colours)]}
    if is_error is None:
        assert not findings(with_options(name, options))
    else:
        shown = [f"{TRAIN}.metainfo.palette has {colours} colours for"]
        check_named(name, options, shown, is_error=is_error)


def test_own_classes_of_a_public_set() -> None:
    found = findings(with_options(OCR, all_splits(classes=("road", "puddle"))))
    assert len(found) == 3
    assert all("has no class 'puddle'" in finding.text for finding in found)
    assert all("type='BaseSegDataset'" in finding.text for finding in found)
    assert not findings(with_options(OCR, all_splits(classes=("road", "car"))))


SWAPPED = (*reversed(THINGS[:2]), *THINGS[2:])
OTHER = (*THINGS[:5], "lamp")


@pytest.mark.parametrize(("classes", "index"), [(SWAPPED, 0), (OTHER, 5)])
@pytest.mark.parametrize("dataset", [VAL, TEST])
@pytest.mark.parametrize("name", [DET, CLS])
def test_classes_of_testing_differ_from_those_of_training(
    name: str, dataset: str, classes: tuple[str, ...], index: int
) -> None:
    options = all_splits(classes=THINGS)
    assert not findings(with_options(name, options))
    options[f"{dataset}.metainfo"] = dict(classes=classes)
    (finding,) = findings(with_options(name, options))
    assert finding.is_error
    assert f"class {index} is {THINGS[index]!r} in {TRAIN}" in finding.text
    assert f"{classes[index]!r} in {dataset}" in finding.text


def test_order_differs_from_that_of_the_public_set() -> None:
    cfg = with_options(OCR, {})
    from mmseg.datasets import CityscapesDataset

    names = CityscapesDataset.METAINFO["classes"]
    cfg[VAL.partition(".")[0]].dataset.metainfo = dict(classes=names[::-1])
    (finding,) = findings(cfg, "train", "val")
    assert "class 0 is 'road' in" in finding.text
    assert "'bicycle' in val_dataloader.dataset" in finding.text


def test_classes_of_a_dataset_within_another() -> None:
    repeated = {
        "type": "RepeatDataset",
        "times": 2,
        "dataset": dict(type="CocoDataset", metainfo=dict(classes="ball")),
    }
    (finding,) = findings(with_options(DET, {TRAIN: repeated}), "train")
    assert finding.text.startswith(f"{TRAIN}.dataset.metainfo.classes='ball'")


def test_label_zero_is_left_out_in_training_only() -> None:
    shown = [f"{VAL}.reduce_zero_label=False", f"{TRAIN} has True"]
    check_named(SEG, {f"{TRAIN}.reduce_zero_label": True}, shown, "train", "val")
