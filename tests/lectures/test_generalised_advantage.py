"""Notebook 14: each number and comparison is computed from what draws it, and its errors from all trajectories."""

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.demos import generalised_advantage as pictures
from pgcourse.exact import critic

SHORT = pg.problems.corridor(num_states=3, horizon=4, discount=0.8, start=0, goal_reward=2)
POLICY, THETA = pg.SoftmaxPolicy(3, 2), np.array([0.3, 0, -0.2, 0.5, 0, 0])
TRAJECTORIES = (1, 10, 100, 1000)
OF_ANOTHER, NOTHING = pictures.WRONG


def samples(values, lam):
    """Return probabilities and gradient samples of all trajectories, by the definition of the advantage."""
    chance, tree = pg.tree.all_trajectories(SHORT, POLICY, THETA)
    horizon, discount = SHORT.horizon, SHORT.discount
    padded = np.vstack([np.where(SHORT.terminal, 0, values), np.zeros(3)])
    now = padded[np.arange(horizon), tree.states] * tree.active
    later = np.hstack([now[:, 1:], np.zeros((len(now), 1))])
    errors = (tree.rewards + discount * later - now) * tree.active
    scores = POLICY.score_at(THETA, tree.states, tree.actions) * tree.active[:, :, None]
    found = 0.0
    for k in range(horizon):
        advantage = errors[:, k:] @ (discount * lam) ** np.arange(horizon - k)
        found = found + discount**k * scores[:, k] * advantage[:, None]
    return chance, found


@pytest.mark.parametrize("error", [0, 0.3, 1])
@pytest.mark.parametrize("lam", [0, 0.4, 1])
def test_errors_are_those_of_all_trajectories(error, lam):
    right = pg.exact.values(SHORT, POLICY, THETA)[0]
    wrong = right + np.random.default_rng(0).normal(size=right.shape)
    found = critic.critic_errors(SHORT, POLICY, THETA, wrong, [lam])
    chance, drawn = samples(right + error * (wrong - right), lam)
    mean = chance @ drawn
    bias = np.linalg.norm(mean - pg.exact.gradient(SHORT, POLICY, THETA))
    variance = chance @ ((drawn - mean) ** 2).sum(axis=1)
    assert error * found.bias[0] == pytest.approx(bias, abs=1e-12)
    assert found.total_variance(error)[0] == pytest.approx(variance)
    assert found.root_mean_square(error, 7)[0] == pytest.approx(np.sqrt(bias**2 + variance / 7))
    assert (bias > 1e-3) == (error > 0 and lam < 1)


@pytest.mark.parametrize(
    ("wrong", "lams", "words"),
    [(np.zeros(4), [0], r"wrong must have shape \(H, S\) = \(4, 3\)"), (np.zeros(3), [2], "lam is 2")],
)
def test_what_does_not_fit_is_refused(wrong, lams, words):
    with pytest.raises(ValueError, match=words):
        critic.critic_errors(SHORT, POLICY, THETA, wrong, lams)


def best(wrong, error):
    found = pictures.errors(wrong)
    return [round(float(pictures.LAMS[found.root_mean_square(error, m).argmin()]), 2) for m in TRAJECTORIES]


def test_with_the_right_values_no_lambda_is_biased_and_03_has_the_least_variance():
    problem = (pictures.CORRIDOR, pg.SoftmaxPolicy(10, 2), np.zeros(20))
    values = pg.exact.values(*problem)[0]
    for lam in (0, 0.3, 0.6, 1):
        mean = pg.exact.advantage_moments(*problem, values=values, lam=lam)[0]
        np.testing.assert_allclose(mean, pg.exact.gradient(*problem), atol=1e-14)
    variance = pictures.errors(OF_ANOTHER).total_variance(0)
    assert [round(float(variance[i]), 3) for i in (0, 6, 20)] == [0.148, 0.135, 0.728]
    assert pictures.LAMS[variance.argmin()] == pytest.approx(0.3)
    assert best(OF_ANOTHER, 0) == [0.3] * 4


def test_for_the_values_of_another_policy_the_best_lambda_rises_with_the_batch():
    assert best(OF_ANOTHER, 1) == [0.25, 0.5, 0.9, 1]


def test_without_a_critic_the_best_lambda_is_06_for_ten_trajectories_with_half_the_error_of_reward_to_go():
    assert best(NOTHING, 1) == [0, 0.6, 0.95, 1]
    error = pictures.errors(NOTHING).root_mean_square(1, 10)
    assert error.min() / error[-1] == pytest.approx(0.5, abs=0.01)
    problem = (pictures.CORRIDOR, pg.SoftmaxPolicy(10, 2), np.zeros(20))
    plain = pg.exact.moments(*problem, "reward_to_go")[1].sum()
    assert error[-1] == pytest.approx(np.sqrt(plain / 10))


def test_the_bias_falls_to_0_at_1_where_the_standard_deviation_is_largest():
    for found in map(pictures.errors, pictures.WRONG):
        assert (np.diff(found.bias) < 0).all()
        assert found.bias[-1] < 1e-12
        assert all(found.total_variance(e).argmax() == len(pictures.LAMS) - 1 for e in (0, 0.5, 1))


def test_the_picture_marks_the_least_error():
    live = pictures.best_lambda()
    for preset in live.preset_values:
        live.set(**preset)
        whole, bias, spread, star = live.axes[0].lines
        np.testing.assert_allclose(whole.get_ydata() ** 2, bias.get_ydata() ** 2 + spread.get_ydata() ** 2)
        assert star.get_ydata()[0] == whole.get_ydata().min()
