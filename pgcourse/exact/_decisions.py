"""Goes back from decision to decision, for problems that are too large to be treated all at once."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Floats, Numbers
from pgcourse.exact import _passages
from pgcourse.exact._covariance import Outcomes, ToGo, Total, total_return, wide
from pgcourse.exact._model import Model, chain_of, is_local, own_components, scores
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.problems.mdp import TabularMDP

Kind = TypeVar("Kind", ToGo, Total)
START = np.zeros((1, 1, 1, 1))
"""The score of the start of a trajectory, a decision that nobody takes."""
BLOCK = 1 << 20
"""Numbers in one array of a backward pass over all states."""


def moments(
    problem: TabularMDP,
    policy: TabularPolicy,
    theta: ArrayLike,
    model: Model,
    decay: float,
    carry: float,
    before: Callable[[Outcomes, Numbers, Numbers, Kind], Kind],
    kind: type[Kind],
) -> tuple[Floats, Floats]:
    """Return mean and variance, each (n,), in the model's unit; before gives the moments before a decision."""
    if is_local(policy) and len(model.reward) == 1:
        psi = scores(policy, theta, model.policy, problem.terminal, local=True)
        return _state_by_state(problem, psi, model, decay, carry, before, kind)
    psi = scores(policy, theta, model.policy, problem.terminal, local=False)
    size = max(1, BLOCK // model.transition.size)
    found = []
    for first in range(0, len(psi), size):
        part = slice(first, first + size)
        base = model.base[..., part] if model.base.shape[2] > 1 else model.base
        found.append(_all_states(problem, psi[part], model._replace(base=base), decay, carry, before, kind))
    mean, variance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return mean, variance


def _all_states(
    problem: TabularMDP,
    psi: Floats,
    model: Model,
    decay: float,
    carry: float,
    before: Callable[[Outcomes, Numbers, Numbers, Kind], Kind],
    kind: type[Kind],
) -> tuple[Floats, Floats]:
    """Go back decision by decision, for scores (n, S, A) that may be anywhere."""
    now = kind.nothing(len(psi), (problem.num_states,))
    weight = model.weight
    for k in reversed(range(problem.horizon)):
        outcomes = Outcomes(weight, at(model.reward, k), model.variance, decay, carry)
        later = kind(*(each[..., model.following] for each in now))
        now = before(outcomes, psi[..., None], wide(at(model.base, k).T), later)
    outcomes = Outcomes(problem.initial[None, None], 0.0, 0.0, 1.0, 1.0)
    later = kind(*(each[..., None, None, :] for each in now))
    start = before(outcomes, START, wide(model.base[0].T), later)
    return start.mean[:, 0], start.variance[:, 0]


def _state_by_state(
    problem: TabularMDP,
    psi: Floats,
    model: Model,
    decay: float,
    carry: float,
    before: Callable[[Outcomes, Numbers, Numbers, Kind], Kind],
    kind: type[Kind],
) -> tuple[Floats, Floats]:
    """Go back in each state from one decision there to the one before, for scores (L, S, A) of its own parameters."""
    horizon, chain = problem.horizon, chain_of(model)
    base = own_components(model.base, problem.num_states).swapaxes(1, 2)
    size = max(1, _passages.BLOCK // (2 * problem.num_states))
    found = []
    for first in range(0, problem.num_states, size):
        states = np.arange(first, min(first + size, problem.num_states))
        ways = _passages.ways(model, chain, states, problem.initial, horizon, decay)
        own = base[..., states] if base.shape[2] > 1 else base
        history = kind.nothing(len(psi), (len(states), horizon + 1))
        for left in range(1, horizon + 1):
            outcomes = ways.outcomes(model.policy[states], left, decay, carry)
            later = kind(*(each[..., None, left - 1 :: -1] for each in history))
            now = before(outcomes, psi[:, states, :, None], wide(at(own, horizon - left)), later)
            for each, new in zip(history, now, strict=True):
                each[..., left] = new
        later = kind(*(each[..., None, ::-1] for each in history))
        start = before(ways.start(decay, carry), START, wide(own[0]), later)
        found.append((start.mean, start.variance))
    mean, variance = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
    return mean.T.ravel(), variance.T.ravel()


def at(table: Floats, k: int) -> Floats:
    """Return the entry of decision k of a table (H, ...), or (1, ...) if it is the same for all."""
    return table[k if len(table) > 1 else 0]


def total_return_of(outcomes: Outcomes, psi: Numbers, base: Numbers, later: Total) -> Total:
    """Return the moments before a decision, for `moments`."""
    # Only the first reward is counted from the baseline; the others are counted from their mean.
    return total_return(outcomes, psi, later, base if psi is START else None)
