"""What the reward-to-go estimator climbs without the factor gamma^k: on the toll road, and in general.

On the toll road with a shared parameter U is a straight line in p = pi(R),

    U = p (entrance - gamma toll + gamma^3 prize),

while the update without gamma^k sees the second decision as if it were the first:

    E[update] = p (1 - p) (entrance - toll + gamma^2 prize).
"""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Broadcast, Floats, Numbers
from pgcourse.exact.recursion import advantage_moments
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.problems.mdp import TabularMDP


def slopes(discount: Numbers, entrance: Numbers, toll: Numbers, prize: Numbers) -> tuple[Broadcast, Broadcast]:
    """Return the gradient of U and the mean update without gamma^k on the toll road, each divided by p (1 - p).

    Parameters
    ----------
    discount, entrance, toll, prize : float or array
        As for `toll_road`; numbers or arrays that broadcast.
    """
    gradient = entrance - discount * toll + discount**3 * prize
    return gradient, entrance - toll + discount**2 * prize


def update(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, discounted: bool = False) -> Floats:
    """Return the mean reward-to-go sample (n,), without the factor gamma^k or with it; arguments as for `moments`."""
    return advantage_moments(mdp, policy, theta, discounted=discounted)[0]


def asymmetry(
    mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, discounted: bool = False, delta: float = 1e-4
) -> float:
    """Return the largest difference between the Jacobian of `update` and its transpose: 0 if it is a gradient.

    Parameters
    ----------
    mdp, policy, theta, discounted
        As for `update`.
    delta : float
        Half the width of the central differences, whose error is of the order of its square.
    """
    at = np.asarray(theta, dtype=float)
    width = validate.real_number("delta", delta)
    rows = [
        (update(mdp, policy, at + step, discounted) - update(mdp, policy, at - step, discounted)) / (2 * width)
        for step in width * np.eye(len(at))
    ]
    jacobian = np.array(rows)
    return float(np.abs(jacobian - jacobian.T).max())
