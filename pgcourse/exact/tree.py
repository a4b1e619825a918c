"""All trajectories of a small problem at once, each with its probability: the exact law of any statistic whatever.

`pgcourse.exact` knows means and variances of the estimators for problems of any size here; the tree knows everything,
but grows like (actions times next states) to the power of the horizon.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _names
from pgcourse import _validate as validate
from pgcourse._types import Bools, Floats, Ints
from pgcourse.exact import _laws
from pgcourse.gradients.estimators import rewards_to_go
from pgcourse.gradients.events import branches
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.gradients.trajectories import Trajectories, policy_table
from pgcourse.problems.mdp import TabularMDP, entries

LIMIT = 200_000


def all_trajectories(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> tuple[Floats, Trajectories]:
    """Enumerate every trajectory of positive probability.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
        Its parameters.

    Returns
    -------
    probabilities : (N,) array
        The mean of any statistic x (N, ...) is np.tensordot(probabilities, x, 1).
    trajectories : Trajectories
        N of them.

    Raises
    ------
    ValueError
        When there are more than 200 000 trajectories: take fewer decisions. When rewards are drawn from a normal
        distribution: leave reward_std out.
    """
    table = _listable(mdp, policy, theta)
    start = np.flatnonzero(mdp.initial)
    chance, state = mdp.initial[start], start
    states, actions, rewards = np.zeros((3, len(start), mdp.horizon))
    lengths = np.zeros(len(start), dtype=int)
    for k in range(mdp.horizon):
        parent, action, following, weight = _grow(mdp, table, state)
        if len(parent) > LIMIT:
            raise ValueError(f"mdp has more than {LIMIT} trajectories of {k + 1} decisions: shorten its horizon.")
        chance, lengths = chance[parent] * weight, lengths[parent]
        states, actions, rewards = states[parent], actions[parent], rewards[parent]
        alive = ~mdp.terminal[state[parent]]
        states[:, k], actions[:, k] = state[parent], action
        rewards[:, k] = np.where(alive, entries(mdp.rewards, state[parent], action, following), 0)
        lengths = lengths + alive
        state = following
    # The last step's next state is no part of a trajectory: merge what differs in nothing else.
    return _merged(chance, Trajectories(states.astype(int), actions.astype(int), rewards, lengths))


def return_distribution(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> tuple[Floats, Floats]:
    """Return the exact law of R(tau); arguments as for `all_trajectories`.

    Returns
    -------
    values : (N,) array
        In rising order.
    probabilities : (N,) array

    Raises
    ------
    ValueError
        When there are more than 200 000 different returns: take fewer decisions, or a discount of 1. When rewards are
        drawn from a normal distribution: leave reward_std out.

    Notes
    -----
    Paths that meet in a state are merged at every step if their returns differ by no more than rounding can explain.
    """
    table = _listable(mdp, policy, theta)
    state = np.flatnonzero(mdp.initial)
    chance, value = mdp.initial[state], np.zeros(len(state))
    size = value  # the sum of the absolute values of the terms, which bounds the rounding error of their sum
    for k in range(mdp.horizon):
        parent, action, following, weight = _grow(mdp, table, state)
        earned = mdp.discount**k * entries(mdp.rewards, state[parent], action, following)
        earned = np.where(mdp.terminal[state[parent]], 0, earned)
        value, size, state = value[parent] + earned, size[parent] + np.abs(earned), following
        value, size, chance, state = _laws.merged(value, size, chance[parent] * weight, k + 1, state)
        if len(value) > _laws.LIMIT:
            raise ValueError(f"mdp has more than {_laws.LIMIT} returns after {k + 1} decisions: shorten its horizon.")
    value, _, chance, _ = _laws.merged(value, size, chance, mdp.horizon)
    return value, chance


def monte_carlo_utilities(
    values: Floats, probabilities: Floats, counts: Ints, num_runs: int, rng: np.random.Generator
) -> Floats:
    """Draw Monte Carlo utilities from the law of the return.

    Parameters
    ----------
    values, probabilities : (N,) array
        As `return_distribution` gives them.
    counts : (K,) array of int
        Numbers of trajectories, rising.
    num_runs : int
    rng : numpy.random.Generator

    Returns
    -------
    (num_runs, K) array
        The mean return of the first trajectories of each run.
    """
    # One multinomial draw decides all trajectories from one count to the next: a million cost as little as ten.
    draws = rng.multinomial(
        np.diff(counts, prepend=0), probabilities / probabilities.sum(), size=(num_runs, len(counts))
    )
    return np.cumsum(draws @ values, axis=1) / counts


def _listable(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return pi (S, A); ValueError for a problem whose trajectories cannot be listed."""
    table = policy_table(mdp, policy, theta)
    if mdp.reward_std.any():
        raise ValueError("mdp draws its rewards from normal distributions, too many to list: leave reward_std out.")
    return table


def _grow(mdp: TabularMDP, table: Floats, state: Ints) -> tuple[Ints, Ints, Ints, Floats]:
    """Return (parent, action, next state, probability) of every continuation; one that stands still where it ended."""
    following, weight = branches(mdp.transitions)
    joint = table[:, :, None] * weight
    joint[mdp.terminal] = 0
    joint[mdp.terminal, 0, 0] = 1
    following = np.where(mdp.terminal[:, None, None], np.arange(mdp.num_states)[:, None, None], following)
    parent, action, branch = np.nonzero(joint[state])
    return parent, action, following[state[parent], action, branch], joint[state[parent], action, branch]


def _merged(chance: Floats, batch: Trajectories) -> tuple[Floats, Trajectories]:
    rows = np.column_stack([batch.states, batch.actions, batch.lengths, batch.rewards[:, -1]])
    _, first, group = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    merged = Trajectories(batch.states[first], batch.actions[first], batch.rewards[first], batch.lengths[first])
    return np.bincount(group.ravel(), weights=chance).astype(float), merged


def products(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, component: int) -> tuple[Floats, Floats]:
    """Return the probability of every trajectory, (N,), and its products f_k gamma**l r_l, (N, H, H).

    Arguments and errors as for `all_trajectories`; component is i, from 0 to n - 1, and f_k its score at decision k.
    """
    chance, batch = all_trajectories(mdp, policy, theta)
    component = validate.index("component", component, policy.num_parameters)
    scores = policy.score_at(theta, batch.states, batch.actions)[:, :, component] * batch.active
    rewards = batch.rewards * mdp.discount ** np.arange(mdp.horizon)
    return chance, scores[:, :, None] * rewards[:, None, :]


def mean_and_covariance(chance: Floats, terms: Floats) -> tuple[Floats, Floats]:
    """Return the means (H, H) of the products and their covariance matrix (H*H, H*H), row-major.

    Parameters
    ----------
    chance : (N,) array
    terms : (N, H, H) array
        As `products` gives them.
    """
    flat = terms.reshape(len(chance), -1)
    mean = chance @ flat
    away = flat - mean
    return mean.reshape(terms.shape[1:]), (away * chance[:, None]).T @ away


class Striking(NamedTuple):
    """What is left of the sum of all products f_k gamma**l r_l after striking out 0, 1, 2, ... of those with l < k."""

    variances: Floats
    """(C + 1,) of the rest, with C = H (H - 1) / 2"""
    kept: Bools
    """(C + 1, H, H) bool, what is not struck out"""
    shares: Floats
    """(C + 1, H, H) covariance of each product with the rest; they add up to the variance"""


def strike_out(covariance: Floats) -> Striking:
    """Return the Striking of products with covariance (H*H, H*H), struck out row by row."""
    size = math.isqrt(len(covariance))
    rows, columns = np.tril_indices(size, -1)
    kept = np.ones((len(rows) + 1, size, size), dtype=bool)
    for count in range(1, len(kept)):
        kept[count:, rows[count - 1], columns[count - 1]] = False
    flat = kept.reshape(len(kept), -1).astype(float)
    shares = (flat * (flat @ covariance)).reshape(kept.shape)
    return Striking(np.einsum("ci,ij,cj->c", flat, covariance, flat), kept, shares)


def mean_of_ratios(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, component: int) -> float:
    """Return the mean over trajectories of (sum of l^2 r_to-go) / (sum of l^2): not the lecture's baseline.

    Here l is gamma**k times the score of decision k. Trajectories without a score of this component have no ratio and
    are left out; arguments and errors as for `all_trajectories`.
    """
    chance, batch = all_trajectories(mdp, policy, theta)
    component = validate.index("component", component, policy.num_parameters)
    scores = policy.score_at(theta, batch.states, batch.actions)[:, :, component] * batch.active
    weights = (scores * mdp.discount ** np.arange(mdp.horizon)) ** 2
    total, has_score = weights.sum(axis=1), weights.any(axis=1)
    ratios = (weights * rewards_to_go(batch.rewards, mdp.discount)).sum(axis=1)[has_score] / total[has_score]
    return float(chance[has_score] @ ratios / chance[has_score].sum())


__dir__ = _names.own(globals())
