"""The simple regulator: one continuous state, a linear-Gaussian policy with two parameters, and an exact utility.

Two parameters make a plane, so its U can be drawn as contours: the arena of the lectures on search and ascent. For
s' = s + a + w and a ~ N(theta_1 s, theta_2^2) the second moment q_k = E[s_k^2] obeys
q_{k+1} = (1 + theta_1)^2 q_k + theta_2^2 + noise^2, and U = -sum over k of gamma**k q_k.

The states are a linear map of the normal random numbers, so even the covariance of two returns that share their random
numbers is exact, and so is the slope of one simulated return in theta.
"""

from dataclasses import dataclass

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
    return float(utility_surface(mdp, *policy.parameters(theta).tolist()))


@exact.gradient.register
def _(mdp: Regulator, policy, theta):
    return gradient_surface(mdp, *policy.parameters(theta).tolist())


@exact.return_variance.register
def _(mdp: Regulator, policy, theta):
    return max(return_covariance(mdp, policy, theta, theta), 0.0)


def utility_surface(mdp, gain, deviation):
    """Return the exact U at gain theta_1 and deviation theta_2, arrays that broadcast: the contours of a picture."""
    square = mdp.initial_mean**2 + mdp.initial_std**2  # E[s_k^2]
    total = np.zeros(np.broadcast_shapes(np.shape(gain), np.shape(deviation)))
    for k in range(mdp.horizon):
        total = total - mdp.discount**k * square
        square = (1 + gain) ** 2 * square + deviation**2 + mdp.noise_std**2
    return total


def gradient_surface(mdp, gain, deviation):
    """Return the exact gradient of U at gain theta_1 and deviation theta_2, arrays that broadcast, shape (..., 2)."""
    square = mdp.initial_mean**2 + mdp.initial_std**2
    by_gain = by_deviation = 0.0  # the slopes of E[s_k^2]
    slope_gain = slope_deviation = np.zeros(np.broadcast_shapes(np.shape(gain), np.shape(deviation)))
    for k in range(mdp.horizon):
        slope_gain = slope_gain - mdp.discount**k * by_gain
        slope_deviation = slope_deviation - mdp.discount**k * by_deviation
        by_gain = (1 + gain) ** 2 * by_gain + 2 * (1 + gain) * square
        by_deviation = (1 + gain) ** 2 * by_deviation + 2 * deviation
        square = (1 + gain) ** 2 * square + deviation**2 + mdp.noise_std**2
    return np.stack([slope_gain, slope_deviation], axis=-1)


def return_covariance(mdp, policy, theta, other):
    """Return the exact covariance of R(tau) at theta and at other when both are simulated with the same random numbers.

    mdp            Regulator
    policy         LinearGaussianPolicy
    theta, other   (2,) each; at theta = other this is the variance of R(tau)

    For normal x, y with means a, b and covariance c: Cov(x^2, y^2) = 2 c^2 + 4 a b c (Isserlis 1918).
    """
    (mean, weights), (other_mean, other_weights) = (_states_of(mdp, *policy.parameters(at)) for at in (theta, other))
    shared = weights @ other_weights.T
    discounts = mdp.discount ** np.arange(mdp.horizon)
    return float(discounts @ (2 * shared**2 + 4 * np.outer(mean, other_mean) * shared) @ discounts)


def _states_of(mdp, gain, deviation):
    """Return the means (H,) of the states, and their weights (H, 2H - 1) on the standard normal random numbers."""
    mean, weights = np.zeros(mdp.horizon), np.zeros((mdp.horizon, 2 * mdp.horizon - 1))
    mean[0], weights[0, 0] = mdp.initial_mean, mdp.initial_std
    for k in range(1, mdp.horizon):
        mean[k], weights[k] = (1 + gain) * mean[k - 1], (1 + gain) * weights[k - 1]
        weights[k, 2 * k - 1 : 2 * k + 1] = abs(deviation), mdp.noise_std
    return mean, weights


def sample_returns(mdp, theta, num_trajectories, rng):
    """Draw returns alone, for many theta at once: faster than `simulate`, which also keeps the trajectories.

    theta    (..., 2) gains and deviations
    returns  (..., m); for a single theta the same numbers as `simulate` draws from an equal rng
    """
    gain, deviation = np.moveaxis(np.asarray(theta, dtype=float)[..., None], -2, 0)
    shape = (*gain.shape[:-1], num_trajectories)
    state, total = rng.normal(mdp.initial_mean, mdp.initial_std, shape), np.zeros(shape)
    noise = rng.standard_normal((mdp.horizon, 2, *shape))  # of the action and of the dynamics
    pushes = abs(deviation) * noise[:, 0] + mdp.noise_std * noise[:, 1]
    for k in range(mdp.horizon):
        total -= mdp.discount**k * state**2
        state = (1 + gain) * state + pushes[k]
    return total


def pathwise_gradients(mdp, theta, num_trajectories, rng):
    """Estimate the gradient of U by differentiating each simulated return while its random numbers stand still.

    theta    (..., 2) gains and deviations
    returns  (..., m, 2) gradient samples, unbiased; they need the simulator's inside, unlike the estimators of
             `pgcourse.estimators`

    Mohamed, Rosca, Figurnov & Mnih 2020, section 5 (the pathwise gradient estimator).
    """
    gain, deviation = np.moveaxis(np.asarray(theta, dtype=float)[..., None], -2, 0)
    shape = (*gain.shape[:-1], num_trajectories)
    state, noise = rng.normal(mdp.initial_mean, mdp.initial_std, shape), rng.standard_normal((mdp.horizon, 2, *shape))
    action_slopes = np.sign(deviation) * noise[:, 0]
    pushes = abs(deviation) * noise[:, 0] + mdp.noise_std * noise[:, 1]
    slope, total = np.zeros((2, *shape, 2))  # of the state, and of the return
    for k in range(mdp.horizon):
        total -= (2 * mdp.discount**k * state)[..., None] * slope
        slope = (1 + gain)[..., None] * slope + np.stack([state, action_slopes[k]], axis=-1)
        state = (1 + gain) * state + pushes[k]
    return total
