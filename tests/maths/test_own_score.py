"""What a score should be: the slope of log pi by differences, and a mean that is the gradient of U."""

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.exact import own_score

PREFERENCES, REWARDS = np.array([0.3, -1.0, 0.5]), np.array([1.0, 4.0, -2.0])


def test_the_right_softmax_score_gives_the_slopes_of_log_pi_and_of_utility():
    scores, mean = own_score.softmax_slopes(own_score.softmax_score, PREFERENCES, REWARDS)
    step = 1e-6 * np.eye(3)
    up, down = (own_score.log_softmax(PREFERENCES + sign * step) for sign in (1, -1))
    np.testing.assert_allclose(scores.T, (up - down) / 2e-6, atol=1e-8)
    np.testing.assert_allclose(mean, (np.exp(up) - np.exp(down)) @ REWARDS / 2e-6, atol=1e-8)


@pytest.mark.parametrize("theta", [(-0.5, 0.3), (0.2, 1.0)])
def test_the_right_normal_score_is_that_of_the_package_and_has_the_mean_0(theta):
    theta, policy = np.array(theta), pg.LinearGaussianPolicy()
    for action in (-1.0, 0.0, 0.7):
        slopes = own_score.normal_slopes(0.5, action, theta)
        np.testing.assert_allclose(slopes, policy.score_at(theta, np.array(0.5), np.array(action)), atol=1e-10)
        around = [own_score.log_normal(0.5, action, theta + sign * 1e-6 * np.eye(2)) for sign in (1, -1)]
        np.testing.assert_allclose(slopes, (around[0] - around[1]) / 2e-6, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(own_score.mean_normal_score(own_score.normal_slopes, 0.5, theta), 0, atol=1e-10)
