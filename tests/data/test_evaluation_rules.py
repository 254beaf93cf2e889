"""Metrics that do not fit the model, the checkpoint hook or the data."""

from typing import Any

import pytest

from tests.data.broken import CLS, DET, IMAGENET, SEG, check_named, findings, with_options

TOPK: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"model.head.num_classes": 3, "val_evaluator.topk": (1, 5)},
        ["val_evaluator.topk=(1, 5)", "3 classes (model.head.num_classes)", "topk=(1,)"],
    ),
    ({"test_evaluator.topk": (1, 5, 10)}, ["test_evaluator.topk=(1, 5, 10)", "topk=(1, 5)"]),
    ({"val_evaluator.topk": 7}, ["val_evaluator.topk=7", "topk=(1,)"]),
    ({"val_evaluator": [dict(type="Accuracy", topk=[1, 7])]}, ["val_evaluator.0.topk=[1, 7]"]),
    ({"model.head.topk": (1, 10), "model.head.cal_acc": True}, ["model.head.topk=(1, 10)"]),
]


@pytest.mark.parametrize(("options", "shown"), TOPK)
def test_best_of_more_classes_than_there_are(options: dict[str, Any], shown: list[str]) -> None:
    check_named(CLS, options, shown)


def test_topk_that_is_not_used_may_be_anything() -> None:
    assert not findings(with_options(CLS, {"model.head.topk": (1, 10)}))


BEST = "default_hooks.checkpoint.save_best"


@pytest.mark.parametrize(
    ("name", "best", "evaluator", "shown"),
    [
        (CLS, "mIoU", dict(type="Accuracy"), "accuracy/..."),
        (CLS, "accuracy/top5", dict(type="Accuracy"), "accuracy/top1"),
        (DET, "bbox_mAP", dict(type="CocoMetric"), "coco/..."),
        (DET, "coco/bbox_mAP", dict(type="VOCMetric"), "pascal_voc/..."),
        (SEG, "coco/AP", dict(type="IoUMetric"), "names without /"),
        (SEG, "mIoU", dict(type="IoUMetric", prefix="val"), "val/..."),
        (DET, ["coco/bbox_mAP", "AP"], dict(type="CocoMetric"), "save_best='AP'"),
    ],
)
def test_best_checkpoint_by_a_metric_that_is_not_given(
    name: str, best: Any, evaluator: dict[str, Any], shown: str
) -> None:
    options = {BEST: best, "val_evaluator": evaluator}
    check_named(name, options, [BEST, shown], "train", "val")


@pytest.mark.parametrize(
    ("name", "best", "evaluator"),
    [
        (DET, "auto", dict(type="CocoMetric")),
        (DET, "coco/bbox_mAP", dict(type="CocoMetric")),
        (DET, "mine/bbox_mAP", dict(type="CocoMetric", prefix="mine")),
        (DET, "anything", dict(type="MultiDatasetEvaluator", metrics=[dict(type="CocoMetric")])),
        (DET, "anything", dict(type="NotRegistered")),
        (SEG, "mIoU", [dict(type="IoUMetric")]),
        (SEG, "mIoU", dict(metrics=[dict(type="IoUMetric")])),
        (IMAGENET, "accuracy/top5", dict(type="Accuracy", topk=(1, 5))),
    ],
)
def test_best_checkpoint_by_a_metric_that_may_be_given(
    name: str, best: str, evaluator: Any
) -> None:
    assert not findings(
        with_options(name, {BEST: best, "val_evaluator": evaluator}), "train", "val"
    )


def test_metric_that_reads_other_annotations() -> None:
    shown = ["val_evaluator.ann_file='other.json'", "instances_val.json"]
    check_named(DET, {"val_evaluator.ann_file": "other.json"}, shown, is_error=False)


UNLABELLED = [dict(type="LoadImageFromFile"), dict(type="PackSegInputs")]


@pytest.mark.parametrize(
    ("split", "purpose"), [("train", "train on"), ("val", "compare"), ("test", "compare")]
)
def test_labels_that_are_not_loaded(split: str, purpose: str) -> None:
    key = f"{split}_dataloader.dataset.pipeline"
    check_named(SEG, {key: UNLABELLED}, [f"{key} loads no labels, to {purpose}"], split)


@pytest.mark.parametrize(
    "options",
    [
        {"val_evaluator.format_only": True},
        {"val_evaluator": dict(type="MyMetric")},
        {"val_dataloader.dataset.pipeline": [dict(type="MyLabels"), *UNLABELLED]},
    ],
    ids=str,
)
def test_labels_that_nobody_misses(options: dict[str, Any]) -> None:
    options = {"val_dataloader.dataset.pipeline": UNLABELLED} | options
    assert not findings(with_options(SEG, options), "val")
