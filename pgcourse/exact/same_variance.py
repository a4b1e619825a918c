"""Two baselines equally far from b*, on either side of it: one variance at every theta, but not one law of theta.

With b = (1 + x) b*(theta) a sample of the L/R exercise has the variance x^2 b*^2 / (theta (1 - theta)), which does not
know the sign of x: x = -1 is no baseline, x = 1 is 2 b*. One sample a step, the laws of theta after k steps differ.
"""

import numpy as np

from pgcourse import _validate as validate
from pgcourse._types import Broadcast, Floats, Numbers
from pgcourse.exact import groups, one_decision


def baseline(distance: float, theta: Numbers, reward_left: float, reward_right: float) -> Broadcast:
    """Return (1 + x) b*(theta), for a distance of x times b* from b*."""
    return (1 + distance) * one_decision.best_baseline(theta, reward_left, reward_right)


def stuck(
    distance: float, theta: float, reward_left: float, reward_right: float, step_size: float, num_steps: int
) -> Floats:
    """Return the chances of being stuck at L and at R, on a flat end of the clamp, after 0, 1, ... k steps.

    Parameters
    ----------
    distance : float
        x; the baseline is (1 + x) b* at each theta.
    theta : float
        Where the ascent starts.
    reward_left, reward_right : float
    step_size : float
        alpha.
    num_steps : int
        k; each step takes one sample.

    Returns
    -------
    (k + 1, 2) array
        L first.

    Raises
    ------
    ValueError
        Where there are too many parameters to list: take fewer steps.

    References
    ----------
    Chung, Thomas, Machado & Le Roux 2021, who perturb the baseline of least variance to either side.
    """
    validate.real_number("distance", distance)
    alpha = validate.real_number("step_size", step_size)

    def steps(thetas: Floats) -> tuple[Floats, Floats]:
        b = baseline(distance, thetas, reward_left, reward_right)
        found = one_decision.samples(thetas, reward_left, reward_right, b)
        moved = thetas + alpha * found.gradients
        # All that are stuck at one end are put in one place, so that few parameters are left to list.
        moved = np.where(moved >= 1, 2, np.where(moved <= 0, -1, moved))
        return found.probabilities, moved - thetas

    laws = groups.laws_of_theta(theta, num_steps, 1.0, steps)
    start = [[float(theta >= 1), float(theta <= 0)]]
    return np.array(start + [[chances[at >= 1].sum(), chances[at <= 0].sum()] for at, chances in laws])


def sigmoid_samples(theta: Numbers, reward: Numbers, baseline: Numbers) -> tuple[Floats, Floats]:
    """Return what one sample gives if p = sigmoid(theta) is the chance to earn `reward`, and nothing is earned else.

    Parameters
    ----------
    theta, reward, baseline : float or array
        Numbers or arrays that broadcast.

    Returns
    -------
    probabilities, gradients : (2, ...) array
        Of success and of failure, as `groups.law_of_theta` takes them.
    """
    p = 1 / (1 + np.exp(-np.asarray(theta, dtype=float)))
    return np.stack([p, 1 - p]), np.stack([(1 - p) * (reward - baseline), p * baseline])
