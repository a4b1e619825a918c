"""Judges of tasks whose right output is not unique; students have them too, so they hold no solution.

A judge takes `call`, which runs the student's function on given arguments, and one tuple of inputs; it returns an empty
string when all is right, else the name of a known mistake or a sentence.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

import numpy as np

from pgcourse import exact, problems
from pgcourse._types import Floats
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.homework.compare import Arguments, Form, Function, type_problem
from pgcourse.homework.judges import (
    baselines,
    breeding,
    budgets,
    chance,
    experiments,
    group_noise,
    loops,
    repairs,
    searches,
    slopes,
    trajectories,
    wrong_way,
)
from pgcourse.homework.judges.handed import Refused, parameters, several

Judge: TypeAlias = Callable[[Function, Arguments], str]


def _judge(judge: Judge) -> Judge:
    """Decorate a judge: what it was handed may end it early, and the global generator must stay as it was."""

    @wraps(judge)
    def fair(call: Function, arguments: Arguments) -> str:
        before: Any = np.random.get_state()  # noqa: NPY002 - looked at, not drawn from
        try:
            problem = judge(call, arguments)
        except Refused as refused:
            problem = refused.problem
        now: Any = np.random.get_state()  # noqa: NPY002
        same_state = np.array_equal(now[1], before[1]) and now[2:] == before[2:]
        return problem if same_state else "global random numbers"

    return fair


@_judge
def follows_the_process(call: Function, arguments: Arguments) -> str:
    """Judge sampled trajectories: each draw must have its exact probability, however random numbers are used.

    Parameters
    ----------
    call
        The student's function of initial, transitions, rewards, probabilities, horizon and rng.
    arguments
        The first five of these, the number of trajectories and a seed.
    """
    *process, horizon, num_trajectories, seed = arguments

    def sample(rng: np.random.Generator, size: int) -> list[Any]:
        draws = several(call, size, *process, horizon, rng)
        problem = next(filter(None, (trajectories.wrong_shape(draw, horizon) for draw in draws)), "")
        if problem:
            raise Refused(problem)
        return draws

    rng = np.random.default_rng(seed)
    draws = sample(rng, num_trajectories)
    laws, few = trajectories.path_laws(process, horizon), min(50, num_trajectories)
    seldom_the_same = (laws[-1] ** 2).sum() ** few < chance.LEVEL
    if seldom_the_same and trajectories.same_draws(sample(rng, few), draws[:few]):
        return "seeded inside"
    if not trajectories.same_draws(sample(np.random.default_rng(seed), few), draws[:few]):
        return "numbers from elsewhere"
    states, actions, rewards = (np.array(part) for part in zip(*draws, strict=True))
    wrong_draw = trajectories.improbable_draw(states, actions, laws, process)
    return wrong_draw or trajectories.wrong_step(states, actions, rewards, process)


@_judge
def draws_enough(call: Function, arguments: Arguments) -> str:
    """Judge how many trajectories an experiment finds necessary, by the exact variance, and how large it was.

    Parameters
    ----------
    call
        The student's function of draw_returns and error.
    arguments
        A process of four arrays, its horizon and discount, error, and the seed of what is drawn.
    """
    *process, horizon, discount, error, seed = arguments
    values, chances = experiments.return_law(process, horizon, discount)
    deviation = float(np.sqrt(chances @ (values - chances @ values) ** 2))
    experiment = experiments.Experiment(values, chances, seed)
    return experiments.wrong_number(call(experiment, error), experiment, error, deviation)


@_judge
def near_the_best(call: Function, arguments: Arguments) -> str:
    """Judge the δ of a central difference by its exact mean squared error, beside the smallest that there is.

    Parameters
    ----------
    call
        The student's function of utility, variance, theta and m.
    arguments
        Those of `slopes.slope_of`.
    """
    slope = slopes.slope_of(*arguments)
    curves = [slopes.Curve("utility", slope.utility), slopes.Curve("variance", slope.variance)]
    return slopes.wrong_delta(call(*curves, slope.theta, slope.m), curves, slope)


@_judge
def searches_by_its_elite(call: Function, arguments: Arguments) -> str:
    """Judge the cross-entropy method: a scripted utility decides which candidates are the elite, all else follows.

    Parameters
    ----------
    call
        The student's function of utility, mean, covariance, num_iterations, population_size, num_elite and rng.
    arguments
        All of these but the first and the last, and a seed. If there are more iterations than one, the elite has 1 or 2
        candidates.
    """
    mean, covariance, num_iterations, size, num_elite, seed = arguments
    shuffle = np.random.default_rng([seed, size])
    orders = np.array([shuffle.permutation(size) for _ in range(num_iterations)])  # of each population, best first

    few = num_iterations, min(size, 10), min(num_elite, size, 10)  # show as well where random numbers are from

    def search(seed: int, *sizes: int) -> tuple[Floats, list[Floats]]:
        script = searches.Script(len(mean), np.argsort(orders[: sizes[0], : sizes[1]]))
        result = call(script, mean, covariance, *sizes, np.random.default_rng(seed))
        script.check()
        if isinstance(result, tuple):
            raise Refused(Form("mean and covariance"))
        return parameters(result, mean.shape), script.seen

    result, seen = search(seed, num_iterations, size, num_elite)
    if len(seen) != num_iterations * size:
        return searches.wrong_calls(seen, num_iterations, size)
    candidates = np.array(seen).reshape(num_iterations, size, len(mean))
    if problem := searches.wrong_result(result, candidates[-1], mean, orders[-1], num_elite):
        return problem
    if np.array_equal(search(seed + 1, *few)[1], again := search(seed, *few)[1]):
        return "seeded inside"
    if not np.array_equal(search(seed, *few)[1], again):
        return "numbers from elsewhere"
    return searches.wrong_population(candidates, mean, covariance, orders, num_elite)


@_judge
def breeds_by_its_law(call: Function, arguments: Arguments) -> str:
    """Judge a step of a genetic algorithm: from whom the children come and how they are changed, by exact laws.

    Parameters
    ----------
    call
        The student's function of population, utilities, num_parents, spread and rng.
    arguments
        The size of the population, the number of parameters, num_parents, spread and a seed.
    """
    size, num_parameters, num_parents, spread, seed = arguments
    draws = np.random.default_rng([seed, size])
    population, order = breeding.far_apart(size, num_parameters, draws), draws.permutation(size)
    utilities = -np.argsort(order).astype(float)

    def breed(seed: int) -> Floats:
        rng = np.random.default_rng(seed)
        children = call(population, utilities, num_parents, spread, rng)
        if np.shape(children) == (size + num_parents, num_parameters):
            raise Refused(Form("parents kept"))
        return parameters(children, population.shape)

    children = breed(seed)
    if np.array_equal(children, breed(seed + 1)):
        return "seeded in the step"
    if not np.array_equal(children, breed(seed)):
        return "numbers of its own"
    return breeding.wrong_children(children, population, order, num_parents, spread)


@_judge
def follows_its_simulator(call: Function, arguments: Arguments) -> str:
    """Judge the policy-gradient loop: by its path on a scripted batch, or by the exact utility that it reaches.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    arguments
        "batch", then those of `loops.wrong_step`; or "corridor", then those of `loops.below_the_bar`.
    """
    kind, *rest = arguments
    return (loops.wrong_step if kind == "batch" else loops.below_the_bar)(call, *rest)


@_judge
def trains_with_a_lambda(call: Function, arguments: Arguments) -> str:
    """Judge training with generalised advantages of one lambda: by that lambda, or as `follows_its_simulator` does.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    arguments
        "errors", then those of `loops.no_single_lambda`; or as for `follows_its_simulator`.
    """
    if arguments[0] == "errors":
        return loops.no_single_lambda(call, *arguments[1:])
    kind, *rest = arguments
    return (loops.wrong_step if kind == "batch" else loops.below_the_bar)(call, *rest)


@_judge
def trains_with_a_baseline(call: Function, arguments: Arguments) -> str:
    """Judge training with a baseline: by its exact expected step, or by the exact utility that it reaches.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    arguments
        "fork", then those of `baselines.wrong_expectation`; or "gridworld", then those of `loops.below_the_bar`.
    """
    kind, *rest = arguments
    return (baselines.wrong_expectation if kind == "fork" else loops.below_the_bar)(call, *rest)


@_judge
def is_noisier_than_none(call: Function, arguments: Arguments) -> str:
    """Judge a probability of success at which leave-one-out is to be noisier than no baseline.

    Parameters
    ----------
    call
        The student's function, which returns the probability.
    arguments
        G, the number of samples in a group.
    """
    return group_noise.wrong_probability(call(), *arguments)


@_judge
def goes_the_wrong_way(call: Function, arguments: Arguments) -> str:
    """Judge an example of the L/R exercise in which a step lowers the utility often.

    Parameters
    ----------
    call
        The student's function, which returns theta and two rewards.
    arguments
        The least probability.
    """
    return wrong_way.wrong_example(call(), *arguments)


@_judge
def knows_where_it_goes_wrong(call: Function, arguments: Arguments) -> str:
    """Judge where a step lowers the utility more often than not.

    Parameters
    ----------
    call
        The student's function of two rewards, which returns the ends of an interval of theta.
    arguments
        Those of `wrong_way.wrong_region`.
    """
    return wrong_way.wrong_region(call, *arguments)


@_judge
def repairs_the_program(call: Function, arguments: Arguments) -> str:
    """Judge a repaired policy-gradient program: each of its faults alone, whatever the others do.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations, discount and rng.
    arguments
        Those of `repairs.faults_left`.
    """
    return repairs.faults_left(call, *arguments)


@_judge
def spends_the_budget_well(call: Function, arguments: Arguments) -> str:
    """Judge a step size and a batch size: how often a training with them reaches a bar.

    Parameters
    ----------
    call
        The student's function, which returns the pair.
    arguments
        Those of `budgets.wrong_pair` but the first.
    """
    return budgets.wrong_pair(call(), *arguments)


@_judge
def raises_the_variance(call: Function, arguments: Arguments) -> str:
    """Judge a reward table of two steps: reward-to-go must have the larger exact variance, over all components.

    Parameters
    ----------
    call
        The student's function, which returns the rewards of the first and of the second step, two arrays (2,).
    arguments
        theta, an array (4,).
    """
    result = call()
    problem = type_problem(result, (np.zeros(2), np.zeros(2)), strict=True)
    if problem:
        return Form(_wrong_table(result) or f"What it returns {problem}.")
    rewards = np.array(result, dtype=float)
    if not (abs(rewards) <= 10).all():
        return "not a number"
    (theta,), mdp, policy = arguments, problems.two_step(*rewards), SoftmaxPolicy(2, 2)
    total, to_go = (exact.moments(mdp, policy, theta, name)[1].sum() for name in exact.ESTIMATORS)
    if to_go > total + 1e-3:
        return ""
    nothing = {0: "nothing in the first step", 1: "nothing in the second step"}
    unrewarded = [nothing[step] for step in (0, 1) if not rewards[step].any()]
    return next(iter(unrewarded), "causality helps" if to_go < total - 1e-3 else "a tie")


def _wrong_table(result: Any) -> str:
    """Return which known wrong type this reward table has, if any."""
    if isinstance(result, np.ndarray):
        return "one table"
    if not isinstance(result, (tuple, list)):
        return ""
    if any(isinstance(part, (list, tuple)) for part in result):
        return "lists"
    numbers = len(result) == 2 and all(isinstance(part, (int, float)) for part in result)
    return "one number a step" if numbers else ""
