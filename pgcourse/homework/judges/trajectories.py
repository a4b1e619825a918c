"""What can be wrong with sampled trajectories: the parts of the judge `follows_the_process`.

A `Process` is the list initial (S,), transitions (S, A, S), rewards (S, A), probabilities (S, A); a `Draw` is what a
student's function returned for one trajectory.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from pgcourse._types import Floats, Ints
from pgcourse.homework.compare import type_problem
from pgcourse.homework.judges.chance import LIKELY, improbable

Process: TypeAlias = Sequence[Floats]
Draw: TypeAlias = Any


def wrong_shape(draw: Draw, horizon: int) -> str:
    """Return what is wrong with the shape of one trajectory: empty, the name of a mistake or a sentence."""
    whole, real = np.zeros(horizon, dtype=int), np.zeros(horizon)
    problem = type_problem(draw, (whole, whole, real), strict=True)
    if not problem:
        return ""
    parts = draw if isinstance(draw, (tuple, list)) and len(draw) == 3 else ()
    if any(isinstance(part, list) for part in parts):
        return "lists"
    if parts and np.shape(parts[0]) == (horizon + 1,):
        return "one state too many"
    return f"What it returns {problem}."


def path_laws(process: Process, horizon: int) -> list[Floats]:
    """Return the exact probabilities of s_0; s_0, a_0; s_0, a_0, s_1; and so on up to s_2."""
    initial, transitions, _, probabilities = process
    laws = [initial]
    for _ in range(min(horizon, 2)):
        laws += [laws[-1][..., None] * probabilities]
        laws += [laws[-1][..., None] * transitions]
    return laws[: 2 * horizon]


def later_laws(process: Process, horizon: int) -> list[Floats]:
    """Return the exact probabilities of s_k, a_k, s_{k+1} for k = 2, 3, ...; of the last decision: of s_k, a_k."""
    initial, transitions, _, probabilities = process
    laws, state = [], initial
    for k in range(horizon):
        pair = state[:, None] * probabilities
        triple = pair[:, :, None] * transitions
        laws.append(triple if k < horizon - 1 else pair)
        state = triple.sum(axis=(0, 1))
    return laws[2:]


def improbable_later(states: Ints, actions: Ints, process: Process) -> str:
    """Return whether a later decision or move has the wrong probability, whatever was before it."""
    horizon = states.shape[1]
    for k, law in enumerate(later_laws(process, horizon), 2):
        path = (states[:, k], actions[:, k], *([states[:, k + 1]] if k < horizon - 1 else []))
        if improbable(counted(path, law), law):
            return "From the third decision on, actions or next states do not have the probabilities of their rows."
    return ""


def counted(path: Sequence[Ints], law: Floats) -> Floats:
    """Return how often each outcome of a law was seen; `path` holds one array (m,) for each axis of it."""
    counts = np.zeros(law.shape)
    np.add.at(counts, tuple(path), 1)
    return counts


def same_draws(one: Sequence[Draw], other: Sequence[Draw]) -> bool:
    """Say whether two lists of trajectories are the same."""
    return all(np.array_equal(a, b) for pair in zip(one, other, strict=True) for a, b in zip(*pair, strict=True))


def improbable_draw(states: Ints, actions: Ints, laws: Sequence[Floats], process: Process) -> str:
    """Return which of the first draws has the wrong probabilities, given all before it.

    Parameters
    ----------
    states, actions : array (m, H)
        Of all trajectories.
    laws
        What `path_laws` returns.
    process
        By which they should be drawn.
    """
    shape = process[3].shape
    if not all(((part >= 0) & (part < size)).all() for part, size in zip((states, actions), shape, strict=True)):
        return "A state or an action has a number that the problem does not have."
    path = np.stack([states, actions], axis=-1).reshape(len(states), -1).T
    fallbacks = (
        "The first states do not have the probabilities `initial`.",
        "The first actions do not have the probabilities of their state's row of `probabilities`.",
        "Given state and action, the next states do not have the probabilities `transitions[s_k, a_k]`.",
        "From the second decision on, the actions do not have the probabilities of their row of `probabilities`.",
        "From the second decision on, the next states do not have the probabilities of their row of `transitions`.",
    )
    for number, (law, fallback) in enumerate(zip(laws, fallbacks, strict=False)):
        counts = counted([*path[: number + 1]], law)
        if improbable(counts, law):
            return _meaning(counts, _other_laws(number, laws, process), fallback)
    return improbable_later(states, actions, process)


def _meaning(counts: Floats, laws: dict[str, Floats], sentence: str) -> str:
    """Return the name of the law that the counts follow best and closely, else the sentence."""
    with np.errstate(divide="ignore", invalid="ignore"):
        fits = {name: np.where(counts > 0, counts * np.log(law), 0).sum() for name, law in laws.items()}
    best = max(fits, key=lambda name: fits[name], default="")
    return best if best and not improbable(counts, laws[best], LIKELY) else sentence


def _other_laws(number: int, laws: Sequence[Floats], process: Process) -> dict[str, Floats]:
    """Return the probabilities that the draw of this number has by known mistakes."""
    initial, transitions, _, probabilities = process
    num_states, num_actions = probabilities.shape
    if number == 0:
        moved = {"states after the move": laws[2].sum(axis=(0, 1))} if len(laws) > 2 else {}
        others = {"starts in state 0": np.eye(num_states)[0], **moved}
        others |= {"starts anywhere": np.full(num_states, 1 / num_states), ANEW: _anew(initial)}
    elif number == 1:
        most = np.eye(num_actions)[probabilities.argmax(axis=1)]
        others = {
            "actions at random": initial[:, None] * np.full(num_actions, 1 / num_actions),
            "most probable action": initial[:, None] * most,
            ANEW: initial[:, None] * _anew(probabilities),
        }
    elif number == 2:
        others = {
            "next state of action 0": laws[1][..., None] * transitions[:, :1],
            "one random number for two draws": initial[:, None, None] * _overlap(probabilities, transitions),
            ANEW: laws[1][..., None] * _anew(transitions),
        }
    elif number == 3:
        others = {"policy of the first state": laws[2][..., None] * probabilities[:, None, None, :]}
    else:
        others = {}
    return others


ANEW = "a random number for each outcome"


def _anew(law: Floats) -> Floats:
    """Return the law of the first outcome whose cumulative probability is above a random number of its own."""
    edges = np.minimum(np.cumsum(law, axis=-1), 1)
    none_before = np.cumprod(1 - edges, axis=-1)
    return edges * np.concatenate([np.ones((*law.shape[:-1], 1)), none_before[..., :-1]], axis=-1)


def _overlap(probabilities: Floats, transitions: Floats) -> Floats:
    """Return the law (S, A, S) of action and next state when one random number decides both."""
    tops = np.cumsum(probabilities, axis=-1)[:, :, None], np.cumsum(transitions, axis=-1)
    floors = tops[0] - probabilities[:, :, None], tops[1] - transitions
    return np.maximum(np.minimum(*tops) - np.maximum(*floors), 0)


def wrong_step(states: Ints, actions: Ints, earned: Floats, process: Process) -> str:
    """Return which later step cannot happen, or whose reward is not that of its state and action."""
    _, transitions, rewards, probabilities = process
    if not probabilities[states, actions].all():
        return "An action is drawn that has probability 0 in its state."
    if not transitions[states[:, :-1], actions[:, :-1], states[:, 1:]].all():
        return "A next state is drawn that has probability 0 after its state and action."
    stored = rewards[states, actions]
    if np.allclose(earned, stored):
        return ""
    if np.allclose(earned[:, :-1], rewards[states[:, 1:], actions[:, :-1]]):
        return "reward of the next state"
    added = np.allclose(earned, np.cumsum(stored, axis=1))
    return "rewards added up" if added else "A reward is not that of its state and action, R(s_k, a_k)."
