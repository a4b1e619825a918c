"""How far chance may take a right answer: bounds that hold for every sample size, for the judges of random tasks.

A comparison rejects what would happen with a probability below LEVEL. A judge makes far fewer than 10 000 comparisons,
1e-6 / LEVEL, in one check, so by the union bound it rejects a right answer less than once in a million times.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Floats

LEVEL = 1e-10
"""Probability at which one comparison of a right answer fails by chance."""

LIKELY = 1e-4
"""The same where a mistake is named: a wrong name is worse than none, so the law of a mistake must fit closely."""


def within(value: ArrayLike, bound: float) -> bool:
    """Say whether every value is a number that is not above a bound; a NaN is within none."""
    return bool((np.asarray(value) <= bound).all())


def improbable(counts: Floats, law: Floats, level: float = LEVEL) -> bool:
    """Say whether any count of an outcome is too far from its probability.

    Parameters
    ----------
    counts : array
        How often each outcome was seen; they add up to the number of draws N.
    law : array of the same shape
        The probability of each outcome.
    level
        Probability at which this is said of each outcome by chance.

    Notes
    -----
    A count is binomial, so P(share of an outcome as far as c / N to one side) <= exp(-N KL(c / N, p)): H. Chernoff, A
    measure of asymptotic efficiency for tests of a hypothesis based on the sum of observations, 1952.
    """
    draws = counts.sum()
    share, law = counts / draws, np.clip(law, 0, 1)
    divergence = _weighted_log(share, law) + _weighted_log(1 - share, 1 - law)
    return not within(draws * divergence, math.log(2 / level))


def _weighted_log(share: Floats, law: Floats) -> Floats:
    """Return share * log(share / law), which is 0 where the share is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(share > 0, share * np.log(share / law), 0.0)


SIZES = (0.5, 1.7)
"""Bounds between small, middling and large numbers of standard deviation 1; no uniform number is beyond 1.74."""
SHARES = np.diff([0, *(math.erf(bound / math.sqrt(2)) for bound in SIZES), 1])
"""How often normal numbers are small, middling and large."""


def not_bell_shaped(numbers: Floats) -> bool:
    """Say whether numbers of mean 0 and standard deviation 1 are small, middling or large too often for normal ones."""
    return improbable(np.histogram(np.abs(numbers), [0, *SIZES, np.inf])[0], SHARES)


def repeated(numbers: Floats) -> bool:
    """Say whether rows of at least two standard normal numbers each occur twice, or once more with the other sign."""
    rows = (numbers * np.where(numbers[:, :1] < 0, -1.0, 1.0)).round(9)
    return len(np.unique(rows, axis=0)) < len(rows)


def not_normal(points: Floats, mean: Floats, covariance: Floats, level: float = LEVEL) -> bool:
    """Say whether the mean or the spread of points is too far from that of a normal distribution.

    Parameters
    ----------
    points : array (N, n)
        Independent draws.
    mean : array (n,)
        Of the distribution.
    covariance : array (n, n)
        Positive definite.
    level
        Probability at which this is said in each direction by chance.

    Notes
    -----
    The points are whitened and projected on each axis and each diagonal between two axes. There the mean is N(0, 1/N),
    and the sum of squares is chi-squared with N degrees of freedom, so P(mean square as far as q to one side) <=
    exp(-N (q - 1 - log q) / 2), the Chernoff bound.
    """
    along = np.linalg.solve(np.linalg.cholesky(covariance), (points - mean).T).T @ _directions(len(mean))
    size = len(points)
    with np.errstate(over="ignore", invalid="ignore"):  # numbers near 1e308 are too far from any law
        furthest = np.abs(along.sum(axis=0)).max() / math.sqrt(size)
        square = np.maximum((along**2).mean(axis=0), 1e-300)
        exponent = size / 2 * (square - 1 - np.log(square))
    return not (within(-math.erfc(furthest / math.sqrt(2)), -level) and within(exponent, math.log(2 / level)))


def _directions(size: int) -> Floats:
    """Return unit vectors along the axes and the diagonals between any two of them, shape (n, n * n)."""
    axes = np.eye(size)
    diagonals = [(axes[i] + sign * axes[j]) / math.sqrt(2) for i in range(size) for j in range(i) for sign in (1, -1)]
    return np.array([*axes, *diagonals]).T
