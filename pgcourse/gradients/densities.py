"""One-dimensional densities with one parameter: where the log-derivative trick can be seen, and where it fails.

    normal        mean theta, standard deviation 0.6
    exponential   mean theta, on x >= 0
    uniform       on [0, theta]: the support moves with theta, and the trick fails

Mohamed, Rosca, Figurnov & Mnih 2020, "Monte Carlo gradient estimation in machine learning", section 4.
"""

from typing import NamedTuple

import numpy as np

from pgcourse import _validate as validate
from pgcourse._types import Floats

FAMILIES = ("normal", "exponential", "uniform")
STD = 0.6
"""Standard deviation of the normal density."""


def density(family: str, theta: float, x: Floats) -> tuple[Floats, Floats]:
    """Return p_theta(x) and the score, the derivative of log p_theta(x) with respect to theta.

    Parameters
    ----------
    family : str
        One of FAMILIES.
    theta : float
        Above 0.
    x : array

    Returns
    -------
    p, score : array like x
        Where p is 0 there is no score, and what is returned for it means nothing.

    Raises
    ------
    ValueError
        For another family.
    """
    validate.one_of("family", family, FAMILIES)
    if family == "normal":
        score = (x - theta) / STD**2
        return np.exp(-0.5 * (STD * score) ** 2) / (STD * np.sqrt(2 * np.pi)), score
    if family == "exponential":
        return np.where(x >= 0, np.exp(-np.maximum(x, 0) / theta) / theta, 0), (x - theta) / theta**2
    return np.where((x >= 0) & (x <= theta), 1 / theta, 0), np.full(np.shape(x), -1 / theta)


class Curves(NamedTuple):
    """A density and what the identity grad p = p * grad log p is about, each like x."""

    density: Floats
    log_density: Floats
    """NaN where p is 0"""
    gradient: Floats
    """of p with respect to theta: p times the score"""
    score: Floats
    """NaN where p is 0"""


def curves(family: str, theta: float, x: Floats) -> Curves:
    """Return the Curves of a family at theta; arguments and errors as for `density`."""
    p, score = density(family, theta, x)
    log_p = np.log(p, out=np.full_like(p, np.nan), where=p > 0)
    return Curves(p, log_p, p * score, np.where(p > 0, score, np.nan))


def gained_area(family: str, theta: float) -> float:
    """Return the area where the gradient of p is positive; it is lost elsewhere, except by the uniform density."""
    areas = {"normal": 1 / (STD * np.sqrt(2 * np.pi)), "exponential": np.exp(-1) / theta, "uniform": 0.0}
    return areas[validate.one_of("family", family, FAMILIES)]


class Slopes(NamedTuple):
    """U(theta), its true slope, and what the log-derivative trick takes for it: the mean of score times R."""

    utility: float
    slope: float
    score_mean: float


def slopes(family: str, rewards: tuple[float, float], theta: float) -> Slopes:
    """Return the Slopes of U = E[R(x)], where x has the density p_theta.

    Parameters
    ----------
    family : str
        One of FAMILIES.
    rewards : (2,) sequence of float
        (c_0, c_1) of R(x) = c_0 + c_1 x.
    theta : float
        Above 0.
    """
    constant, linear = rewards
    mean_per_theta = 0.5 if family == "uniform" else 1.0
    utility, slope = constant + linear * mean_per_theta * theta, linear * mean_per_theta
    # Inside [0, theta] the uniform score is -1/theta: it knows nothing of the end that moves.
    return Slopes(utility, slope, -utility / theta if family == "uniform" else slope)
