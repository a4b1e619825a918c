"""How often one step goes the wrong way in the L/R exercise: the parts of two judges of problem set 4."""

from typing import Any

import numpy as np

from pgcourse._types import Floats
from pgcourse.exact import groups, one_decision
from pgcourse.homework.compare import Form, Function, Part, equal, type_problem

STEP_SIZE = 0.1
ENDS = 0.01
"""How far an end of the region may be off: a scan of theta in a hundred steps finds it."""


def chance(theta: float, reward_left: float, reward_right: float, step_size: float) -> float:
    """Return the exact probability that a single-sample step lowers the utility, from the law of theta after it."""
    rewards = reward_left, reward_right

    def sample(at: Floats) -> tuple[Floats, Floats]:
        probabilities, _, gradients = one_decision.samples(at, *rewards)
        return probabilities, gradients

    thetas, chances = groups.law_of_theta(theta, 1, step_size, sample)
    before, after = (one_decision.value(np.clip(at, 0, 1), *rewards) for at in (np.array(theta), thetas))
    return float(chances[after < before - 1e-9].sum())


def wrong_example(result: Any, least: float) -> str:
    """Return what is wrong with an example (theta, reward_left, reward_right) of negative rewards."""
    if type(result) is np.ndarray and result.ndim == 1:  # three numbers as well
        result = tuple(result)
    problem = type_problem(result, (0.5, -1.0, -1.0), strict=True)
    if problem:
        return Form(f"What it returns {problem}." if isinstance(result, (tuple, list)) else "theta alone")
    theta, left, right = (float(number) for number in result)
    if not 0 < theta < 1:
        return Form("θ comes first, then the rewards of L and R.") if 0 < right < 1 else "at the boundary"
    if not (-10 <= left < 0 and -10 <= right < 0):
        return "rewards that are not negative"
    if left == right:
        return "equal rewards"
    found = chance(theta, left, right, STEP_SIZE)
    if found >= least - 1e-9:
        return ""
    return "the right way" if found <= 1 - least + 1e-9 else "not often enough"


def wrong_region(call: Function, pairs: tuple[tuple[float, float], ...], outputs: dict[str, Floats]) -> str:
    """Return what is wrong with the ends of a region; half of the points are for positive rewards.

    Parameters
    ----------
    call
        The student's function of reward_left and reward_right.
    pairs
        Of rewards, N.
    outputs
        Ends (N, 2) by the name of a mistake; under "" if all is right.
    """
    found = []
    for pair in pairs:
        result = call(*pair)
        problem = type_problem(result, np.zeros(2), strict=True)
        if problem:
            return Form(f"What it returns {problem}." if np.ndim(result) else "one number")
        found.append(np.asarray(result, dtype=float))
    names = [name for name, output in outputs.items() if equal(np.array(found), output, ENDS)]
    if "" in names:
        return ""
    if equal(np.array(found)[:, ::-1], outputs[""], ENDS):
        return Form("The ends are in the wrong order: return the lower one first.")
    name = next(iter(names), "This is not the region for all rewards: try each sign, and which reward is larger.")
    positive = (np.array(pairs) > 0).all(axis=1)
    right = equal(np.array(found)[positive], outputs[""][positive], ENDS)
    return Part(name, 0.5) if right else name
