"""What limbs can do: ranges of joint angles from which a pose is drawn."""

from dataclasses import dataclass

import numpy as np

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class LimbAngles:
    """One drawn pose of an arm or a leg, in degrees.

    Attributes:
        upper_out: Sideways angle of the upper part: 0 hangs down, 90 is level, 180 points up.
        lower_out: The same of the forearm or shin.
        upper_forward: Lean of the upper part to the body's front.
        lower_forward: The same of the forearm or shin.
    """

    upper_out: float
    lower_out: float
    upper_forward: float
    lower_forward: float


@dataclass(frozen=True, kw_only=True)
class ArmPose:
    """Ranges in degrees; ``elbow`` is added to ``out`` for the forearm."""

    out: Range
    elbow: Range
    forward: Range = (-15, 15)
    forearm: Range = (-5, 25)

    def draw(self, rng: np.random.Generator) -> LimbAngles:
        out = rng.uniform(*self.out)
        return LimbAngles(
            upper_out=out,
            lower_out=out + rng.uniform(*self.elbow),
            upper_forward=rng.uniform(*self.forward),
            lower_forward=rng.uniform(*self.forearm),
        )


@dataclass(frozen=True, kw_only=True)
class LegPose:
    """Ranges in degrees; ``turn`` swings the shin sideways and ``knee`` to the back."""

    out: Range = (0, 12)
    turn: Range = (-6, 4)
    forward: Range = (-8, 8)
    knee: Range = (0, 14)

    def draw(self, rng: np.random.Generator) -> LimbAngles:
        out, forward = rng.uniform(*self.out), rng.uniform(*self.forward)
        return LimbAngles(
            upper_out=out,
            lower_out=out + rng.uniform(*self.turn),
            upper_forward=forward,
            lower_forward=forward - rng.uniform(*self.knee),
        )


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


HANGING = ArmPose(out=(4, 30), elbow=(-15, 30), forward=(-20, 20), forearm=(-5, 35))
ON_THE_HIP = ArmPose(out=(38, 58), elbow=(-125, -100), forward=(-12, 5), forearm=(0, 15))
SPREAD = ArmPose(out=(65, 110), elbow=(-30, 30))
WAVING = ArmPose(out=(60, 105), elbow=(55, 105))
RAISED = ArmPose(out=(135, 172), elbow=(-30, 25))
REACHING = ArmPose(out=(5, 45), elbow=(-50, 60), forward=(25, 60), forearm=(20, 60))
ACROSS = ArmPose(out=(8, 32), elbow=(-115, -70), forward=(0, 25), forearm=(15, 35))

ARM_POSES = {
    HANGING: 0.32,
    ON_THE_HIP: 0.12,
    SPREAD: 0.18,
    WAVING: 0.16,
    RAISED: 0.12,
    REACHING: 0.06,
    ACROSS: 0.04,
}

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


def random_arms(rng: np.random.Generator) -> tuple[LimbAngles, LimbAngles]:
    """Draw what the left and the right arm do, often the same."""
    kinds = list(ARM_POSES)
    left, right = rng.choice(len(kinds), size=2, p=list(ARM_POSES.values()))
    if rng.random() < 0.3:
        right = left
    return kinds[left].draw(rng), kinds[right].draw(rng)


def random_stance(rng: np.random.Generator) -> Stance:
    return STANCES[rng.choice(len(STANCES), p=[stance.weight for stance in STANCES])]


def random_legs(stance: Stance, rng: np.random.Generator) -> tuple[LimbAngles, LimbAngles]:
    """Draw the angles of the left and the right leg in a stance."""
    left, right = rng.permutation(2)
    return stance.legs[left].draw(rng), stance.legs[right].draw(rng)
