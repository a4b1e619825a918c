"""The probability of a trajectory, term by term: log p(tau) = log b + sum of log T + sum of log pi.

Only the last sum depends on theta, so the gradient of log p(tau) is the sum of the scores: no model is needed for it.
The likelihood-ratio estimator that follows, scores times R(tau), is compared here with finite differences, exactly.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Floats, Ints
from pgcourse.exact import evaluation, recursion
from pgcourse.exact.differences import difference_law
from pgcourse.gradients import pairs
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.gradients.trajectories import Trajectories, drawn_by, policy_table
from pgcourse.problems.mdp import TabularMDP


class LogTerms(NamedTuple):
    """The terms of log p(tau), each (m, H) and 0 where there is none: after the end, and for log b at all but k = 0.

    The state after decision d is not part of tau, but the reward r_d is: where it depends on that state, the last
    decision's log T is that of all next states with this reward, and 0 where it does not.
    """

    start: Floats
    dynamics: Floats
    policy: Floats


def log_terms(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, trajectories: Trajectories) -> LogTerms:
    """Return the LogTerms of trajectories that the policy can draw.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
        Its parameters.
    trajectories : Trajectories
        m of them; p(tau) is np.exp of the sum over all terms of a trajectory.

    Raises
    ------
    ValueError
        When the policy or theta does not fit.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, section 11.3.
    """
    table, trajectories = policy_table(mdp, policy, theta), drawn_by(policy, trajectories)
    states, actions, active = trajectories.states, trajectories.actions, trajectories.active
    chosen = np.where(active, table[states, actions], 1)
    start, moved = np.ones((2, *states.shape))
    start[:, 0] = mdp.initial[states[:, 0]]
    moved[:, :-1] = np.where(active[:, :-1], mdp.transitions[states[:, :-1], actions[:, :-1], states[:, 1:]], 1)
    if mdp.rewards.ndim == 3:
        last = states[:, -1], actions[:, -1]
        same = mdp.rewards[last] == trajectories.rewards[:, -1:]
        moved[:, -1] = np.where(active[:, -1], (mdp.transitions[last] * same).sum(axis=1), 1)
    return LogTerms(np.log(start), np.log(moved), np.log(chosen))


def scores(policy: TabularPolicy, theta: ArrayLike, trajectories: Trajectories) -> Floats:
    """Return the score of every decision, (m, H, n), 0 after the end: the gradients of the policy's LogTerms."""
    trajectories = drawn_by(policy, trajectories)
    score = policy.score_at(theta, trajectories.states, trajectories.actions)
    return np.where(trajectories.active[:, :, None], score, 0)


class Costs(NamedTuple):
    """The exact errors of two estimators of one component of the gradient, and what a trajectory costs."""

    slope: float
    """the component itself"""
    ratio_std: float
    """standard deviation of one likelihood-ratio sample (total return), which has no bias"""
    fresh_std: float
    """standard deviation of one forward difference, from two independent trajectories"""
    common_std: float
    """the same from two trajectories that share their random numbers"""
    bias: float
    """the mean of that difference less the component"""
    steps: float
    """mean number of decisions of a trajectory"""


def costs(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, component: int, delta: float) -> Costs:
    """Return the Costs of component i at theta, for the forward difference (R(theta + delta e_i) - R(theta)) / delta.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
        Its parameters.
    component : int
        i, from 0 to n - 1.
    delta : float
        Above 0.

    Raises
    ------
    ValueError
        When the policy or theta does not fit.
    """
    mdp, policy = pairs.tabular(mdp, policy)
    law = difference_law(mdp, policy, theta, component, delta)
    mean, variance = recursion.moments(mdp, policy, theta)
    steps = evaluation.state_distribution(mdp, policy, theta)[:, ~mdp.terminal].sum()
    fresh_std, common_std = np.sqrt([law.fresh, law.common])
    return Costs(mean[component], np.sqrt(variance[component]), fresh_std, common_std, law.bias, steps)


class Spending(NamedTuple):
    """What both estimators make of budgets of simulator steps, each (N,) like the budgets."""

    pairs: Ints
    """m of the finite differences; one batch at theta serves the differences of all components"""
    trajectories: Ints
    """m of the likelihood ratio, whose one batch serves all components"""
    fresh_error: Floats
    """standard error of the finite difference with fresh random numbers"""
    common_error: Floats
    """the same with common random numbers"""
    ratio_error: Floats
    """standard error of the likelihood ratio"""


def spend(price: Costs, budgets: Floats, num_components: int) -> Spending:
    """Return the Spending of budgets (N,), in simulator steps, on an estimate of so many components."""
    trajectories = np.floor(budgets / price.steps).astype(int)
    shared = trajectories // (num_components + 1)
    fresh_error, common_error = (std / np.sqrt(shared) for std in (price.fresh_std, price.common_std))
    return Spending(shared, trajectories, fresh_error, common_error, price.ratio_std / np.sqrt(trajectories))
