"""Two decisions in a row, each at random between left and right: for which rewards causality loses.

The scores are 1/2 and -1/2, so the second decision's component has the mean square E[(r_0 + r_1)^2] / 4 with the total
return and E[r_1^2] / 4 with the reward-to-go, and the same mean with both. Causality loses where the difference,
(E[r_0^2] + 2 E[r_0] E[r_1]) / 4, is below 0. The first decision's component is the same with both.
"""

from collections.abc import Sequence

import numpy as np

from pgcourse import problems
from pgcourse._types import Floats
from pgcourse.exact import recursion
from pgcourse.gradients.estimators import ESTIMATORS
from pgcourse.gradients.policies import SoftmaxPolicy


def variances(rewards_0: Sequence[float], rewards_1: Sequence[float]) -> Floats:
    """Return the exact variances of the component of "right" at each decision.

    Parameters
    ----------
    rewards_0, rewards_1 : (2,) array
        Rewards of left and right in the first and in the second decision.

    Returns
    -------
    (2, 2) array
        Estimator (in the order of ESTIMATORS) by decision.
    """
    mdp, policy = problems.two_step(rewards_0, rewards_1), SoftmaxPolicy(2, 2)
    return np.array([recursion.moments(mdp, policy, np.zeros(4), name)[1][[1, 3]] for name in ESTIMATORS])


def break_even(mean_0: Floats, rewards_0: Sequence[float]) -> Floats:
    """Return the mean reward of the second decision at which both estimators have the same variance.

    Parameters
    ----------
    mean_0 : (N,) array
        Mean rewards of the first decision, not 0; causality loses beyond what is returned, seen from 0.
    rewards_0 : (2,) array
        Only their distance from each other counts.
    """
    spread = ((rewards_0[0] - rewards_0[1]) / 2) ** 2  # E[r_0^2] is the mean squared and this
    return -(mean_0**2 + spread) / (2 * mean_0)
