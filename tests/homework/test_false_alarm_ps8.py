"""How often the check of `train_with_critic` fails right work, and what it makes of lambda = 0 and lambda = 1."""

import math

import numpy as np
import pytest

from pgcourse.homework.compare import fresh
from pgcourse.homework.judges import judges
from pgcourse.homework.public import (
    CLOCK,
    LONG_CORRIDOR,
    LONG_CORRIDOR_POLICY,
    long_corridor_utility,
    simulate_with_critic,
)
from tests.support.course import catalogue_of

pytestmark = pytest.mark.slow  # simulates many students

PS8 = catalogue_of("ps8_lambda_and_clip")
BAR, NUM_RUNS, train = PS8.BAR, PS8.NUM_RUNS, PS8.train_with_critic
INPUTS = [arguments for arguments in [*train.visible, *train.hidden] if arguments[0] == "corridor"]
_, _, _, START, STEP_SIZE, NUM_ITERATIONS, *_ = INPUTS[0]
BATCH_SIZE = 5
NUM_SIMULATED = 1000


def side_by_side(lam, num_runs, rng):
    """Train many runs at once, decision by decision; return the exact utilities (num_runs,) that they reach."""
    num_states, horizon = LONG_CORRIDOR.num_states, LONG_CORRIDOR.horizon
    edges = np.cumsum(LONG_CORRIDOR.transitions, axis=2)
    preference = np.zeros((num_runs, num_states))  # of right over left
    runs = np.repeat(np.arange(num_runs), BATCH_SIZE)
    for _ in range(NUM_ITERATIONS):
        states = np.full(len(runs), LONG_CORRIDOR.initial.argmax())
        active = np.ones(len(runs), dtype=bool)
        steps = []
        for k in range(horizon):
            right = 1 / (1 + np.exp(-preference[runs, states]))
            actions = (rng.random(len(runs)) < right).astype(int)
            following = (rng.random((len(runs), 1)) >= edges[states, actions]).sum(axis=1)
            rewards = LONG_CORRIDOR.rewards[states, actions, following]
            goes_on = active & ~LONG_CORRIDOR.terminal[following]
            errors = np.where(active, rewards + np.where(goes_on, CLOCK[k + 1], 0) - CLOCK[k], 0)
            steps.append((states, np.where(active, actions - right, 0), errors))
            states, active = np.where(goes_on, following, states), goes_on
        advantage = np.zeros(len(runs))
        for states, scores, errors in reversed(steps):
            advantage = errors + lam * advantage
            # theta has an entry for left as well, which moves the other way
            np.add.at(preference, (runs, states), 2 * STEP_SIZE * scores * advantage / BATCH_SIZE)
    theta = np.stack([-preference / 2, preference / 2], axis=-1)
    return long_corridor_utility(theta.reshape(num_runs, -1))


@pytest.fixture(scope="module")
def utilities():
    """Exact utilities that right runs with lambda = 0.7 reach, (NUM_SIMULATED,)."""
    return side_by_side(0.7, NUM_SIMULATED, np.random.default_rng(8))


def at_most(count, trials, rate):
    """P(at most `count` of so many trials) when each has this rate."""
    return math.fsum(math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(count + 1))


def same_trajectory(state, decisions):
    """Exact P(two trajectories from a state visit the same states and take the same actions)."""
    chance = np.where(LONG_CORRIDOR.terminal, 1.0, 0.0) if decisions else np.ones(LONG_CORRIDOR.num_states)
    agree = LONG_CORRIDOR_POLICY.probabilities(START) ** 2
    for _ in range(decisions):
        chance = np.where(
            LONG_CORRIDOR.terminal, 1.0, np.einsum("sa,sat,t->s", agree, LONG_CORRIDOR.transitions**2, chance)
        )
    return float(chance[state])


def judged(function):
    """Return what the judge says of a function that is given fresh arguments, as in a check."""
    return [judges.trains_with_a_lambda(lambda *given: function(*fresh(given)), arguments) for arguments in INPUTS]


def test_all_chances_together_stay_within_the_stated_rate(utilities):
    missed, rate = int((utilities < BAR).sum()), 0.02  # as the task states
    # With a rate above that, so few misses would be seen less than once in a million times.
    assert at_most(missed, NUM_SIMULATED, rate) < 1e-6
    most_miss = 1 - at_most(NUM_RUNS // 2, NUM_RUNS, rate)
    same_batch = same_trajectory(3, LONG_CORRIDOR.horizon) ** BATCH_SIZE
    assert len(INPUTS) * (most_miss + same_batch) <= train.false_alarm <= 1e-6


def test_the_bar_is_far_below_right_runs_and_far_above_none(utilities):
    assert long_corridor_utility(START) == pytest.approx(-1.66, abs=5e-3)
    assert long_corridor_utility(np.tile([-20.0, 20.0], 8)) == pytest.approx(0.50, abs=5e-3)
    assert np.median(utilities) == pytest.approx(0.48, abs=0.01)
    assert np.std(utilities) < 0.03


def test_runs_side_by_side_are_those_of_the_reference(utilities):
    size = 15
    thetas = [
        train(simulate_with_critic, START, STEP_SIZE, NUM_ITERATIONS, np.random.default_rng(s)) for s in range(size)
    ]
    found = long_corridor_utility(np.array(thetas))
    assert abs(found.mean() - utilities.mean()) < 6 * utilities.std() * math.sqrt(1 / size + 1 / NUM_SIMULATED)


def test_the_errors_are_those_of_the_clock():
    scores, errors = simulate_with_critic(START, np.random.default_rng(0))
    assert scores.shape == (BATCH_SIZE, LONG_CORRIDOR.horizon, len(START))
    lengths = scores.any(axis=2).sum(axis=1)
    for row, length in zip(errors, lengths, strict=True):
        assert not row[length:].any()
        assert row[: length - 1] == pytest.approx(0.2)
        arrived = length < LONG_CORRIDOR.horizon
        assert row[length - 1] == pytest.approx(0.9 + 0.3 * (31 - length) if arrived else 0.2)


def test_with_lambda_0_no_run_reaches_the_bar_and_with_lambda_1_about_one_in_four():
    """With lambda = 1 it is 0.24 of the runs, and the standard deviation of the share 0.011."""
    rng = np.random.default_rng(1)
    assert (side_by_side(0.0, 200, rng) < BAR).all()
    assert (side_by_side(1.0, 1500, rng) >= BAR).mean() == pytest.approx(0.25, abs=0.045)
    for lam in (0.5, 0.8):
        assert (side_by_side(lam, 100, rng) >= BAR).mean() > 0.95


@pytest.mark.parametrize("lam", [0.0, 1.0])
def test_a_lambda_at_either_end_misses_the_bar(lam):
    def at_the_end(simulate, theta, step_size, num_iterations, rng):
        for _ in range(num_iterations):
            scores, errors = simulate(theta, rng)
            advantages = PS8.generalised_advantages(errors, np.zeros(errors.shape), 1.0, lam)
            theta = theta + step_size * np.einsum("mk,mkn->n", advantages, scores) / len(scores)
        return theta

    assert any(
        problem.startswith(f"The exact utility of the result reached {BAR} in") for problem in judged(at_the_end)
    )
