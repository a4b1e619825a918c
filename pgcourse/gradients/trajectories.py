"""Trajectories tau = (s_0, a_0, r_0, ..., s_d, a_d, r_d) and the simulator that draws them.

`simulate` is the readable reference: one uniform number against cumulative probabilities for each choice, one array
operation for each step. `pgcourse.gradients.fast` draws from the same distribution faster.
"""

from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from pgcourse import _validate as validate
from pgcourse.problems.mdp import TabularMDP


@dataclass(frozen=True)
class Trajectories:
    """Hold a batch of m trajectories of at most H = d + 1 decisions.

    states, actions, rewards  (m, H); after the end of a trajectory: its terminal state, action 0, reward 0
    lengths                   (m,) decisions taken, between 1 and H
    """

    states: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    lengths: np.ndarray

    @property
    def active(self):
        """(m, H) bool: whether decision k was taken."""
        return np.arange(self.states.shape[1]) < self.lengths[:, None]

    def returns(self, discount):
        """Return R(tau) = sum over k of gamma**k r_k, shape (m,)."""
        return self.rewards @ discount ** np.arange(self.rewards.shape[1])


@singledispatch
def simulate(mdp, policy, theta, num_trajectories, rng):
    """Draw trajectories of policy pi_theta.

    mdp               TabularMDP or Regulator
    policy, theta     a policy for it, and its parameters (n,)
    num_trajectories  m >= 1
    rng               numpy.random.Generator
    returns           Trajectories

    Raises ValueError when the policy does not fit the problem or an argument is out of range.
    """
    raise ValueError(f"mdp must be a TabularMDP or a Regulator, but is a {type(mdp).__name__}.")


@simulate.register
def _(mdp: TabularMDP, policy, theta, num_trajectories, rng):
    probabilities = policy_table(mdp, policy, theta)
    validate.generator("rng", rng)
    m, horizon = validate.whole_number("num_trajectories", num_trajectories, 1), mdp.horizon
    states, actions = np.zeros((m, horizon), dtype=int), np.zeros((m, horizon), dtype=int)
    rewards, lengths = np.zeros((m, horizon)), np.zeros(m, dtype=int)
    choose_action, choose_state = _cumulative(probabilities), _cumulative(mdp.transitions)
    state = _draw(np.broadcast_to(_cumulative(mdp.initial), (m, mdp.num_states)), rng)
    for k in range(horizon):
        alive = ~mdp.terminal[state]
        action = np.where(alive, _draw(choose_action[state], rng), 0)
        states[:, k], actions[:, k] = state, action
        rewards[:, k] = np.where(alive, mdp.rewards[state, action], 0)
        lengths += alive
        state = np.where(alive, _draw(choose_state[state, action], rng), state)
    return Trajectories(states, actions, rewards, lengths)


def policy_table(mdp, policy, theta):
    """Return pi_theta(a | s), shape (S, A); ValueError when the policy's table does not fit the problem."""
    probabilities = policy.probabilities(theta)
    if probabilities.shape != mdp.rewards.shape:
        raise ValueError(
            f"policy chooses among {probabilities.shape[1]} actions in {probabilities.shape[0]} states, but mdp has "
            f"{mdp.num_actions} actions and {mdp.num_states} states: make the policy for this problem."
        )
    return probabilities


def _cumulative(probabilities):
    total = probabilities.cumsum(axis=-1)
    return total / total[..., -1:]  # exactly 1 from the last possible outcome on, so that no other is ever drawn


def _draw(cumulative, rng):
    """Return the index of the first entry of each row (m, K) above a uniform number."""
    uniform = rng.random(len(cumulative))
    return (cumulative <= uniform[:, None]).sum(axis=1)
