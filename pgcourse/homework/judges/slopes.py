"""What can be wrong with the δ of a noisy finite difference: the parts of the judge `near_the_best`.

Utility, slope and variance of the problems here are closed formulas. So the mean squared error of the central
difference is exact at every δ, and the smallest is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Floats
from pgcourse.homework.compare import Form, Part, type_problem
from pgcourse.homework.judges.chance import within
from pgcourse.homework.judges.handed import Refused

DELTAS = np.geomspace(1e-3, 100, 4001)
"""Among which the best is searched: 0.3 % apart."""
NEAR = 1.1
"""Times the smallest mean squared error: what passes."""
ORDER = 4.0
"""The same for half of the points: about half or twice the best δ."""


class Curve:
    """A function of one parameter that a student's function calls, with a number or an array.

    Parameters
    ----------
    name
        What the student calls it.
    formula
        What it returns for an array.
    """

    def __init__(self, name: str, formula: Callable[[Floats], Floats]):
        self.__name__, self.formula, self.refused = name, formula, ""

    def __call__(self, theta: ArrayLike) -> Any:
        """Return the value at each theta; raises ValueError for anything but finite real numbers."""
        array = np.asarray(theta)
        if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            self.refused = f"{self.__name__} takes a number or an array of numbers, all of them finite."
            raise ValueError(self.refused)
        with np.errstate(all="ignore"):
            return self.formula(array.astype(float))[()]


@dataclass(frozen=True)
class Slope:
    """A utility of one parameter at one place, of which m returns are drawn at each point.

    Attributes
    ----------
    utility, variance
        Of a return: its mean and its variance, functions of theta.
    derivative
        Of the utility.
    theta
        Where the slope is wanted.
    m
        Trajectories at each point.
    """

    utility: Callable[[Floats], Floats]
    variance: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats]
    theta: float
    m: int

    def central(self, deltas: Floats) -> tuple[Floats, Floats]:
        """Return bias and variance of the central difference at each delta."""
        return self._chord(self.theta - deltas, self.theta + deltas)

    def forward(self, deltas: Floats) -> tuple[Floats, Floats]:
        """Return bias and variance of the forward difference at each delta."""
        return self._chord(self.theta + 0 * deltas, self.theta + deltas)

    def _chord(self, behind: Floats, ahead: Floats) -> tuple[Floats, Floats]:
        with np.errstate(all="ignore"):
            width = ahead - behind
            chord = (self.utility(ahead) - self.utility(behind)) / width
            variances = (self.variance(ahead) + self.variance(behind)) / self.m
            return chord - self.derivative(np.asarray(self.theta)), variances / width**2


def slope_of(kind: str, numbers: Floats, theta: float, m: int) -> Slope:
    """Return a Slope.

    Parameters
    ----------
    kind
        "cubic": U is the third power of theta, and `numbers` holds the variance of a return. "lottery": a logistic
        policy takes a number of decisions, and wins if all are right; `numbers` holds what is earned otherwise and what
        is won, how steep the policy is, how many decisions there are, and the standard deviation of a return's noise.
    numbers, theta, m
        As above.
    """
    if kind == "cubic":
        return Slope(lambda x: x**3, lambda x: numbers[0] + 0 * x, lambda x: 3 * x**2, theta, m)
    low, high, steepness, decisions, noise = numbers
    stake = high - low

    def once(x: Floats) -> Floats:
        return 1 / (1 + np.exp(-steepness * x))

    def always(x: Floats) -> Floats:
        return once(x) ** decisions

    return Slope(
        utility=lambda x: low + stake * always(x),
        variance=lambda x: stake**2 * always(x) * (1 - always(x)) + noise**2,
        derivative=lambda x: stake * decisions * steepness * always(x) * (1 - once(x)),
        theta=theta,
        m=m,
    )


def wrong_delta(result: Any, curves: list[Curve], slope: Slope) -> str:
    """Return what is wrong with a δ: its exact mean squared error is too far above the smallest.

    Parameters
    ----------
    result
        What the student's function returns.
    curves
        What it called.
    slope
        The problem.
    """
    for curve in curves:
        if curve.refused:
            raise Refused(curve.refused)
    problem = type_problem(result, 0.0, strict=True)
    if problem:
        return Form(f"What it returns {problem}.")
    delta = np.asarray(result, dtype=float)
    if not (np.isfinite(delta) and delta > 0):
        return "What it returns is no finite number above 0."
    error, errors = squared_error(slope, delta), squared_error(slope, DELTAS)
    best, smallest = DELTAS[errors.argmin()], errors.min()
    if within(error, NEAR * smallest):
        return ""
    meaning = _meaning(float(delta), slope, smallest)
    if within(error, ORDER * smallest):
        return Part(meaning or "values too far apart", 0.5)
    return meaning or ("too small" if delta < best else "too large")


def squared_error(slope: Slope, deltas: Floats) -> Floats:
    """Return the exact mean squared error of the central difference at each delta."""
    bias, variance = slope.central(deltas)
    return bias**2 + variance


def _meaning(delta: float, slope: Slope, smallest: float) -> str:
    """Return the mistake of which this δ, or this number, is the result; else an empty string."""
    (bias, variance), (forward_bias, forward_variance) = slope.central(DELTAS), slope.forward(DELTAS)
    meant = {
        "one trajectory": bias**2 + slope.m * variance,
        "bias without its square": abs(bias) + variance,
        "deviation for variance": bias**2 + np.sqrt(variance),
        "forward difference in mind": forward_bias**2 + forward_variance,
        "divided by delta squared": bias**2 + 4 * variance,
    }
    found = {name: DELTAS[curve.argmin()] for name, curve in meant.items()} | {"smallest error": smallest}
    closest = min(found, key=lambda name: abs(np.log(found[name] / delta)))
    return closest if abs(np.log(found[closest] / delta)) < 0.02 else ""
