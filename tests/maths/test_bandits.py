"""The bandit rules on hand-made counts, their exact regret against all games, and the simulated games against it."""

import itertools
from functools import partial

import numpy as np
import pytest

from pgcourse.problems import bandits

RULES = {
    "greedy": partial(bandits.epsilon_greedy, epsilon=0.0),
    "epsilon_greedy": bandits.epsilon_greedy,
    "ucb1": bandits.ucb1,
    "random": partial(bandits.epsilon_greedy, epsilon=1.0),
}


def regret_of_all_games(rule, means, num_pulls):
    """Return the expected regret by walking through every sequence of arms and rewards."""
    total = 0.0
    for arms in itertools.product((0, 1), repeat=num_pulls):
        for rewards in itertools.product((0, 1), repeat=num_pulls):
            chance, pulls, earned = 1.0, np.zeros(2), np.zeros(2)
            for arm, reward in zip(arms, rewards, strict=True):
                chance *= rule(pulls, earned)[arm] * (means[arm] if reward else 1 - means[arm])
                pulls[arm] += 1
                earned[arm] += reward
            total += chance * sum(max(means) - means[arm] for arm in arms)
    return total


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("means", [(0.4, 0.7), (0.9, 0.2), (0.0, 1.0), (0.5, 0.5)])
def test_expected_regret_is_the_mean_over_all_games(name, means):
    exact = bandits.expected_regret(RULES[name], means, 5)
    assert exact[-1] == pytest.approx(regret_of_all_games(RULES[name], means, 5), abs=1e-12)
    assert exact[2] == pytest.approx(regret_of_all_games(RULES[name], means, 3), abs=1e-12)
    if name == "random":
        np.testing.assert_allclose(bandits.regret_at_random(means, 5)[1:], exact, atol=1e-12)


@pytest.mark.parametrize("name", RULES)
def test_games_have_the_expected_regret(name):
    # 4 z-tests at |z| < 5.5: a false alarm in 6.6 million choices of the seed.
    means, num_games = (0.35, 0.6), 20_000
    arms, rewards = bandits.play(RULES[name], means, 25, num_games, np.random.default_rng(5))
    lost = bandits.regret(means, arms)[-1]
    z = (lost.mean() - bandits.expected_regret(RULES[name], means, 25)[-1]) / (lost.std() / np.sqrt(num_games))
    assert abs(z) < 5.5
    for arm, mean in enumerate(means):
        earned = rewards[arms == arm]
        assert abs(earned.mean() - mean) < 5.5 * np.sqrt(mean * (1 - mean) / len(earned))


def test_rules_on_counts():
    pulls, earned = np.array([4, 4, 2]), np.array([2, 3, 1])
    np.testing.assert_allclose(bandits.epsilon_greedy(pulls, earned, 0.3), [0.1, 0.8, 0.1])
    np.testing.assert_allclose(bandits.epsilon_greedy(np.array([1, 0]), np.array([1, 0]), 0.0), [0, 1])
    np.testing.assert_allclose(bandits.epsilon_greedy(np.zeros(4), np.zeros(4), 0.2), np.full(4, 0.25))
    # The bonuses of 50 and of 10 pulls, sqrt(2 log 60 / n), differ by 0.50: between 0.4 and 0.6.
    np.testing.assert_allclose(bandits.ucb1(np.array([50, 10]), np.array([40, 4])), [0, 1])
    np.testing.assert_allclose(bandits.ucb1(np.array([50, 10]), np.array([40, 2])), [1, 0])
    np.testing.assert_allclose(bandits.ucb1(np.array([50, 50]), np.array([20, 30])), [0, 1])


def test_regret_adds_up_gaps():
    np.testing.assert_allclose(bandits.regret([0.2, 0.5, 0.8], [2, 0, 1]), [0, 0.6, 0.9])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: bandits.regret([0.2, 1.5], [0]), "means must be probabilities"),
        (lambda: bandits.regret([0.2], [0]), "means must have one entry"),
        (lambda: bandits.expected_regret(bandits.ucb1, [0.1, 0.2, 0.3], 4), "2 arms"),
        (lambda: bandits.play(bandits.ucb1, [0.1, 0.2], 4, 1, None), "rng"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
