"""The tree of all trajectories against the exact moments, and the variance of the return against both."""

import numpy as np
import pytest
from hypothesis import given, settings

import pgcourse as pg
from tests.support.strategies import problems


@pytest.mark.slow
@given(problems())
@settings(max_examples=60)
def test_the_tree_has_the_exact_moments(problem):
    mdp, policy, theta = problem
    chance, batch = pg.tree.all_trajectories(mdp, policy, theta)
    assert chance.sum() == pytest.approx(1, abs=1e-12)
    assert len(np.unique(np.column_stack([batch.states, batch.actions, batch.rewards]), axis=0)) == len(chance)
    returns = batch.returns(mdp.discount)
    assert chance @ returns == pytest.approx(pg.exact.utility(mdp, policy, theta), abs=1e-10)
    spread = chance @ returns**2 - (chance @ returns) ** 2
    assert pg.exact.return_variance(mdp, policy, theta) == pytest.approx(spread, abs=1e-9)
    for samples, moments in (
        (pg.estimators.total_return(batch, policy, theta, mdp.discount), pg.exact.moments(mdp, policy, theta)),
        (
            pg.estimators.reward_to_go(batch, policy, theta, mdp.discount),
            pg.exact.moments(mdp, policy, theta, "reward_to_go"),
        ),
    ):
        mean = chance @ samples
        np.testing.assert_allclose(mean, moments[0], atol=1e-10)
        np.testing.assert_allclose(chance @ (samples - mean) ** 2, moments[1], atol=1e-9)


def test_a_problem_too_large_is_refused():
    mdp, policy = pg.problems.corridor(), pg.SoftmaxPolicy(10, 2)
    with pytest.raises(ValueError, match="more than 200000 trajectories of 9 decisions: shorten its horizon"):
        pg.tree.all_trajectories(mdp, policy, np.zeros(20))


@pytest.mark.parametrize("theta", [(-0.5, 0.3), (-1.3, -0.1), (0.1, 0.0)])
@pytest.mark.parametrize("discount", [1.0, 0.8, 0.0])
def test_return_variance_of_the_regulator(theta, discount):
    mdp, policy = pg.problems.regulator(horizon=5, discount=discount), pg.LinearGaussianPolicy()
    returns = pg.simulate(mdp, policy, theta, 200_000, np.random.default_rng(1)).returns(discount)
    squares = (returns - pg.exact.utility(mdp, policy, theta)) ** 2
    z = (squares.mean() - pg.exact.return_variance(mdp, policy, theta)) / (squares.std() / np.sqrt(len(squares)))
    assert abs(z) < 6.5  # false-alarm rate 8e-11


def test_return_variance_of_the_regulator_by_hand():
    # One step: G = -s^2 with s ~ N(mean, std^2), so Var = 2 std^4 + 4 mean^2 std^2.
    mdp = pg.problems.regulator(horizon=1, initial_mean=0.3, initial_std=0.2)
    by_hand = 2 * 0.2**4 + 4 * 0.3**2 * 0.2**2
    assert pg.exact.return_variance(mdp, pg.LinearGaussianPolicy(), (-0.5, 0.3)) == pytest.approx(by_hand)


@pytest.mark.slow
@given(problems())
@settings(max_examples=60)
def test_the_law_of_the_return_is_that_of_the_tree(problem):
    mdp, policy, theta = problem
    chance, batch = pg.tree.all_trajectories(mdp, policy, theta)
    returns = batch.returns(mdp.discount)
    values, chances = pg.tree.return_distribution(mdp, policy, theta)
    assert np.all(np.diff(values) > 0)
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    for threshold in values:
        below = chance @ (returns <= threshold + 1e-9)
        assert chances @ (values <= threshold + 1e-9) == pytest.approx(below, abs=1e-10)


def test_too_many_returns_are_refused(monkeypatch):
    mdp, policy = pg.problems.corridor(), pg.SoftmaxPolicy(10, 2)
    monkeypatch.setattr("pgcourse.exact._laws.LIMIT", 10)
    with pytest.raises(ValueError, match="more than 10 returns after"):
        pg.tree.return_distribution(mdp, policy, np.zeros(policy.num_parameters))


def test_returns_that_only_rounding_tells_apart_are_one_and_small_ones_are_not():
    policy = pg.SoftmaxPolicy(2, 2)
    values, _ = pg.tree.return_distribution(pg.problems.two_step((0, 1e-13), (2e-13, 0)), policy, np.zeros(4))
    np.testing.assert_allclose(values, [0, 1e-13, 2e-13, 3e-13], atol=1e-25)
    values, chances = pg.tree.return_distribution(pg.problems.two_step((0.1, 0.2), (0.2, 0.1)), policy, np.zeros(4))
    np.testing.assert_allclose(values, [0.2, 0.3, 0.4])
    np.testing.assert_allclose(chances, [0.25, 0.5, 0.25])


@pytest.mark.parametrize("offset", [0, 1e8])
def test_covariances_of_products_are_central(offset):
    terms = offset + np.array([[[0.0, 1.0], [2.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
    mean, covariance = pg.tree.mean_and_covariance(np.array([0.25, 0.75]), terms)
    np.testing.assert_allclose(mean, offset + np.array([[0.75, 0.25], [0.5, 0.75]]))
    away = np.array([-0.75, 0.75, 1.5, -0.75])
    np.testing.assert_allclose(covariance, np.outer(away, away) / 3, rtol=1e-7)


def test_trees_of_noisy_rewards_are_refused():
    mdp = pg.TabularMDP([1], [[[1], [1]]], [[0, 1]], 1, 1, reward_std=[[0, 2]])
    for function in (pg.tree.all_trajectories, pg.tree.return_distribution):
        with pytest.raises(ValueError, match=r"^mdp draws its rewards from normal distributions, too many"):
            function(mdp, pg.SoftmaxPolicy(1, 2), np.zeros(2))


def test_the_regulators_variances_are_sums_of_squares():
    mdp, policy = pg.problems.regulator(horizon=4), pg.LinearGaussianPolicy()
    common = pg.exact.differences.common_variance
    assert common(mdp, policy, (-0.5, 0.3), (-0.5, 0.3)) == 0
    near, far = (common(mdp, policy, (-0.5, 0.3), (-0.5 + delta, 0.3)) / delta**2 for delta in (1e-9, 1e-5))
    assert near == pytest.approx(far, rel=1e-4)
