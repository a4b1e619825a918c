"""Checkpoints of lecture 4: the score of a normal density, that of a softmax, and one gradient sample."""

import numpy as np

from pgcourse.checkpoints import only_questions
from pgcourse.homework.compare import Check, Mistake


def _density(x, mean, deviation):
    return np.exp(-((x - mean) ** 2) / (2 * deviation**2)) / (deviation * np.sqrt(2 * np.pi))


normal_score = Check(
    "normal_score",
    lambda x, mean, deviation: (x - mean) / deviation**2,
    (
        Mistake(
            "The sign is turned: a larger mean makes an x above the mean more likely.",
            lambda x, mean, deviation: (mean - x) / deviation**2,
        ),
        Mistake("This divides by the deviation, not by its square.", lambda x, mean, deviation: (x - mean) / deviation),
        Mistake(
            "This is the gradient of p, not that of log p.",
            lambda x, mean, deviation: _density(x, mean, deviation) * (x - mean) / deviation**2,
        ),
        Mistake(
            "This is log p itself, up to a constant: differentiate it by the mean.",
            lambda x, mean, deviation: -((x - mean) ** 2) / (2 * deviation**2),
        ),
    ),
    "section 2",
    ((2.5, 2.0, 0.6), (-1.0, 0.5, 2.0)),
)


def _one_hot(probabilities, action):
    return np.eye(len(probabilities))[action]


softmax_score = Check(
    "softmax_score",
    lambda probabilities, action: _one_hot(probabilities, action) - probabilities,
    (
        Mistake(
            "The sign is turned: drawing an action again should become more likely along its score.",
            lambda probabilities, action: probabilities - _one_hot(probabilities, action),
        ),
        Mistake("The 1 of the drawn action is missing.", lambda probabilities, action: -probabilities),
        Mistake(
            "The other actions are missing: their preferences are in the denominator of the softmax.",
            lambda probabilities, action: _one_hot(probabilities, action) * (1 - probabilities),
        ),
        Mistake(
            "This is the gradient of π, not that of log π.",
            lambda probabilities, action: probabilities[action] * (_one_hot(probabilities, action) - probabilities),
        ),
        Mistake(
            "This is one over the probability, the score for a policy whose parameters are the probabilities.",
            lambda probabilities, action: _one_hot(probabilities, action) / probabilities,
        ),
    ),
    "section 4",
    ((np.array([0.2, 0.5, 0.3]), 1), (np.array([0.7, 0.3]), 1)),
)


def _discounts(rewards, discount):
    return discount ** np.arange(len(rewards))


gradient_sample = Check(
    "gradient_sample",
    lambda scores, rewards, discount: scores.sum(axis=0) * (_discounts(rewards, discount) @ rewards),
    (
        Mistake(
            "The rewards are not discounted.", lambda scores, rewards, discount: scores.sum(axis=0) * rewards.sum()
        ),
        Mistake(
            "This multiplies each score by the reward of its own decision only; every score is multiplied by the whole "
            "return.",
            lambda scores, rewards, discount: (_discounts(rewards, discount) * rewards) @ scores,
        ),
        Mistake(
            "This takes the mean of the scores; log p is a sum.",
            lambda scores, rewards, discount: scores.mean(axis=0) * (_discounts(rewards, discount) @ rewards),
        ),
        Mistake(
            "This takes the score of the first decision only.",
            lambda scores, rewards, discount: scores[0] * (_discounts(rewards, discount) @ rewards),
        ),
        Mistake(
            "This is the sum of the scores: multiply it by the return.", lambda scores, rewards, _: scores.sum(axis=0)
        ),
        Mistake(
            "This leaves out the rewards that came before each decision, the trick of lecture 7: here every score is "
            "multiplied by the whole return.",
            lambda scores, rewards, discount: np.cumsum(scores, axis=0).T @ (_discounts(rewards, discount) * rewards),
        ),
    ),
    "section 4",
    (
        (np.array([[1.0, 0.0], [-0.5, 2.0], [0.25, -1.0]]), np.array([1.0, 2.0, -3.0]), 0.9),
        (np.array([[0.5, -0.5, 3.0], [1.5, 0.0, -1.0]]), np.array([-1.0, 4.0]), 0.5),
    ),
)


__dir__ = only_questions(globals())
