"""How often the check of `cross_entropy` fails right work: less than once in a million times, as it says."""

import math

import numpy as np
import pytest

from pgcourse.homework.judges import chance, judges
from pgcourse.homework.judges.chance import LEVEL, not_normal
from tests.support.course import catalogue_of

PS2 = catalogue_of("ps2_cross_entropy")
SPREAD, START, cross_entropy = PS2.SPREAD, PS2.START, PS2.cross_entropy
INPUTS = [*cross_entropy.visible, *cross_entropy.hidden]


def chi_squared_above(x, degrees):
    """Exact P(chi-squared > x) for an even number of degrees: a Poisson count below half of it."""
    half = x / 2
    terms = [math.exp(j * math.log(half) - half - math.lgamma(j + 1)) for j in range(degrees // 2)]
    return math.fsum(terms)


def chi_squared_below(x, degrees):
    """Exact P(chi-squared < x): the same Poisson count from half of it on, summed where it is small."""
    half = x / 2
    first = degrees // 2
    return math.fsum(math.exp(j * math.log(half) - half - math.lgamma(j + 1)) for j in range(first, first + 2000))


def edges(size, level):
    """Smallest and largest mean square of `size` normal numbers that a comparison lets pass, by bisection."""

    def passes(square):
        points = math.sqrt(square) * np.tile([1.0, -1.0], size // 2)[:, None]  # their mean is 0
        return not not_normal(points, np.zeros(1), np.eye(1), level)

    found = []
    for outside in (1e-12, 1e3):
        inside = 1.0
        for _ in range(60):
            middle = math.sqrt(inside * outside)
            inside, outside = (middle, outside) if passes(middle) else (inside, middle)
        found.append(inside)
    return found


@pytest.mark.parametrize("level", [0.1, 1e-3, LEVEL])
@pytest.mark.parametrize("size", [10, 50, 200, 400])
def test_one_spread_fails_right_work_less_often_than_its_level(size, level):
    low, high = edges(size, level)
    assert low < 1 < high
    exact_rate = chi_squared_below(low * size, size) + chi_squared_above(high * size, size)
    assert exact_rate <= level


def test_the_exact_tails_are_those_of_chi_squared():
    assert chi_squared_above(2.0, 2) == pytest.approx(math.exp(-1))
    assert chi_squared_below(180.0, 200) + chi_squared_above(180.0, 200) == pytest.approx(1)


@pytest.mark.parametrize("level", [0.1, LEVEL])
def test_one_mean_fails_right_work_as_often_as_its_level(level):
    """The mean of N numbers passes up to the exact quantile of N(0, 1/N)."""
    balanced = np.tile([1.0, -1.0], 50)[:, None]  # mean 0, mean square 1
    for factor, alarm in ((0.999, False), (1.001, True)):
        shift = factor * quantile(level) / math.sqrt(len(balanced))
        points = balanced * math.sqrt(1 - shift**2) + shift
        assert not_normal(points, np.zeros(1), np.eye(1), level) == alarm


def quantile(level):
    """The x with P(|N(0, 1)| > x) = level, by bisection."""
    low, high = 0.0, 40.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erfc(middle / math.sqrt(2)) > level else (low, middle)
    return low


def test_all_comparisons_together_stay_within_the_stated_rate():
    # Of each population, along each of n * n directions: one mean and one spread.
    comparisons = sum(2 * len(mean) ** 2 * num_iterations for mean, _, num_iterations, *_ in INPUTS)
    assert comparisons < 10_000
    assert comparisons * LEVEL <= cross_entropy.false_alarm <= 1e-6


@pytest.mark.slow
def test_simulated_rate_at_a_level_that_can_be_seen():
    rng, level, repetitions, comparisons = np.random.default_rng(1), 0.2, 4000, 8
    alarms = sum(
        not_normal(rng.multivariate_normal(START, SPREAD, 50), START, SPREAD, level / comparisons)
        for _ in range(repetitions)
    )
    assert 0 < alarms <= level * repetitions + 6 * math.sqrt(level * repetitions)


@pytest.mark.slow
@pytest.mark.parametrize("known", cross_entropy.rights, ids=lambda known: known.name)
def test_right_work_passes_with_other_seeds(known):
    for seed in range(100, 110):
        assert judges.searches_by_its_elite(known.function, (START, SPREAD, 3, 400, 2, seed)) == ""


def test_a_check_at_a_coarse_level_would_fail_right_work(monkeypatch):
    """The comparisons have teeth: at a level of 0.9 chance alone makes them fail."""
    monkeypatch.setattr(chance.not_normal, "__defaults__", (0.9,))
    arguments = [(START, SPREAD, 3, 100, 2, seed) for seed in range(20)]
    assert any(judges.searches_by_its_elite(cross_entropy.truth, given) for given in arguments)
