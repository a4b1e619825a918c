"""Runs side by side have the law of the readable loop: exact utilities, exact mean and variance of a step."""

import itertools

import numpy as np
import pytest

import pgcourse as pg
from tests.support.strategies import random_mdp

CASES = {
    "corridor": pg.problems.corridor(num_states=5, horizon=6, start=2),
    "random": random_mdp(np.random.default_rng(8), 4, 3, 5, 0.8, 1),
    "left_right": pg.problems.left_right(),
}
LIMIT = 6.5  # false-alarm rate 8e-11 for each of fewer than 1000 normal statistics


@pytest.fixture(params=CASES)
def case(request):
    mdp = CASES[request.param]
    policy = pg.SoftmaxPolicy(mdp.num_states, mdp.num_actions)
    return mdp, policy, np.random.default_rng(2).normal(0, 0.7, policy.num_parameters)


def test_utilities_are_exact(case):
    mdp, policy, theta = case
    many = theta + np.random.default_rng(3).normal(size=(2, 3, len(theta)))
    wanted = [[pg.exact.utility(mdp, policy, row) for row in block] for block in many]
    np.testing.assert_allclose(pg.learning.utilities(mdp, many), wanted, atol=1e-12)


@pytest.mark.parametrize("estimator", ["total_return", "reward_to_go"])
def test_a_step_has_the_exact_mean_and_variance(case, estimator):
    mdp, policy, theta = case
    m, num_runs, alpha = 3, 20_000, 0.1
    runs = pg.learning.policy_gradient_runs(mdp, theta, alpha, m, num_runs, np.random.default_rng(4), estimator)
    start, after = itertools.islice(runs, 2)
    np.testing.assert_array_equal(start, np.tile(theta, (num_runs, 1)))
    samples = (after - theta) / alpha
    mean, variance = pg.exact.moments(mdp, policy, theta, estimator)
    seen = variance > 1e-14
    z = (samples.mean(axis=0) - mean)[seen] / np.sqrt(variance[seen] / m / num_runs)
    assert np.abs(z).max() < LIMIT
    squares = (samples - mean) ** 2
    z = (squares.mean(axis=0) - variance / m)[seen] / (squares.std(axis=0)[seen] / np.sqrt(num_runs))
    assert np.abs(z).max() < LIMIT


def test_a_step_is_right_where_the_policy_is_nearly_deterministic():
    mdp = pg.problems.left_right(3, 2)
    runs = pg.learning.policy_gradient_runs(mdp, [0, -40], 1.0, 5, 2, np.random.default_rng(0))
    after = list(itertools.islice(runs, 2))[1]  # L alone is drawn: R has the probability 4e-18
    np.testing.assert_allclose(after[:, 0], 3 / (1 + np.exp(40)), rtol=1e-14)


def test_leave_one_out_is_unbiased(case):
    mdp, policy, theta = case
    m, num_runs = 4, 20_000
    runs = pg.learning.policy_gradient_runs(
        mdp, theta, 1.0, m, num_runs, np.random.default_rng(5), "reward_to_go", pg.learning.leave_one_out
    )
    samples = list(itertools.islice(runs, 2))[1] - theta
    error = samples.mean(axis=0) - pg.exact.gradient(mdp, policy, theta)
    assert (np.abs(error) <= LIMIT * samples.std(axis=0) / np.sqrt(num_runs) + 1e-12).all()


def test_leave_one_out_by_hand():
    to_go = np.array([[[1.0], [2.0], [6.0]]])
    np.testing.assert_allclose(pg.learning.leave_one_out(None, to_go, None), [[[4.0], [3.5], [1.5]]])
    with pytest.raises(ValueError, match="draw at least 2"):
        pg.learning.leave_one_out(None, to_go[:, :1], None)


def test_runs_learn():
    mdp = pg.problems.corridor()
    runs = pg.learning.policy_gradient_runs(mdp, np.zeros(20), lambda k: 0.5, 20, 10, np.random.default_rng(6))
    path = np.array(list(itertools.islice(runs, 81)))
    utilities = pg.learning.utilities(mdp, path)
    assert utilities.shape == (81, 10)
    best = pg.exact.utility(mdp, pg.SoftmaxPolicy(10, 2), np.tile([-30, 30], 10))
    assert (utilities[-1] > utilities[0] + 0.7 * (best - utilities[0])).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"theta": np.zeros(3)}, r"theta must have shape \(20,\)"),
        ({"num_runs": 0}, "num_runs is 0"),
        ({"num_trajectories": 1.5}, "num_trajectories must be a whole number"),
        ({"estimator": "rtg"}, "estimator is 'rtg'"),
        ({"rng": 3}, "rng must be a NumPy generator"),
        (
            {"estimator": "total_return", "baseline_from_batch": pg.learning.leave_one_out},
            "takes no baseline_from_batch: use reward_to_go",
        ),
    ],
)
def test_errors(change, words):
    good = {"theta": np.zeros(20), "step_size": 0.1, "num_trajectories": 2, "num_runs": 2}
    with pytest.raises(ValueError, match=words):
        pg.learning.policy_gradient_runs(pg.problems.corridor(), **(good | {"rng": np.random.default_rng(0)} | change))
