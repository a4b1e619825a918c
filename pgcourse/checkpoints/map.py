"""Checkpoints of lecture 0: the regret of a game, the odds of a rule, and the utility of a bandit's policy."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.problems import bandits

MEANS, PULLS = np.array([0.2, 0.5, 0.8]), np.array([5, 3, 12])


@checkpoint(reread="section 3")
def game_regret():
    return bandits.regret(MEANS, np.repeat([0, 1, 2], PULLS))[-1]


@game_regret.mistake("This is what the player earned on average, not what was lost against the best arm.")
def earned():
    return 12.1


@game_regret.mistake("This counts the pulls of the worse arms: weight each by how much worse its arm is.")
def pulls_of_worse_arms():
    return 8.0


@game_regret.mistake("This is the regret per pull: add it up over all pulls.")
def per_pull():
    return 3.9 / 20


@game_regret.mistake("This compares the other arms with the worst one: the regret compares with the best.")
def against_the_worst():
    return 8.1


@game_regret.mistake("This is what the best arm would have earned: subtract what the chosen arms earn.")
def earned_by_the_best():
    return 16.0


@checkpoint(reread="section 3")
def best_arm_probability():
    return bandits.epsilon_greedy(np.ones(4, dtype=int), np.array([1, 0, 0, 0]), 0.2)[0]


@best_arm_probability.mistake("The random pull can choose the best arm, too.")
def greedy_pull_only():
    return 0.8


@best_arm_probability.mistake("This is the probability of one of the other arms.")
def other_arm():
    return 0.05


@best_arm_probability.mistake("This is the probability that the pull is a random one.")
def random_pull():
    return 0.2


@best_arm_probability.mistake("This shares the random pulls among three arms: the best is a fourth.")
def shared_by_three():
    return 0.8 + 0.2 / 3


@checkpoint(
    reread="section 2",
    inputs=[
        (np.array([0.5, 0.25, 0.25]), np.array([0.2, 0.5, 0.8])),
        (np.array([0.1, 0.9]), np.array([-3.0, 5.0])),
    ],
)
def bandit_utility(probabilities, means):
    return probabilities @ means


@bandit_utility.mistake("This is the plain mean over the arms: weight each by its probability.")
def plain_mean(probabilities, means):
    return means.mean()


@bandit_utility.mistake("This is the mean of the best arm, not of the policy.")
def best_arm(probabilities, means):
    return means.max()


@bandit_utility.mistake("This is what one pull loses against the best arm, not what it earns.")
def regret_of_a_pull(probabilities, means):
    return means.max() - probabilities @ means


@bandit_utility.mistake("The products are averaged over the arms: they must be added.")
def averaged_products(probabilities, means):
    return (probabilities * means).mean()


__dir__ = only_questions(globals())
