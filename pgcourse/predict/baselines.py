"""Predictions of lecture 8: unbiased baselines, V against b*, several decisions, and where a baseline comes from."""

import numpy as np

from pgcourse import exact, problems
from pgcourse.demos._short_corridor import short_corridor, towards_goal
from pgcourse.exact import baselines, one_decision, state_baseline
from pgcourse.gradients.estimators import Baseline
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import at, choice, ranking

CASE = (0.2, 5, 10)
V, BEST = one_decision.value(*CASE), one_decision.best_baseline(*CASE)


@choice(
    "It is, because",
    {
        "the baseline is small": "It may be any number: 7.5 or V, as in the next cell.",
        "what is subtracted has mean 0": "",
        "the baseline is the value": "It may be any number that does not depend on the action.",
        "the rewards are shifted, too": "The rewards stay as they are: only the estimate changes.",
    },
)
def unbiased():
    mean = one_decision.samples(0.2, 1, 1, baseline=0).mean  # of a score times one number for both actions
    return "what is subtracted has mean 0" if np.isclose(mean, 0) else "the baseline is small"


@ranking(
    "R = (0, 1), from the smallest variance to the largest",
    "The variance is (b − b*)² / (θ(1 − θ)): compare how far each b is from b*.",
)
def bowl():
    case = (0.2, 0, 1)
    chosen = {"no baseline": 0, "V": one_decision.value(*case), "b*": one_decision.best_baseline(*case)}
    return {name: one_decision.variance(b, *case) for name, b in chosen.items()}


@bowl.mistake("That is the order for R = (5, 10): here V is farther from b* than 0 is.")
def order_of_the_exercise():
    return ["b*", "V", "no baseline"]


@choice(
    "V is more likely to hurt with",
    {
        "two positive rewards": "Then b* is positive, and V often lies nearer to it than 0 does.",
        "one reward of each sign": "",
        "either, equally": "With one of each sign b* comes close to 0, where no baseline is already best.",
    },
)
def region():
    pairs = {"two positive rewards": (1, 2), "one reward of each sign": (-1, 1)}
    safe = {name: np.ptp(one_decision.harmless_thetas(*rewards)) for name, rewards in pairs.items()}
    return min(safe, key=safe.__getitem__)


@choice(
    "The lecture's baseline can be worse than none",
    {
        "yes": "",
        "no, it is the minimum": "It is the minimum for one decision: it ignores that steps are correlated.",
        "yes, but only for one decision": "For one decision it is the optimal one.",
    },
)
def gap():
    problem = (short_corridor(), *towards_goal(short_corridor(), 0))
    spread = baselines.parabola(*problem, 1)
    return "yes" if spread(exact.lecture_baseline(*problem)[1]) > spread(0) else "no, it is the minimum"


@choice(
    "The smallest total variance has",
    {
        "V": "It is close to that, but the best number for each decision and state is never worse.",
        "the best number for each state": "",
        "the lecture's, for each component": "It is close to the optimal one for each component, which is never worse.",
        "the optimal, for each component": "It is the best of all constants, but cannot follow states and decisions.",
    },
)
def gridworld():
    mdp = problems.gridworld(size=4, horizon=20)
    problem = (mdp, *towards_goal(mdp, 0))
    constants = {
        "the lecture's, for each component": exact.lecture_baseline(*problem),
        "the optimal, for each component": exact.optimal_baseline(*problem),
    }
    totals = {
        name: exact.moments(*problem, "reward_to_go", Baseline.per_component(b))[1].sum()
        for name, b in constants.items()
    }
    totals["V"] = baselines.variance_with_values(*problem).sum()
    totals["the best number for each state"] = state_baseline.variance_with_state_baseline(*problem).sum()
    return min(totals, key=totals.__getitem__)


@choice(
    "Its mean is",
    {
        "∇U": "The mean of the batch contains the trajectory's own return, so it depends on the action.",
        "shorter than ∇U": "",
        "longer than ∇U": "A part of each return is subtracted from itself: what is left is less.",
    },
)
def source():
    factor = one_decision.shrinkage(5)
    return "shorter than ∇U" if factor < 1 else "∇U"


@choice(
    "The mean of the ratios comes to",
    {
        "V": "",
        "b*": "With one decision the squared score cancels in each ratio, and with it the weights that make b*.",
        "halfway between them": "With one decision the squared score cancels in each ratio: R alone is left.",
    },
    mark=at("baselines.ratio", [{"x": V}, {"x": BEST}, {"x": (V + BEST) / 2}], axes=1),
)
def ratio():
    chances, scores, _ = one_decision.samples(*CASE)
    mean = chances @ (scores**2 * np.array(CASE[1:]) / scores**2)
    return "V" if np.isclose(mean, V) else "b*"


__dir__ = only_predictions(globals())
