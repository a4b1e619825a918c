"""Predictions of lecture 2: the best gain, what each search can reach and costs, and its three traps."""

import math

import numpy as np

from pgcourse.optimisers import regulator_plane as plane
from pgcourse.optimisers import search, traps
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import choice, number, point


@point(
    "the best θ",
    ("gain θ₁", -1.9, 0.1),
    ("standard deviation θ₂", 0, 0.8),
    "Ask what makes the next second moment as small as it can be: no part of the old state, and no noise of your own.",
    figure="zeroth_order.genetic",
)
def arena():
    return plane.OPTIMUM


@arena.mistake("With a gain of 0 nothing brings the state back to 0.")
def nothing_done():
    return 0, 0


@arena.mistake("Half of the state is left after each step: a gain of −1 leaves none.")
def half_way():
    return -0.5, 0


@choice(
    "Without mutation the search reaches the maximum",
    {
        "always, given enough generations": "Children only recombine values that are there already.",
        "hardly ever": "",
        "only with a small elite": "A smaller elite has fewer values to recombine.",
    },
)
def genetic():
    rng = np.random.default_rng(0)
    population = plane.first_population(20, 0.25, rng)
    last = search.genetic(plane.utility, population, 30, 5, 0.0, rng)[-1]
    return "hardly ever" if plane.utility(last.mean) < plane.BEST - 0.01 else "always, given enough generations"


@number("evaluations with n = 20", digits=0, within=0.01)
def pattern():
    return len(search.pattern_search(lambda _theta: 0.0, np.zeros(20), 1.0, 1)[0].population)


@pattern.mistake("Each axis is tried both ways.")
def one_way():
    return 21


@pattern.mistake("θ itself is evaluated, too.")
def without_the_centre():
    return 40


@pattern.mistake("These are the axes: each is tried both ways, and θ itself is evaluated, too.")
def axes_alone():
    return 20


@pattern.mistake("This is for two parameters.")
def for_the_regulator():
    return 5


@choice(
    "The fitted distribution is",
    {
        "a thin ellipse": "How thin? Two points leave no width at all.",
        "a circle": "The covariance is that of the two points, and they differ in one direction only.",
        "a line": "",
        "a point": "That would take an elite of one: two points have a distance.",
    },
)
def cross_entropy():
    rank = np.linalg.matrix_rank(np.cov(np.array([[-0.3, 0.5], [-0.6, 0.1]]).T, ddof=0))
    return ("a point", "a line", "a thin ellipse")[rank]


@number("factor for an elite of 3", low="It shrinks, but not as much.", high="It shrinks more than that.")
def collapse():
    return traps.fit_shrinkage(3)


@collapse.mistake("This is the factor of one variance, 1 − 1/m: the determinant has two, and they are fitted together.")
def one_variance():
    return 2 / 3


@collapse.mistake("This is the factor for ten.")
def of_ten():
    return traps.fit_shrinkage(10)


@number(
    "times σ, for ten candidates",
    within=0.15,
    low="The winner is the luckiest of ten, not an ordinary one.",
    high="The luckiest of ten is not as lucky as that.",
)
def curse():
    x = np.linspace(-9, 9, 2001)
    below = np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in x])
    chance = np.diff(below**10)  # that the largest of ten lies between two numbers
    return chance @ (x[1:] + x[:-1]) / 2


@curse.mistake("Each error has mean 0, but that of the winner has not: it was chosen for being large.")
def unbiased():
    return 0


@number("share of iterations that halve the step, here", within=0.05)
def shrink():
    return 1 / len(search.pattern_search(lambda _theta: 0.0, np.zeros(2), 1.0, 1)[0].population)


@shrink.mistake("There are 2n + 1 candidates, and the step is halved only where the centre looks best.")
def a_coin():
    return 1 / 2


@shrink.mistake("θ itself is a candidate, too.")
def one_of_four():
    return 1 / 4


@shrink.mistake("This is how often it is not halved.")
def not_halved():
    return 4 / 5


__dir__ = only_predictions(globals())
