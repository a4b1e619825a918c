"""What can be wrong with training with a baseline: the parts of the judge `trains_with_a_baseline`.

On a problem with four trajectories every batch can be listed with its probability. So the expected step is an exact
sum, whatever the baseline and in whichever order it is computed: unbiased means equal to step_size times the gradient.
"""

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np

from pgcourse import exact
from pgcourse._types import Floats
from pgcourse.homework.compare import Function, equal
from pgcourse.homework.judges.chance import within
from pgcourse.homework.judges.handed import Refused, Witness, trained
from pgcourse.homework.public import FORK, FORK_POLICY
from pgcourse.homework.visible import Rng
from pgcourse.problems.mdp import TabularMDP

ACTIONS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # of the fork's four trajectories
STATES = np.stack([np.zeros(4, dtype=int), 1 + ACTIONS[:, 0]], axis=1)
WARM_UP = 20  # iterations after which a running average of rewards-to-go has nearly arrived


class Fork(Witness):
    """A simulator of a fork that draws stated trajectories, and keeps what it is called with.

    Parameters
    ----------
    fork
        The public fork, or one with other rewards, which a student can learn from batches alone.
    batches
        Trajectory numbers of each call's batch; once all are drawn, the last is drawn again and again.
    """

    def __init__(self, fork: TabularMDP, batches: list[tuple[int, ...]]):
        super().__init__("simulate", (FORK_POLICY.num_parameters,))
        self.fork, self.batches = fork, batches

    def __call__(self, theta: Floats, rng: Any) -> tuple[Floats, Floats]:
        """Return (scores, rewards)."""
        batch = self.batches[min(len(self.seen), len(self.batches) - 1)]
        _, scores, rewards = all_trajectories(self.fork, self.take(theta))
        self.generators.append(rng)
        return scores[list(batch)], rewards[list(batch)]


def all_trajectories(fork: TabularMDP, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the probabilities (4,), scores (4, 2, n) and rewards (4, 2) of all trajectories of a fork."""
    probabilities = FORK_POLICY.probabilities(theta)[STATES, ACTIONS].prod(axis=1)
    return probabilities, FORK_POLICY.score_at(theta, STATES, ACTIONS), fork.rewards[STATES, ACTIONS]


def wrong_expectation(call: Function, theta: Floats, step_size: float, batch_size: int, rewards: Floats) -> str:
    """Return what is wrong with a step of training on a fork: its exact mean, then its exact variance.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    theta : array (n,)
        Where training starts.
    step_size, batch_size
        Of the training.
    rewards : array (3, 2)
        Of the fork: near one number that is far from 0, so that every good baseline helps.
    """
    fork = replace(FORK, rewards=rewards)
    problem = _wrong_form(call, fork, theta, step_size, batch_size)
    if problem:
        return problem
    for num_before in (0, 1, WARM_UP):
        last, steps, chances = every_last_step(call, fork, theta, step_size, batch_size, num_before)
        if equal(steps, np.broadcast_to(steps[0], steps.shape)):
            return "The step is the same whatever simulate returns: θ must move by the batch that it has just returned."
        mean = chances @ steps
        if not equal(mean, exact.gradient(fork, FORK_POLICY, last)):
            sentence = "Over all batches that can happen, the mean step is not step_size times the gradient of U."
            others = wrong_means(fork, last, step_size, batch_size)
            return next((name for name, other in others if equal(mean, other)), sentence)
    variance = (chances @ (steps - mean) ** 2).sum()
    without = exact.moments(fork, FORK_POLICY, last, "reward_to_go")[1].sum() / batch_size
    if within(variance, without / 2):
        return ""
    return "no baseline" if within(variance, 1.5 * without) else "baseline added"


def every_last_step(
    call: Function, fork: TabularMDP, theta: Floats, step_size: float, batch_size: int, num_before: int
) -> tuple[Floats, Floats, Floats]:
    """Train num_before + 1 iterations, once for each batch that the last can draw.

    Returns
    -------
    tuple of arrays
        The theta that num_before iterations lead to (n,), the last steps divided by step_size (B, n), and the
        probabilities of their batches (B,).

    Raises
    ------
    Refused
        Where simulate is not called once in each iteration, or the last time not with the theta that the iterations
        before lead to.
    """

    def train(batches: list[tuple[int, ...]]) -> tuple[Fork, Floats]:
        script = Fork(fork, batches)
        return script, trained(call, script, theta, step_size, len(batches), Rng(0))

    before = [first_batch(batch_size)] * num_before
    last = train(before)[1] if before else theta.astype(float)
    batches = list(itertools.product(range(4), repeat=batch_size))
    steps = []
    for batch in batches:
        script, result = train([*before, batch])
        if len(script.seen) != num_before + 1:
            raise Refused(f"simulate is called {len(script.seen)} times in {num_before + 1} iterations.")
        if not equal(script.seen[-1], last):
            raise Refused("simulate is not called with the θ of the present iteration.")
        steps.append((result - last) / step_size)
    chance = all_trajectories(fork, last)[0]
    return last, np.array(steps), np.array([math.prod(chance[list(batch)]) for batch in batches])


def first_batch(batch_size: int) -> tuple[int, ...]:
    """Return the trajectory numbers of the batches before the last: the first and the last trajectory in turn."""
    return tuple(3 * (i % 2) for i in range(batch_size))


def wrong_means(fork: TabularMDP, theta: Floats, step_size: float, batch_size: int) -> list[tuple[str, Floats]]:
    """Return pairs of a mistake's name and the mean step that it gives, divided by step_size."""
    gradient = exact.gradient(fork, FORK_POLICY, theta)
    probabilities, scores, rewards = all_trajectories(fork, theta)
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


def _wrong_form(call: Function, fork: TabularMDP, theta: Floats, step_size: float, batch_size: int) -> str:
    """Return what is wrong with three iterations on the same batch, apart from the numbers."""
    script, same = (Fork(fork, [first_batch(batch_size)]) for _ in range(2))
    result, again = (trained(call, simulate, theta, step_size, 3, Rng(0)) for simulate in (script, same))
    calls = len(script.seen)
    if calls != 3:
        names = {2: "one iteration too few", 1: "one batch for all"}
        return names.get(calls, f"simulate is called {calls} times in 3 iterations: call it once in each.")
    if equal(result, theta):
        return "theta never moves"
    if not equal(result, again):
        return "numbers from elsewhere"
    return "simulates at the start" if equal(script.seen, [theta] * 3) else ""
