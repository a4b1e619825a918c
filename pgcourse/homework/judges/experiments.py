"""What can be wrong with an experiment: how large it is, and what it says; the parts of the judge `draws_enough`.

A process with few decisions gives few returns, each with its exact probability. So the variance is known, and with it
the number of trajectories that an experiment should find.
"""

from typing import Any

import numpy as np

from pgcourse._types import Floats
from pgcourse.homework.compare import Form, Part, type_problem
from pgcourse.homework.judges.handed import Refused
from pgcourse.homework.judges.trajectories import Process

NEAR = (0.85, 1.25)
"""Times the exact number of trajectories: what passes, since an experiment knows the variance only roughly."""
ORDER = (0.5, 2.0)
"""The same for half of the points."""
ENOUGH = 1000
"""Returns of an experiment from which sigma squared is known to about 5 %."""
MOST = 1_000_000
"""Returns that one experiment may draw."""


def return_law(process: Process, horizon: int, discount: float) -> tuple[Floats, Floats]:
    """Return all returns of a process with a given number of decisions, and their probabilities; both (K,)."""
    initial, transitions, rewards, probabilities = process
    states = range(len(initial))
    laws = [(np.zeros(1), np.ones(1)) for _ in states]
    for _ in range(horizon):
        steps = [[(a, t) for a in range(len(rewards[s])) for t in states] for s in states]
        values = [np.concatenate([rewards[s, a] + discount * laws[t][0] for a, t in steps[s]]) for s in states]
        chances = [
            np.concatenate([probabilities[s, a] * transitions[s, a, t] * laws[t][1] for a, t in steps[s]])
            for s in states
        ]
        laws = [_merged(*law) for law in zip(values, chances, strict=True)]
    return _merged(
        np.concatenate([law[0] for law in laws]),
        np.concatenate([chance * law[1] for chance, law in zip(initial, laws, strict=True)]),
    )


def _merged(values: Floats, chances: Floats) -> tuple[Floats, Floats]:
    """Return the values that differ by more than rounding, and their probabilities; impossible ones are left out."""
    values, chances = values[chances > 0], chances[chances > 0]
    _, first, which = np.unique(values.round(9), return_index=True, return_inverse=True)
    return values[first], np.bincount(which.ravel(), chances).astype(float)


class Experiment:
    """The function that draws returns; it keeps them.

    Parameters
    ----------
    values, chances : array (K,)
        The law of the return.
    seed
        Of its random numbers.
    """

    def __init__(self, values: Floats, chances: Floats, seed: int):
        self.__name__, self.values, self.edges = "draw_returns", values, chances.cumsum() / chances.sum()
        self.rng = np.random.default_rng(seed)
        self.drawn: list[Floats] = []
        self.size = 0
        self.refused = ""

    def __call__(self, num_trajectories: Any) -> Floats:
        """Return the returns of so many trajectories.

        Raises
        ------
        ValueError
            For what is no whole number from 1 on, and for more than MOST returns in all.
        """
        kind = np.asarray(num_trajectories)
        if kind.ndim or kind.dtype.kind not in "iu" or not 1 <= kind <= MOST - self.size:
            self.refused = f"draw_returns takes a whole number from 1 on, and draws at most {MOST} returns in all."
            raise ValueError(self.refused)
        self.size += int(kind)
        self.drawn.append(self.values[np.searchsorted(self.edges, self.rng.random(int(kind)), side="right")])
        return self.drawn[-1].copy()


def wrong_number(result: Any, experiment: Experiment, error: float, deviation: float) -> str:
    """Return what is wrong with the number of trajectories that an experiment finds.

    Parameters
    ----------
    result
        What the student's function returns.
    experiment
        What it drew from.
    error
        How far the estimate may be off in 5 of 100 cases.
    deviation
        The exact standard deviation of a return.
    """
    if experiment.refused:
        raise Refused(experiment.refused)
    problem = type_problem(result, 0, strict=True)
    if problem:
        return Form(f"What it returns {problem}." if type_problem(result, 0.0, strict=True) else "not a whole number")
    if not experiment.drawn:
        return "no experiment"
    drawn, share = np.concatenate(experiment.drawn), float(result) / needed(deviation, error)
    if not ORDER[0] <= share <= ORDER[1]:
        return _meaning(float(result), drawn, error) or _direction(share)
    if not NEAR[0] <= share <= NEAR[1]:
        return Part(_meaning(float(result), drawn, error) or _direction(share), 0.5)
    if len(drawn) < ENOUGH:
        return Part("too few returns", 0.5)
    return Part("as large as its answer", 0.5) if len(drawn) > NEAR[1] * needed(deviation, error) else ""


def needed(deviation: float, error: float) -> float:
    """Return the number of trajectories whose mean is within an error of its expectation 95 times in 100."""
    return (1.96 * deviation / error) ** 2


def _direction(share: float) -> str:
    """Return a sentence on a number of trajectories that is no known mistake's."""
    if share < 1:
        return "So few trajectories miss by more than `error` more often than 5 times in 100."
    return "So many trajectories are more than it takes: they miss by more than `error` far less often."


def _meaning(result: float, drawn: Floats, error: float) -> str:
    """Return the mistake that gives this number with the returns that were drawn, else an empty string."""
    size, deviation = len(drawn), drawn.std(ddof=1) if len(drawn) > 1 else 0.0
    quantiles = {"one standard error": 1.0, "nine times in ten": 1.645, "ninety nine times": 2.576}
    meanings = {name: (quantile * deviation / error) ** 2 for name, quantile in quantiles.items()} | {
        "whole interval": (2 * 1.96 * deviation / error) ** 2,
        "no square": 1.96 * deviation / error,
        "variance for deviation": (1.96 * deviation**2 / error) ** 2,
        "error of the mean": (1.96 * deviation / error) ** 2 / size,
        "by chebyshev": (deviation / error) ** 2 / 0.05,
    }
    if size < ENOUGH:
        meanings["too few returns"] = needed(deviation, error)
    closest = min(meanings, key=lambda name: abs(meanings[name] - result))
    return closest if abs(meanings[closest] - result) <= 1 + 0.01 * result else ""
