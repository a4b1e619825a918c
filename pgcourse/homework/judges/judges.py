"""Judges of tasks whose right output is not unique; students have them too, so they hold no solution.

A judge takes `call`, which runs the student's function on given arguments, and one tuple of inputs; it returns an empty
string when all is right, else the name of a known mistake or a sentence.
"""

from typing import Any

import numpy as np

from pgcourse import exact, problems
from pgcourse._types import Floats
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.homework.compare import Arguments, Function, type_problem
from pgcourse.homework.judges import baselines, chance, loops, searches, trajectories


def _by_kind(judges: dict[str, Function], call: Function, arguments: Arguments) -> str:
    """Pass the arguments to the judge that the first of them names; the global generator must stay as it was."""
    kind, *rest = arguments
    before = np.random.get_state()  # noqa: NPY002 - looked at, not drawn from
    problem = judges[kind](call, *rest)
    if not _same_state(np.random.get_state(), before):  # noqa: NPY002
        return "global random numbers"
    return problem


def _same_state(one: Any, other: Any) -> bool:
    """Say whether two states of NumPy's global random numbers are the same."""
    return np.array_equal(one[1], other[1]) and one[2:] == other[2:]


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
        return [call(*process, horizon, rng) for _ in range(size)]

    rng, before = np.random.default_rng(seed), np.random.get_state()  # noqa: NPY002 - looked at, not drawn from
    draws = sample(rng, num_trajectories)
    if not _same_state(np.random.get_state(), before):  # noqa: NPY002
        return "global random numbers"
    problem = next(filter(None, (trajectories.wrong_shape(draw, horizon) for draw in draws)), "")
    if problem:
        return problem
    laws, few = trajectories.path_laws(process, horizon), min(50, num_trajectories)
    seldom_the_same = (laws[-1] ** 2).sum() ** few < chance.LEVEL
    if seldom_the_same and trajectories.same_draws(sample(rng, few), draws[:few]):
        return "seeded inside"
    if not trajectories.same_draws(sample(np.random.default_rng(seed), few), draws[:few]):
        return "numbers from elsewhere"
    states, actions, rewards = (np.array(part) for part in zip(*draws, strict=True))
    wrong_draw = trajectories.improbable_draw(states, actions, laws, process)
    return wrong_draw or trajectories.wrong_step(states, actions, rewards, process)


def searches_by_its_elite(call: Function, arguments: Arguments) -> str:
    """Judge the cross-entropy method: a scripted utility decides which candidates are the elite, all else follows.

    Parameters
    ----------
    call
        The student's function of utility, mean, covariance, num_iterations, population_size, num_elite and rng.
    arguments
        All of these but the first and the last, and a seed. The population size is no multiple of 7; if there are more
        iterations than one, the elite has 1 or 2 candidates.
    """
    mean, covariance, num_iterations, size, num_elite, seed = arguments
    order = (4 + 7 * np.arange(size)) % size  # the candidates of each population, best first

    def search(seed: int) -> tuple[Any, list[Floats]]:
        script = searches.Script(len(mean), np.argsort(order))
        sizes = (num_iterations, size, num_elite)
        return call(script, mean, covariance, *sizes, np.random.default_rng(seed)), script.seen

    before = np.random.get_state()  # noqa: NPY002 - looked at, not drawn from
    result, seen = search(seed)
    if not _same_state(np.random.get_state(), before):  # noqa: NPY002
        return "global random numbers"
    problem = type_problem(result, np.zeros(len(mean)), strict=True)
    if problem:
        return "mean and covariance" if isinstance(result, tuple) else f"What it returns {problem}."
    if len(seen) != num_iterations * size:
        return searches.wrong_calls(len(seen), num_iterations, size)
    if np.array_equal(search(seed + 1)[1], seen):
        return "seeded inside"
    if not np.array_equal(search(seed)[1], seen):
        return "numbers from elsewhere"
    candidates = np.array(seen).reshape(num_iterations, size, len(mean))
    return searches.wrong_result(result, candidates[-1], mean, order, num_elite) or searches.wrong_population(
        candidates, mean, covariance, order[:num_elite], order[-num_elite:]
    )


def follows_its_simulator(call: Function, arguments: Arguments) -> str:
    """Judge the policy-gradient loop: by its path on a scripted batch, or by the exact utility that it reaches.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    arguments
        "batch", then those of `loops.wrong_step`; or "corridor", then those of `loops.below_the_bar`.
    """
    return _by_kind({"batch": loops.wrong_step, "corridor": loops.below_the_bar}, call, arguments)


def trains_with_a_baseline(call: Function, arguments: Arguments) -> str:
    """Judge training with a baseline: by its exact expected step, or by the exact utility that it reaches.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    arguments
        "fork", then those of `baselines.wrong_expectation`; or "gridworld", then those of `loops.below_the_bar`.
    """
    return _by_kind({"fork": baselines.wrong_expectation, "gridworld": loops.below_the_bar}, call, arguments)


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
        return _wrong_table(result) or f"What it returns {problem}."
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
    if isinstance(result, tuple) and len(result) == 2:
        kinds = {list: "lists", int: "one number a step", float: "one number a step"}
        return kinds.get(type(result[0]), "")
    return ""
