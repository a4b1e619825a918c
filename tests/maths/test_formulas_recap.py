"""What lecture 9 states: three expressions of one gradient, the price and the variance of each estimate, the race."""

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.demos import recap
from pgcourse.exact import ladder
from pgcourse.optimisers.race import METHODS, difference_quotients, iteration_cost, race

LIMIT = 6.5  # false-alarm rate 8e-11 for each of fewer than 1000 normal statistics
SHORT = pg.problems.corridor(num_states=5, horizon=4, start=2, step_reward=-0.3)
THETA = np.random.default_rng(3).normal(0, 0.6, 10)


def total(theta, rung, step_reward=-0.1):
    return rung_moments(recap.small_corridor(step_reward), theta, rung)[1].sum()


def rung_moments(mdp, theta, rung):
    return ladder.moments(mdp, recap.POLICY, theta, rung, recap.NUM_TRAJECTORIES)


def at_preference(preference):
    return np.tile([0.0, preference], 5)


def law(theta):
    """Return the probabilities (N,) of all trajectories of SHORT, and the trajectories."""
    return pg.tree.all_trajectories(SHORT, recap.POLICY, theta)


def gradient_samples(trajectories, theta, rung):
    """Return the gradient sample (N, n) of each trajectory, straight from the formulas of section 1."""
    states, actions = trajectories.states, trajectories.actions
    scores = recap.POLICY.score(theta)[states, actions] * trajectories.active[:, :, None]
    discounts = SHORT.discount ** np.arange(SHORT.horizon)
    earned = discounts * trajectories.rewards
    if rung in (2, 3):
        base = pg.exact.utility(SHORT, recap.POLICY, theta) if rung == 3 else 0
        return scores.sum(axis=1) * (earned.sum(axis=1) - base)[:, None]
    to_go = np.stack([earned[:, k:].sum(axis=1) for k in range(SHORT.horizon)], axis=1)
    values = pg.exact.values(SHORT, recap.POLICY, theta)[0][np.arange(SHORT.horizon), states]
    weights = to_go - (discounts * values if rung == 5 else 0)
    return (scores * weights[:, :, None]).sum(axis=1)


@pytest.mark.parametrize("rung", [2, 3, 4, 5])
def test_each_expression_has_the_gradient_as_its_mean_and_the_stated_variance(rung):
    chance, trajectories = law(THETA)
    samples = gradient_samples(trajectories, THETA, rung)
    mean = chance @ samples
    variance = chance @ samples**2 - mean**2
    stated_mean, stated_variance = rung_moments(SHORT, THETA, rung)
    np.testing.assert_allclose(mean, pg.exact.gradient(SHORT, recap.POLICY, THETA), atol=1e-10)
    np.testing.assert_allclose(stated_mean, mean, atol=1e-10)
    np.testing.assert_allclose(stated_variance, variance / recap.NUM_TRAJECTORIES, atol=1e-10)


def test_the_variance_of_finite_differences():
    moments = []
    for theta in (THETA, *(THETA + 0.5 * np.eye(10))):
        chance, trajectories = law(theta)
        returns = trajectories.returns(SHORT.discount)
        moments.append((chance @ returns, chance @ returns**2 - (chance @ returns) ** 2))
    utility, variance = np.array(moments).T
    mean, stated = rung_moments(SHORT, THETA, 0)
    np.testing.assert_allclose(mean, (utility[1:] - utility[0]) / 0.5, atol=1e-10)
    np.testing.assert_allclose(stated, (variance[1:] + variance[0]) / (20 * 0.5**2), atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("rung", range(6))
def test_drawn_estimates_have_the_exact_mean_and_variance(rung):
    rng, theta = np.random.default_rng(rung), at_preference(0.5)
    drawn = np.array(
        [ladder.estimate(SHORT, recap.POLICY, theta, rung, recap.NUM_TRAJECTORIES, rng) for _ in range(500)]
    )
    mean, variance = rung_moments(SHORT, theta, rung)
    seen = variance > 1e-14
    z = (drawn.mean(axis=0) - mean)[seen] / np.sqrt(variance[seen] / len(drawn))
    assert np.abs(z).max() < LIMIT
    squares = (drawn - mean) ** 2
    z = (squares.mean(axis=0) - variance)[seen] / (squares.std(axis=0)[seen] / np.sqrt(len(drawn)))
    assert np.abs(z).max() < LIMIT


def test_the_numbers_of_section_2():
    totals = [total(np.zeros(10), rung) for rung in (0, 1, 2, 4, 5)]
    np.testing.assert_allclose(totals, [1.3, 0.089, 0.0090, 0.0037, 0.0024], rtol=0.05)
    ratios = np.array(totals[:-1]) / totals[1:]
    np.testing.assert_allclose(ratios, [14, 9.9, 2.4, 1.6], rtol=0.035)
    assert totals[0] / totals[2] == pytest.approx(140, rel=0.02)
    assert recap.NUM_TRAJECTORIES * recap.small_corridor().horizon == 2200


def test_where_a_baseline_hurts():
    totals = [total(at_preference(1.0), rung) for rung in range(6)]
    np.testing.assert_allclose(totals[2:], [0.0037, 0.0048, 0.0019, 0.0023], atol=5e-5)
    assert totals[5] > totals[4]
    assert totals[3] > totals[2]
    costly = [total(at_preference(1.0), rung, step_reward=-1.0) for rung in range(6)]
    assert costly[4] / costly[5] > costly[2] / costly[4] > 1


@pytest.mark.parametrize("preference", [-2.0, 0.0, 1.0, 2.0])
def test_the_optimal_baseline_never_loses_to_none(preference):
    mdp, theta = recap.small_corridor(), at_preference(preference)
    best = pg.Baseline.per_component(pg.exact.optimal_baseline(mdp, recap.POLICY, theta))
    with_best = pg.exact.moments(mdp, recap.POLICY, theta, "reward_to_go", best)[1]
    assert (with_best <= pg.exact.moments(mdp, recap.POLICY, theta, "reward_to_go")[1] + 1e-12).all()


@pytest.mark.slow
def test_the_captions_of_the_tricks():
    live = recap.tricks()
    for settings, words in (
        ({"causality": True}, "need the log-derivative trick first"),
        ({"common_numbers": True}, "0.089, 14.1 times smaller than with finite differences and fresh random numbers;"),
        (
            {"log_derivative": True, "causality": False},
            "0.009, 9.92 times smaller than with finite differences and com",
        ),
        ({"log_derivative": True, "causality": False}, "140 times smaller than with finite differences and fresh"),
        ({"causality": True}, "0.0037, 2.44 times smaller than with the log-derivative trick alone"),
        ({"with_baseline": True, "preference": 1.0}, "0.0023, 1.23 times larger than"),
    ):
        live.set(**settings)
        assert words in live.caption_text


def test_the_prices_of_section_3():
    prices = [iteration_cost(pg.problems.corridor(), method) for method in METHODS]
    assert prices == [4100, 3000, 3000, 2100, 100, 100, 100]


def test_the_best_possible_utility():
    mdp = pg.problems.corridor()
    value = np.zeros(mdp.num_states)
    for _ in range(mdp.horizon):
        value = np.where(mdp.terminal, 0, (mdp.mean_rewards + mdp.discount * mdp.transitions @ value).max(axis=1))
    always_right = pg.learning.utilities(mdp, np.tile([-30.0, 30.0], mdp.num_states))
    assert always_right == pytest.approx(mdp.initial @ value, abs=1e-10)


def test_a_difference_quotient_shares_the_luck():
    slope, rng = np.array([1.0, -2.0, 0.5]), np.random.default_rng(0)
    found = difference_quotients(lambda theta, rng: slope @ theta + 100 * rng.random(), np.ones(3), 0.25, rng)
    np.testing.assert_allclose(found, slope, atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_a_race_starts_together_and_keeps_to_its_budget(method):
    mdp = pg.problems.corridor(num_states=4, horizon=5, start=1)
    steps, utility = race(mdp, method, 3000, 1.0, 3, np.random.default_rng(1))
    again = race(mdp, method, 3000, 1.0, 3, np.random.default_rng(1))[1]
    np.testing.assert_array_equal(utility, again)
    assert steps[0] == 0
    assert 3000 - iteration_cost(mdp, method) < steps[-1] <= 3000
    np.testing.assert_allclose(utility[0], pg.exact.utility(mdp, pg.SoftmaxPolicy(4, 2), np.zeros(8)), atol=1e-12)
    assert (utility[-1] > utility[0]).all()


@pytest.mark.slow  # of 600 runs
def test_variance_buys_a_larger_step_size():
    """Of 200 runs each; with shares of 0.42, 0.07 and below 0.01 the bounds fail by chance less than once in 1e4."""
    mdp, rng = pg.problems.corridor(), np.random.default_rng(5)
    stuck = {m: np.mean(race(mdp, m, 20_000, 8.0, 200, rng)[1][-1] < 0) for m in METHODS[-3:]}
    assert 0.28 < stuck["total_return"] < 0.56
    assert 0.015 < stuck["reward_to_go"] < 0.16
    assert stuck["with_baseline"] < 0.04


@pytest.mark.parametrize(
    ("method", "budget", "words"),
    [("newton", 1000, "method is 'newton'"), ("genetic", 100, "one iteration of genetic takes 3000 steps")],
)
def test_errors(method, budget, words):
    with pytest.raises(ValueError, match=words):
        race(pg.problems.corridor(), method, budget, 1.0, 1, np.random.default_rng(0))
