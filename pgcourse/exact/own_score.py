"""Anybody's score, and what it should be: the slope of log pi, and a weight that makes the gradient of U a mean."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Floats

SoftmaxScore: TypeAlias = Callable[[Floats, int], ArrayLike]
"""Function of probabilities (A,) and the drawn action that returns (A,)."""
NormalScore: TypeAlias = Callable[[float, float, Floats], ArrayLike]
"""Function of state, action and theta = (gain, standard deviation) that returns (2,)."""
NODES = 20  # of the quadrature, exact for polynomials in the action up to degree 39


def log_softmax(preferences: Floats) -> Floats:
    """Return log pi (..., A) of preferences (..., A)."""
    shifted = preferences - preferences.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def mean_reward(preferences: Floats, rewards: Floats) -> Floats:
    """Return U (...) of preferences (..., A) where the actions earn the rewards (A,)."""
    utility: Floats = np.exp(log_softmax(preferences)) @ rewards
    return utility


def softmax_score(probabilities: Floats, action: int) -> Floats:
    """Return the right score (A,) with respect to the preferences."""
    right: Floats = np.eye(len(probabilities))[action] - probabilities
    return right


def softmax_slopes(score: SoftmaxScore, preferences: Floats, rewards: Floats) -> tuple[Floats, Floats]:
    """Return somebody's scores of all actions, (A, A), and the mean (A,) of score times reward over the actions."""
    probabilities = np.exp(log_softmax(preferences))
    scores = np.array([score(probabilities, action) for action in range(len(probabilities))], dtype=float)
    return scores, probabilities @ (scores * rewards[:, None])


def log_normal(state: float, action: float, theta: Floats) -> Floats:
    """Return the log-density of the action under N(gain * state, std^2), for theta (..., 2) = (gain, std)."""
    gain, std = np.moveaxis(theta, -1, 0)
    density: Floats = -((action - gain * state) ** 2) / (2 * std**2) - np.log(std * np.sqrt(2 * np.pi))
    return density


def normal_slopes(state: float, action: float, theta: Floats) -> Floats:
    """Return the right score (2,) of the action: the slopes of `log_normal`."""
    gain, std = theta
    error = action - gain * state
    return np.array([error * state / std**2, error**2 / std**3 - 1 / std])


def mean_normal_score(score: NormalScore, state: float, theta: Floats) -> Floats:
    """Return the mean (2,) of somebody's score over the actions of N(gain * state, std^2), by Gauss's quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    actions = theta[0] * state + theta[1] * nodes
    scores = np.array([score(state, action, theta) for action in actions.tolist()], dtype=float)
    mean: Floats = weights @ scores / weights.sum()
    return mean
