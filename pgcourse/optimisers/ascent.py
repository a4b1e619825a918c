"""First-order optimisers: theta <- theta + alpha * gradient, with the exact gradient or an estimate of it.

Each returns the whole path, for pictures. A step size is a number, or a function of the iteration k = 0, 1, ...
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _names, exact
from pgcourse import _validate as validate
from pgcourse._types import Floats, Numbers, StepSize
from pgcourse.gradients import estimators, pairs
from pgcourse.gradients.estimators import Baseline
from pgcourse.gradients.policies import Policy, TabularPolicy
from pgcourse.gradients.trajectories import Trajectories, simulate
from pgcourse.problems.linear_gaussian import Regulator
from pgcourse.problems.mdp import TabularMDP


def gradient_ascent(
    gradient: Callable[[Floats], ArrayLike], theta: ArrayLike, step_size: StepSize, num_iterations: int
) -> Floats:
    """Climb along a gradient.

    Parameters
    ----------
    gradient : function theta (n,) -> (n,)
    theta : (n,) array
        The start.
    step_size : float or function
        alpha, or a function of the iteration k.
    num_iterations : int
        At least 1.

    Returns
    -------
    (num_iterations + 1, n) array
        The path from the start on.

    Raises
    ------
    ValueError
        For a gradient of another shape and, naming the iteration, when theta stops being finite.
    """
    theta = validate.real_array("theta", theta)
    path = [theta]
    for k in range(validate.whole_number("num_iterations", num_iterations, 1)):
        slope = validate.real_array(f"gradient at iteration {k}", gradient(path[-1]), theta.shape)
        alpha = validate.real_number("step_size", step_size(k) if callable(step_size) else step_size)
        following = path[-1] + alpha * slope
        if not np.isfinite(following).all():
            raise ValueError(f"theta is no longer finite at iteration {k}: use a smaller step_size.")
        path.append(following)
    return np.array(path)


def stochastic_gradient_ascent(
    estimate: Callable[[Floats, np.random.Generator], ArrayLike],
    theta: ArrayLike,
    step_size: StepSize,
    num_iterations: int,
    rng: np.random.Generator,
) -> Floats:
    """Climb along unbiased estimates of a gradient.

    Parameters
    ----------
    estimate : function (theta (n,), rng) -> (n,)
        With the gradient as its mean.
    theta, step_size, num_iterations
        As for `gradient_ascent`.
    rng : numpy.random.Generator

    Returns
    -------
    (num_iterations + 1, n) array
        The path from the start on; errors as for `gradient_ascent`.

    References
    ----------
    Robbins & Monro 1951; Kochenderfer, Wheeler & Wray 2022, section 12.1.
    """
    validate.generator("rng", rng)
    return gradient_ascent(lambda at: estimate(at, rng), theta, step_size, num_iterations)


def policy_gradient(
    mdp: TabularMDP | Regulator,
    policy: Policy,
    theta: ArrayLike,
    step_size: StepSize,
    num_iterations: int,
    num_trajectories: int,
    rng: np.random.Generator,
    estimator: str = "reward_to_go",
    baseline: float | Baseline | None = None,
) -> Floats:
    """Run REINFORCE: simulate a batch, estimate the gradient from it, step, repeat.

    Parameters
    ----------
    mdp : TabularMDP or Regulator
    policy : policy for it
    theta, step_size, num_iterations
        As for `gradient_ascent`.
    num_trajectories : int
        m, the batch of each iteration.
    rng : numpy.random.Generator
    estimator : str
        "total_return" or "reward_to_go".
    baseline : None, float or Baseline
        For "total_return" a Baseline must be one per component.

    Returns
    -------
    (num_iterations + 1, n) array
        The path from the start on.

    Raises
    ------
    ValueError
        As for `gradient_ascent`, and for an unknown estimator or a baseline that does not fit.

    References
    ----------
    Williams 1992; Sutton & Barto 2018, section 13.3.
    """
    samples = estimators.named(estimator)

    def estimate(at: Floats, rng: np.random.Generator) -> Floats:
        batch = simulate(mdp, policy, at, num_trajectories, rng)
        return samples(batch, policy, at, mdp.discount, baseline).mean(axis=0)

    return stochastic_gradient_ascent(estimate, theta, step_size, num_iterations, rng)


Loop: TypeAlias = Callable[
    [Callable[[Floats], Trajectories], Callable[[Trajectories, Floats], Floats], Floats, float, int], ArrayLike
]
"""Function of (simulate, gradient_samples, theta, alpha, num_iterations) that returns the last theta."""


def recorded(
    loop: Loop,
    mdp: TabularMDP,
    policy: TabularPolicy,
    step_size: float,
    num_iterations: int,
    num_trajectories: int,
    rng: np.random.Generator,
) -> Floats:
    """Run somebody's policy-gradient loop from theta = 0, and record where it draws its batches.

    Parameters
    ----------
    loop : Loop
    mdp, policy, step_size, num_iterations, num_trajectories, rng
        As for `policy_gradient`; the samples are those of the total return.

    Returns
    -------
    (K + 1, n) array
        The theta of each of its K batches, and the one that it returns.

    Raises
    ------
    ValueError
        When mdp and policy do not fit, when it draws more than num_iterations batches, or simulates a theta that does
        not fit.
    """
    mdp, policy = pairs.tabular(mdp, policy)
    path: list[Floats] = []

    def draw(theta: Floats) -> Trajectories:
        if len(path) == num_iterations:
            raise ValueError(f"a batch number {num_iterations + 1} is asked for in {num_iterations} iterations")
        path.append(np.array(theta, dtype=float))
        return simulate(mdp, policy, theta, num_trajectories, rng)

    def samples(batch: Trajectories, theta: Floats) -> Floats:
        return estimators.total_return(batch, policy, theta, mdp.discount)

    last = loop(draw, samples, np.zeros(policy.num_parameters), step_size, num_iterations)
    return np.array([*path, validate.real_array("what the loop returns", last, (policy.num_parameters,))])


class Noise(NamedTuple):
    """What one gradient sample is worth at each of K thetas."""

    mean: Floats
    """(K, n), the gradient"""
    variance: Floats
    """(K, n), of one sample"""
    signal: Floats
    """(K,), the length of the gradient"""
    noise: Floats
    """(K,), the root mean square distance of a sample from the gradient: the root of the summed variances"""

    def of_batch(self, num_trajectories: Numbers) -> Floats:
        """Return the noise (K,) of the mean of m samples."""
        return self.noise / np.sqrt(num_trajectories)

    @property
    def needed(self) -> Floats:
        """(K,), how many trajectories make the noise as small as the signal."""
        return (self.noise / self.signal) ** 2


def noise_along(mdp: TabularMDP, policy: TabularPolicy, path: Floats) -> Noise:
    """Return the exact Noise of the total-return sample along a path (K, n) of theta."""
    mean, variance = np.array([exact.moments(mdp, policy, theta) for theta in path]).swapaxes(0, 1)
    return Noise(mean, variance, np.linalg.norm(mean, axis=1), np.sqrt(variance.sum(axis=1)))


__dir__ = _names.own(globals())
