"""Every formula and number of lecture 0, from the package's own functions."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.checkpoints import map as checkpoints
from pgcourse.demos import map as demos
from pgcourse.problems import bandits

LECTURES = Path(__file__).parents[2] / "lectures"
MEANS = np.array([0.2, 0.5, 0.8])


def test_a_bandit_is_one_decision_in_one_state():
    mdp, policy = pg.problems.bandit(MEANS), pg.SoftmaxPolicy(1, 3)
    assert (mdp.horizon, mdp.num_states) == (1, 1)
    theta = np.log([1 / 2, 1 / 4, 1 / 4])
    assert pg.exact.utility(mdp, policy, theta) == pytest.approx(0.425, abs=1e-12)
    assert MEANS.max() - pg.exact.utility(mdp, policy, theta) == pytest.approx(0.375, abs=1e-12)
    chance, batch = pg.tree.all_trajectories(mdp, policy, theta)
    assert chance @ batch.returns(mdp.discount) == pytest.approx(0.425, abs=1e-12)


@pytest.mark.parametrize(
    ("rule", "epsilon", "lost"),
    [("at random", 1.0, 6.0), ("ε-greedy", 0.1, 2.74), ("greedy", 0.0, 2.95), ("UCB1", 0.0, 3.52)],
)
def test_stated_regrets(rule, epsilon, lost):
    assert demos.NUM_PULLS == 40
    assert demos.exact_regret(rule, epsilon, (0.4, 0.7))[-1] == pytest.approx(lost, abs=0.005)


def lost_by_testing_first(means, num_tests, num_pulls=60):
    """Return the exact mean regret of pulling each arm num_tests times, and then the one of best average."""
    gaps, successes = max(means) - np.array(means), range(num_tests + 1)
    law = [[math.comb(num_tests, x) * mean**x * (1 - mean) ** (num_tests - x) for x in successes] for mean in means]
    after = 0.0
    for seen in itertools.product(successes, repeat=len(means)):
        chance = math.prod(row[x] for row, x in zip(law, seen, strict=True))
        after += chance * gaps[np.array(seen) == max(seen)].mean()
    return num_tests * gaps.sum() + (num_pulls - len(means) * num_tests) * after


@pytest.mark.slow
@pytest.mark.parametrize(("means", "num_tests"), [((0.2, 0.5, 0.8), 4), ((0.4, 0.5, 0.6), 6)])
def test_how_many_pulls_to_spend_on_finding_out(means, num_tests):
    lost = [lost_by_testing_first(means, n) for n in range(21)]
    assert np.argmin(lost) == num_tests
    if num_tests == 4:
        assert min(lost) == pytest.approx(6.80, abs=0.005)


def test_both_rules_count_an_untried_arm_as_the_best():
    pulls, earned = np.array([3, 0]), np.array([3, 0])
    assert bandits.epsilon_greedy(pulls, earned, 0.1)[1] == pytest.approx(0.95)
    assert bandits.ucb1(pulls, earned)[1] == 1


def test_greedy_can_be_fooled_for_ever():
    # The better arm failed once and the worse one succeeded once: its average stays above 0 whatever follows.
    pulls, earned = np.array([np.arange(1, 1000), np.ones(999)]), np.array([np.ones(999), np.zeros(999)])
    np.testing.assert_array_equal(bandits.epsilon_greedy(pulls, earned, 0.0)[0], 1)


def test_checkpoint_numbers():
    assert checkpoints.game_regret(3.9).correct
    assert checkpoints.best_arm_probability(0.85).correct
    assert checkpoints.bandit_utility(lambda probabilities, means: sum(probabilities * means)).correct


@pytest.mark.slow
def test_the_picture_plays_the_game_that_was_pressed():
    live = demos.bandit()
    live.set(pull_A=2)
    live.set(pull_C=1)
    assert "3 of 200 pulls earned" in live.caption_text
    live.set(ucb1=30)
    assert "200 of 200 pulls" in live.caption_text
    live.set(seed=1)
    assert live.caption_text.startswith("0 of 200 pulls")


def test_a_game_earns_and_loses_what_its_arms_say():
    game = bandits.Game(np.random.default_rng(4))
    for arm in (0, 2, 2, 1, 0):
        game.pull(arm)
    np.testing.assert_array_equal(game.pulls, [2, 1, 2])
    wanted = [game.rewards[0, 0], game.rewards[2, 0], game.rewards[2, 1], game.rewards[1, 0], game.rewards[0, 1]]
    np.testing.assert_array_equal(np.diff(game.earnings(), prepend=0), wanted)
    assert game.earnings()[-1] == game.earned.sum()
    np.testing.assert_allclose(game.averages * game.pulls, game.earned)
    assert np.isnan(bandits.Game(np.random.default_rng(4)).averages).all()


def test_the_map_names_every_lecture():
    assert len(demos.STATIONS) == 10
    numbers = sorted(int(path.stem[:2]) for path in LECTURES.glob("*.ipynb"))
    assert [*range(10), *sorted(demos.BEYOND)] == numbers
    assert all(challenges for _, _, challenges in demos.STATIONS)
    assert sum(1 in challenges for _, _, challenges in demos.STATIONS) > 5  # "most lectures work on the credit"
