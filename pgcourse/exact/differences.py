"""Finite differences exactly: their bias, and their variance with fresh and with common random numbers.

Common random numbers are those of one seed. In a `TabularMDP` both simulations then compare the same uniform numbers
with their own cumulative probabilities, one for the start, one for each action and one for each next state, as
`pgcourse.simulate` does. What the two do together is a Markov chain over pairs of states: with the probability by
which two intervals overlap, both fall on them at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.exact import evaluation, linear_gaussian
from pgcourse.gradients import pairs
from pgcourse.gradients.policies import Policy
from pgcourse.gradients.trajectories import policy_table, simulate
from pgcourse.problems.linear_gaussian import Regulator
from pgcourse.problems.mdp import TabularMDP


class DifferenceLaw(NamedTuple):
    """What one pair of trajectories gives as a forward difference of returns; divide a variance by m for m pairs."""

    bias: float
    """the mean of the difference less the component of the gradient"""
    fresh: float
    """variance with two independent trajectories"""
    common: float
    """variance with two trajectories that share their random numbers"""


def difference_law(
    mdp: TabularMDP | Regulator, policy: Policy, theta: ArrayLike, component: int, delta: float
) -> DifferenceLaw:
    """Return the exact DifferenceLaw of (R(theta + delta e_i) - R(theta)) / delta.

    Parameters
    ----------
    mdp : TabularMDP or Regulator
    policy : policy for it
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

    References
    ----------
    Glasserman & Yao 1992 (common random numbers).
    """
    theta, moved = _ends(mdp, policy, theta, component, delta)
    rise = evaluation.utility(mdp, policy, moved) - evaluation.utility(mdp, policy, theta)
    bias = rise / delta - evaluation.gradient(mdp, policy, theta)[component]
    fresh = evaluation.return_variance(mdp, policy, moved) + evaluation.return_variance(mdp, policy, theta)
    return DifferenceLaw(bias, fresh / delta**2, common_variance(mdp, policy, theta, moved) / delta**2)


def difference_samples(
    mdp: TabularMDP | Regulator,
    policy: Policy,
    theta: ArrayLike,
    component: int,
    delta: float,
    num_pairs: int,
    rng: np.random.Generator,
    other_rng: np.random.Generator,
) -> Floats:
    """Draw forward differences (R(theta + delta e_i) - R(theta)) / delta, each from one pair of trajectories.

    Parameters
    ----------
    mdp, policy, theta, component, delta
        As for `difference_law`.
    num_pairs : int
    rng, other_rng : numpy.random.Generator
        For the returns at theta and at the other end: two generators in the same state give common random numbers.

    Returns
    -------
    (num_pairs,) array
    """
    draws = zip(_ends(mdp, policy, theta, component, delta), (rng, other_rng), strict=True)
    here, there = (simulate(mdp, policy, at, num_pairs, numbers).returns(mdp.discount) for at, numbers in draws)
    return (there - here) / delta


def common_variance(mdp: TabularMDP | Regulator, policy: Policy, theta: ArrayLike, other: ArrayLike) -> float:
    """Return the variance of R(tau) at other less R(tau) at theta, simulated with the same random numbers.

    Parameters
    ----------
    mdp : TabularMDP or Regulator
    policy : policy for it
    theta, other : (n,) array
        Parameters of the policy.

    Raises
    ------
    ValueError
        When the policy, theta or other does not fit.

    Notes
    -----
    For a `TabularMDP`, one backward pass over pairs of states: every term is a square or a variance, so none is the
    difference of large numbers. With at most B next states of an action it takes H (S A B)**2 operations.
    """
    if isinstance(mdp, Regulator):
        return linear_gaussian.common_variance(mdp, policy, theta, other)
    mdp, policy = pairs.tabular(mdp, policy)
    tables = [policy_table(mdp, policy, at) for at in (theta, other)]
    values = [np.vstack([evaluation.values(mdp, policy, at)[0], np.zeros(mdp.num_states)]) for at in (theta, other)]
    following, weight, _, deviation, *_ = mdp.successors
    together = _overlaps(*tables)[:, :, None, :, :, None] * _overlaps(weight, weight)
    following_pairs = following[:, :, :, None, None, None], following
    noise = (deviation - deviation[:, :, :, None, None, None]) ** 2  # of one normal number for both
    variance = np.zeros((mdp.num_states, mdp.num_states))  # of the difference of the rewards-to-go from a pair on
    for k in reversed(range(mdp.horizon)):
        here, there = (_surprises(mdp, value[k], value[k + 1]) for value in values)
        squares = (there - here[:, :, :, None, None, None]) ** 2 + mdp.discount**2 * variance[following_pairs] + noise
        variance = np.einsum("sabtcd,sabtcd->st", together, squares)
    rise = values[1][0] - values[0][0]  # both start in the same state
    return float(mdp.initial @ ((rise - mdp.initial @ rise) ** 2 + variance.diagonal()))


def _ends(
    mdp: TabularMDP | Regulator, policy: Policy, theta: ArrayLike, component: int, delta: float
) -> tuple[Floats, Floats]:
    """Return theta and theta + delta e_i, each (n,)."""
    mdp, policy = pairs.linear_gaussian(mdp, policy) if isinstance(mdp, Regulator) else pairs.tabular(mdp, policy)
    here = policy.parameters(theta)
    return here, here + delta * (np.arange(len(here)) == validate.index("component", component, len(here)))


def _surprises(mdp: TabularMDP, value: Floats, next_value: Floats) -> Floats:
    """Return what (s, a, s') is worth less the value of s, (S, A, B)."""
    found = mdp.successors
    worth = found.reward + mdp.discount * next_value[found.state]
    return np.where(mdp.terminal[:, None, None], 0, worth - value[:, None, None])


def _overlaps(first: Floats, second: Floats) -> Floats:
    """Return how long the intervals that two distributions (..., K) cut out of [0, 1] overlap, (..., K, ..., K)."""
    (low, high), (other_low, other_high) = (_intervals(probabilities) for probabilities in (first, second))
    starts = np.maximum.outer(low, other_low)
    return np.maximum(np.minimum.outer(high, other_high) - starts, 0)


def _intervals(probabilities: Floats) -> tuple[Floats, Floats]:
    high = probabilities.cumsum(axis=-1)
    high = high / high[..., -1:]
    return np.concatenate([np.zeros_like(high[..., :1]), high[..., :-1]], axis=-1), high
