"""Two traps of population methods: a covariance that collapses, and an elite that was chosen on noise."""

from typing import NamedTuple

import numpy as np

from pgcourse._types import Floats, Ints
from pgcourse.gradients.linear_gaussian import sample_returns
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.optimisers.search import Generation


def fit_shrinkage(num_elite: int) -> float:
    """Return E[det of the fit] / det for the maximum-likelihood fit of m points of a normal distribution in the plane.

    The fit is Wishart with m - 1 degrees of freedom, divided by m.

    References
    ----------
    Anderson 2003, section 7.5.
    """
    return (num_elite - 1) * (num_elite - 2) / num_elite**2


def log_determinants(history: list[Generation], first_std: float) -> Floats:
    """Return the log-determinant of the covariance before and after each of K generations, (K + 1,).

    Parameters
    ----------
    history : list of K Generation, in n dimensions
    first_std : float
        Standard deviation of the first distribution, the same in every direction.
    """
    first = 2 * len(history[0].mean) * np.log(first_std)
    return np.array([first, *(np.linalg.slogdet(step.covariance)[1] for step in history)])


def log_determinants_of_the_fit(first_std: float, num_elite: int, num_generations: int) -> Floats:
    """Return what fitting alone makes of the log-determinant in the plane, on a flat U: (num_generations + 1,)."""
    shrinkage = max(fit_shrinkage(num_elite), 1e-300)  # the fit of two points has a determinant of 0
    return 4 * np.log(first_std) + np.arange(num_generations + 1) * np.log(shrinkage)


class Pool(NamedTuple):
    """Candidates in the plane of the regulator's parameters."""

    utilities: Floats
    """(N,) the exact U of each"""
    estimates: Floats
    """(B, N) estimates of it from the first trajectories of one sample, for each of B batch sizes"""


def pool(size: int, centre: Floats, spread: float, batch_sizes: Ints, rng: np.random.Generator) -> Pool:
    """Draw candidates around a centre, and estimate the utility of each.

    Parameters
    ----------
    size : int
        N, the number of candidates.
    centre : (2,) array
    spread : float
        Standard deviation of the candidates, the same in both directions.
    batch_sizes : (B,) array of int
        In rising order.
    rng : numpy.random.Generator
    """
    theta = centre + spread * rng.standard_normal((size, 2))
    returns = sample_returns(plane.MDP, theta, int(batch_sizes[-1]), rng)
    estimates = np.cumsum(returns, axis=1)[:, batch_sizes - 1].T / batch_sizes[:, None]
    return Pool(np.asarray(plane.utility(theta)), estimates)


class Curse(NamedTuple):
    """The mean utility of elites, over all populations into which a pool can be divided."""

    seen: Floats
    """(B,) what elites chosen on estimates look like"""
    exact: Floats
    """(B,) what they are"""
    best: float
    """what an elite chosen on the exact U would be"""


def winners_curse(candidates: Pool, population_size: int, num_elite: int) -> Curse:
    """Return how elites look and how they are, if chosen on estimates from each batch size of the pool."""
    groups = candidates.utilities.reshape(-1, population_size)
    seen = candidates.estimates.reshape(len(candidates.estimates), -1, population_size)
    elite = np.argsort(-seen, axis=2)[:, :, :num_elite]
    looks = np.take_along_axis(seen, elite, axis=2).mean(axis=(1, 2))
    is_really = np.take_along_axis(groups[None], elite, axis=2).mean(axis=(1, 2))
    return Curse(looks, is_really, float(np.sort(groups, axis=1)[:, -num_elite:].mean()))
