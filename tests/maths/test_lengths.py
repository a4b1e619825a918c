"""Answers of different lengths, against the same chain as a tabular problem and against every answer one by one."""

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.exact import lengths

RIGHT = np.array([0.5, 0.3, 0.9, 0.4])
LONGEST = len(RIGHT)
DONE = LONGEST  # a terminal state


class Thinking(pg.TabularPolicy):
    """Think with probability sigma(theta) in all states but the last, where it answers whatever it does."""

    num_states, num_actions, num_parameters = LONGEST + 1, 2, 1

    def probabilities(self, theta):
        think = 1 / (1 + np.exp(-self.parameters(theta)[0]))
        return np.where(np.arange(self.num_states)[:, None] < LONGEST - 1, [think, 1 - think], 0.5)

    def score(self, theta):
        think = 1 / (1 + np.exp(-self.parameters(theta)[0]))
        table = np.where(np.arange(self.num_states)[:, None] < LONGEST - 1, [1 - think, -think], 0.0)
        return table[:, :, None]


def chain():
    """Return the problem: action 0 thinks, action 1 answers, and an answer of length L earns q_L on average."""
    transitions, rewards = np.zeros((LONGEST + 1, 2, LONGEST + 1)), np.zeros((LONGEST + 1, 2))
    for s in range(LONGEST):
        transitions[s, 1, DONE] = 1
        transitions[s, 0, s + 1] = 1  # from the last state, that is DONE as well
        rewards[s, 1] = RIGHT[s]
    rewards[LONGEST - 1, 0] = RIGHT[-1]
    transitions[DONE, :, DONE] = 1
    start = np.arange(LONGEST + 1) == 0
    return pg.TabularMDP(start, transitions, rewards, 1.0, LONGEST, terminal=np.arange(LONGEST + 1) == DONE)


@pytest.mark.parametrize("theta", [-2.0, 0.0, 0.6, 3.0])
def test_they_are_those_of_every_trajectory_of_the_chain(theta):
    mdp, policy = chain(), Thinking()
    weights, trajectories = pg.tree.all_trajectories(mdp, policy, [theta])
    scores = policy.score_at([theta], trajectories.states, trajectories.actions)[:, :, 0] * trajectories.active
    total, size = scores.sum(axis=1), trajectories.active.sum(axis=1)
    returns = trajectories.rewards.sum(axis=1)
    chances, by_length = lengths.length_law(theta, LONGEST)
    for length in range(1, LONGEST + 1):
        assert chances[length - 1] == pytest.approx(weights[size == length].sum(), abs=1e-12)
        np.testing.assert_allclose(total[size == length], by_length[length - 1], atol=1e-12)
    utility = weights @ returns
    gradient, divided = lengths.updates(theta, RIGHT)
    assert float(gradient) == pytest.approx(pg.exact.gradient(mdp, policy, [theta])[0], abs=1e-12)
    assert float(divided) == pytest.approx(weights @ (total / size * (returns - utility)), abs=1e-12)
    np.testing.assert_allclose(
        lengths.mean_of_scores(theta, LONGEST), [weights @ total, weights @ (total / size)], atol=1e-12
    )


def test_many_thetas_at_once_and_far_ones():
    thetas = np.array([[-800.0, 0.3], [2.0, 800.0]])
    together = lengths.updates(thetas, RIGHT)
    for index in np.ndindex(thetas.shape):
        alone = lengths.updates(thetas[index], RIGHT)
        np.testing.assert_allclose([each[index] for each in together], alone, atol=1e-15)
    np.testing.assert_allclose(lengths.length_law(800.0)[0], [0, 0, 0, 0, 0, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lengths.length_law(np.nan), "^theta is nan"),
        (lambda: lengths.length_law(0.0, 0), "^longest is 0"),
        (lambda: lengths.updates(0.0, [0.5, 1.5]), "^accuracies must have one probability"),
        (lambda: lengths.updates(0.0, [[0.5]]), "^accuracies must have one probability"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call()
