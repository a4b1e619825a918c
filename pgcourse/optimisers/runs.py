"""Many runs of the policy-gradient loop side by side: learning curves with bands, in seconds.

`pgcourse.optimisers.ascent.policy_gradient` is the readable loop for one run. Here every array has a leading axis for
the runs, each with its own theta, so that fifty seeds cost little more than one. Softmax policies only: their gradient
is the table of weights of the chosen actions times 1 - pi, less pi times the weights of the other actions.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _names
from pgcourse import _validate as validate
from pgcourse._types import Floats, Ints, Numbers, StepSize
from pgcourse.gradients import pairs
from pgcourse.gradients.estimators import ESTIMATORS, rewards_to_go
from pgcourse.gradients.policies import others
from pgcourse.problems.mdp import TabularMDP

BatchBaseline: TypeAlias = Callable[[Ints, Floats, Ints], Floats]
"""Function of (states, to_go, active), each (runs, m, H), that returns what is subtracted, (runs, m, H)."""


def policy_gradient_runs(
    mdp: TabularMDP,
    theta: ArrayLike,
    step_size: StepSize,
    num_trajectories: int,
    num_runs: int,
    rng: np.random.Generator,
    estimator: str = "reward_to_go",
    baseline_from_batch: BatchBaseline | None = None,
) -> Iterator[Floats]:
    """Run the policy-gradient loop num_runs times side by side, from the same theta.

    Parameters
    ----------
    mdp : TabularMDP
    theta : (S*A,) array
        The start, of a softmax policy.
    step_size : float, array or function
        alpha, a number, an array that broadcasts to (runs, S, A), or a function of the iteration k.
    num_trajectories : int
        m, the batch of each iteration and run.
    num_runs : int
        At least 1.
    rng : numpy.random.Generator
    estimator : str
        "total_return" or "reward_to_go".
    baseline_from_batch : function, optional
        Of (states, to_go, active), each (runs, m, H): gives what is subtracted from the rewards-to-go, (runs, m, H);
        such as `leave_one_out`, and for "reward_to_go" only.

    Yields
    ------
    (runs, S*A) array
        The parameters: the start, then after each iteration, without end.

    Raises
    ------
    ValueError
        When an argument does not fit.
    """
    mdp = pairs.tabular_problem(mdp)
    validate.one_of("estimator", estimator, ESTIMATORS)
    if estimator == "total_return" and baseline_from_batch is not None:
        raise ValueError("estimator is 'total_return', which takes no baseline_from_batch: use reward_to_go.")
    shape = (validate.whole_number("num_runs", num_runs, 1), mdp.num_states, mdp.num_actions)
    start = validate.real_array("theta", theta, (mdp.num_states * mdp.num_actions,))
    m = validate.whole_number("num_trajectories", num_trajectories, 1)
    validate.generator("rng", rng)
    if not callable(step_size):
        _step_size(step_size, shape)
    return _runs(
        mdp, np.broadcast_to(start.reshape(shape[1:]), shape), step_size, m, rng, estimator, baseline_from_batch
    )


def _runs(
    mdp: TabularMDP,
    theta: Floats,
    step_size: StepSize,
    m: int,
    rng: np.random.Generator,
    estimator: str,
    baseline_from_batch: BatchBaseline | None,
) -> Iterator[Floats]:
    num_runs, iteration = len(theta), 0
    yield theta.reshape(num_runs, -1)
    while True:
        probabilities = softmax(theta)
        states, actions, rewards, active = simulate_runs(mdp, probabilities, m, rng)
        weights = _weights(mdp, states, rewards, active, estimator, baseline_from_batch)
        chosen = (np.arange(num_runs)[:, None, None] * mdp.num_states + states) * mdp.num_actions + actions
        table: Floats = np.bincount(chosen.ravel(), weights.ravel(), theta.size).astype(float).reshape(theta.shape)
        gradient = (table * others(probabilities) - probabilities * others(table)) / m
        alpha = _step_size(step_size(iteration) if callable(step_size) else step_size, theta.shape)
        theta = theta + alpha * gradient
        iteration += 1
        yield theta.reshape(num_runs, -1)


def _step_size(value: Numbers, shape: tuple[int, ...]) -> Floats:
    """Return alpha as an array that broadcasts to the shape (runs, S, A); ValueError otherwise."""
    alpha = validate.real_array("step_size", value)
    if alpha.ndim > len(shape) or any(n not in (1, m) for n, m in zip(alpha.shape[::-1], shape[::-1], strict=False)):
        raise ValueError(f"step_size must be a number or broadcast to {shape}, but has shape {alpha.shape}.")
    return alpha


def _weights(
    mdp: TabularMDP,
    states: Ints,
    rewards: Floats,
    active: Ints,
    estimator: str,
    baseline_from_batch: BatchBaseline | None,
) -> Floats:
    """Return what each score is multiplied by, (runs, m, H)."""
    discounts = mdp.discount ** np.arange(mdp.horizon)
    if estimator == "total_return":
        weights = np.broadcast_to((rewards @ discounts)[:, :, None], rewards.shape)
    else:
        to_go = rewards_to_go(rewards, mdp.discount)
        if baseline_from_batch is not None:
            baseline = baseline_from_batch(states, to_go, active)
            to_go = to_go - validate.real_array("what baseline_from_batch returns", baseline, to_go.shape)
        weights = discounts * to_go
    return weights * active


def simulate_runs(
    mdp: TabularMDP, probabilities: Floats, m: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Floats, Ints]:
    """Draw m trajectories for each of the policies.

    Parameters
    ----------
    mdp : TabularMDP
    probabilities : (runs, S, A) array
        pi(a | s) of each policy.
    m : int
    rng : numpy.random.Generator

    Returns
    -------
    states, actions, rewards, active : (runs, m, H) array
    """
    mdp = pairs.tabular_problem(mdp)
    num_runs = len(probabilities)
    choose_action = np.cumsum(probabilities, axis=2)[:, :, :-1].reshape(-1, mdp.num_actions - 1)
    choose_state = np.cumsum(mdp.transitions, axis=2)[:, :, :-1]
    states, actions, active = np.zeros((3, num_runs * m, mdp.horizon), dtype=int)
    rewards = np.zeros((num_runs * m, mdp.horizon))
    row = np.repeat(np.arange(num_runs), m) * mdp.num_states
    state = rng.choice(mdp.num_states, num_runs * m, p=mdp.initial)
    for k in range(mdp.horizon):
        uniform = rng.random((2, num_runs * m, 1))
        alive = ~mdp.terminal[state]
        action = np.where(alive, (choose_action[row + state] <= uniform[0]).sum(axis=1), 0)
        states[:, k], actions[:, k], active[:, k] = state, action, alive
        following = np.where(alive, (choose_state[state, action] <= uniform[1]).sum(axis=1), state)
        rewards[:, k] = mdp.draw_rewards(state, action, following, rng) * alive
        state = following
    shape = num_runs, m, mdp.horizon
    return states.reshape(shape), actions.reshape(shape), rewards.reshape(shape), active.reshape(shape)


def utilities(mdp: TabularMDP, theta: ArrayLike) -> Floats:
    """Return the exact U of many softmax policies at once: theta (..., S*A) -> (...)."""
    mdp = pairs.tabular_problem(mdp)
    theta = validate.real_array("theta", theta)
    if theta.shape[-1:] != (mdp.num_states * mdp.num_actions,):
        raise ValueError(
            f"theta must have shape (..., {mdp.num_states * mdp.num_actions}), a softmax policy's, but has shape "
            f"{theta.shape}."
        )
    probabilities = softmax(theta.reshape(-1, mdp.num_states, mdp.num_actions))
    probabilities[:, mdp.terminal] = 0
    state_values, rewards = np.zeros((len(probabilities), mdp.num_states)), mdp.mean_rewards
    for _ in range(mdp.horizon):
        following = state_values @ mdp.transitions.reshape(-1, mdp.num_states).T
        action_values = rewards + mdp.discount * following.reshape(probabilities.shape)
        state_values = (probabilities * action_values).sum(axis=2)
    return (state_values @ mdp.initial).reshape(theta.shape[:-1])


def softmax(theta: Floats) -> Floats:
    """Return pi (..., S, A) of preferences theta (..., S, A)."""
    weights = np.exp(theta - theta.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def leave_one_out(states: Ints, to_go: Floats, active: Ints) -> Floats:
    """Return the mean reward-to-go of the *other* trajectories of the batch at the same decision.

    Parameters
    ----------
    states, to_go, active : (runs, m, H) array
        A trajectory that has ended counts with its reward-to-go of 0.

    Returns
    -------
    (runs, m, H) array

    Raises
    ------
    ValueError
        For a batch of one.
    """
    m = to_go.shape[1]
    if m < 2:
        raise ValueError("num_trajectories is 1, but leave-one-out needs others: draw at least 2.")
    return (to_go.sum(axis=1, keepdims=True) - to_go) / (m - 1)


__dir__ = _names.own(globals())
