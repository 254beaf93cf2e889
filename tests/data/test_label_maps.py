"""Label maps are checked as they are read, one by one and together."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from hrnet_mm.data.label_maps import LabelCheck, LabelSurvey, label_findings

LABELS = np.array([[0, 1, 2, 0], [2, 255, 0, 1]], np.uint8)
NAMES = ("sky", "road", "car")


def check(**options: Any) -> LabelCheck:
    return LabelCheck(**{"split": "train", "num_classes": 3, "is_cast": True, **options})


def read(path: Path, by: LabelCheck, *, backend: str = "pillow", **sample: Any) -> dict[str, Any]:
    """Read a label map as mmseg does, and check it."""
    from mmseg.datasets.transforms import LoadAnnotations

    reader = LoadAnnotations(imdecode_backend=backend)
    given = dict(seg_map_path=str(path), seg_fields=[], reduce_zero_label=False, label_map=None)
    loaded: Any = reader({**given, **sample})
    assert loaded is not None
    return by(loaded)


def save(path: Path, values: np.ndarray, *, mode: str | None = None) -> Path:
    image = Image.fromarray(values)
    (image.convert(mode) if mode else image).save(path)
    return path


def _palette(path: Path) -> Path:
    image = Image.fromarray(LABELS).convert("P")
    image.putdata(LABELS.ravel().tolist())
    image.putpalette([i % 256 for i in range(768)])
    image.save(path)
    return path


GOOD: dict[str, Callable[[Path], Path]] = {
    "grey": lambda path: save(path, LABELS),
    "palette": _palette,
    "1 bit": lambda path: save(path, (LABELS == 1).astype(np.uint8) * 255, mode="1"),
    "16 bits": lambda path: save(path, LABELS.astype(np.uint16)),
    "32 bits": lambda path: save(path.with_suffix(".tif"), LABELS.astype(np.int32)),
    "tiff": lambda path: save(path.with_suffix(".tif"), LABELS),
    "bmp": lambda path: save(path.with_suffix(".bmp"), LABELS),
}


@pytest.mark.parametrize("kind", GOOD)
def test_legal_label_maps_pass_unchanged(kind: str, tmp_path: Path) -> None:
    path = GOOD[kind](tmp_path / "a.png")
    sample = read(path, check())
    expected = (LABELS == 1) if kind == "1 bit" else LABELS
    assert np.array_equal(sample["gt_seg_map"], expected)


def test_a_sample_without_labels_passes() -> None:
    assert check()({"img_path": "a"}) == {"img_path": "a"}


@pytest.mark.parametrize("value", [3, 7, 11, 128, 254])
@pytest.mark.parametrize("bits", [np.uint8, np.uint16])
def test_a_label_that_no_class_has(value: int, bits: type, tmp_path: Path) -> None:
    labels = LABELS.astype(bits)
    labels[1, 0] = value
    path = save(tmp_path / "a.png", labels)
    with pytest.raises(ValueError, match=f"has the label {value}") as error:
        read(path, check())
    assert str(error.value).startswith(
        f"{path} has the label {value}, but there are 3 classes, 0 to 2: correct the file, or the "
        "model's num_classes and the dataset's classes"
    )


@pytest.mark.parametrize(
    ("value", "wrapped", "kind"),
    [
        (256, 0, np.uint16),
        (261, 5, np.uint16),
        (300, 44, np.uint16),
        (1000, 232, np.uint16),
        (65535, 255, np.uint16),
        (258, 2, np.int32),
        (-1, 255, np.int32),
        (1 << 20, 0, np.int32),
        (257, 1, np.float32),
    ],
)
@pytest.mark.parametrize("num_classes", [3, None])
def test_a_value_that_8_bits_do_not_hold(
    value: int, wrapped: int, kind: type, num_classes: int | None, tmp_path: Path
) -> None:
    labels = LABELS.astype(kind)
    labels[0, 2] = value
    path = save(tmp_path / ("a.png" if kind is np.uint16 else "a.tif"), labels)
    with pytest.raises(
        ValueError, match=f"the label {value}(.0)?, which would be read as"
    ) as error:
        read(path, check(num_classes=num_classes))
    text = str(error.value)
    assert text.startswith(f"{path} has ")
    assert f"the label {labels[0, 2]}, which would be read as {wrapped}:" in text


def test_a_reader_of_the_user_s_own_may_read_any_file(tmp_path: Path) -> None:
    """Such as one of 16 bits, or of colours, of which it makes labels."""
    deep = save(tmp_path / "deep.png", LABELS.astype(np.uint16) * 1000)
    colours = save(tmp_path / "colours.png", np.stack([LABELS] * 3, axis=-1))
    for path in (deep, colours):
        check(is_cast=False)(dict(gt_seg_map=LABELS, seg_map_path=str(path)))


CHANNELS = {"RGB": 3, "RGBA": 4, "LA": 2, "CMYK": 4}


@pytest.mark.parametrize("mode", CHANNELS)
@pytest.mark.parametrize("has_colours", [False, True])
def test_more_than_one_channel(mode: str, has_colours: bool, tmp_path: Path) -> None:
    channels = np.stack([LABELS] * CHANNELS[mode], axis=-1)
    channels[..., -1] = 255 if mode.endswith("A") else channels[..., -1]
    if has_colours and mode != "LA":
        channels[0, 0, 1] = 90
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.fromarray(channels, mode=mode).save(path)
    with pytest.raises(ValueError, match="must have one") as error:
        read(path, check())
    text = str(error.value)
    assert text.startswith(f"the label map {path} has {CHANNELS[mode]} channels ({mode}), but ")
    assert ("colours" in text) == (has_colours and mode != "LA")


@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (1, 1)])
def test_a_side_of_one_pixel(shape: tuple[int, int], tmp_path: Path) -> None:
    """Mmseg drops it, and what follows fails."""
    path = save(tmp_path / "a.png", np.zeros(shape, np.uint8))
    with pytest.raises(ValueError, match=r"a\.png is one pixel high or wide"):
        read(path, check())


@pytest.mark.parametrize("bad", [None, 4])
def test_reduce_zero_label_is_respected(bad: int | None, tmp_path: Path) -> None:
    labels = np.array([[0, 1], [2, 3]], np.uint8)
    labels[0, 0] = bad or 0
    path = save(tmp_path / "a.png", labels)
    if bad is None:
        read(path, check(), reduce_zero_label=True)
    else:
        with pytest.raises(ValueError, match=r"has the label 4, .* 3 classes, 1 to 3 \(0 is ignor"):
            read(path, check(), reduce_zero_label=True)


@pytest.mark.parametrize(("value", "is_legal"), [(3, True), (4, True), (5, False)])
def test_a_label_map_of_classes_is_respected(value: int, is_legal: bool, tmp_path: Path) -> None:
    """``label_map`` gives the labels of the dataset's own classes others."""
    path = save(tmp_path / "a.png", np.full((2, 2), value, np.uint8))
    classes = {0: 255, 1: 0, 2: 1, 3: 2, 4: 255}
    if is_legal:
        read(path, check(), label_map=classes)
    else:
        with pytest.raises(ValueError, match="has the label 5"):
            read(path, check(), label_map=classes)


def test_a_jpeg_is_named_as_the_cause(tmp_path: Path) -> None:
    labels = np.kron(LABELS, np.ones((5, 5), np.uint8))
    path = save(tmp_path / "a.jpg", labels)
    with pytest.raises(ValueError, match="a JPEG changes labels, save them as PNG"):
        read(path, check())


def test_a_file_that_pillow_cannot_open_is_checked_by_its_values() -> None:
    """As a remote one, or one of a format that a reader of the user's own knows."""
    with pytest.raises(ValueError, match=r"s3://a\.xyz has the label 9"):
        check()(dict(gt_seg_map=LABELS.clip(max=9), seg_map_path="s3://a.xyz"))


# All together


def findings(
    *values: Any, num_classes: int = 2, is_complete: bool = True, **options: Any
) -> list[tuple[str, bool]]:
    """Tell what is found after maps with these values."""
    by = check(num_classes=num_classes, **options)
    for labels in values:
        by(dict(gt_seg_map=np.array([labels], np.uint8), seg_map_path="none"))
    found = label_findings([by], key="train_dataloader.dataset", is_complete=is_complete)
    return [(finding.text, finding.is_error) for finding in found]


@pytest.mark.parametrize(
    ("maps", "num_classes", "expected"),
    [
        ([[0, 255]], 2, "has the label 1 (b), but some have 255"),
        ([[0, 0], [0, 255], [255, 255]], 2, "has the label 1 (b), but some have 255"),
        ([[1, 255]], 2, "has the label 0 (a), but some have 255"),
        ([[255, 255]], 2, "every pixel of the label maps that were read is ignored (255)"),
        ([[255], [255]], 19, "every pixel of the label maps that were read is ignored (255)"),
        ([[255]], 1, "every pixel of the label maps that were read is ignored (255)"),
    ],
)
def test_labels_of_which_nothing_is_left(
    maps: list[list[int]], num_classes: int, expected: str
) -> None:
    classes = ("a", "b") if num_classes == 2 else ()
    ((text, is_error),) = findings(*maps, num_classes=num_classes, classes=classes)
    assert is_error
    assert text.startswith("train_dataloader.dataset: ")
    assert expected in text
    assert "as 0 and 1" in text
    ((_, is_error),) = findings(*maps, num_classes=num_classes, is_complete=False)
    assert not is_error  # the next map may have it


@pytest.mark.parametrize(
    ("maps", "num_classes"),
    [
        ([[0, 255], [0, 1]], 2),
        ([[0, 255], [1, 255]], 2),
        ([[0, 1]], 2),
        ([[0, 0]], 2),
        ([[0, 1], [2, 255]], 3),
        ([[0], [1]], 3),
        ([[0, 255]], 1),
    ],
)
def test_legal_sets_of_labels(maps: list[list[int]], num_classes: int) -> None:
    assert findings(*maps, num_classes=num_classes) == []


@pytest.mark.parametrize(
    ("present", "missing"),
    [([0, 1], "the label 2 (car)"), ([2], "the labels 0 (sky), 1 (road)")],
)
def test_classes_that_never_occur_are_named(present: list[int], missing: str) -> None:
    ((text, is_error),) = findings([*present, 255], num_classes=3, classes=NAMES)
    assert not is_error
    assert f"has {missing}, but some have 255" in text
    assert findings([*present, 255], num_classes=3, classes=NAMES, is_complete=False) == []


def test_another_ignored_label() -> None:
    ((text, is_error),) = findings([0, 2], ignore_index=2)
    assert is_error
    assert "some have 2, which is ignored" in text
    assert findings([0, 1, 0], ignore_index=0) == []  # one class is meant to be left
    assert findings([0, 1], ignore_index=-100) == []


def test_jpegs_are_warned_of(tmp_path: Path) -> None:
    by = check()
    read(save(tmp_path / "a.jpg", np.ones((8, 8), np.uint8)), by)
    (finding,) = label_findings([by], key="val_dataloader.dataset")
    assert "val_dataloader.dataset: label maps are JPEGs" in finding.text
    assert not finding.is_error


def _see(by: LabelCheck, label: int) -> None:
    by(dict(gt_seg_map=np.full((2, 2), label, np.uint8), seg_map_path="none"))


@pytest.mark.parametrize("start", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_workers_tell_the_main_process_what_they_saw(start: str) -> None:
    by = check()
    context: Any = multiprocessing.get_context(start)
    worker = context.Process(target=_see, args=(by, 2))
    worker.start()
    worker.join()
    assert by.seen.nonzero().flatten().tolist() == [2]


def loader(*, length: int, batch_size: int) -> Any:
    class Loader(SimpleNamespace):
        def __len__(self) -> int:
            return length

    return Loader(
        batch_sampler=SimpleNamespace(batch_size=batch_size), dataset=range(length * batch_size)
    )


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr("hrnet_mm.data.findings.print_log", lambda text, **_: said.append(text))
    return said


def test_a_set_is_decided_after_one_pass(warnings: list[str]) -> None:
    by = check(num_classes=2)
    survey = LabelSurvey(key="val", loader=loader(length=3, batch_size=2), checks=[by])
    _see(by, 0)
    _see(by, 255)
    survey.count_batch()
    survey.count_batch()
    with pytest.raises(ValueError, match="one class is left"):
        survey.count_batch()
    assert warnings == []


def test_a_large_set_is_warned_of_at_once(warnings: list[str]) -> None:
    by = check(num_classes=2)
    survey = LabelSurvey(key="val", loader=loader(length=1000, batch_size=16), checks=[by])
    _see(by, 0)
    _see(by, 255)
    for _ in range(3):
        survey.count_batch()
    assert warnings == []
    for _ in range(3):
        survey.count_batch()
    assert len(warnings) == 1
    with pytest.raises(ValueError, match="one class is left"):
        survey.count_batch(is_last=True)


def test_parts_of_a_set_are_taken_together(warnings: list[str]) -> None:
    first, second = check(num_classes=2), check(num_classes=2)
    survey = LabelSurvey(key="val", loader=loader(length=1, batch_size=2), checks=[first, second])
    for by, label in ((first, 0), (first, 255), (second, 1)):
        _see(by, label)
    survey.count_batch()
    _see(first, 255)
    survey.count_batch()  # decided once
    LabelSurvey(key="val", loader=loader(length=1, batch_size=2), checks=[]).count_batch()
    assert warnings == []
    assert torch.equal(second.seen.nonzero().flatten(), torch.tensor([1]))
