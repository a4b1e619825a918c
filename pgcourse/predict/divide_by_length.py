"""Predictions of notebook 12: the mean of scores over length, and the divided update where length does not matter."""

import numpy as np

from pgcourse.exact import lengths
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import choice

THETA = 0.0


def _sign(value):
    return int(np.sign(value)) if abs(value) > 1e-12 else 0


@choice(
    "It is",
    {
        "0 as well": "The lemma is about the sum of the scores: here each sum has a factor that depends on it.",
        "negative": "",
        "positive": "Long answers have positive scores, but they are divided by more.",
    },
)
def mean_of_scores():
    return {0: "0 as well", -1: "negative", 1: "positive"}[_sign(lengths.mean_of_scores(THETA)[1])]


@choice(
    "The divided update",
    {
        "makes answers longer": "Long wrong answers are punished less, but long right ones are rewarded less.",
        "makes answers shorter": "Long right answers are rewarded less, but long wrong ones are punished less.",
        "does neither": "",
    },
)
def equal_accuracies():
    return {0: "does neither", -1: "makes answers shorter", 1: "makes answers longer"}[
        _sign(lengths.updates(THETA, [0.5] * 6)[1])
    ]


__dir__ = only_predictions(globals())
