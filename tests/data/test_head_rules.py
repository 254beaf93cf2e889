"""Heads and losses that are for another number of classes."""

from typing import Any

import pytest

from tests.data.broken import CLS, DELETED, DET, OCR, SEG, check_named, findings, with_options

SOFTMAX: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        SEG,
        {
            "model.decode_head.num_classes": 1,
            "model.decode_head.loss_decode.class_weight": DELETED,
        },
        ["model.decode_head.num_classes=1", "num_classes=2"],
    ),
    (
        SEG,
        {
            "model.decode_head.num_classes": 2,
            "model.decode_head.out_channels": 1,
            "model.decode_head.loss_decode.class_weight": DELETED,
        },
        ["out_channels=1"],
    ),
    (
        SEG,
        {"model.decode_head.num_classes": 1, "model.decode_head.loss_decode": DELETED},
        ["num_classes=1"],
    ),
    (OCR, {"model.decode_head.1.num_classes": 1}, ["model.decode_head.1.num_classes=1"]),
    (
        SEG,
        {
            "model.auxiliary_head": [
                dict(
                    type="FCNHead", num_classes=1, loss_decode=[dict(type="mmseg.CrossEntropyLoss")]
                )
            ]
        },
        ["model.auxiliary_head.0.num_classes=1", "model.auxiliary_head.0.loss_decode.0"],
    ),
    (
        SEG,
        {
            "model.decode_head.num_classes": 1,
            "model.decode_head.loss_decode": dict(type="hrnet_mm.OhemCrossEntropyLoss"),
        },
        ["OhemCrossEntropyLoss"],
    ),
    (CLS, {"model.head.num_classes": 1}, ["model.head.num_classes=1", "set num_classes=2"]),
    (CLS, {"model.head.num_classes": 1, "model.head.loss": DELETED}, ["model.head.num_classes=1"]),
    (
        CLS,
        {"model.head.num_classes": 1, "model.head.loss": dict(type="LabelSmoothLoss")},
        ["LabelSmoothLoss"],
    ),
]


@pytest.mark.parametrize(("name", "options", "shown"), SOFTMAX)
def test_softmax_of_one_class(name: str, options: dict[str, Any], shown: list[str]) -> None:
    check_named(name, options, [*shown, "trains nothing"], "train")


ONE = "model.decode_head.num_classes"
LOSS = "model.decode_head.loss_decode"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        (SEG, {ONE: 2, "model.decode_head.out_channels": 1, f"{LOSS}.use_sigmoid": True}),
        (SEG, {ONE: 1, f"{LOSS}.use_sigmoid": True}),
        (SEG, {ONE: 1, LOSS: dict(type="FocalLoss")}),
        (SEG, {ONE: 1, LOSS: dict(type="LovaszLoss", loss_type="binary", reduction="none")}),
        (DET, {"model.roi_head.bbox_head.num_classes": 1}),
        (CLS, {"model.head.num_classes": 1, "model.head.loss.use_sigmoid": True}),
        (SEG, {f"{LOSS}.class_weight": [1.0] * 10}),
        (SEG, {f"{LOSS}.class_weight": "weights.npy"}),
        (SEG, {f"{LOSS}.class_weight": None}),
        (DET, {"model.roi_head.bbox_head.loss_cls.class_weight": [1.0] * 7}),
        (DET, {"model.roi_head.bbox_head.loss_cls.class_weight": 1.0}),
        (CLS, {"model.head.loss.class_weight": [1.0] * 6}),
    ],
    ids=str,
)
def test_loss_that_fits_the_classes(name: str, options: dict[str, Any]) -> None:
    assert not findings(with_options(name, options), "train")


BBOX = "model.roi_head.bbox_head"
WEIGHTS: list[tuple[str, str, int, list[str]]] = [
    (SEG, LOSS, 9, [f"{LOSS}.class_weight has 9 weights", "10 classes: give 10"]),
    (SEG, LOSS, 11, ["has 11 weights"]),
    (OCR, "model.decode_head.0.loss_decode", 18, ["model.decode_head.0", "19 classes: give 19"]),
    (OCR, "model.decode_head.1.loss_decode", 20, ["model.decode_head.1", "19 classes: give 19"]),
    (DET, f"{BBOX}.loss_cls", 6, [f"{BBOX}.loss_cls.class_weight has 6", "background", "give 7"]),
    (DET, f"{BBOX}.loss_cls", 8, ["has 8 weights", "give 7"]),
    (CLS, "model.head.loss", 5, ["model.head.loss.class_weight has 5", "6 classes: give 6"]),
    (CLS, "model.head.loss", 1, ["has 1 weights"]),
]


@pytest.mark.parametrize(("name", "loss", "count", "shown"), WEIGHTS)
def test_weights_of_another_number_of_classes(
    name: str, loss: str, count: int, shown: list[str]
) -> None:
    check_named(name, {f"{loss}.class_weight": [1.0] * count}, shown, "train")


def test_weights_of_one_loss_of_several() -> None:
    losses = [
        dict(type="CrossEntropyLoss", loss_name="loss_ce"),
        dict(type="OhemCrossEntropyLoss", class_weight=(1.0,) * 9),
    ]
    check_named(SEG, {LOSS: losses}, [f"{LOSS}.1.class_weight has 9"], "train")


def test_labels_of_mixed_images() -> None:
    options = {
        "model.train_cfg": dict(augments=[dict(type="Mixup", alpha=0.2)]),
        "data_preprocessor.num_classes": 1000,
    }
    check_named(
        CLS, options, ["data_preprocessor.num_classes=1000", "model.head.num_classes=6"], "train"
    )
    assert not findings(with_options(CLS, {"data_preprocessor.num_classes": 1000}), "train")


# What mmseg and mmdet assert without a word

HEAD = "model.decode_head"
CHANNELS = [16, 32, 64, 128]
INPUTS: list[tuple[str, dict[str, Any], list[str]]] = [
    (SEG, {f"{HEAD}.in_channels": 270}, ["FCNHead", "num_convs=0", "270", "channels=240"]),
    (SEG, {f"{HEAD}.channels": 256}, ["in_channels=240", "channels=256"]),
    (SEG, {f"{HEAD}.in_channels": CHANNELS}, [f"in_channels={CHANNELS}", "in_index=0", "concat"]),
    (SEG, {f"{HEAD}.in_index": [0, 1]}, ["in_index=[0, 1]", "one number in both"]),
    (
        SEG,
        {f"{HEAD}.in_channels": CHANNELS, f"{HEAD}.input_transform": "resize_concat"},
        ["input_transform='resize_concat'", "as many numbers in both"],
    ),
    (OCR, {f"{HEAD}.1.in_index": [0, 1, 2, 3]}, [f"{HEAD}.1 (OCRHead)", "in_index=[0, 1, 2, 3]"]),
    (OCR, {"model.num_stages": 3}, ["model.num_stages=3", "2 heads"]),
    (OCR, {"model.type": "EncoderDecoder"}, ["takes one", "num_stages=2"]),
    (DET, {"model.rpn_head.num_classes": 6}, ["model.rpn_head.num_classes=6", "bbox_head"]),
]


@pytest.mark.parametrize(("name", "options", "shown"), INPUTS)
def test_head_that_cannot_be_built(name: str, options: dict[str, Any], shown: list[str]) -> None:
    check_named(name, options, shown)


def test_head_that_joins_several_maps() -> None:
    options = {
        f"{HEAD}.in_channels": CHANNELS,
        f"{HEAD}.in_index": (0, 1, 2, 3),
        f"{HEAD}.input_transform": "resize_concat",
    }
    assert not findings(with_options(SEG, options))
