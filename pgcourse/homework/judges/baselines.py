"""What can be wrong with training with a baseline: the parts of the judge `trains_with_a_baseline`.

On a problem with four trajectories every batch can be listed with its probability. So the expected step is an exact
sum, whatever the baseline and in whichever order it is computed: unbiased means equal to step_size times the gradient.
"""

import itertools
import math
from typing import Any

import numpy as np

from pgcourse import exact
from pgcourse._types import Floats
from pgcourse.homework.compare import Function, equal, type_problem
from pgcourse.homework.public import FORK, FORK_POLICY
from pgcourse.homework.visible import Rng

ACTIONS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # of the fork's four trajectories
STATES = np.stack([np.zeros(4, dtype=int), 1 + ACTIONS[:, 0]], axis=1)
WARM_UP = 20  # iterations after which a running average of rewards-to-go has nearly arrived


class Fork:
    """A simulator of the fork that draws stated trajectories, and keeps what it is called with.

    Parameters
    ----------
    batches
        Trajectory numbers of each call's batch; after the last batch, it is drawn again and again.
    """

    __name__ = "simulate"

    def __init__(self, batches: list[tuple[int, ...]]):
        self.batches = batches
        self.thetas: list[Floats] = []
        self.generators: list[Any] = []

    def __call__(self, theta: Floats, rng: Any) -> tuple[Floats, Floats]:
        """Return (scores, rewards)."""
        batch = self.batches[min(len(self.thetas), len(self.batches) - 1)]
        if np.shape(theta) != (FORK_POLICY.num_parameters,):
            raise ValueError(f"simulate takes theta of shape {(FORK_POLICY.num_parameters,)}, not {np.shape(theta)}")
        self.thetas.append(np.array(theta, dtype=float))
        self.generators.append(rng)
        _, scores, rewards = all_trajectories(theta)
        return scores[list(batch)], rewards[list(batch)]


def all_trajectories(theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the probabilities (4,), scores (4, 2, n) and rewards (4, 2) of all trajectories of the fork."""
    probabilities = FORK_POLICY.probabilities(theta)[STATES, ACTIONS].prod(axis=1)
    return probabilities, FORK_POLICY.score_at(theta, STATES, ACTIONS), FORK.rewards[STATES, ACTIONS]


def wrong_expectation(call: Function, theta: Floats, step_size: float, batch_size: int) -> str:
    """Return what is wrong with the last step of training on the fork: its exact mean, then its exact variance.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    theta : array (n,)
        Where training starts.
    step_size, batch_size
        Of the training.
    """
    problem = _wrong_form(call, theta, step_size, batch_size)
    if problem:
        return problem
    for num_before in (1, WARM_UP):
        last, steps, chances = every_last_step(call, theta, step_size, batch_size, num_before)
        mean = chances @ steps
        if not equal(mean, exact.gradient(FORK, FORK_POLICY, last)):
            sentence = "Over all batches that can happen, the mean step is not step_size times the gradient of U."
            return next(
                (name for name, other in wrong_means(last, step_size, batch_size) if equal(mean, other)), sentence
            )
    variance = (chances @ (steps - mean) ** 2).sum()
    without = exact.moments(FORK, FORK_POLICY, last, "reward_to_go")[1].sum() / batch_size
    if variance > 1.5 * without:
        return "baseline added"
    return "no baseline" if variance > without / 2 else ""


def every_last_step(
    call: Function, theta: Floats, step_size: float, batch_size: int, num_before: int
) -> tuple[Floats, Floats, Floats]:
    """Train num_before + 1 iterations, once for each batch that the last can draw.

    Returns
    -------
    tuple of arrays
        The theta that the last batch was drawn with (n,), the last steps divided by step_size (B, n), and the
        probabilities of their batches (B,).
    """
    batches = list(itertools.product(range(4), repeat=batch_size))
    steps = []
    for batch in batches:
        script = Fork([first_batch(batch_size)] * num_before + [batch])
        result = call(script, theta, step_size, num_before + 1, Rng(0))
        last = script.thetas[-1]
        steps.append((result - last) / step_size)
    chance = all_trajectories(last)[0]
    return last, np.array(steps), np.array([math.prod(chance[list(batch)]) for batch in batches])


def first_batch(batch_size: int) -> tuple[int, ...]:
    """Return the trajectory numbers of the batches before the last: the first and the last trajectory in turn."""
    return tuple(3 * (i % 2) for i in range(batch_size))


def wrong_means(theta: Floats, step_size: float, batch_size: int) -> list[tuple[str, Floats]]:
    """Return pairs of a mistake's name and the mean step that it gives, divided by step_size."""
    gradient = exact.gradient(FORK, FORK_POLICY, theta)
    probabilities, scores, rewards = all_trajectories(theta)
    factors = {
        "same batch baseline": 1 - 1 / batch_size,
        "descent": -1,
        "sum for mean": batch_size,
        "no step size": 1 / step_size,
        "mean over all decisions": 1 / FORK.horizon,
        "score alone": 0,
    }
    at_once = probabilities @ np.einsum("mkn,mk->mn", scores, rewards)
    return [("reward of the moment", at_once), *((name, factor * gradient) for name, factor in factors.items())]


def _wrong_form(call: Function, theta: Floats, step_size: float, batch_size: int) -> str:
    """Return what is wrong with three iterations on the same batch, apart from the numbers."""
    script = Fork([first_batch(batch_size)])
    result = call(script, theta, step_size, 3, Rng(0))
    problem = type_problem(result, theta.astype(float), strict=True)
    if problem:
        path = isinstance(result, np.ndarray) and result.ndim == 2
        return "the whole path" if path else f"What it returns {problem}."
    if not all(isinstance(rng, np.random.Generator) for rng in script.generators):
        return "global random numbers"
    calls = len(script.thetas)
    if calls != 3:
        names = {2: "one iteration too few", 1: "one batch for all"}
        return names.get(calls, f"simulate is called {calls} times in 3 iterations: call it once in each.")
    if equal(result, theta):
        return "theta never moves"
    if equal(script.thetas, [theta] * 3):
        return "simulates at the start"
    return "" if np.isfinite(result).all() else "What it returns holds NaN or infinity."
