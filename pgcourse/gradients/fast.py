"""The fast sampler: statistics of one component of the gradient at slider speed, in NumPy alone.

Four ideas make it fast. One 32-bit draw decides action and next state together, by Walker's alias method over the
joint events of a state; where events are few, it decides two or more decisions in a row. Nothing is stored:
sum_k gamma^k f_k r_{k,to-go} = sum_l gamma^l r_l (f_0 + ... + f_l), so one forward sweep accumulates every estimator at
once. And the sweep works on blocks that stay in the processor's cache.

`pgcourse.simulate` with `pgcourse.gradients.estimators` is the readable reference with the same distribution.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pgcourse import _names
from pgcourse import _validate as validate
from pgcourse._by_value import ByValue
from pgcourse._types import Ints
from pgcourse.gradients.alias import alias_rows, below
from pgcourse.gradients.events import Events, one_decision
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP

Floats32: TypeAlias = NDArray[np.float32]
Draws: TypeAlias = NDArray[np.uint32]

BLOCK = 1 << 14
"""Trajectories in one sweep: a handful of arrays of this length fit in a core's own cache."""
MOST_EVENTS = 1 << 13
"""Events of all states together up to which decisions are put in a row: their tables fit in the cache too."""
EVENTS_PER_TRAJECTORY = 0.4
"""Tables of more events than this would take longer to make than they save."""


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
        When an argument does not fit, and for samples that 32 bits cannot hold.

    Notes
    -----
    Every event has its exact probability, as far as 64-bit floats know it, however rare it is.
    """
    m = validate.whole_number("num_trajectories", num_trajectories, 1)
    sampler = Sampler(mdp, policy, theta, component, m)
    validate.generator("rng", rng)
    samples = GradientSamples(*np.empty((3, m), dtype=np.float32))
    for start in range(0, m, BLOCK):
        stop = min(start + BLOCK, m)
        rows = (samples.total_return, samples.reward_to_go, samples.score_sum)
        sampler.sweep(rng, *(row[start:stop] for row in rows))
    return samples


class Sampler:
    """Draws samples of one component, several decisions at a time.

    Parameters
    ----------
    mdp, policy, theta, component
        As for `gradient_samples`.
    num_trajectories : int
        How many will be drawn: the more, the larger are the tables that are worth making.
    """

    def __init__(
        self, mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, component: int, num_trajectories: int
    ) -> None:
        probabilities = policy_table(mdp, policy, theta)
        score = policy.score(theta)
        component = validate.index("component", component, score.shape[-1])
        events = one_decision(mdp, probabilities, score[:, :, component])
        _fit_in_32_bits(events, mdp.horizon)
        self.mdp = mdp
        largest = 0 if events.noise.any() else min(MOST_EVENTS, EVENTS_PER_TRAJECTORY * num_trajectories)
        in_a_row, longest = {1: events}, 1  # by the number of decisions, which doubles
        while 2 * longest <= mdp.horizon and mdp.num_states * events.probability.shape[1] ** 2 <= largest:
            events = events.and_then(events, mdp.discount**longest)
            longest *= 2
            in_a_row[longest] = events
        lengths = draw_lengths(mdp.horizon, longest)
        tables = {length: EventTables(in_a_row[length]) for length in set(lengths)}
        firsts = np.cumsum([0, *lengths[:-1]])
        self.plan = [(mdp.discount**first, tables[length]) for first, length in zip(firsts, lengths, strict=True)]
        """what the first reward of each draw counts, and the tables of its events"""

    def sweep(
        self, rng: np.random.Generator, total_return: Floats32, reward_to_go: Floats32, score_sum: Floats32
    ) -> None:
        """Fill the three arrays (m,) with samples from m new trajectories."""
        m, mdp = len(total_return), self.mdp
        draws = rng.integers(1 << 32, size=(len(self.plan), m), dtype=np.uint32)
        sure = np.count_nonzero(mdp.initial) == 1
        state = np.full(m, mdp.initial.argmax()) if sure else rng.choice(mdp.num_states, m, p=mdp.initial)
        scores, returns, product = np.zeros((3, m), dtype=np.float32)
        reward_to_go[:] = 0
        score_sum[:] = 0
        for draw, (weight, tables) in zip(draws, self.plan, strict=True):
            event, discount = tables.choose(state, draw, rng), np.float32(weight)
            reward = tables.reward.take(event)
            if tables.noise is not None:
                noise = tables.noise.take(event) * rng.standard_normal(m, dtype=np.float32)
                reward += noise
                reward_to_go += discount * tables.score.take(event) * noise
            reward *= discount
            np.multiply(reward, scores, out=product)
            reward_to_go += product
            returns += reward
            np.multiply(tables.reward_to_go.take(event), discount, out=product)
            reward_to_go += product
            np.multiply(tables.score_sum.take(event), discount, out=product)
            score_sum += product
            scores += tables.score.take(event)
            state = tables.following.take(event)
        np.multiply(scores, returns, out=total_return)


def draw_lengths(horizon: int, longest: int) -> list[int]:
    """Return how many decisions each draw decides: the longest, a power of two, as often as it fits, then shorter."""
    rest = [1 << bit for bit in reversed(range(longest.bit_length())) if horizon % longest >> bit & 1]
    return [longest] * (horizon // longest) + rest


class EventTables:
    """Walker's alias tables of one row of events for each state, flat, so that an event's number looks up what it adds.

    Event numbers 0 ... N-1 are drawn directly, N ... 2N-1 by way of the alias; both halves hold the same kind of row.
    """

    def __init__(self, events: Events) -> None:
        self.bits = max(1, (events.probability.shape[1] - 1).bit_length())  # a row has 2**bits cells
        keep, alias = alias_rows(self._padded(events.probability))
        self.shift = np.uint32(32 - self.bits)
        # A draw's first bits choose a cell; the whole draw compared with the threshold decides between cell and alias,
        # and a draw that equals it is followed by another, which decides by the fraction that is left.
        width = np.ldexp(keep, int(self.shift))
        whole = np.minimum(np.floor(width), 2.0 ** int(self.shift) - 1)
        self.threshold = ((np.arange(1 << self.bits) << int(self.shift)) + whole).astype(np.uint32).ravel()
        self.fraction = (width - whole).ravel()

        def both_halves(part: NDArray[Any], dtype: Any) -> NDArray[Any]:
            own = self._padded(part).astype(dtype)
            return np.concatenate([own.ravel(), np.take_along_axis(own, alias, axis=1).ravel()])

        self.following = both_halves(events.following, np.intp)
        self.score, self.score_sum = both_halves(events.score, np.float32), both_halves(events.score_sum, np.float32)
        self.reward = both_halves(events.reward, np.float32)
        self.noise = both_halves(events.noise, np.float32) if events.noise.any() else None
        self.reward_to_go = both_halves(events.reward_to_go, np.float32)

    def choose(self, state: Ints, draws: Draws, rng: np.random.Generator) -> Ints:
        """Return the number (m,) of the event that each draw (m,) chooses in its state (m,)."""
        event = state << self.bits
        event += draws >> self.shift
        threshold = self.threshold.take(event)
        by_alias = draws >= threshold
        ties = np.flatnonzero(draws == threshold)
        if len(ties):
            by_alias[ties] = ~below(self.fraction[event[ties]], rng)
        event += by_alias * len(self.threshold)
        return event

    def _padded(self, rows: NDArray[Any]) -> NDArray[Any]:
        table = np.zeros((len(rows), 1 << self.bits), rows.dtype)
        table[:, : rows.shape[1]] = rows
        return table


def _fit_in_32_bits(events: Events, horizon: int) -> None:
    """Raise ValueError where a sample could be too large for 32 bits, or where all rewards are too small for them."""
    reward = np.abs(events.reward).max()
    largest = np.abs(events.score).max() * horizon * max(reward * horizon, 1)
    if largest > np.finfo(np.float32).max:
        raise ValueError(
            f"theta and mdp allow gradient samples of {largest:.0e}, too large for the 32 bits of this sampler: "
            "use simulate and estimators, or smaller rewards."
        )
    if 0 < reward < 1e-30:
        raise ValueError(
            f"mdp has no reward above {reward:.0e}, too small for the 32 bits of this sampler: scale them."
        )


__dir__ = _names.own(globals())
