"""Comparisons that the conformance tests share: numbers, slopes, and means of what is drawn at random.

A comparison of means fails for what is right with a probability of at most FALSE_ALARM, at every sample size. Seeds are
fixed, so what passes once passes again.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pgcourse import exact
from pgcourse.gradients import TabularPolicy, Trajectories, estimators
from pgcourse.problems import TabularMDP

FALSE_ALARM = 1e-9
NUM_TRAJECTORIES = 20_000
"""How many are drawn."""
STEP = 1e-5
"""Half the width of a finite difference."""


def assert_close(
    found: npt.ArrayLike, wanted: npt.ArrayLike, sentence: str, theta: np.ndarray, tolerance: float = 1e-9
) -> None:
    """Raise AssertionError with the sentence if any ``|found - wanted| > tolerance * (1 + |wanted|)``."""
    found, wanted = np.broadcast_arrays(found, wanted)
    off = ~(np.abs(found - wanted) <= tolerance * (1 + np.abs(wanted)))
    assert not off.any(), f"{sentence} at theta = {theta}: {found[off][0]:.6g}, not {wanted[off][0]:.6g}."


def slopes(function: Callable[[np.ndarray], Any], theta: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return three random directions and, along each, the central difference of the function.

    Any wrong component of a gradient shows in each of them.
    """
    directions = np.random.default_rng(1).normal(size=(3, len(theta)))
    ahead, behind = ([function(theta + step) for step in sign * STEP * directions] for sign in (1, -1))
    return list(zip(directions, np.subtract(ahead, behind) / (2 * STEP), strict=True))


def assert_gradient_is_slope(mdp: TabularMDP, policy: TabularPolicy, theta: np.ndarray) -> None:
    """Raise AssertionError if `exact.gradient` is not the slope of `exact.utility`."""
    gradient = exact.gradient(mdp, policy, theta)
    for direction, slope in slopes(lambda at: exact.utility(mdp, policy, at), theta):
        assert_close(gradient @ direction, slope, "exact.gradient is not the slope of exact.utility", theta, 1e-6)


def gradient_samples(mdp: TabularMDP, policy: TabularPolicy, theta: np.ndarray, batch: Trajectories) -> np.ndarray:
    """Return the gradient samples of both estimators side by side, shape (m, 2n)."""
    functions = [getattr(estimators, name) for name in exact.ESTIMATORS]
    return np.hstack([function(batch, policy, theta, mdp.discount) for function in functions])


def exact_moments(mdp: TabularMDP, policy: TabularPolicy, theta: np.ndarray) -> np.ndarray:
    """Return the exact means and variances of these samples, shape (2, 2n)."""
    return np.hstack([exact.moments(mdp, policy, theta, name) for name in exact.ESTIMATORS])


def moments(chances: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of values (N, ...) that have chances (N,)."""
    mean = np.tensordot(chances, values, 1)
    return mean, np.tensordot(chances, (values - mean) ** 2, 1)


def assert_drawn_from(chances: np.ndarray, values: np.ndarray, drawn: np.ndarray, sentence: str) -> None:
    """Raise AssertionError if drawn (m, q) have another mean or variance than values (N, q) with chances (N,)."""
    mean, _ = moments(chances, values)
    values, drawn = (np.hstack([x, (x - mean) ** 2]) for x in (values, drawn))
    mean, variance = moments(chances, values)
    bound = mean_bound(variance, np.abs(values - mean).max(axis=0), len(drawn), FALSE_ALARM / len(mean))
    error = np.abs(drawn.mean(axis=0) - mean)
    # what cannot vary may still differ by rounding
    assert (error <= bound + 1e-9 * (1 + np.abs(mean))).all(), f"{sentence}: off by {error}, chance allows {bound}."


def mean_bound(variance: npt.ArrayLike, largest: npt.ArrayLike, size: int, level: float) -> np.ndarray:
    """Return how far the mean of independent draws may be from its expectation.

    Parameters
    ----------
    variance
        of one draw
    largest
        bound on how far one draw can be from its expectation
    size
        number of draws
    level
        probability, at most, that the mean is further away

    Notes
    -----
    Bernstein's inequality (Boucheron, Lugosi & Massart 2013, section 2.8), which holds at every size.
    """
    exponent = np.log(2 / level) / size
    linear = exponent * np.asarray(largest) / 3
    return linear + np.sqrt(linear**2 + 2 * exponent * np.asarray(variance))
