"""The problems of the course, each small enough to be solved exactly."""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.problems.linear_gaussian import Regulator
from pgcourse.problems.mdp import TabularMDP

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""Row and column step of the gridworld's actions: up, right, down, left."""


def left_right(reward_left: float = 5.0, reward_right: float = 10.0) -> TabularMDP:
    """Make the L/R exercise: one state, one decision; action 0 = L earns reward_left, action 1 = R reward_right."""
    rewards = validate.real_array("(reward_left, reward_right)", [[reward_left, reward_right]], (1, 2))
    return TabularMDP(np.ones(1), np.ones((1, 2, 1)), rewards, discount=1.0, horizon=1)


def bandit(mean_rewards: ArrayLike) -> TabularMDP:
    """Make a bandit, the one-state, d = 0 case: arm a earns mean_rewards[a], on average; mean_rewards is (K,)."""
    means = validate.real_array("mean_rewards", mean_rewards)
    if means.ndim != 1 or not len(means):
        raise ValueError(f"mean_rewards must have one entry for each arm, but has shape {means.shape}.")
    return TabularMDP(np.ones(1), np.ones((1, len(means), 1)), means[None], discount=1.0, horizon=1)


def two_step(
    rewards_0: ArrayLike = (1.0, 1.0), rewards_1: ArrayLike = (-1.0, -1.0), discount: float = 1.0
) -> TabularMDP:
    """Make two decisions in a row, in states 0 and 1: action a earns rewards_0[a], then rewards_1[a].

    Parameters
    ----------
    rewards_0, rewards_1 : (2,) array
        Rewards of both actions in the first and in the second decision.
    discount : float
        gamma in [0, 1].

    Notes
    -----
    With the default rewards, +1 and then -1 whatever is done, the total return is always 0, but the reward-to-go of
    the second decision is not: the problem for which causality raises the variance.
    """
    rewards = [validate.real_array("rewards_0", rewards_0, (2,)), validate.real_array("rewards_1", rewards_1, (2,))]
    transitions = np.zeros((2, 2, 2))
    transitions[:, :, 1] = 1
    return TabularMDP([1, 0], transitions, rewards, discount=discount, horizon=2)


def corridor(
    num_states: int = 10,
    horizon: int = 20,
    discount: float = 0.95,
    slip: float = 0.1,
    start: int = 4,
    step_reward: float = -0.1,
    goal_reward: float = 1.0,
) -> TabularMDP:
    """Make a corridor: action 0 moves left, action 1 right; it ends on entering the goal, the right-most state.

    Parameters
    ----------
    num_states : int
        S, the goal included, at least 2.
    horizon : int
        d + 1, the number of decisions.
    discount : float
        gamma in [0, 1].
    slip : float
        Probability that a move goes the other way. The left wall holds.
    start : int
        The first state, left of the goal.
    step_reward : float
        What each decision earns.
    goal_reward : float
        What a decision earns in addition if it enters the goal.

    Raises
    ------
    ValueError
        For fewer than 2 states, a slip outside [0, 1] or a start that is not a state left of the goal.
    """
    num_states = validate.whole_number("num_states", num_states, 2)
    slip = validate.in_interval("slip", slip, 0, 1)
    goal = num_states - 1
    transitions = np.zeros((num_states, 2, num_states))
    for state in range(num_states):
        for action, towards in ((0, max(state - 1, 0)), (1, min(state + 1, goal))):
            transitions[state, action, towards] += 1 - slip
            transitions[state, 1 - action, towards] += slip
    return _to_goal(transitions, start, {goal: goal_reward}, {goal}, step_reward, discount, horizon)


def gridworld(
    size: int = 5,
    horizon: int = 30,
    discount: float = 0.95,
    slip: float = 0.2,
    step_reward: float = -0.02,
    goal_reward: float = 1.0,
    pit_reward: float = -1.0,
) -> TabularMDP:
    """Make a size x size gridworld from the top left corner to the goal in the bottom right one, with a pit between.

    Actions 0, 1, 2, 3 move up, right, down, left; walls hold. The state is row * size + column.

    Parameters
    ----------
    size : int
        At least 2.
    horizon : int
        d + 1, the number of decisions.
    discount : float
        gamma in [0, 1].
    slip : float
        Probability that a move goes off at a right angle, to either side alike.
    step_reward : float
        What each decision earns.
    goal_reward, pit_reward : float
        What a decision earns in addition if it enters the goal, where the trajectory ends, or the pit in the centre,
        where it goes on.

    Raises
    ------
    ValueError
        For a size below 2 or a slip outside [0, 1].
    """
    size = validate.whole_number("size", size, 2)
    slip = validate.in_interval("slip", slip, 0, 1)
    goal, pit = size * size - 1, (size // 2) * size + size // 2
    transitions = np.zeros((size * size, 4, size * size))
    for state in range(size * size):
        for action in range(4):
            for turn, probability in ((0, 1 - slip), (1, slip / 2), (-1, slip / 2)):
                transitions[state, action, _moved(state, (action + turn) % 4, size)] += probability
    bonuses = {pit: pit_reward, goal: goal_reward}
    return _to_goal(transitions, 0, bonuses, {goal}, step_reward, discount, horizon)


def regulator(
    horizon: int = 10,
    discount: float = 1.0,
    noise_std: float = 0.1,
    initial_mean: float = 0.3,
    initial_std: float = 0.1,
) -> Regulator:
    """Make the simple regulator: s' = s + a + noise, reward -s^2; arguments as for `Regulator`.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, appendix F.5. The noise and the start are parameters here.
    """
    return Regulator(horizon, discount, noise_std, initial_mean, initial_std)


def _moved(state: int, action: int, size: int) -> int:
    row, column = divmod(state, size)
    row_step, column_step = MOVES[action]
    return min(max(row + row_step, 0), size - 1) * size + min(max(column + column_step, 0), size - 1)


def _to_goal(
    transitions: Floats,
    start: int,
    bonuses: dict[int, float],
    terminal: set[int],
    step_reward: float,
    discount: float,
    horizon: int,
) -> TabularMDP:
    num_states = len(transitions)
    if validate.whole_number("start", start, 0) >= num_states:
        raise ValueError(f"start is {start}, but the states are 0 to {num_states - 1}.")
    bonus = np.zeros(num_states)
    for state, reward in bonuses.items():
        bonus[state] = validate.real_number("a goal or pit reward", reward)
    ends = np.isin(np.arange(num_states), list(terminal))
    rewards = np.where(transitions > 0, validate.real_number("step_reward", step_reward) + bonus, 0)
    rewards[ends] = 0
    return TabularMDP(np.arange(num_states) == start, transitions, rewards, discount, horizon, ends)
