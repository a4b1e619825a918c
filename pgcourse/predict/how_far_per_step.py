"""Predictions of notebook 16: the noise of weighted samples, where a weight is clipped, and a plateau without noise."""

import numpy as np

from pgcourse.exact import reuse
from pgcourse.optimisers import natural
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import along, choice, number

OLD, EPSILON = 0.2, 0.2
ARMS, START, MOST = (1, 0.8, 0.1), (0.01, 0.9, 0.09), 7000


@choice(
    "For θ = 0.8 it is",
    {
        "larger": "L is weighted by 4, but its score has fallen to a quarter, from 5 to 1.25.",
        "smaller": "The score of L has fallen to a quarter, but L is weighted by 4.",
        "the same": "",
    },
)
def weighted():
    near, far = (float(reuse.gradient_variance(theta, OLD, 5, 10)) for theta in (OLD, 0.8))
    if np.isclose(near, far):
        return "the same"
    return "larger" if far > near else "smaller"


@number("highest θ in the window of R", within=0.03, mark=along("how_far_per_step.clipping", "x"))
def window():
    return reuse.windows(OLD, EPSILON)[1, 1]


@window.mistake("This is the highest θ in the window of L.")
def that_of_left():
    return reuse.windows(OLD, EPSILON)[0, 1]


@window.mistake("This is the lowest θ in it.")
def lowest():
    return reuse.windows(OLD, EPSILON)[1, 0]


@window.mistake("The clip limits the ratio, not the difference.")
def difference():
    return OLD + EPSILON


@window.mistake("This is the probability of R there: θ is that of L.")
def probability_of_right():
    return 1 - window.truth()


def _steps(is_natural):
    """Return how many steps it takes until the best arm has the probability 0.95."""
    return (natural.path(ARMS, START, 0.4, MOST, is_natural)[:, 0] > 0.95).argmax()


@number(
    "steps of the gradient",
    digits=0,
    within=0.5,
    low="It is more than that: with a probability of 0.01 the best arm gets a hundredth of its advantage in each step.",
)
def plateau():
    return _steps(False)


@plateau.mistake("That is what the natural gradient takes, which has no factor π(a).")
def natural_steps():
    return _steps(True)


__dir__ = only_predictions(globals())
