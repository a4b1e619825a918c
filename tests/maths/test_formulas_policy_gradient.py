"""Lecture 6: its formulas are identities on small problems, and every number it states is exact."""

import itertools

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.demos import _training_runs as training
from pgcourse.exact import evaluation

CORRIDOR, GRIDWORLD = training.PROBLEMS["corridor"], training.PROBLEMS["gridworld"]


def start(name):
    policy = training.policy_for(name)
    return training.PROBLEMS[name], policy, np.zeros(policy.num_parameters)


def test_a_batch_has_the_same_mean_and_a_share_of_the_variance():
    mdp, policy = pg.problems.corridor(num_states=3, horizon=2, start=1), pg.SoftmaxPolicy(3, 2)
    theta = np.linspace(-0.4, 0.6, 6)
    p, tau = pg.tree.all_trajectories(mdp, policy, theta)
    samples = pg.estimators.total_return(tau, policy, theta, mdp.discount)
    mean, variance = pg.exact.moments(mdp, policy, theta)
    first, second, third = (index.ravel() for index in np.indices((len(p),) * 3))  # all batches of three
    batches, chance = (samples[first] + samples[second] + samples[third]) / 3, p[first] * p[second] * p[third]
    np.testing.assert_allclose(chance @ batches, mean, atol=1e-10)
    np.testing.assert_allclose(chance @ (batches - mean) ** 2, variance / 3, atol=1e-10)


def test_the_component_of_going_right():
    theta = np.random.default_rng(1).normal(size=20)
    policy = training.policy_for("corridor")
    visits = pg.exact.state_distribution(CORRIDOR, policy, theta)
    state_values, action_values = pg.exact.values(CORRIDOR, policy, theta)
    pi = policy.probabilities(theta)
    advantage = action_values[:, :, 1] - state_values
    np.testing.assert_allclose(advantage, pi[:, 0] * (action_values[:, :, 1] - action_values[:, :, 0]), atol=1e-12)
    discounts = CORRIDOR.discount ** np.arange(CORRIDOR.horizon)
    by_hand = discounts @ (visits * advantage) * pi[:, 1]
    np.testing.assert_allclose(by_hand, pg.exact.gradient(CORRIDOR, policy, theta)[1::2], atol=1e-12)


def test_v_and_q_are_means_of_what_is_still_to_come():
    """By enumeration: the mean over all trajectories in s at decision k, and over those that take a there."""
    mdp, policy = pg.problems.corridor(num_states=4, horizon=4, start=1), pg.SoftmaxPolicy(4, 2)
    theta = np.linspace(-0.6, 0.8, 8)
    chance, tau = pg.tree.all_trajectories(mdp, policy, theta)
    to_go = pg.estimators.rewards_to_go(tau.rewards, mdp.discount)
    state_values, action_values = pg.exact.values(mdp, policy, theta)
    for k, s, a in itertools.product(range(mdp.horizon), range(3), range(2)):
        here = chance * tau.active[:, k] * (tau.states[:, k] == s)
        if here.any():
            assert here @ to_go[:, k] / here.sum() == pytest.approx(state_values[k, s], abs=1e-12)
            here = here * (tau.actions[:, k] == a)
            assert here @ to_go[:, k] / here.sum() == pytest.approx(action_values[k, s, a], abs=1e-12)


def test_who_learns_first_in_the_corridor():
    right = pg.exact.gradient(*start("corridor"))[1::2]
    assert set(np.argsort(right)[-3:]) == {4, 5, 6}
    assert right[4:7].min() > 0.1
    assert right[0] < 0.001


def test_pit_and_goal_of_the_gridworld():
    mdp, policy, theta = start("gridworld")
    alive = pg.exact.state_distribution(mdp, policy, theta) * ~mdp.terminal
    entered = np.einsum("ks,sa,sat->t", alive, policy.probabilities(theta), mdp.transitions)
    assert round(entered[12], 2) == 0.99
    assert round(entered[24], 2) == 0.15
    assert round(pg.exact.utility(mdp, policy, theta), 2) == -0.71


def test_the_plateaus():
    always_up = np.tile([50.0, 0, 0, 0], 25)
    exactly = -0.02 * (1 - 0.95**30) / (1 - 0.95)
    assert pg.exact.utility(GRIDWORLD, training.policy_for("gridworld"), always_up) == pytest.approx(exactly, abs=1e-10)
    assert round(exactly, 2) == -0.31
    slowest = training.noise_along("gridworld").signal.argmin()
    assert training.exact_path("gridworld", 1.0)[1][slowest] == pytest.approx(-0.31, abs=0.02)


def test_the_largest_step_is_best_for_the_exact_gradient():
    for name in training.PROBLEMS:
        reached = [training.exact_path(name, alpha)[1][-1] for alpha in training.STEP_SIZES]
        assert np.argmax(reached) == len(reached) - 1
        assert reached[-1] < training.best_utility(name)


def test_best_utility_is_that_of_the_best_of_all_plans():
    small = pg.problems.corridor(num_states=3, horizon=3, start=1)
    plans = itertools.product(itertools.product((0, 1), repeat=2), repeat=3)  # an action for each k and state
    assert evaluation.best_utility(small) == pytest.approx(max(value_of_plan(small, plan) for plan in plans), abs=1e-12)


def value_of_plan(mdp, plan):
    chance, total = mdp.initial.copy(), 0
    for k, actions in enumerate(plan):
        for state in (0, 1):
            total += mdp.discount**k * chance[state] * mdp.mean_rewards[state, actions[state]]
        chance = sum(chance[state] * mdp.transitions[state, actions[state]] for state in (0, 1))
    return total


@pytest.mark.parametrize("preference", [0.0, 2.0, 4.0, 8.0])
def test_an_almost_sure_softmax_policy_is_almost_flat(preference):
    mdp, policy, theta = pg.problems.left_right(), pg.SoftmaxPolicy(1, 2), [preference, 0]
    pi_left, pi_right = policy.probabilities(theta)[0]
    assert pg.exact.gradient(mdp, policy, theta)[1] == pytest.approx(pi_left * pi_right * (10 - 5), abs=1e-12)


def test_signal_and_noise():
    for name, needed in (("corridor", {0: 127, 4: 37, 100: 240}), ("gridworld", {0: 384, 100: 193})):
        mdp, policy, theta = start(name)
        found = training.noise_along(name)
        variance = pg.exact.moments(mdp, policy, theta)[1]
        np.testing.assert_allclose(found.mean[0], pg.exact.gradient(mdp, policy, theta), atol=1e-12)
        assert found.noise[0] ** 2 == pytest.approx(variance.sum())
        ratio = found.needed
        np.testing.assert_allclose(found.of_batch(ratio), found.signal)
        assert {k: round(ratio[k // training.EVERY]) for k in needed} == needed
    assert ratio.argmax() * training.EVERY == 28
    assert ratio.max() == pytest.approx(1210, abs=10)


def test_easiest_and_hardest_in_the_corridor():
    found = training.noise_along("corridor")
    ratio = (found.noise / found.signal) ** 2
    assert ratio.argmin() == 1
    assert ratio.argmax() == len(ratio) - 1
    assert found.noise[-1] < found.noise[0]


def test_learned_runs_hold_their_own_utilities(monkeypatch):
    small = pg.problems.corridor(num_states=3, horizon=3, start=1)
    monkeypatch.setitem(training.PROBLEMS, "small", small)
    learned = training.learn("small", 2, 0, lambda iterations, label: iterations)
    shape = len(training.RECORDED), len(training.STEP_SIZES), training.NUM_RUNS
    assert learned.theta.shape == (*shape, 6)
    assert not learned.theta[0].any()
    np.testing.assert_allclose(pg.learning.utilities(small, learned.theta), learned.utilities, atol=1e-5)
    # One update moves theta by alpha times a sample, so the first records grow with the step size.
    spread = np.abs(learned.theta[1]).mean(axis=(1, 2))
    assert (np.diff(spread) > 0).all()
    assert training.learn("small", 2, 0, None) is learned


def test_theta_after_left():
    mdp, policy = pg.problems.left_right(), pg.SoftmaxPolicy(1, 2)
    score = policy.score([0, 0])[0, 0]
    np.testing.assert_allclose(0.1 * score * mdp.rewards[0, 0], pg.checkpoints.policy_gradient.theta_after_left.truth())
