"""How often the check of `train` fails right work: less than once in a million times, as it says."""

import math
from dataclasses import replace

import numpy as np
import pytest

from pgcourse import exact
from pgcourse.exact.evaluation import best_utility
from pgcourse.homework.compare import fresh
from pgcourse.homework.judges import baselines, judges
from pgcourse.homework.public import FORK, FORK_POLICY, GRIDWORLD, gridworld_utility, simulate_gridworld
from pgcourse.optimisers import runs as learning
from tests.support.course import catalogue_of, names_for

pytestmark = pytest.mark.slow  # simulates many students

PS6 = catalogue_of("ps6_baselines")
BAR, NUM_RUNS, train = PS6.BAR, PS6.NUM_RUNS, PS6.train
ALL_INPUTS = [*train.visible, *train.hidden]
INPUTS = [arguments for arguments in ALL_INPUTS if arguments[0] == "gridworld"]
FORKS = [arguments for arguments in ALL_INPUTS if arguments[0] == "fork"]
_, _, _, START, STEP_SIZE, NUM_ITERATIONS, *_ = INPUTS[0]
BATCH_SIZE = 20
NUM_SIMULATED = 1500


def leave_one_out(states, to_go, active):
    """The mean of the other trajectories of each run, (runs, m, H)."""
    return (to_go.sum(axis=1, keepdims=True) - to_go) / (to_go.shape[1] - 1)


def previous_batch():
    """Make a baseline that is the mean of the batch before."""
    kept = [0.0]

    def baseline(states, to_go, active):
        kept.append(to_go.mean(axis=1, keepdims=True))
        return np.broadcast_to(kept[-2], to_go.shape)

    return baseline


def utilities_with(baseline, num_runs):
    """Exact utilities after training with a baseline, (num_runs,)."""
    rng = np.random.default_rng(5)
    settings = (GRIDWORLD, START, STEP_SIZE, BATCH_SIZE, num_runs, rng, "reward_to_go", baseline)
    runs = learning.policy_gradient_runs(*settings)
    for _ in range(NUM_ITERATIONS):
        next(runs)
    return learning.utilities(GRIDWORLD, next(runs))


@pytest.fixture(scope="module")
def utilities():
    """Exact utilities that right runs reach, by the name of their baseline."""
    return {
        "leave one out": utilities_with(leave_one_out, NUM_SIMULATED),
        "previous batch": utilities_with(previous_batch(), 600),
    }


def judged(function, arguments):
    """Return what the judge says of a function that is given fresh arguments, as in a check."""
    return judges.trains_with_a_baseline(lambda *given: function(*fresh(given)), arguments)


def largest_rate(misses, runs, confidence=1e-6):
    """The rate at which so few misses, or fewer, would be seen less often than `confidence`, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        terms = (math.comb(runs, k) * rate**k * (1 - rate) ** (runs - k) for k in range(misses + 1))
        low, high = (low, rate) if math.fsum(terms) < confidence else (rate, high)
    return high


def most_fail(rate):
    """P(at least half of NUM_RUNS runs miss the bar) when each misses it with probability `rate`."""
    counts = range((NUM_RUNS + 1) // 2, NUM_RUNS + 1)
    return math.fsum(math.comb(NUM_RUNS, k) * rate**k * (1 - rate) ** (NUM_RUNS - k) for k in counts)


def test_all_chances_together_stay_within_the_stated_rate(utilities):
    misses = int((utilities["leave one out"] < BAR).sum())
    rate = largest_rate(misses, NUM_SIMULATED)
    assert rate < 0.01  # as the task states
    # The first two actions are uniform among four, so two seeds agree in a whole batch at most so often.
    same_batch = (1 / 16) ** BATCH_SIZE
    assert len(INPUTS) * (most_fail(rate) + same_batch) <= train.false_alarm <= 1e-6


def test_a_baseline_from_the_previous_batch_passes_as_well(utilities):
    assert utilities["previous batch"].min() >= BAR
    assert most_fail(0.01) <= train.false_alarm  # as the task states


def test_the_bar_is_far_below_right_runs_and_far_above_none(utilities):
    assert gridworld_utility(START) == pytest.approx(-19.5, abs=0.05)
    right = utilities["leave one out"]
    assert right.mean() == pytest.approx(-8.2, abs=0.1)
    assert right.std() < 0.2
    assert right.mean() - BAR > 9 * right.std()


def test_without_a_baseline_one_run_in_eight_misses_the_bar_and_some_end_where_they_began():
    """The standard deviation of the share is 0.009."""
    found = utilities_with(None, 1500)
    assert (found < BAR).mean() == pytest.approx(1 / 8, abs=0.03)
    assert (found < -19).any()
    assert best_utility(GRIDWORLD) == pytest.approx(-7.7, abs=0.05)


def test_runs_side_by_side_are_those_of_the_reference(utilities):
    size, right = 20, utilities["leave one out"]
    rngs = [np.random.default_rng(seed) for seed in range(size)]
    given = names_for(train)
    exec(train.reference_source(), given)
    thetas = [given["train"](simulate_gridworld, START, STEP_SIZE, NUM_ITERATIONS, rng) for rng in rngs]
    difference = gridworld_utility(np.array(thetas)).mean() - right.mean()
    assert abs(difference) < 6 * right.std() * math.sqrt(1 / size + 1 / NUM_SIMULATED)


def fork_of(arguments):
    """Return the problem that these inputs of the judge train on."""
    return replace(FORK, rewards=arguments[4])


@pytest.mark.parametrize("arguments", FORKS)
def test_the_expected_step_is_a_sum_over_all_batches(arguments):
    fork, (theta, step_size, batch_size) = fork_of(arguments), arguments[1:4]
    call = lambda *given: train(*fresh(given))  # noqa: E731
    last, steps, chances = baselines.every_last_step(call, fork, theta, step_size, batch_size, 1)
    assert len(chances) == 4**batch_size
    assert chances.sum() == pytest.approx(1)
    np.testing.assert_allclose(chances @ steps, exact.gradient(fork, FORK_POLICY, last), atol=1e-9)
    assert np.abs(last - theta).max() < 10 * step_size


@pytest.mark.parametrize("arguments", FORKS)
def test_variance_without_a_baseline_is_that_of_the_exact_moments(arguments):
    fork, (theta, step_size, batch_size) = fork_of(arguments), arguments[1:4]
    known = next(known for known in train.mistakes if known.name == "no baseline")
    last, steps, chances = baselines.every_last_step(
        lambda *given: known.function(*fresh(given)), fork, theta, step_size, batch_size, 1
    )
    variance = (chances @ (steps - chances @ steps) ** 2).sum()
    _, one_sample = exact.moments(fork, FORK_POLICY, last, "reward_to_go")
    assert variance == pytest.approx(one_sample.sum() / batch_size)


def test_a_bar_above_right_runs_would_fail_them(utilities):
    """The comparison has teeth: with the bar above the median of right runs most runs miss it."""
    *settings, _, num_runs, _ = INPUTS[0]
    bar = float(np.quantile(utilities["leave one out"], 0.95))
    assert f"reached {bar}" in judged(train.truth, (*settings, bar, num_runs, 100))
