"""Checkpoints of lecture 7: a sample by hand, how many products vanish, and the problem for which causality loses."""

import numpy as np

from pgcourse.checkpoints import only_questions
from pgcourse.exact import two_decisions
from pgcourse.gradients.estimators import rewards_to_go
from pgcourse.homework.compare import Check, Mistake

SCORES, REWARDS, DISCOUNT = np.array([0.5, -1, 0.25]), np.array([2.0, 1, 4]), 0.5
DISCOUNTED = DISCOUNT ** np.arange(3) * REWARDS

sample_to_go = Check(
    "sample_to_go",
    lambda: SCORES @ (DISCOUNT ** np.arange(3) * rewards_to_go(REWARDS, DISCOUNT)),
    (
        Mistake("This is the total-return sample: every score is multiplied by all rewards.", lambda: -0.875),
        Mistake(
            "The factor γ^k before the reward-to-go is missing.", lambda: SCORES @ rewards_to_go(REWARDS, DISCOUNT)
        ),
        Mistake("The rewards are not discounted.", lambda: SCORES @ rewards_to_go(REWARDS, 1)),
        Mistake(
            "Each score is multiplied by the rewards so far: causality keeps those that are still to come.",
            lambda: SCORES @ DISCOUNTED.cumsum(),
        ),
        Mistake("Each score is multiplied by the reward of its own decision only.", lambda: SCORES @ DISCOUNTED),
    ),
    "section 2",
)

num_vanishing = Check(
    "num_vanishing",
    lambda d: d * (d + 1) // 2,
    (
        Mistake("These are the products that stay: those with l ≥ k.", lambda d: (d + 1) * (d + 2) // 2),
        Mistake("These are all products, kept and dropped.", lambda d: (d + 1) ** 2),
        Mistake("These are the products with l ≠ k: a later reward does depend on the action.", lambda d: d * (d + 1)),
        Mistake("The decisions are 0 to d, so there are d + 1 of them.", lambda d: d * (d - 1) // 2),
    ),
    "section 1",
    ((1,), (2,), (9,)),
)

trap_variance = Check(
    "trap_variance",
    lambda: two_decisions.variances((1, 1), (-1, -1))[1, 1],
    (
        Mistake("This is the variance of the total return: there, the two rewards cancel.", lambda: 0.0),
        Mistake("This is the standard deviation: square it.", lambda: 0.5),
        Mistake("This takes the score as 1 or -1: it is 1 less the probability, ½, or minus it.", lambda: 1.0),
        Mistake("The mean of the square is positive: -1 is squared, too.", lambda: -0.25),
    ),
    "section 5",
)


__dir__ = only_questions(globals())
