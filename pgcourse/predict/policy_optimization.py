"""Predictions of lecture 1: stochastic policies, the state that matters, how many trajectories, truncation, slopes."""

import numpy as np

from pgcourse._types import Floats
from pgcourse.demos.policy_optimization import CORRIDOR, POLICY, endless, expected_visits, parameters
from pgcourse.exact import evaluation
from pgcourse.gradients.batches import standard_error
from pgcourse.optimisers import race
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import along, at, choice, number

LAST, GOAL = 11, 4


@choice(
    "It is stochastic",
    {
        "so that U has a gradient": "",
        "to reach the goal more often": "Walking to the right is best here, and every softmax policy stays below it.",
        "because the corridor is slippery": "Random dynamics need no random policy: the best one is deterministic.",
    },
)
def why_stochastic():
    best = evaluation.best_utility(CORRIDOR)
    below = [evaluation.utility(CORRIDOR, POLICY, parameters(right)) < best for right in (0, 2, 8)]
    return "so that U has a gradient" if all(below) else "to reach the goal more often"


@choice(
    "The state is",
    {
        "state 0": "It is seldom visited, and far from the goal.",
        "state 1": "Every walk starts there, but more depends on the move in the state after it.",
        "state 2": "",
        "state 3": "Its move decides most, but few walks come that far.",
    },
    mark=at("policy_optimization.visits", [{"x": state} for state in range(4)], axes=1),
)
def visits():
    reached = [expected_visits(4.0 * row)[1][LAST, GOAL] for row in np.eye(4)]
    return f"state {np.argmax(reached)}"


@number(
    "trajectories m",
    digits=0,
    within=0.05,
    mark=along("policy_optimization.monte_carlo", "x", axes=1),
)
def monte_carlo():
    variance = evaluation.return_variance(CORRIDOR, POLICY, parameters(1.0))
    wanted = standard_error(variance, 100) / 10
    return variance / wanted**2


@monte_carlo.mistake("Ten times as many divide the standard deviation by √10 only: it falls like 1/√m.")
def ten_times():
    return 1000


@choice(
    "In the corridor the true error is",
    {
        "close to the bound": "The bound counts on the largest reward at every step, for ever.",
        "far below the bound": "",
        "equal to the bound": "That takes the largest reward at every step for ever.",
    },
)
def truncation():
    corridor = endless("corridor", 0.9, 0.0)
    error, bound = abs(evaluation.truncation_errors(*corridor)[1][12]), evaluation.truncation_bounds(corridor[0])[12]
    return "far below the bound" if error < bound / 10 else "close to the bound"


@choice(
    "The altimeter needs",
    {
        "one more look": "A look along one direction says nothing of the slope in the others.",
        "n more looks": "",
        "2n more looks": "One look on one side of each direction is enough; two would be more accurate.",
        "2ⁿ more looks": "The slope along each direction is enough, and there are n of them.",
    },
)
def optimisers():
    looks: list[Floats] = []
    n, rng = 7, np.random.default_rng(0)

    def look(theta, _rng):
        looks.append(theta)
        return 0.0

    race.difference_quotients(look, np.zeros(n), 1.0, rng)
    more = sum(bool(theta.any()) for theta in looks)
    return {1: "one more look", n: "n more looks", 2 * n: "2n more looks", 2**n: "2ⁿ more looks"}[more]


__dir__ = only_predictions(globals())
