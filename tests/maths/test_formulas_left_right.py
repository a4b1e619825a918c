"""Lecture 5: every formula is an identity on small problems, and every number that the notebook states is exact."""

import numpy as np
import pytest
from matplotlib.text import Annotation

import pgcourse as pg
from pgcourse.demos import _left_right as parts
from pgcourse.demos import left_right as lecture
from pgcourse.exact import one_decision

CASES = [(0.2, 5, 10), (0.2, 1, 2), (0.2, 0, 1), (0.7, -3, 2), (0.5, 2, -2), (0.05, 5, 6)]
DEAD = [-0.2, -0.01, 0.0, 1.0, 1.01, 1.2]
POLICY = pg.ClampPolicy()


def both(theta, reward_left, reward_right):
    """Return the probabilities (2,), the trajectories and the gradient samples (2,) of L and R, in this order."""
    mdp = pg.problems.left_right(reward_left, reward_right)
    chance, batch = pg.tree.all_trajectories(mdp, POLICY, [theta])
    samples = pg.estimators.total_return(batch, POLICY, [theta], mdp.discount)[:, 0]
    order = np.argsort(batch.actions[:, 0])
    assert batch.actions[order, 0].tolist() == [0, 1]
    return chance[order], batch, samples[order]


@pytest.mark.parametrize("case", CASES)
def test_the_problem(case):
    theta, left, right = case
    mdp = pg.problems.left_right(left, right)
    assert (mdp.num_states, mdp.num_actions, mdp.horizon) == (1, 2, 1)
    np.testing.assert_allclose(both(*case)[0], [theta, 1 - theta], atol=1e-12)
    assert pg.exact.utility(mdp, POLICY, [theta]) == pytest.approx(theta * left + (1 - theta) * right, abs=1e-12)
    assert pg.exact.gradient(mdp, POLICY, [theta])[0] == pytest.approx(left - right, abs=1e-10)


@pytest.mark.parametrize("theta", np.linspace(-0.5, 1.5, 21))
def test_the_policy_is_a_clamp(theta):
    clamped = min(max(theta, 0), 1), min(max(1 - theta, 0), 1)
    np.testing.assert_allclose(POLICY.probabilities([theta])[0], clamped, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_the_two_samples_and_their_mean(case):
    theta, left, right = case
    chance, _, samples = both(*case)
    np.testing.assert_allclose(samples, [left / theta, -right / (1 - theta)], atol=1e-10)
    np.testing.assert_allclose(one_decision.samples(*case)[2], samples, atol=1e-12)
    assert chance @ samples == pytest.approx(left - right, abs=1e-10)


def test_the_numbers_of_section_2():
    chance, _, samples = both(0.2, 5, 10)
    np.testing.assert_allclose(POLICY.score([0.2])[0, :, 0], [5, -1.25], atol=1e-12)
    np.testing.assert_allclose(samples, [25, -12.5], atol=1e-12)
    assert chance @ samples == pytest.approx(-5, abs=1e-12)
    checks = pg.checkpoints.left_right
    assert [checks.sample_left.truth(), checks.sample_right.truth()] == pytest.approx([25, -12.5], abs=1e-12)


@pytest.mark.parametrize("theta", DEAD)
def test_at_the_boundaries_learning_stops(theta):
    mdp = pg.problems.left_right()
    chance, _ = pg.tree.all_trajectories(mdp, POLICY, [theta])
    assert sorted(chance.tolist()) in ([1.0], [0.0, 1.0])  # one action is never drawn
    np.testing.assert_array_equal(POLICY.score([theta]), 0)  # at the kinks 0 and 1, too
    np.testing.assert_array_equal(pg.exact.gradient(mdp, POLICY, [theta]), 0)
    still = one_decision.batch_gradient(np.full(40, theta), 5, 10, 3, np.random.default_rng(0))
    np.testing.assert_array_equal(still, 0)


def test_the_score_of_left_grows_without_limit():
    for theta in (1e-2, 1e-4, 1e-6):
        assert POLICY.score([theta])[0, 0, 0] == pytest.approx(1 / theta)


def test_a_large_first_step_is_one_toss_of_a_coin():
    chance, _, samples = both(0.5, 5, 10)
    np.testing.assert_allclose(samples, [10, -20], atol=1e-12)
    np.testing.assert_allclose(0.5 + 0.06 * samples, [1.1, -0.7], atol=1e-12)  # both are flat
    np.testing.assert_allclose(chance, 0.5, atol=1e-12)


@pytest.mark.parametrize("baseline", [0.0, 6.0])
def test_the_runs_of_the_demo_use_the_samples_of_the_lecture(baseline):
    of_left, of_right = one_decision.samples(0.2, 5, 10, baseline)[2]
    steps = one_decision.batch_gradient(np.full(200, 0.2), 5, 10, 2, np.random.default_rng(0), baseline)
    possible = np.array([of_left, (of_left + of_right) / 2, of_right])
    assert np.abs(steps[:, None] - possible).min(axis=1).max() < 1e-10
    assert baseline or np.unique(steps.round(6)).size == 3


@pytest.mark.parametrize("case", CASES)
def test_the_variance_of_a_sample_and_of_a_batch(case):
    theta, left, right = case
    formula = theta * (left / theta) ** 2 + (1 - theta) * (right / (1 - theta)) ** 2 - (left - right) ** 2
    mean, variance = (x[0] for x in pg.exact.moments(pg.problems.left_right(left, right), POLICY, [theta]))
    assert variance == pytest.approx(formula, abs=1e-9)
    chance, _, samples = both(*case)
    first, second, third = (index.ravel() for index in np.indices((2, 2, 2)))  # all batches of three
    batches, chances = (samples[first] + samples[second] + samples[third]) / 3, chance[first] * chance[second]
    chances = chances * chance[third]
    assert chances @ batches == pytest.approx(mean, abs=1e-10)
    assert chances @ (batches - mean) ** 2 == pytest.approx(formula / 3, abs=1e-9)


def test_the_same_gradient_and_three_variances():
    found = [
        [moment[0] for moment in pg.exact.moments(pg.problems.left_right(*rewards), POLICY, [0.2])]
        for rewards in ((0, 1), (1, 2), (5, 6))
    ]
    np.testing.assert_allclose(found, [[-1, 0.25], [-1, 9], [-1, 169]], atol=1e-10)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("b", [-1.5, 0.0, 0.8, 4.0])
def test_a_baseline_leaves_the_mean_alone(case, b):
    theta, left, right = case
    chance, score, samples = found = one_decision.samples(*case, b)
    assert chance @ score == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(samples, score * (np.array([left, right]) - b), atol=1e-12)
    assert [chance @ samples, found.mean] == pytest.approx([left - right] * 2, abs=1e-10)
    exact = pg.exact.moments(pg.problems.left_right(left, right), POLICY, [theta], "reward_to_go", b)
    assert chance @ samples**2 - (left - right) ** 2 == pytest.approx(exact[1][0], abs=1e-9)


@pytest.mark.parametrize(("b", "both_right"), [(0, False), (4.9, False), (5.1, True), (9.9, True), (10.1, False)])
def test_between_the_rewards_both_arrows_point_to_the_right_action(b, both_right):
    assert (one_decision.samples(0.2, 5, 10, b)[2] < 0).all() == both_right


def test_at_the_best_baseline_one_sample_is_the_gradient():
    best = pg.checkpoints.left_right.best_baseline.truth(0.2, 5, 10)
    assert best == pytest.approx(6, abs=1e-12)
    np.testing.assert_allclose(one_decision.samples(0.2, 5, 10, best)[2], -5, atol=1e-12)
    assert pg.exact.values(pg.problems.left_right(), POLICY, [0.2])[0].ravel()[0] == pytest.approx(9, abs=1e-12)


@pytest.mark.slow
def test_the_captions_say_the_numbers_of_the_notebook():
    tree, variance, push = lecture.tree(), lecture.variance(), lecture.push()
    words = "sample +25.00; R has the probability 0.80 and the gradient sample -12.50. Their mean is -5.00"
    assert words in tree.caption_text
    assert "exact mean is -5.00, its standard deviation 15.00 and its variance 225.00" in variance.caption_text
    variance.set(reward_left=5, reward_right=6)
    assert "exact mean is -1.00, its standard deviation 13.00 and its variance 169.00" in variance.caption_text
    arrows = lecture.arrows().caption_text
    assert "is 9.00. L pushes θ by +25.00 and R by -12.50, times the step size; their mean is -5.00" in arrows
    push.set(baseline=6)
    assert "L pushes θ by -5.00 and R by -5.00" in push.caption_text
    assert "the variance is 0.00. It would be 0 at b* = 6.00; the value of the state is 9.00." in push.caption_text


@pytest.mark.parametrize("case", [case for case in CASES if min(case[1:]) >= 0])
def test_the_arrows_end_where_one_update_sends_theta(case):
    """Read off the picture: without a baseline each of two positive rewards pushes towards its own action."""
    theta, left, right = case
    live = lecture.arrows()
    live.set(theta=theta, reward_left=left, reward_right=right)
    ends = [arrow.xy[0] for arrow in live.axes[0].texts if isinstance(arrow, Annotation)]
    moves = parts.STEP_SIZE * np.array([left / theta, -right / (1 - theta), left - right])
    np.testing.assert_allclose(ends, np.clip(theta + moves, -0.19, 1.19), atol=1e-12)
    assert ends[0] >= theta >= ends[1]
    (utility,) = (line for line in live.axes[0].lines if len(line.get_xdata()) == 4)  # flat, sloping, flat
    assert utility.get_ydata().tolist() == [right, right, left, left]


def test_the_picture_of_the_two_states_says_the_rewards():
    live = lecture.tree()
    for rewards in (("+5", "+10"), ("-0.5", "+10")):
        live.set(reward_left=float(rewards[0]))
        words = {text.get_text(): text.get_position()[1] for text in live.axes[0].texts}
        assert abs(words[rewards[0]] - words["L"]) < abs(words[rewards[0]] - words["R"])
        assert abs(words[rewards[1]] - words["R"]) < abs(words[rewards[1]] - words["L"])
