"""Simulating linear-Gaussian problems, and the gradient that needs the inside of the simulator."""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.gradients.policies import LinearGaussianPolicy
from pgcourse.gradients.trajectories import Trajectories, simulate
from pgcourse.problems.linear_gaussian import Regulator


@simulate.register
def _(
    mdp: Regulator, policy: LinearGaussianPolicy, theta: ArrayLike, num_trajectories: int, rng: np.random.Generator
) -> Trajectories:
    gain, std = policy.parameters(theta)
    validate.generator("rng", rng)
    m = validate.whole_number("num_trajectories", num_trajectories, 1)
    states, actions = np.empty((2, m, mdp.horizon))
    state = rng.normal(mdp.initial_mean, mdp.initial_std, m)
    for k in range(mdp.horizon):
        states[:, k] = state
        actions[:, k] = gain * state + abs(std) * rng.standard_normal(m)
        state = state + actions[:, k] + mdp.noise_std * rng.standard_normal(m)
    return Trajectories(states, actions, -(states**2), np.full(m, mdp.horizon))


def sample_returns(mdp: Regulator, theta: ArrayLike, num_trajectories: int, rng: np.random.Generator) -> Floats:
    """Draw returns alone, for many theta at once: faster than `simulate`, which also keeps the trajectories.

    Parameters
    ----------
    mdp : Regulator
    theta : (..., 2) array
        Gains and standard deviations of the action.
    num_trajectories : int
        m
    rng : numpy.random.Generator

    Returns
    -------
    (..., m) array
        For a single theta the same numbers as `simulate` draws from an equal rng.
    """
    gain, std = np.moveaxis(np.asarray(theta, dtype=float)[..., None], -2, 0)
    shape = (*gain.shape[:-1], num_trajectories)
    state, total = rng.normal(mdp.initial_mean, mdp.initial_std, shape), np.zeros(shape)
    noise = rng.standard_normal((mdp.horizon, 2, *shape))  # of the action and of the dynamics
    pushes = abs(std) * noise[:, 0] + mdp.noise_std * noise[:, 1]
    for k in range(mdp.horizon):
        total -= mdp.discount**k * state**2
        state = (1 + gain) * state + pushes[k]
    return total


def pathwise_gradients(mdp: Regulator, theta: ArrayLike, num_trajectories: int, rng: np.random.Generator) -> Floats:
    """Estimate the gradient of U by the gradient of each simulated return, for fixed random numbers.

    Parameters
    ----------
    mdp : Regulator
    theta : (..., 2) array
        Gains and standard deviations of the action.
    num_trajectories : int
        m
    rng : numpy.random.Generator

    Returns
    -------
    (..., m, 2) array
        Gradient samples, unbiased; they need the simulator's inside, unlike the estimators of
        `pgcourse.gradients.estimators`.

    References
    ----------
    Mohamed, Rosca, Figurnov & Mnih 2020, section 5 (the pathwise gradient estimator).
    """
    gain, std = np.moveaxis(np.asarray(theta, dtype=float)[..., None], -2, 0)
    shape = (*gain.shape[:-1], num_trajectories)
    state, noise = rng.normal(mdp.initial_mean, mdp.initial_std, shape), rng.standard_normal((mdp.horizon, 2, *shape))
    action_slopes = np.sign(std) * noise[:, 0]  # of an action with respect to theta_2
    pushes = abs(std) * noise[:, 0] + mdp.noise_std * noise[:, 1]
    slope, total = np.zeros((2, *shape, 2))  # of the state, and of the return
    for k in range(mdp.horizon):
        total -= (2 * mdp.discount**k * state)[..., None] * slope
        slope = (1 + gain)[..., None] * slope + np.stack([state, action_slopes[k]], axis=-1)
        state = (1 + gain) * state + pushes[k]
    return total
