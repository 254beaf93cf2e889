"""What a scene says of itself follows from what was painted."""

import subprocess
import sys

import numpy as np
import pytest

from demo.painter import IGNORED_LABEL, SEMANTIC_CLASSES, Scene, draw_scene
from demo.painter.scenes import HEIGHT, WIDTH

SCENES = 20


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [draw_scene(seed=1, split="train", index=index) for index in range(SCENES)]


def people_keypoints(scenes: list[Scene]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [
        (instance.keypoints, instance.mask)
        for scene in scenes
        for instance in scene.instances
        if instance.keypoints is not None
    ]


def test_equal_arguments_give_equal_scenes(scenes):
    again = draw_scene(seed=1, split="train", index=5)
    np.testing.assert_array_equal(again.image, scenes[5].image)
    np.testing.assert_array_equal(again.label_map, scenes[5].label_map)
    assert len(again.instances) == len(scenes[5].instances)
    for one, other in zip(again.instances, scenes[5].instances, strict=True):
        np.testing.assert_array_equal(one.mask, other.mask)


@pytest.mark.parametrize(
    "changed", [{"seed": 2}, {"split": "val"}, {"index": 6}], ids=["seed", "split", "index"]
)
def test_other_arguments_give_other_scenes(scenes, changed):
    other = draw_scene(**({"seed": 1, "split": "train", "index": 5} | changed))
    assert np.mean(other.image != scenes[5].image) > 0.5


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="'test'"):
        draw_scene(seed=0, split="test", index=0)
    with pytest.raises(ValueError, match="-1"):
        draw_scene(seed=-1, split="train", index=0)


def test_types_and_sizes(scenes):
    for scene in scenes:
        assert scene.image.shape == (HEIGHT, WIDTH, 3)
        assert scene.image.dtype == scene.label_map.dtype == np.uint8
        assert scene.label_map.shape == (HEIGHT, WIDTH)
        assert all(instance.mask.dtype == bool for instance in scene.instances)


def test_every_class_occurs_and_no_other(scenes):
    seen = {int(label) for scene in scenes for label in np.unique(scene.label_map)}
    assert seen - {IGNORED_LABEL} == set(range(len(SEMANTIC_CLASSES)))


def test_label_maps_agree_with_the_masks(scenes):
    for scene in scenes:
        covered = np.zeros_like(scene.label_map)
        for instance in scene.instances:
            train_id = SEMANTIC_CLASSES.index(instance.category)
            assert (scene.label_map[instance.mask] == train_id).all()
            covered += instance.mask
        assert covered.max() == 1
        is_thing = (scene.label_map >= 4) & (scene.label_map != IGNORED_LABEL)
        np.testing.assert_array_equal(covered > 0, is_thing)


def test_visibility_follows_from_the_masks(scenes):
    seen = set()
    for keypoints, mask in people_keypoints(scenes):
        for x, y, visibility in keypoints:
            seen.add(visibility)
            if visibility == 0:
                assert (x, y) == (0, 0)
            else:
                assert 0 <= x <= WIDTH - 1
                assert 0 <= y <= HEIGHT - 1
                assert mask[round(y), round(x)] == (visibility == 2)
    assert seen == {0, 1, 2}


def test_keypoints_are_where_the_body_is(scenes):
    """Uncut and unhidden people show all their joints, and only faces can be unlabelled."""
    free = [keypoints for keypoints, _ in people_keypoints(scenes) if (keypoints[5:, 2] == 2).all()]
    assert len(free) > SCENES / 2
    for keypoints in free:
        shoulders, hips = keypoints[5:7, 1].mean(), keypoints[11:13, 1].mean()
        ears = keypoints[3:5][keypoints[3:5, 2] > 0]
        assert len(ears) > 0
        assert ears[:, 1].mean() < shoulders < hips


def test_left_is_on_the_right_of_those_who_show_their_face(scenes):
    facing = [k for k, _ in people_keypoints(scenes) if (k[:5, 2] == 2).all()]
    assert len(facing) > SCENES / 2
    for keypoints in facing:
        assert keypoints[1, 0] > keypoints[2, 0]  # eyes
    assert np.mean([k[5, 0] > k[6, 0] for k in facing if k[5:7, 2].all()]) > 0.95


def test_some_turn_their_back_and_most_do_not(scenes):
    backs = np.mean([not keypoints[:3, 2].any() for keypoints, _ in people_keypoints(scenes)])
    assert 0.05 < backs < 0.35


def test_colours_do_not_give_a_class_away(scenes):
    """The mean colours of any two classes of things overlap widely."""
    colours: dict[str, list[np.ndarray]] = {}
    for scene in scenes:
        for instance in scene.instances:
            colours.setdefault(instance.category, []).append(scene.image[instance.mask].mean(0))
    means = np.array([np.mean(values, axis=0) for values in colours.values()])
    spread = np.mean([np.std(values, axis=0).mean() for values in colours.values()])
    assert np.ptp(means, axis=0).max() < 3.5 * spread


def test_importing_the_datasets_does_not_import_torch():
    code = "import sys, demo.painter; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
