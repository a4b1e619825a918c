"""Predictions of lecture 4: why a trick is needed, the score, where it fails, what depends on theta, its price."""

import numpy as np

from pgcourse.demos import log_derivative as pictures
from pgcourse.exact import likelihood
from pgcourse.gradients import densities
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import choice, number


@choice(
    "It cannot, because",
    {
        "R(τ) may be negative": "An average may have negative terms, as that of returns has.",
        "∇p is no probability": "",
        "there are too many trajectories": "U has as many, and an average of a few of them estimates it.",
        "p is not known": "For U it is not known either: the simulator draws from it all the same.",
    },
)
def why():
    slopes = np.gradient(np.exp(-(np.linspace(-9, 9, 2001) ** 2) / 2))
    return "∇p is no probability" if (slopes < 0).any() else "R(τ) may be negative"


@choice(
    "The score is positive",
    {
        "to the left of the mean": "A larger θ moves the density to the right, so x becomes less likely there.",
        "to the right of the mean": "",
        "everywhere": "Its mean is 0, so it must be negative somewhere.",
        "near the mean": "At the mean it is 0: there log p is flat in θ.",
    },
)
def trick():
    x = np.array([-1.0, 1.0])
    slope = -((x - 1e-4) ** 2) / 2 + (x + 1e-4) ** 2 / 2  # of log p with respect to a mean of 0
    return ("to the left of the mean", "to the right of the mean")[int(slope.argmax())]


@number(
    "mean of score times R, at θ = 1.5", low="It is not as negative as that.", high="It is more negative than that."
)
def fails():
    return densities.slopes("uniform", (1.0, 0.0), 1.5).score_mean


@fails.mistake("This is the slope of U. The score sees only that the density falls on [0, θ], not what the end gains.")
def true_slope():
    return 0


@fails.mistake("The density on [0, θ] falls as θ grows, so the score is negative.")
def wrong_sign():
    return 1 / 1.5


@fails.mistake("This is the utility: the score is missing.")
def utility_alone():
    return 1


@choice(
    "A change of θ changes",
    {
        "log b alone": "The start is drawn before the policy has acted.",
        "the sum of log T alone": "The dynamics do not know θ: only which transitions are drawn depends on it.",
        "the sum of log π alone": "",
        "all three": "Hold the trajectory fixed: neither its start nor its transitions know θ.",
    },
)
def trajectory():
    batch, mdp, policy = pictures.drawn(1), pictures.six(), pictures.SIX_POLICY
    at = [likelihood.log_terms(mdp, policy, np.tile([0.0, preference], 6), batch) for preference in (0.0, 1.0)]
    labels = ("log b alone", "the sum of log T alone", "the sum of log π alone")
    changed = [label for label, *terms in zip(labels, *at, strict=True) if not np.allclose(*terms)]
    return changed[0] if len(changed) == 1 else "all three"


@choice(
    "The score of the drawn action is largest when the action is",
    {
        "rare": "",
        "as likely as the others": "Its own component is 1 − π: it is larger for a rarer action.",
        "almost sure": "Its own component is 1 − π: there is nothing left to learn from drawing it.",
    },
)
def softmax():
    policy, chances = SoftmaxPolicy(1, 2), {"rare": 0.05, "as likely as the others": 0.5, "almost sure": 0.95}
    scores = {name: policy.score(np.log([p, 1 - p]))[0, 0, 0] for name, p in chances.items()}
    return max(scores, key=scores.__getitem__)


def _errors():
    price = likelihood.costs(pictures.CORRIDOR, pictures.POLICY, pictures.everywhere(0), pictures.COMPONENT, 0.3)
    return likelihood.spend(price, pictures.BUDGET[-1:], pictures.CORRIDOR.num_states * pictures.CORRIDOR.num_actions)


@number(
    "times larger error of differences, fresh numbers",
    digits=1,
    within=0.25,
    low="Differences share the steps among 21 batches and divide the noise by a small δ: it is more than that.",
)
def budget():
    spent = _errors()
    return spent.fresh_error[0] / spent.ratio_error[0]


@budget.mistake("This is the factor with common random numbers.")
def with_common_numbers():
    spent = _errors()
    return spent.common_error[0] / spent.ratio_error[0]


@budget.mistake("They would be level, if differences needed one batch alone and divided by 1.")
def level():
    return 1


__dir__ = only_predictions(globals())
