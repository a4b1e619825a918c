"""The mean squared error by which `best_delta` is judged is exact, and its bounds are what the problem set says."""

import itertools
import math

import numpy as np
import pytest

from pgcourse.homework.judges import judges, slopes
from pgcourse.homework.judges.slopes import DELTAS, NEAR, ORDER, slope_of, squared_error
from tests.support.course import catalogue_of

TASK = catalogue_of("ps3_log_derivative").best_delta
INPUTS = [*TASK.visible, *TASK.hidden]


@pytest.mark.parametrize("arguments", INPUTS)
def test_the_derivative_is_that_of_the_utility(arguments):
    slope = slope_of(*arguments)
    rise = slope.utility(slope.theta + 1e-5) - slope.utility(slope.theta - 1e-5)
    assert rise / 2e-5 == pytest.approx(slope.derivative(slope.theta), rel=1e-8)


def test_the_error_of_a_lottery_is_that_of_all_that_can_be_drawn():
    low, high, steepness, decisions = -1.0, 3.0, 0.5, 4
    theta, delta, m = 1.2, 0.7, 3
    win = [(1 / (1 + math.exp(-steepness * at))) ** decisions for at in (theta + delta, theta - delta)]
    once = 1 / (1 + math.exp(-steepness * theta))
    derivative = (high - low) * decisions * once ** (decisions - 1) * steepness * once * (1 - once)
    expected = 0.0
    for wins in itertools.product(range(m + 1), repeat=2):
        chance = math.prod(math.comb(m, w) * p**w * (1 - p) ** (m - w) for w, p in zip(wins, win, strict=True))
        ahead, behind = ((w * high + (m - w) * low) / m for w in wins)
        expected += chance * ((ahead - behind) / (2 * delta) - derivative) ** 2
    slope = slope_of("lottery", np.array([low, high, steepness, decisions, 0.0]), theta, m)
    assert squared_error(slope, np.array(delta)) == pytest.approx(expected)


def test_the_worked_example():
    slope = slope_of(*TASK.visible[0])
    assert squared_error(slope, np.array(0.5)) == pytest.approx(3 / 16)
    assert squared_error(slope, DELTAS).min() == pytest.approx(3 / 16, rel=1e-4)


@pytest.mark.parametrize("arguments", INPUTS)
def test_the_best_delta_is_where_the_problem_set_says_and_half_and_double_are_of_the_right_order(arguments):
    slope = slope_of(*arguments)
    errors = squared_error(slope, DELTAS)
    best = DELTAS[errors.argmin()]
    assert 0.1 < best < 5
    for factor, share in [(1, None), (0.9, None), (1.1, None), (0.7, 0.5), (1.4, 0.5), (0.3, 0), (2.5, 0)]:
        problem = judges.near_the_best(lambda *_, delta=factor * best: delta, arguments)
        assert (getattr(problem, "share", 0) if problem else None) == share
    assert ORDER * errors.min() < slope.derivative(slope.theta) ** 2  # an estimate of 0 is not of the right order


@pytest.mark.parametrize("factor", [0.3, 0.5, 1.6, 2.2])
def test_what_only_looks_like_a_mistake_is_told_its_direction_alone(factor):
    message = TASK.hidden_verdict(lambda *arguments: factor * TASK.truth(*arguments)).message
    told = [known.name for known in TASK.mistakes if known.sentence in message]
    assert told in (["too small" if factor < 1 else "too large"], ["values too far apart"])


@pytest.mark.slow
def test_no_constant_earns_anything():
    for delta in np.geomspace(0.05, 5, 200):
        assert not TASK.hidden_verdict(lambda *_, delta=delta: delta).share


@pytest.mark.slow
def test_whoever_reads_no_m_or_no_variance_earns_nothing():
    """The best δ is a sixth root of both, so that the hidden problems must lie far apart."""
    for number in np.geomspace(0.01, 1e7, 28):
        for answer in (
            lambda utility, variance, theta, m, number=number: TASK.truth(utility, variance, theta, number),
            lambda utility, variance, theta, m, number=number: TASK.truth(
                utility, lambda at: number + 0 * at, theta, m
            ),
        ):
            assert not TASK.hidden_verdict(answer).share


@pytest.mark.parametrize("delta", [0.0, -0.5, np.inf, np.nan, 1e308, 1e-308, np.float32(1e-30)])
def test_what_is_no_delta_earns_nothing(delta):
    assert not TASK.hidden_verdict(lambda *_: delta).share


def test_functions_take_numbers_and_arrays_and_nothing_else():
    curve = slopes.Curve("utility", slope_of(*INPUTS[1]).utility)
    assert np.ndim(curve(1)) == 0
    assert curve(np.array([[1.0, 2.0]])).shape == (1, 2)
    for wrong in ("one", np.array([np.nan]), 1j, None):
        with pytest.raises(ValueError, match="utility takes a number or an array of numbers"):
            curve(wrong)
    assert NEAR < ORDER


def test_what_hands_over_nonsense_is_told_so_even_where_it_hides_the_error():
    def answer(utility, variance, theta, m):
        try:
            utility("theta")
        except ValueError:
            return TASK.truth(utility, variance, theta, m)

    assert "utility takes a number" in TASK.hidden_verdict(answer).message
