"""Notebook 15: each number and comparison is computed from what draws it, and its laws from all sequences."""

import itertools

import numpy as np
import pytest

from pgcourse.demos import same_variance_other_fate as pictures
from pgcourse.exact import groups, one_decision, same_variance

PROBLEM = (0.2, 5, 10)
THETAS = np.linspace(0.01, 0.99, 99)


def last(distance, step_size):
    return same_variance.stuck(distance, *PROBLEM, step_size, 17)[-1]


@pytest.mark.parametrize(("distance", "step_size"), [(-1, 0.02), (1, 0.02), (0.4, 0.05), (-1.5, 0.01)])
def test_the_chances_of_being_stuck_are_those_of_all_sequences(distance, step_size):
    num_steps = 8
    wanted = np.zeros((num_steps + 1, 2))
    for choices in itertools.product((0, 1), repeat=num_steps):
        at, chance, path = 0.2, 1.0, [0.2]
        for choice in choices:
            b = (1 + distance) * ((1 - at) * 5 + at * 10)
            probabilities, _, gradients = one_decision.samples(at, 5, 10, b)
            at, chance = at + step_size * gradients[choice], chance * probabilities[choice]
            path.append(at)
        wanted += chance * np.stack([np.array(path) >= 1, np.array(path) <= 0], axis=1)
    np.testing.assert_allclose(same_variance.stuck(distance, *PROBLEM, step_size, num_steps), wanted, atol=1e-12)
    assert wanted[-1].sum() > 0.01


def test_a_baseline_and_its_mirror_image_have_the_same_variance_and_mean_at_every_theta():
    for x in (0.3, 1, 1.5):
        low, high = (same_variance.baseline(sign * x, THETAS, 5, 10) for sign in (-1, 1))
        np.testing.assert_allclose((low + high) / 2, one_decision.best_baseline(THETAS, 5, 10))
        variances = [one_decision.variance(b, THETAS, 5, 10) for b in (low, high)]
        np.testing.assert_allclose(*variances)
        assert (variances[0] > 0).all()
        np.testing.assert_allclose(one_decision.samples(THETAS, 5, 10, high).mean, -5)


def test_without_a_baseline_actions_are_praised_and_with_12_blamed():
    np.testing.assert_allclose(one_decision.samples(*PROBLEM, 0).gradients, [25, -12.5])
    np.testing.assert_allclose(one_decision.samples(*PROBLEM, 12).gradients, [-35, 2.5])
    assert [one_decision.variance(b, *PROBLEM) for b in (0, 12, 9)] == pytest.approx([225, 225, 56.25])


def test_after_17_steps_the_fates_differ():
    found = {(x, alpha): last(x, alpha) for x in (-1, 1) for alpha in (0.01, 0.02)}
    assert {key: round(float(value[0]), 3) for key, value in found.items()} == {
        (-1, 0.01): 0.059,
        (1, 0.01): 0.006,
        (-1, 0.02): 0.115,
        (1, 0.02): 0.035,
    }
    assert [round(float(found[x, 0.01][1]), 3) for x in (-1, 1)] == [0.935, 0.804]


def test_with_long_steps_it_is_the_other_way_round():
    low, high = (last(sign * 1.5, 0.04)[0] for sign in (-1, 1))
    assert (round(low, 2), round(high, 2)) == (0.2, 0.44)


def test_a_baseline_between_the_two_rewards_is_never_stuck_at_the_worse_action():
    between = [np.full(99, b) for b in (5.0, 6.5, 10.0)]
    between += [f(THETAS, 5, 10) for f in (one_decision.best_baseline, one_decision.value)]
    for b in between:
        assert (one_decision.samples(THETAS, 5, 10, b).gradients <= 1e-12).all()
    for b in (4.9, 10.1):
        assert (one_decision.samples(THETAS, 5, 10, b).gradients > 0).any()
    assert (same_variance.stuck(0, *PROBLEM, 0.02, 17)[:, 0] == 0).all()


def test_the_sigmoid_has_the_score_1_minus_p_and_its_best_baseline_is_1_minus_p():
    theta = np.linspace(-3, 3, 7)
    p = 1 / (1 + np.exp(-theta))
    for x in (0.0, 0.7, 2.0):
        probabilities, low = same_variance.sigmoid_samples(theta, 1, 1 - p - x)
        high = same_variance.sigmoid_samples(theta, 1, 1 - p + x)[1]
        np.testing.assert_allclose((probabilities * low).sum(axis=0), p * (1 - p))
        np.testing.assert_allclose((probabilities * low**2).sum(axis=0), (probabilities * high**2).sum(axis=0))
        np.testing.assert_allclose((probabilities * low).sum(axis=0), (probabilities * high).sum(axis=0))
    np.testing.assert_allclose(same_variance.sigmoid_samples(theta, 1, 1 - p)[1], [p * (1 - p)] * 2)


def test_with_a_sigmoid_the_chances_of_having_sunk_are_31_and_20_percent():
    def sunk(sign):
        def sample(theta):
            best = 1 / (1 + np.exp(theta))
            return same_variance.sigmoid_samples(theta, 1, best + sign * (1 + best))

        thetas, chances = groups.law_of_theta(np.log(0.12 / 0.88), 16, 1.0, sample)
        return round(float(chances[thetas < np.log(0.05 / 0.95)].sum()), 2)

    assert (sunk(-1), sunk(1)) == (0.31, 0.20)


@pytest.mark.slow
def test_the_picture_draws_these_laws():
    live = pictures.fates()
    for preset in live.preset_values:
        live.set(**preset)
        low, high = (line.get_ydata() for line in live.axes[1].lines)
        problem = (live.values["theta"], 5, 10, live.values["step_size"], 17)
        x = live.values["distance"]
        np.testing.assert_array_equal([low, high], [same_variance.stuck(s * x, *problem)[:, 0] for s in (-1, 1)])
        assert max(low[-1], high[-1]) < live.axes[1].get_ylim()[1]
    live.set(distance=0)
    assert "0.0% and 100.0% with b = 6.00; 0.0% and 100.0% with b = 6.00" in live.caption_text
