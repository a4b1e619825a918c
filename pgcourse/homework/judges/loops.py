"""What can be wrong with a policy-gradient loop: the parts of the judge `follows_its_simulator`."""

from typing import Any

import numpy as np

from pgcourse._types import Floats
from pgcourse.homework.compare import Function, equal, type_problem
from pgcourse.homework.visible import Rng


class Script:
    """A simulator that gives the same batch at each call, and keeps what it is called with.

    Parameters
    ----------
    shape : tuple
        Of theta.
    scores : array (m, H, n)
        Of the batch.
    rewards : array (m, H)
        Of the batch.
    """

    __name__ = "simulate"

    def __init__(self, shape: tuple[int, ...], scores: Floats, rewards: Floats):
        self.shape, self.scores, self.rewards = shape, scores, rewards
        self.thetas: list[Floats] = []
        self.generators: list[Any] = []

    def __call__(self, theta: Floats, rng: Any) -> tuple[Floats, Floats]:
        """Return (scores, rewards)."""
        if np.shape(theta) != self.shape:
            raise ValueError(f"simulate takes theta of shape {self.shape}, but got shape {np.shape(theta)}")
        self.thetas.append(np.array(theta, dtype=float))
        self.generators.append(rng)
        return self.scores.copy(), self.rewards.copy()


class Recorder:
    """A simulator that keeps its first batch."""

    __name__ = "simulate"

    def __init__(self, simulate: Function):
        self.simulate = simulate
        self.first: tuple[Floats, Floats] | None = None

    def __call__(self, theta: Floats, rng: Any) -> tuple[Floats, Floats]:
        """Return what the simulator returns."""
        scores, rewards = self.simulate(theta, rng)
        if self.first is None:
            self.first = (scores.copy(), rewards.copy())
        return scores, rewards


def wrong_step(
    call: Function,
    theta: Floats,
    step_size: float,
    num_iterations: int,
    scores: Floats,
    rewards: Floats,
    moves: dict[str, Floats],
) -> str:
    """Return what is wrong with a run on a scripted batch.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    theta, step_size, num_iterations
        What it is called with.
    scores : array (m, H, n)
        Of the batch.
    rewards : array (m, H)
        Of the batch.
    moves
        How far theta moves in an iteration, divided by step_size, by the name of a mistake; under "" if all is right.
    """
    script = Script(theta.shape, scores, rewards)
    result = call(script, theta, step_size, num_iterations, Rng(0))
    if not all(isinstance(rng, np.random.Generator) for rng in script.generators):
        return "global random numbers"
    problem = _wrong_type(result, theta)
    if problem:
        return problem
    calls, wanted = len(script.thetas), num_iterations
    if calls != wanted:
        names = {wanted - 1: "one iteration too few", 1: "one batch for all"}
        return names.get(calls, f"simulate is called {calls} times in {wanted} iterations: call it once in each.")
    found = [name for name, move in moves.items() if equal(result, theta + step_size * num_iterations * move)]
    if "" not in found:
        sentence = "With the same batch in every iteration, θ must move by step_size times the mean sample in each."
        return next(iter(found), sentence)
    path = [theta + step_size * k * moves[""] for k in range(num_iterations)]
    if not equal(script.thetas, path):
        stays = equal(script.thetas, [theta] * num_iterations)
        return "simulates at the start" if stays else "simulate is not called with the θ of the present iteration."
    return ""


def below_the_bar(
    call: Function,
    simulate: Function,
    utility: Function,
    theta: Floats,
    step_size: float,
    num_iterations: int,
    bar: float,
    num_runs: int,
    first_seed: int,
) -> str:
    """Return what is wrong with runs on a real simulator: most of them must reach the bar.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    simulate, theta, step_size, num_iterations
        What it is called with.
    utility
        Exact utility of theta.
    bar
        What the utility of a run's result must reach.
    num_runs
        How many runs are made at most: it ends when more than half have reached the bar.
    first_seed
        Seed of the first run's generator; each later run has the next one.
    """

    def train(seed: int, iterations: int, simulate: Function) -> Any:
        return call(simulate, theta, step_size, iterations, Rng(seed))

    recorders = [Recorder(simulate) for _ in range(3)]
    seeds = (first_seed, first_seed, first_seed + 1)
    first, again, other = (train(seed, 2, recorder) for seed, recorder in zip(seeds, recorders, strict=True))
    problem = next(filter(None, (_wrong_type(result, theta) for result in (first, again, other))), "")
    if problem:
        return problem
    batches = [recorder.first for recorder in recorders if recorder.first]
    if len(batches) < len(recorders):
        return "simulate is not called."
    if all(equal(*pair) for pair in zip(batches[0], batches[2], strict=True)):
        return "seeded inside"
    if not equal(again, first):
        return "numbers from elsewhere"
    # the simulator itself and not a recorder: what students' copies have too runs beside the student's function
    reached = 0
    for seed in range(first_seed, first_seed + num_runs):
        result = train(seed, num_iterations, simulate)
        problem = _wrong_type(result, theta)
        if problem:
            return problem
        reached += bool(utility(result) >= bar)
        if 2 * reached > num_runs:
            return ""
    return f"The exact utility of the result reached {bar} in {reached} of {num_runs} runs; most runs must reach it."


def _wrong_type(result: Any, theta: Floats) -> str:
    """Return what is wrong with the type, the shape or the numbers of a result."""
    problem = type_problem(result, theta.astype(float), strict=True)
    if problem:
        path = isinstance(result, np.ndarray) and result.ndim == theta.ndim + 1
        return "the whole path" if path else f"What it returns {problem}."
    return "" if np.isfinite(result).all() else "What it returns holds NaN or infinity."
