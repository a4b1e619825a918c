"""How often the check of `sample_trajectory` fails right work: less than once in a million times, as it says."""

import math

import numpy as np
import pytest

from pgcourse.homework.judges import chance, judges, trajectories
from pgcourse.homework.judges.chance import LEVEL, improbable
from tests.support.course import catalogue_of

PS1 = catalogue_of("ps1_monte_carlo_utility")
RANDOM, WIDE, sample_trajectory = PS1.RANDOM, PS1.WIDE, PS1.sample_trajectory
INPUTS = [*sample_trajectory.visible, *sample_trajectory.hidden]


def binomial(draws, probability):
    """Exact probabilities of the counts 0 ... draws."""
    counts = np.arange(draws + 1)
    factorials = np.array([math.lgamma(n + 1) for n in range(draws + 1)])
    choices = factorials[-1] - factorials - factorials[::-1]
    return np.exp(choices + counts * math.log(probability) + (draws - counts) * math.log1p(-probability))


def rejected_counts(draws, probability, level):
    """Which of the counts 0 ... draws a comparison rejects."""
    law = np.array([probability, 1 - probability])
    return np.array([improbable(np.array([count, draws - count]), law, level) for count in range(draws + 1)])


@pytest.mark.parametrize("level", [0.1, 1e-3, LEVEL])
@pytest.mark.parametrize("probability", [1e-4, 0.003, 0.05, 0.3, 0.85, 0.999])
@pytest.mark.parametrize("draws", [20, 500])
def test_one_comparison_fails_right_work_less_often_than_its_level(draws, probability, level):
    exact_rate = binomial(draws, probability) @ rejected_counts(draws, probability, level)
    assert exact_rate <= level


def test_the_exact_rates_are_probabilities():
    assert binomial(500, 0.3).sum() == pytest.approx(1)
    assert rejected_counts(500, 0.3, LEVEL)[[0, 60, 150, 240, 500]].tolist() == [True, True, False, True, True]


def test_all_comparisons_together_stay_within_the_stated_rate():
    comparisons = rate_of_equal_samples = 0
    for *process, horizon, num_trajectories, _ in INPUTS:
        laws = trajectories.path_laws(process, horizon)
        comparisons += sum(law.size for law in [*laws, *trajectories.later_laws(process, horizon)])
        same = (laws[-1] ** 2).sum() ** min(50, num_trajectories)
        rate_of_equal_samples += same if same < LEVEL else 0  # not compared where it may well happen
    assert comparisons < 10_000
    assert comparisons * LEVEL + rate_of_equal_samples <= sample_trajectory.false_alarm <= 1e-6


@pytest.mark.parametrize("process", [RANDOM, WIDE])
def test_simulated_rate_at_a_level_that_can_be_seen(process):
    rng, level, repetitions = np.random.default_rng(1), 0.2, 4000
    laws = trajectories.path_laws(process, 3)
    # One set of 500 trajectories at a time, each law's counts drawn from the law itself.
    alarms = sum(
        improbable(rng.multinomial(500, law.ravel()).reshape(law.shape), law, level / law.size)
        for law in laws
        for _ in range(repetitions // len(laws))
    )
    # Six standard deviations of a count whose rate is the stated one; chance exceeds this less than once in 1e8.
    assert alarms <= level * repetitions + 6 * math.sqrt(level * repetitions)


def test_laws_are_the_exact_probabilities_of_the_first_draws():
    for process in (RANDOM, WIDE):
        initial, transitions, _, probabilities = process
        laws = trajectories.path_laws(process, 5)
        assert [law.sum() for law in laws] == pytest.approx([1] * 5)
        path = (2, 1, 0, 1, 1)
        chances = (initial[2], probabilities[2, 1], transitions[2, 1, 0], probabilities[0, 1], transitions[0, 1, 1])
        assert [laws[k][path[: k + 1]] for k in range(5)] == pytest.approx(np.cumprod(chances))


def test_laws_of_later_decisions_are_those_of_all_paths():
    for process in (RANDOM, WIDE):
        initial, transitions, _, probabilities = process
        joint = np.einsum("s,sa,sat,tb,tbu->u", initial, probabilities, transitions, probabilities, transitions)
        third, fourth = trajectories.later_laws(process, 4)
        pair = joint[:, None] * probabilities
        np.testing.assert_allclose(third, pair[:, :, None] * transitions, atol=1e-15)
        np.testing.assert_allclose(fourth, third.sum(axis=(0, 1))[:, None] * probabilities, atol=1e-15)
        assert trajectories.later_laws(process, 2) == []


@pytest.mark.slow
@pytest.mark.parametrize("known", sample_trajectory.rights, ids=lambda known: known.name)
def test_right_work_passes_with_other_seeds(known):
    for seed in range(100, 112):
        assert judges.follows_the_process(known.function, (*RANDOM, 3, 300, seed)) == ""


@pytest.mark.slow
def test_a_check_at_a_coarse_level_would_fail_right_work(monkeypatch):
    """The comparisons have teeth: at a level of 0.9 chance alone makes them fail."""
    monkeypatch.setattr(chance.improbable, "__defaults__", (0.9,))
    results = [judges.follows_the_process(sample_trajectory.truth, (*RANDOM, 3, 100, seed)) for seed in range(20)]
    assert any(results)
