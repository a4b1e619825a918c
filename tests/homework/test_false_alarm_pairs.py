"""How the choice of a step size and a batch size is judged, and how often an honest experiment earns its points."""

import itertools
import math
from functools import cache

import numpy as np
import pytest

from pgcourse.homework.judges import budgets
from pgcourse.homework.public import BATCH_SIZES, BUDGET, STEP_SIZES, corridor_batches, corridor_utility
from tests.support.course import catalogue_of

pytestmark = pytest.mark.slow  # simulates many students

PS6 = catalogue_of("ps6_baselines")
BAR, BOUNDS, best_pair = PS6.PAIR_BAR, PS6.BOUNDS, PS6.best_pair
PAIRS = list(itertools.product(STEP_SIZES, BATCH_SIZES))
NEAR = [(8.0, batch_size) for batch_size in BATCH_SIZES] + [(2.0, 2)]
"""The pairs that are nearest to the bounds; the others need fewer runs."""


@cache
def rate(pair):
    """The share of runs that reach the bar, from other seeds than the judge's."""
    return budgets.success(*pair, BAR, seed=77, num_runs=budgets.NUM_RUNS if pair in NEAR else 1000)


def divergence(share, probability):
    """KL(share, probability) of two coins."""
    terms = [(share, probability), (1 - share, 1 - probability)]
    return sum(p * math.log(p / q) if p else 0.0 for p, q in terms)


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_a_bound_is_passed_by_chance_less_than_once_in_a_million_times(pair):
    """By Chernoff's bound, for the largest and the smallest probability that 1 in 1e4 such estimates allows."""
    runs = budgets.NUM_RUNS if pair in NEAR else 1000
    error = 3.9 * math.sqrt(max(rate(pair) * (1 - rate(pair)), 0.01) / runs)
    for least, _ in BOUNDS:
        nearest = min(max(least, rate(pair) - error), rate(pair) + error)
        clipped = min(max(nearest, 1e-9), 1 - 1e-9)
        assert math.exp(-budgets.NUM_RUNS * divergence(least, clipped)) < 1e-6
    assert best_pair.false_alarm == 1e-6


def chosen(rates, num_seeds):
    """The exact probability that each pair has the most successes; of several with as many, each is as likely."""
    counts = np.arange(num_seeds + 1)
    ways = np.array([math.comb(num_seeds, k) for k in counts])
    laws = np.array([ways * p**counts * (1 - p) ** (num_seeds - counts) for p in rates])
    below = np.cumsum(laws, axis=1) - laws
    chances = np.zeros(len(rates))
    for one, count in itertools.product(range(len(rates)), counts):
        others = [other for other in range(len(rates)) if other != one]
        ties = np.ones(1)  # probabilities of how many others have as many successes, and the rest fewer
        for other in others:
            ties = np.convolve(ties, [below[other, count], laws[other, count]])
        chances[one] += laws[one, count] * (ties / np.arange(1, len(ties) + 1)).sum()
    return chances


@pytest.mark.parametrize(("num_seeds", "best", "least_two"), [(10, 0.78, 0.998), (40, 0.97, 0.9999)])
def test_an_honest_experiment_earns_what_the_task_says(num_seeds, best, least_two):
    rates = np.array([rate(pair) for pair in PAIRS])
    chances = chosen(rates, num_seeds)
    assert chances.sum() == pytest.approx(1)
    assert chances[rates >= BOUNDS[0][0]].sum() == pytest.approx(best, abs=0.02)
    assert chances[rates >= BOUNDS[1][0]].sum() >= least_two - 5e-4


def test_two_of_24_pairs_earn_all_points():
    assert len(PAIRS) == 24
    assert {pair for pair in PAIRS if rate(pair) >= BOUNDS[0][0]} == {(8.0, 4), (8.0, 6)}
    assert {pair for pair in PAIRS if BOUNDS[0][0] > rate(pair) >= BOUNDS[1][0]} == {(8.0, 2), (2.0, 2), (8.0, 12)}


def test_the_judges_runs_are_those_of_a_students_own_train():
    """The share of 100 runs by the reference of task 6; its standard deviation is 0.05."""
    num_runs, (step_size, batch_size) = 100, (8.0, 20)
    simulate = corridor_batches(batch_size)
    rngs = map(np.random.default_rng, range(num_runs))
    thetas = [PS6.train(simulate, np.zeros(8), step_size, BUDGET // batch_size, rng) for rng in rngs]
    share = (corridor_utility(np.array(thetas)) >= BAR).mean()
    assert share == pytest.approx(rate((step_size, batch_size)), abs=0.2)


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ((8.0, 3), "not on the grid"),
        ((8.0, 4.0), "whole number"),
        ((8.0, float("nan")), "whole number"),
        ((float("nan"), 4), "not on the grid"),
        ((8.0,), "a tuple of 2"),
        ((6, 8), "step size comes first"),
        (8.0, "a tuple of 2"),
    ],
    ids=str,
)
def test_a_pair_has_a_form(pair, words):
    verdict = best_pair.visible_verdict(lambda: pair)
    assert not verdict.share
    assert words in verdict.message


def test_what_keeps_runs_from_the_bar_is_said():
    assert budgets.hindrance(8.0, 2, BAR) == "too noisy"
    others = [(0.125, 30), (0.125, 2), (0.5, 6), (2.0, 2), (2.0, 12), (8.0, 12), (8.0, 30)]
    assert {budgets.hindrance(*pair, BAR) for pair in others} == {"too slow"}
