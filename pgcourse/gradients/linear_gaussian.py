"""Returns of linear-Gaussian problems, and two gradients: one of scores, one that needs the inside of the simulator."""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.gradients import pairs
from pgcourse.gradients.estimators import ESTIMATORS, rewards_to_go
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


def likelihood_ratio_estimates(
    mdp: Regulator,
    theta: ArrayLike,
    num_trajectories: int,
    rng: np.random.Generator,
    estimator: str = "reward_to_go",
    with_baseline: bool = False,
) -> Floats:
    """Estimate the gradient of U from scores, one batch of trajectories for each of many theta at once.

    Parameters
    ----------
    mdp : Regulator
    theta : (..., 2) array
        Gains and standard deviations of the action, none of which is 0.
    num_trajectories : int
        m
    rng : numpy.random.Generator
    estimator : str
        "total_return" or "reward_to_go".
    with_baseline : bool
        Subtract from the rewards-to-go, for each component, the lecture's baseline estimated from the same batch:
        the sum of l^2 times the reward-to-go over the sum of l^2, with l = gamma^k times the score.

    Returns
    -------
    (..., 2) array
        Unbiased without the baseline.

    Raises
    ------
    ValueError
        For an unknown estimator, and for a baseline with the total return.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, sections 11.3 to 11.5.
    """
    mdp = pairs.regulator(mdp)
    validate.one_of("estimator", estimator, ESTIMATORS)
    if with_baseline and estimator == "total_return":
        raise ValueError("estimator is 'total_return', which takes no baseline here: use reward_to_go.")
    states, scores = _states_and_scores(mdp, _parameters(theta), num_trajectories, rng)
    discounts = mdp.discount ** np.arange(mdp.horizon)
    if estimator == "total_return":
        returns = -(states**2) @ discounts
        return (scores.sum(axis=-2) * returns[..., None]).mean(axis=-2)
    weighted = discounts[:, None] * scores  # the lecture's l
    to_go = rewards_to_go(-(states**2), mdp.discount)[..., None]
    if with_baseline:
        squares = weighted**2
        to_go = to_go - ((squares * to_go).sum(axis=(-3, -2)) / squares.sum(axis=(-3, -2)))[..., None, None, :]
    return (weighted * to_go).sum(axis=-2).mean(axis=-2)


def _states_and_scores(mdp: Regulator, theta: Floats, m: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw m trajectories at each theta (..., 2): states (..., m, H) and scores (..., m, H, 2)."""
    gain, std = np.moveaxis(theta[..., None], -2, 0)
    shape = (*gain.shape[:-1], m)
    state, noise = rng.normal(mdp.initial_mean, mdp.initial_std, shape), rng.standard_normal((mdp.horizon, 2, *shape))
    states = np.empty((*shape, mdp.horizon))
    for k in range(mdp.horizon):
        states[..., k] = state
        state = (1 + gain) * state + std * noise[k, 0] + mdp.noise_std * noise[k, 1]
    action_noise = np.moveaxis(noise[:, 0], 0, -1)
    return states, np.stack([action_noise * states, action_noise**2 - 1], axis=-1) / std[..., None, None]
