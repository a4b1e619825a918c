"""Where lectures 2 and 3 search and climb: the plane of the simple regulator's two parameters.

Here theta_1 is the gain and theta_2 the standard deviation of the action; U is largest at gain -1 without action noise,
and the same for theta_2 and -theta_2.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse import problems
from pgcourse._types import Bools, Broadcast, Floats
from pgcourse.exact.linear_gaussian import gradient_surface, utility_surface
from pgcourse.gradients.linear_gaussian import pathwise_gradients, sample_returns
from pgcourse.gradients.policies import LinearGaussianPolicy
from pgcourse.optimisers import search
from pgcourse.optimisers.search import Generation

MDP, POLICY = problems.regulator(), LinearGaussianPolicy()
OPTIMUM = np.array([-1.0, 0.0])
BEST = float(utility_surface(MDP, *OPTIMUM))
START = np.array([-0.3, 0.5])
NUM_ITERATIONS = 40
SCHEDULES: dict[str, Callable[[int], float]] = {"constant": lambda k: 1.0, "decaying": lambda k: 1 / (1 + k / 10)}


def utility(theta: ArrayLike) -> Broadcast:
    """Return the exact U at theta (..., 2), shape (...)."""
    gain, std = np.moveaxis(np.asarray(theta, dtype=float), -1, 0)
    return utility_surface(MDP, gain, std)


def gradient(theta: ArrayLike) -> Floats:
    """Return the exact gradient of U at theta (..., 2), shape (..., 2)."""
    gain, std = np.moveaxis(np.asarray(theta, dtype=float), -1, 0)
    return gradient_surface(MDP, gain, std)


def gap(theta: ArrayLike) -> Broadcast:
    """Return how far the exact U is below its maximum at theta (..., 2)."""
    return BEST - utility(theta)


def is_inside(theta: Floats) -> Bools:
    """Say which theta (..., 2) lie within 1.5 of the maximum in both components."""
    return (np.abs(theta - OPTIMUM) < 1.5).all(axis=-1)


def side_changes(path: Floats) -> int:
    """Return how often a path (K, 2) changes sides of the ridge theta_2 = 0."""
    return int(np.count_nonzero(np.diff(np.sign(path[:, 1]))))


def evaluator(num_trajectories: float, rng: np.random.Generator) -> Callable[[ArrayLike], float]:
    """Make the function that a search calls for theta (2,).

    Parameters
    ----------
    num_trajectories : int or math.inf
        m: the function returns the mean of m simulated returns; with infinity, the exact U.
    rng : numpy.random.Generator
        For the simulations.

    Returns
    -------
    function theta (2,) -> float
    """
    if num_trajectories == math.inf:
        return lambda theta: float(utility(theta))
    return lambda theta: float(sample_returns(MDP, theta, int(num_trajectories), rng).mean())


def first_population(size: int, spread: float, rng: np.random.Generator) -> Floats:
    """Draw candidates (size, 2) around the start, with the standard deviation spread in both directions."""
    return START + spread * rng.standard_normal((size, 2))


def elite_means(generation: Generation) -> tuple[float, float]:
    """Return the mean utility of a generation's elite, as the search saw it and as it is."""
    elite = generation.elite
    return float(generation.utilities[elite].mean()), float(np.mean(utility(generation.population[elite])))


def search_path(seen: Callable[[Floats], float], first_step: float) -> tuple[Floats, Floats]:
    """Return centres (K + 1, 2) and step sizes (K + 1,) of a pattern search of K = 40 iterations from the start.

    Parameters
    ----------
    seen : function theta (2,) -> float
        The utility as the search sees it.
    first_step : float
        Above 0.
    """
    history = search.pattern_search(seen, START, first_step, NUM_ITERATIONS)
    centres = np.array([START, *(step.mean for step in history)])
    return centres, np.array([first_step, *(np.sqrt(step.covariance[0, 0]) for step in history)])


def climb(
    slope: Callable[[Floats], Floats], start: ArrayLike, step_sizes: ArrayLike, schedule: str = "constant"
) -> Floats:
    """Climb from many starts side by side; a run that has left the surroundings of the plane stands still.

    Parameters
    ----------
    slope : function theta (R, 2) -> (R, 2)
        The gradient, or an estimate of it.
    start : (R, 2) array
    step_sizes : (R,) array or float
        Alpha of each run.
    schedule : str
        A key of SCHEDULES, which makes alpha smaller from iteration to iteration.

    Returns
    -------
    (41, R, 2) array
        The paths from the start on.
    """
    path, step_sizes = [validate.real_array("start", start)], validate.real_array("step_sizes", step_sizes)
    for k in range(NUM_ITERATIONS):
        inside = is_inside(path[-1])[:, None]
        step = SCHEDULES[schedule](k) * np.reshape(step_sizes, (-1, 1)) * slope(np.where(inside, path[-1], START))
        path.append(path[-1] + np.where(inside, step, 0))
    return np.array(path)


def climb_by_estimates(
    step_size: float, schedule: str, num_trajectories: int, num_runs: int, rng: np.random.Generator
) -> Floats:
    """Climb along pathwise estimates of the gradient, each from m trajectories: the paths of all runs (41, R, 2)."""

    def estimate(theta: Floats) -> Floats:
        return pathwise_gradients(MDP, theta, num_trajectories, rng).mean(axis=1)

    return climb(estimate, np.tile(START, (num_runs, 1)), step_size, schedule)
