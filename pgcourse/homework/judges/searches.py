"""What can be wrong with a search by populations: the parts of the judge `searches_by_its_elite`."""

import itertools

import numpy as np

from pgcourse._types import Floats, Ints
from pgcourse.homework.compare import equal
from pgcourse.homework.judges.chance import LIKELY, not_bell_shaped, not_normal, repeated
from pgcourse.homework.judges.handed import Witness


class Script(Witness):
    """A utility that ranks the candidates of each population by the order in which they come, and keeps them.

    Parameters
    ----------
    size
        n, the number of parameters.
    ranks : array (num_iterations, N)
        Rank of each candidate of each population, 0 the best.
    """

    def __init__(self, size: int, ranks: Ints):
        super().__init__("utility", (size,))
        self.ranks = ranks.ravel()

    def __call__(self, theta: Floats) -> float:
        """Return minus the rank of this candidate."""
        self.take(theta)
        return -float(self.ranks[(len(self.seen) - 1) % len(self.ranks)])


def wrong_calls(seen: list[Floats], num_iterations: int, size: int) -> str:
    """Return what a wrong number of calls of the utility means."""
    found, different, wanted = len(seen), len({tuple(theta) for theta in seen}), num_iterations * size
    if found == 2 * wanted and different == wanted:
        return "two calls a candidate"
    names = {wanted - size: "one iteration too few", wanted + size: "one iteration too many"}
    sentence = f"The utility is called {found} times for {wanted} candidates: call it once for each."
    return names.get(found, sentence) if different == found else sentence


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


def wrong_population(populations: Floats, mean: Floats, covariance: Floats, orders: Ints, num_elite: int) -> str:
    """Return which population does not follow the distribution fitted to the elite before it.

    Parameters
    ----------
    populations : array (num_iterations, N, n)
        Candidates, in the order in which the utility was called.
    mean : array (n,)
        Of the first population.
    covariance : array (n, n)
        Of the first population.
    orders : array (num_iterations, N)
        The candidates of each population, best first.
    num_elite
        1 or 2, where there are more iterations than one.
    """
    factor = np.linalg.cholesky(covariance)
    start = {
        "covariance as its own root": (mean, covariance @ covariance),
        "factor on the wrong side": (mean, factor.T @ factor),
        "correlations ignored": (mean, np.diag(np.diag(covariance))),
    }
    if not_normal(populations[0], mean, covariance):
        sentence = "The first population does not follow the normal distribution of the given mean and covariance."
        return _meaning(populations[0], start, sentence)
    normal = np.linalg.solve(factor, (populations[0] - mean).T).T
    if not_bell_shaped(normal):
        return "candidates that are not normal"
    if len(mean) > 1 and repeated(normal):
        return "candidates used again"
    drawn = _standardised(populations[0], mean, covariance)
    for (before, population), order in zip(itertools.pairwise(populations), orders, strict=False):
        centre, spread = _fitted_to_two(before[order[:num_elite]])
        if np.array_equal(population, populations[0]):
            return "one population for all iterations"
        if (population[:, None] == before).all(axis=2).any():
            return "elite goes on"
        last, drawn = drawn, _standardised(population, centre, spread)
        if np.allclose(drawn, last, rtol=1e-4):
            return "one set of random numbers"
        if not_normal(population, centre, spread):
            later = {
                "covariance never changes": (centre, covariance),
                "search never moves": (mean, covariance),
                "mean not updated": (mean, spread),
                "fitted with m minus one": (centre, 2 * spread - 1e-6 * np.eye(len(centre))),
                "elite of the lowest": _fitted_to_two(before[order[-num_elite:]]),
            }
            sentence = "A later population does not follow the distribution fitted to the elite before it."
            return _meaning(population, later, sentence)
    return ""


def _standardised(population: Floats, mean: Floats, covariance: Floats) -> Floats:
    """Return the squared distances from the mean (N,), which do not depend on the factor that made the noise."""
    with np.errstate(over="ignore", invalid="ignore"):
        return ((population - mean) * np.linalg.solve(covariance, (population - mean).T).T).sum(axis=1)


def _fitted_to_two(elite: Floats) -> tuple[Floats, Floats]:
    """Return mean and covariance fitted to one or two points: half their gap is the standard deviation."""
    gap = elite[0] - elite[-1]
    return elite.mean(axis=0), np.outer(gap, gap) / 4 + 1e-6 * np.eye(len(gap))


def _meaning(population: Floats, distributions: dict[str, tuple[Floats, Floats]], sentence: str) -> str:
    """Return the name of the distribution that the population follows best and closely, else the sentence."""
    best = max(distributions, key=lambda name: _log_likelihood(population, *distributions[name]))
    return sentence if not_normal(population, *distributions[best], LIKELY) else best


def _log_likelihood(population: Floats, mean: Floats, covariance: Floats) -> float:
    """Return the logarithm of the density of all candidates, less what is the same for every distribution."""
    _, log_determinant = np.linalg.slogdet(covariance)
    return float(-0.5 * (_standardised(population, mean, covariance) + log_determinant).sum())
