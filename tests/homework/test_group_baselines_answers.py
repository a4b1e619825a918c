"""Problem set 7 beside the exact functions: its reference is their mean, and an example is judged by their noise."""

import numpy as np
import pytest

from pgcourse.exact import group_baselines
from tests.support.course import catalogue_of

PS7 = catalogue_of("ps7_group_baselines")
EXAMPLE = PS7.noisier_than_none


@pytest.mark.parametrize("estimator", ["none", "leave-one-out", "normalised"])
@pytest.mark.parametrize("size", [2, 3, 8, 30])
def test_the_mean_update_is_that_of_the_exact_functions(estimator, size):
    for p in (0.0, 0.01, 0.3, 0.5, 0.9, 1.0):
        exact = float(group_baselines.update_moments(size, p, estimator)[0])
        assert PS7.expected_update(p, size, estimator) == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize("size", [2, 5, 8])
def test_the_advantages_are_those_of_the_exact_updates(size):
    for successes in range(size + 1):
        rewards = (np.arange(size) < successes).astype(float)
        for advantages, estimator in (
            (PS7.leave_one_out_advantages, "leave-one-out"),
            (PS7.group_normalised_advantages, "normalised"),
        ):
            update = np.mean((rewards - 0.3) * advantages(rewards))
            wanted = group_baselines.update(size, 0.3, estimator)[successes]
            assert update == pytest.approx(float(wanted), abs=1e-12)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.632, ""),
        (0.99999, ""),
        (0.631, "though not by much"),
        (0.54, "though not by much"),
        (0.5, "is the less noisy one."),
        (1e-9, "is the less noisy one."),
        (0.0, "no noise to compare"),
        (1.0, "no noise to compare"),
        (-0.2, "between 0 and 1"),
        (float("nan"), "between 0 and 1"),
        (np.array([0.9]), "should be a single number"),
        ([0.7, 1.0], "return one number"),
    ],
)
def test_an_example_is_judged_by_both_standard_deviations(answer, words):
    verdict = EXAMPLE.hidden_verdict(lambda: answer)
    assert verdict.correct == (not words)
    assert words in verdict.message


def test_what_the_problem_set_says():
    """The numbers of its text: the case that is worked out, and those of the written answer."""
    for estimator, stated in (("leave-one-out", 0.047), ("none", 0.088)):
        assert round(float(group_baselines.update_moments(8, 0.5, estimator)[1]) ** 0.5, 3) == stated
    assert round(0.9**8, 2) == 0.43
    none = group_baselines.update(8, 0.9, "none")
    assert none[-1] == pytest.approx(0.1)
    assert group_baselines.update(8, 0.9, "leave-one-out")[-1] == 0
    moved = [group_baselines.noise(8, 0.9, name, 1.0) for name in ("none", "leave-one-out")]
    assert moved[0] > moved[1] > 8 * group_baselines.noise(8, 0.9, "none")


def test_the_mean_of_equal_rewards_is_rounded_as_the_hint_says():
    rewards = np.array([0.1, 0.1, 0.1])
    assert rewards.mean() != 0.1
    assert 0 < rewards.std() < 1e-15
    assert not PS7.group_normalised_advantages(rewards).any()
