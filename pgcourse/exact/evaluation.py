"""What a policy is worth: U and its gradient, V and Q, where the policy is, and how its returns vary; all exactly."""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Floats
from pgcourse.exact import linear_gaussian
from pgcourse.exact._covariance import total, wide
from pgcourse.exact._model import backwards, is_local, model_of, scores, variance_in
from pgcourse.gradients import pairs
from pgcourse.gradients.policies import Policy, TabularPolicy
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.linear_gaussian import Regulator
from pgcourse.problems.mdp import TabularMDP


def utility(mdp: TabularMDP | Regulator, policy: Policy, theta: ArrayLike) -> float:
    """Return U(theta), the mean of R(tau).

    Parameters
    ----------
    mdp : TabularMDP or Regulator
    policy : policy for it
    theta : (n,) array
        Its parameters.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        When the policy or theta does not fit.
    """
    if isinstance(mdp, Regulator):
        return linear_gaussian.utility(mdp, policy, theta)
    mdp, policy = pairs.tabular(mdp, policy)
    return float(mdp.initial @ values(mdp, policy, theta)[0][0])


def gradient(mdp: TabularMDP | Regulator, policy: Policy, theta: ArrayLike) -> Floats:
    """Return the gradient of U at theta, shape (n,); arguments and errors as for `utility`.

    References
    ----------
    Sutton & Barto 2018, section 13.2 (the policy gradient theorem).
    """
    if isinstance(mdp, Regulator):
        return linear_gaussian.gradient(mdp, policy, theta)
    mdp, policy = pairs.tabular(mdp, policy)
    model, local = model_of(mdp, policy, theta, mdp.discount), is_local(policy)
    step, value = _step(mdp, model.policy), np.zeros((mdp.horizon + 1, mdp.num_states))
    value[1:] = total(model.weight * model.reward[0])
    backwards(mdp.discount * step, value)
    action_values = (model.transition * (model.reward[0] + mdp.discount * value[:-1, model.following])).sum(axis=3)
    weights = mdp.discount ** np.arange(mdp.horizon)[:, None] * _visits(mdp, step)
    weights = np.einsum("ks,ksa->sa", weights, (action_values - value[1:, :, None])[::-1])
    slopes = (scores(policy, theta, model.policy, mdp.terminal, local) * (model.policy * weights)).sum(axis=2)
    return model.scale * (slopes.T.ravel() if local else slopes.sum(axis=1))


def return_variance(mdp: TabularMDP | Regulator, policy: Policy, theta: ArrayLike) -> float:
    """Return the variance of R(tau); arguments and errors as for `utility`, and where it is no float."""
    if isinstance(mdp, Regulator):
        return linear_gaussian.return_variance(mdp, policy, theta)
    mdp, policy = pairs.tabular(mdp, policy)
    model = model_of(mdp, policy, theta, mdp.discount)
    weight, value, spread = model.weight, *np.zeros((2, mdp.num_states))
    for _ in range(mdp.horizon):
        earned = model.reward[0] + mdp.discount * value[model.following]
        value = total(weight * earned)
        spread = total(
            weight * ((earned - wide(value)) ** 2 + model.variance + mdp.discount**2 * spread[model.following])
        )
    mean = mdp.initial @ value
    return float(variance_in(model.scale, mdp.initial @ ((value - mean) ** 2 + spread)))


def values(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> tuple[Floats, Floats]:
    """Return V_k(s) and Q_k(s, a), the mean rewards-to-go of decision k; arguments and errors as for `utility`.

    Returns
    -------
    state_values : (H, S) array
    action_values : (H, S, A) array
    """
    probabilities = policy_table(mdp, policy, theta) * ~mdp.terminal[:, None]
    rewards = np.where(mdp.terminal[:, None], 0, mdp.mean_rewards)
    state_values = np.zeros((mdp.horizon + 1, mdp.num_states))
    action_values = np.zeros((mdp.horizon, mdp.num_states, mdp.num_actions))
    for k in reversed(range(mdp.horizon)):
        action_values[k] = rewards + mdp.discount * (mdp.transitions @ state_values[k + 1])
        state_values[k] = (probabilities * action_values[k]).sum(axis=1)
    return state_values[:-1], np.where(mdp.terminal[:, None], 0, action_values)


def state_distribution(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return the distribution of s_k for each decision k, shape (H, S); a terminal state keeps what enters it.

    Arguments and errors as for `utility`.
    """
    return _visits(mdp, _step(mdp, policy_table(mdp, policy, theta)))


def best_utility(mdp: TabularMDP) -> float:
    """Return the largest U that any policy reaches, even one that depends on k, by dynamic programming.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, section 7.5; Sutton & Barto 2018, chapter 4.
    """
    mdp = pairs.tabular_problem(mdp)
    best, rewards = np.zeros(mdp.num_states), mdp.mean_rewards
    for _ in range(mdp.horizon):
        best = np.where(mdp.terminal, 0, (rewards + mdp.discount * (mdp.transitions @ best)).max(axis=1))
    return float(mdp.initial @ best)


def truncation_errors(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> tuple[float, Floats]:
    """Return U with an infinite horizon, and the part earned after depth d; arguments as for `utility`.

    Returns
    -------
    utility : float
        With an infinite horizon.
    errors : (H - 1,) array
        For each depth d = 0, 1, ... H - 2, if the problem has H decisions.

    Notes
    -----
    The rest after depth d is gamma**(d+1) E[V(s_{d+1})], where V = r + gamma P V is the value without end.
    """
    probabilities = policy_table(mdp, policy, theta) * ~mdp.terminal[:, None]  # so that V is 0 after the end
    step = np.einsum("sa,sat->st", probabilities, mdp.transitions)
    value = np.linalg.solve(
        np.eye(mdp.num_states) - mdp.discount * step, (probabilities * mdp.mean_rewards).sum(axis=1)
    )
    following = state_distribution(mdp, policy, theta)[1:]
    return float(mdp.initial @ value), mdp.discount ** np.arange(1, mdp.horizon) * (following @ value)


def truncation_bounds(mdp: TabularMDP) -> Floats:
    """Return gamma**(d+1) R_max / (1 - gamma), which no truncation error of any policy exceeds, for the same depths."""
    mdp = pairs.tabular_problem(mdp)
    largest = np.abs(mdp.mean_rewards).max()
    return mdp.discount ** np.arange(1, mdp.horizon) * largest / (1 - mdp.discount)


def _step(mdp: TabularMDP, table: Floats) -> Floats:
    """Return the probabilities (S, S) of the next state under a policy (S, A); a terminal state stays."""
    step = np.einsum("sa,sat->st", table, mdp.transitions)
    end = np.flatnonzero(mdp.terminal)
    step[end] = 0
    step[end, end] = 1
    return step


def _visits(mdp: TabularMDP, step: Floats) -> Floats:
    """Return the distribution of s_k, (H, S), when each decision takes the step (S, S)."""
    visits = [mdp.initial]
    for _ in range(mdp.horizon - 1):
        visits.append(visits[-1] @ step)
    return np.array(visits)
