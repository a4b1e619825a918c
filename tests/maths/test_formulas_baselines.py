"""Lecture 8: every formula is an identity on small problems, and every number that the notebook states is exact."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

import pgcourse as pg
from pgcourse.demos.reward_to_go import short_corridor, towards_goal
from pgcourse.exact import baselines, one_decision, state_baseline
from tests.support.enumeration import to_go, trajectories
from tests.support.strategies import problems

CASES = [(0.2, 5, 10), (0.2, 1, 2), (0.2, 0, 1), (0.7, -3, 2), (0.5, 2, -2)]


def steps(mdp, policy, theta):
    """Return the probabilities of all trajectories, l_k (N, H, n), the rewards-to-go (N, H) and the trajectories."""
    chance, batch = pg.tree.all_trajectories(mdp, policy, theta)
    scores = policy.score_at(theta, batch.states, batch.actions) * batch.active[:, :, None]
    discounts = mdp.discount ** np.arange(mdp.horizon)
    return chance, scores * discounts[:, None], pg.estimators.rewards_to_go(batch.rewards, mdp.discount), batch


@given(problems())
@settings(max_examples=30)
def test_each_step_of_the_baseline_derivation(problem):
    mdp, policy, theta = problem
    chance, ell, ahead, batch = steps(mdp, policy, theta)
    base = np.linspace(-2, 3, mdp.num_states)[batch.states]
    subtracted = np.einsum("t,tki,tk->ki", chance, ell, base)
    np.testing.assert_allclose(subtracted, 0, atol=1e-10)  # decision by decision
    mean = np.einsum("t,tki,tk->i", chance, ell, ahead - base)
    np.testing.assert_allclose(mean, pg.exact.gradient(mdp, policy, theta), atol=1e-10)
    # Given the state and the action, the mean of the bracket with V is the advantage Q - V.
    values, action_values = pg.exact.values(mdp, policy, theta)
    step = np.arange(mdp.horizon)
    advantage = action_values[step, batch.states, batch.actions] - values[step, batch.states]
    np.testing.assert_allclose(np.einsum("t,tki,tk->i", chance, ell, advantage), mean, atol=1e-10)
    # Several decisions: X, Y, the parabola, and both baselines.
    x, y = np.einsum("tki,tk->ti", ell, ahead), ell.sum(axis=1)
    np.testing.assert_allclose(chance @ y, 0, atol=1e-10)
    square = chance @ y**2
    np.testing.assert_allclose(square, chance @ (ell**2).sum(axis=1), atol=1e-10)
    used = square > 1e-9
    optimal = (chance @ (x * y))[used] / square[used]
    np.testing.assert_allclose(pg.exact.optimal_baseline(mdp, policy, theta)[used], optimal, atol=1e-8)
    numerator = np.einsum("t,tki,tk->i", chance, ell**2, ahead)
    np.testing.assert_allclose(
        pg.exact.lecture_baseline(mdp, policy, theta)[used], (numerator / square.clip(1e-300))[used]
    )
    spread = chance @ x**2 - (chance @ x) ** 2
    for b in (-1.0, 0.5):
        sample = x - b * y
        variance = chance @ sample**2 - (chance @ sample) ** 2
        np.testing.assert_allclose(variance, spread - 2 * b * (chance @ (x * y)) + b**2 * square, atol=1e-9)


def test_the_lectures_baseline_minimises_the_second_moments_of_the_single_steps():
    mdp = short_corridor()
    policy, theta = towards_goal(mdp, 1)
    chance, ell, ahead, _ = steps(mdp, policy, theta)
    best = pg.exact.lecture_baseline(mdp, policy, theta)[3]

    def moments(b):
        return chance @ (ell[:, :, 3] ** 2 * (ahead - b) ** 2).sum(axis=1)

    assert moments(best) < min(moments(best - 1e-3), moments(best + 1e-3))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("b", [-1.5, 0.0, 0.8])
def test_the_bowl(case, b):
    theta, *rewards = case
    mdp, policy = pg.problems.left_right(*rewards), pg.ClampPolicy()
    mean, variance = pg.exact.moments(mdp, policy, [theta], "reward_to_go", b)
    assert mean[0] == pytest.approx(rewards[0] - rewards[1], abs=1e-10)
    assert variance[0] == pytest.approx(one_decision.variance(b, *case), abs=1e-10)
    best = one_decision.best_baseline(*case)
    distance = (rewards[0] - b) / theta + (rewards[1] - b) / (1 - theta)
    assert abs(distance) == pytest.approx(abs(b - best) / (theta * (1 - theta)), abs=1e-10)
    for baseline in (pg.exact.lecture_baseline, pg.exact.optimal_baseline):  # equal for one decision
        assert baseline(mdp, policy, [theta])[0] == pytest.approx(best, abs=1e-10)


@pytest.mark.parametrize(
    ("rewards", "variances"), [((5, 10), [225, 56.25, 0]), ((1, 2), [9, 2.25, 0]), ((0, 1), [0.25, 2.25, 0])]
)
def test_the_three_numbers_of_each_problem(rewards, variances):
    case = (0.2, *rewards)
    found = [one_decision.variance(b, *case) for b in (0, one_decision.value(*case), one_decision.best_baseline(*case))]
    np.testing.assert_allclose(found, variances, atol=1e-12)


def test_where_v_hurts():
    hurting = {}
    for rewards in ((5, 10), (0, 1), (-1, 1), (3, -0.5)):
        hurts = []
        for theta in np.arange(1, 60) / 60:
            v, best = one_decision.value(theta, *rewards), one_decision.best_baseline(theta, *rewards)
            assert v - best == pytest.approx((2 * theta - 1) * (rewards[0] - rewards[1]), abs=1e-10)
            excess = one_decision.variance(v, theta, *rewards) - one_decision.variance(0, theta, *rewards)
            rule = abs((2 * theta - 1) * (rewards[0] - rewards[1])) - abs(best)
            if min(abs(rule), abs(excess)) > 1e-9:
                assert (rule > 0) == (excess > 0)
            hurts.append(excess > 1e-9)
        hurting[rewards] = np.array(hurts)
    assert not hurting[5, 10].any()
    assert hurting[0, 1].tolist() == (np.arange(1, 60) < 20).tolist()  # theta < 1/3
    assert hurting[-1, 1].tolist() == (np.arange(1, 60) != 30).tolist()  # all but theta = 1/2


@pytest.mark.parametrize(("rewards", "hurts"), [((5, 10), False), ((2, 1), False), ((1, 2.1), True), ((2.1, 1), True)])
def test_v_hurts_with_two_positive_rewards_if_one_is_more_than_twice_the_other(rewards, hurts):
    theta = np.arange(1, 200) / 200
    with_v = one_decision.variance(one_decision.value(theta, *rewards), theta, *rewards)
    where = with_v > one_decision.variance(0, theta, *rewards) + 1e-9
    assert where.any() == hurts
    chance_of_larger = theta if rewards[0] > rewards[1] else 1 - theta
    assert (chance_of_larger[where] > 2 / 3).all()


def test_with_rewards_of_opposite_sign_no_baseline_is_the_best_at_some_theta():
    for left, right in ((-1, 1), (3, -0.5)):
        assert one_decision.best_baseline(left / (left - right), left, right) == pytest.approx(0, abs=1e-12)


def test_the_numbers_of_several_decisions():
    mdp = short_corridor()
    found = {}
    for pull, component in ((0, 1), (1, 3)):
        problem = (mdp, *towards_goal(mdp, pull))
        spread = baselines.parabola(*problem, component)
        lectures, optimal = (f(*problem)[component] for f in (pg.exact.lecture_baseline, pg.exact.optimal_baseline))
        with_v = baselines.variance_with_values(*problem)[component]
        found[component] = np.round([spread(0), with_v, spread(lectures), spread(optimal)], 3).tolist()
    assert found == {1: [8.242, 8.281, 8.504, 8.238], 3: [3.765, 6.007, 3.089, 2.916]}


def test_the_parabola_is_the_variance_with_that_baseline():
    mdp = short_corridor(0.8, 1.5)
    problem = (mdp, *towards_goal(mdp, 0.5))
    for component, b in ((1, -2.0), (3, 3.0)):
        exact = pg.exact.moments(*problem, "reward_to_go", b)[1][component]
        assert baselines.parabola(*problem, component)(b) == pytest.approx(exact, abs=1e-10)


@given(problems())
@settings(max_examples=30, deadline=None)
def test_the_best_baseline_for_each_decision_and_state(problem):
    """Every number of it lies at the bottom of a parabola of its own."""
    mdp, policy, theta = problem
    best = pg.exact.optimal_state_baseline(mdp, policy, theta)
    chance, ell, ahead, batch = steps(mdp, policy, theta)

    def total(table):
        sample = np.einsum("tki,tk->ti", ell, ahead - table[np.arange(mdp.horizon), batch.states])
        return (chance @ (sample - chance @ sample) ** 2).sum()

    for k, s in np.ndindex(best.shape):
        here, there = (
            total(best + step * np.eye(best.size)[k * mdp.num_states + s].reshape(best.shape)) for step in (1, -1)
        )
        assert here == pytest.approx(there, abs=1e-8)
        assert here >= total(best) - 1e-9
    found = state_baseline.variance_with_state_baseline(mdp, policy, theta).sum()
    assert found == pytest.approx(total(best), abs=1e-8)


def test_the_numbers_of_the_gridworld():
    mdp = pg.problems.gridworld(size=4, horizon=20)

    def totals(pull):
        problem = (mdp, *towards_goal(mdp, pull))
        per_component = [
            pg.exact.moments(*problem, "reward_to_go", pg.Baseline.per_component(f(*problem)))[1].sum()
            for f in (pg.exact.lecture_baseline, pg.exact.optimal_baseline)
        ]
        none = pg.exact.moments(*problem, "reward_to_go")[1].sum()
        return none, baselines.variance_with_values(*problem).sum(), *per_component

    assert np.round(totals(0), 3).tolist() == [4.02, 2.581, 2.633, 2.629]
    none, with_v, lectures, optimal = totals(1)
    assert optimal < lectures < with_v < none  # the order turns
    spread = np.ptp(pg.exact.lecture_baseline(mdp, *towards_goal(mdp, 0)).reshape(16, 4), axis=1)
    assert set(np.argsort(spread)[-4:].tolist()) == {6, 9, 11, 14}  # the neighbours of the pit, state 10


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("m", [2, 3, 5])
def test_where_the_baseline_comes_from(case, m):
    theta, left, right = case
    names = one_decision.SOURCES
    found = dict(zip(names, one_decision.estimate_moments(*case, m), strict=True))
    chances, samples = [], {name: [] for name in names[:3]}
    for went_left in itertools.product((True, False), repeat=m):  # every batch, one trajectory after the other
        went_left = np.array(went_left)
        rewards = np.where(went_left, left, right)
        score = np.where(went_left, 1 / theta, -1 / (1 - theta))
        others = np.array([np.delete(rewards, i).mean() for i in range(m)])
        np.testing.assert_allclose(rewards - rewards.mean(), (1 - 1 / m) * (rewards - others), atol=1e-12)
        chances.append(np.where(went_left, theta, 1 - theta).prod())
        for name, baseline in zip(names[:3], (0, rewards.mean(), others), strict=True):
            samples[name].append(np.mean(score * (rewards - baseline)))
    chances = np.array(chances)
    for name, values in samples.items():
        mean = chances @ values
        np.testing.assert_allclose(found[name], [mean, np.sqrt(chances @ (values - mean) ** 2)], atol=1e-7)
    gradient = left - right
    expected = {"same batch": (1 - 1 / m) * gradient}
    for name, (mean, _) in found.items():
        assert mean == pytest.approx(expected.get(name, gradient), abs=1e-10)
    assert found["same batch"][1] == pytest.approx((1 - 1 / m) * found["leave-one-out"][1], abs=1e-7)
    # An independent baseline adds its own variance: E[(b - b*)^2] / (m theta (1 - theta)).
    v, best = one_decision.value(*case), one_decision.best_baseline(*case)
    spread = (v - best) ** 2 + theta * (1 - theta) * gradient**2 / m
    assert found["previous batch"][1] ** 2 == pytest.approx(spread / (m * theta * (1 - theta)), abs=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_the_mean_of_ratios_is_v_in_the_left_right_exercise(case):
    theta, *rewards = case
    mdp, policy = pg.problems.left_right(*rewards), pg.ClampPolicy()
    found = pg.tree.mean_of_ratios(mdp, policy, [theta], 0)
    assert found == pytest.approx(one_decision.value(*case), abs=1e-10)


def test_the_mean_of_ratios_of_several_decisions():
    mdp = short_corridor(0.9)
    policy, theta = towards_goal(mdp, 0.5)
    weight, total = 0, 0
    for chance, _, scores, rewards in trajectories(mdp, policy.probabilities(theta), policy.score(theta)):
        squares = (0.9 ** np.arange(len(rewards)) * scores[:, 3]) ** 2
        if squares.any():
            weight += chance
            total += chance * (squares @ to_go(rewards, 0.9)) / squares.sum()
    assert pg.tree.mean_of_ratios(mdp, policy, theta, 3) == pytest.approx(total / weight, abs=1e-10)
