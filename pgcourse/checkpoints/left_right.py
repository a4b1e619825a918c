"""Checkpoints of lecture 5: the gradient samples at theta = 0.2, and the baseline without variance."""

from pgcourse.checkpoints import only_questions
from pgcourse.exact.one_decision import samples
from pgcourse.homework.compare import Check, Mistake


def _sample(action):
    return lambda: samples(0.2, 1, 2)[2][action]


sample_left = Check(
    "sample_left",
    _sample(0),
    (
        Mistake("This has a score of 1: differentiate log θ, not θ.", lambda: 1.0),
        Mistake("This is the probability times the return: the score is one over the probability.", lambda: 0.2),
        Mistake("The sign is that of R: raising θ makes L more likely.", lambda: -5.0),
        Mistake("This takes the return of R.", lambda: 10.0),
        Mistake("This takes the probability of R.", lambda: 1.25),
    ),
    "section 2",
)

sample_right = Check(
    "sample_right",
    _sample(1),
    (
        Mistake("The minus sign of the inner derivative, d(1 - θ)/dθ = -1, is missing.", lambda: 2.5),
        Mistake("This is the score alone: multiply it by the return of R.", lambda: -1.25),
        Mistake("This takes the probability of L.", lambda: -10.0),
        Mistake("This is the score of L times the return of R.", lambda: 10.0),
        Mistake("This differentiates 1 - θ and not its logarithm.", lambda: -2.0),
    ),
    "section 2",
)

best_baseline = Check(
    "best_baseline",
    lambda theta, left, right: (1 - theta) * left + theta * right,
    (
        Mistake(
            "This is the value of the state, E[R]; the best baseline weighs each reward by the other's probability.",
            lambda theta, left, right: theta * left + (1 - theta) * right,
        ),
        Mistake("This is the plain mean of the rewards.", lambda theta, left, right: (left + right) / 2),
        Mistake("The sign is turned.", lambda theta, left, right: -((1 - theta) * left + theta * right)),
    ),
    "section 5",
    ((0.2, 1.0, 2.0), (0.2, 0.0, 1.0), (0.7, -3.0, 5.0)),
)


__dir__ = only_questions(globals())
