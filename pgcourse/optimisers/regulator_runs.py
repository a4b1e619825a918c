"""The lecture's closing picture: three estimators climb in the plane of the simple regulator, many runs side by side.

Likelihood ratio, reward-to-go and baseline subtraction, six rollouts of ten decisions for each gradient, its length
limited to 1, step size 0.2, from theta = (0, 1): after figure 11.3 of Kochenderfer, Wheeler & Wray 2022.
"""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.gradients.linear_gaussian import likelihood_ratio_estimates
from pgcourse.optimisers.regulator_plane import MDP

METHODS = {
    "likelihood ratio": ("total_return", False),
    "reward-to-go": ("reward_to_go", False),
    "baseline subtraction": ("reward_to_go", True),
}
"""Estimator, and whether the lecture's baseline is subtracted."""
START = np.array([0.0, 1.0])
NUM_ROLLOUTS, LONGEST, STEP_SIZE, NUM_ITERATIONS = 6, 1.0, 0.2, 25


def limited(gradient: Floats, longest: float) -> Floats:
    """Return gradients (..., n), each scaled down to the length longest if it is longer."""
    length = np.linalg.norm(gradient, axis=-1, keepdims=True)
    return gradient * longest / np.maximum(length, longest)


def paths(
    method: str, num_runs: int, rng: np.random.Generator, start: ArrayLike = START, num_iterations: int = NUM_ITERATIONS
) -> Floats:
    """Climb num_runs times from the same theta.

    Parameters
    ----------
    method : str
        A key of METHODS.
    num_runs : int
    rng : numpy.random.Generator
    start : (2,) array
    num_iterations : int
        K

    Returns
    -------
    (K + 1, num_runs, 2) array
        theta, from the start on.

    Raises
    ------
    ValueError
        For an unknown method.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, figure 11.3.
    """
    estimator, with_baseline = METHODS[validate.one_of("method", method, METHODS)]
    theta = [np.tile(np.asarray(start, dtype=float), (num_runs, 1))]
    for _ in range(num_iterations):
        estimate = likelihood_ratio_estimates(MDP, theta[-1], NUM_ROLLOUTS, rng, estimator, with_baseline)
        theta.append(theta[-1] + STEP_SIZE * limited(estimate, LONGEST))
    return np.array(theta)
