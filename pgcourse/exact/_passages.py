"""First passages: when the policy next comes to a state, and what it earns till then.

A component of a tabular softmax policy lives in one state: elsewhere its score is 0. So only the decisions there matter
for it, and all that happens between two of them is summed up by how many steps it takes and how much it earns. Seen
like this a problem of S states is S small ones, which know nothing of each other.
"""

from typing import NamedTuple

import numpy as np

from pgcourse._types import Floats, Ints
from pgcourse.exact._covariance import Outcomes, quotient
from pgcourse.exact._model import Chain, Model

BLOCK = 1 << 17
"""Numbers in one array of a sweep: fewer cost more calls, more cost more memory."""


class Passage(NamedTuple):
    """One way to go on, of any shape: its probability, and mean and variance of what is earned on it."""

    probability: Floats
    reward: Floats
    variance: Floats


class Ways(NamedTuple):
    """The ways from a decision in each of J states to the next one there."""

    again: Passage
    """(J, A, H) after 1, 2, ... H steps"""
    never: Passage
    """(J, A, H) not before the end, with 1, 2, ... H decisions left"""
    first: Passage
    """(J, 1, H + 1) from the start of the trajectory, after 0, 1, ... H - 1 steps, and never"""

    def outcomes(self, policy: Floats, left: int, decay: float, carry: float) -> Outcomes:
        """Return what can follow a decision of a policy (J, A), with so many decisions left; B = left."""
        parts = (
            np.concatenate([again[..., : left - 1], never[..., left - 1 : left]], axis=-1)
            for again, never in zip(self.again, self.never, strict=True)
        )
        probability, reward, variance = parts
        steps = np.arange(1, left + 1)
        return Outcomes(
            policy[:, :, None] * probability, reward, variance, _powers(decay, steps), _powers(carry, steps)
        )

    def start(self, decay: float, carry: float) -> Outcomes:
        """Return what can follow the start; B = H + 1."""
        steps = np.arange(self.first.probability.shape[-1])
        return Outcomes(
            self.first.probability, self.first.reward, self.first.variance, _powers(decay, steps), _powers(carry, steps)
        )


def ways(model: Model, chain: Chain, states: Ints, initial: Floats, horizon: int, decay: float) -> Ways:
    """Return the Ways of some states (J,)."""
    num_states, count = len(initial), len(states)
    column = np.arange(count)
    # To each state, and then for each state on and on without it: two blocks of columns that obey the same equation.
    probability = np.hstack([np.arange(num_states)[:, None] == states, np.ones((num_states, count))]).astype(float)
    now = Passage(probability, *np.zeros((2, num_states, 2 * count)))
    leave = (model.transition[states], model.reward[0][states], model.variance[states])
    to = model.following[states]
    again, never, first = [], [], []
    for _ in range(horizon):
        first.append(_mixed(initial, 0 * initial, 0 * initial, Passage(*(each[:, :count] for each in now)), 1.0))
        pairs = (each.reshape(num_states, 2, count)[to, :, column[:, None, None]] for each in now)
        left = _mixed(*leave, Passage(*pairs), decay)
        again.append(Passage(*(each[..., 0] for each in left)))
        never.append(Passage(*(each[..., 1] for each in left)))
        now = _one_step_before(chain, now, decay)
        now.probability.reshape(num_states, 2, count)[states, :, column] = 0
    first.append(_mixed(initial, 0 * initial, 0 * initial, Passage(*(each[:, count:] for each in now)), 1.0))
    start = Passage(*(each[:, None] for each in _stacked(first)))
    return Ways(_stacked(again), _stacked(never), start)


def _powers(factor: float, steps: Ints) -> Floats:
    return np.asarray(factor**steps, dtype=float)


def _stacked(rows: list[Passage]) -> Passage:
    """Return passages with one axis more, the last."""
    return Passage(*(np.stack(parts, axis=-1) for parts in zip(*rows, strict=True)))


def _mixed(probability: Floats, reward: Floats, variance: Floats, later: Passage, decay: float) -> Passage:
    """Return the passages (..., M) that begin with one of the steps (..., B) and go on as later (..., B, M)."""
    weight = probability[..., None] * later.probability
    earned = reward[..., None] + decay * later.reward
    total = weight.sum(axis=-2)
    mean = quotient((weight * earned).sum(axis=-2), total)
    spread = (earned - mean[..., None, :]) ** 2 + variance[..., None] + decay**2 * later.variance
    return Passage(total, mean, quotient((weight * spread).sum(axis=-2), total))


def _one_step_before(chain: Chain, later: Passage, decay: float) -> Passage:
    """Return passages (S, M), given what they are one step later: `_mixed` for lists that are long."""
    probability = chain.step @ later.probability
    reward = quotient(
        chain.earning @ later.probability + decay * (chain.step @ (later.probability * later.reward)), probability
    )
    spread = chain.spreading @ later.probability + decay**2 * (chain.step @ (later.probability * later.variance))
    earned, gain = decay * later.reward, np.take_along_axis(chain.reward, chain.following, axis=1)
    away, weight = np.empty((2, *spread.shape))
    for k in range(chain.following.shape[1]):  # in place, since memory is the bottleneck
        np.take(earned, chain.following[:, k], axis=0, out=away, mode="clip")
        away -= reward
        away += gain[:, k, None]
        away *= away
        np.take(later.probability, chain.following[:, k], axis=0, out=weight, mode="clip")
        weight *= chain.probability[:, k, None]
        away *= weight
        spread += away
    return Passage(probability, reward, quotient(spread, probability))
