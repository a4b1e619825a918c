"""How often the check of `policy_gradient` fails right work: less than once in a million times, as it says."""

import math

import numpy as np
import pytest

from pgcourse.homework.compare import fresh
from pgcourse.homework.judges import judges
from pgcourse.homework.public import CORRIDOR, CORRIDOR_POLICY, corridor_utility, simulate_corridor
from pgcourse.optimisers import runs as learning
from tests.support.course import catalogue_of

pytestmark = pytest.mark.slow  # simulates many students

PS5 = catalogue_of("ps5_reward_to_go")
BAR, NUM_RUNS, causality_loses, policy_gradient = PS5.BAR, PS5.NUM_RUNS, PS5.causality_loses, PS5.policy_gradient
INPUTS = [arguments for arguments in [*policy_gradient.visible, *policy_gradient.hidden] if arguments[0] == "corridor"]
_, _, _, START, STEP_SIZE, NUM_ITERATIONS, *_ = INPUTS[0]
BATCH_SIZE = 20
NUM_SIMULATED = 3000


@pytest.fixture(scope="module")
def utilities():
    """Exact utilities that right runs reach, (NUM_SIMULATED,)."""
    rng = np.random.default_rng(5)
    runs = learning.policy_gradient_runs(CORRIDOR, START, STEP_SIZE, BATCH_SIZE, NUM_SIMULATED, rng)
    for _ in range(NUM_ITERATIONS):
        next(runs)
    return learning.utilities(CORRIDOR, next(runs))


def judged(function, arguments):
    """Return what the judge says of a function that is given fresh arguments, as in a check."""
    return judges.follows_its_simulator(lambda *given: function(*fresh(given)), arguments)


def most_fail(rate):
    """P(at least half of NUM_RUNS runs miss the bar) when each misses it with probability `rate`."""
    counts = range((NUM_RUNS + 1) // 2, NUM_RUNS + 1)
    return math.fsum(math.comb(NUM_RUNS, k) * rate**k * (1 - rate) ** (NUM_RUNS - k) for k in counts)


def same_trajectory(state, decisions):
    """Exact P(two trajectories from a state visit the same states and take the same actions)."""
    if not decisions or CORRIDOR.terminal[state]:
        return 1.0
    agree = CORRIDOR_POLICY.probabilities(START)[state] ** 2
    following = CORRIDOR.transitions[state] ** 2 @ [same_trajectory(s, decisions - 1) for s in range(4)]
    return float(agree @ following)


def test_all_chances_together_stay_within_the_stated_rate(utilities):
    assert utilities.min() >= BAR
    # None of N runs missed the bar: a rate above this would show that less than once in a million times.
    rate = 1 - 1e-6 ** (1 / NUM_SIMULATED)
    assert rate < 0.01  # as the task states
    # Score and state-action pairs tell trajectories apart, so two seeds agree in the first batch at most so often.
    same_batch = same_trajectory(1, CORRIDOR.horizon) ** BATCH_SIZE
    assert len(INPUTS) * (most_fail(rate) + same_batch) <= policy_gradient.false_alarm <= 1e-6


def test_the_bar_is_far_below_right_runs_and_far_above_none(utilities):
    assert corridor_utility(START) == pytest.approx(0.007, abs=5e-4)
    assert corridor_utility(np.tile([-20.0, 20.0], 4)) == pytest.approx(0.750, abs=5e-4)
    assert utilities.mean() == pytest.approx(0.705, abs=2e-3)
    assert utilities.std() < 0.006
    assert utilities.mean() - BAR > 9 * utilities.std()


def test_runs_side_by_side_are_those_of_the_reference(utilities):
    size = 40
    rngs = [np.random.default_rng(seed) for seed in range(size)]
    thetas = [policy_gradient(simulate_corridor, START, STEP_SIZE, NUM_ITERATIONS, rng) for rng in rngs]
    difference = corridor_utility(np.array(thetas)).mean() - utilities.mean()
    assert abs(difference) < 6 * utilities.std() * math.sqrt(1 / size + 1 / NUM_SIMULATED)
    scores, rewards = simulate_corridor(START, np.random.default_rng(0))
    assert scores.shape == (BATCH_SIZE, CORRIDOR.horizon, len(START))
    assert rewards.shape == (BATCH_SIZE, CORRIDOR.horizon)


@pytest.mark.parametrize("name", ["descent on utility", "score alone", "mean over all decisions"])
def test_work_that_does_not_learn_misses_the_bar(name):
    known = next(known for known in policy_gradient.mistakes if known.name == name)
    problem = judged(known.function, INPUTS[0])
    assert problem.startswith(f"The exact utility of the result reached {BAR} in 0 of {NUM_RUNS} runs")


def test_runs_end_when_most_have_reached_the_bar():
    iterations = []

    def counted(simulate, theta, step_size, num_iterations, rng):
        iterations.append(num_iterations)
        return policy_gradient.truth(simulate, theta, step_size, num_iterations, rng)

    assert judged(counted, INPUTS[0]) == ""
    assert iterations == [2, 2, 2] + [NUM_ITERATIONS] * (NUM_RUNS // 2 + 1)


def test_work_that_does_not_simulate_is_told_so():
    assert judged(lambda simulate, theta, *others: theta + 1.0, INPUTS[0]) == "simulate is not called."


def test_a_bar_in_the_middle_would_fail_right_work(utilities):
    """The comparison has teeth: with the bar at the median of right runs chance alone decides."""
    *settings, _, num_runs, _ = INPUTS[0]
    bar = float(np.median(utilities))
    verdicts = [
        judged(policy_gradient.truth, (*settings, bar, num_runs, seed)) for seed in range(0, 12 * num_runs, num_runs)
    ]
    assert "" in verdicts
    assert any(verdicts)


@pytest.mark.parametrize(("first", "second"), [(1.0, -1.0), (-3.0, 2.0), (3.0, -1.0), (1.0, -0.4), (-1.0, 0.6), (2, 2)])
def test_the_table_of_two_steps_is_judged_by_the_closed_form(first, second):
    # Whatever is done, the rewards are these: only the second score meets another factor, and its variance is 1/2.
    difference = (second**2 - (first + second) ** 2) / 2
    problem = judges.raises_the_variance(lambda: (np.full(2, first), np.full(2, second)), causality_loses.visible[0])
    assert problem == ("" if difference > 0 else "causality helps")
