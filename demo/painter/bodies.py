"""The articulated body: drawn proportions and pose, solved in space and seen by a camera.

The body's own frame has x to its left, y down and z to its front, so that somebody who faces the
camera unturned has the image's x and y; z then points to the viewer. The unit is the stature.
"""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from demo.painter.poses import Stance, random_arms, random_legs, random_stance

SIDES = {"left": 1, "right": -1}

# Degrees to the left of the nose and above the ears' level, and reach in radii of the head.
FACE = {
    "nose": (0, -12, 1.06),
    "left_eye": (25, 6, 1.0),
    "right_eye": (-25, 6, 1.0),
    "left_ear": (88, -4, 1.02),
    "right_ear": (-88, -4, 1.02),
}
HIDDEN_BEHIND_HEAD = {"nose": -0.15, "eye": 0.0, "ear": -0.55}  # least depth, in head widths


@dataclass(frozen=True, kw_only=True)
class Proportions:
    """Lengths of the parts; shoulder, hip and head are half as wide or high as the whole."""

    shoulder: float
    hip: float
    torso: float
    head_height: float
    head_width: float
    neck: float = 0.035
    upper_arm: float = 0.175
    forearm: float = 0.155
    hand: float = 0.035
    thigh: float = 0.24
    shin: float = 0.23
    foot: float = 0.08


@dataclass(frozen=True, kw_only=True)
class Body:
    """A posed body as the camera sees it.

    Attributes:
        joints: Position (3,) by name: the COCO keypoints and neck, head, hands and toes.
        head_yaw: Where the face turns, in degrees: 0 to the viewer, 90 to the image's right.
        head_roll: How far the head leans in the image, in degrees, clockwise.
    """

    proportions: Proportions
    stance: Stance
    joints: dict[str, np.ndarray]
    head_yaw: float
    head_roll: float

    @property
    def head_aside(self) -> float:
        """How far the face turns to the image's right: 1 in a profile, 0 from the front or back."""
        return sin(radians(self.head_yaw))

    def at(self, joint: str) -> np.ndarray:
        """Where a joint shows: x, y."""
        return self.joints[joint][:2]

    def depth(self, *joints: str) -> float:
        """The mean distance of joints towards the viewer."""
        return float(np.mean([self.joints[joint][2] for joint in joints]))

    def shows_face_point(self, name: str) -> bool:
        """Whether a point of the face is on the side of the head that the viewer sees."""
        least = HIDDEN_BEHIND_HEAD[name.rpartition("_")[2]] * self.proportions.head_width
        return self.depth(name) - self.depth("head") > least


def random_body(rng: np.random.Generator) -> Body:
    """Draw proportions, a pose and a view; most people face the camera."""
    proportions = Proportions(
        shoulder=rng.uniform(0.095, 0.12),
        hip=rng.uniform(0.055, 0.07),
        torso=rng.uniform(0.27, 0.31),
        head_height=rng.uniform(0.09, 0.108),
        head_width=rng.uniform(0.074, 0.088),
    )
    stance = random_stance(rng)
    yaw = _random_yaw(rng)
    head_yaw = yaw + float(np.clip(rng.normal(0, 14), -35, 35))
    pitch = rng.uniform(5, 14)
    roll = float(np.clip(rng.normal(0, 9), -30, 30))
    head_roll = roll + float(np.clip(rng.normal(0, 8), -18, 18))
    view = _view(yaw=yaw, pitch=pitch, roll=roll)
    joints = _torso_and_limbs(proportions, stance, rng)
    joints = {name: view @ joint for name, joint in joints.items()}
    head_view = _view(yaw=head_yaw, pitch=pitch / 2, roll=head_roll)
    joints |= _head(proportions, joints["neck"], head_view)
    return Body(
        proportions=proportions,
        stance=stance,
        joints=joints,
        head_yaw=head_yaw,
        head_roll=head_roll,
    )


def _random_yaw(rng: np.random.Generator) -> float:
    kind = rng.choice(["front", "back", "side"], p=[0.9, 0.07, 0.03])
    if kind == "side":
        return float(rng.choice([-1, 1]) * rng.uniform(55, 100))
    return float(np.clip(rng.normal(0, 24), -55, 55)) + (180 if kind == "back" else 0)


def _view(*, yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The rotation (3, 3) from the body's frame to the camera's, which looks down by ``pitch``."""
    cy, sy = cos(radians(yaw)), sin(radians(yaw))
    cp, sp = cos(radians(pitch)), sin(radians(pitch))
    cr, sr = cos(radians(roll)), sin(radians(roll))
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    look_down = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    lean = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return lean @ look_down @ turn


def _torso_and_limbs(
    proportions: Proportions, stance: Stance, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    neck = np.array([rng.normal(0, 0.018), -proportions.torso, rng.normal(0.01, 0.015)])
    slope = np.clip(rng.normal(0, 5), -12, 12)
    joints = {"neck": neck}
    arms, legs = random_arms(rng), random_legs(stance, rng)
    for (name, side), arm, leg in zip(SIDES.items(), arms, legs, strict=True):
        across = side * proportions.shoulder
        shoulder = neck + np.array([across, 0.022 + across * sin(radians(slope)), 0])
        upper_arm, forearm = (direction * (side, 1, 1) for direction in arm)
        elbow = shoulder + proportions.upper_arm * upper_arm
        wrist = elbow + proportions.forearm * forearm
        hip = np.array([side * proportions.hip, 0, 0])
        thigh, shin = (direction * (side, 1, 1) for direction in leg)
        knee = hip + proportions.thigh * thigh
        ankle = knee + proportions.shin * shin
        # A foot stands about square to the shin and points a little outwards.
        foot = np.array([side * 0.35, 0, 1]) - 0.8 * shin[2] * shin + 0.25 * shin
        joints |= {
            f"{name}_shoulder": shoulder,
            f"{name}_elbow": elbow,
            f"{name}_wrist": wrist,
            f"{name}_hand": wrist + proportions.hand * forearm,
            f"{name}_hip": hip,
            f"{name}_knee": knee,
            f"{name}_ankle": ankle,
            f"{name}_toe": ankle + proportions.foot * foot / np.linalg.norm(foot),
        }
    return joints


def _head(proportions: Proportions, neck: np.ndarray, view: np.ndarray) -> dict[str, np.ndarray]:
    centre = neck + view @ (0, -proportions.neck - proportions.head_height * 0.9, 0.008)
    width, height = proportions.head_width, proportions.head_height
    joints = {"head": centre}
    for name, (left, up, reach) in FACE.items():
        around, above = radians(left), radians(up)
        on_head = (
            width * sin(around) * cos(above),
            -height * sin(above),
            width * cos(around) * cos(above),
        )
        joints[name] = centre + reach * (view @ on_head)
    return joints
