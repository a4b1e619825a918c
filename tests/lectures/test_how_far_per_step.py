"""Notebook 16: each number and comparison is computed from what draws it, and its formulas from sums over actions."""

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.demos import how_far_per_step as pictures
from pgcourse.exact import one_decision, reuse
from pgcourse.optimisers import natural

GRID = np.linspace(0, 1, 101)
PROBLEMS = [(0.2, 5, 10), (0.2, 10, 5), (0.75, -3, 4)]
ARMS = np.array([1, 0.8, 0.1])
START = np.array([0.01, 0.9, 0.09])


def by_hand(theta, theta_old, left, right, epsilon=np.inf):
    """Return the clipped surrogate, E[w^2], and the variances of w R and of w score R, action by action."""
    value = theta_old * left + (1 - theta_old) * right
    surrogate, square, first, second = 0.0, 0.0, np.zeros(2), np.zeros(2)
    for new, old, score, reward in (
        (theta, theta_old, 1 / theta, left),
        (1 - theta, 1 - theta_old, -1 / (1 - theta), right),
    ):
        w, advantage = new / old, reward - value
        limit = 1 + epsilon if advantage > 0 else 1 - epsilon
        counted = min(w, limit) if advantage > 0 else max(w, limit)
        surrogate += old * counted * advantage
        square += old * w**2
        samples = np.array([w * reward, w * score * reward])
        first, second = first + old * samples, second + old * samples**2
    return surrogate, square, second - first**2


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("theta", [0.02, 0.18, 0.5, 0.9])
def test_weights_and_clipped_weights_are_those_of_a_sum_over_actions(problem, theta):
    surrogate, square, variances = by_hand(theta, *problem, 0.2)
    assert reuse.clipped_surrogate(theta, problem[0], 0.2, *problem[1:]) == pytest.approx(surrogate, abs=1e-12)
    assert reuse.effective_share(theta, problem[0]) == pytest.approx(1 / square)
    assert reuse.utility_variance(theta, *problem) == pytest.approx(variances[0])
    assert reuse.gradient_variance(theta, *problem) == pytest.approx(variances[1])


@pytest.mark.parametrize("problem", PROBLEMS)
def test_without_the_clip_the_surrogate_is_the_gain_in_u_which_the_clipped_one_never_exceeds(problem):
    gain = one_decision.value(GRID, *problem[1:]) - one_decision.value(*problem)
    np.testing.assert_allclose(reuse.clipped_surrogate(GRID, problem[0], 1e9, *problem[1:]), gain, atol=1e-12)
    for epsilon in (0.1, 0.2, 0.5):
        clipped = reuse.clipped_surrogate(GRID, problem[0], epsilon, *problem[1:])
        assert (clipped <= gain + 1e-12).all()
        assert (clipped < gain - 1e-3).any()


def test_the_weighted_gradient_sample_has_the_variance_225_for_every_theta():
    np.testing.assert_allclose(reuse.gradient_variance(GRID[1:-1], 0.2, 5, 10), 225)
    assert [float(reuse.utility_variance(theta, 0.2, 5, 10)) for theta in (0.2, 0.25, 0.8)] == pytest.approx(
        [4, 1.5625, 49]
    )


def test_the_effective_share_falls():
    shares = [float(reuse.effective_share(theta, 0.2)) for theta in (0.2, 0.25, 0.5, 0.8)]
    assert [round(share, 3) for share in shares] == [1, 0.985, 0.64, 0.308]


def test_the_window_of_the_rare_action_is_a_quarter_as_wide():
    left, right = reuse.windows(0.2, 0.2)
    np.testing.assert_allclose([left, right], [[0.16, 0.24], [0.04, 0.36]])
    np.testing.assert_allclose(reuse.ratios(left, 0.2)[0], [0.8, 1.2])
    np.testing.assert_allclose(reuse.ratios(right, 0.2)[1], [1.2, 0.8])
    assert np.diff(left) / np.diff(right) == pytest.approx(0.25)


def test_the_surrogate_bends_where_l_is_clipped_and_is_flat_where_r_is_too():
    slopes = np.diff(reuse.clipped_surrogate(GRID, 0.2, 0.2, 5, 10)) / 0.01
    middles = (GRID[1:] + GRID[:-1]) / 2
    np.testing.assert_allclose(slopes[middles < 0.04], 0, atol=1e-9)
    np.testing.assert_allclose(slopes[(middles > 0.04) & (middles < 0.16)], -1)
    np.testing.assert_allclose(slopes[middles > 0.16], -5)


def test_where_the_rare_action_is_better_every_theta_from_036_on_maximises_the_surrogate():
    clipped = reuse.clipped_surrogate(GRID, 0.2, 0.2, 10, 5)
    np.testing.assert_allclose(clipped[GRID >= 0.36 - 1e-12], 0.32)
    assert (clipped[GRID < 0.36 - 1e-12] < 0.32 - 1e-3).all()
    assert one_decision.value(1, 10, 5) - one_decision.value(0.2, 10, 5) == pytest.approx(4)


def test_the_gradient_of_a_softmax_is_fisher_information_times_advantage():
    bandit, policy = pg.problems.bandit(ARMS), pg.SoftmaxPolicy(1, 3)
    gradient = pg.exact.gradient(bandit, policy, np.log(START))
    scores = policy.score(np.log(START))[0]
    information = natural.fisher_information(START)
    np.testing.assert_allclose(information, np.einsum("a,ai,aj->ij", START, scores, scores), atol=1e-15)
    np.testing.assert_allclose(information @ (ARMS - START @ ARMS), gradient, atol=1e-15)
    one_step = natural.path(ARMS, START, 0.4, 1)[1]
    np.testing.assert_allclose(one_step, policy.probabilities(np.log(START) + 0.4 * gradient)[0])


def test_a_plateau_of_6505_steps_takes_the_natural_gradient_94():
    first = [(natural.path(ARMS, START, 0.4, 7000, is_natural)[:, 0] > 0.95).argmax() for is_natural in (False, True)]
    assert first == [6505, 94]


def test_a_start_without_some_arm_is_refused():
    with pytest.raises(ValueError, match="start must give each arm a probability above 0"):
        natural.path([1, 2], [1, 0], 0.1, 1)


@pytest.mark.slow
def test_the_picture_draws_these_curves():
    live = pictures.clipping()
    for preset in live.preset_values:
        live.set(**preset)
        old, epsilon, pair = live.values["theta_old"], live.values["epsilon"], pictures.REWARDS[live.values["rewards"]]
        exact, clipped, left, right = live.axes[0].lines[:4]
        grid = exact.get_xdata()
        np.testing.assert_allclose(exact.get_ydata(), (grid - old) * (pair[0] - pair[1]), atol=1e-12)
        np.testing.assert_array_equal(clipped.get_ydata(), reuse.clipped_surrogate(grid, old, epsilon, *pair))
        np.testing.assert_allclose([left.get_xdata(), right.get_xdata()], reuse.windows(old, epsilon))
        (mark,) = [line for line in live.axes[0].lines if line.get_marker() == "o"]
        low, high = live.axes[0].get_ylim()
        assert low < mark.get_ydata()[0] < high
