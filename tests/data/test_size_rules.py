"""Sizes of images, windows, batches and maps."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.data.broken import (
    CLS,
    DELETED,
    SEG,
    check_named,
    findings,
    with_options,
)

TRAIN, VAL = "train_dataloader", "val_dataloader"
CUT = "model.test_cfg"

WINDOWS: list[tuple[dict[str, Any], list[str]]] = [
    (dict(crop_size=(64, 64), stride=(80, 80)), ["stride=(80, 80)", "crop_size=(64, 64)"]),
    (dict(crop_size=(64, 64), stride=(64, 65)), ["stride=(64, 65)", "leaves pixels out"]),
    (dict(crop_size=[64, 128], stride=[100, 100]), ["stride=(100, 100)"]),
    (dict(crop_size=(64, 64)), ["mode='slide' and stride=None", "stride=(height, width)"]),
    (dict(stride=(64, 64)), ["mode='slide' and crop_size=None"]),
    (dict(crop_size=64, stride=(42, 42)), ["crop_size=64"]),
    (dict(crop_size=(64, 64), stride=(0, 42)), ["stride=(0, 42)"]),
]


@pytest.mark.parametrize(("test_cfg", "shown"), WINDOWS)
@pytest.mark.parametrize("split", ["val", "test"])
def test_windows_that_do_not_cover_an_image(
    split: str, test_cfg: dict[str, Any], shown: list[str]
) -> None:
    check_named(SEG, {CUT: dict(mode="slide", **test_cfg)}, [CUT, *shown], split)


def test_unknown_mode_of_testing() -> None:
    check_named(SEG, {f"{CUT}.mode": "sliding"}, [f"{CUT}.mode='sliding'", "'whole' or 'slide'"])


def test_windows_that_cover_an_image() -> None:
    test_cfg = dict(mode="slide", crop_size=(64, 64), stride=(64, 42))
    assert not findings(with_options(SEG, {CUT: test_cfg}))
    assert not findings(with_options(SEG, {CUT: dict(mode="whole", stride=(80, 80))}))


PADDING: list[tuple[dict[str, Any], str]] = [
    ({"model.data_preprocessor.size": DELETED}, "size=None and size_divisor=None"),
    ({"model.data_preprocessor.size_divisor": 32}, "size=(112, 112) and size_divisor=32"),
]


@pytest.mark.parametrize(("options", "shown"), PADDING)
def test_padding_of_mmseg(options: dict[str, Any], shown: str) -> None:
    check_named(SEG, options, [f"model.data_preprocessor has {shown}"], "train", "val")
    assert not findings(with_options(SEG, options), "test")


LOAD, LABELS, PACK = (
    dict(type=n) for n in ("LoadImageFromFile", "LoadAnnotations", "PackSegInputs")
)


@pytest.mark.parametrize("resize", ["Resize", "ResizeShortestEdge"])
@pytest.mark.parametrize("split", ["val", "test"])
def test_labels_that_are_loaded_before_the_image_is_resized(split: str, resize: str) -> None:
    step = dict(type=resize, scale=(160, 120))
    key = f"{split}_dataloader.dataset.pipeline"
    wrong, right = [LOAD, LABELS, step, PACK], [LOAD, step, LABELS, PACK]
    check_named(SEG, {key: wrong}, [f"{key} has LoadAnnotations before {resize}"])
    assert not findings(with_options(SEG, {key: right}))
    assert not findings(with_options(SEG, {f"{TRAIN}.dataset.pipeline": wrong}), "train")


# Several images in a batch


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Images of two sizes; the second was turned by the camera."""
    (tmp_path / "images/city").mkdir(parents=True)
    Image.new("RGB", (40, 30)).save(tmp_path / "images/city/a.jpg")
    turned = Image.new("RGB", (40, 30))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "images/city/b.jpg", exif=exif)
    return tmp_path


def data(split: str, root: Path, *steps: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Options of a dataset of mmseg in ``root`` with these steps before labels are loaded."""
    key = f"{split}_dataloader"
    return {
        f"{key}.dataset.data_root": str(root),
        f"{key}.dataset.data_prefix": dict(img_path="images", seg_map_path="labels"),
        f"{key}.dataset.img_suffix": ".jpg",
        f"{key}.dataset.pipeline": [LOAD, *steps, LABELS, PACK],
        **options,
    }


RATIO = dict(type="Resize", scale=(160, 120), keep_ratio=True)


@pytest.mark.parametrize(("steps", "sizes"), [((), "40x30 30x40"), ((RATIO,), "160x120 120x160")])
@pytest.mark.parametrize("split", ["val", "test"])
def test_images_of_several_sizes_in_a_batch(
    split: str, steps: tuple[dict[str, Any], ...], sizes: str, images: Path
) -> None:
    shown = [f"{split}_dataloader.batch_size=8", "a.jpg is", "b.jpg", "set batch_size=1"]
    check_named(SEG, data(split, images, *steps), [*shown, *sizes.split()])


def test_listed_images_of_several_sizes(images: Path) -> None:
    options = data("val", images) | {f"{VAL}.dataset.ann_file": "val.txt"}
    (images / "val.txt").write_text("city/a\ncity/b\n")
    check_named(SEG, options, ["40x30", "30x40"])
    (images / "val.txt").write_text("city/a\n")
    assert not findings(with_options(SEG, options))


@pytest.mark.parametrize(
    "options",
    [
        {f"{VAL}.batch_size": 1},
        {"model.data_preprocessor.test_cfg": dict(size_divisor=32)},
        {f"{VAL}.dataset.pipeline": [LOAD, dict(type="Resize", scale=(80, 60)), LABELS, PACK]},
        {f"{VAL}.dataset.pipeline": [LOAD, dict(type="MyOwnCrop"), LABELS, PACK]},
        {f"{VAL}.dataset.backend_args": dict(backend="petrel")},
    ],
    ids=str,
)
def test_images_that_fit_into_a_batch(options: dict[str, Any], images: Path) -> None:
    assert not findings(with_options(SEG, data("val", images) | options))


@pytest.mark.parametrize(
    ("steps", "fits"),
    [
        ([], False),
        ([dict(type="ResizeEdge", scale=24)], False),
        ([dict(type="Resize", scale=24)], True),
        ([dict(type="CenterCrop", crop_size=24)], True),
    ],
)
def test_images_that_mmpretrain_stacks(
    steps: list[dict[str, Any]], fits: bool, images: Path
) -> None:
    options = {
        f"{VAL}.collate_fn": dict(type="default_collate"),
        f"{VAL}.dataset.data_root": str(images),
        f"{VAL}.dataset.data_prefix": "images",
        f"{VAL}.dataset.pipeline": [LOAD, *steps, dict(type="PackInputs")],
    }
    if fits:
        assert not findings(with_options(CLS, options))
    else:
        check_named(CLS, options, [f"{VAL}.batch_size=32", "a.jpg", "b.jpg"])
        options[f"{VAL}.collate_fn"] = dict(type="pseudo_collate")  # which pads
        assert not findings(with_options(CLS, options))


# Batch norms

ALONE = {f"{TRAIN}.batch_size": 1}


def head(type_: str, norm: str | None, **options: Any) -> dict[str, Any]:
    """Options that replace the head."""
    norm_cfg = norm and dict(type=norm)
    return {"model.decode_head": dict(type=type_, norm_cfg=norm_cfg, num_classes=10, **options)}


@pytest.mark.parametrize("type_", ["PSPHead", "ASPPHead", "DepthwiseSeparableASPPHead", "UPerHead"])
@pytest.mark.parametrize("norm", ["BN", "SyncBN"])
def test_pooled_maps_of_a_single_image(type_: str, norm: str) -> None:
    shown = [f"model.decode_head ({type_})", norm, f"{TRAIN}.batch_size=1", "2 or more"]
    check_named(SEG, ALONE | head(type_, norm), shown, "train")


@pytest.mark.parametrize(
    "options",
    [
        head("PSPHead", "BN") | {f"{TRAIN}.batch_size": 2},
        head("PSPHead", "GN") | ALONE,
        head("PSPHead", None) | ALONE,
        head("PSPHead", "BN", pool_scales=(2, 3)) | ALONE,
        head("PSPHead", "SyncBN") | ALONE | {"launcher": "pytorch"},
        head("FCNHead", "BN") | ALONE,
    ],
    ids=str,
)
def test_pooled_maps_that_can_be_normed(options: dict[str, Any]) -> None:
    assert not findings(with_options(SEG, options), "train")


def crops(size: int) -> dict[str, Any]:
    step = dict(type="RandomResizedCrop", scale=size)
    return {f"{TRAIN}.dataset.pipeline": [LOAD, step, dict(type="PackInputs")]}


BACKBONE = "model.backbone"


@pytest.mark.parametrize("size", [32, 16])
def test_coarsest_map_of_a_single_image(size: int) -> None:
    check_named(CLS, ALONE | crops(size), [f"images of {size} pixels", BACKBONE], "train")


@pytest.mark.parametrize("size", [32, (16, 32)])
def test_crop_after_a_larger_resize(size: Any) -> None:
    options = ALONE | cropped_after_resize(size)
    check_named(SEG, options, ["images of 32 pixels", BACKBONE], "train")
    padded = {f"{TRAIN}.dataset.pipeline.3": dict(type="Pad", size_divisor=64)}
    assert not findings(with_options(SEG, options | padded), "train")


def cropped_after_resize(size: Any) -> dict[str, Any]:
    steps = [dict(type="RandomResize", scale=(320, 240)), dict(type="RandomCrop", crop_size=size)]
    return {
        f"{TRAIN}.dataset.pipeline": [LOAD, LABELS, *steps, PACK],
        "model.data_preprocessor.size": size,
    }


@pytest.mark.parametrize(
    "options",
    [
        ALONE | crops(33),
        crops(32),
        ALONE | crops(32) | {f"{BACKBONE}.norm_eval": True},
        ALONE | crops(32) | {f"{BACKBONE}.frozen_stages": 4},
        ALONE | crops(32) | {f"{BACKBONE}.norm_cfg": dict(type="GN", num_groups=8)},
        ALONE | crops(32) | {f"{BACKBONE}.type": "ResNet"},
    ],
    ids=str,
)
def test_coarsest_map_that_can_be_normed(options: dict[str, Any]) -> None:
    assert not findings(with_options(CLS, options), "train")
