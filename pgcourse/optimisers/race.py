"""All methods of the lecture on one axis: what each reaches with the same number of simulator steps.

A method learns from the simulator alone; the exact U of the parameters it holds is worked out afterwards, as a referee
would. Every trajectory is charged its full d + 1 steps, also when it ends early, so that all runs of a method share
one axis. The settings were chosen by hand for the corridor; those of first order share one step size.
"""

from collections.abc import Callable
from itertools import islice

import numpy as np

from pgcourse import _names
from pgcourse import _validate as validate
from pgcourse._types import Floats, Ints
from pgcourse.gradients import pairs
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.gradients.trajectories import simulate
from pgcourse.optimisers import ascent, search
from pgcourse.optimisers import runs as learning
from pgcourse.problems.mdp import TabularMDP

ZEROTH_ORDER = ("pattern_search", "genetic", "cross_entropy")
FIRST_ORDER = ("finite_differences", "total_return", "reward_to_go", "with_baseline")
METHODS = ZEROTH_ORDER + FIRST_ORDER

BATCH = 5
"""Trajectories behind each measured utility, and in each batch of the last three methods."""
START_STD = 4.0
"""Standard deviation of the first candidates of the genetic and the cross-entropy search."""
POPULATION, ELITE, MUTATION_STD = 30, 6, 1.0
PATTERN_STEP = 4.0
DIFFERENCE = 1.0
"""Delta of the finite differences."""


def race(
    mdp: TabularMDP, method: str, budget: float, step_size: float, num_runs: int, rng: np.random.Generator
) -> tuple[Ints, Floats]:
    """Let a method learn from theta = 0, for as many whole iterations as the budget pays.

    Parameters
    ----------
    mdp : TabularMDP
        The policy is softmax, with n = S*A parameters.
    method : str
        One of METHODS.
    budget : float
        Simulator steps.
    step_size : float
        alpha of the methods of first order; the others ignore it.
    num_runs : int
        Independent runs.
    rng : numpy.random.Generator

    Returns
    -------
    steps : (K,) array of int
        Simulator steps used, from 0 on.
    utility : (K, num_runs) array
        The exact U then.

    Raises
    ------
    ValueError
        For an unknown method, and for a budget below one iteration.
    """
    cost = iteration_cost(mdp, method)
    num_iterations = int(validate.real_number("budget", budget) // cost)
    if num_iterations < 1:
        raise ValueError(
            f"budget is {validate.plain(budget)}, but one iteration of {method} takes {cost} steps: give at least that."
        )
    if method in ("total_return", "reward_to_go", "with_baseline"):
        paths = _side_by_side(mdp, method, num_iterations, step_size, num_runs, rng)
    else:
        paths = np.stack([_one_run(mdp, method, num_iterations, step_size, rng) for _ in range(num_runs)], axis=1)
    return cost * np.arange(num_iterations + 1), learning.utilities(mdp, paths)


def iteration_cost(mdp: TabularMDP, method: str) -> int:
    """Return the simulator steps that one iteration of a method is charged; ValueError for an unknown method."""
    mdp = pairs.tabular_problem(mdp)
    num_parameters = mdp.num_states * mdp.num_actions
    num_batches = {
        "pattern_search": 2 * num_parameters + 1,
        "genetic": POPULATION,
        "cross_entropy": POPULATION,
        "finite_differences": num_parameters + 1,
    }
    validate.one_of("method", method, METHODS)
    return num_batches.get(method, 1) * BATCH * mdp.horizon


def difference_quotients(
    measure: Callable[[Floats, np.random.Generator], float], theta: Floats, delta: float, rng: np.random.Generator
) -> Floats:
    """Estimate the gradient of U by forward differences with common random numbers.

    Parameters
    ----------
    measure : function (theta (n,), rng) -> float
        Gives a Monte Carlo utility.
    theta : (n,) array
    delta : float
        The difference, above 0.
    rng : numpy.random.Generator
        All n + 1 utilities are measured with the same random numbers, drawn from it.

    Returns
    -------
    (n,) array

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, section 11.1.
    """
    seed = rng.integers(2**32)  # of common random numbers
    here = measure(theta, np.random.default_rng(seed))
    beside = [measure(shifted, np.random.default_rng(seed)) for shifted in theta + delta * np.eye(len(theta))]
    return (np.array(beside) - here) / delta


def _one_run(mdp: TabularMDP, method: str, num_iterations: int, step_size: float, rng: np.random.Generator) -> Floats:
    """Return the path of theta, (num_iterations + 1, n)."""
    policy = SoftmaxPolicy(mdp.num_states, mdp.num_actions)
    start = np.zeros(policy.num_parameters)

    def measure(theta: Floats, rng: np.random.Generator = rng) -> float:
        return simulate(mdp, policy, theta, BATCH, rng).returns(mdp.discount).mean()

    def estimate(theta: Floats, rng: np.random.Generator) -> Floats:
        return difference_quotients(measure, theta, DIFFERENCE, rng)

    if method == "finite_differences":
        return ascent.stochastic_gradient_ascent(estimate, start, step_size, num_iterations, rng)
    if method == "pattern_search":
        history = search.pattern_search(measure, start, PATTERN_STEP, num_iterations)
    elif method == "genetic":
        first = START_STD * rng.standard_normal((POPULATION, len(start)))
        history = search.genetic(measure, first, num_iterations, ELITE, MUTATION_STD, rng)
    else:
        covariance = search.isotropic(START_STD, len(start))
        history = search.cross_entropy(measure, start, covariance, num_iterations, POPULATION, ELITE, rng)
    return np.array([start, *(generation.mean for generation in history)])


def _side_by_side(
    mdp: TabularMDP,
    method: str,
    num_iterations: int,
    step_size: float,
    num_runs: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the paths of theta, (num_iterations + 1, num_runs, n), of a method that follows scores."""
    estimator = "reward_to_go" if method == "with_baseline" else method
    baseline = learning.leave_one_out if method == "with_baseline" else None
    start = np.zeros(mdp.num_states * mdp.num_actions)
    runs = learning.policy_gradient_runs(mdp, start, step_size, BATCH, num_runs, rng, estimator, baseline)
    return np.array(list(islice(runs, num_iterations + 1)))


__dir__ = _names.own(globals())
