"""The formulas and numbers of lecture 3, checked with the package's own functions."""

import math

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.checkpoints import first_order as checkpoints
from pgcourse.demos import first_order
from pgcourse.exact.differences import difference_law
from pgcourse.exact.linear_gaussian import return_covariance
from pgcourse.gradients.linear_gaussian import pathwise_gradients, sample_returns
from pgcourse.optimisers import regulator_plane as plane

MDP, POLICY = plane.MDP, plane.POLICY
Z = 6.5  # false-alarm rate 8e-11 a comparison
THETAS = [np.array(theta) for theta in ((-0.5, 0.3), (-1.3, -0.2), (-0.3, 0.5))]


def test_the_gradient_at_the_start():
    np.testing.assert_allclose(pg.exact.gradient(MDP, POLICY, (-0.3, 0.5)), [-9.07, -15.77], atol=0.005)


def test_the_gradients_of_a_whole_field():
    field = plane.gradient(np.stack(THETAS))
    np.testing.assert_allclose(field, [pg.exact.gradient(MDP, POLICY, theta) for theta in THETAS], rtol=1e-10)


def test_the_curvature_at_the_maximum():
    h = 1e-4
    slopes = [plane.gradient(plane.OPTIMUM + h * e) - plane.gradient(plane.OPTIMUM - h * e) for e in np.eye(2)]
    np.testing.assert_allclose(np.array(slopes) / (2 * h), [[-0.36, 0], [0, -18]], atol=1e-5)
    assert math.isclose(1 / 18, 0.056, abs_tol=5e-4)
    assert math.isclose(2 / 18, 0.111, abs_tol=5e-4)
    assert math.isclose((1 - 0.1 * 0.36) ** 63, 0.1, abs_tol=1e-3)


@pytest.mark.parametrize("alpha", [0.03, 0.08, 0.12])
def test_a_step_near_the_maximum_multiplies_each_distance(alpha):
    distance = np.array([1e-4, 1e-4])
    after = distance + alpha * plane.gradient(plane.OPTIMUM + distance)
    np.testing.assert_allclose(after, distance * [1 - 0.36 * alpha, 1 - 18 * alpha], atol=1e-7)


def reached(alphas, schedule):
    ends = plane.climb(plane.gradient, np.tile(plane.START, (len(alphas), 1)), alphas, schedule)[-1]
    return np.where(plane.is_inside(ends), plane.gap(ends), np.inf)


def test_a_decaying_step_creeps_more_slowly_and_a_constant_one_diverges_from_a_limit_on():
    alphas = np.geomspace(0.001, 0.2, 400)
    constant = reached(alphas, "constant")
    cliff = alphas[np.argmax(np.isinf(constant))]
    assert 0.1 < cliff < 0.111
    assert np.isinf(constant[alphas > cliff]).all()
    creeping = alphas < 0.05
    assert (np.diff(constant[creeping]) < 0).all()
    assert (constant[creeping] < reached(alphas, "decaying")[creeping]).all()


def test_climb_is_gradient_ascent():
    path = plane.climb(plane.gradient, plane.START[None], 0.02, "decaying")[:, 0]
    wanted = pg.ascent.gradient_ascent(
        lambda theta: pg.exact.gradient(MDP, POLICY, theta), plane.START, lambda k: 0.02 / (1 + k / 10), 40
    )
    np.testing.assert_allclose(path, wanted, rtol=1e-10)


@pytest.mark.parametrize("theta", THETAS)
def test_pathwise_gradients_are_unbiased(theta):
    samples = pathwise_gradients(MDP, theta, 20_000, np.random.default_rng(1))
    z = (samples.mean(axis=0) - pg.exact.gradient(MDP, POLICY, theta)) / samples.std(axis=0) * math.sqrt(20_000)
    assert np.abs(z).max() < Z


@pytest.mark.parametrize("theta", THETAS)
def test_pathwise_gradients_are_the_limit_of_common_random_numbers(theta):
    def returns(at):
        return sample_returns(MDP, at, 100, np.random.default_rng(2))

    pathwise = pathwise_gradients(MDP, theta, 100, np.random.default_rng(2))
    for i, e in enumerate(np.eye(2)):
        central = (returns(theta + 1e-6 * e) - returns(theta - 1e-6 * e)) / 2e-6
        np.testing.assert_allclose(pathwise[:, i], central, rtol=1e-5, atol=1e-6)


def test_estimates_of_many_runs_at_once():
    theta = np.stack(THETAS)
    samples = pathwise_gradients(MDP, theta, 20_000, np.random.default_rng(3))
    z = (samples.mean(axis=1) - plane.gradient(theta)) / samples.std(axis=1) * math.sqrt(20_000)
    assert samples.shape == (3, 20_000, 2)
    assert np.abs(z).max() < Z


@pytest.mark.parametrize(("theta", "other"), [((-0.5, 0.3), (-0.4, 0.3)), ((-1.2, -0.2), (-0.5, 0.4))])
def test_covariance_of_returns_with_common_random_numbers(theta, other):
    pair = [sample_returns(MDP, at, 200_000, np.random.default_rng(4)) for at in (theta, other)]
    products = np.prod([r - pg.exact.utility(MDP, POLICY, at) for r, at in zip(pair, (theta, other), strict=True)], 0)
    exact = return_covariance(MDP, POLICY, theta, other)
    assert abs(products.mean() - exact) < Z * products.std() / math.sqrt(len(products))
    assert exact > 0


@pytest.mark.parametrize("slope", first_order.SLOPES)
def test_law_of_a_difference(slope):
    bias, *variances = difference_law(*first_order.SLOPES[slope], 0.1)
    for errors, variance in zip(first_order.difference_errors(slope, 0.1, 1, 5), variances, strict=True):
        assert abs(errors.mean() - bias) < Z * math.sqrt(variance / len(errors))
        squares = (errors - bias) ** 2
        assert abs(squares.mean() - variance) < Z * squares.std() / math.sqrt(len(errors))


@pytest.mark.parametrize("component", [0, 1])
def test_orders_in_delta(component):
    coarse, fine = (difference_law(MDP, POLICY, first_order.HERE, component, delta) for delta in (2e-4, 1e-4))
    assert fine[0] / coarse[0] == pytest.approx(1 / 2, rel=1e-2)
    assert fine[1] / coarse[1] == pytest.approx(4, rel=1e-2)
    assert fine[2] / coarse[2] == pytest.approx(1, rel=1e-2)
    h = 1e-4
    e = h * np.eye(2)[component]
    curvature = (plane.gradient(first_order.HERE + e) - plane.gradient(first_order.HERE - e))[component] / (2 * h)
    assert fine[0] / 1e-4 == pytest.approx(curvature / 2, rel=1e-2)


def test_the_best_delta_and_its_error():
    slope, variance, deltas = 3.0, 0.5, np.geomspace(1e-3, 10, 100_001)

    def error(m):
        return slope**2 * deltas**2 + 2 * variance / (m * deltas**2)

    for m in (10, 160):
        best = checkpoints.best_delta.truth(slope, variance, m)
        assert deltas[np.argmin(error(m))] == pytest.approx(best, rel=1e-3)
    assert math.sqrt(error(10).min() / error(160).min()) == pytest.approx(2, rel=1e-6)


def test_the_largest_stable_step():
    for c in (0.36, 18.0):
        alpha = checkpoints.largest_stable_step.truth(c)
        assert abs(1 - 0.99 * alpha * c) < 1 < abs(1 - 1.01 * alpha * c)


def test_more_trajectories_move_the_minimum_left_and_down():
    table = np.array([difference_law(MDP, POLICY, first_order.HERE, 0, delta) for delta in first_order.DELTAS])
    least = [np.argmin(table[:, 0] ** 2 + table[:, 1] / m) for m in (1, 3, 10, 30)]
    lowest = [np.min(table[:, 0] ** 2 + table[:, 1] / m) for m in (1, 3, 10, 30)]
    assert (np.diff(least) <= 0).all()
    assert least[-1] < least[0]
    assert (np.diff(lowest) < 0).all()
    assert (np.diff(table[:, 0] ** 2 + table[:, 2]) > 0).all()  # with common numbers: the smaller the better
