"""COCO files of all sorts: what is read from them, and what is written of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hrnet_mm.data.surveys.coco import CocoSurvey, survey_coco
from hrnet_mm.data.surveys.survey import Request
from hrnet_mm.errors import UserError

Content = dict[str, Any]


def content(*, images: int = 10) -> Content:
    """Images with a box each, in turn of two categories whose ids are not 1 and 2."""
    return {
        "info": {"year": 2026},
        "images": [
            {"id": i, "file_name": f"{i}.png", "width": 40, "height": 30} for i in range(images)
        ],
        "annotations": [
            {
                "id": i + 1,
                "image_id": i,
                "category_id": (7, 90)[i % 2],
                "bbox": [4, 6, 10, 12],
                "area": 120,
                "iscrowd": 0,
            }
            for i in range(images)
        ],
        "categories": [{"id": 7, "name": "cat"}, {"id": 90, "name": "dog"}],
    }


def with_keypoints(**category: Any) -> Content:
    points = content()
    points["categories"] = [{"id": 7, "name": "cat", **category}]
    for annotation in points["annotations"]:
        annotation |= {"category_id": 7, "bbox": [4, 6, 20, 12], "area": 240}
        annotation["keypoints"] = [10, 10, 2, 20, 12, 1, 0, 0, 0]
    return points


def survey(folder: Path, written: Content, *, pose: bool = False, **options: Any) -> CocoSurvey:
    folder.mkdir(exist_ok=True)
    for image in written["images"]:
        Image.new("RGB", (40, 30)).save(folder / image["file_name"])
    file = folder / "all.json"
    file.write_text(json.dumps(written))
    return survey_coco(Request(data=file, images=folder, **options), pose=pose)


def new_content(found: CocoSurvey, part: str, folder: Path) -> Content:
    path = folder / f"mine_{part}.json"
    found.files[path](path)
    return json.loads(path.read_text())


def test_a_split_keeps_all_that_the_file_says(tmp_path: Path) -> None:
    found = survey(tmp_path, content())
    before = json.loads((tmp_path / "all.json").read_text())
    train, val = (new_content(found, part, tmp_path) for part in ("train", "val"))
    assert (len(train["images"]), len(val["images"])) == (8, 2)
    assert sorted(a["id"] for c in (train, val) for a in c["annotations"]) == list(range(1, 11))
    for part in (train, val):
        assert part["info"] == before["info"]
        assert part["categories"] == before["categories"]
        assert {a["image_id"] for a in part["annotations"]} == {i["id"] for i in part["images"]}
    assert json.loads((tmp_path / "all.json").read_text()) == before


def test_classes_are_those_that_are_annotated(tmp_path: Path) -> None:
    written = content()
    written["categories"].insert(0, {"id": 0, "name": "animals"})
    found = survey(tmp_path, written)
    assert found.classes == ["cat", "dog"]
    assert found.shares == ["5", "5"]
    assert any("animals" in note for note in found.notes)


def test_two_files_are_used_as_they_are(tmp_path: Path) -> None:
    val = tmp_path / "val.json"
    val.write_text(json.dumps(content()))
    found = survey(tmp_path, content(), val=val)
    assert not found.files
    assert found.val.annotations == val


def test_two_files_may_number_images_and_categories_in_their_own_way(tmp_path: Path) -> None:
    other = content(images=4)
    for category, annotations in zip(other["categories"], (0, 1), strict=True):
        category["id"] += 1000
        for annotation in other["annotations"][annotations::2]:
            annotation["category_id"] += 1000
    for image in other["images"]:
        image["width"] = 80
    val = tmp_path / "val.json"
    val.write_text(json.dumps(other))
    found = survey(tmp_path, content(), val=val)
    assert found.shares == ["7", "7"]
    assert found.sizes == {(40, 30): 10, (80, 30): 4}


def test_two_files_have_their_categories_in_the_same_order(tmp_path: Path) -> None:
    other = content()
    other["categories"].reverse()
    val = tmp_path / "val.json"
    val.write_text(json.dumps(other))
    with pytest.raises(UserError, match="in the same order"):
        survey(tmp_path, content(), val=val)


def test_images_without_annotations_are_counted(tmp_path: Path) -> None:
    written = content()
    del written["annotations"][3]
    found = survey(tmp_path, written)
    assert any("not learned from: 1 of 10 images" in note for note in found.notes)


def test_what_is_missing_goes_into_new_files(tmp_path: Path) -> None:
    written = with_keypoints()
    for image in written["images"]:
        del image["width"], image["height"]
    for annotation in written["annotations"]:
        del annotation["bbox"], annotation["area"]
    train = new_content(survey(tmp_path, written, pose=True), "train", tmp_path)
    assert train["images"][0]["width"] == 40
    # Around (10, 10) and (20, 12), with a tenth of the sides.
    assert train["annotations"][0]["bbox"] == pytest.approx([9, 9.8, 12, 2.4])
    assert train["annotations"][0]["num_keypoints"] == 2


def test_a_size_that_is_missing_is_that_of_the_turned_photo(tmp_path: Path) -> None:
    written = content()
    survey(tmp_path, written)
    for image in written["images"]:
        del image["width"], image["height"]
        photo = Image.new("RGB", (40, 30))
        exif = photo.getexif()
        exif[0x0112] = 6
        photo.save(tmp_path / image["file_name"], exif=exif)
    (tmp_path / "all.json").write_text(json.dumps(written))
    found = survey_coco(Request(data=tmp_path / "all.json", images=tmp_path), pose=False)
    assert found.sizes == {(30, 40): 10}


def test_keypoints_without_names_get_numbers(tmp_path: Path) -> None:
    found = survey(tmp_path, with_keypoints(), pose=True)
    assert found.keypoints == ["point_0", "point_1", "point_2"]
    assert "point_1 (0, 10, 0)" in found.notes[-1]


@pytest.mark.parametrize(
    "points",
    [[10, 10, 20, 12], [[10, 10, 2], [20, 12, 1], [0, 0, 0]], [10, 10, "2"], [None] * 3, [{}, 1]],
)
@pytest.mark.parametrize("pose", [True, False])
def test_keypoints_are_three_numbers_each(points: Any, pose: bool, tmp_path: Path) -> None:
    written = with_keypoints()
    for annotation in written["annotations"]:
        annotation["keypoints"] = points
        if not pose:  # the box is to be that around them
            del annotation["bbox"]
    with pytest.raises(UserError, match=r"all\.json: annotation 1 has the keypoints .*x1, y1, v1"):
        survey(tmp_path, written, pose=pose)


@pytest.mark.parametrize("skeleton", [[[1, 2], [2, 3]], [[0, 1], [1, 2]]])
def test_a_skeleton_counts_from_one_or_from_zero(skeleton: Any, tmp_path: Path) -> None:
    written = with_keypoints(keypoints=["a", "b", "c"], skeleton=skeleton)
    assert survey(tmp_path, written, pose=True).links == [(0, 1), (1, 2)]


def _without_category(written: Content) -> None:
    written["annotations"][0]["category_id"] = 5


def _with_a_name_twice(written: Content) -> None:
    written["categories"][1]["name"] = "cat"


def _without_annotations(written: Content) -> None:
    written["annotations"] = []


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (_without_category, "no category has the id 5"),
        (_with_a_name_twice, "two categories have the name 'cat'"),
        (_without_annotations, "has no annotations, as a COCO file has"),
    ],
)
def test_faults_name_the_file(
    damage: Callable[[Content], None], fault: str, tmp_path: Path
) -> None:
    written = content()
    damage(written)
    with pytest.raises(UserError, match=f"all.json.*{fault}"):
        survey(tmp_path, written)


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    survey(tmp_path, content())
    (tmp_path / "3.png").unlink()
    with pytest.raises(UserError, match=r"all.json: 1 of 10 images are not in .*'3.png'"):
        survey_coco(Request(data=tmp_path / "all.json", images=tmp_path), pose=False)


def test_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    file.write_text("{")
    with pytest.raises(UserError, match=r"all\.json: unexpected content"):
        survey_coco(Request(data=file, images=tmp_path), pose=False)
