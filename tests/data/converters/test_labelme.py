"""labelme's files become COCO files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrnet_mm.data.converters.labelme import read_labelme
from hrnet_mm.errors import UserError
from tests.data.converters.converted import (
    SIZE,
    annotations_of,
    by_mmdet,
    by_mmpose,
    by_pycocotools,
    write,
    write_image,
)

TRIANGLE = [[10, 10], [50, 10], [10, 40]]


def shape(label: str, kind: str, points: Any, **others: Any) -> dict[str, Any]:
    return {
        "label": label,
        "points": points,
        "group_id": None,
        "description": "",
        "shape_type": kind,
        "flags": {},
        "mask": None,
    } | others


def point(label: str, x: float, y: float, **others: Any) -> dict[str, Any]:
    return shape(label, "point", [[x, y]], **others)


def box(label: str, **others: Any) -> dict[str, Any]:
    return shape(label, "rectangle", [[90, 60], [20, 30]], **others)


def write_file(folder: Path, shapes: list[Any], name: str = "a", **others: Any) -> Path:
    write_image(folder / f"{name}.png")
    content = {
        "version": "5.5.0",
        "flags": {},
        "shapes": shapes,
        "imagePath": f"{name}.png",
        "imageData": "aGk=",
        "imageHeight": SIZE[1],
        "imageWidth": SIZE[0],
    }
    return write(folder / f"{name}.json", json.dumps(content | others))


def convert(folder: Path) -> Any:
    return by_pycocotools(read_labelme(folder), folder / "coco.json")


def converted(folder: Path, *shapes: dict[str, Any]) -> list[dict[str, Any]]:
    write_file(folder, list(shapes))
    return annotations_of(convert(folder), "a.png")


def test_outlines(tmp_path: Path) -> None:
    triangle, rectangle, circle = converted(
        tmp_path,
        shape("owl", "polygon", TRIANGLE),
        box("cat"),
        shape("cat", "circle", [[100, 50], [100, 70]]),
    )
    assert (triangle["category"], triangle["bbox"]) == ("owl", [10, 10, 40, 30])
    assert triangle["segmentation"] == [[10, 10, 50, 10, 10, 40]]
    assert triangle["area"] == 600
    assert rectangle["bbox"] == [20, 30, 70, 30]
    assert rectangle["segmentation"] == [[20, 30, 90, 30, 90, 60, 20, 60]]
    assert circle["bbox"] == [80, 30, 40, 40]
    assert circle["area"] == pytest.approx(np.pi * 400, rel=0.01)


def test_mmdet_reads_boxes_and_masks(tmp_path: Path) -> None:
    converted(tmp_path, shape("owl", "polygon", TRIANGLE), box("cat"))
    dataset = by_mmdet(tmp_path / "coco.json", images=tmp_path, classes=("cat", "owl"))
    info = dataset.get_data_info(0)
    assert Path(info["img_path"]).is_file()
    assert [item["bbox_label"] for item in info["instances"]] == [1, 0]
    assert info["instances"][0]["bbox"] == [10, 10, 50, 40]
    assert info["instances"][0]["mask"] == [[10, 10, 50, 10, 10, 40]]


def test_shapes_of_a_label_and_group_are_one_object(tmp_path: Path) -> None:
    other = [[60, 60], [80, 60], [80, 80]]
    parts = [shape("cat", "polygon", points, group_id=1) for points in (TRIANGLE, other)]
    cat, dog = converted(tmp_path, parts[0], shape("dog", "polygon", other, group_id=1), parts[1])
    assert (cat["bbox"], len(cat["segmentation"])) == ([10, 10, 70, 70], 2)
    assert dog["bbox"] == [60, 60, 20, 20]


def test_points_are_the_keypoints_of_their_group(tmp_path: Path) -> None:
    write(tmp_path / "labels.txt", "__ignore__\n_background_\nface\nnose\nleft_eye\nright_eye\n")
    first, second = converted(
        tmp_path,
        point("right_eye", 5, 6, group_id=2),
        point("nose", 1, 2, group_id=1),
        box("face", group_id=1),
        point("left_eye", 3.5, 4, group_id=1, flags={"occluded": True}),
        box("face", group_id=2),
    )
    assert first["keypoints"] == [1, 2, 2, 3.5, 4, 1, 0, 0, 0]
    assert (first["num_keypoints"], first["bbox"]) == (2, [20, 30, 70, 30])
    assert second["keypoints"] == [0, 0, 0, 0, 0, 0, 5, 6, 2]
    dataset = by_mmpose(tmp_path / "coco.json", images=tmp_path)
    info = dataset.get_data_info(0)
    assert info["keypoints"].tolist() == [[[1, 2], [3.5, 4], [0, 0]]]
    assert info["keypoints_visible"].tolist() == [[1, 1, 0]]
    assert info["bbox"].tolist() == [[20, 30, 90, 60]]
    assert Path(info["img_path"]).is_file()


def test_points_alone_are_an_object(tmp_path: Path) -> None:
    write_file(tmp_path, [point("tail", 10, 20), point("nose", 30, 60)])
    coco = convert(tmp_path)
    [animal] = coco.anns.values()
    assert coco.cats[1]["keypoints"] == ["nose", "tail"]
    assert coco.cats[1]["name"] == "object"
    assert animal["bbox"] == [10, 20, 20, 40]
    assert animal["keypoints"] == [30, 60, 2, 10, 20, 2]


def test_folders_paths_sizes_and_other_files(tmp_path: Path) -> None:
    write_image(tmp_path / "images/b.png")
    paths = {"imagePath": "..\\images\\b.png", "imageHeight": None}
    write_file(tmp_path / "train", [box("cat")])
    write_file(tmp_path / "labels", [], name="empty", **paths)
    write(tmp_path / "other.json", '{"images": []}')
    for _ in range(2):  # the file that it writes is no obstacle
        coco = convert(tmp_path)
        assert [image["file_name"] for image in coco.imgs.values()] == [
            "images/b.png",
            "train/a.png",
        ]
        assert {(image["width"], image["height"]) for image in coco.imgs.values()} == {SIZE}


def test_a_list_gives_classes_that_a_folder_lacks(tmp_path: Path) -> None:
    write(tmp_path / "classes.txt", "owl\ndog\ncat\n")
    write_file(tmp_path / "images/val", [box("cat")])
    coco = convert(tmp_path / "images/val")
    assert {number: category["name"] for number, category in coco.cats.items()} == {
        1: "owl",
        2: "dog",
        3: "cat",
    }


@pytest.mark.parametrize(
    ("shapes", "others", "message"),
    [
        ([box("cat")], {"imagePath": "c.png"}, "there is no image .*c.png"),
        ([shape("way", "line", [[0, 0], [1, 1]])], {}, "'way' is a line of 2 points"),
        ([shape("cat", "polygon", TRIANGLE[:2])], {}, "'cat' is a polygon of 2 points"),
        ([shape("cat", "polygon", "TRIANGLE")], {}, "could not convert .*'TRIANGLE'"),
        ([{"points": []}], {}, "KeyError: 'label'"),
        (
            [box("a", group_id=1), box("b", group_id=1), point("x", 1, 1, group_id=1)],
            {},
            "2 shapes",
        ),
        (
            [box("a"), box("b", group_id=2), point("x", 1, 1, group_id=7)],
            {},
            "group_id 7 .* 0 shap",
        ),
        ([box("a"), point("x", 1, 1), point("x", 2, 2)], {}, "'x' twice in group_id None"),
        ([point("x", 1, 1)], {}, "points on a line have no box"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_faults_are_named(
    shapes: list[Any], others: dict[str, Any], message: str, tmp_path: Path
) -> None:
    file = write_file(tmp_path, shapes, **others)
    with pytest.raises(UserError, match=f"^{file}: .*{message}"):
        convert(tmp_path)
    assert not (tmp_path / "coco.json").exists()


def test_labels_that_a_list_lacks_are_named(tmp_path: Path) -> None:
    write(tmp_path / "labels.txt", "cat\n")
    write_file(tmp_path, [box("dog")])
    with pytest.raises(UserError, match=r"a.json: 'dog' is not one of the classes: cat"):
        convert(tmp_path)


def test_broken_json_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", '{"shapes": [')
    with pytest.raises(UserError, match=f"^{file}: .*JSONDecodeError"):
        convert(tmp_path)


def test_nothing_annotated(tmp_path: Path) -> None:
    write_file(tmp_path, [])
    with pytest.raises(UserError, match="no annotations in 1 images"):
        convert(tmp_path)
