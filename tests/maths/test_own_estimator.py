"""Anybody's estimator on all that can happen: the package's own ones have their exact moments."""

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.exact import one_decision, own_estimator


@pytest.mark.parametrize("estimator", ["total_return", "reward_to_go"])
def test_the_samples_of_the_package_have_its_moments(estimator):
    mdp = pg.problems.corridor(num_states=3, horizon=4, discount=0.8, start=0, step_reward=-1, goal_reward=10)
    policy, theta = pg.SoftmaxPolicy(3, 2), np.array([0.2, -0.1, 0.5, 0, 0, 0])
    powers = mdp.discount ** np.arange(mdp.horizon)

    def samples(scores, rewards, _):
        if estimator == "total_return":
            return scores.sum(axis=1) * (rewards @ powers)[:, None]
        return (scores * (powers * pg.estimators.rewards_to_go(rewards, mdp.discount))[:, :, None]).sum(axis=1)

    found = own_estimator.of_samples(samples, mdp, policy, theta)
    for ours, exact in zip(found, own_estimator.of_package(mdp, policy, theta, estimator), strict=True):
        np.testing.assert_allclose(ours, exact, atol=1e-10)


@pytest.mark.parametrize(("row", "baseline"), [(0, "none"), (1, "same"), (2, "others")])
def test_estimates_of_batches_have_the_moments_in_closed_form(row, baseline):
    thetas, m = np.array([0.2, 0.5, 0.9]), 4

    def estimate(scores, rewards):
        others = (rewards.sum() - rewards) / (m - 1)
        return np.mean(scores * (rewards - {"none": 0, "same": rewards.mean(), "others": others}[baseline]))

    found = np.array(own_estimator.of_batches(estimate, thetas, 5, 10, m))
    for i, theta in enumerate(thetas):
        np.testing.assert_allclose(found[:, i], one_decision.estimate_moments(theta, 5, 10, m)[row], atol=1e-10)


def test_the_baselines_are_the_values_of_the_states():
    mdp = pg.problems.corridor(num_states=3, horizon=4, discount=0.8, start=0, step_reward=-1, goal_reward=10)
    policy, theta = pg.SoftmaxPolicy(3, 2), np.array([0.2, -0.1, 0.5, 0, 0, 0])
    powers = mdp.discount ** np.arange(mdp.horizon)

    def samples(scores, rewards, baselines):
        to_go = pg.estimators.rewards_to_go(rewards, mdp.discount)
        return (scores * (powers * (to_go - baselines))[:, :, None]).sum(axis=1)

    values = pg.Baseline.per_step_and_state(pg.exact.values(mdp, policy, theta)[0])
    exact = own_estimator.of_package(mdp, policy, theta, "reward_to_go", values)
    for ours, theirs in zip(own_estimator.of_samples(samples, mdp, policy, theta), exact, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_samples_over_their_uniform_number_have_the_moments_in_closed_form():
    thetas = np.array([0.05, 0.2, 0.5, 0.95])
    found = own_estimator.of_draws(lambda theta, u, a, b: a / theta if u < theta else -b / (1 - theta), thetas, 5, 10)
    np.testing.assert_allclose(found.mean, -5, atol=1e-10)
    np.testing.assert_allclose(found.deviation**2, one_decision.variance(0, thetas, 5, 10), atol=1e-9)
