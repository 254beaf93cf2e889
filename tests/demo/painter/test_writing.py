"""The set on disk: equal for equal seeds, and never half written."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from demo.painter import THINGS, contact_sheet, draw_scene, toy_scenes, write_toy_scenes
from tests.demo.painter.conftest import NUM_TRAIN, NUM_VAL


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def write_few(root: Path, *, seed: int = 3) -> Path:
    return write_toy_scenes(root, seed=seed, num_train=2, num_val=1, processes=1)


def test_the_set_does_not_depend_on_the_number_of_processes(tmp_path, toy):
    parallel = write_toy_scenes(
        tmp_path / "toy", seed=3, num_train=NUM_TRAIN, num_val=NUM_VAL, processes=2
    )
    assert contents(parallel) == contents(toy)


def test_the_files_are_the_scenes(toy):
    name = "toytown_000007_000000"
    scene = draw_scene(seed=3, split="train", index=7)
    image = cv2.imread(str(toy / f"leftImg8bit/train/toytown/{name}_leftImg8bit.png"))
    labels = toy / f"gtFine/train/toytown/{name}_gtFine_labelTrainIds.png"
    assert image is not None
    np.testing.assert_array_equal(image[..., ::-1], scene.image)
    np.testing.assert_array_equal(cv2.imread(str(labels), cv2.IMREAD_UNCHANGED), scene.label_map)


def test_the_description_counts_what_was_written(toy):
    meta = json.loads((toy / "meta.json").read_text())
    assert (meta["seed"], meta["num_train"], meta["num_val"]) == (3, NUM_TRAIN, NUM_VAL)
    for split, number in (("train", NUM_TRAIN), ("val", NUM_VAL)):
        content = json.loads((toy / f"annotations/instances_{split}.json").read_text())
        assert len(content["images"]) == number
        assert len(content["annotations"]) == sum(meta["instances"][split].values())
    assert set(meta["instances"]["train"]) == set(THINGS)


def test_a_complete_set_is_left_alone(tmp_path, monkeypatch):
    root = write_few(tmp_path / "toy")
    monkeypatch.setattr(toy_scenes, "draw_scene", None)
    assert write_few(root) == root


def test_a_set_of_another_seed_or_version_is_replaced(tmp_path, monkeypatch):
    root = write_few(tmp_path / "toy")
    first = contents(root)
    assert contents(write_few(root, seed=4)) != first
    write_few(root)
    assert contents(root) == first
    monkeypatch.setattr(toy_scenes, "VERSION", 0)
    assert json.loads((write_few(root) / "meta.json").read_text())["version"] == 0


@pytest.mark.parametrize("present", [False, True], ids=["nothing there", "another set there"])
def test_an_interruption_leaves_what_was_there(tmp_path, monkeypatch, present):
    root = tmp_path / "toy"
    before = contents(write_few(root, seed=4)) if present else {}

    def draw_and_fail(*, seed: int, split: str, index: int):
        if split == "val":
            raise KeyboardInterrupt
        return draw_scene(seed=seed, split=split, index=index)

    with monkeypatch.context() as patched:
        patched.setattr(toy_scenes, "draw_scene", draw_and_fail)
        with pytest.raises(KeyboardInterrupt):
            write_few(root)
    assert contents(root) == before
    assert [path.name for path in tmp_path.iterdir()] == (["toy"] if present else [])
    assert (write_few(root) / "meta.json").is_file()


def test_a_folder_of_something_else_is_not_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match=str(tmp_path)):
        write_few(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_an_empty_split_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not 0 and 4"):
        write_toy_scenes(tmp_path / "toy", num_train=0, num_val=4)


def test_contact_sheet():
    scenes = [draw_scene(seed=0, split="val", index=index) for index in range(3)]
    sheet = contact_sheet(scenes, columns=2)
    assert sheet.dtype == np.uint8
    height, width = 2 * scenes[0].image.shape[0], 2 * scenes[0].image.shape[1]
    assert sheet.shape[0] > 6 * height
    assert 2 * width < sheet.shape[1] < 3 * width
    with pytest.raises(ValueError, match="not 0 and 2"):
        contact_sheet([], columns=2)
