"""What limbs can do: ranges of joint angles from which a pose is drawn."""

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

Range = tuple[float, float]
# Unit vectors (3,) along the upper and the lower part of a left limb, in the frame of `bodies`.
Limb = tuple[np.ndarray, np.ndarray]


def _direction(out: float, forward: float) -> np.ndarray:
    """The direction of a limb's part.

    Args:
        out: Sideways angle in degrees: 0 hangs down, 90 is level, 180 points up.
        forward: Lean to the body's front, in degrees.
    """
    out, forward = radians(out), radians(forward)
    return np.array([sin(out) * cos(forward), cos(out) * cos(forward), sin(forward)])


@dataclass(frozen=True, kw_only=True)
class ArmPose:
    """Ranges in degrees; ``elbow`` is added to ``out`` for the forearm.

    ``weight`` says how often it is taken; the weights add up to 1.
    """

    weight: float
    out: Range
    elbow: Range
    forward: Range = (-15, 15)
    forearm: Range = (-5, 25)

    def draw(self, rng: np.random.Generator) -> Limb:
        out = rng.uniform(*self.out)
        forearm_out = out + rng.uniform(*self.elbow)
        upper_arm = _direction(out, rng.uniform(*self.forward))
        return upper_arm, _direction(forearm_out, rng.uniform(*self.forearm))


@dataclass(frozen=True, kw_only=True)
class LegPose:
    """Ranges in degrees; ``turn`` swings the shin sideways and ``knee`` to the back."""

    out: Range = (0, 12)
    turn: Range = (-6, 4)
    forward: Range = (-8, 8)
    knee: Range = (0, 14)

    def draw(self, rng: np.random.Generator) -> Limb:
        out, forward = rng.uniform(*self.out), rng.uniform(*self.forward)
        shin_out = out + rng.uniform(*self.turn)
        return _direction(out, forward), _direction(shin_out, forward - rng.uniform(*self.knee))


@dataclass(frozen=True, kw_only=True)
class Stance:
    """What the two legs do.

    Attributes:
        weight: How often, of all stances; the weights add up to 1.
        legs: In random order, left and right or the reverse.
        seated: Whether there is a seat.
        lift: Range of the height above the ground, in statures.
    """

    weight: float
    legs: tuple[LegPose, LegPose]
    seated: bool = False
    lift: Range = (0, 0)


ARM_POSES = (
    ArmPose(weight=0.32, out=(4, 30), elbow=(-15, 30), forward=(-20, 20), forearm=(-5, 35)),
    # on the hip
    ArmPose(weight=0.12, out=(38, 58), elbow=(-125, -100), forward=(-12, 5), forearm=(0, 15)),
    ArmPose(weight=0.18, out=(65, 110), elbow=(-30, 30)),  # spread
    ArmPose(weight=0.16, out=(60, 105), elbow=(55, 105)),  # waving
    ArmPose(weight=0.12, out=(135, 172), elbow=(-30, 25)),  # raised
    # reaching forwards
    ArmPose(weight=0.06, out=(5, 45), elbow=(-50, 60), forward=(25, 60), forearm=(20, 60)),
    # across the chest
    ArmPose(weight=0.04, out=(8, 32), elbow=(-115, -70), forward=(0, 25), forearm=(15, 35)),
)

STANDING = LegPose()
STRIDE = (LegPose(forward=(15, 42), knee=(0, 25)), LegPose(forward=(-35, -10), knee=(10, 45)))
RUN = (LegPose(forward=(35, 70), knee=(55, 95)), LegPose(forward=(-35, -5), knee=(25, 80)))
JUMP = (
    LegPose(out=(15, 50), turn=(-80, -10), forward=(0, 35), knee=(10, 70)),
    LegPose(out=(10, 45), turn=(-60, -5), forward=(-10, 30), knee=(10, 70)),
)
SITTING = LegPose(out=(4, 24), turn=(-12, 12), forward=(58, 82), knee=(60, 95))
LUNGE = (LegPose(out=(38, 62), turn=(-60, -38), forward=(0, 25)), LegPose(out=(12, 36)))
KICK = (LegPose(out=(35, 80), turn=(-30, 10)), STANDING)

STANCES = (
    Stance(weight=0.28, legs=(STANDING, STANDING)),
    Stance(weight=0.22, legs=(LegPose(out=(12, 30)), LegPose(out=(8, 26)))),
    Stance(weight=0.12, legs=STRIDE),
    Stance(weight=0.06, legs=RUN, lift=(0, 0.06)),
    Stance(weight=0.12, legs=JUMP, lift=(0.05, 0.3)),
    Stance(weight=0.08, legs=(SITTING, SITTING), seated=True),
    Stance(weight=0.07, legs=LUNGE),
    Stance(weight=0.05, legs=KICK),
)


def random_arms(rng: np.random.Generator) -> tuple[Limb, Limb]:
    """Draw what the left and the right arm do, often the same."""
    left, right = rng.choice(len(ARM_POSES), size=2, p=[pose.weight for pose in ARM_POSES])
    if rng.random() < 0.3:
        right = left
    return ARM_POSES[left].draw(rng), ARM_POSES[right].draw(rng)


def random_stance(rng: np.random.Generator) -> Stance:
    return STANCES[rng.choice(len(STANCES), p=[stance.weight for stance in STANCES])]


def random_legs(stance: Stance, rng: np.random.Generator) -> tuple[Limb, Limb]:
    """Draw the angles of the left and the right leg in a stance."""
    left, right = rng.permutation(2)
    return stance.legs[left].draw(rng), stance.legs[right].draw(rng)
