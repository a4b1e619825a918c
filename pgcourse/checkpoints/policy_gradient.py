"""Checkpoints of lecture 6: one update from a batch, one by hand, and the batch that the noise asks for."""

import numpy as np

from pgcourse.checkpoints import only_questions
from pgcourse.homework.compare import Check, Mistake

update = Check(
    "update",
    lambda theta, samples, alpha: theta + alpha * samples.mean(axis=0),
    (
        Mistake(
            "This goes downhill: the minus belongs to minimising.",
            lambda theta, samples, alpha: theta - alpha * samples.mean(axis=0),
        ),
        Mistake(
            "This adds the sum of the samples: with their mean, the step does not grow with m.",
            lambda theta, samples, alpha: theta + alpha * samples.sum(axis=0),
        ),
        Mistake("This uses the first sample only.", lambda theta, samples, alpha: theta + alpha * samples[0]),
        Mistake(
            "This takes one mean of all numbers: take it over the trajectories, component by component.",
            lambda theta, samples, alpha: theta + alpha * samples.mean(),
        ),
        Mistake("This is the step; add it to theta.", lambda theta, samples, alpha: alpha * samples.mean(axis=0)),
        Mistake("The step size is missing.", lambda theta, samples, alpha: theta + samples.mean(axis=0)),
    ),
    "section 1",
    (
        (np.array([1.0, -2.0]), np.array([[0.5, 1.0], [1.5, -4.0], [4.0, 0.0]]), 0.1),
        (np.array([0.0, 0.5, 1.0]), np.array([[2.0, -1.0, 0.0], [-1.0, 3.0, 0.5]]), 0.3),
    ),
)

theta_after_left = Check(
    "theta_after_left",
    lambda: np.array([0.05, -0.05]),
    (
        Mistake("The step size is missing.", lambda: np.array([0.5, -0.5])),
        Mistake("This takes the return of R.", lambda: np.array([0.1, -0.1])),
        Mistake("The sign is turned: a positive return makes the drawn action more likely.", lambda: [-0.05, 0.05]),
        Mistake("This is the score of the clamp policy, 1/π; that of a softmax is 1 - π.", lambda: [0.2, -0.2]),
        Mistake("The probabilities are missing from the score.", lambda: np.array([0.1, 0.0])),
        Mistake("The preference of R changes as well.", lambda: np.array([0.05, 0.0])),
    ),
    "section 4 of notebook 4",
)

batch_size = Check(
    "batch_size",
    lambda mean, variance: variance.sum() / (mean @ mean),
    (
        Mistake(
            "This is the root of what is needed: the noise falls with the square root of m.",
            lambda mean, variance: np.sqrt(variance.sum() / (mean @ mean)),
        ),
        Mistake(
            "This divides by the length of the gradient, not by its square.",
            lambda mean, variance: variance.sum() / np.linalg.norm(mean),
        ),
        Mistake(
            "This divides component by component before it sums.",
            lambda mean, variance: (variance / mean**2).sum(),
        ),
        Mistake("This is turned upside down.", lambda mean, variance: (mean @ mean) / variance.sum()),
        Mistake(
            "This takes the mean of the variances: the squared distance sums over the components.",
            lambda mean, variance: variance.mean() / (mean @ mean),
        ),
    ),
    "section 5",
    ((np.array([3.0, 4.0]), np.array([60.0, 90.0])), (np.array([0.1, -0.2, 0.4]), np.array([1.0, 2.0, 0.5]))),
)


__dir__ = only_questions(globals())
