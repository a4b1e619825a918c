"""Checkpoints of notebook 12: the mean of scores over length, and the update that is divided by the length."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.exact import lengths


@checkpoint(reread="section 1")
def mean_score_per_step():
    return float(lengths.mean_of_scores(0.0, 2)[1])


@mean_score_per_step.mistake("This is E[F], without the division.")
def not_divided():
    return 0.0


@mean_score_per_step.mistake("The sign is flipped: an answer of length 1 did not think, and its score is -1/2.")
def flipped():
    return 0.125


@mean_score_per_step.mistake("The probabilities are missing, 1/2 for each length, or else the answers of length 2 are.")
def without_probabilities():
    return -0.25


ANSWERS = [
    (np.array([0.6, 0.4]), np.array([-0.4, 0.6]), np.array([1.0, 0.0])),
    (np.array([0.5, 0.25, 0.25]), np.array([-0.5, 0.0, 1.0]), np.array([0.2, 0.9, 0.4])),
]


def _update(p, scores, right, lengths, utility):
    return float(p @ (scores / lengths * (right - utility)))


@checkpoint(reread="section 2", inputs=ANSWERS)
def divided_update(p, scores, right):
    return _update(p, scores, right, np.arange(len(p)) + 1, p @ right)


@divided_update.mistake("Nothing is divided: this is the gradient of U.")
def gradient(p, scores, right):
    return _update(p, scores, right, 1, p @ right)


@divided_update.mistake("U is not subtracted: with division the mean of the scores is not 0 any more.")
def not_centred(p, scores, right):
    return _update(p, scores, right, np.arange(1, len(p) + 1), 0)


@divided_update.mistake("This subtracts the plain mean of the accuracies: U weights them with the probabilities.")
def plain_mean(p, scores, right):
    return _update(p, scores, right, np.arange(1, len(p) + 1), right.mean())


@divided_update.mistake("This divides by the mean length: each answer is to be divided by its own.")
def mean_length(p, scores, right):
    size = np.arange(1, len(p) + 1)
    return _update(p, scores, right, p @ size, p @ right)


@divided_update.mistake("The first length is 1 and not 0, the last is N.")
def from_two(p, scores, right):
    return _update(p, scores, right, np.arange(2, len(p) + 2), p @ right)


__dir__ = only_questions(globals())
