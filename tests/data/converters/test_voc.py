"""PASCAL VOC's files become COCO files."""

from pathlib import Path
from typing import Any

import pytest

from hrnet_mm.data.converters.voc import read_voc
from hrnet_mm.errors import UserError
from tests.data.converters.converted import (
    SIZE,
    annotations_of,
    by_mmdet,
    by_pycocotools,
    write,
    write_image,
)

CAT = ("cat", (11, 21, 60, 80), 0)
DOG = ("dog", (1, 1, 200, 100), 1)


def xml(name: str, objects: Any, *, size: tuple[int, int] = SIZE) -> str:
    nodes = [
        f"""<object><name>{label}</name><pose>Left</pose><truncated>1</truncated>
        <difficult>{difficult}</difficult>
        <bndbox><xmin>{x1}</xmin><ymin>{y1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox>
        <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax>
        </bndbox></part></object>"""
        for label, (x1, y1, x2, y2), difficult in objects
    ]
    return f"""<annotation><folder>VOC2012</folder><filename>{name}.jpg</filename>
    <size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>
    <segmented>0</segmented>{"".join(nodes)}</annotation>"""


def write_dataset(root: Path, **objects: Any) -> None:
    for name, of_image in objects.items():
        write_image(root / f"JPEGImages/{name}.jpg")
        write(root / f"Annotations/{name}.xml", xml(name, of_image))


def convert(source: Path, root: Path) -> Any:
    return by_pycocotools(read_voc(source), root / "coco.json")


def test_boxes_count_pixels_from_1_with_the_last(tmp_path: Path) -> None:
    write_dataset(tmp_path, a=[DOG, CAT], b=[])
    coco = convert(tmp_path, tmp_path)
    dog, cat = annotations_of(coco, "JPEGImages/a.jpg")
    assert (cat["category"], cat["bbox"], cat["iscrowd"]) == ("cat", [10, 20, 50, 60], 0)
    assert (dog["category"], dog["bbox"], dog["iscrowd"]) == ("dog", [0, 0, *SIZE], 1)
    assert cat["area"] == 3000
    assert annotations_of(coco, "JPEGImages/b.jpg") == []
    assert list(coco.cats) == [1, 2]


def test_mmdet_ignores_difficult_objects(tmp_path: Path) -> None:
    write_dataset(tmp_path, a=[DOG, CAT])
    convert(tmp_path, tmp_path)
    dataset = by_mmdet(tmp_path / "coco.json", images=tmp_path, classes=("cat", "dog"))
    info = dataset.get_data_info(0)
    assert Path(info["img_path"]).is_file()
    assert [(i["bbox_label"], i["ignore_flag"]) for i in info["instances"]] == [(1, 1), (0, 0)]
    assert info["instances"][1]["bbox"] == [10, 20, 60, 80]


@pytest.mark.parametrize("lines", ["b\n", "b  1\n\n"])
def test_a_list_of_a_split_keeps_the_classes_of_all(lines: str, tmp_path: Path) -> None:
    write_dataset(tmp_path, a=[CAT], b=[DOG])
    split = write(tmp_path / "ImageSets/Main/val.txt", lines)
    coco = convert(split, tmp_path)
    assert [image["file_name"] for image in coco.imgs.values()] == ["JPEGImages/b.jpg"]
    assert [category["name"] for category in coco.cats.values()] == ["cat", "dog"]
    assert [annotation["category_id"] for annotation in coco.anns.values()] == [2]


def test_one_folder_without_sizes(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg")
    write(tmp_path / "a.xml", xml("a", [CAT], size=(0, 0)))
    coco = convert(tmp_path, tmp_path)
    assert coco.imgs[1] == {"id": 1, "file_name": "a.jpg", "width": SIZE[0], "height": SIZE[1]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<annotation><object>", "ParseError"),
        (xml("a", [("cat", (9, 1, 5, 5), 0)]), "'cat' ends before it begins: 9 1 5 5"),
        (xml("a", [("cat", ("left", 1, 5, 5), 0)]), "'left'"),
        (xml("a", [("owl", (1, 1, 5, 5), 0)]), "'owl' is not one of the classes: cat"),
        (xml("c", [CAT]), "there is no image .*c.jpg"),
    ],
    ids=["xml", "order", "text", "class", "image"],
)
def test_faults_are_named(text: str, message: str, tmp_path: Path) -> None:
    write_dataset(tmp_path, a=[])
    write(tmp_path / "classes.txt", "cat\n")
    file = write(tmp_path / "Annotations/a.xml", text)
    with pytest.raises(UserError, match=f"^{file}: .*{message}"):
        convert(tmp_path, tmp_path)
    assert not (tmp_path / "coco.json").exists()


def test_files_that_a_list_names_in_vain(tmp_path: Path) -> None:
    write_dataset(tmp_path, a=[CAT])
    split = write(tmp_path / "ImageSets/Main/val.txt", "z\n")
    with pytest.raises(UserError, match=r"z.xml: No such file"):
        convert(split, tmp_path)
