"""Label maps of all sorts: what their values mean, and what is written anew."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hrnet_mm.data.surveys.masks import MaskSurvey, survey_masks
from hrnet_mm.data.surveys.survey import Request
from hrnet_mm.errors import UserError

RED, GREEN, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 0)


def pixels(values: Sequence[Any], *, dtype: Any = np.uint8) -> Image.Image:
    """Draw a stripe of each value."""
    return Image.fromarray(np.repeat(np.array([values], dtype), 8, axis=0))


def survey(folder: Path, mask: Image.Image, *, count: int = 5, **options: Any) -> MaskSurvey:
    write(folder, mask, count=count)
    return survey_masks(Request(data=folder / "masks", images=folder / "images", **options))


def write(
    folder: Path, mask: Image.Image, *, count: int = 5, names: tuple[str, str] = (".jpg", ".png")
) -> None:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "masks").mkdir(exist_ok=True)
    for i in range(count):
        Image.new("RGB", mask.size).save(folder / f"images/{i}{names[0]}")
        mask.save(folder / f"masks/{i}{names[1]}")


def drawn(found: MaskSurvey) -> list[int]:
    """Write the new label maps, and return the first row of the first."""
    (folder,) = [path for path in found.files if not path.suffix]
    folder.mkdir()
    found.files[folder](folder)
    assert found.train.masks == found.val.masks == folder
    with Image.open(folder / "0.png") as mask:
        return np.asarray(mask)[0].tolist()


def test_values_in_order_are_used_as_they_are(tmp_path: Path) -> None:
    found = survey(tmp_path, pixels([0, 1, 1, 2, 255]))
    assert found.classes == ["class_0", "class_1", "class_2"]
    assert found.shares == ["20.0%", "40.0%", "20.0%"]
    assert [path.name for path in found.files] == ["mine_train.txt", "mine_val.txt"]
    assert (found.train.count, found.val.count) == (4, 1)


@pytest.mark.parametrize(
    ("values", "classes", "zero_is_ignored"),
    [
        ([1, 2, 3], (), True),
        ([0, 1, 2], ("a", "b"), True),
        ([0, 1, 2], ("a", "b", "c"), False),
        ([0, 2, 255], ("a", "b", "c"), False),
    ],
)
def test_zero_is_a_class_or_ignored(
    values: list[int], classes: tuple[str, ...], zero_is_ignored: bool, tmp_path: Path
) -> None:
    found = survey(tmp_path, pixels(values), classes=classes)
    assert found.zero_is_ignored == zero_is_ignored
    assert len(found.classes) == len(classes or values)
    assert any("reduce_zero_label" in note for note in found.notes)


@pytest.mark.parametrize(
    ("values", "classes", "expected", "labels"),
    [
        ([0, 255], (), ["background", "foreground"], [0, 1]),
        ([0, 255], ("cell",), ["background", "cell"], [0, 1]),
        ([0, 100, 200], (), ["class_0", "class_1", "class_2"], [0, 1, 2]),
        ([0, 1, 2], ("a", "void", "b"), ["a", "b"], [0, 255, 1]),
        ([0, 128, 255], ("a", "b"), ["a", "b"], [0, 1, 255]),
    ],
)
def test_other_values_are_numbered_anew(
    values: list[int],
    classes: tuple[str, ...],
    expected: list[str],
    labels: list[int],
    tmp_path: Path,
) -> None:
    found = survey(tmp_path, pixels(values), classes=classes)
    assert found.classes == expected
    assert drawn(found) == labels
    with Image.open(tmp_path / "masks/0.png") as mask:
        assert np.asarray(mask)[0].tolist() == values


def test_names_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("sky\n\ntree\n")
    assert survey(tmp_path, pixels([0, 1])).classes == ["sky", "tree"]


def test_sixteen_bits_and_one_bit_become_eight(tmp_path: Path) -> None:
    found = survey(tmp_path / "16", pixels([0, 1, 2], dtype=np.uint16))
    assert drawn(found) == [0, 1, 2]
    found = survey(tmp_path / "1", pixels([0, 255]).convert("1"))
    assert drawn(found) == [0, 1]


def test_a_palette_gives_the_colours(tmp_path: Path) -> None:
    mask = pixels([0, 1, 255])
    mask.putpalette([*BLACK, *RED])
    found = survey(tmp_path, mask)
    assert found.palette == [BLACK, RED]
    assert not [path for path in found.files if not path.suffix]


@pytest.mark.parametrize(
    "table",
    [
        "0 0 0 sky\n255 0 0\ttree\n",
        "name,r,g,b\nsky,0,0,0\ntree,255,0,0\n",
        "sky:0,0,0::\ntree:255,0,0::\n",
    ],
)
def test_colours_are_named_by_a_table(table: str, tmp_path: Path) -> None:
    (tmp_path / "label_colors.txt").write_text(table)
    found = survey(tmp_path, pixels([BLACK, RED, GREEN]))
    assert found.classes == ["sky", "tree"]
    assert found.palette == [BLACK, RED]
    assert drawn(found) == [0, 1, 255]
    assert any("does not name" in note and "33.3%" in note for note in found.notes)


def test_colours_without_a_table_are_classes(tmp_path: Path) -> None:
    found = survey(tmp_path, pixels([GREEN, RED, BLACK]), classes=("sky", "grass", "roof"))
    assert found.palette == [BLACK, GREEN, RED]
    assert drawn(found) == [1, 2, 0]


def test_names_of_images_and_label_maps_may_end_differently(tmp_path: Path) -> None:
    write(tmp_path, pixels([0, 1]), names=("_photo.jpg", "_mask.png"))
    found = survey_masks(Request(data=tmp_path / "masks", images=tmp_path / "images"))
    assert (found.image_suffix, found.mask_suffix) == ("_photo.jpg", "_mask.png")


def test_folders_train_and_val_are_the_split(tmp_path: Path) -> None:
    for part in ("train", "val"):
        write(tmp_path / part, pixels([0, 1]))
        for kind in ("images", "masks"):
            (tmp_path / "all" / kind).mkdir(parents=True, exist_ok=True)
            (tmp_path / part / kind).rename(tmp_path / "all" / kind / part)
    folder = tmp_path / "all"
    found = survey_masks(Request(data=folder / "masks", images=folder / "images"))
    assert not found.files
    assert found.val.images == folder / "images/val"
    found = survey_masks(
        Request(
            data=folder / "masks/train", images=folder / "images/train", val=folder / "masks/val"
        )
    )
    assert found.val.images == folder / "images/val"


def test_images_without_a_label_map_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, pixels([0, 1]))
    (tmp_path / "masks/3.png").unlink()
    found = survey_masks(Request(data=tmp_path / "masks", images=tmp_path / "images"))
    assert found.train.count + found.val.count == 4
    assert any("3.jpg" in note for note in found.notes)


@pytest.mark.parametrize(
    ("mask", "classes", "fault"),
    [
        (pixels([0, 1, 2, 3]), ("a", "b"), "2 names of classes.*4 values"),
        (pixels([3]), ("a", "b", "c", "d"), None),
        (pixels([0]), (), "no two classes"),
        (pixels([[i, i, 0] for i in range(99)]), (), "99 colours: .*--colors"),
    ],
)
def test_values_that_are_no_labels_are_refused(
    mask: Image.Image, classes: tuple[str, ...], fault: str | None, tmp_path: Path
) -> None:
    if fault is None:
        assert survey(tmp_path, mask, classes=classes).classes == [*classes]
        return
    with pytest.raises(UserError, match=fault):
        survey(tmp_path, mask, classes=classes)


def test_a_label_map_of_too_many_pixels_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 7)
    with pytest.raises(UserError, match=r"masks/\d.png cannot be read: .*; cut it into tiles"):
        survey(tmp_path, pixels([0, 1]))


def test_a_jpeg_is_no_label_map(tmp_path: Path) -> None:
    write(tmp_path, pixels([0, 1]), names=(".png", ".jpg"))
    with pytest.raises(UserError, match=r"masks/0.jpg is a JPEG"):
        survey_masks(Request(data=tmp_path / "masks", images=tmp_path / "images"))
