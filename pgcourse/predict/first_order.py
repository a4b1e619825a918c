"""Predictions of lecture 3: where the gradient points, step sizes, noise, finite differences."""

import numpy as np

from pgcourse.demos.first_order import CORRIDOR, SLOPES, Slope
from pgcourse.exact.differences import difference_law
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import along, choice, number

REGULATOR = next(iter(SLOPES.values()))
LEVELS_OFF = "the numerator falls like δ², and the smaller δ the better"


@choice(
    "The gradient points",
    {
        "straight at the maximum": "It points where U rises fastest here, and that is seldom where the maximum lies.",
        "mostly across the ridge, towards θ₂ = 0": "",
        "mostly along the ridge, towards θ₁ = −1": "Along the ridge U is flat: it rises faster across it.",
    },
)
def field():
    slope, way = plane.gradient(plane.START), plane.OPTIMUM - plane.START
    if slope @ way > 0.99 * np.linalg.norm(slope) * np.linalg.norm(way):
        return "straight at the maximum"
    across = abs(slope[1]) > abs(slope[0])
    return f"mostly {'across the ridge, towards θ₂ = 0' if across else 'along the ridge, towards θ₁ = −1'}"


def _curvature(i):
    nudge = 1e-4 * np.eye(2)[i]
    return (plane.gradient(plane.OPTIMUM + nudge)[i] - plane.gradient(plane.OPTIMUM - nudge)[i]) / 2e-4


@number(
    "α above which θ₂ grows",
    digits=3,
    within=0.05,
    low="There 1 − 18α still lies between −1 and 1, so the distance shrinks.",
    high="Well below that, 1 − 18α is already less than −1.",
    mark=along("first_order.step_size", "x", axes=1),
)
def step_size():
    return -2 / _curvature(1)


@step_size.mistake("From there on θ₂ changes sign at every step, but its distance still shrinks.")
def sign_changes():
    return -1 / _curvature(1)


@step_size.mistake("This is where θ₁ would grow.")
def of_the_gain():
    return -2 / _curvature(0)


@choice(
    "With a constant α noisy steps come to rest",
    {
        "at the maximum": "There the estimate has mean 0, but it is not 0, so each step moves θ away again.",
        "if α is small": "A smaller α makes these moves smaller, and none of them 0.",
        "if the batch is large": "A larger m makes these moves smaller, and none of them 0.",
        "never": "",
    },
)
def stochastic():
    sample = difference_law(*REGULATOR, 1e-3)  # of the slope with the numbers of the simulator held fixed
    return "never" if sample.common > 0 else "at the maximum"


def _halved(slope: Slope) -> str:
    """Return how bias and variance change when a small delta is halved."""
    before, after = (difference_law(*slope, delta) for delta in (0.02, 0.01))
    return f"bias × {after.bias / before.bias:.1g}, variance × {after.fresh / before.fresh:.0f}"


@choice(
    "Half as large a δ gives",
    {
        "bias × 0.5, variance × 2": "The variance has δ² below the line.",
        "bias × 0.5, variance × 4": "",
        "bias × 0.5, variance × 1": "The two values come closer together, but their noise does not shrink.",
        "bias × 0.2, variance × 4": "The bias is in proportion to δ, not to its square.",
    },
)
def differences():
    return _halved(REGULATOR)


@choice(
    "As δ → 0",
    {
        "the numerator stays, and a larger δ is better": "That is so with fresh numbers: here R′ comes close to R.",
        "the numerator falls like δ, and a middle δ is best": "R′ − R falls like δ, so its variance falls like δ².",
        LEVELS_OFF: "",
    },
)
def common():
    coarse, fine = (difference_law(*REGULATOR, delta) for delta in (1e-2, 1e-3))
    bounded = np.isclose(coarse.common, fine.common, rtol=0.1)
    return LEVELS_OFF if bounded else "the numerator stays, and a larger δ is better"


@choice(
    "In the corridor, common numbers",
    {
        "help, and the error levels off": "A return changes by a jump, or not at all: jumps get rarer, not smaller.",
        "help, but the error does not level off": "",
        "do not help": "Most of the pairs do not differ at all.",
    },
)
def jumps():
    coarse, fine = (difference_law(*CORRIDOR, 9, delta) for delta in (1e-2, 1e-3))
    if fine.common > fine.fresh / 2:
        return "do not help"
    return (
        f"help, {'but the error does not level off' if fine.common > 5 * coarse.common else 'and the error levels off'}"
    )


__dir__ = only_predictions(globals())
