"""What can be wrong with a policy-gradient loop: the parts of the judges that follow a simulator or a lambda."""

from typing import Any

import numpy as np

from pgcourse._types import Floats
from pgcourse.homework.compare import Function, equal
from pgcourse.homework.judges.handed import Witness, trained
from pgcourse.homework.visible import Rng


class Script(Witness):
    """A simulator whose batches differ: the scores of call number j, from 1, are j times the given ones.

    Parameters
    ----------
    shape : tuple
        Of theta.
    scores : array (m, H, n)
        Of the first batch.
    rewards : array (m, H)
        Of every batch.
    """

    def __init__(self, shape: tuple[int, ...], scores: Floats, rewards: Floats):
        super().__init__("simulate", shape)
        self.scores, self.rewards = scores, rewards

    def __call__(self, theta: Floats, rng: Any) -> tuple[Floats, Floats]:
        """Return (scores, rewards)."""
        self.take(theta)
        self.generators.append(rng)
        return len(self.seen) * self.scores, self.rewards.copy()


class Recorder(Witness):
    """A simulator that keeps its first batch."""

    def __init__(self, shape: tuple[int, ...], simulate: Function):
        super().__init__("simulate", shape)
        self.simulate = simulate
        self.first: tuple[Floats, Floats] | None = None

    def __call__(self, theta: Floats, rng: Any) -> tuple[Floats, Floats]:
        """Return what the simulator returns."""
        scores, rewards = self.simulate(self.take(theta), rng)
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
    """Return what is wrong with a run on scripted batches.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    theta, step_size, num_iterations
        What it is called with.
    scores : array (m, H, n)
        Of the first batch; those of the j-th are j times as large, and so is the move.
    rewards : array (m, H)
        Of every batch.
    moves
        How far theta moves by the first batch, divided by step_size, by the name of a mistake; under "" if all is
        right.
    """
    script = Script(theta.shape, scores, rewards)
    result = trained(call, script, theta, step_size, num_iterations, Rng(0))
    calls = len(script.seen)

    def moved(move: Floats, weight: float) -> bool:
        return equal(result, theta + step_size * weight * move)

    sums = np.arange(num_iterations + 1) * np.arange(1, num_iterations + 2) / 2  # 1 + 2 + ... + k
    if calls != num_iterations:
        if calls == num_iterations - 1 and moved(moves[""], sums[calls]):
            return "one iteration too few"
        if calls == 1 and moved(moves[""], num_iterations):
            return "one batch for all"
        return (
            f"simulate is called {calls} times, and num_iterations is {num_iterations}: call it once in each iteration."
        )
    found = [name for name, move in moves.items() if moved(move, sums[-1])]
    if "" not in found:
        if moved(moves[""], num_iterations):
            return (
                "Each iteration moves θ as far as the first: use the batch just returned, and step_size as it is given."
            )
        if theta.dtype.kind in "iu" and equal(result, np.trunc(result)):
            return "θ held whole numbers here, and a copy of it cut off the digits: make it an array of floats."
        return next(iter(found), "In each iteration θ must move by step_size times the mean sample of its own batch.")
    if not equal(script.seen, [theta + step_size * total * moves[""] for total in sums[:-1]]):
        stays = equal(script.seen, [theta] * num_iterations)
        return "simulates at the start" if stays else "simulate is not called with the θ of the present iteration."
    return ""


def no_single_lambda(call: Function, errors: Floats) -> str:
    """Return what is wrong if a trajectory's advantages are not sums of its errors, weighted by powers of one lambda.

    Parameters
    ----------
    call
        The student's function of simulate, theta, step_size, num_iterations and rng.
    errors : array (H,)
        Temporal-difference errors; the discount is 1.

    Notes
    -----
    There is a parameter for each decision, whose score is 1 there and 0 elsewhere, so the step is the advantages.
    """
    horizon = len(errors)
    script = Script((horizon,), np.eye(horizon)[None], errors[None])
    found = trained(call, script, np.zeros(horizon), 0.5, 1, Rng(0)) / 0.5
    if not equal(found[-1], errors[-1]):
        return "no single lambda"
    # the lambda that fits best all of: advantage = error + lambda times the next advantage
    gained, following = found[:-1] - errors[:-1], found[1:]
    lam = float(gained @ following / max(float(following @ following), 1e-300))
    if not equal(gained, lam * following):
        return "no single lambda"
    return "" if -1e-9 <= lam <= 1 + 1e-9 else f"The advantages have λ = {lam:.3g}, but λ lies between 0 and 1."


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

    def train(seed: int, iterations: int, simulate: Function) -> Floats:
        return trained(call, simulate, theta, step_size, iterations, Rng(seed))

    recorders = [Recorder(theta.shape, simulate) for _ in range(3)]
    seeds = (first_seed, first_seed, first_seed + 1)
    first, again, _ = (train(seed, 2, recorder) for seed, recorder in zip(seeds, recorders, strict=True))
    batches = [recorder.first for recorder in recorders if recorder.first]
    if len(batches) < len(recorders):
        return "simulate is not called."
    if all(equal(*pair) for pair in zip(batches[0], batches[2], strict=True)):
        return "seeded inside"
    if not equal(again, first):
        return "numbers from elsewhere"
    # the simulator itself and not a recorder: what students' copies have too runs in the student's process, faster
    results: list[Floats] = []
    reached = 0
    for seed in range(first_seed, first_seed + num_runs):
        results.append(train(seed, num_iterations, simulate))
        reached += bool(utility(results[-1]) >= bar)
        if 2 * reached > num_runs:
            alike = all(equal(result, results[0]) for result in results)
            return "The result is the same whatever simulate returns: θ must move by the batches." if alike else ""
    return f"The exact utility of the result reached {bar} in {reached} of {num_runs} runs; most runs must reach it."
