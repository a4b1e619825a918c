"""Stochastic gradient ascent on the L/R exercise: many runs side by side, and where they get stuck."""

import numpy as np

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.exact import one_decision


def paths(
    start: float,
    reward_left: float,
    reward_right: float,
    step_size: float,
    num_iterations: int,
    num_trajectories: int,
    num_runs: int,
    rng: np.random.Generator,
    with_best_baseline: bool = False,
) -> Floats:
    """Run the ascent num_runs times from the same theta; on the flat ends of the clamp a run stands still.

    Parameters
    ----------
    start : float
        The first theta.
    reward_left, reward_right : float
    step_size : float
        alpha
    num_iterations, num_trajectories, num_runs : int
        K, m and the number of runs.
    rng : numpy.random.Generator
    with_best_baseline : bool
        Subtract b* at each theta.

    Returns
    -------
    (K + 1, num_runs) array of theta
    """
    _check(start, reward_left, reward_right, step_size)
    theta = np.full((num_iterations + 1, num_runs), start)
    for k in range(num_iterations):
        baseline = one_decision.best_baseline(theta[k], reward_left, reward_right) if with_best_baseline else 0.0
        step = one_decision.batch_gradient(theta[k], reward_left, reward_right, num_trajectories, rng, baseline)
        theta[k + 1] = theta[k] + step_size * step
    return theta


def exact_path(start: float, reward_left: float, reward_right: float, step_size: float, num_iterations: int) -> Floats:
    """Return theta (K + 1,) on the path of the exact gradient, which ends at 0 or 1."""
    _check(start, reward_left, reward_right, step_size)
    slope = one_decision.gradient(reward_left, reward_right)
    return np.clip(start + step_size * slope * np.arange(num_iterations + 1), 0, 1)


def _check(start: float, reward_left: float, reward_right: float, step_size: float) -> None:
    given = {"start": start, "reward_left": reward_left, "reward_right": reward_right, "step_size": step_size}
    for name, value in given.items():
        validate.real_number(name, value)
