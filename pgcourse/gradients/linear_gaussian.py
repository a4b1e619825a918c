"""Returns of linear-Gaussian problems alone, and the gradient that needs the inside of the simulator."""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.gradients import pairs
from pgcourse.problems.linear_gaussian import Regulator


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
    mdp = pairs.regulator(mdp)
    gain, std = np.moveaxis(_parameters(theta)[..., None], -2, 0)
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
    mdp = pairs.regulator(mdp)
    gain, std = np.moveaxis(_parameters(theta)[..., None], -2, 0)
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


def _parameters(theta: ArrayLike) -> Floats:
    array = validate.real_array("theta", theta)
    if array.shape[-1:] != (2,):
        raise ValueError(f"theta must have shape (..., 2), a gain and a standard deviation, not {array.shape}.")
    return array
