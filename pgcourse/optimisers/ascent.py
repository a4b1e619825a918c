"""First-order optimisers: theta <- theta + alpha * gradient, with the exact gradient or an estimate of it.

Each returns the whole path, for pictures. A step size is a number, or a function of the iteration k = 0, 1, ...
"""

from typing import NamedTuple

import numpy as np

from pgcourse import _validate as validate
from pgcourse import exact
from pgcourse.gradients import estimators
from pgcourse.gradients.trajectories import simulate


def gradient_ascent(gradient, theta, step_size, num_iterations):
    """Climb along a gradient.

    gradient        function theta (n,) -> (n,)
    theta           (n,) start
    step_size       alpha, a number or a function of the iteration k
    num_iterations  at least 1
    returns         (num_iterations + 1, n), the path from the start on

    Raises ValueError for a gradient of another shape and, naming the iteration, when theta stops being finite.
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


def stochastic_gradient_ascent(estimate, theta, step_size, num_iterations, rng):
    """Climb along unbiased estimates of a gradient.

    estimate  function (theta (n,), rng) -> (n,), with the gradient as its mean
    rng       numpy.random.Generator
    returns   (num_iterations + 1, n); the rest, and the errors, as for `gradient_ascent`

    Robbins & Monro 1951; Kochenderfer, Wheeler & Wray 2022, section 12.1.
    """
    validate.generator("rng", rng)
    return gradient_ascent(lambda at: estimate(at, rng), theta, step_size, num_iterations)


def policy_gradient(
    mdp, policy, theta, step_size, num_iterations, num_trajectories, rng, estimator="reward_to_go", baseline=None
):
    """Run REINFORCE: simulate a batch, estimate the gradient from it, step, repeat.

    mdp, policy       a problem and a policy for it
    num_trajectories  m, the batch of each iteration
    estimator         "total_return" or "reward_to_go"
    baseline          None, a number or a Baseline; one per component, or a number, for "total_return"
    returns           (num_iterations + 1, n); the rest, and the errors, as for `gradient_ascent`

    Williams 1992; Sutton & Barto 2018, section 13.3.
    """
    samples = estimators.named(estimator)

    def estimate(at, rng):
        batch = simulate(mdp, policy, at, num_trajectories, rng)
        return samples(batch, policy, at, mdp.discount, baseline).mean(axis=0)

    return stochastic_gradient_ascent(estimate, theta, step_size, num_iterations, rng)


class Noise(NamedTuple):
    """What one gradient sample is worth at each of K thetas."""

    mean: np.ndarray
    """(K, n), the gradient"""
    variance: np.ndarray
    """(K, n), of one sample"""
    signal: np.ndarray
    """(K,), the length of the gradient"""
    noise: np.ndarray
    """(K,), the root mean square distance of a sample from the gradient: the root of the summed variances"""

    def of_batch(self, num_trajectories):
        """Return the noise (K,) of the mean of m samples."""
        return self.noise / np.sqrt(num_trajectories)

    @property
    def needed(self):
        """(K,), how many trajectories make the noise as small as the signal."""
        return (self.noise / self.signal) ** 2


def noise_along(mdp, policy, path):
    """Return the exact Noise of the total-return sample along a path (K, n) of theta."""
    mean, variance = np.array([exact.moments(mdp, policy, theta) for theta in path]).swapaxes(0, 1)
    return Noise(mean, variance, np.linalg.norm(mean, axis=1), np.sqrt(variance.sum(axis=1)))
