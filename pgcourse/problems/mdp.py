"""A finite Markov decision process with a finite horizon: the problem that every lecture tries to solve."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pgcourse import _validate as validate
from pgcourse._by_value import ByValue
from pgcourse._types import Bools, Floats, Ints
from pgcourse.problems import _gymnasium

ABSORBING = "let a state in which nothing happens any more lead to itself with probability 1"
DWARFED = 1e3
"""Rewards have a level where it is more than so many times as large as their spread."""


class Successors(NamedTuple):
    """The next states that are possible, each (S, A, B) and filled up by probability 0; a terminal state stays."""

    state: Ints
    probability: Floats
    reward: Floats
    deviation: Floats
    """standard deviation of the reward, given the next state"""
    level: float
    """the middle of the rewards before the end where it dwarfs their spread, and 0 elsewhere"""
    above: Floats
    """reward less the level, and 0 where the probability is 0"""
    largest: float
    """the largest number in `above`, without its sign, and in `deviation`"""
    any_action: Ints
    """(S, K) the next states that some action can lead to, filled up by others"""


@dataclass(frozen=True, eq=False)
class TabularMDP(ByValue):
    """Hold a finite MDP (S, A, T, R, gamma) with start-state distribution b, for d + 1 decisions.

    Parameters
    ----------
    initial : (S,) array
        b(s), the distribution of the first state.
    transitions : (S, A, S) array
        T(s' | s, a).
    rewards : (S, A) or (S, A, S) array
        R(s, a), or R(s, a, s') where the next state decides too.
    discount : float
        gamma in [0, 1].
    horizon : int
        d + 1, the number of decisions, at least 1.
    terminal : (S,) array of bool, optional
        A trajectory ends on entering such a state, and nothing is earned or decided in it; none, if left out.
    reward_std : (S, A) or (S, A, S) array, optional
        Standard deviation of the reward, in its unit: it is drawn from a normal distribution about `rewards`; 0, if
        left out.

    Raises
    ------
    ValueError
        Naming the argument, the offending index and the fix.

    Notes
    -----
    The arrays are copied and made read-only, so that a problem cannot change under a picture; copies and unpickled
    problems are read-only too. Problems with equal entries are equal, and have the same hash.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, chapter 7.
    """

    initial: Floats
    transitions: Floats
    rewards: Floats
    discount: float
    horizon: int
    terminal: Bools = None  # type: ignore[assignment]  # no longer None once it is made
    reward_std: Floats = None  # type: ignore[assignment]  # likewise

    if TYPE_CHECKING:  # nested lists do as well as arrays

        def __init__(
            self,
            initial: npt.ArrayLike,
            transitions: npt.ArrayLike,
            rewards: npt.ArrayLike,
            discount: float,
            horizon: int,
            terminal: npt.ArrayLike | None = None,
            reward_std: npt.ArrayLike | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        rewards = validate.real_array("rewards", self.rewards)
        num_states, num_actions = _sizes("rewards", rewards)
        values: dict[str, Any] = {
            "rewards": rewards,
            "initial": validate.distribution("initial", self.initial, (num_states,)),
            "transitions": validate.distribution(
                "transitions", self.transitions, (num_states, num_actions, num_states), ABSORBING
            ),
            "discount": validate.in_interval("discount", self.discount, 0, 1),
            "horizon": validate.whole_number("horizon", self.horizon, 1),
        }
        values["terminal"] = _terminal(self.terminal, values["initial"])
        values["reward_std"] = _reward_std(self.reward_std, num_states, num_actions)
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
            object.__setattr__(self, name, value)

    @classmethod
    def from_gymnasium(
        cls, env: object, discount: float, horizon: int, initial: npt.ArrayLike | None = None
    ) -> "TabularMDP":
        """Make the MDP of a gymnasium environment that has a table of transitions: FrozenLake, CliffWalking, Taxi.

        Parameters
        ----------
        env
            environment with a table P = env.unwrapped.P, that is {state: {action: [(probability, next_state, reward,
            terminated), ...]}}, or such a table itself, for which gymnasium is not needed
        discount, horizon
            gamma and d + 1, of which a table knows nothing; gymnasium's limit of steps is env.spec.max_episode_steps
        initial
            (S,) distribution of the first state; None for env.unwrapped.initial_state_distrib

        Returns
        -------
        TabularMDP
            with states and actions numbered as in the table; a state is terminal if the transitions into it are
            `terminated`, of those that can happen from `initial`

        Raises
        ------
        ValueError
            for an environment without a table, a table that cannot be read, a missing start, and a state into which
            some transitions end the episode and others do not

        Notes
        -----
        Where a table has several rewards for one (s, a, s'), rewards holds their mean and reward_std their standard
        deviation: every mean and variance here is the environment's, but single rewards are drawn as if normal.
        """
        initial, transitions, rewards, terminal, reward_std = _gymnasium.read(env, initial)
        return cls(initial, transitions, rewards, discount, horizon, terminal, reward_std)

    @property
    def mean_rewards(self) -> Floats:
        """The mean R(s, a) of `rewards` over the next state, (S, A)."""
        return self.rewards if self.rewards.ndim == 2 else np.einsum("sat,sat->sa", self.transitions, self.rewards)

    @classmethod
    def from_arrays(
        cls,
        R: npt.ArrayLike,
        Q: npt.ArrayLike,
        beta: float,
        horizon: int,
        initial: npt.ArrayLike,
        terminal: npt.ArrayLike | None = None,
    ) -> "TabularMDP":
        """Make the MDP of arrays in the form of QuantEcon's ``DiscreteDP(R, Q, beta)``.

        Parameters
        ----------
        R : (S, A) array
            Reward of taking a in s.
        Q : (S, A, S) array
            Probability of the next state.
        beta : float
            Discount factor, in [0, 1].
        horizon, initial, terminal
            As for TabularMDP: a DiscreteDP has no last decision and no first state.

        Returns
        -------
        TabularMDP

        Raises
        ------
        ValueError
            Naming the argument, and for an action that cannot be taken, which QuantEcon marks by a reward of -inf.
        """
        table = validate.numbers("R", R)
        if table.ndim != 2:
            raise ValueError(
                f"R must have shape (S, A), but has shape {table.shape}: of a DiscreteDP made of pairs (s, a), "
                "take R and Q of its to_product_form()."
            )
        impossible = np.argwhere(table == -np.inf)
        if len(impossible):
            s, a = impossible[0].tolist()
            raise ValueError(
                f"R[{s}, {a}] is -inf, so action {a} cannot be taken in state {s}, but a policy here takes every "
                f"action: let R[{s}, {a}] and Q[{s}, {a}] repeat an action that can be taken."
            )
        rewards = validate.real_array("R", R)
        transitions = validate.distribution("Q", Q, (*rewards.shape, rewards.shape[0]), ABSORBING)
        return cls(initial, transitions, rewards, validate.in_interval("beta", beta, 0, 1), horizon, terminal)

    def draw_rewards(self, states: Ints, actions: Ints, following: Ints, rng: np.random.Generator) -> Floats:
        """Draw the rewards of steps (s, a, s'), three arrays of the same shape; without noise nothing is drawn."""
        mean = entries(self.rewards, states, actions, following)
        if not self.reward_std.any():
            return mean
        return rng.normal(mean, entries(self.reward_std, states, actions, following))

    @cached_property
    def successors(self) -> Successors:
        """The transitions and rewards as lists of the next states that are possible.

        States to which no trajectory comes are treated like terminal ones: else their rewards, which nobody earns,
        would decide in what unit the others are counted.
        """
        state, probability = listed(self.transitions)
        step = (*np.ogrid[: self.num_states, : self.num_actions, :1][:2], state)
        reward, deviation = (
            np.array(np.broadcast_to(entries(table, *step), state.shape)) for table in (self.rewards, self.reward_std)
        )
        end = self.terminal | ~self._visited
        state[end] = np.flatnonzero(end)[:, None, None]
        probability[end] = np.arange(state.shape[2]) == 0
        reward[end] = deviation[end] = 0
        level = _level_of(reward[~end[:, None, None] & (probability > 0)])
        above = np.where(probability > 0, reward - level, 0)
        any_action = _reached(state, probability)
        for array in (state, probability, reward, deviation, above, any_action):
            array.setflags(write=False)
        largest = float(max(np.abs(above).max(), deviation.max()))
        return Successors(state, probability, reward, deviation, level, above, largest, any_action)

    @property
    def _visited(self) -> Bools:
        """(S,) bool: whether some trajectory comes to a state, in any number of steps."""
        leads = (self.transitions > 0).any(axis=1) & ~self.terminal[:, None]
        visited, new = self.initial > 0, self.initial > 0
        while new.any():
            new = leads[new].any(axis=0) & ~visited
            visited = visited | new
        return visited

    @property
    def num_states(self) -> int:
        """The number of states, S."""
        return self.rewards.shape[0]

    @property
    def num_actions(self) -> int:
        """The number of actions, A."""
        return self.rewards.shape[1]


def entries(table: Floats, states: Ints, actions: Ints, following: Ints) -> Floats:
    """Return the entries of rewards or their standard deviations, (S, A) or (S, A, S), at arrays of (s, a, s')."""
    return table[states, actions] if table.ndim == 2 else table[states, actions, following]


def listed(transitions: Floats) -> tuple[Ints, Floats]:
    """Return the next states (..., B) of probabilities (..., S), and their probabilities, filled up by 0."""
    table = transitions.reshape(-1, transitions.shape[-1])
    row, column = np.nonzero(table)
    counts = np.bincount(row, minlength=len(table))
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    state, probability = np.zeros((len(table), counts.max()), dtype=int), np.zeros((len(table), counts.max()))
    state[row, place], probability[row, place] = column, table[row, column]
    shape = *transitions.shape[:-1], counts.max()
    return state.reshape(shape), probability.reshape(shape)


def _reached(state: Ints, probability: Floats) -> Ints:
    """Return the next states (S, K) of any action, filled up by states that are none, from lists (S, A, B)."""
    origin = np.arange(len(state))[:, None, None]
    pair = (origin * len(state) + state)[probability > 0]
    possible = np.bincount(pair, minlength=len(state) ** 2).reshape(len(state), -1) > 0
    return np.argsort(~possible, axis=1, kind="stable")[:, : possible.sum(axis=1).max()]


def _level_of(rewards: Floats) -> float:
    low, high = rewards.min(initial=np.inf), rewards.max(initial=-np.inf)
    if low > high:
        return 0.0
    middle = low / 2 + high / 2
    return float(middle) if abs(middle) > DWARFED * (high - low) else 0.0


def _sizes(name: str, table: Floats) -> tuple[int, int]:
    """Return S and A of a table of shape (S, A) or (S, A, S); ValueError for another shape."""
    shape = table.shape
    if table.ndim not in (2, 3) or 0 in shape or shape[2:] not in ((), shape[:1]):
        raise ValueError(f"{name} must have shape (S, A) or (S, A, S) with S, A >= 1, but has shape {shape}.")
    return shape[0], shape[1]


def _reward_std(reward_std: npt.ArrayLike | None, num_states: int, num_actions: int) -> Floats:
    if reward_std is None:
        return np.zeros((num_states, num_actions))
    array = validate.real_array("reward_std", reward_std)
    if _sizes("reward_std", array) != (num_states, num_actions):
        raise ValueError(
            f"reward_std has shape {array.shape}, but there are {num_states} states and {num_actions} actions."
        )
    negative = np.argwhere(array < 0)
    if len(negative):
        index = tuple(negative[0].tolist())
        raise ValueError(
            f"{validate.at('reward_std', index)} is {array[index]:g}: a standard deviation cannot be negative."
        )
    return array


def _terminal(terminal: npt.ArrayLike | None, initial: Floats) -> Bools:
    if terminal is None:
        return np.zeros(len(initial), dtype=bool)
    validate.refuse_mask("terminal", terminal)
    array = np.array(terminal)
    if array.dtype != bool or array.shape != initial.shape:
        raise ValueError(
            f"terminal must be a bool array of shape {initial.shape}, but has dtype {array.dtype} "
            f"and shape {array.shape}."
        )
    start = np.flatnonzero(array & (initial > 0))
    if len(start):
        raise ValueError(
            f"initial[{start[0]}] is {validate.plain(initial[start[0]])}, but state {start[0]} is terminal: "
            "start in a state where there is something to decide."
        )
    return array
