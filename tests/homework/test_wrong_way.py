"""When a single step lowers the utility: the reference of problem set 4 is the exact law of the step."""

import itertools

import numpy as np
import pytest

from pgcourse.homework.judges import wrong_way
from tests.support.course import catalogue_of

PS4 = catalogue_of("ps4_left_right")
PROBABILITY, EXAMPLE, REGION = PS4.wrong_way_probability, PS4.wrong_way_example, PS4.wrong_way_region
REWARDS = list(itertools.product([-3.0, -1.0, 0.0, 2.0, 5.0], repeat=2))
THETAS = np.linspace(0.03, 0.97, 20)


@pytest.mark.parametrize("rewards", REWARDS, ids=str)
def test_the_probability_is_that_of_the_exact_law_and_the_step_size_does_not_matter(rewards):
    for theta in [*THETAS, -0.5, 0.0, 1.0, 1.5]:
        exact = [wrong_way.chance(theta, *rewards, step_size) for step_size in (1e-3, 0.1, 7.0)]
        assert exact == pytest.approx([float(PROBABILITY(theta, *rewards, 0.1))] * 3)


@pytest.mark.parametrize("rewards", REWARDS, ids=str)
def test_the_region_is_where_the_probability_is_above_one_half(rewards):
    low, high = REGION(*rewards)
    inside = [bool(low < theta < high) for theta in THETAS]
    assert inside == [wrong_way.chance(theta, *rewards, 0.1) > 0.5 for theta in THETAS]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: (0.05, -2.0, -1.0), ""),
        (lambda: (0.1, -2.0, -1.0), ""),
        (lambda: (0.11, -2.0, -1.0), "probability below 0.9"),
        (lambda: (0.05, -20.0, -1.0), "negative here"),
        (lambda: (0.05, -2.0, 0.0), "negative here"),
        (lambda: (0.05, -2.0, float("nan")), "negative here"),
        (lambda: (float("nan"), -2.0, -1.0), "between 0 and 1"),
        (lambda: (0.05, -2.0), "a tuple of 3"),
    ],
)
def test_an_example_is_judged_by_the_exact_law(answer, words):
    verdict = EXAMPLE.hidden_verdict(answer)
    assert verdict.correct == (not words)
    assert words in verdict.message


def test_half_of_the_points_are_for_positive_rewards_and_nothing_else_earns_them():
    shares = {known.name: REGION.hidden_verdict(known.function).share for known in REGION.mistakes}
    half = {name for name, share in shares.items() if share == 0.5}
    positive = [pair for pair in PS4.PAIRS if min(pair) > 0]
    right = {
        known.name
        for known in REGION.mistakes
        if all(np.array_equal(known.function(*pair), REGION(*pair)) for pair in positive)
    }
    assert half == right
    assert set(shares.values()) == {0, 0.5}
    assert (
        REGION.hidden_verdict(lambda *pair: np.array([0.005, 0.495]) if pair == (9.0, 1.0) else np.zeros(2)).share == 0
    )


def test_an_end_may_be_off_by_a_hundredth_and_by_no_more():
    for error, correct in ((0.009, True), (0.03, False)):
        moved = lambda *pair, error=error: REGION(*pair) + error * REGION(*pair).any()  # noqa: E731
        assert REGION.hidden_verdict(moved).correct == correct


def test_a_wrong_order_is_named():
    assert "return the lower one first" in REGION.visible_verdict(lambda *pair: REGION(*pair)[::-1]).message
    assert "θ comes first" in EXAMPLE.visible_verdict(lambda: (-1.0, -9.0, 0.95)).message
    assert "At the boundaries" in EXAMPLE.visible_verdict(lambda: (1.0, -9.0, -1.0)).message
