"""Predictions of lecture 7: which products vanish, where causality helps, and where it does not."""

import numpy as np

from pgcourse import exact, problems
from pgcourse.demos import reward_to_go as pictures
from pgcourse.demos._short_corridor import short_corridor, towards_goal
from pgcourse.exact import tree, two_decisions
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import along, choice, number


@choice(
    "Those are 0",
    {
        "with l < k": "",
        "with l = k": "An action may well decide its own reward.",
        "with l > k": "An action may well decide later rewards.",
        "all but l = k": "Later rewards may depend on the action, too.",
    },
)
def square():
    mdp = short_corridor()
    means = [tree.mean_and_covariance(*tree.products(mdp, *towards_goal(mdp, 0), i))[0] for i in (1, 3)]
    mean = np.abs(means).sum(axis=0)
    before, after = np.tril(mean, -1), np.triu(mean, 1)
    parts = {"with l < k": before, "with l > k": after, "with l = k": np.diag(mean)}
    zero = [name for name, part in parts.items() if np.allclose(part, 0)]
    return zero[0] if len(zero) == 1 else "all but l = k"


@choice(
    "Striking out all six makes the variance smaller",
    {
        "for both components": "What is dropped may have been cancelling a part of what is kept.",
        "for state 0 alone": "",
        "for state 1 alone": "Look at what comes before: state 1 is reached later, after rewards that tend to cancel.",
        "for neither": "In the start state most of what is dropped is noise.",
    },
)
def strike():
    mdp = short_corridor()
    total, to_go = (exact.moments(mdp, *towards_goal(mdp, 0), name)[1][[1, 3]] for name in exact.ESTIMATORS)
    helped = [f"for state {state} alone" for state in np.flatnonzero(to_go < total)]
    return helped[0] if len(helped) == 1 else ("for neither", "", "for both components")[len(helped)]


@choice(
    "Causality helps more",
    {
        "in the start state": "Little has been earned before that decision, so little is dropped.",
        "beside the goal": "",
        "equally in both": "More is dropped where more has been earned before the decision.",
    },
)
def histograms():
    places = {"in the start state": "start", "beside the goal": "goal"}
    moments = {name: pictures.exact_moments("corridor", 0, place) for name, place in places.items()}
    return max(places, key=lambda name: moments[name][0][1] / moments[name][1][1])


@choice(
    "Faster grows that of the",
    {
        "total return": "",
        "reward-to-go": "It keeps only a part of the products that the total return has.",
        "two are the same": "That is so with one decision only: then nothing is struck out.",
    },
)
def horizons():
    grown = {}
    for name in exact.ESTIMATORS:
        corridors = [problems.corridor(horizon=horizon) for horizon in (1, 30)]
        short, long = (exact.moments(mdp, *towards_goal(mdp, 0), name)[1].sum() for mdp in corridors)
        grown[name.replace("total_return", "total return").replace("reward_to_go", "reward-to-go")] = long / short
    return max(grown, key=grown.__getitem__)


@number(
    "r₁ that makes it 0, after r₀ = +1",
    digits=0,
    low="The return is then still one number, whatever is done, but it is not 0.",
    high="The return is then still one number, whatever is done, but it is not 0.",
    mark=along("reward_to_go.two_step", "y", axes=0),
)
def two_step():
    return min(range(-3, 4), key=lambda second: two_decisions.variances((1, 1), (second, second))[0, 1])


@two_step.mistake("Then the return is 2, and the score multiplies it: the second reward must cancel the first.")
def the_same_again():
    return 1


@two_step.mistake("Then the return is the first reward, and the score multiplies it.")
def nothing_more():
    return 0


__dir__ = only_predictions(globals())
