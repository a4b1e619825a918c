"""Predictions of notebook 15: a sample with a baseline above b*, who gets stuck, and with which baselines none does."""

import numpy as np

from pgcourse.exact import one_decision, same_variance
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import at, choice, number

CASE = (0.2, 5, 10)
ABOVE = same_variance.baseline(1, *CASE)
BEST, VARIANCE = one_decision.best_baseline(*CASE), one_decision.variance(ABOVE, *CASE)


@number(
    "sample after R, with b = 12",
    digits=1,
    within=0.005,
    low="The sample is the score, −1/(1 − θ), times the reward less b.",
    high="The sample is the score, −1/(1 − θ), times the reward less b.",
)
def sample_right():
    return one_decision.samples(*CASE, ABOVE).gradients[1]


@sample_right.mistake("The sign is flipped: R earned less than b, so θ, the probability of L, rises.")
def sign_flipped():
    return -sample_right.truth()


@sample_right.mistake("This is the sample without a baseline: subtract b = 12 from the reward.")
def without_baseline():
    return one_decision.samples(*CASE).gradients[1]


@sample_right.mistake("This is the sample after L.")
def that_of_left():
    return one_decision.samples(*CASE, ABOVE).gradients[0]


@sample_right.mistake("This is the reward less b: multiply it by the score.")
def without_score():
    return CASE[2] - ABOVE


@choice(
    "More runs are stuck at L with",
    {
        "no baseline": "",
        "2b*": "With it L is blamed whenever it is drawn, and the long jump leads away from L.",
        "neither": "Mean and variance agree, but the long jumps of the two lead to different sides.",
    },
    mark=at("same_variance_other_fate.fates", [{"x": b, "y": VARIANCE} for b in (0, ABOVE, BEST)]),
)
def fates():
    none, twice = (same_variance.stuck(x, *CASE, 0.01, 17)[-1, 0] for x in (-1, 1))
    if np.isclose(none, twice):
        return "neither"
    return "no baseline" if none > twice else "2b*"


@choice(
    "It is 0 because",
    {
        "the variance is least": "That is so for b* only: the variance with V is not 0, and its curve is.",
        "all steps are short": "Short steps would only take longer to come to L.",
        "no step raises θ": "",
        "no step lowers θ": "θ is the probability of L: a run is stuck there once it is 1.",
    },
)
def never_stuck():
    thetas = np.linspace(0.01, 0.99, 99)
    baselines = [of(thetas, *CASE[1:]) for of in (one_decision.best_baseline, one_decision.value)]
    steps = np.array([one_decision.samples(thetas, *CASE[1:], b).gradients for b in baselines])
    if (steps < 1e-12).all():
        return "no step raises θ"
    return "no step lowers θ" if (steps > -1e-12).all() else "all steps are short"


__dir__ = only_predictions(globals())
