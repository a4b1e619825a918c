"""Checkpoints of lecture 0: the regret of a game, the odds of a rule, and the utility of a bandit's policy."""

import numpy as np

from pgcourse.checkpoints import only_questions
from pgcourse.homework.compare import Check, Mistake
from pgcourse.problems import bandits

MEANS, PULLS = np.array([0.2, 0.5, 0.8]), np.array([5, 3, 12])

game_regret = Check(
    "game_regret",
    lambda: bandits.regret(MEANS, np.repeat([0, 1, 2], PULLS))[-1],
    (
        Mistake("This is what the player earned on average, not what was lost against the best arm.", lambda: 12.1),
        Mistake("This counts the pulls of the worse arms: weigh each by how much worse its arm is.", lambda: 8.0),
        Mistake("This is the regret per pull: add it up over all pulls.", lambda: 3.9 / 20),
        Mistake("This compares the other arms with the worst one: the regret compares with the best.", lambda: 8.1),
        Mistake("This is what the best arm would have earned: take off what the arms pulled earn.", lambda: 16.0),
    ),
    "section 3",
)

best_arm_probability = Check(
    "best_arm_probability",
    lambda: bandits.epsilon_greedy(np.ones(4), np.array([1, 0, 0, 0]), 0.2)[0],
    (
        Mistake("The random pull can choose the best arm, too.", lambda: 0.8),
        Mistake("This is the probability of one of the other arms.", lambda: 0.05),
        Mistake("This is the probability that the pull is a random one.", lambda: 0.2),
        Mistake("This shares the random pulls among three arms: the best is a fourth.", lambda: 0.8 + 0.2 / 3),
    ),
    "section 3",
)

bandit_utility = Check(
    "bandit_utility",
    lambda probabilities, means: probabilities @ means,
    (
        Mistake("This is the plain mean over the arms: weigh each by its probability.", lambda p, means: means.mean()),
        Mistake("This is the mean of the best arm, not of the policy.", lambda p, means: means.max()),
        Mistake(
            "This is what one pull loses against the best arm, not what it earns.",
            lambda p, means: means.max() - p @ means,
        ),
        Mistake("The products are averaged over the arms: they must be added.", lambda p, means: (p * means).mean()),
    ),
    "section 2",
    (
        (np.array([0.5, 0.25, 0.25]), np.array([0.2, 0.5, 0.8])),
        (np.array([0.1, 0.9]), np.array([-3.0, 5.0])),
    ),
)


__dir__ = only_questions(globals())
