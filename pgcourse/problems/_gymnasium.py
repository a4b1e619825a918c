"""Reads the table of transitions P of a toy-text environment of gymnasium, for `TabularMDP.from_gymnasium`."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Bools, Floats, Ints

Table: TypeAlias = Mapping[int, Mapping[int, Any]]

NO_TABLE = (
    "env has no table of transitions (env.unwrapped.P): take an environment that has one, such as FrozenLake-v1, "
    "or pass the table itself."
)
NO_START = "initial is missing: a table says nothing of the first state, so pass its distribution as initial."


def read(env: object, initial: ArrayLike | None) -> tuple[Floats, Floats, Floats, Bools, Floats]:
    """Return what a `TabularMDP` is made of.

    Parameters
    ----------
    env
        Environment with a table env.unwrapped.P, or the table itself.
    initial : (S,) array, optional
        Distribution of the first state; None for the environment's own.

    Returns
    -------
    initial : (S,) array
    transitions : (S, A, S) array
    rewards : (S, A, S) array
    terminal : (S,) array of bool
    reward_std : (S, A, S) array

    Raises
    ------
    ValueError
        Naming what is missing or wrong, and how to put it right.
    """
    inside = getattr(env, "unwrapped", env)
    table = env if isinstance(env, Mapping) else getattr(inside, "P", None)
    if not isinstance(table, Mapping):
        raise ValueError(NO_TABLE)
    if initial is None:
        initial = getattr(inside, "initial_state_distrib", None)
        if initial is None:
            raise ValueError(NO_START)
    going_on, ending, rewards, reward_std = _arrays(table)
    initial = validate.distribution("initial", initial, rewards.shape[:1])
    terminal = _terminal(initial, going_on, ending)
    transitions = going_on + ending
    # What a table says of a state in which nothing is decided differs from one environment to the next.
    transitions[terminal] = np.eye(len(terminal))[terminal][:, None]
    rewards[terminal] = reward_std[terminal] = 0
    return initial, transitions, rewards, terminal, reward_std


def _arrays(table: Table) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the probabilities to go on to s' and to end in s', and the rewards' means and deviations: (S, A, S)."""
    num_states, num_actions = _sizes(table)
    going_on, ending, rewards, deviations = np.zeros((4, num_states, num_actions, num_states))
    for s in range(num_states):
        for a in range(num_actions):
            chances, following, earned, terminated = _outcomes(table, s, a)
            np.add.at(going_on[s, a], following[~terminated], chances[~terminated])
            np.add.at(ending[s, a], following[terminated], chances[terminated])
            for state in np.unique(following[chances > 0]):
                here = following == state
                rewards[s, a, state], deviations[s, a, state] = _mean_and_deviation(chances[here], earned[here])
    return going_on, ending, rewards, deviations


def _mean_and_deviation(chances: Floats, earned: Floats) -> tuple[float, float]:
    weights = chances / chances.sum()
    mean = earned[0] + weights @ (earned - earned[0])  # exactly what is earned where all earn the same
    return float(mean), float(np.sqrt(weights @ (earned - mean) ** 2))


def _sizes(table: Table) -> tuple[int, int]:
    """Return S and A; ValueError unless states and actions are numbered from 0."""
    actions = table[0] if isinstance(table.get(0), Mapping) else {}
    if not actions or table.keys() != set(range(len(table))):
        raise ValueError("P must be {state: {action: outcomes}} with the states numbered 0, 1, 2, ...: renumber them.")
    for s, row in table.items():
        if not isinstance(row, Mapping) or row.keys() != set(range(len(actions))):
            raise ValueError(f"P[{s}] must have the actions 0 to {len(actions) - 1}, as P[0] has: give them all.")
    return len(table), len(actions)


def _outcomes(table: Table, s: int, a: int) -> tuple[Floats, Ints, Floats, Bools]:
    """Return the checked outcomes of action a in state s: probabilities, next states, rewards and terminated, (K,)."""
    name = f"P[{s}][{a}]"
    try:
        probabilities, following, rewards, terminated = zip(*table[s][a], strict=True)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a list of (probability, next_state, reward, terminated).") from None
    chances = validate.distribution(name, probabilities, (len(probabilities),))
    for state in following:
        if validate.whole_number(f"a next state of {name}", state, 0) >= len(table):
            raise ValueError(f"{name} leads to state {state}, but the states are 0 to {len(table) - 1}.")
    earned = validate.real_array(f"the rewards of {name}", rewards)
    return chances, np.array(following), earned, np.array(terminated, dtype=bool)


def _terminal(initial: Floats, going_on: Floats, ending: Floats) -> Bools:
    """Return which states end the episode, (S,) bool, judged by the transitions that can happen.

    Others do not count: tables hold states that no episode enters, such as Taxi's with the passenger already delivered.
    """
    step = going_on.sum(axis=1) > 0
    reached, entered = initial > 0, step[initial > 0].any(axis=0)
    while (entered & ~reached).any():
        reached = reached | entered
        entered = step[reached].any(axis=0)
    terminal: Bools = ending[reached].max(axis=(0, 1)) > 0
    for state in np.flatnonzero(terminal & entered)[:1]:
        ends, goes_on = (np.argwhere((way[:, :, state] > 0) & reached[:, None])[0] for way in (ending, going_on))
        raise ValueError(
            f"P[{ends[0]}][{ends[1]}] ends the episode on entering state {state}, but P[{goes_on[0]}][{goes_on[1]}] "
            "goes on from there: give the end a state of its own."
        )
    return terminal
