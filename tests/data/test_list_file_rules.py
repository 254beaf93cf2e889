"""Lists of images and of classes, as people write them."""

from pathlib import Path
from typing import Any

import pytest

from tests.data.broken import CLS, SEG, findings, with_options

TRAIN = "train_dataloader.dataset"
NAMES = ("a", "b", "c d")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three images, of which one has a blank in its name."""
    (tmp_path / "images").mkdir()
    for name in NAMES:
        (tmp_path / "images" / f"{name}.jpg").touch()
    return tmp_path


def mmseg_list(root: Path) -> dict[str, Any]:
    """Options of a dataset that reads names from list.txt."""
    return {
        f"{TRAIN}.data_root": str(root),
        f"{TRAIN}.data_prefix": dict(img_path="images", seg_map_path="labels"),
        f"{TRAIN}.img_suffix": ".jpg",
        f"{TRAIN}.ann_file": "list.txt",
    }


def mmpretrain_list(root: Path, **options: Any) -> dict[str, Any]:
    """Options of a dataset that reads files, and labels unless they are switched off."""
    return {
        f"{TRAIN}.data_root": str(root),
        f"{TRAIN}.data_prefix": "images",
        f"{TRAIN}.ann_file": "list.txt",
        **{f"{TRAIN}.{name}": value for name, value in options.items()},
    }


def found(name: str, options: dict[str, Any], content: str | bytes, root: Path) -> list[str]:
    """Write the list and apply the rules; give the texts without the path of the file."""
    path = root / "list.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    texts = [finding.text for finding in findings(with_options(name, options), "train")]
    assert all(text.startswith(str(path)) for text in texts)
    return [text.removeprefix(str(path)) for text in texts]


WHOLE = {"newlines": "\n", "Windows": "\r\n", "old Mac": "\r"}


@pytest.mark.parametrize("newline", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("end", [True, False])
def test_whole_lists(newline: str, end: bool, root: Path) -> None:
    last = newline if end else ""
    assert not found(SEG, mmseg_list(root), newline.join(NAMES) + last, root)
    labelled = newline.join(f"{name}.jpg {i}" for i, name in enumerate(NAMES)) + last
    assert not found(CLS, mmpretrain_list(root), labelled, root)
    files = newline.join(f"{name}.jpg" for name in NAMES) + last
    assert not found(CLS, mmpretrain_list(root, with_label=False), files, root)


BOM = "\ufeff"
MMSEG = [
    ("a\n\nb\n", ", line 2: blank"),
    ("a\nb\n\n", ", line 3: blank"),
    ("\n\n\n a\n\n\n", ", lines 1, 2, 3 and 2 more: blank"),
    ("", " is empty"),
    ("\n\n", " is empty"),
    (f"{BOM}a\nb\n", " starts with a byte order mark"),
    ("a\nb\n".encode("utf-16"), " is not UTF-8"),
    (b"a\n\xe4\n", " is not UTF-8"),
    ("a\nb\tb.png\n", ", line 2: a tab"),
    ("a.jpg\nb.jpg\n", ", lines 1, 2: write the names without img_suffix='.jpg'"),
    ("a\nlost\n", ", line 2: there is no image {root}/images/lost.jpg"),
    ("images/a\n", ", line 1: there is no image {root}/images/images/a.jpg"),
]


@pytest.mark.parametrize(("content", "shown"), MMSEG)
def test_list_of_names(content: str | bytes, shown: str, root: Path) -> None:
    (text,) = found(SEG, mmseg_list(root), content, root)
    assert text.startswith(shown.format(root=root))


MMPRETRAIN = [
    ("a.jpg 0\n\nb.jpg 1\n", ", line 2: blank"),
    ("a.jpg 0\nb.jpg 1\n \n", ", line 3: blank"),
    ("", " is empty"),
    (f"{BOM}a.jpg 0\nb.jpg 1\n", " starts with a byte order mark"),
    ("a.jpg 0\n".encode("utf-16"), " is not UTF-8"),
    ("a.jpg 0\nb.jpg\t1\n", ", line 2: a tab; write a blank"),
    ("a.jpg 0\nc d.jpg\t1\n", ", line 2: a tab; write a blank"),
    ("a.jpg,0\nb.jpg,1\n", ", lines 1, 2: 'a.jpg,0' does not end in a blank and a label"),
    ("a.jpg\nb.jpg\n", ", lines 1, 2: 'a.jpg' does not end"),
    ("a.jpg 0\nb.jpg dog\n", ", line 2: 'b.jpg dog' does not end"),
    ("a.jpg 0\nb.jpg 1.0\n", ", line 2: 'b.jpg 1.0' does not end"),
    ("a.jpg 0\nb.jpg -1\n", ", line 2: 'b.jpg -1' does not end"),
    ("a.jpg 0\nlost.jpg 1\n", ", line 2: there is no image {root}/images/lost.jpg"),
]


@pytest.mark.parametrize(("content", "shown"), MMPRETRAIN)
@pytest.mark.parametrize("type_", ["CustomDataset", "mmpretrain.CustomDataset", "ImageNet"])
def test_list_of_files_and_labels(type_: str, content: str | bytes, shown: str, root: Path) -> None:
    (text,) = found(CLS, mmpretrain_list(root, type=type_), content, root)
    assert text.startswith(shown.format(root=root))


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a.jpg\n\nb.jpg\n", ", line 2: blank"),
        ("a.jpg \nb.jpg\n", ", line 1: blanks or tabs count as part of the name"),
        ("a.jpg\t0\nb.jpg\n", ", line 1: blanks or tabs count as part of the name"),
        ("a.jpg\nlost.jpg\n", ", line 2: there is no image"),
    ],
)
def test_list_of_files(content: str, shown: str, root: Path) -> None:
    text, *_ = found(CLS, mmpretrain_list(root, with_label=False), content, root)
    assert text.startswith(shown)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a\n\nb\n", ", line 2: blank"),
        ("a \nb\n", ", line 1: blanks or tabs count"),
        (f"{BOM}a\n", " starts with a byte order mark"),
    ],
)
def test_list_of_a_dataset_with_xml_files(content: str, shown: str, root: Path) -> None:
    options = {
        "default_scope": "mmdet",
        TRAIN: dict(type="VOCDataset", data_root=str(root), ann_file="list.txt", pipeline=[]),
    }
    (text,) = found(SEG, options, content, root)
    assert text.startswith(shown)


def test_several_faults_are_all_named(root: Path) -> None:
    content = f"{BOM}a.jpg 0\n\nb.jpg\t1\nlost.jpg 2\n"
    assert len(found(CLS, mmpretrain_list(root), content, root)) == 4


@pytest.mark.parametrize("options", [{"data_root": "s3://bucket"}, {"type": "CIFAR10"}])
def test_lists_that_are_not_read_here(options: dict[str, Any], root: Path) -> None:
    ann_file = str(root / "list.txt")
    assert not found(
        CLS, mmpretrain_list(root, **options) | {f"{TRAIN}.ann_file": ann_file}, "\n", root
    )


def test_suffix_of_a_public_set(root: Path) -> None:
    options = mmseg_list(root) | {f"{TRAIN}.type": "CityscapesDataset", f"{TRAIN}.metainfo": {}}
    del options[f"{TRAIN}.img_suffix"]
    cfg = with_options(SEG, options)
    del cfg.train_dataloader.dataset["img_suffix"]
    (root / "list.txt").write_text("a\n")
    (finding,) = findings(cfg, "train")
    assert finding.text.endswith("there is no image " + str(root / "images/a_leftImg8bit.png"))


# Files of classes


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"person\n\ncar\n", "line 2: blank"),
        (b"person\ncar\n\n", "line 3: blank"),
        (b"\xef\xbb\xbfperson\ncar\n", "byte order mark"),
        (b"", "is empty"),
        ("person\ncar\n".encode("utf-16"), "not UTF-8"),
    ],
)
@pytest.mark.parametrize("key", ["metainfo.classes", "classes"])
def test_file_of_classes_that_is_not_what_it_looks_like(
    key: str, content: bytes, shown: str, tmp_path: Path
) -> None:
    path = tmp_path / "classes.txt"
    path.write_bytes(content)
    cfg = with_options(CLS, {f"{TRAIN}.metainfo": {}, f"{TRAIN}.{key}": str(path)})
    found = [finding.text for finding in findings(cfg, "train") if finding.is_error]
    assert len(found) == 1
    assert found[0].startswith(str(path))
    assert shown in found[0]
