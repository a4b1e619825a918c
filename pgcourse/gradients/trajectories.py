"""Trajectories tau = (s_0, a_0, r_0, ..., s_d, a_d, r_d) and the simulator that draws them.

`simulate` is the readable reference: one uniform number against cumulative probabilities for each choice, one array
operation for each step. `pgcourse.gradients.fast` draws from the same distribution faster.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pgcourse import _validate as validate
from pgcourse._by_value import ByValue
from pgcourse._types import Bools, Floats, Ints
from pgcourse.gradients import pairs
from pgcourse.gradients.policies import LinearGaussianPolicy, Policy, TabularPolicy
from pgcourse.problems.linear_gaussian import Regulator
from pgcourse.problems.mdp import TabularMDP


@dataclass(frozen=True, eq=False)
class Trajectories(ByValue):
    """Hold a batch of m trajectories of at most H = d + 1 decisions.

    Parameters
    ----------
    states, actions, rewards : (m, H) array
        After the end of a trajectory: its terminal state, action 0, reward 0. Numbers of states and actions for a
        `TabularMDP`, real numbers for a `Regulator`.
    lengths : (m,) array of int
        Decisions taken, between 1 and H.

    Raises
    ------
    ValueError
        If an entry of an array is masked.
    """

    states: NDArray[Any]
    actions: NDArray[Any]
    rewards: Floats
    lengths: Ints

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            validate.refuse_mask(name, value)

    @property
    def active(self) -> Bools:
        """(m, H) bool: whether decision k was taken."""
        return np.arange(self.states.shape[1]) < self.lengths[:, None]

    def returns(self, discount: float) -> Floats:
        """Return R(tau) = sum over k of gamma**k r_k, shape (m,)."""
        return self.rewards @ discount ** np.arange(self.rewards.shape[1])


def simulate(
    mdp: TabularMDP | Regulator, policy: Policy, theta: ArrayLike, num_trajectories: int, rng: np.random.Generator
) -> Trajectories:
    """Draw trajectories of policy pi_theta.

    Parameters
    ----------
    mdp : TabularMDP or Regulator
    policy : policy for it
    theta : (n,) array
        Its parameters.
    num_trajectories : int
        m, at least 1.
    rng : numpy.random.Generator

    Returns
    -------
    Trajectories

    Raises
    ------
    ValueError
        When the policy does not fit the problem or an argument is out of range.
    """
    m = validate.whole_number("num_trajectories", num_trajectories, 1)
    validate.generator("rng", rng)
    if isinstance(mdp, Regulator):
        return _simulate_regulator(*pairs.linear_gaussian(mdp, policy), theta, m, rng)
    return _simulate_table(*pairs.tabular(mdp, policy), theta, m, rng)


def _simulate_table(
    mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, m: int, rng: np.random.Generator
) -> Trajectories:
    probabilities, horizon = policy_table(mdp, policy, theta), mdp.horizon
    states, actions = np.zeros((m, horizon), dtype=int), np.zeros((m, horizon), dtype=int)
    rewards, lengths = np.zeros((m, horizon)), np.zeros(m, dtype=int)
    choose_action, choose_state = _cumulative(probabilities), _cumulative(mdp.transitions)
    state = _draw(np.broadcast_to(_cumulative(mdp.initial), (m, mdp.num_states)), rng)
    for k in range(horizon):
        alive = ~mdp.terminal[state]
        action = np.where(alive, _draw(choose_action[state], rng), 0)
        states[:, k], actions[:, k] = state, action
        following = np.where(alive, _draw(choose_state[state, action], rng), state)
        rewards[:, k] = np.where(alive, mdp.draw_rewards(state, action, following, rng), 0)
        lengths += alive
        state = following
    return Trajectories(states, actions, rewards, lengths)


def _simulate_regulator(
    mdp: Regulator, policy: LinearGaussianPolicy, theta: ArrayLike, m: int, rng: np.random.Generator
) -> Trajectories:
    gain, std = policy.parameters(theta)
    states, actions = np.empty((2, m, mdp.horizon))
    state = rng.normal(mdp.initial_mean, mdp.initial_std, m)
    for k in range(mdp.horizon):
        states[:, k] = state
        actions[:, k] = gain * state + abs(std) * rng.standard_normal(m)
        state = state + actions[:, k] + mdp.noise_std * rng.standard_normal(m)
    return Trajectories(states, actions, -(states**2), np.full(m, mdp.horizon))


def policy_table(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return pi_theta(a | s), shape (S, A); ValueError when policy, theta or what the policy returns does not fit."""
    mdp, policy = pairs.tabular(mdp, policy)
    probabilities, size = policy.probabilities(theta), (mdp.num_states, mdp.num_actions)
    if np.shape(probabilities) != size:
        raise ValueError(f"policy.probabilities must return shape {size}, but returned {np.shape(probabilities)}.")
    return probabilities


def drawn_by(policy: Policy, trajectories: Trajectories) -> Trajectories:
    """Return trajectories if the policy can have drawn them; ValueError otherwise."""
    if not isinstance(trajectories, Trajectories):
        raise ValueError(
            f"trajectories must be Trajectories, as simulate returns them, but is a {type(trajectories).__name__}."
        )
    pairs.decisions(policy, trajectories.states, trajectories.actions)
    return trajectories


def _cumulative(probabilities: Floats) -> Floats:
    total = probabilities.cumsum(axis=-1)
    return total / total[..., -1:]  # exactly 1 from the last possible outcome on, so that no other is ever drawn


def _draw(cumulative: Floats, rng: np.random.Generator) -> Ints:
    """Return the index of the first entry of each row (m, K) above a uniform number."""
    uniform = rng.random(len(cumulative))
    return (cumulative <= uniform[:, None]).sum(axis=1)
