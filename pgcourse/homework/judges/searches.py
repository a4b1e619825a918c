"""What can be wrong with a search by populations: the parts of the judge `searches_by_its_elite`."""

import itertools

import numpy as np

from pgcourse._types import Floats, Ints
from pgcourse.homework.compare import equal
from pgcourse.homework.judges.chance import not_normal


class Script:
    """A utility that ranks the candidates of each population by when they come, and keeps them.

    Parameters
    ----------
    size
        n, the number of parameters.
    ranks : array (N,)
        Rank of each candidate of a population, 0 the best.
    """

    __name__ = "utility"

    def __init__(self, size: int, ranks: Ints):
        self.size, self.ranks = size, ranks
        self.seen: list[Floats] = []

    def __call__(self, theta: Floats) -> float:
        """Return minus the rank of this candidate."""
        if np.shape(theta) != (self.size,):
            raise ValueError(f"utility takes one candidate, of shape {(self.size,)}, but got shape {np.shape(theta)}")
        self.seen.append(np.array(theta, dtype=float))
        return -float(self.ranks[(len(self.seen) - 1) % len(self.ranks)])


def wrong_calls(found: int, num_iterations: int, size: int) -> str:
    """Return what a wrong number of calls of the utility means."""
    names = {
        (num_iterations - 1) * size: "one iteration too few",
        2 * num_iterations * size: "two calls a candidate",
    }
    wanted = num_iterations * size
    return names.get(found, f"The utility is called {found} times for {wanted} candidates: call it once for each.")


def wrong_result(result: Floats, population: Floats, mean: Floats, order: Ints, num_elite: int) -> str:
    """Return what the result is when it is not the mean of the last elite."""
    if equal(result, population[order[:num_elite]].mean(axis=0)):
        return ""
    meanings = {
        "elite of the lowest": population[order[-num_elite:]].mean(axis=0),
        "best candidate": population[order[0]],
        "no selection": population.mean(axis=0),
        "mean never moves": mean,
    }
    sentence = "The result is not the mean of the elite of the last population."
    return next((name for name, other in meanings.items() if equal(result, other)), sentence)


def wrong_population(populations: Floats, mean: Floats, covariance: Floats, elite: Ints, lowest: Ints) -> str:
    """Return which population does not follow the distribution fitted to the elite before it.

    Parameters
    ----------
    populations : array (num_iterations, N, n)
        Candidates, in the order in which the utility was called.
    mean : array (n,)
        Of the first population.
    covariance : array (n, n)
        Of the first population.
    elite, lowest : array
        Indices of the best and of the worst candidates of each population.
    """
    start = {
        "covariance as its own root": (mean, covariance @ covariance),
        "correlations ignored": (mean, np.diag(np.diag(covariance))),
    }
    if not_normal(populations[0], mean, covariance):
        sentence = "The first population does not follow the normal distribution of the given mean and covariance."
        return _meaning(populations[0], start, sentence)
    for before, population in itertools.pairwise(populations):
        centre, spread = _fitted_to_two(before[elite])
        if np.array_equal(population, populations[0]):
            return "one population for all iterations"
        if not_normal(population, centre, spread):
            later = {
                "covariance never changes": (centre, covariance),
                "search never moves": (mean, covariance),
                "mean not updated": (mean, spread),
                "fitted with m minus one": (centre, 2 * spread - 1e-6 * np.eye(len(centre))),
                "elite of the lowest": _fitted_to_two(before[lowest]),
            }
            sentence = "A later population does not follow the distribution fitted to the elite before it."
            return _meaning(population, later, sentence)
    return ""


def _fitted_to_two(elite: Floats) -> tuple[Floats, Floats]:
    """Return mean and covariance fitted to one or two points: half their gap is the standard deviation."""
    gap = elite[0] - elite[-1]
    return elite.mean(axis=0), np.outer(gap, gap) / 4 + 1e-6 * np.eye(len(gap))


def _meaning(population: Floats, distributions: dict[str, tuple[Floats, Floats]], sentence: str) -> str:
    """Return the name of the distribution that the population does follow, else the sentence."""
    return next((name for name, other in distributions.items() if not not_normal(population, *other)), sentence)
