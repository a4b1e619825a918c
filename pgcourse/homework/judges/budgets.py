"""How a budget of trajectories is best spent: the parts of the judge `spends_the_budget_well`.

How often a pair of a step size and a batch size reaches the bar is found by so many runs that chance hardly matters:
each bound lies so far from every pair's probability that a share of 4000 runs is beyond it less than once in a million
times (`tests/homework/test_false_alarm_pairs.py`).
"""

from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from pgcourse._types import Floats
from pgcourse.homework.compare import Form, Part, type_problem
from pgcourse.homework.public import BATCH_SIZES, BUDGET, CORRIDOR, STEP_SIZES
from pgcourse.optimisers import runs

NUM_RUNS = 4000
NUM_LONGER = 400
"""Runs that go on for as long again, to see what kept them from the bar."""
SIDE_BY_SIDE = 1000
SEED = 12


def wrong_pair(result: Any, bar: float, bounds: tuple[tuple[float, float], ...]) -> str:
    """Return what is wrong with a pair (step_size, batch_size).

    Parameters
    ----------
    result
        What the student's function returned.
    bar
        Exact utility that a run must reach.
    bounds
        Pairs of the least share of runs that reach it and the share of the points that this earns, best first.
    """
    problem = type_problem(result, (0.5, 2), strict=True)
    if problem:
        return Form(f"What it returns {problem}.")
    step_size, batch_size = (float(number) for number in result)
    if batch_size in STEP_SIZES and step_size in BATCH_SIZES and batch_size not in BATCH_SIZES:
        return Form("the other way round")
    if step_size not in STEP_SIZES or batch_size not in BATCH_SIZES:
        return Form("not on the grid")
    share = success(step_size, int(batch_size), bar)
    earned = next((points for least, points in bounds if share >= least), 0.0)
    return "" if earned == 1 else Part(hindrance(step_size, int(batch_size), bar), earned)


@cache
def success(step_size: float, batch_size: int, bar: float, seed: int = SEED, num_runs: int = NUM_RUNS) -> float:
    """Return the share of runs that reach the bar when the budget is spent."""
    rngs = np.random.default_rng(seed).spawn(num_runs // SIDE_BY_SIDE)
    return float(np.mean([utilities(step_size, batch_size, SIDE_BY_SIDE, rng) >= bar for rng in rngs]))


def utilities(
    step_size: float, batch_size: int, num_runs: int, rng: np.random.Generator, num_budgets: int = 1
) -> Floats:
    """Return the exact utilities (num_budgets, num_runs) of runs after one budget, after two, and so on."""
    start = np.zeros(CORRIDOR.num_states * CORRIDOR.num_actions)
    settings = CORRIDOR, start, step_size, batch_size, num_runs, rng, "reward_to_go", runs.leave_one_out
    size = BUDGET // batch_size
    thetas = islice(runs.policy_gradient_runs(*settings), size, num_budgets * size + 1, size)
    return np.array([runs.utilities(CORRIDOR, theta) for theta in thetas])


@cache
def hindrance(step_size: float, batch_size: int, bar: float) -> str:
    """Return what keeps runs from the bar: "too slow" if most that missed it come nearer with the budget again."""
    spent, twice = utilities(step_size, batch_size, NUM_LONGER, np.random.default_rng(SEED), 2)
    missed = spent < bar
    closed = (twice - spent)[missed] / (bar - spent[missed])
    return "too slow" if np.median(closed) > 0.1 else "too noisy"
