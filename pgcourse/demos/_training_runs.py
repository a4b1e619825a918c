"""Whole training runs on the corridor and the gridworld, remembered so that pictures can step through them.

All runs start at theta = 0, with a softmax policy, and are recorded every fourth iteration.
"""

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pgcourse import exact, problems
from pgcourse._types import Floats
from pgcourse.exact import evaluation
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.optimisers import ascent
from pgcourse.optimisers import runs as learning

PROBLEMS = {"corridor": problems.corridor(), "gridworld": problems.gridworld()}
STEP_SIZES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
NUM_RUNS, NUM_ITERATIONS, EVERY = 20, 100, 4
RECORDED = np.arange(0, NUM_ITERATIONS + 1, EVERY)  # iterations
Progress: TypeAlias = Callable[[Collection[int], str], Iterable[int]]
"""Wraps iterations and a label, as `LiveFigure.progress` does."""


class Learned(NamedTuple):
    """Twenty runs of the loop for each of the six step sizes."""

    theta: NDArray[np.float32]
    """(26, 6, 20, n)"""
    utilities: Floats
    """(26, 6, 20), the exact U of each"""


_learned: dict[tuple[str, int, int], Learned] = {}


def learn(name: str, num_trajectories: int, seed: int, progress: Progress) -> Learned:
    """Return the Learned of a problem, trained on total returns in batches of m trajectories; computed once per seed.

    Parameters
    ----------
    name : str
        A key of PROBLEMS.
    num_trajectories : int
        m
    seed : int
    progress : Progress
    """
    key = name, num_trajectories, seed
    if key not in _learned:
        mdp, shape = PROBLEMS[name], (len(STEP_SIZES), NUM_RUNS)
        theta = np.zeros(policy_for(name).num_parameters)
        # All step sizes side by side cost little more than one, and moving that slider is then free.
        alphas = np.repeat(STEP_SIZES, NUM_RUNS)[:, None, None]
        rng = np.random.default_rng(seed)
        runs = learning.policy_gradient_runs(
            mdp, theta, lambda k: alphas, num_trajectories, len(alphas), rng, "total_return"
        )
        path, utilities = [], []
        for k in progress(range(NUM_ITERATIONS + 1), "learning"):
            now = next(runs)
            if k % EVERY == 0:
                path.append(now.reshape(*shape, -1).astype(np.float32))
                utilities.append(learning.utilities(mdp, now).reshape(shape))
        _learned[key] = Learned(np.array(path), np.array(utilities))
    return _learned[key]


@lru_cache
def exact_path(name: str, step_size: float) -> tuple[Floats, Floats]:
    """Return theta (26, n) on the path of gradient ascent with the exact gradient, and the exact U (26,)."""
    mdp, policy = PROBLEMS[name], policy_for(name)
    start = np.zeros(policy.num_parameters)
    path = ascent.gradient_ascent(lambda at: exact.gradient(mdp, policy, at), start, step_size, NUM_ITERATIONS)
    return path[RECORDED], learning.utilities(mdp, path[RECORDED])


@lru_cache
def noise_along(name: str, step_size: float = 1.0) -> ascent.Noise:
    """Return the exact Noise of the total-return sample along `exact_path`."""
    return ascent.noise_along(PROBLEMS[name], policy_for(name), exact_path(name, step_size)[0])


@lru_cache
def best_utility(name: str) -> float:
    """Return the largest U that any policy reaches in the problem of this name."""
    return evaluation.best_utility(PROBLEMS[name])


def policy_for(name: str) -> SoftmaxPolicy:
    """Return the softmax policy of the problem of this name."""
    return SoftmaxPolicy(PROBLEMS[name].num_states, PROBLEMS[name].num_actions)
