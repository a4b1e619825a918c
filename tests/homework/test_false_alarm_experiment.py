"""How often the check of `trajectories_needed` fails right work: less than once in a million times, as it says."""

import numpy as np
import pytest

from pgcourse.exact import return_variance, utility
from pgcourse.gradients import SoftmaxPolicy
from pgcourse.homework.judges import experiments, judges
from pgcourse.homework.judges.experiments import ENOUGH, NEAR, Experiment, needed, return_law
from pgcourse.problems.mdp import TabularMDP
from tests.support.course import catalogue_of

PS1 = catalogue_of("ps1_monte_carlo_utility")
TASK = PS1.trajectories_needed
INPUTS = [*TASK.visible, *TASK.hidden]
LARGE = 4000
"""Returns of an experiment for which the rate is stated; the smallest that passes at all draws fewer."""


def laws():
    """Return (values, chances, error) of each input."""
    return [(*return_law(process, horizon, discount), error) for *process, horizon, discount, error, _ in INPUTS]


def moments(values, chances):
    """Return mean and standard deviation of a law."""
    mean = chances @ values
    return mean, np.sqrt(chances @ (values - mean) ** 2)


def chernoff(values, chances, bound, size):
    """Return a bound on P(mean of `size` draws is as far as `bound`, which lies to one side of the expectation)."""
    sign = np.sign(bound - chances @ values)
    scale = np.abs(values - bound).max()
    tilts = np.linspace(0, 5, 2001)[1:, None] / scale
    return np.exp(size * np.log(np.exp(tilts * sign * (values - bound)) @ chances).min())


@pytest.mark.parametrize(("process", "horizon"), [(PS1.RANDOM, 3), (PS1.SMOOTH, 4), (PS1.COIN, 2)])
def test_the_law_of_the_return_has_the_exact_mean_and_variance(process, horizon):
    initial, transitions, rewards, probabilities = process
    mdp = TabularMDP(initial, transitions, rewards, discount=0.9, horizon=horizon)
    policy, theta = SoftmaxPolicy(*probabilities.shape), np.log(probabilities).ravel()
    values, chances = return_law(process, horizon, 0.9)
    mean, deviation = moments(values, chances)
    assert chances.sum() == pytest.approx(1)
    assert mean == pytest.approx(utility(mdp, policy, theta))
    assert deviation**2 == pytest.approx(return_variance(mdp, policy, theta))


def test_the_worked_example():
    deviation = moments(*return_law(PS1.COIN, 1, 1.0))[1]
    assert deviation**2 == pytest.approx(2.16)
    assert np.ceil(needed(deviation, 0.02)) == 20_745


def test_bounds_are_those_of_a_fair_coin():
    fair = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    for bound in (0.4, 0.6):
        divergence = np.log(2) + 0.4 * np.log(0.4) + 0.6 * np.log(0.6)
        assert chernoff(*fair, bound, 100) == pytest.approx(np.exp(-100 * divergence), rel=1e-4)


def test_large_experiments_fail_less_often_than_stated():
    """The variance of a sample is the mean square about the expectation less the square of the mean's own error."""
    rate = 0.0
    for values, chances, _ in laws():
        mean, deviation = moments(values, chances)
        squares, least = (values - mean) ** 2, NEAR[0] + 0.1**2
        rate += chernoff(squares, chances, 1.2 * deviation**2, LARGE)  # 1.25 leaves room for 2 in place of 1.96
        rate += chernoff(squares, chances, least * deviation**2, LARGE)
        rate += sum(chernoff(values, chances, mean + s * 0.1 * deviation, LARGE) for s in (-1, 1))
    assert rate <= TASK.false_alarm <= 1e-6


@pytest.mark.parametrize(("quantile", "factor"), [(1.96, 1.0), (2.0, 1.1)])
def test_honest_students_pass(quantile, factor):
    """Their samples are counts of each return, so that a thousand experiments are one draw."""
    rng = np.random.default_rng(3)
    for values, chances, error in laws():
        counts = rng.multinomial(LARGE, chances / chances.sum(), 1000) / LARGE
        variances = counts @ values**2 - (counts @ values) ** 2
        found = np.ceil(factor * (quantile / error) ** 2 * variances)
        share = found / needed(moments(values, chances)[1], error)
        assert NEAR[0] <= share.min() < factor * (quantile / 1.96) ** 2 < share.max() <= NEAR[1]


def test_small_experiments_would_fail_often_and_so_they_do_not_pass_at_all():
    rng = np.random.default_rng(4)
    for values, chances, error in laws():
        _, deviation = moments(values, chances)
        assert 3 * LARGE < needed(deviation, error) < 100_000  # a large experiment is a small one beside its answer
        sizes = (30, ENOUGH)
        counts = [rng.multinomial(size, chances / chances.sum(), 1000) / size for size in sizes]
        share = [(count @ values**2 - (count @ values) ** 2) / deviation**2 for count in counts]
        missed = [np.mean((part < NEAR[0]) | (part > NEAR[1])) for part in share]
        assert missed[0] > 0.05
        assert missed[1] < 0.02


@pytest.mark.parametrize("known", TASK.rights, ids=lambda known: known.name)
def test_right_work_passes_with_other_seeds(known):
    for seed in range(100, 105):
        assert judges.draws_enough(known.function, (*PS1.SMOOTH, 3, 0.9, 0.04, seed)) == ""


@pytest.mark.parametrize("quantile", [0.8, 1.3, 1.5, 2.3, 3.0, 5.0])
def test_what_only_looks_like_a_mistake_is_told_its_direction_alone(quantile):
    def answer(draw_returns, error):
        return int((quantile * draw_returns(5000).std() / error) ** 2)

    message = TASK.hidden_verdict(answer).message
    assert ("So few trajectories miss" if quantile < 1.96 else "more than it takes") in message
    assert not [known.name for known in TASK.mistakes if known.sentence in message]


def test_a_number_is_off_by_a_factor_or_by_little():
    """Half and double the number of trajectories never pass, and no more than half of the points is left."""
    for values, chances, error in laws():
        deviation = moments(values, chances)[1]
        for factor, share in [(0.4, 0), (0.6, 0.5), (0.8, 0.5), (1, None), (1.3, 0.5), (1.9, 0.5), (2.1, 0)]:
            experiment = Experiment(values, chances, 0)
            experiment(5000)
            number = round(factor * needed(deviation, error))
            problem = experiments.wrong_number(number, experiment, error, deviation)
            assert (getattr(problem, "share", 0) if problem else None) == share
