"""How far the estimate with generalised advantages is from the gradient, for each lambda and a more or less wrong V.

The values are V + e (W - V): right at e = 0, W at e = 1. A sample is linear in the values, so its mean is a straight
line in e and its variance a parabola: three values of e give all.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.exact.evaluation import gradient, values
from pgcourse.exact.recursion import advantage_moments
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.problems.mdp import TabularMDP


class CriticErrors(NamedTuple):
    """What one sample of the gradient estimate is off by, for each lambda."""

    bias: Floats
    """(L,) length of the difference of the mean from the gradient, at e = 1; in proportion to e"""
    variance: Floats
    """(3, L) the total variance is variance[0] + variance[1] e + variance[2] e^2"""

    def total_variance(self, error: float) -> Floats:
        """Return the total variance of one sample (L,), where the values are e of the way from V to W."""
        constant, linear, square = self.variance
        return constant + error * linear + error**2 * square

    def standard_deviation(self, error: float, num_trajectories: int) -> Floats:
        """Return the root of the total variance (L,) of the mean of m samples."""
        return np.sqrt(self.total_variance(error) / num_trajectories)

    def root_mean_square(self, error: float, num_trajectories: int) -> Floats:
        """Return the root of the mean squared distance (L,) of the mean of m samples from the gradient."""
        return np.sqrt((error * self.bias) ** 2 + self.total_variance(error) / num_trajectories)


def critic_errors(
    mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, wrong: ArrayLike, lams: ArrayLike
) -> CriticErrors:
    """Return the exact CriticErrors of generalised advantage estimation.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
    wrong : (H, S) or (S,) array
        W, the values at e = 1.
    lams : (L,) array
        Each lambda in [0, 1].

    Raises
    ------
    ValueError
        For an argument that does not fit.

    References
    ----------
    Schulman, Moritz, Levine, Jordan & Abbeel 2016.
    """
    right = values(mdp, policy, theta)[0]
    other = validate.real_array("wrong", wrong)
    if other.shape not in (right.shape, right.shape[1:]):
        raise ValueError(f"wrong must have shape (H, S) = {right.shape} or (S,), but has shape {other.shape}.")
    truth, difference = gradient(mdp, policy, theta), other - right
    bias, variances = [], []
    for lam in validate.real_array("lams", lams).tolist():
        found = [advantage_moments(mdp, policy, theta, values=right + e * difference, lam=lam) for e in (0.0, 0.5, 1.0)]
        bias.append(np.linalg.norm(found[-1][0] - truth))
        variances.append([variance.sum() for _, variance in found])
    none, half, whole = np.array(variances).T
    square = 2 * (none + whole - 2 * half)
    return CriticErrors(np.array(bias), np.array([none, whole - none - square, square]))
