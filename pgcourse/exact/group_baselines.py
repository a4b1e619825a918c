"""Baselines from a group of G samples of one decision whose reward is 0 or 1: RLOO, the group mean, GRPO.

One parameter, p = sigma(theta) the probability of a success: the score of a success is 1 - p and that of a failure -p,
that is, the score is r - p, and the gradient of U = p is p (1 - p). The update is the mean over the group of score
times advantage; with q the share of successes it is

    q (1 - p)                   without a baseline
    q (1 - q)                   with the group's mean, each sample's own reward included
    q (1 - q) G / (G - 1)       with the mean of the other samples: leave-one-out, RLOO
    sqrt(q (1 - q))             with the group's mean, divided by the group's standard deviation: GRPO without clipping

so that each is a function of the number of successes, and its law is a sum over G + 1 binomial weights.

Kool, van Hoof & Welling 2019 (leave-one-out); Ahmadian et al. 2024 (RLOO); Shao et al. 2024 (GRPO).
"""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.exact import groups

UPDATES = ("none", "group mean", "leave-one-out", "normalised")
"""What is done to the rewards of a group, in the order of the docstring."""


def update(num_samples: int, probability: float, estimator: str, shift: float = 0.0) -> Floats:
    """Return the update of a group with 0, 1, ... G successes, shape (G + 1,).

    Parameters
    ----------
    num_samples : int
        G, at least 2.
    probability : float
        p, of a success.
    estimator : str
        One of UPDATES.
    shift : float
        What is added to every reward: the rewards are shift and 1 + shift. Without effect where there is a baseline.
    """
    size = validate.whole_number("num_samples", num_samples, 2)
    p = validate.in_interval("probability", probability, 0, 1)
    added = validate.real_number("shift", shift)
    share = np.arange(size + 1) / size
    spread = share * (1 - share)
    by_name = {
        "none": share * (1 - p) + added * (share - p),
        "group mean": spread,
        "leave-one-out": spread * size / (size - 1),
        "normalised": np.sqrt(spread),
    }
    return by_name[validate.one_of("estimator", estimator, UPDATES)]


def update_moments(
    num_samples: int, probabilities: ArrayLike, estimator: str, shift: float = 0.0
) -> tuple[Floats, Floats]:
    """Return the exact mean and variance of the update, each of the shape of probabilities.

    Parameters
    ----------
    num_samples
        As for `update`.
    probabilities : float or array
        p, one or several.
    estimator, shift
        As for `update`.
    """
    at = validate.real_array("probabilities", probabilities)
    found = np.empty((2, at.size))
    for i, p in enumerate(at.ravel().tolist()):
        weights, values = groups.binomial(num_samples, p), update(num_samples, p, estimator, shift)
        found[0, i] = weights @ values
        found[1, i] = weights @ (values - found[0, i]) ** 2
    return found[0].reshape(at.shape), found[1].reshape(at.shape)


def gradient(probabilities: ArrayLike) -> Floats:
    """Return the gradient of U, p (1 - p), of the shape of probabilities."""
    at = np.asarray(probabilities, dtype=float)
    return at * (1 - at)


def noise(num_samples: int, probabilities: ArrayLike, estimator: str, shift: float = 0.0) -> Floats:
    """Return the standard deviation of the update over its mean; the parameters are those of `update_moments`.

    Each p must lie inside (0, 1), where the mean is not 0.
    """
    mean, variance = update_moments(num_samples, probabilities, estimator, shift)
    return np.sqrt(variance) / mean


def less_noisy(num_samples: int, shift: float = 0.0) -> tuple[float, float]:
    """Return the interval of p in which leave-one-out is less noisy than no baseline; (0, 0) where there is none.

    Parameters
    ----------
    num_samples, shift
        As for `update`. With rewards 0 and 1 the interval ends at (2 G - 4) / (3 G - 5), which tends to 2/3.

    Notes
    -----
    With v = p (1 - p), G times the variance is v (1 + shift - p)^2 without a baseline, and with leave-one-out, the
    variance of a sample variance, v (1 - a v) with a = (4 G - 6) / (G - 1). Their difference over v is quadratic in p.
    """
    size = validate.whole_number("num_samples", num_samples, 2)
    height = 1 + validate.real_number("shift", shift)
    a = (4 * size - 6) / (size - 1)
    half, constant = a / 2 - height, height**2 - 1  # of constant + 2 half p - (a - 1) p^2, which is to be above 0
    inside = half**2 + (a - 1) * constant
    if inside <= 0:
        return 0.0, 0.0
    roots = [float(half + sign * np.sqrt(inside)) / (a - 1) for sign in (-1, 1)]
    low, high = (min(max(round(root, 12), 0.0), 1.0) for root in roots)  # a root at 0 or 1 is not inside by rounding
    return (low, high) if low < high else (0.0, 0.0)


def silent_share(num_samples: int, probability: float) -> float:
    """Return the probability that all rewards of a group are equal, so that a baseline from it leaves nothing."""
    weights = groups.binomial(num_samples, probability)
    return float(weights[0] + weights[-1])


def climbed(num_samples: int, probabilities: ArrayLike) -> Floats:
    """Return the function of p whose gradient is the mean of the normalised update, and which is 0 at p = 0.

    Parameters
    ----------
    num_samples : int
        G, at least 2.
    probabilities : float or array
        p, one or several.

    Returns
    -------
    array
        Of the shape of probabilities.

    Notes
    -----
    The sum over n = 1, ... G - 1 of P(at least n successes among G - 1 samples) / sqrt(n (G - n)). It is p for G = 2,
    rises with p for every G, and tends to 2 arcsin sqrt(p); its slope in p is `weight`.
    """
    size = validate.whole_number("num_samples", num_samples, 2)
    at = validate.real_array("probabilities", probabilities)
    n = np.arange(1, size)
    factors = 1 / np.sqrt(n * (size - n))
    tails = [np.cumsum(groups.binomial(size - 1, p)[::-1])[::-1][1:] for p in at.ravel().tolist()]
    return (np.array(tails) @ factors).reshape(at.shape)


def weight(num_samples: int, probabilities: ArrayLike) -> Floats:
    """Return what the gradient is multiplied by in the mean of the normalised update, for p inside (0, 1).

    Notes
    -----
    It tends to sqrt(G - 1) at p = 0 and 1, and with more and more samples to 1 / sqrt(p (1 - p)), that is, the slope of
    2 arcsin sqrt(p) (Davis & Recht 2025).
    """
    return update_moments(num_samples, probabilities, "normalised")[0] / gradient(probabilities)


def limit_weight(probabilities: ArrayLike) -> Floats:
    """Return what `weight` tends to as G grows, 1 / sqrt(p (1 - p)), for p inside (0, 1)."""
    return 1 / np.sqrt(gradient(probabilities))


def limit_climbed(probabilities: ArrayLike) -> Floats:
    """Return what `climbed` tends to as G grows, 2 arcsin sqrt(p)."""
    return 2 * np.arcsin(np.sqrt(np.asarray(probabilities, dtype=float)))
