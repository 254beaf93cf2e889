"""Channels, means and standard deviations; workers and samplers."""

from typing import Any

import pytest

from tests.data.broken import (
    CLS,
    DELETED,
    DET,
    IMAGENET,
    OCR,
    POSE,
    SEG,
    check_named,
    findings,
    with_options,
)

TRAIN = "train_dataloader"
ONE_CHANNEL = {"model.backbone.in_channels": 1}
KEYS = {CLS: "data_preprocessor", SEG: "model.data_preprocessor", OCR: "model.data_preprocessor"}


@pytest.mark.parametrize("name", [CLS, SEG, OCR, IMAGENET])
def test_three_means_for_one_channel(name: str) -> None:
    found = [finding.text for finding in findings(with_options(name, ONE_CHANNEL))]
    key = "data_preprocessor" if name in (CLS, IMAGENET) else "model.data_preprocessor"
    assert [text.partition(" numbers")[0] for text in found] == [
        f"{key}.mean has 3",
        f"{key}.std has 3",
    ]
    assert all("model.backbone.in_channels=1: give 1 of them" in text for text in found)


@pytest.mark.parametrize("name", [DET, POSE])
def test_colours_of_one_channel(name: str) -> None:
    key = "model.data_preprocessor"
    options = ONE_CHANNEL | {f"{key}.mean": [114.0], f"{key}.std": [57.0]}
    check_named(name, options, [f"{key}.bgr_to_rgb=True", "set bgr_to_rgb=False"])
    assert not findings(with_options(name, options | {f"{key}.bgr_to_rgb": False}))


@pytest.mark.parametrize("name", [DET, POSE])
@pytest.mark.parametrize("color", ["grayscale", "grayscale_ignore_orientation"])
def test_gray_images_for_three_means(name: str, color: str) -> None:
    key = f"{TRAIN}.dataset.pipeline.0.color_type"
    check_named(name, {key: color}, [f"{key}={color!r}", "one channel"], "train")


@pytest.mark.parametrize("name", [SEG, CLS])
def test_gray_images_that_become_three_channels(name: str) -> None:
    options = {f"{TRAIN}.dataset.pipeline.0.color_type": "grayscale"}
    assert not findings(with_options(name, options))


NUMBERS: list[tuple[dict[str, Any], str]] = [
    (dict(std=DELETED), "has mean but no std"),
    (dict(std=[58.0, 57.0, 0.0]), "std=[58.0, 57.0, 0.0] divides"),
    (dict(std=[0.0]), "std=[0.0] divides"),
]


@pytest.mark.parametrize(("options", "shown"), NUMBERS)
@pytest.mark.parametrize("name", [CLS, SEG])
def test_mean_and_standard_deviation(name: str, options: dict[str, Any], shown: str) -> None:
    key = KEYS[name]
    changed = {f"{key}.{option}": value for option, value in options.items()}
    check_named(name, changed, [key, shown])


@pytest.mark.parametrize(("name", "is_error"), [(SEG, False), (DET, True)])
def test_standard_deviation_without_a_mean(name: str, is_error: bool) -> None:
    options = {"model.data_preprocessor.mean": None}
    check_named(name, options, ["has std but no mean"], is_error=is_error)


@pytest.mark.parametrize("count", [2, 4])
def test_another_number_of_standard_deviations(count: int) -> None:
    found = findings(with_options(SEG, {"model.data_preprocessor.std": [57.0] * count}))
    assert any(
        f"3 numbers in mean=[123.675, 116.28, 103.53] but {count} in" in f.text for f in found
    )


def test_numbers_for_all_channels_at_once() -> None:
    options = {"model.data_preprocessor.mean": 0, "model.data_preprocessor.std": 255}
    assert not findings(with_options(SEG, options))
    assert not findings(with_options(SEG, options | {"model.backbone.in_channels": 4}))


# Workers and samplers


LOADERS: list[tuple[dict[str, Any], list[str]]] = [
    (
        {f"{TRAIN}.num_workers": 0},
        [f"{TRAIN}.persistent_workers=True", "num_workers=0: set persistent_workers=False"],
    ),
    ({f"{TRAIN}.num_workers": DELETED}, [f"{TRAIN}.persistent_workers=True"]),
    ({"val_dataloader.num_workers": 0}, ["val_dataloader.persistent_workers=True"]),
    ({"test_dataloader.num_workers": 0}, ["test_dataloader.persistent_workers=True"]),
    (
        {
            f"{TRAIN}.num_workers": 0,
            f"{TRAIN}.persistent_workers": False,
            f"{TRAIN}.prefetch_factor": 2,
        },
        [f"{TRAIN}.prefetch_factor=2", "set prefetch_factor=None"],
    ),
    ({f"{TRAIN}.shuffle": True}, [f"{TRAIN}.shuffle=True", "leave this out"]),
]


@pytest.mark.parametrize(("options", "shown"), LOADERS)
@pytest.mark.parametrize("name", [CLS, DET, POSE, SEG])
def test_loader_that_pytorch_or_mmengine_refuses(
    name: str, options: dict[str, Any], shown: list[str]
) -> None:
    check_named(name, options, shown)


def test_loader_without_a_sampler() -> None:
    gone = {f"{TRAIN}.sampler": DELETED}
    check_named(CLS, gone, [f"{TRAIN} sets no sampler", "shuffle=True"], is_error=False)
    assert not findings(with_options(CLS, gone | {f"{TRAIN}.shuffle": True}))
    assert not findings(with_options(CLS, {"val_dataloader.sampler": DELETED}))
