"""The fast sampler: statistics of one component of the gradient at slider speed, in NumPy alone.

Three ideas make it fast. One 32-bit draw decides action and next state together, by Walker's alias method over the
joint events of a state. Nothing is stored: sum_k gamma^k f_k r_{k,to-go} = sum_l gamma^l r_l (f_0 + ... + f_l), so one
forward sweep accumulates every estimator at once. And the sweep works on blocks that stay in the processor's cache.

`pgcourse.simulate` with `pgcourse.gradients.estimators` is the readable reference with the same distribution.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pgcourse import _validate as validate
from pgcourse._by_value import ByValue
from pgcourse._types import Floats, Ints
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP

Floats32: TypeAlias = NDArray[np.float32]

BLOCK = 1 << 14
"""Trajectories in one sweep: a handful of arrays of this length fit in a core's own cache."""


@dataclass(frozen=True, eq=False)
class GradientSamples(ByValue):
    """Hold m samples of one component of the gradient, each array (m,) of 32-bit floats.

    Parameters
    ----------
    total_return : (m,) array
        (sum of scores) R(tau).
    reward_to_go : (m,) array
        Sum over k of f_k gamma**k r_{k,to-go}.
    score_sum : (m,) array
        Sum over k of gamma**k f_k: subtract b times it for a constant baseline b.
    """

    total_return: Floats32
    reward_to_go: Floats32
    score_sum: Floats32


def gradient_samples(
    mdp: TabularMDP,
    policy: TabularPolicy,
    theta: ArrayLike,
    component: int,
    num_trajectories: int,
    rng: np.random.Generator,
) -> GradientSamples:
    """Draw samples of component i of the gradient, for both estimators from the same trajectories.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
        Its parameters.
    component : int
        i, from 0 to n - 1.
    num_trajectories : int
        m, at least 1; time grows linearly in it, memory by 12 bytes for each.
    rng : numpy.random.Generator
        SFC64 is the fastest.

    Returns
    -------
    GradientSamples

    Raises
    ------
    ValueError
        When an argument does not fit.
    """
    tables = EventTables(mdp, policy, theta, component)
    validate.generator("rng", rng)
    m = validate.whole_number("num_trajectories", num_trajectories, 1)
    samples = GradientSamples(*np.empty((3, m), dtype=np.float32))
    for start in range(0, m, BLOCK):
        stop = min(start + BLOCK, m)
        tables.sweep(rng, *(row[start:stop] for row in (samples.total_return, samples.reward_to_go, samples.score_sum)))
    return samples


class EventTables:
    """One row of events (action, next state) for each state, as flat tables that an event's number looks up.

    Event numbers 0 ... N-1 are drawn directly, N ... 2N-1 by way of the alias; both halves hold the same kind of row.

    Parameters
    ----------
    mdp, policy, theta, component
        As for `gradient_samples`.
    """

    def __init__(self, mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, component: int) -> None:
        probabilities = policy_table(mdp, policy, theta)
        score = policy.score(theta)
        component = validate.index("component", component, score.shape[-1])
        self.mdp = mdp
        next_state, weight = branches(mdp.transitions)
        num_states, num_actions, num_branches = weight.shape
        weight = (probabilities[:, :, None] * weight).reshape(num_states, -1)
        self.row_length = 1 << max(1, (weight.shape[1] - 1).bit_length())
        keep, alias = _alias_rows(self._padded(weight, float))
        self.shift = np.uint32(32 - (self.row_length.bit_length() - 1))
        # A draw's first bits choose a cell; the whole draw compared with the threshold decides between cell and alias.
        cell = np.arange(self.row_length)
        threshold = np.minimum(np.round((cell + keep) * 2.0 ** int(self.shift)), 2.0**32 - 1)
        self.threshold = threshold.astype(np.uint32).ravel()
        alive = ~mdp.terminal[:, None, None]
        shape = (num_states, num_actions, num_branches)
        following = np.where(alive, next_state, np.arange(num_states)[:, None, None])
        self.next_row = self._both_halves(following * self.row_length, alias, np.intp)
        self.reward = self._both_halves(alive * np.broadcast_to(mdp.rewards[:, :, None], shape), alias, np.float32)
        scores = np.broadcast_to(score[:, :, component, None], shape)
        self.score = self._both_halves(alive * scores, alias, np.float32)

    def sweep(
        self, rng: np.random.Generator, total_return: Floats32, reward_to_go: Floats32, score_sum: Floats32
    ) -> None:
        """Fill the three arrays (m,) with samples from m new trajectories."""
        m, mdp = len(total_return), self.mdp
        draws = rng.integers(1 << 32, size=(mdp.horizon, m), dtype=np.uint32)
        row = rng.choice(mdp.num_states, m, p=mdp.initial) * self.row_length
        scores, returns, product = np.zeros((3, m), dtype=np.float32)
        reward_to_go[:] = 0
        score_sum[:] = 0
        event, jump = np.empty((2, m), dtype=np.intp)
        for k in range(mdp.horizon):
            discount = np.float32(mdp.discount**k)
            np.copyto(event, draws[k] >> self.shift)
            event += row
            np.multiply(draws[k] >= self.threshold.take(event), len(self.threshold), out=jump)
            event += jump
            score, reward = self.score.take(event), self.reward.take(event)
            scores += score
            reward *= discount
            returns += reward
            reward_to_go += np.multiply(reward, scores, out=product)
            score *= discount
            score_sum += score
            row = self.next_row.take(event)
        np.multiply(scores, returns, out=total_return)

    def _padded(self, rows: NDArray[Any], dtype: Any) -> NDArray[Any]:
        rows = rows.reshape(len(rows), -1)
        table = np.zeros((len(rows), self.row_length), dtype)
        table[:, : rows.shape[1]] = rows
        return table

    def _both_halves(self, values: NDArray[Any], alias: Ints, dtype: Any) -> NDArray[Any]:
        own = self._padded(values, dtype)
        return np.concatenate([own.ravel(), np.take_along_axis(own, alias, axis=1).ravel()])


def branches(transitions: Floats) -> tuple[Ints, Floats]:
    """Return the possible next states of each (s, a), and their probabilities, each (S, A, B), padded by weight 0."""
    width = int((transitions > 0).sum(axis=2).max())
    order = np.argsort(-transitions, axis=2, kind="stable")[:, :, :width]
    return order, np.take_along_axis(transitions, order, axis=2)


def _alias_rows(weights: Floats) -> tuple[Floats, Ints]:
    """Return Walker's tables for rows of probabilities (S, K): keep (S, K), the share of a cell that is its own.

    The rest of the cell belongs to alias (S, K). Each round closes the emptiest open cell of every row and fills it
    up from the fullest.

    References
    ----------
    Walker 1977.
    """
    num_rows, length = weights.shape
    rows, open_cells = np.arange(num_rows), np.ones(weights.shape, dtype=bool)
    level, keep = weights * length, np.ones(weights.shape)
    alias = np.tile(np.arange(length), (num_rows, 1))
    for _ in range(length - 1):
        low = np.where(open_cells, level, np.inf).argmin(axis=1)
        high = np.where(open_cells, level, -np.inf).argmax(axis=1)
        own = np.minimum(level[rows, low], 1)
        keep[rows, low] = own
        alias[rows, low] = np.where(own < 1, high, low)
        level[rows, high] -= 1 - own
        open_cells[rows, low] = False
    return keep, alias
