"""Baselines from a group, against a list of every group: what each sample does, written from the definitions alone."""

import itertools

import numpy as np
import pytest

from pgcourse.exact import group_baselines, groups, one_decision

SIZES, CHANCES, SHIFTS = (2, 3, 6), (0.05, 0.3, 0.5, 0.9), (0.0, -0.5, 1.3)


def advantages(rewards, estimator):
    """Return what multiplies the scores, each a row of (N, G)."""
    mean = rewards.mean(axis=1, keepdims=True)
    if estimator == "leave-one-out":
        size = rewards.shape[1]
        others = [np.delete(rewards, i, axis=1).mean(axis=1) for i in range(size)]
        return rewards - np.stack(others, axis=1)
    deviation = rewards.std(axis=1, keepdims=True)
    return {
        "none": rewards,
        "group mean": rewards - mean,
        "normalised": (rewards - mean) / np.where(deviation > 1e-9, deviation, np.inf),
    }[estimator]


@pytest.mark.parametrize("estimator", group_baselines.UPDATES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shift", SHIFTS)
def test_updates_and_their_moments_are_those_of_every_group(estimator, size, shift):
    rows = np.array(list(itertools.product((0, 1), repeat=size)))
    means, variances = group_baselines.update_moments(size, CHANCES, estimator, shift)
    for p, stated_mean, stated_variance in zip(CHANCES, means, variances, strict=True):
        samples = ((rows - p) * advantages(rows + shift, estimator)).mean(axis=1)
        np.testing.assert_allclose(
            group_baselines.update(size, p, estimator, shift)[rows.sum(axis=1)], samples, atol=1e-12
        )
        weights = np.where(rows == 1, p, 1 - p).prod(axis=1)
        mean = weights @ samples
        assert stated_mean == pytest.approx(mean, abs=1e-12)
        assert stated_variance == pytest.approx(weights @ (samples - mean) ** 2, abs=1e-12)


@pytest.mark.parametrize("size", [2, 8, 64])
def test_they_are_those_of_the_general_sum_over_counts(size):
    for estimator in group_baselines.UPDATES:
        values = group_baselines.update(size, 0.3, estimator)
        general = groups.group_moments(size, (0.7, 0.3), lambda counts, values=values: values[counts[:, 1]])
        np.testing.assert_allclose(group_baselines.update_moments(size, 0.3, estimator), general, atol=1e-14)


@pytest.mark.parametrize("size", [2, 5, 40])
def test_what_is_unbiased_and_by_how_much_the_mean_of_the_group_is_not(size):
    gradient = group_baselines.gradient(CHANCES)
    for estimator, factor in (("none", 1), ("leave-one-out", 1), ("group mean", 1 - 1 / size)):
        for shift in SHIFTS:
            mean, _ = group_baselines.update_moments(size, CHANCES, estimator, shift)
            np.testing.assert_allclose(mean, factor * gradient, rtol=1e-12)


@pytest.mark.parametrize("size", [2, 3, 4, 8, 16, 64])
@pytest.mark.parametrize("shift", [0.0, -0.5, -0.2, 0.2, 0.5, 1.0, -1.0])
def test_where_leave_one_out_is_less_noisy(size, shift):
    grid = np.arange(1, 200) / 200 + 1e-4
    low, high = group_baselines.less_noisy(size, shift)
    none, others = (group_baselines.noise(size, grid, name, shift) for name in ("none", "leave-one-out"))
    np.testing.assert_array_equal(others < none, (low < grid) & (grid < high))


def test_the_noise_without_a_baseline_and_far_from_it_is_that_of_notebook_8():
    """One sample of the L/R exercise has theta for p of L, and its score is ours over p (1 - p)."""
    p, size = 0.3, 5
    for shift in SHIFTS:
        variance = one_decision.variance(0, p, 1 + shift, shift) * group_baselines.gradient(p) ** 2 / size
        assert group_baselines.update_moments(size, p, "none", shift)[1] == pytest.approx(float(variance), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: group_baselines.update(1, 0.5, "none"), "^num_samples is 1, but must be at least 2"),
        (lambda: group_baselines.update(4, 1.5, "none"), "^probability is 1.5"),
        (lambda: group_baselines.update(4, 0.5, "RLOO"), "^estimator is 'RLOO', but must be one of none, group mean"),
        (lambda: group_baselines.update(4, 0.5, "none", np.nan), "^shift is nan"),
        (lambda: group_baselines.less_noisy(1), "^num_samples is 1"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("size", [2, 3, 4, 8, 64])
def test_what_is_climbed_has_the_mean_normalised_update_as_its_gradient(size):
    """In theta the slope of F(p) is F'(p) p (1 - p); F is a polynomial, so a central difference is nearly exact."""
    at, step = np.array([0.03, 0.2, 0.5, 0.97]), 1e-4
    slope = np.diff(group_baselines.climbed(size, at + step * np.array([[-1], [1]])), axis=0)[0] / (2 * step)
    mean = group_baselines.update_moments(size, at, "normalised")[0]
    np.testing.assert_allclose(slope * group_baselines.gradient(at), mean, rtol=2e-5)
    np.testing.assert_allclose(group_baselines.weight(size, at), slope, rtol=2e-5)
    assert group_baselines.climbed(size, 0) == 0


def test_what_is_climbed_and_its_slope_tend_to_the_arcsine():
    at = np.arange(1, 20) / 20
    for size, error in ((100, 0.3), (10_000, 0.03)):
        gap = group_baselines.limit_climbed(at) - group_baselines.climbed(size, at)
        assert (np.abs(gap) < error).all()
        assert (np.abs(group_baselines.weight(size, at) / group_baselines.limit_weight(at) - 1) < error**2).all()
    step = 1e-6
    slope = (group_baselines.limit_climbed(at + step) - group_baselines.limit_climbed(at - step)) / (2 * step)
    np.testing.assert_allclose(slope, group_baselines.limit_weight(at), rtol=1e-8)


@pytest.mark.parametrize("size", [2, 5])
def test_silent_groups_are_those_whose_rewards_are_all_equal(size):
    rows = np.array(list(itertools.product((0, 1), repeat=size)))
    for p in CHANCES:
        weights = np.where(rows == 1, p, 1 - p).prod(axis=1)
        assert group_baselines.silent_share(size, p) == pytest.approx(weights[np.ptp(rows, axis=1) == 0].sum())
