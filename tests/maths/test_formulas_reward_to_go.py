"""Lecture 7: every formula is an identity on small problems, and every number that the notebook states is exact."""

import numpy as np
import pytest
from hypothesis import given, settings

import pgcourse as pg
from pgcourse.demos import reward_to_go as lecture
from pgcourse.exact import two_decisions
from tests.support.strategies import problems


def square(mdp, policy, theta):
    """Return the probabilities of all trajectories, the scores f_k (N, H, n) and the rewards gamma**l r_l (N, H)."""
    chance, batch = pg.tree.all_trajectories(mdp, policy, theta)
    scores = policy.score_at(theta, batch.states, batch.actions) * batch.active[:, :, None]
    return chance, scores, batch.rewards * mdp.discount ** np.arange(mdp.horizon), batch


@given(problems())
@settings(max_examples=40)
def test_each_step_of_the_causality_derivation(problem):
    mdp, policy, theta = problem
    chance, scores, rewards, batch = square(mdp, policy, theta)
    gradient = pg.exact.gradient(mdp, policy, theta)
    products = np.einsum("t,tki,tl->kli", chance, scores, rewards)
    np.testing.assert_allclose(products.sum(axis=(0, 1)), gradient, atol=1e-10)
    np.testing.assert_allclose(np.einsum("sa,sai->si", policy.probabilities(theta), policy.score(theta)), 0, atol=1e-10)
    below = np.tril_indices(mdp.horizon, -1)
    np.testing.assert_allclose(products[below], 0, atol=1e-10)
    # Trajectory by trajectory, the products with l >= k are the scores times the discounted rewards-to-go.
    later = np.cumsum(rewards[:, ::-1], axis=1)[:, ::-1]
    to_go = mdp.discount ** np.arange(mdp.horizon) * pg.estimators.rewards_to_go(batch.rewards, mdp.discount)
    np.testing.assert_allclose(later, to_go, atol=1e-10)
    samples = np.einsum("tki,tk->ti", scores, later)
    estimated = pg.estimators.reward_to_go(batch, policy, theta, mdp.discount)
    np.testing.assert_allclose(samples, estimated, atol=1e-9)
    np.testing.assert_allclose(chance @ samples, gradient, atol=1e-10)


@given(problems())
@settings(max_examples=20)
def test_q_in_place_of_the_reward_to_go_has_the_same_mean(problem):
    mdp, policy, theta = problem
    chance, scores, _, batch = square(mdp, policy, theta)
    discounts, steps = mdp.discount ** np.arange(mdp.horizon), np.arange(mdp.horizon)
    action_values = pg.exact.values(mdp, policy, theta)[1][steps, batch.states, batch.actions]
    mean = np.einsum("t,tki,tk->i", chance, scores, discounts * action_values)
    np.testing.assert_allclose(mean, pg.exact.gradient(mdp, policy, theta), atol=1e-10)


@pytest.mark.parametrize("component", [1, 3])
def test_the_matrix_and_its_shares(component):
    mdp = lecture.short_corridor()
    policy, theta = lecture.towards_goal(mdp, 0.5)
    chance, scores, rewards, _ = square(mdp, policy, theta)
    products = scores[:, :, None, component] * rewards[:, None, :]
    probabilities, terms = pg.tree.products(mdp, policy, theta, component)
    mean, covariance = pg.tree.mean_and_covariance(probabilities, terms)
    np.testing.assert_allclose(mean, np.tensordot(chance, products, 1), atol=1e-10)
    variances, kept, shares = pg.tree.strike_out(covariance)
    for estimator, variance in (("total_return", variances[0]), ("reward_to_go", variances[-1])):
        assert pg.exact.moments(mdp, policy, theta, estimator)[1][component] == pytest.approx(variance, abs=1e-10)
    np.testing.assert_allclose(shares.sum(axis=(1, 2)), variances, atol=1e-10)
    assert not shares[~kept].any()
    np.testing.assert_allclose(shares[0].ravel(), covariance.sum(axis=1), atol=1e-10)
    assert len(variances) - 1 == mdp.horizon * (mdp.horizon - 1) // 2  # d (d + 1) / 2 products struck out


def test_striking_one_product_by_hand():
    mdp = lecture.short_corridor()
    problem = (mdp, *lecture.towards_goal(mdp, 0), 1)
    chance, terms = pg.tree.products(*problem)
    variances = pg.tree.strike_out(pg.tree.mean_and_covariance(chance, terms)[1]).variances
    dropped = terms[:, 1, 0]
    kept = terms.sum(axis=(1, 2)) - dropped
    mean = chance @ kept
    spread = chance @ (kept - mean) ** 2
    assert variances[1] == pytest.approx(spread, abs=1e-10)
    both = chance @ dropped**2 + 2 * chance @ (dropped * (kept - mean))  # Var(A) + 2 Cov(A, B), for a mean of 0
    assert variances[0] == pytest.approx(spread + both, abs=1e-10)


def test_the_numbers_of_the_short_corridor():
    mdp = pg.problems.corridor(num_states=3, horizon=4, start=0, step_reward=-1, goal_reward=10)
    policy, theta = pg.SoftmaxPolicy(3, 2), np.zeros(6)
    total, to_go = (pg.exact.moments(mdp, policy, theta, name)[1] for name in pg.exact.ESTIMATORS)
    assert total[[1, 3]].round(2).tolist() == [10.4, 3.8]
    assert to_go[[1, 3]].round(2).tolist() == [8.24, 5.27]


def test_the_numbers_of_the_long_corridor():
    deviations = {place: np.sqrt(lecture.exact_moments("corridor", 0, place))[:, 1] for place in ("start", "goal")}
    assert deviations["start"].round(3).tolist() == [1.118, 0.755]
    assert deviations["goal"].round(3).tolist() == [0.336, 0.163]
    drop = {place: to_go / total for place, (total, to_go) in deviations.items()}
    assert drop["goal"] < drop["start"]


def test_the_gain_grows_with_the_horizon_and_falls_with_the_pull():
    def gain(horizon, pull):
        mdp = pg.problems.corridor(horizon=horizon)
        totals = [pg.exact.moments(mdp, *lecture.towards_goal(mdp, pull), n)[1].sum() for n in pg.exact.ESTIMATORS]
        return totals[0] / totals[1]

    assert gain(1, 0) == pytest.approx(1, abs=1e-10)
    assert 3.5 < gain(30, 0) < 4.5
    assert gain(1, 0) < gain(5, 0) < gain(15, 0) < gain(30, 0)
    assert gain(30, 2) < gain(30, 1) < gain(30, 0)


@pytest.mark.parametrize("rewards", [(1, 1, -1, -1), (2, -1, 0.5, 3), (-3, -2, 2.5, 1), (1, 1, -0.5, -0.5)])
def test_when_causality_loses(rewards):
    first, second = np.array(rewards[:2]), np.array(rewards[2:])
    total, to_go = two_decisions.variances(first, second)
    formula = (np.mean(first**2) + 2 * first.mean() * second.mean()) / 4
    assert total[1] - to_go[1] == pytest.approx(formula, abs=1e-10)
    assert total[0] == pytest.approx(to_go[0], abs=1e-10)
    if formula < 0:  # opposite signs, and the second more than half as large
        assert first.mean() * second.mean() < 0
        assert abs(second.mean()) > abs(first.mean()) / 2
    level = two_decisions.break_even(first.mean(), first)
    at_level = two_decisions.variances(first, (level, level))
    assert at_level[0, 1] == pytest.approx(at_level[1, 1], abs=1e-10)


def test_the_trap():
    mdp, policy = pg.problems.two_step(), pg.SoftmaxPolicy(2, 2)
    _, batch = pg.tree.all_trajectories(mdp, policy, np.zeros(4))
    np.testing.assert_array_equal(pg.estimators.total_return(batch, policy, np.zeros(4), 1), 0)
    samples = pg.estimators.reward_to_go(batch, policy, np.zeros(4), 1)[:, 3]
    assert sorted(set(samples.tolist())) == [-0.5, 0.5]
    np.testing.assert_allclose(pg.exact.moments(mdp, policy, np.zeros(4), "reward_to_go")[1], [0, 0, 0.25, 0.25])
    with_baseline = pg.exact.moments(mdp, policy, np.zeros(4), "reward_to_go", pg.Baseline.per_state([0, -1]))
    np.testing.assert_allclose(with_baseline[1], 0, atol=1e-12)  # the cure at the end of section 5
