"""The best baseline that has one number for each decision and state, as V_k(s_k) has.

Write X for the reward-to-go sample of a component, X' for the part of it that comes after decision k, F for the sum of
the scores before decision k, and A = Q - V for the advantage of the action. The derivative of E[X^2] with respect to
b_k(s) is -2 gamma^k P(s_k = s) E[psi_k X | s_k = s], and in it no other number of the baseline survives: what is
subtracted before or after decision k has mean 0, given the rest. So each number has a best value of its own,

    b_k(s) = V_k(s) + E[psi^2 A + gamma psi X' + F psi A | s_k = s] / E[psi^2 | s_k = s],

and with numerator and denominator summed over the components it makes the sum of their variances least.
"""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Floats
from pgcourse.exact.evaluation import state_distribution, values
from pgcourse.exact.recursion import moments
from pgcourse.gradients import pairs
from pgcourse.gradients.estimators import Baseline
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP


def optimal_state_baseline(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return the numbers b_k(s) with which the total variance of the reward-to-go estimator is least, shape (H, S).

    For `Baseline.per_step_and_state`; V_k(s) where no decision is made or no score is ever other than 0. Arguments and
    errors as for `moments`.

    References
    ----------
    After Greensmith, Bartlett & Baxter 2004, who do so for independent decisions; those of a trajectory are not.
    """
    mdp, policy = pairs.tabular(mdp, policy)
    probabilities = np.where(mdp.terminal[:, None], 0, policy_table(mdp, policy, theta))
    score = policy.score(theta)
    first, step = probabilities[:, :, None] * score, np.einsum("sa,sat->st", probabilities, mdp.transitions)
    squares = (first * score).sum(axis=2)  # (S, A) pi psi^2, summed over the components
    state_values, action_values = values(mdp, policy, theta)
    advantages = action_values - state_values[:, :, None]
    before = _scores_before(mdp, first, step, state_distribution(mdp, policy, theta))
    baseline = state_values.copy()
    later = np.zeros(first.shape[::2])  # (S, n) E[X'] given the next state
    for k in reversed(range(mdp.horizon)):
        slope = np.einsum("sai,sa->si", first, advantages[k])
        excess = (squares * advantages[k]).sum(axis=1) + (before[k] * slope).sum(axis=1)
        excess += mdp.discount * np.einsum("sai,sat,ti->s", first, mdp.transitions, later, optimize=True)
        total = squares.sum(axis=1)
        baseline[k] += np.divide(excess, total, out=np.zeros_like(total), where=total > 0)
        later = slope + mdp.discount * (step @ later)
    return baseline


def variance_with_state_baseline(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return the exact variance (n,) of the reward-to-go sample with `optimal_state_baseline`."""
    baseline = Baseline.per_step_and_state(optimal_state_baseline(mdp, policy, theta))
    return moments(mdp, policy, theta, "reward_to_go", baseline)[1]


def _scores_before(mdp: TabularMDP, first: Floats, step: Floats, visits: Floats) -> Floats:
    """Return E[F | s_k = s] for each decision and state, (H, S, n); 0 where the state is never visited."""
    moves = np.einsum("sai,sat->sti", first, mdp.transitions)  # sum over a of pi psi T
    total = [np.zeros(first.shape[::2])]  # E[F; s_k = s]
    for k in range(mdp.horizon - 1):
        total.append(np.einsum("st,si->ti", step, total[k]) + np.einsum("s,sti->ti", visits[k], moves))
    return np.divide(
        total, visits[:, :, None], out=np.zeros((*visits.shape, first.shape[2])), where=visits[:, :, None] > 0
    )
