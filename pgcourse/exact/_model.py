"""A problem seen through one policy, in a unit of its own: what the backward passes share.

Rewards are counted from the problem's `level`, in units of `scale`: what only shifts or stretches them costs no digits.
A level is taken off every reward, after the end of a trajectory too, so it shifts what is still to come by a known
number.
"""

import itertools
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Bools, Floats, Ints
from pgcourse.gradients.policies import SoftmaxPolicy, TabularPolicy, local_scores, spread_scores
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP

NO_BASELINE = np.zeros((1, 1, 1))
NOTHING = 1e-24
"""What is left of a variance of order one when rounding errors are all that there is, and more."""
SAFE = 1e-100
"""Between it and its reciprocal a scale can be squared."""


def unit_of(largest: float) -> float:
    """Return the power of two, so that nothing is rounded, in whose unit a number is between 1 and 2; 1 for 0."""
    return 2.0 ** (int(np.frexp(largest)[1]) - 1) if largest else 1.0


def above(level: float, decay: float, base: Floats, horizon: int) -> Floats:
    """Return a baseline (H, ...) or (1, ...) less what the level adds to all that is still to come.

    The level's share is large and so is the baseline, hence the exact arithmetic.
    """
    if not level:
        return base
    share, shares = Fraction(0), []
    for _ in range(horizon):
        share = Fraction(level) + Fraction(decay) * share
        if abs(share) > np.finfo(float).max:
            raise ValueError(
                f"mdp has rewards of about {level:.0e}, and their sum is no float: divide them by a number."
            )
        shares.append((float(share), float(share - Fraction(float(share)))))
    high, low = np.array(shares[::-1]).T.reshape(2, horizon, *[1] * (base.ndim - 1))
    return (base - high) - low


class Model(NamedTuple):
    """A problem seen through one policy: what can follow a decision, each (S, A, B), in units of `scale`."""

    policy: Floats
    """(S, A) pi"""
    weight: Floats
    """pi T"""
    following: Ints
    transition: Floats
    """T"""
    reward: Floats
    """less the level: (1, S, A, B), or (H, S, A, B) where it depends on the decision"""
    variance: Floats
    """of the reward, given the next state"""
    base: Floats
    """the baseline, (H, S, n) or broadcasting to it"""
    scale: float
    any_action: Ints
    """(S, K) what can follow a state"""


def model_of(
    mdp: TabularMDP,
    policy: TabularPolicy,
    theta: ArrayLike,
    decay: float,
    base: Floats = NO_BASELINE,
    values: Floats | None = None,
) -> Model:
    """Return the Model of a problem.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
    decay : float
        What the rewards to come are multiplied by at each step.
    base : array
        A baseline, (H, S, n) or broadcasting to it.
    values : (H + 1, S) array, optional
        Estimates of V that make the temporal-difference errors r + gamma V(s') - V(s) the rewards.

    Raises
    ------
    ValueError
        When the policy or theta does not fit.
    """
    table, found = policy_table(mdp, policy, theta), mdp.successors
    if values is None:
        base, reward, largest = above(found.level, decay, base, mdp.horizon), found.above[None], found.largest
    else:
        reward = (found.reward - values[:-1, :, None, None]) + mdp.discount * values[1:, found.state]
        reward = np.where(found.probability > 0, reward, 0)
        largest = max(np.abs(reward).max(), found.deviation.max())
    scale = unit_of(max(largest, np.abs(base).max()))
    variance = (found.deviation / scale) ** 2
    return Model(
        table,
        table[:, :, None] * found.probability,
        found.state,
        found.probability,
        reward / scale,
        variance,
        base / scale,
        scale,
        found.any_action,
    )


class Chain(NamedTuple):
    """Where the policy goes from each state when the action is forgotten: matrices (S, S), and lists (S, K) of them."""

    step: Floats
    """probabilities P"""
    reward: Floats
    """mean reward of each step"""
    earning: Floats
    """P times that"""
    spreading: Floats
    """P times the variance of the reward"""
    following: Ints
    """(S, K) the next states that some action can lead to"""
    probability: Floats
    """(S, K) their probabilities"""


def chain_of(model: Model) -> Chain:
    """Return the Chain of a model."""
    num_states = len(model.policy)
    weight, earned, origin = model.weight, model.reward[0], np.arange(num_states)[:, None]
    pair = origin[:, :, None] * num_states + model.following
    flat = pair.ravel()

    def summed(terms: Floats) -> Floats:
        return np.asarray(np.bincount(flat, terms.ravel(), num_states**2), float)

    step = summed(weight)
    reward = np.divide(summed(weight * earned), step, out=np.zeros_like(step), where=step > 0)
    spreading = summed(weight * ((earned - reward[pair]) ** 2 + model.variance))
    step, reward, spreading = (each.reshape(num_states, num_states) for each in (step, reward, spreading))
    return Chain(step, reward, step * reward, spreading, model.any_action, step[origin, model.any_action])


def variance_in(scale: float, variance: Floats) -> Floats:
    """Return a variance in the unit of the rewards squared.

    Raises
    ------
    ValueError
        Where it is too large or too small for a float.
    """
    if SAFE < scale < 1 / SAFE:
        return np.asarray(variance * scale**2)
    with np.errstate(over="ignore", under="ignore"):
        found = variance * scale * scale
    if not np.isfinite(found).all() or ((found < np.finfo(float).tiny) & (variance > NOTHING)).any():
        raise ValueError(
            f"mdp has rewards (or baseline a value) of about {scale:.0e}, and their square is no float: "
            "divide them by a number."
        )
    return np.asarray(found)


def is_local(policy: TabularPolicy) -> bool:
    """Say whether each parameter is used in one state alone: parameters s L, ... s L + L - 1 in state s.

    So it is for a softmax policy, unless a subclass has scores of its own.
    """
    if not isinstance(policy, SoftmaxPolicy):
        return False
    return (type(policy).score, type(policy).local_score) == (SoftmaxPolicy.score, SoftmaxPolicy.local_score)


def scores(policy: TabularPolicy, theta: ArrayLike, probabilities: Floats, terminal: Bools, local: bool) -> Floats:
    """Return the scores (n, S, A) of all parameters, or (L, S, A) of those of each state; 0 in terminal states."""
    if is_local(policy):  # the table (S, A) of pi is there already
        own = local_scores(probabilities)
        table = own if local else spread_scores(own)
    else:
        table = policy.score(theta)
    return np.where(terminal[:, None], 0, table.transpose(2, 0, 1))


def own_components(base: Floats, num_states: int) -> Floats:
    """Return a baseline (H, S, n), or broadcasting to it, as (H, S, L): for each state that of its own components."""
    if base.shape[2] == 1:
        return base
    table = base.reshape(*base.shape[:2], num_states, -1)
    return np.einsum("hssl->hsl", table) if base.shape[1] > 1 else table[:, 0]


def backwards(step: Floats, x: Floats) -> None:
    """Add to each x_h of x (H + 1, S, ...) the step (S, S) times x_{h-1}, one after the other; x_0 must be 0."""
    for before, now in itertools.pairwise(x[1:]):
        now += step.dot(before)  # half the overhead of @
