"""All methods of the lecture on one axis: what each reaches with the same number of simulator steps.

A method learns from the simulator alone; the exact U of the parameters it holds is worked out afterwards, as a referee
would. Every trajectory is charged its full d + 1 steps, also when it ends early, so that all runs of a method share
one axis. The settings were chosen by hand for the corridor; those of first order share one step size.
"""

from itertools import islice

import numpy as np

from pgcourse import _validate as validate
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.gradients.trajectories import simulate
from pgcourse.optimisers import ascent, search
from pgcourse.optimisers import runs as learning

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


def race(mdp, method, budget, step_size, num_runs, rng):
    """Let a method learn from theta = 0, for as many whole iterations as the budget pays.

    mdp        TabularMDP; the policy is softmax, with n = S*A parameters
    method     one of METHODS
    budget     simulator steps
    step_size  alpha of the methods of first order; the others ignore it
    num_runs   independent runs
    rng        numpy.random.Generator
    returns    simulator steps used (K,), from 0 on, and the exact U then, (K, num_runs)

    Raises ValueError for an unknown method, and for a budget below one iteration.
    """
    cost = iteration_cost(mdp, method)
    num_iterations = int(validate.real_number("budget", budget) // cost)
    if num_iterations < 1:
        raise ValueError(f"budget is {budget}, but one iteration of {method} takes {cost} steps: give at least that.")
    if method in ("total_return", "reward_to_go", "with_baseline"):
        paths = _side_by_side(mdp, method, num_iterations, step_size, num_runs, rng)
    else:
        paths = np.stack([_one_run(mdp, method, num_iterations, step_size, rng) for _ in range(num_runs)], axis=1)
    return cost * np.arange(num_iterations + 1), learning.utilities(mdp, paths)


def iteration_cost(mdp, method):
    """Return the simulator steps that one iteration of a method is charged; ValueError for an unknown method."""
    num_parameters = mdp.num_states * mdp.num_actions
    num_batches = {
        "pattern_search": 2 * num_parameters + 1,
        "genetic": POPULATION,
        "cross_entropy": POPULATION,
        "finite_differences": num_parameters + 1,
    }
    validate.one_of("method", method, METHODS)
    return num_batches.get(method, 1) * BATCH * mdp.horizon


def difference_quotients(measure, theta, delta, rng):
    """Estimate the gradient of U by forward differences with common random numbers.

    measure  function (theta (n,), rng) -> Monte Carlo utility
    delta    the difference, above 0
    rng      numpy.random.Generator; all n + 1 utilities are measured with the same luck, drawn from it
    returns  (n,)

    Kochenderfer, Wheeler & Wray 2022, section 11.1.
    """
    luck = rng.integers(2**32)
    here = measure(theta, np.random.default_rng(luck))
    beside = [measure(shifted, np.random.default_rng(luck)) for shifted in theta + delta * np.eye(len(theta))]
    return (np.array(beside) - here) / delta


def _one_run(mdp, method, num_iterations, step_size, rng):
    """Return the path of theta, (num_iterations + 1, n)."""
    policy = SoftmaxPolicy(mdp.num_states, mdp.num_actions)
    start = np.zeros(policy.num_parameters)

    def measure(theta, rng=rng):
        return simulate(mdp, policy, theta, BATCH, rng).returns(mdp.discount).mean()

    def estimate(theta, rng):
        return difference_quotients(measure, theta, DIFFERENCE, rng)

    if method == "finite_differences":
        return ascent.stochastic_gradient_ascent(estimate, start, step_size, num_iterations, rng)
    if method == "pattern_search":
        history = search.pattern_search(measure, start, PATTERN_STEP, num_iterations)
    elif method == "genetic":
        first = START_STD * rng.standard_normal((POPULATION, len(start)))
        history = search.genetic(measure, first, num_iterations, ELITE, MUTATION_STD, rng)
    else:
        covariance = START_STD**2 * np.eye(len(start))
        history = search.cross_entropy(measure, start, covariance, num_iterations, POPULATION, ELITE, rng)
    return np.array([start, *(generation.mean for generation in history)])


def _side_by_side(mdp, method, num_iterations, step_size, num_runs, rng):
    """Return the paths of theta, (num_iterations + 1, num_runs, n), of a method that follows scores."""
    estimator = "reward_to_go" if method == "with_baseline" else method
    baseline = learning.leave_one_out if method == "with_baseline" else None
    start = np.zeros(mdp.num_states * mdp.num_actions)
    runs = learning.policy_gradient_runs(mdp, start, step_size, BATCH, num_runs, rng, estimator, baseline)
    return np.array(list(islice(runs, num_iterations + 1)))
