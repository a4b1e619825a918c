"""What can be wrong with a policy-gradient loop: the parts of the judge `follows_its_simulator`."""

import numpy as np

from pgcourse.homework.compare import equal, type_problem
from pgcourse.homework.visible import Rng


class Script:
    """A simulator that gives the same batch at each call, and keeps what it is called with.

    shape    of theta
    scores   (m, H, n)
    rewards  (m, H)
    """

    __name__ = "simulate"

    def __init__(self, shape, scores, rewards):
        self.shape, self.scores, self.rewards = shape, scores, rewards
        self.thetas, self.generators = [], []

    def __call__(self, theta, rng):
        """Return (scores, rewards)."""
        if np.shape(theta) != self.shape:
            raise ValueError(f"simulate takes theta of shape {self.shape}, but got shape {np.shape(theta)}")
        self.thetas.append(np.array(theta, dtype=float))
        self.generators.append(rng)
        return self.scores.copy(), self.rewards.copy()


class Recorder:
    """A simulator that keeps its first batch."""

    __name__ = "simulate"

    def __init__(self, simulate):
        self.simulate, self.first = simulate, None

    def __call__(self, theta, rng):
        """Return what the simulator returns."""
        scores, rewards = self.simulate(theta, rng)
        if self.first is None:
            self.first = (scores.copy(), rewards.copy())
        return scores, rewards


def wrong_step(call, theta, step_size, num_iterations, scores, rewards, moves):
    """Return what is wrong with a run on a scripted batch.

    moves  dict from the name of a mistake, "" for none, to how far theta moves in an iteration, divided by step_size
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
        return names.get(calls, f"simulate is called {calls} times, once in each iteration would be {wanted}.")
    found = [name for name, move in moves.items() if equal(result, theta + step_size * num_iterations * move)]
    if "" not in found:
        sentence = "With the same batch in every iteration, θ must move by step_size times the mean sample in each."
        return next(iter(found), sentence)
    path = [theta + step_size * k * moves[""] for k in range(num_iterations)]
    if not equal(script.thetas, path):
        stays = equal(script.thetas, [theta] * num_iterations)
        return "simulates at the start" if stays else "simulate is not called with the θ of the present iteration."
    return ""


def below_the_bar(call, simulate, utility, theta, step_size, num_iterations, bar, num_runs, first_seed):
    """Return what is wrong with runs on a real simulator: most of them must reach the bar.

    utility  function of theta, exact
    """

    def train(seed, iterations, simulate):
        return call(simulate, theta, step_size, iterations, Rng(seed))

    recorders = [Recorder(simulate) for _ in range(3)]
    seeds = (first_seed, first_seed, first_seed + 1)
    first, again, other = (train(seed, 2, recorder) for seed, recorder in zip(seeds, recorders, strict=True))
    problem = next(filter(None, (_wrong_type(result, theta) for result in (first, again, other))), "")
    if problem:
        return problem
    if any(recorder.first is None for recorder in recorders):
        return "simulate is not called."
    if all(equal(*pair) for pair in zip(recorders[0].first, recorders[2].first, strict=True)):
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


def _wrong_type(result, theta):
    """Return what is wrong with the type, the shape or the numbers of a result."""
    problem = type_problem(result, theta.astype(float), strict=True)
    if problem:
        path = isinstance(result, np.ndarray) and result.ndim == theta.ndim + 1
        return "the whole path" if path else f"What it returns {problem}."
    return "" if np.isfinite(result).all() else "What it returns holds NaN or infinity."
