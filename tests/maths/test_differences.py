"""The exact law of a finite difference with common random numbers, against every way in which two walks can share them.

That `pg.simulate` shares its numbers in this way with itself, from the same seed, is tested with the lectures'
formulas: there drawn differences are held against this law.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings

import pgcourse as pg
from pgcourse.exact.differences import common_variance, difference_law, difference_samples
from tests.support import enumeration
from tests.support.strategies import problems, random_mdp

Z = 6.5  # false-alarm rate 8e-11 a comparison


def shared_choices(first, second):
    """Yield (probability, outcome of the first, outcome of the second) when one uniform number decides both."""
    edges = [np.cumsum(probabilities) for probabilities in (first, second)]
    cuts = np.unique(np.concatenate([[0], *edges]).clip(0, 1))
    for low, high in itertools.pairwise(cuts):
        if high - low > 1e-12:
            yield high - low, *(int(np.searchsorted(edge, (low + high) / 2)) for edge in edges)


def walks(mdp, tables, states, k=0):
    """Yield (probability, return of the first, return of the second) of every way from a pair of states on."""
    done = mdp.terminal[list(states)]
    if k == mdp.horizon or done.all():
        yield 1.0, 0.0, 0.0
        return
    for chance, *actions in shared_choices(*(table[s] for table, s in zip(tables, states, strict=True))):
        moves = [mdp.transitions[s, a] for s, a in zip(states, actions, strict=True)]
        for weight, *following in shared_choices(*moves):
            after = [s if over else t for s, t, over in zip(states, following, done, strict=True)]
            earned = [
                0 if over else enumeration.table_entry(mdp.rewards, *step)
                for over, *step in zip(done, states, actions, after, strict=True)
            ]
            for later, first, second in walks(mdp, tables, after, k + 1):
                yield (
                    chance * weight * later,
                    *(r + mdp.discount * g for r, g in zip(earned, (first, second), strict=True)),
                )


@pytest.mark.slow
@given(problems())
@settings(max_examples=25, deadline=None)
def test_the_variance_of_a_difference_with_common_random_numbers(problem):
    mdp, policy, theta = problem
    other = theta + np.linspace(1, -0.5, len(theta))
    tables = [policy.probabilities(at) for at in (theta, other)]
    law = [
        (mdp.initial[s] * chance, second - first)
        for s in np.flatnonzero(mdp.initial)
        for chance, first, second in walks(mdp, tables, (s, s))
    ]
    chance, difference = np.array(law).T
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    mean = chance @ difference
    assert common_variance(mdp, policy, theta, other) == pytest.approx(chance @ (difference - mean) ** 2, abs=1e-10)


@given(problems())
@settings(max_examples=25, deadline=None)
def test_with_the_same_numbers_and_parameters_nothing_differs(problem):
    mdp, policy, theta = problem
    assert common_variance(mdp, policy, theta, theta) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(
    "mdp", [pg.problems.gridworld(size=3, horizon=8), random_mdp(np.random.default_rng(2), 3, 2, 5, 0.9, 1, True, True)]
)
def test_the_law_is_that_of_drawn_differences(mdp):
    policy = pg.SoftmaxPolicy(mdp.num_states, mdp.num_actions)
    theta = np.random.default_rng(1).normal(0, 0.5, policy.num_parameters)
    bias, *variances = difference_law(mdp, policy, theta, 1, 0.7)
    for other, variance in zip((8, 7), variances, strict=True):
        rngs = np.random.default_rng(7), np.random.default_rng(other)
        errors = (
            difference_samples(mdp, policy, theta, 1, 0.7, 40_000, *rngs) - pg.exact.gradient(mdp, policy, theta)[1]
        )
        assert abs(errors.mean() - bias) < Z * math.sqrt(variance / len(errors))
        squares = (errors - bias) ** 2
        assert abs(squares.mean() - variance) < Z * squares.std() / math.sqrt(len(errors))
