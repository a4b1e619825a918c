"""Checkpoints of lecture 2: the mean of the elite, and how often a pattern search halves its step on noise."""

import numpy as np

from pgcourse.checkpoints import only_questions
from pgcourse.homework.compare import Check, Mistake

POPULATION = np.array([[0.0, 1.0], [2.0, -1.0], [4.0, 5.0], [-3.0, 2.0], [1.0, 7.0]])
UTILITIES = np.array([-2.0, -0.5, -3.0, -1.0, -4.0])


def _mean_of(chosen):
    """Return the function that averages the candidates whose indices `chosen(utilities, num_elite)` gives."""
    return lambda population, utilities, num_elite: population[chosen(utilities, num_elite)].mean(axis=0)


elite_mean = Check(
    "elite_mean",
    _mean_of(lambda utilities, m: np.argsort(-utilities)[:m]),
    (
        Mistake("These are the worst candidates: U is maximised.", _mean_of(lambda u, m: np.argsort(u)[:m])),
        Mistake("This is the mean of the whole population.", _mean_of(lambda u, m: np.arange(len(u)))),
        Mistake("This takes the first candidates without sorting them.", _mean_of(lambda u, m: np.arange(m))),
        Mistake("This is the best candidate alone.", _mean_of(lambda u, m: [np.argmax(u)])),
        Mistake(
            "This is the sum of the elite: divide by their number.",
            lambda population, u, m: population[np.argsort(-u)[:m]].sum(axis=0),
        ),
        Mistake(
            "This divides by the size of the population and not by that of the elite.",
            lambda population, u, m: population[np.argsort(-u)[:m]].sum(axis=0) / len(u),
        ),
    ),
    "section 4",
    ((POPULATION, UTILITIES, 2), (POPULATION, UTILITIES, 3)),
)

shrink_probability = Check(
    "shrink_probability",
    lambda num_parameters: 1 / (2 * num_parameters + 1),
    (
        Mistake("The centre is a candidate too.", lambda n: 1 / (2 * n)),
        Mistake("Each axis is tried both ways.", lambda n: 1 / (n + 1)),
        Mistake("This is how often it moves.", lambda n: 2 * n / (2 * n + 1)),
        Mistake("The centre must look better than all of its neighbours, not than one of them.", lambda n: 0.5),
        Mistake(
            "The candidates share the centre, so its wins over them are not independent.", lambda n: 0.5 ** (2 * n)
        ),
    ),
    "section 5",
    ((2,), (20,)),
)


__dir__ = only_questions(globals())
