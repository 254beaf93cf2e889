"""Left and right in the names of keypoints."""

import pytest

from hrnet_mm.data.surveys.keypoint_names import flip_pairs


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("left_eye", "right_eye"),
        ("eye_left", "eye_right"),
        ("Left-Eye", "Right-Eye"),
        ("left eye", "right eye"),
        ("leftEye", "rightEye"),
        ("EyeLeft", "EyeRight"),
        ("LEFT_EYE", "RIGHT_EYE"),
        ("L_eye", "R_eye"),
        ("eye_l", "eye_r"),
        ("lEye", "rEye"),
        ("LEye", "REye"),
        ("eyeL", "eyeR"),
        ("LX", "RX"),
        ("lankle", "rankle"),
        ("paw1LF_top", "paw1RF_top"),
        ("eye_l2", "eye_r2"),
    ],
)
def test_sides_are_found(left: str, right: str) -> None:
    assert flip_pairs(["nose", right, "tail", left]) == [(left, right)]


@pytest.mark.parametrize(
    "names", [["tail", "nail"], ["left_eye", "eye"], ["paw1LH", "paw4RH"], ["L", "l"], []]
)
def test_no_counterpart_is_no_pair(names: list[str]) -> None:
    assert flip_pairs(names) == []
