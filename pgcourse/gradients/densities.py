"""One-dimensional densities with one parameter: where the log-derivative trick can be seen, and where it fails.

    normal        mean theta, deviation 0.6
    exponential   mean theta, on x >= 0
    uniform       on [0, theta]: the support moves with theta, and the trick fails

Mohamed, Rosca, Figurnov & Mnih 2020, "Monte Carlo gradient estimation in machine learning", section 4.
"""

from typing import NamedTuple

import numpy as np

DEVIATION = 0.6


def density(family, theta, x):
    """Return p_theta(x) and the score, the derivative of log p_theta(x) by theta, both like x (an array).

    family  "normal", "exponential" or "uniform"
    theta   above 0

    Where p is 0 there is no score, and what is returned for it means nothing.
    Raises ValueError for another family.
    """
    if family == "normal":
        score = (x - theta) / DEVIATION**2
        return np.exp(-0.5 * (DEVIATION * score) ** 2) / (DEVIATION * np.sqrt(2 * np.pi)), score
    if family == "exponential":
        return np.where(x >= 0, np.exp(-np.maximum(x, 0) / theta) / theta, 0), (x - theta) / theta**2
    if family == "uniform":
        return np.where((x >= 0) & (x <= theta), 1 / theta, 0), np.full(np.shape(x), -1 / theta)
    raise ValueError(f"family is {family!r}, but must be normal, exponential or uniform.")


class Curves(NamedTuple):
    """A density and what the identity grad p = p * grad log p is about, each like x."""

    density: np.ndarray
    log_density: np.ndarray
    """NaN where p is 0"""
    gradient: np.ndarray
    """of p with respect to theta: p times the score"""
    score: np.ndarray
    """NaN where p is 0"""


def curves(family, theta, x):
    """Return the Curves of a family at theta; arguments and errors as for `density`."""
    p, score = density(family, theta, x)
    log_p = np.log(p, out=np.full_like(p, np.nan), where=p > 0)
    return Curves(p, log_p, p * score, np.where(p > 0, score, np.nan))


def gained_area(family, theta):
    """Return the area where the gradient of p is positive; it is lost elsewhere, except by the uniform density."""
    return {"normal": 1 / (DEVIATION * np.sqrt(2 * np.pi)), "exponential": np.exp(-1) / theta, "uniform": 0.0}[family]


class Slopes(NamedTuple):
    """U(theta), its true slope, and what the log-derivative trick takes for it: the mean of score times R."""

    utility: float
    slope: float
    score_mean: float


def slopes(family, rewards, theta):
    """Return the Slopes of U = E[R(x)] for R(x) = c_0 + c_1 x, with rewards = (c_0, c_1) and x of density p_theta."""
    constant, linear = rewards
    mean_per_theta = 0.5 if family == "uniform" else 1.0
    utility, slope = constant + linear * mean_per_theta * theta, linear * mean_per_theta
    # Inside [0, theta] the uniform score is -1/theta: it knows nothing of the end that moves.
    return Slopes(utility, slope, -utility / theta if family == "uniform" else slope)
