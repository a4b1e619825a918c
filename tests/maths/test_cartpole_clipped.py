"""CartPole with generalised advantages and clipped steps: without either it is the loop of lecture 9."""

import numpy as np
import pytest

from pgcourse.optimisers import cartpole, cartpole_clipped
from pgcourse.optimisers.runs import softmax

OLD = np.array([[0.1, -0.2, 0.3, 0.05], [-0.1, 0.4, -0.3, 0.2]])
NEW = OLD + np.array([[0.3, -0.4, 2.0, -1.0], [-0.2, 0.5, -1.5, 1.2]])


@pytest.fixture(scope="module")
def episodes():
    return cartpole.draw_episodes(OLD, 6, np.random.default_rng(3))


@pytest.fixture(scope="module")
def advantages(episodes):
    return np.random.default_rng(4).normal(size=episodes.active.shape) * episodes.active


def surrogate(theta, episodes, advantages, epsilon):
    """Return the clipped surrogate, step by step."""
    total = 0.0
    for i, j in zip(*np.nonzero(episodes.active), strict=True):
        now, before = (softmax(at @ episodes.observations[i, j])[episodes.actions[i, j]] for at in (theta, OLD))
        w, a = now / before, advantages[i, j]
        total += min(w * a, min(max(w, 1 - epsilon), 1 + epsilon) * a)
    return total / len(episodes.active)


def test_with_lambda_1_and_one_step_a_batch_it_is_the_loop_of_lecture_9():
    plain = cartpole.train(4, np.random.default_rng(0), fitted_baseline=True)
    found = cartpole_clipped.train(4, np.random.default_rng(0), epsilon=0.2)
    np.testing.assert_array_equal(found.returns, plain.returns)
    np.testing.assert_allclose(found.theta, plain.theta, rtol=1e-9)
    np.testing.assert_allclose(found.value_weights, plain.value_weights, rtol=1e-9)


@pytest.mark.parametrize("epsilon", [0.1, 0.3, np.inf])
def test_the_gradient_is_the_slope_of_the_clipped_surrogate(episodes, advantages, epsilon):
    found = cartpole_clipped.surrogate_gradient(NEW, OLD, episodes, advantages, epsilon)
    for place in np.ndindex(NEW.shape):
        step = np.zeros(NEW.shape)
        step[place] = 1e-6
        ahead, behind = (surrogate(NEW + sign * step, episodes, advantages, epsilon) for sign in (1, -1))
        assert found[place] == pytest.approx((ahead - behind) / 2e-6, abs=1e-5)


def test_far_away_some_weights_are_clipped_and_at_the_start_none_is(episodes, advantages):
    far, near = (
        [cartpole_clipped.surrogate_gradient(theta, OLD, episodes, advantages, e) for e in (0.1, np.inf)]
        for theta in (NEW, OLD)
    )
    assert np.abs(far[0] - far[1]).max() > 0.01
    np.testing.assert_array_equal(near[0], near[1])


def test_advantages_are_weighted_sums_of_errors():
    rewards = np.array([[1.0, 1, 1, 0], [1, 1, 1, 1]])
    values = np.array([[3.0, 2.5, 0.5, 0], [2, 2, 2, 2]])
    errors = rewards + np.hstack([values[:, 1:], np.zeros((2, 1))]) - values
    for lam in (0.0, 0.6, 1.0):
        wanted = [[sum(lam ** (j - k) * row[j] for j in range(k, 4)) for k in range(4)] for row in errors]
        np.testing.assert_allclose(cartpole_clipped.generalised(rewards, values, lam), wanted)
    to_go = np.array([[3.0, 2, 1, 0], [4, 3, 2, 1]])
    np.testing.assert_allclose(cartpole_clipped.generalised(rewards, values, 1.0), to_go - values)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"lam": 1.5}, "^lam is 1.5"), ({"num_steps": 0}, "^num_steps is 0"), ({"epsilon": 0.0}, "^epsilon is 0.0, but")],
)
def test_what_does_not_fit_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        cartpole_clipped.train(1, np.random.default_rng(0), **given)
