"""Text files of own data, as editors save them, and which files are images."""

import re
from pathlib import Path

import pytest

from hrnet_mm.data.converters.coco import listed_classes
from hrnet_mm.data.own_files import image_files, utf8_text
from hrnet_mm.data.surveys.labels import read_colors
from hrnet_mm.data.surveys.survey import class_names
from hrnet_mm.errors import UserError

READERS = {
    "text": lambda file: utf8_text(file).splitlines(),
    "converters": lambda file: listed_classes(file.parent),
    "surveys": lambda file: class_names([str(file)]),
    "colours": lambda file: [f"{name} 1 2 3" for name in read_colors(file).values()],
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_the_text(
    encoding: str, reader: str, tmp_path: Path
) -> None:
    file = tmp_path / "classes.txt"
    file.write_text("Käfer 1 2 3\n", encoding=encoding)
    assert READERS[reader](file) == ["Käfer 1 2 3"]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encodings_are_refused(encoding: str, reader: str, tmp_path: Path) -> None:
    file = tmp_path / "classes.txt"
    file.write_text("Käfer 1 2 3\n", encoding=encoding)
    with pytest.raises(UserError, match=re.escape(f"{file} is not UTF-8 text: save it as UTF-8")):
        READERS[reader](file)


def test_images_are_found_in_all_folders_but_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.PNG", "a/c.tif", "._b.png", ".cache/d.png", "e.pdf", "f.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert image_files(tmp_path) == [tmp_path / "a/c.tif", tmp_path / "b.PNG"]
