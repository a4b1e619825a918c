"""What a batch of samples is worth: its mean, its standard error, and which way it points."""

from typing import NamedTuple

import numpy as np

from pgcourse._types import Broadcast, Floats, Ints, Numbers, Samples


def batch_means(samples: Samples, num_trajectories: int) -> Samples:
    """Divide samples into batches of m and return the mean of each; a rest too small for a batch is left out.

    Parameters
    ----------
    samples : (N, ...) array
    num_trajectories : int
        m, from 1 to N.

    Returns
    -------
    (N // m, ...) array
    """
    size = len(samples) // num_trajectories * num_trajectories
    return samples[:size].reshape(-1, num_trajectories, *samples.shape[1:]).mean(axis=1)


def running_means(samples: Samples, counts: Ints) -> Floats:
    """Return the mean of the first c samples, for each c of the counts.

    Parameters
    ----------
    samples : (m,) array
    counts : (N,) array of int
        Each from 1 to m.

    Returns
    -------
    (N,) array
    """
    return np.cumsum(samples, dtype=float)[counts - 1] / counts


def standard_error(variance: Numbers, num_trajectories: Numbers = 1) -> Broadcast:
    """Return the standard deviation of the mean of m independent samples: sqrt(variance / m), in the samples' unit."""
    return np.sqrt(np.divide(variance, num_trajectories))


def total_error(bias: Numbers, error: Numbers) -> Broadcast:
    """Return the root mean square error of an estimate that has a bias and a standard error."""
    return np.hypot(bias, error)


def root_mean_square(errors: Samples) -> float:
    """Return the root mean square of observed errors, in their unit."""
    return float(np.sqrt(np.mean(errors**2)))


def mean_and_std(samples: Samples) -> tuple[float, float]:
    """Return the mean and the standard deviation of samples that were drawn."""
    return float(samples.mean()), float(samples.std())


class Directions(NamedTuple):
    """Shares of estimates by where they point; they add up to 1 unless the exact mean is 0."""

    wrong: float
    """with the sign that the exact mean does not have"""
    zero: float
    """0: they move nothing"""
    right: float
    """with the sign of the exact mean"""


def directions(estimates: Samples, mean: float) -> Directions:
    """Return the Directions of estimates (N,) of a number; with a mean of 0 neither sign is right or wrong.

    Notes
    -----
    An estimate counts as 0 when it is a millionth of the largest or less: sums of floating-point numbers that should
    be 0 may miss it by a rounding error.
    """
    estimates = np.where(np.abs(estimates) > 1e-6 * np.abs(estimates).max(), estimates, 0)
    return Directions(
        *(float(np.mean(share)) for share in (estimates * mean < 0, estimates == 0, estimates * mean > 0))
    )


def standardised(estimates: Samples, mean: float, deviation: float) -> Samples:
    """Return estimates (N,) in standard deviations, positive where they have the sign of the exact mean."""
    return estimates * np.sign(mean) / deviation
