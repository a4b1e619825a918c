"""Checkpoints of lecture 1: how many trajectories, how deep, and the Monte Carlo utility itself."""

import numpy as np

from pgcourse.checkpoints import only_questions
from pgcourse.homework.compare import Check, Mistake

trajectories_needed = Check(
    "trajectories_needed",
    lambda: (0.5 / 0.01) ** 2,
    (
        Mistake("The standard deviation falls like 1/√m, not like 1/m: square the ratio.", lambda: 50.0),
        Mistake("This divides the variance of the return by 0.01: square the accuracy, too.", lambda: 25.0),
        Mistake("This divides the standard deviation by the squared accuracy: square both.", lambda: 5000.0),
        Mistake("This takes the accuracy alone: the noisier the return, the more trajectories.", lambda: 10_000.0),
    ),
    "section 3",
)


def _depth(scale, decision=1):
    """Return the smallest d with scale * 0.9**(d + decision) <= 0.01."""
    return int(np.argmax(scale * 0.9 ** (np.arange(200) + decision) <= 0.01))


depth_needed = Check(
    "depth_needed",
    lambda: _depth(1 / (1 - 0.9)),
    (
        Mistake(
            "This is the number of decisions, d + 1, or the exponent in the bound is d: it must be d + 1.",
            lambda: _depth(1 / (1 - 0.9), 0),
        ),
        Mistake("With this depth the bound is still above 0.01: mind the rounding.", lambda: _depth(1 / (1 - 0.9)) - 1),
        Mistake("A depth is a whole number.", lambda: np.log(0.01 * (1 - 0.9)) / np.log(0.9) - 1),
        Mistake("The bound without 1/(1 - γ): all the rewards after d count, not only one.", lambda: _depth(1)),
        Mistake("This multiplies by 1 - γ: the bound divides by it.", lambda: _depth(1 - 0.9)),
    ),
    "section 4",
)


def _discounts(rewards, discount, first=0):
    return discount ** (first + np.arange(rewards.shape[1]))


utility_estimate = Check(
    "utility_estimate",
    lambda rewards, discount: (rewards @ _discounts(rewards, discount)).mean(),
    (
        Mistake("The rewards are not discounted.", lambda r, g: r.sum(axis=1).mean()),
        Mistake(
            "The first reward is discounted already: the powers of γ start at 0.",
            lambda r, g: (r @ _discounts(r, g, 1)).mean(),
        ),
        Mistake("The returns are added up: divide by m.", lambda r, g: (r @ _discounts(r, g)).sum()),
        Mistake(
            "This divides by the number of decisions, too: a return is a sum over them.",
            lambda r, g: (r * _discounts(r, g)).mean(),
        ),
        Mistake(
            "The powers of γ run the wrong way: the first reward counts in full.",
            lambda r, g: (r @ _discounts(r, g)[::-1]).mean(),
        ),
    ),
    "section 3",
    (
        (np.array([[1.0, 0.0, 2.0, -1.0], [0.5, 3.0, 0.0, 0.0], [0.0, 0.0, 0.0, 4.0]]), 0.9),
        (np.array([[-1.0, 1.0], [2.0, 5.0], [0.0, 1.5], [3.0, 0.25]]), 0.5),
    ),
)


__dir__ = only_questions(globals())
