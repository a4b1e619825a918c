"""The simple regulator: one continuous state, a linear-Gaussian policy with two parameters, and an exact utility.

Two parameters make a plane, so its U can be drawn as contours, in the lectures on search and ascent. For
s' = s + a + w and a ~ N(theta_1 s, theta_2^2) the second moment q_k = E[s_k^2] obeys
q_{k+1} = (1 + theta_1)^2 q_k + theta_2^2 + noise^2, and U = -sum over k of gamma**k q_k.

The states are a linear map of the normal random numbers, so even the covariance of two returns that share their random
numbers is exact, and so is the slope of one simulated return in theta.
"""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Broadcast, Floats, Numbers
from pgcourse.gradients import pairs
from pgcourse.gradients.policies import Policy
from pgcourse.problems.linear_gaussian import Regulator


def utility(mdp: Regulator, policy: Policy, theta: ArrayLike) -> float:
    """Return the exact U at theta (2,); the policy is a LinearGaussianPolicy."""
    mdp, policy = pairs.linear_gaussian(mdp, policy)
    return float(utility_surface(mdp, *policy.parameters(theta).tolist()))


def gradient(mdp: Regulator, policy: Policy, theta: ArrayLike) -> Floats:
    """Return the exact gradient of U, shape (2,), at theta (2,); the policy is a LinearGaussianPolicy."""
    mdp, policy = pairs.linear_gaussian(mdp, policy)
    return gradient_surface(mdp, *policy.parameters(theta).tolist())


def return_variance(mdp: Regulator, policy: Policy, theta: ArrayLike) -> float:
    """Return the exact variance of R(tau) at theta (2,); the policy is a LinearGaussianPolicy."""
    return return_covariance(mdp, policy, theta, theta)


def common_variance(mdp: Regulator, policy: Policy, theta: ArrayLike, other: ArrayLike) -> float:
    """Return the exact variance of R(tau) at other less R(tau) at theta, simulated with the same random numbers."""
    mdp, policy = pairs.linear_gaussian(mdp, policy)
    here, there = (_return_of(mdp, *policy.parameters(at)) for at in (theta, other))
    return _covariance(*[tuple(b - a for a, b in zip(here, there, strict=True))] * 2)


def utility_surface(mdp: Regulator, gain: Numbers, std: Numbers) -> Broadcast:
    """Return the exact U at gain theta_1 and standard deviation theta_2, arrays that broadcast."""
    mdp = pairs.regulator(mdp)
    square: Numbers = mdp.initial_mean**2 + mdp.initial_std**2  # E[s_k^2]
    total = np.zeros(np.broadcast_shapes(np.shape(gain), np.shape(std)))
    for k in range(mdp.horizon):
        total = total - mdp.discount**k * square
        square = (1 + gain) ** 2 * square + std**2 + mdp.noise_std**2
    return total


def gradient_surface(mdp: Regulator, gain: Numbers, std: Numbers) -> Floats:
    """Return the exact gradient of U, shape (..., 2); arguments as for `utility_surface`."""
    mdp = pairs.regulator(mdp)
    square: Numbers = mdp.initial_mean**2 + mdp.initial_std**2  # E[s_k^2], and its slopes:
    square_gain: Numbers = 0.0
    square_std: Numbers = 0.0
    slope_gain = slope_std = np.zeros(np.broadcast_shapes(np.shape(gain), np.shape(std)))
    for k in range(mdp.horizon):
        slope_gain = slope_gain - mdp.discount**k * square_gain
        slope_std = slope_std - mdp.discount**k * square_std
        square_gain = (1 + gain) ** 2 * square_gain + 2 * (1 + gain) * square
        square_std = (1 + gain) ** 2 * square_std + 2 * std
        square = (1 + gain) ** 2 * square + std**2 + mdp.noise_std**2
    return np.stack([slope_gain, slope_std], axis=-1)


def return_covariance(mdp: Regulator, policy: Policy, theta: ArrayLike, other: ArrayLike) -> float:
    """Return the exact covariance of R(tau) at theta and at other when both are simulated with the same random numbers.

    Parameters
    ----------
    mdp : Regulator
    policy : LinearGaussianPolicy
    theta, other : (2,) array
        At theta = other this is the variance of R(tau).

    Notes
    -----
    The return is a quadratic form of the standard normal random numbers z, R = const - z A z - 2 v z, and the
    covariance of two of them is 2 tr(A A') + 4 v v' (Isserlis 1918): of one with itself a sum of squares.
    """
    mdp, policy = pairs.linear_gaussian(mdp, policy)
    return _covariance(*(_return_of(mdp, *policy.parameters(at)) for at in (theta, other)))


def _covariance(first: tuple[Floats, ...], second: tuple[Floats, ...]) -> float:
    (form, line), (other_form, other_line) = first, second
    return float(2 * (form * other_form).sum() + 4 * (line * other_line).sum())


def _return_of(mdp: Regulator, gain: float, std: float) -> tuple[Floats, Floats]:
    """Return the quadratic and the linear part, A (2H - 1, 2H - 1) and v (2H - 1,), of minus the return."""
    mean, weights = _states_of(mdp, gain, std)
    discounted = weights.T * mdp.discount ** np.arange(mdp.horizon)
    return discounted @ weights, discounted @ mean


def _states_of(mdp: Regulator, gain: float, std: float) -> tuple[Floats, Floats]:
    """Return the means (H,) of the states, and their weights (H, 2H - 1) on the standard normal random numbers."""
    mean, weights = np.zeros(mdp.horizon), np.zeros((mdp.horizon, 2 * mdp.horizon - 1))
    mean[0], weights[0, 0] = mdp.initial_mean, mdp.initial_std
    for k in range(1, mdp.horizon):
        mean[k], weights[k] = (1 + gain) * mean[k - 1], (1 + gain) * weights[k - 1]
        weights[k, 2 * k - 1 : 2 * k + 1] = abs(std), mdp.noise_std
    return mean, weights
