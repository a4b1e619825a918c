"""What a policy is worth: U and its gradient, V and Q, where the policy is, and how its returns vary; all exactly."""

from functools import singledispatch

import numpy as np

from pgcourse.exact._model import model_of, return_moments
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP


@singledispatch
def utility(mdp, policy, theta):
    """Return U(theta), the mean of R(tau), as a float.

    mdp            TabularMDP or Regulator
    policy, theta  a policy for it, and its parameters (n,)

    Raises ValueError when the policy or theta does not fit.
    """
    raise ValueError(f"mdp must be a TabularMDP or a Regulator, but is a {type(mdp).__name__}.")


@singledispatch
def gradient(mdp, policy, theta):
    """Return the gradient of U at theta, shape (n,); arguments and errors as for `utility`.

    Sutton & Barto 2018, section 13.2 (the policy gradient theorem).
    """
    raise ValueError(f"mdp must be a TabularMDP or a Regulator, but is a {type(mdp).__name__}.")


@singledispatch
def return_variance(mdp, policy, theta):
    """Return the variance of R(tau) as a float; arguments and errors as for `utility`."""
    raise ValueError(f"mdp must be a TabularMDP or a Regulator, but is a {type(mdp).__name__}.")


@utility.register
def _(mdp: TabularMDP, policy, theta):
    return float(mdp.initial @ values(mdp, policy, theta)[0][0])


@gradient.register
def _(mdp: TabularMDP, policy, theta):
    model = model_of(mdp, policy, theta)
    _, action_values = _values(model)
    visits = state_distribution(mdp, policy, theta)
    discounts = mdp.discount ** np.arange(mdp.horizon)
    weights = np.einsum("k,ks,ksa->sa", discounts, visits, action_values)
    return np.einsum("sa,sai->i", weights, model.first)


@return_variance.register
def _(mdp: TabularMDP, policy, theta):
    model = model_of(mdp, policy, theta)
    first, second = np.zeros((2, mdp.num_states))
    for _ in range(mdp.horizon):
        first, second = ((model.probabilities * m).sum(axis=1) for m in return_moments(mdp, first, second))
    return max(float(mdp.initial @ second - (mdp.initial @ first) ** 2), 0.0)


def values(mdp, policy, theta):
    """Return V_k(s), shape (H, S), and Q_k(s, a), shape (H, S, A): the mean rewards-to-go of decision k."""
    return _values(model_of(mdp, policy, theta))


def state_distribution(mdp, policy, theta):
    """Return the distribution of s_k for each decision k, shape (H, S); a terminal state keeps what enters it."""
    step = np.einsum("sa,sat->st", policy_table(mdp, policy, theta), mdp.transitions)
    step[mdp.terminal] = np.eye(mdp.num_states)[mdp.terminal]
    visits = [mdp.initial]
    for _ in range(mdp.horizon - 1):
        visits.append(visits[-1] @ step)
    return np.array(visits)


def best_utility(mdp):
    """Return the largest U that any policy reaches, even one that depends on k, by dynamic programming.

    Kochenderfer, Wheeler & Wray 2022, section 7.3; Sutton & Barto 2018, chapter 4.
    """
    best = np.zeros(mdp.num_states)
    for _ in range(mdp.horizon):
        best = np.where(mdp.terminal, 0, (mdp.rewards + mdp.discount * (mdp.transitions @ best)).max(axis=1))
    return float(mdp.initial @ best)


def truncation_errors(mdp, policy, theta):
    """Return U without end, and how much of it the decisions after d earn, for each depth d = 0, 1, ... horizon - 2.

    The rest after depth d is gamma**(d+1) E[V(s_{d+1})], where V = r + gamma P V is the value without end; where
    nothing is left to decide, V is 0.
    """
    probabilities = policy_table(mdp, policy, theta) * ~mdp.terminal[:, None]
    step = np.einsum("sa,sat->st", probabilities, mdp.transitions)
    value = np.linalg.solve(np.eye(mdp.num_states) - mdp.discount * step, (probabilities * mdp.rewards).sum(axis=1))
    following = state_distribution(mdp, policy, theta)[1:]
    return float(mdp.initial @ value), mdp.discount ** np.arange(1, mdp.horizon) * (following @ value)


def truncation_bounds(mdp):
    """Return gamma**(d+1) R_max / (1 - gamma), which no truncation error of any policy exceeds, for the same depths."""
    largest = np.abs(mdp.rewards).max()
    return mdp.discount ** np.arange(1, mdp.horizon) * largest / (1 - mdp.discount)


def _values(model):
    mdp = model.mdp
    state_values = np.zeros((mdp.horizon + 1, mdp.num_states))
    action_values = np.zeros((mdp.horizon, mdp.num_states, mdp.num_actions))
    for k in reversed(range(mdp.horizon)):
        action_values[k] = mdp.rewards + mdp.discount * (mdp.transitions @ state_values[k + 1])
        state_values[k] = (model.probabilities * action_values[k]).sum(axis=1)
    return state_values[:-1], np.where(mdp.terminal[:, None], 0, action_values)
