"""Predictions of lecture 5: two samples by hand, dead parameters, noise, and a baseline."""

from pgcourse.exact.one_decision import samples
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import number


@number(
    "sample after L",
    within=0.005,
    low="The score of L is one over its probability, and the sample is score times return.",
    high="The score of L is one over its probability, and the sample is score times return.",
)
def sample_left():
    return samples(0.2, 5, 10).gradients[0]


@sample_left.mistake("This is the score or the return alone: the sample is their product.")
def one_factor():
    return 5


@sample_left.mistake("This is the probability times the return: the score is one over the probability.")
def probability_times_return():
    return 0.2 * 5


@sample_left.mistake("This is the sample after R.")
def that_of_right():
    return samples(0.2, 5, 10).gradients[1]


__dir__ = only_predictions(globals())
