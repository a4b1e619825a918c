"""Functions of a group of samples, and theta after k steps, against a list of every sequence of samples."""

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgcourse.exact import groups, one_decision

LAWS = [(0.3, 0.7), (0.2, 0.5, 0.3), (0.1, 0.0, 0.6, 0.3), (1.0,), (0.0, 1.0)]


def sequences(num_samples, probabilities):
    """Return every sequence of outcomes (N, G) and its probability (N,)."""
    rows = np.array(list(itertools.product(range(len(probabilities)), repeat=num_samples)))
    return rows, np.array(probabilities)[rows].prod(axis=1)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("num_samples", [1, 2, 5])
def test_counts_are_those_of_all_sequences(law, num_samples):
    counts, chances = groups.counts_law(num_samples, law)
    assert len(np.unique(counts, axis=0)) == len(counts) == comb(num_samples + len(law) - 1, len(law) - 1)
    assert (counts.sum(axis=1) == num_samples).all()
    rows, weights = sequences(num_samples, law)
    seen = (rows[:, :, None] == np.arange(len(law))).sum(axis=1)
    for count, chance in zip(counts, chances, strict=True):
        assert chance == pytest.approx(weights[(seen == count).all(axis=1)].sum(), abs=1e-14)


@given(st.integers(1, 40), st.floats(0, 1))
def test_the_binomial_law_is_the_formula(size, p):
    wanted = [comb(size, n) * p**n * (1 - p) ** (size - n) for n in range(size + 1)]
    np.testing.assert_allclose(groups.binomial(size, p), wanted, rtol=1e-11, atol=1e-300)


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.2, 0.999, 1.0])
@pytest.mark.parametrize("size", [1029, 100_000])
def test_the_binomial_law_of_many_samples_has_its_moments(size, p):
    weights, counts = groups.binomial(size, p), np.arange(size + 1)
    assert weights @ counts == pytest.approx(size * p, rel=1e-10, abs=1e-14)
    assert weights @ (counts - size * p) ** 2 == pytest.approx(size * p * (1 - p), rel=1e-10, abs=1e-14)


def samples_of(rows, rewards):
    """Return what each baseline from the group makes of sequences of rewards 0 and 1; the score is r - p, p = 1/3."""
    earned, size = rewards[rows], rows.shape[1]
    mean = earned.mean(axis=1, keepdims=True)
    others = (size * mean - earned) / (size - 1)
    return [((earned - 1 / 3) * (earned - base)).mean(axis=1) for base in (mean, others)]


@pytest.mark.parametrize("size", [2, 3, 6])
def test_baselines_from_the_group_are_those_of_all_sequences(size):
    rows, weights = sequences(size, (2 / 3, 1 / 3))
    wanted = samples_of(rows, np.array([0.0, 1.0]))

    def update(counts):
        q = counts[:, 1] / size
        return np.column_stack([q * (1 - q), q * (1 - q) * size / (size - 1)])

    mean, variance = groups.group_moments(size, (2 / 3, 1 / 3), update)
    for here, spread, samples in zip(mean, variance, wanted, strict=True):
        assert here == pytest.approx(weights @ samples, abs=1e-14)
        assert spread == pytest.approx(weights @ (samples - here) ** 2, abs=1e-14)


def binary(size, p, update):
    """Return mean and variance of an update of one parameter, p = sigma(theta), from the share of successes q."""
    return groups.group_moments(size, (1 - p, p), lambda counts: update(counts[:, 1] / size))


def test_facts_of_groups_with_rewards_0_and_1():
    """What was computed elsewhere of leave-one-out, and of division by the group's standard deviation."""
    mean, _ = binary(8, 0.05, lambda q: np.sqrt(q * (1 - q)) == 0)
    assert round(float(mean), 2) == 0.66  # groups that are all equal
    for size, p, ratio in ((8, 0.01, 2.61), (8, 0.5, 1.86), (64, 0.01, 6.74)):
        grpo = binary(size, p, lambda q: np.sqrt(q * (1 - q)))[0] / (p * (1 - p))
        assert round(float(grpo), 2) == ratio
    p, size = 0.9, 8
    updates = {
        "none": lambda q: q * (1 - p),
        "leave-one-out": lambda q: q * (1 - q) * size / (size - 1),
        "GRPO": lambda q: np.sqrt(q * (1 - q)),
    }
    found = [binary(size, p, update) for update in updates.values()]
    noise = [round(float(np.sqrt(variance) / mean), 3) for mean, variance in found]
    assert dict(zip(updates, noise, strict=True)) == {"none": 0.118, "leave-one-out": 0.962, "GRPO": 0.891}


def softmax_samples(thetas):
    """R = (1, 3) with two actions and theta the preference for the first over the second."""
    p = 1 / (1 + np.exp(-thetas))
    return np.stack([p, 1 - p]), np.stack([(1 - p) * 1.0, -p * 3.0])


@pytest.mark.parametrize(
    ("theta", "alpha", "sample"),
    [(-0.5, 0.7, softmax_samples), (0.2, 0.03, lambda at: one_decision.samples(at, 5, 10, 2)[::2])],
)
@pytest.mark.parametrize("num_steps", [1, 4, 7])
def test_the_law_of_theta_is_that_of_all_sequences(theta, alpha, sample, num_steps):
    wanted = []
    for choices in itertools.product((0, 1), repeat=num_steps):
        at, chance = theta, 1.0
        for choice in choices:
            probabilities, gradients = (np.asarray(each)[choice, 0] for each in sample(np.array([at])))
            at, chance = at + alpha * gradients, chance * probabilities
        wanted.append((at, chance))
    ends, weights = np.array(wanted).T
    thetas, chances = groups.law_of_theta(theta, num_steps, alpha, sample)
    assert chances.sum() == pytest.approx(1, abs=1e-13)
    assert (np.diff(thetas) > 0).all()
    for at in thetas:
        assert chances[thetas <= at + 1e-12].sum() == pytest.approx(weights[ends <= at + 1e-12].sum(), abs=1e-12)


@pytest.mark.parametrize(("alpha", "without", "mirror"), [(0.01, 0.059, 0.006), (0.02, 0.115, 0.035)])
def test_baselines_of_equal_variance_have_another_fate(alpha, without, mirror):
    """The chance of being stuck at the worse action after 17 steps; 0 and 2 b* have the same variance everywhere."""

    def stuck(baseline):
        thetas, chances = groups.law_of_theta(
            0.2, 17, alpha, lambda at: one_decision.samples(at, 5, 10, baseline(at, 5, 10))[::2]
        )
        return chances[thetas >= 1].sum()

    assert round(float(stuck(lambda *problem: 0.0)), 3) == without
    assert round(float(stuck(lambda *problem: 2 * one_decision.best_baseline(*problem))), 3) == mirror
    assert stuck(one_decision.best_baseline) == 0


@pytest.mark.parametrize("factor", [1e-200, 1.0, 1e200])
def test_estimates_from_large_batches_and_far_scales(factor):
    found = one_decision.estimate_moments(0.2, 5 * factor, 10 * factor, 20_000)
    np.testing.assert_allclose(found[:, 0], -5 * factor * np.array([1, 1 - 1 / 20_000, 1, 1]), rtol=1e-12)
    assert found[0, 1] == pytest.approx(factor * np.sqrt(225 / 20_000), rel=1e-12)
    assert found[2, 1] == pytest.approx(factor * np.sqrt(56.25 / 20_000), rel=1e-3)
    level = one_decision.estimate_moments(0.2, 1e8 + 5, 1e8 + 10, 3)
    np.testing.assert_allclose(level[1:], one_decision.estimate_moments(0.2, 5, 10, 3)[1:], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: groups.binomial(0, 0.5), "^num_samples is 0"),
        (lambda: groups.binomial(3, 1.5), "^probability is 1.5"),
        (lambda: groups.counts_law(3, [0.5, 0.6]), "^probabilities sums to 1.1"),
        (lambda: groups.counts_law(3, [[0.5, 0.5]]), "^probabilities must have one entry for each outcome"),
        (lambda: groups.counts_law(1000, [0.25] * 4), "^num_samples is 1000: 1000 samples of 4 outcomes are"),
        (
            lambda: groups.law_of_theta(0.0, 40, 1.0, softmax_samples),
            "^num_steps is 40, but after 18 there are too",
        ),
        (lambda: groups.law_of_theta(np.nan, 1, 1.0, softmax_samples), "^theta is nan"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()
