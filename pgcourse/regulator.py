"""The simple regulator: one continuous state, a linear-Gaussian policy with two parameters, and an exact utility.

Two parameters make a plane, so its U can be drawn as contours: the arena of the lectures on search and ascent. For
s' = s + a + w and a ~ N(theta_1 s, theta_2^2) the second moment q_k = E[s_k^2] obeys
q_{k+1} = (1 + theta_1)^2 q_k + theta_2^2 + noise^2, and U = -sum over k of gamma**k q_k.
"""

from dataclasses import dataclass
from math import comb

import numpy as np

from pgcourse import _validate as validate
from pgcourse import exact
from pgcourse.trajectories import Trajectories, simulate


@dataclass(frozen=True)
class Regulator:
    """Hold the simple regulator: s' = s + a + w, r = -s^2.

    horizon       d + 1, the number of decisions, at least 1
    discount      gamma in [0, 1]
    noise_std     standard deviation of w, at least 0
    initial_mean, initial_std  of the normal distribution of s_0

    Raises ValueError naming the argument. Kochenderfer, Wheeler & Wray 2022, appendix F.5.
    """

    horizon: int
    discount: float
    noise_std: float
    initial_mean: float
    initial_std: float

    def __post_init__(self):
        validate.whole_number("horizon", self.horizon, 1)
        validate.in_interval("discount", self.discount, 0, 1)
        validate.real_number("initial_mean", self.initial_mean)
        for name in ("noise_std", "initial_std"):
            validate.in_interval(name, getattr(self, name), 0, np.inf)


@dataclass(frozen=True)
class LinearGaussianPolicy:
    """Choose a ~ N(theta_1 s, theta_2^2): theta = (gain, action deviation), shape (2,).

    U depends on theta_2 through its square, so its sign does not matter; at theta_2 = 0 the policy is deterministic.
    """

    num_parameters: int = 2

    def parameters(self, theta):
        """Return theta as a float array of shape (2,); ValueError naming what is wrong with it."""
        return validate.real_array("theta", theta, (2,))

    def score_at(self, theta, states, actions):
        """Return the gradient of log pi_theta(a | s) at arrays of states and actions, shape (..., 2).

        Raises ValueError at theta_2 = 0, where a deterministic policy has no score.
        """
        gain, deviation = self.parameters(theta)
        if deviation == 0:
            raise ValueError("theta[1] is 0: a deterministic policy has no score, so use a deviation other than 0.")
        standardised = (actions - gain * states) / deviation
        return np.stack([standardised * states, standardised**2 - 1], axis=-1) / deviation


@simulate.register
def _(mdp: Regulator, policy, theta, num_trajectories, rng):
    gain, deviation = policy.parameters(theta)
    validate.generator("rng", rng)
    m = validate.whole_number("num_trajectories", num_trajectories, 1)
    states, actions = np.empty((2, m, mdp.horizon))
    state = rng.normal(mdp.initial_mean, mdp.initial_std, m)
    for k in range(mdp.horizon):
        states[:, k] = state
        actions[:, k] = gain * state + abs(deviation) * rng.standard_normal(m)
        state = state + actions[:, k] + mdp.noise_std * rng.standard_normal(m)
    return Trajectories(states, actions, -(states**2), np.full(m, mdp.horizon))


@exact.utility.register
def _(mdp: Regulator, policy, theta):
    return float(utility_surface(mdp, *policy.parameters(theta)))


@exact.gradient.register
def _(mdp: Regulator, policy, theta):
    gain, deviation = policy.parameters(theta)
    square = mdp.initial_mean**2 + mdp.initial_std**2
    slope = np.zeros(2)  # of E[s_k^2]
    total = np.zeros(2)
    for k in range(mdp.horizon):
        total -= mdp.discount**k * slope
        slope = (1 + gain) ** 2 * slope + np.array([2 * (1 + gain) * square, 2 * deviation])
        square = (1 + gain) ** 2 * square + deviation**2 + mdp.noise_std**2
    return total


@exact.return_variance.register
def _(mdp: Regulator, policy, theta):
    gain, deviation = policy.parameters(theta)
    step = _expectation(1 + gain, np.hypot(deviation, mdp.noise_std), 5)
    # E[G | s] and E[G^2 | s] as polynomials in s: coefficient j belongs to s^j.
    first, second = np.zeros((2, 5))
    for _ in range(mdp.horizon):
        following = mdp.discount * (step @ first)
        second = np.eye(5)[4] - 2 * np.roll(following, 2) + mdp.discount**2 * (step @ second)
        first = following - np.eye(5)[2]
    powers = _expectation(mdp.initial_mean, mdp.initial_std, 5).sum(axis=0)  # E[s_0^j]: s = 1 in place of the state
    return max(float(powers @ second - (powers @ first) ** 2), 0.0)


def _expectation(factor, deviation, size):
    """Return the matrix that takes the coefficients of f to those of s -> E[f(factor s + deviation z)], z normal."""
    normal_moments = [1, 0, 1, 0, 3]  # E[z^i]
    matrix = np.zeros((size, size))
    for j in range(size):
        for i in range(j + 1):
            matrix[i, j] = comb(j, i) * factor**i * deviation ** (j - i) * normal_moments[j - i]
    return matrix


def utility_surface(mdp, gain, deviation):
    """Return the exact U at gain theta_1 and deviation theta_2, arrays that broadcast: the contours of a picture."""
    square = np.full(np.broadcast_shapes(np.shape(gain), np.shape(deviation)), mdp.initial_mean**2 + mdp.initial_std**2)
    total = np.zeros_like(square)
    for k in range(mdp.horizon):
        total -= mdp.discount**k * square
        square = (1 + np.asarray(gain)) ** 2 * square + np.asarray(deviation) ** 2 + mdp.noise_std**2
    return total
