"""Lecture 4: every step of its derivations is an identity on small problems, and every number it states is exact."""

import numpy as np
import pytest
from hypothesis import given, settings

import pgcourse as pg
from pgcourse.demos import log_derivative
from pgcourse.exact import likelihood
from pgcourse.gradients import batches, densities
from tests.support.strategies import problems

FEW = settings(max_examples=40)


def gradient_of_policy(policy, theta):
    """Return the gradient of pi(a | s), (S, A, n), from the softmax itself and not from its score."""
    pi = policy.probabilities(theta)
    num_states, num_actions = pi.shape
    gradient = np.zeros((num_states, num_actions, num_states, num_actions))
    for s in range(num_states):
        gradient[s, :, s, :] = np.diag(pi[s]) - np.outer(pi[s], pi[s])
    return gradient.reshape(num_states, num_actions, -1)


def gradient_of_probability(mdp, policy, theta, tau):
    """Return the gradient of p(tau), (N, n), by the product rule."""
    start, dynamics, policy_terms = (np.exp(terms) for terms in likelihood.log_terms(mdp, policy, theta, tau))
    slopes = gradient_of_policy(policy, theta)[tau.states, tau.actions] * tau.active[:, :, None]
    fixed = start.prod(axis=1) * dynamics.prod(axis=1)
    total = 0
    for k in range(mdp.horizon):
        others = np.delete(policy_terms, k, axis=1).prod(axis=1)
        total = total + (fixed * others)[:, None] * slopes[:, k]
    return total


@given(problems())
@FEW
def test_the_probability_of_a_trajectory_is_the_product_of_its_factors(problem):
    mdp, policy, theta = problem
    p, tau = pg.tree.all_trajectories(mdp, policy, theta)
    terms = likelihood.log_terms(mdp, policy, theta, tau)
    np.testing.assert_allclose(np.exp(sum(rows.sum(axis=1) for rows in terms)), p, atol=1e-12)


@given(problems())
@FEW
def test_utility_is_the_sum_of_p_times_return(problem):
    mdp, policy, theta = problem
    p, tau = pg.tree.all_trajectories(mdp, policy, theta)
    assert p @ tau.returns(mdp.discount) == pytest.approx(pg.exact.utility(mdp, policy, theta), abs=1e-10)


@given(problems())
@FEW
def test_each_step_of_the_derivation(problem):
    mdp, policy, theta = problem
    p, tau = pg.tree.all_trajectories(mdp, policy, theta)
    returns = tau.returns(mdp.discount)
    grad_p = gradient_of_probability(mdp, policy, theta, tau)
    score = likelihood.scores(policy, theta, tau).sum(axis=1)
    exact = pg.exact.gradient(mdp, policy, theta)
    np.testing.assert_allclose(grad_p.sum(axis=0), 0, atol=1e-10)  # the probabilities always add up to 1
    np.testing.assert_allclose(grad_p, p[:, None] * score, atol=1e-10)  # grad p = p grad log p
    np.testing.assert_allclose(returns @ grad_p, exact, atol=1e-10)  # grad U = sum of grad p R
    np.testing.assert_allclose((p * returns) @ score, exact, atol=1e-10)  # ... = E[grad log p R]


@given(problems())
@FEW
def test_only_the_policy_survives_the_gradient(problem):
    mdp, policy, theta = problem
    _, tau = pg.tree.all_trajectories(mdp, policy, theta)
    before = likelihood.log_terms(mdp, policy, theta, tau)
    i, step = len(theta) // 2, 1e-5
    up, down = (theta + sign * step * np.eye(len(theta))[i] for sign in (1, -1))
    after = [likelihood.log_terms(mdp, policy, at, tau) for at in (up, down)]
    for part in ("start", "dynamics"):
        np.testing.assert_array_equal(getattr(after[0], part), getattr(before, part))
    slope = (after[0].policy - after[1].policy) / (2 * step)
    np.testing.assert_allclose(slope, likelihood.scores(policy, theta, tau)[:, :, i], atol=1e-8)


def test_the_softmax_score_as_displayed():
    policy, theta = pg.SoftmaxPolicy(3, 4), np.random.default_rng(1).normal(size=12)
    pi, score = policy.probabilities(theta), policy.score(theta).reshape(3, 4, 3, 4)
    for s in range(3):
        for a in range(4):
            np.testing.assert_allclose(score[s, a, s], np.eye(4)[a] - pi[s], atol=1e-12)
            assert score[s, a, s].sum() == pytest.approx(0, abs=1e-12)
            assert not np.delete(score[s, a], s, axis=0).any()


def integral(values, x):
    return np.trapezoid(values, x)


@pytest.mark.parametrize(("family", "low", "high"), [("normal", -10.0, 20.0), ("exponential", 0.0, 120.0)])
@pytest.mark.parametrize("theta", [1.0, 2.3, 4.0])
def test_the_densities_and_their_scores(family, low, high, theta):
    x = np.linspace(low, high, 400_001)
    p, score = densities.density(family, theta, x)
    assert integral(p, x) == pytest.approx(1, abs=1e-6)
    assert integral(p * score, x) == pytest.approx(0, abs=1e-6)
    assert integral(p * np.maximum(score, 0), x) == pytest.approx(densities.gained_area(family, theta), abs=1e-6)
    above, below = (densities.density(family, theta + sign * 1e-5, x)[0] for sign in (1, -1))
    np.testing.assert_allclose((above - below) / 2e-5, p * score, atol=1e-8)
    if family == "exponential":
        for rewards in ((1.0, 0.0), (0.0, 1.0), (2.0, -1.0)):
            found, reward = densities.slopes(family, rewards, theta), rewards[0] + rewards[1] * x
            assert integral(p * reward, x) == pytest.approx(found.utility, abs=1e-5)
            assert integral(p * score * reward, x) == pytest.approx(found.slope, abs=1e-5)
            assert found.score_mean == found.slope


def test_the_normal_examples_of_section_2():
    x = np.linspace(-4, 8, 200_001)
    assert densities.STD == 0.6  # as in the notebook's code
    p, score = densities.density("normal", 2.0, x)
    for power, exact in ((0, 0), (1, 1), (2, 4)):
        assert integral(p * score * x**power, x) == pytest.approx(exact, abs=1e-7)
    assert integral(p * x**2, x) == pytest.approx(4 + densities.STD**2, abs=1e-7)


@pytest.mark.parametrize("theta", [0.8, 1.5, 2.7])
@pytest.mark.parametrize("rewards", [(1.0, 0.0), (0.0, 1.0), (2.0, -1.0)])
def test_the_uniform_density_defeats_the_trick_by_the_reward_at_its_end(theta, rewards):
    found = densities.slopes("uniform", rewards, theta)
    x = np.linspace(0, theta, 100_001)
    p, score = densities.density("uniform", theta, x)
    reward = rewards[0] + rewards[1] * x
    assert integral(p * reward, x) == pytest.approx(found.utility, abs=1e-9)
    assert integral(p * score * reward, x) == pytest.approx(found.score_mean, abs=1e-9)
    rise = densities.slopes("uniform", rewards, theta + 1).utility - found.utility  # U is linear in theta
    assert rise == pytest.approx(found.slope, abs=1e-12)
    assert found.slope - found.score_mean == pytest.approx(reward[-1] / theta, abs=1e-12)


def test_the_numbers_of_section_3():
    assert densities.slopes("uniform", (1.0, 0.0), 1.5) == pytest.approx((1, 0, -1 / 1.5))
    wrong_sign = densities.slopes("uniform", (0.0, 1.0), 1.5)
    assert wrong_sign.slope == 0.5
    assert wrong_sign.score_mean == -0.5


def costs(delta):
    theta = log_derivative.everywhere(0)
    return likelihood.costs(log_derivative.CORRIDOR, log_derivative.POLICY, theta, log_derivative.COMPONENT, delta)


def test_the_numbers_of_section_5():
    found = costs(0.3)
    num_trajectories = 100_000 / found.steps
    assert round(found.slope, 3) == 0.107
    assert round(found.ratio_std, 2) == 1.12
    assert round(found.ratio_std / np.sqrt(num_trajectories), 3) == 0.015
    errors = [std / np.sqrt(num_trajectories / 21) for std in (found.fresh_std, found.common_std)]
    assert np.round(errors, 3).tolist() == [0.143, 0.033]
    assert np.round(np.array(errors) / found.ratio_std * np.sqrt(num_trajectories), 1).tolist() == [9.6, 2.2]
    # One parameter alone needs two batches instead of 21.
    alone = costs(1.0)
    errors = np.sqrt(2) * np.array([alone.fresh_std, alone.common_std]) / alone.ratio_std
    assert np.round(errors, 2).tolist() == [0.92, 0.35]
    assert round(alone.bias, 3) == -0.008
    assert abs(costs(3.0).bias) > 2 * costs(3.0).ratio_std / np.sqrt(num_trajectories)


def test_the_costs_are_those_of_the_tree():
    mdp, i, delta = pg.problems.corridor(num_states=4, horizon=4, start=1), 3, 0.7
    policy, theta = pg.SoftmaxPolicy(4, 2), np.linspace(-0.5, 0.5, 8)
    found = likelihood.costs(mdp, policy, theta, i, delta)
    p, tau = pg.tree.all_trajectories(mdp, policy, theta)
    q, moved = pg.tree.all_trajectories(mdp, policy, theta + delta * np.eye(8)[i])
    (mean, spread), (mean_after, spread_after) = (
        (w @ r, w @ (r - w @ r) ** 2) for w, r in ((p, tau.returns(mdp.discount)), (q, moved.returns(mdp.discount)))
    )
    samples = pg.estimators.total_return(tau, policy, theta, mdp.discount)[:, i]
    assert found.slope == pytest.approx(p @ samples, abs=1e-10)
    assert found.ratio_std == pytest.approx(np.sqrt(p @ (samples - p @ samples) ** 2), abs=1e-10)
    assert found.fresh_std == pytest.approx(np.sqrt(spread + spread_after) / delta, abs=1e-10)
    assert found.bias == pytest.approx((mean_after - mean) / delta - p @ samples, abs=1e-10)
    assert found.steps == pytest.approx(p @ tau.lengths, abs=1e-10)


def test_the_running_means():
    np.testing.assert_allclose(batches.running_means(np.array([1.0, 3, 5, 9]), np.array([1, 3, 4])), [1, 3, 4.5])
