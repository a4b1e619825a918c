"""Predictions of lecture 9: what each trick is worth, when one hurts, and what their variance means for learning."""

import numpy as np

from pgcourse.demos import recap as pictures
from pgcourse.exact import ladder
from pgcourse.optimisers import regulator_runs
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import choice, number

FRESH, COMMON, LOG_DERIVATIVE, CAUSALITY, WITH_V = 0, 1, 2, 4, 5


def _total(rung, preference=0.0):
    mdp, theta = pictures.small_corridor(), np.tile([0.0, preference], 5)
    return ladder.moments(mdp, pictures.POLICY, theta, rung, pictures.NUM_TRAJECTORIES)[1].sum()


@number("factor of the log-derivative trick", digits=1, within=0.3)
def tricks():
    return _total(COMMON) / _total(LOG_DERIVATIVE)


@tricks.mistake("This is against differences with fresh random numbers: compare with the best alternative.")
def against_fresh_numbers():
    return _total(FRESH) / _total(LOG_DERIVATIVE)


@tricks.mistake("This is the factor of causality, which comes next.")
def of_causality():
    return _total(LOG_DERIVATIVE) / _total(CAUSALITY)


@tricks.mistake("This is the factor of the baseline, which comes last.")
def of_the_baseline():
    return _total(CAUSALITY) / _total(WITH_V)


@choice(
    "A trick can make things worse",
    {
        "yes, a baseline can": "",
        "no, each lowers the variance": "Only the optimal baseline of notebook 8 is never worse than none: V is a bet.",
    },
)
def worse():
    hurts = _total(WITH_V, 1.0) > _total(CAUSALITY, 1.0)
    return "yes, a baseline can" if hurts else "no, each lowers the variance"


@choice(
    "More is gained by",
    {
        "causality": "",
        "the baseline": "It comes after causality has taken out the larger part of the noise.",
        "neither": "With six rollouts the noise decides, and both make it smaller.",
    },
)
def closing():
    alone, with_causality, with_baseline = (
        pictures.regulator_quantiles(method)[0, -1] for method in regulator_runs.METHODS
    )
    return "causality" if with_causality - alone > with_baseline - with_causality else "the baseline"


@choice(
    "They are told apart by",
    {
        "a longer race": "All three climb the same hill, and come to the same place in the end.",
        "a smaller step": "With small steps the noise averages out: all three are slow.",
        "a larger step": "",
    },
)
def methods():
    return "a larger step"


@choice(
    "If one of them must go, leave out",
    {
        "the log-derivative trick": "Then there is no gradient without a model, or one difference for each parameter.",
        "causality": "Without it a push is praised for what was earned before it.",
        "the baseline": "",
    },
)
def practice():
    return "the baseline"


__dir__ = only_predictions(globals())
