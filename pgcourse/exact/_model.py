"""A problem seen through one policy, and the step back of the moments of its returns."""

from typing import NamedTuple

import numpy as np

from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP


class Model(NamedTuple):
    """A problem seen through one policy; all is 0 in terminal states, where nothing is decided."""

    mdp: TabularMDP
    probabilities: np.ndarray  # (S, A) pi
    first: np.ndarray  # (S, A, n) pi psi
    second: np.ndarray  # (S, A, n) pi psi^2
    step: np.ndarray  # (S, S) sum over a of pi T
    earning_step: np.ndarray  # (S, S) sum over a of pi r T


def model_of(mdp, policy, theta):
    probabilities = policy_table(mdp, policy, theta).copy()
    probabilities[mdp.terminal] = 0
    score = policy.score(theta)
    first = probabilities[:, :, None] * score
    weighted = probabilities[:, :, None] * mdp.transitions
    earning = (mdp.rewards[:, :, None] * weighted).sum(axis=1)
    return Model(mdp, probabilities, first, first * score, weighted.sum(axis=1), earning)


def return_moments(mdp, first, second):
    """Return E[G | s, a] and E[G^2 | s, a], each (S, A), from the moments of the next state's G."""
    following = mdp.discount * (mdp.transitions @ first)
    square = mdp.rewards**2 + 2 * mdp.rewards * following + mdp.discount**2 * (mdp.transitions @ second)
    return mdp.rewards + following, square


def weigh(weights, moment):
    """Sum weights (S, A, n) times moment (S, A) or (S, A, n) over the actions; (S, n)."""
    return (weights * (moment[:, :, None] if moment.ndim == 2 else moment)).sum(axis=1)
