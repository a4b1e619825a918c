"""Predictions of notebook 10: which baselines from a group are unbiased, and how noisy leave-one-out is."""

import numpy as np

from pgcourse.exact import group_baselines
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import choice, number

SIZE, P = 8, 0.9


@choice(
    "The gradient of U is the mean of",
    {
        "the first alone": "The mean of the others does not depend on the sample: it may be subtracted, too.",
        "the first and the third": "",
        "the first three": "The mean of the whole group contains the sample's own reward, as in notebook 8.",
        "all four": "Division by a number that depends on the group changes the mean.",
    },
)
def unbiased():
    gradient = group_baselines.gradient(P)
    means = [group_baselines.update_moments(SIZE, P, name)[0] for name in group_baselines.UPDATES]
    right = tuple(i for i, mean in enumerate(means) if np.isclose(mean, gradient))
    names = {(0,): "the first alone", (0, 2): "the first and the third", (0, 1, 2): "the first three"}
    return names.get(right, "all four")


@number(
    "noise with leave-one-out over noise without a baseline",
    within=0.25,
    digits=1,
    low="It is more than that: here no baseline is the less noisy one, and by far.",
)
def noise():
    none, others = (group_baselines.noise(SIZE, P, name) for name in ("none", "leave-one-out"))
    return float(others / none)


@noise.mistake("This is the inverse: leave-one-out is the noisier one.")
def inverse():
    return 1 / noise.truth()


@noise.mistake("The same mean does not make them equally noisy.")
def equally_noisy():
    return 1.0


__dir__ = only_predictions(globals())
