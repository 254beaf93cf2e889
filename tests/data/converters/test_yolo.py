"""Files for Ultralytics' YOLO become COCO files."""

from pathlib import Path
from typing import Any

import pytest

from hrnet_mm.data.converters.yolo import read_yolo
from hrnet_mm.errors import UserError
from tests.data.converters.converted import (
    annotations_of,
    by_mmdet,
    by_mmpose,
    by_pycocotools,
    write,
    write_image,
)

NAMES = "path: ../datasets/x\ntrain: images/train\nval: images/val\nnames:\n  0: owl\n  1: cat\n"
POSES = NAMES + "kpt_shape: [3, {dims}]\nflip_idx: [0, 2, 1]\n"


def write_dataset(root: Path, rows: str, *, description: str = NAMES) -> Path:
    """Write an image with these rows, and one without; return the file of the rows."""
    write(root / "data.yaml", description)
    for name in "a", "b":
        write_image(root / f"images/train/{name}.png")
    return write(root / "labels/train/a.txt", rows)


def convert(folder: Path) -> Any:
    return by_pycocotools(read_yolo(folder), folder / "coco.json")


def test_boxes(tmp_path: Path) -> None:
    write_dataset(tmp_path, "1 0.5 0.5 0.2 0.4\n\n0 0.1 0.1 0.2 0.2\n")
    coco = convert(tmp_path)
    cat, owl = annotations_of(coco, "images/train/a.png")
    assert (cat["category"], cat["bbox"]) == ("cat", pytest.approx([80, 30, 40, 40]))
    assert (owl["category"], owl["bbox"]) == ("owl", pytest.approx([0, 0, 40, 20]))
    assert owl["area"] == pytest.approx(800)
    assert "segmentation" not in cat
    assert annotations_of(coco, "images/train/b.png") == []
    dataset = by_mmdet(tmp_path / "coco.json", images=tmp_path, classes=("owl", "cat"))
    info = dataset.get_data_info(0)
    assert Path(info["img_path"]).is_file()
    assert info["instances"][0]["bbox_label"] == 1
    assert info["instances"][0]["bbox"] == pytest.approx([80, 30, 120, 70])


def test_polygons(tmp_path: Path) -> None:
    write_dataset(tmp_path, "0 0.1 0.1 0.5 0.1 0.1 0.5\n")
    [owl] = convert(tmp_path).anns.values()
    assert owl["segmentation"] == [pytest.approx([20, 10, 100, 10, 20, 50])]
    assert owl["bbox"] == pytest.approx([20, 10, 80, 40])
    assert owl["area"] == pytest.approx(1600)


@pytest.mark.parametrize(
    ("dims", "row"),
    [
        (3, "0 0.5 0.5 0.2 0.4 0.25 0.5 2 0.5 0.75 1 0 0 0"),
        (2, "0 0.5 0.5 0.2 0.4 0.25 0.5 0.5 0.75 0 0"),
    ],
)
def test_poses(dims: int, row: str, tmp_path: Path) -> None:
    names = "kpt_names:\n  0: [nose, left_eye, right_eye]\n"
    write_dataset(tmp_path, row, description=POSES.format(dims=dims) + names)
    coco = convert(tmp_path)
    [owl] = coco.anns.values()
    assert owl["keypoints"] == [50, 50, 2, 100, 75, 1 if dims == 3 else 2, 0, 0, 0]
    assert owl["num_keypoints"] == 2
    assert coco.cats[1]["keypoints"] == ["nose", "left_eye", "right_eye"]
    info = by_mmpose(tmp_path / "coco.json", images=tmp_path).get_data_info(0)
    assert info["keypoints"].tolist() == [[[50, 50], [100, 75], [0, 0]]]
    assert info["bbox"][0].tolist() == pytest.approx([80, 30, 120, 70])


def test_keypoints_without_names_have_numbers(tmp_path: Path) -> None:
    row = "0 0.5 0.5 0.2 0.4 0.25 0.5 0.5 0.75 0 0"
    write_dataset(tmp_path, row, description=POSES.format(dims=2))
    assert convert(tmp_path).cats[2]["keypoints"] == ["keypoint_0", "keypoint_1", "keypoint_2"]


@pytest.mark.parametrize("folder", ["train/images", "train", ""])
def test_a_split_with_its_own_folder(folder: str, tmp_path: Path) -> None:
    write(tmp_path / "data.yaml", "nc: 2\nnames: ['owl', 'cat']\n")
    write_image(tmp_path / "train/images/a.png")
    write(tmp_path / "train/labels/a.txt", "1 0.5 0.5 0.2 0.4")
    coco = convert(tmp_path / folder)
    assert coco.imgs[1]["file_name"] == f"{'train/images'[len(folder) :]}/a.png".lstrip("/")
    assert coco.anns[1]["category_id"] == 2


def test_text_files_beside_the_images_and_a_list(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png")
    write(tmp_path / "a.txt", "1 0.5 0.5 0.2 0.4")
    write(tmp_path / "classes.txt", "owl\ncat\n")
    coco = convert(tmp_path)
    assert [category["name"] for category in coco.cats.values()] == ["owl", "cat"]
    assert coco.anns[1]["category_id"] == 2


def test_names_may_be_numbers(tmp_path: Path) -> None:
    write_dataset(tmp_path, "1 0.5 0.5 0.2 0.4", description="names: [0, 1.5]")
    assert [category["name"] for category in convert(tmp_path).cats.values()] == ["0", "1.5"]


@pytest.mark.parametrize("name", ["c.pdf", "c.h5", "._a.png", "._a.txt", ".cache/c.png"])
def test_what_is_no_image_is_left_out(name: str, tmp_path: Path) -> None:
    write_dataset(tmp_path, "1 0.5 0.5 0.2 0.4")
    folder = "labels" if name.endswith(".txt") else "images"
    write(tmp_path / folder / "train" / name, "no image")
    assert len(convert(tmp_path).imgs) == 2


@pytest.mark.parametrize("file", ["data.yaml", "labels/train/a.txt"])
def test_windows_text(file: str, tmp_path: Path) -> None:
    write_dataset(tmp_path, "1 0.5 0.5 0.2 0.4")
    text = (tmp_path / file).read_text()
    (tmp_path / file).write_text(text, encoding="utf-8-sig")
    assert convert(tmp_path).anns[1]["category_id"] == 2
    (tmp_path / file).write_text(f"{text}# Käfer", encoding="latin-1")
    with pytest.raises(UserError, match=f"^{tmp_path / file} is not UTF-8 text: save it as UTF-8"):
        convert(tmp_path)


def test_images_that_differ_in_the_suffix_share_a_text_file(tmp_path: Path) -> None:
    write_dataset(tmp_path, "0 0.5 0.5 0.2 0.4")
    write_image(tmp_path / "images/train/a.jpg")
    coco = convert(tmp_path)
    assert len(coco.imgs) == 3
    for suffix in "jpg", "png":
        assert len(annotations_of(coco, f"images/train/a.{suffix}")) == 1


def test_sizes_are_those_of_the_turned_image(tmp_path: Path) -> None:
    write_dataset(tmp_path, "0 0.5 0.5 0.2 0.4")
    write_image(tmp_path / "images/train/a.png", orientation=6)
    coco = convert(tmp_path)
    assert (coco.imgs[1]["width"], coco.imgs[1]["height"]) == (100, 200)
    assert coco.anns[1]["bbox"] == pytest.approx([40, 60, 20, 80])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2 0.5 0.5 0.2 0.4", "class 2 in .* 0 to 1"),
        ("-1 0.5 0.5 0.2 0.4", "class -1"),
        ("0 0.5 0.5 1.2 0.4", "outside 0 to 1 in '0 0.5 0.5 1.2 0.4'"),
        ("0 100 50 nan 20", "outside 0 to 1"),
        ("0 0.1 0.1 0.5 0.1 0.1 -0.5", "outside 0 to 1"),
        ("0 0.5 0.5 0.2", "0.2"),
        ("cat 0.5 0.5 0.2 0.4", "'cat'"),
        ("0", "neither a box nor a polygon"),
    ],
)
def test_faults_of_rows_are_named(row: str, message: str, tmp_path: Path) -> None:
    file = write_dataset(tmp_path, f"0 0.5 0.5 0.2 0.4\n{row}\n")
    with pytest.raises(UserError, match=f"^{file}: .*{message}"):
        convert(tmp_path)
    assert not (tmp_path / "coco.json").exists()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0 0.5 0.5 0.2 0.4", "a box and 3 keypoints of 3 numbers"),
        ("0 0.5 0.5 0.2 0.4 1.5 0.5 2 0.5 0.75 1 0 0 0", "outside 0 to 1"),
        ("0 0.5 0.5 0.2 0.4 0.25 0.5 2 0.5 0.75 7 0 0 0", "visibility"),
    ],
)
def test_faults_of_poses_are_named(row: str, message: str, tmp_path: Path) -> None:
    file = write_dataset(tmp_path, row, description=POSES.format(dims=3))
    with pytest.raises(UserError, match=f"^{file}: .*{message}"):
        convert(tmp_path)


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("names: [a", "not YAML"),
        ("nc: 2", "'names'"),
        ("names: [no, 'yes']", "a name is read as False, .*: put it in quotes"),
        ("names: [owl, null]", "a name is read as None"),
        (POSES.format(dims=3) + "kpt_names: {0: [a, on, b]}", "a name is read as True"),
        (POSES.format(dims=4), "kpt_shape"),
        (POSES.format(dims=3) + "kpt_names: {0: [nose]}", "with 1 kpt_names"),
    ],
)
def test_faults_of_the_description_are_named(
    description: str, message: str, tmp_path: Path
) -> None:
    write_dataset(tmp_path, "", description=description)
    with pytest.raises(UserError, match=f"data.yaml: .*{message}"):
        convert(tmp_path)


def test_missing_names_and_images(tmp_path: Path) -> None:
    write_dataset(tmp_path, "")
    orphan = write(tmp_path / "labels/train/c.txt", "0 0.5 0.5 0.2 0.4")
    with pytest.raises(UserError, match=f"{orphan}: there is no image"):
        convert(tmp_path)
    orphan.unlink()
    with pytest.raises(UserError, match="no annotations in 2 images"):
        convert(tmp_path)
    (tmp_path / "data.yaml").unlink()
    with pytest.raises(UserError, match=r"no data.yaml or classes.txt"):
        convert(tmp_path)


def test_a_broken_image_is_named(tmp_path: Path) -> None:
    write_dataset(tmp_path, "0 0.5 0.5 0.2 0.4")
    write(tmp_path / "images/train/a.png", "no image")
    with pytest.raises(UserError, match=r"the image .*a.png is truncated, damaged"):
        convert(tmp_path)
