"""Every formula and number of lecture 1, from the package's own functions."""

from dataclasses import replace

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.checkpoints import policy_optimization as checkpoints
from pgcourse.demos import policy_optimization as demos
from pgcourse.exact import evaluation

MDP, POLICY = demos.CORRIDOR, demos.POLICY
THETA = demos.parameters(1.0)
SMALL = replace(MDP, horizon=5)


def test_the_corridor_is_as_described():
    assert (MDP.num_states, MDP.horizon, MDP.discount) == (5, 12, 0.95)
    assert MDP.initial[1] == 1
    np.testing.assert_array_equal(np.flatnonzero(MDP.terminal), [4])
    np.testing.assert_allclose(
        MDP.mean_rewards, [[-0.1, -0.1], [-0.1, -0.1], [-0.1, -0.1], [0.0, 0.8], [0, 0]], atol=1e-12
    )
    np.testing.assert_allclose(MDP.transitions[1, 1], [0.1, 0, 0.9, 0, 0])


def test_utility_is_the_mean_return():
    chance, batch = pg.tree.all_trajectories(SMALL, POLICY, THETA)
    by_hand = sum(p * sum(0.95**k * r for k, r in enumerate(row)) for p, row in zip(chance, batch.rewards, strict=True))
    assert pg.exact.utility(SMALL, POLICY, THETA) == pytest.approx(by_hand, abs=1e-10)


def test_softmax():
    theta = np.random.default_rng(0).normal(size=(5, 2))
    wanted = np.exp(theta) / np.exp(theta).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(POLICY.probabilities(theta.ravel()), wanted, atol=1e-12)


def test_state_distribution_by_the_displayed_step_and_by_the_tree():
    step = np.einsum("sa,sat->st", POLICY.probabilities(THETA), MDP.transitions)
    step[4] = np.eye(5)[4]
    by_hand = MDP.initial @ np.linalg.matrix_power(step, 11)
    np.testing.assert_allclose(pg.exact.state_distribution(MDP, POLICY, THETA)[11], by_hand, atol=1e-12)
    chance, batch = pg.tree.all_trajectories(SMALL, POLICY, THETA)
    from_tree = np.array([[chance[batch.states[:, k] == s].sum() for s in range(5)] for k in range(5)])
    np.testing.assert_allclose(pg.exact.state_distribution(SMALL, POLICY, THETA), from_tree, atol=1e-10)


def test_always_right_is_the_best_policy_and_softmax_stays_below():
    value = np.zeros(5)
    for _ in range(MDP.horizon):
        value = np.where(MDP.terminal, 0, (MDP.mean_rewards + MDP.discount * MDP.transitions @ value).max(axis=1))
    assert value[1] == pytest.approx(0.526, abs=0.0005)
    assert pg.exact.utility(MDP, POLICY, demos.parameters(40)) == pytest.approx(value[1], abs=1e-12)
    utilities = [pg.exact.utility(MDP, POLICY, demos.parameters(right)) for right in (0, 1, 2, 4, 8, 12)]
    assert np.all(np.diff(utilities) > 0)
    assert utilities[-1] < value[1]


def test_one_parameter_in_state_2_changes_how_often_state_3_is_seen():
    seen = [demos.expected_visits([0, 0, right, 0])[1][4, 3] for right in (-1, 0, 1)]
    assert seen[0] < seen[1] < seen[2]


def test_the_state_whose_policy_matters_most():
    reached = [demos.expected_visits(4.0 * row)[1][11, 4] for row in (*np.eye(4), np.zeros(4))]
    np.testing.assert_allclose(reached, [0.52, 0.70, 0.73, 0.62, 0.45], atol=0.005)


def test_turning_back_at_2_keeps_most_walks_before_it():
    right = [2, 2, -4, 2]
    _, distribution, _ = demos.expected_visits(right)
    assert distribution[11, :3].sum() == pytest.approx(0.68, abs=0.005)
    np.testing.assert_array_equal(distribution[0], [0, 1, 0, 0, 0])


def test_variance_of_the_monte_carlo_utility():
    values, chances = pg.tree.return_distribution(SMALL, POLICY, THETA)
    mean, spread = chances @ values, pg.exact.return_variance(SMALL, POLICY, THETA)
    # All pairs of two independent trajectories: E[U-hat] = U, Var(U-hat) = Var(R)/2.
    pairs, weights = (values[:, None] + values) / 2, np.outer(chances, chances)
    assert (weights * pairs).sum() == pytest.approx(mean, abs=1e-10)
    assert (weights * (pairs - mean) ** 2).sum() == pytest.approx(spread / 2, abs=1e-10)


@pytest.mark.parametrize(("m", "stated", "digit"), [(100, 0.050, 0.0005), (10_000, 0.0050, 0.00005)])
def test_stated_deviations(m, stated, digit):
    assert np.sqrt(pg.exact.return_variance(MDP, POLICY, THETA) / m) == pytest.approx(stated, abs=digit)


def test_running_means_have_the_law_of_averaged_trajectories():
    # 3 z-tests of a mean and 3 of a variance at |z| < 6: a false alarm in 80 million choices of the seeds.
    runs = np.concatenate([demos.running_means(1.0, seed)[2] for seed in range(100)])[:, [0, 4, -1]]
    utility, variance, _ = demos.running_means(1.0, 0)
    z = (runs - utility) / np.sqrt(variance / demos.GRID[[0, 4, -1]])
    assert np.all(np.abs(z.mean(axis=0)) * np.sqrt(len(z)) < 6)
    squares = z**2
    assert np.all(np.abs(squares.mean(axis=0) - 1) / (squares.std(axis=0) / np.sqrt(len(z))) < 6)


@pytest.mark.parametrize("name", ["corridor", "a reward of 1 for ever"])
@pytest.mark.parametrize("discount", [0.5, 0.9, 0.99])
def test_truncation_error_and_its_bound(name, discount):
    mdp, policy, theta = demos.endless(name, discount, 0.5)
    utility, errors = evaluation.truncation_errors(mdp, policy, theta)
    for d in (0, 7, 60):
        at_depth = pg.exact.utility(replace(mdp, horizon=d + 1), policy, theta)
        assert utility - at_depth == pytest.approx(errors[d], abs=1e-10)
    bounds = discount ** (np.arange(61) + 1) * np.abs(mdp.mean_rewards).max() / (1 - discount)
    np.testing.assert_allclose(evaluation.truncation_bounds(mdp), bounds, rtol=1e-12)
    assert np.all(np.abs(errors) <= bounds * (1 + 1e-12))
    if name != "corridor":
        np.testing.assert_allclose(errors, bounds, rtol=1e-10)


def test_stated_truncation():
    mdp, policy, theta = demos.endless("corridor", 0.9, 0.0)
    _, errors = evaluation.truncation_errors(mdp, policy, theta)
    assert abs(errors[12]) == pytest.approx(0.032, abs=0.0005)
    assert 0.9**13 * np.abs(mdp.mean_rewards).max() / 0.1 == pytest.approx(2.03, abs=0.005)
    ratios = np.abs(errors[50:60] / errors[49:59])
    assert np.all(ratios < 0.9)  # faster than the bound
    _, errors = evaluation.truncation_errors(*demos.endless("corridor", 0.99, 0.0))
    assert 0.99**60 > 0.5  # from d = 0 to 60 the bound does not even halve, but the error falls to a fiftieth
    assert abs(errors[60]) < abs(errors[0]) / 50


def test_returns_vary_less_near_a_deterministic_policy():
    spread = [pg.exact.return_variance(MDP, POLICY, demos.parameters(right)) for right in (-3, 0, 3)]
    assert max(spread[0], spread[2]) < spread[1]


def test_the_hill():
    mdp, policy = pg.problems.regulator(), pg.LinearGaussianPolicy()
    assert pg.exact.gradient(mdp, policy, [-1, 0.1])[0] == pytest.approx(0, abs=1e-12)
    assert pg.exact.utility(mdp, policy, [-1, 0.1]) > pg.exact.utility(mdp, policy, [-0.99, 0.1])
    assert pg.exact.utility(mdp, policy, [-1, 0.1]) > pg.exact.utility(mdp, policy, [-1.01, 0.1])


def test_checkpoint_numbers():
    assert checkpoints.trajectories_needed(2500).correct
    assert checkpoints.depth_needed(65).correct
    assert 0.9**66 / 0.1 <= 0.01 < 0.9**65 / 0.1
    assert checkpoints.utility_estimate(lambda r, g: sum(r[:, k] * g**k for k in range(r.shape[1])).mean()).correct
