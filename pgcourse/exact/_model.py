"""A problem seen through one policy, and what the backward passes over it share."""

from typing import NamedTuple

from numpy.typing import ArrayLike

from pgcourse._types import Floats
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP


class Model(NamedTuple):
    """A problem seen through one policy; all is 0 in terminal states, where nothing is decided."""

    mdp: TabularMDP
    probabilities: Floats
    """(S, A) pi"""
    first: Floats
    """(S, A, n) pi psi"""
    second: Floats
    """(S, A, n) pi psi^2"""
    step: Floats
    """(S, S) sum over a of pi T"""
    earning_step: Floats
    """(S, S) sum over a of pi r T"""


def model_of(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Model:
    """Return the Model of a problem; ValueError when the policy or theta does not fit."""
    probabilities = policy_table(mdp, policy, theta).copy()
    probabilities[mdp.terminal] = 0
    score = policy.score(theta)
    first = probabilities[:, :, None] * score
    weighted = probabilities[:, :, None] * mdp.transitions
    earning = (mdp.rewards[:, :, None] * weighted).sum(axis=1)
    return Model(mdp, probabilities, first, first * score, weighted.sum(axis=1), earning)


def return_moments(mdp: TabularMDP, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Return E[G | s, a] and E[G^2 | s, a], each (S, A), from E[G'] and E[G'^2] given the next state, each (S,)."""
    following = mdp.discount * (mdp.transitions @ first)
    # G^2 = (r + gamma G')^2, and r is known once s and a are.
    square = mdp.rewards**2 + 2 * mdp.rewards * following + mdp.discount**2 * (mdp.transitions @ second)
    return mdp.rewards + following, square


def weigh(weights: Floats, moment: Floats) -> Floats:
    """Sum weights (S, A, n) times a moment (S, A) or (S, A, n) over the actions; (S, n)."""
    return (weights * (moment[:, :, None] if moment.ndim == 2 else moment)).sum(axis=1)
