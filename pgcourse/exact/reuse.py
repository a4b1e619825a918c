"""Samples of the L/R exercise used again for another theta: weights, clipped weights, and what both cost; exactly.

The samples come from theta_old. For another theta each is weighted by w(a) = pi_theta(a) / pi_old(a), so that the mean
of any function f of the action is that under theta, E_old[w f] = E[f].

Everywhere theta and theta_old are numbers or arrays that broadcast, with 0 < theta_old < 1 and 0 <= theta <= 1.
"""

import numpy as np

from pgcourse._types import Broadcast, Floats, Numbers
from pgcourse.exact import one_decision


def probabilities(theta: Numbers) -> Floats:
    """Return the probabilities (2, ...) of L and R."""
    theta = np.asarray(theta, dtype=float)
    return np.stack([theta, 1 - theta])


def ratios(theta: Numbers, theta_old: Numbers) -> Floats:
    """Return the weights w (2, ...) of L and R."""
    return probabilities(theta) / probabilities(np.broadcast_to(theta_old, np.shape(theta)))


def advantages(theta_old: float, reward_left: float, reward_right: float) -> Floats:
    """Return A = R - V of L and R at theta_old, shape (2,)."""
    return np.array([reward_left, reward_right]) - one_decision.value(theta_old, reward_left, reward_right)


def clipped_surrogate(
    theta: Numbers, theta_old: float, epsilon: float, reward_left: float, reward_right: float
) -> Broadcast:
    """Return the mean of min(w A, clip(w, 1 - epsilon, 1 + epsilon) A) under theta_old.

    Notes
    -----
    Without the clip it is E_old[w A] = U(theta) - U(theta_old), which it never exceeds.

    References
    ----------
    Schulman, Wolski, Dhariwal, Radford & Klimov 2017 (PPO), equation 7.
    """
    w = np.moveaxis(ratios(theta, theta_old), 0, -1)
    a = advantages(theta_old, reward_left, reward_right)
    # (1 + epsilon) A where A > 0, and (1 - epsilon) A where A < 0; the other limit never is the smaller one
    return np.minimum(w * a, a + epsilon * np.abs(a)) @ probabilities(theta_old)


def windows(theta_old: float, epsilon: float) -> Floats:
    """Return the lowest and the highest theta with 1 - epsilon <= w <= 1 + epsilon, shape (2, 2): of L, then of R."""
    left, right = epsilon * probabilities(theta_old)
    return np.clip(np.array([[theta_old - left, theta_old + left], [theta_old - right, theta_old + right]]), 0, 1)


def effective_share(theta: Numbers, theta_old: float) -> Broadcast:
    """Return E[w]^2 / E[w^2] under theta_old: m samples are as good as this share of m unweighted ones, by the weights.

    References
    ----------
    Kish 1965 (the effective sample size).
    """
    return 1 / np.tensordot(probabilities(theta_old), ratios(theta, theta_old) ** 2, 1)


def utility_variance(theta: Numbers, theta_old: float, reward_left: float, reward_right: float) -> Broadcast:
    """Return the variance of w R, the estimate of U(theta) from one sample of theta_old."""
    rewards = np.array([reward_left, reward_right])
    weighted = np.moveaxis(ratios(theta, theta_old), 0, -1) * rewards
    mean = one_decision.value(theta, reward_left, reward_right)
    return (weighted - np.asarray(mean)[..., None]) ** 2 @ probabilities(theta_old)


def gradient_variance(theta: Numbers, theta_old: float, reward_left: float, reward_right: float) -> Broadcast:
    """Return the variance of w score R, the gradient sample for 0 < theta < 1 from one sample of theta_old."""
    _, _, gradients = one_decision.samples(theta, reward_left, reward_right)
    weighted = np.moveaxis(ratios(theta, theta_old) * gradients, 0, -1)
    return (weighted - one_decision.gradient(reward_left, reward_right)) ** 2 @ probabilities(theta_old)
