"""Checkpoints of lecture 8: V where it hurts, the shrinking of a same-batch estimate, and the optimal baseline."""

import numpy as np

from pgcourse.checkpoints import only_questions
from pgcourse.exact import one_decision
from pgcourse.homework.compare import Check, Mistake

variance_with_value = Check(
    "variance_with_value",
    lambda: one_decision.variance(one_decision.value(0.2, 0, 1), 0.2, 0, 1),
    (
        Mistake("This is the variance without a baseline.", lambda: one_decision.variance(0, 0.2, 0, 1)),
        Mistake("This is the variance with b*, not with V.", lambda: 0.0),
        Mistake("Divide by θ(1 - θ): this is only (V - b*)².", lambda: 0.6**2),
        Mistake("This is the standard deviation: square it.", lambda: 1.5),
        Mistake(
            "This is the mean of the squared samples: subtract the square of their mean.",
            lambda: one_decision.variance(0.8, 0.2, 0, 1) + 1,
        ),
    ),
    "section 2",
)

shrinking = Check(
    "shrinking",
    lambda m: 1 - 1 / m,
    (
        Mistake("This says that the estimate is unbiased: each return is part of its own baseline.", lambda m: 1.0),
        Mistake("This is the share that is lost, not the share that is left.", lambda m: 1 / m),
        Mistake("This would mend the bias: it is the inverse of the factor.", lambda m: m / (m - 1)),
        Mistake("The estimate shrinks, it does not grow.", lambda m: 1 + 1 / m),
    ),
    "section 6",
    ((2,), (5,), (40,)),
)

# Probabilities, X and Y of two small sets of trajectories; as for any policy, the mean of Y is 0.
TREES = (
    (np.array([0.5, 0.25, 0.25]), np.array([1.0, -2, 4]), np.array([1.0, -4, 2])),
    (np.array([0.2, 0.2, 0.6]), np.array([3.0, 1, -1]), np.array([1.0, 2, -1])),
)

optimal_baseline = Check(
    "optimal_baseline",
    lambda p, x, y: p @ (x * y) / (p @ y**2),
    (
        Mistake("This is the mean of ratios: take the two means first, then their ratio.", lambda p, x, y: p @ (x / y)),
        Mistake(
            "The trajectories are not equally likely: weigh them by their probabilities.",
            lambda p, x, y: (x * y).mean() / (y**2).mean(),
        ),
        Mistake("This is E[XY]: divide it by E[Y²].", lambda p, x, y: p @ (x * y)),
        Mistake("This divides by E[X²].", lambda p, x, y: p @ (x * y) / (p @ x**2)),
        Mistake("The sign is turned.", lambda p, x, y: -(p @ (x * y)) / (p @ y**2)),
    ),
    "section 4",
    TREES,
)


__dir__ = only_questions(globals())
