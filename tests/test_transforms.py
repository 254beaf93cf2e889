"""Boxes change as in the official augmentations."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from mmengine.registry import TRANSFORMS, init_default_scope

from hrnet_mm.transforms import (
    ClippedBBoxTransform,
    LandmarkBBox,
    UniformBBoxTransform,
    ZeroBasedKeypoints,
)

BOXES = 100_000
Transform = ClippedBBoxTransform | UniformBBoxTransform
KINDS = [ClippedBBoxTransform, UniformBBoxTransform]


def drawn(transform: Transform, boxes: int = BOXES) -> tuple[np.ndarray, np.ndarray]:
    """Apply a transform to many boxes of one size; give the factors and angles."""
    np.random.seed(0)
    before = np.full((boxes, 2), (80, 100), np.float32)
    after: Any = transform(dict(bbox_scale=before))
    factors = after["bbox_scale"] / before
    assert np.allclose(factors[:, 0], factors[:, 1])
    return factors[:, 0], after["bbox_rotation"]


def share_within(count: float) -> float:
    """Return the share of a normal distribution within some deviations of its mean."""
    return math.erf(count / math.sqrt(2))


@pytest.mark.parametrize(("scale", "degrees"), [(0.35, 45.0), (0.25, 30.0)])
def test_clipped_boxes_are_normal_up_to_limits_that_catch_the_rest(
    scale: float, degrees: float
) -> None:
    transform = ClippedBBoxTransform(scale_factor=scale, rotate_factor=degrees, rotate_prob=0.6)
    factors, angles = drawn(transform)

    assert np.isclose(factors.min(), 1 - scale)
    assert np.isclose(factors.max(), 1 + scale)
    clipped = np.isclose(abs(factors - 1), scale)
    assert clipped.mean() == pytest.approx(1 - share_within(1), abs=0.01)
    half = abs(factors - 1) < scale / 2
    assert half.mean() == pytest.approx(share_within(0.5), abs=0.01)

    turned = angles[angles != 0]
    assert len(turned) / BOXES == pytest.approx(0.6, abs=0.01)
    assert abs(turned).max() == 2 * degrees
    at_limit = abs(turned) == 2 * degrees
    assert at_limit.mean() == pytest.approx(1 - share_within(2), abs=0.005)
    assert (abs(turned) < degrees).mean() == pytest.approx(share_within(1), abs=0.01)
    assert turned.mean() == pytest.approx(0, abs=0.5)


def test_uniform_boxes_are_spread_evenly_between_the_limits() -> None:
    factors, angles = drawn(
        UniformBBoxTransform(scale_factor=0.25, rotate_factor=30.0, rotate_prob=0.6)
    )
    turned = angles[angles != 0]
    assert len(turned) / BOXES == pytest.approx(0.6, abs=0.01)
    for values, low, high in ((factors, 0.75, 1.25), (turned, -30, 30)):
        counts, _ = np.histogram(values, bins=10, range=(low, high))
        assert counts.sum() == len(values)
        assert counts / len(values) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_of_an_image_differ(kind: Callable[..., Transform]) -> None:
    factors, angles = drawn(kind(scale_factor=0.35, rotate_factor=45.0, rotate_prob=1.0), boxes=5)
    assert len(set(abs(factors - 1).round(4))) > 1
    assert len(set(angles)) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_only_scale_and_rotation_change(kind: Callable[..., Transform]) -> None:
    center = np.array([[3.0, 4.0]], np.float32)
    scale = np.array([[80.0, 100.0]], np.float32)
    transform = kind(scale_factor=0.35, rotate_factor=45.0, rotate_prob=1.0)
    after: Any = transform(dict(bbox_center=center, bbox_scale=scale.copy(), img="image"))
    assert after.keys() == {"bbox_center", "bbox_scale", "bbox_rotation", "img"}
    assert after["bbox_center"] is center
    for key in ("bbox_scale", "bbox_rotation"):
        assert after[key].dtype == np.float32
    assert after["bbox_rotation"].shape == (1,)


@pytest.mark.parametrize("prefix", ["", "hrnet_mm."])
@pytest.mark.parametrize("name", ["ClippedBBoxTransform", "UniformBBoxTransform"])
def test_mmpose_builds_it_by_its_name(name: str, prefix: str) -> None:
    init_default_scope("mmpose")
    options = dict(scale_factor=0.35, rotate_factor=45.0, rotate_prob=0.6)
    transform = TRANSFORMS.build(dict(type=f"{prefix}{name}", **options))
    assert repr(transform) == f"{name}(scale_factor=0.35, rotate_factor=45.0, rotate_prob=0.6)"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "wrong", [dict(scale_factor=1.0), dict(rotate_factor=-1.0), dict(rotate_prob=1.5)]
)
def test_options_out_of_range_are_named(
    kind: Callable[..., Transform], wrong: dict[str, float]
) -> None:
    right = dict(scale_factor=0.35, rotate_factor=45.0, rotate_prob=0.6)
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name}={value}: give "):
        kind(**(right | wrong))


def test_keypoints_counted_from_1_are_counted_from_0() -> None:
    annotated = np.array([[[1.0, 1.0], [10.5, 20.25]]], np.float32)
    results: Any = ZeroBasedKeypoints()(dict(keypoints=annotated))
    np.testing.assert_array_equal(results["keypoints"], [[[0, 0], [9.5, 19.25]]])
    np.testing.assert_array_equal(annotated[0, 0], [1, 1])  # the dataset keeps its own


def test_box_is_around_the_landmarks_and_stays_without_them() -> None:
    landmarks = np.array([[[10.2, 30.0], [50.0, 20.9], [12.0, 70.1]]], np.float32)
    given = np.array([[0.0, 0.0, 99.0, 99.0]], np.float32)
    results: Any = LandmarkBBox()(dict(keypoints=landmarks, bbox=given))
    np.testing.assert_array_equal(results["bbox"], [[10, 20, 50, 71]])
    results = LandmarkBBox()(dict(bbox=given))
    np.testing.assert_array_equal(results["bbox"], given)
