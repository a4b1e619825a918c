"""Predictions of notebook 13: who gains by the toll, where the update turns round, and whether it is a gradient."""

import numpy as np

from pgcourse import exact, problems
from pgcourse.exact import forgotten_discount
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.gradients.shared import SharedPolicy
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import along, choice, number
from pgcourse.problems.toll_road import toll_road

ROAD = (0.6, 1.5, 2.0)
DISCOUNTS = np.linspace(0, 1, 10_001)


@choice(
    "Going right is worth while",
    {
        "for both": "At the toll 1.5 is to be paid at once, and the prize of 2 counts a quarter.",
        "for U alone": "",
        "at the toll alone": "The prize lies two decisions behind the toll: there it counts a quarter.",
        "for neither": "U counts the toll half and the prize an eighth: add what R earns at the entrance.",
    },
)
def worth_while():
    q = exact.values(toll_road(0.5, *ROAD), SharedPolicy(5), [0.0])[1]
    at_toll, at_start = q[1, 1, 1] > q[1, 1, 0], forgotten_discount.slopes(0.5, *ROAD)[0] > 0
    return {
        (True, True): "for both",
        (True, False): "for U alone",
        (False, True): "at the toll alone",
        (False, False): "for neither",
    }[bool(at_start), bool(at_toll)]


@number("γ", within=0.05, mark=along("forgotten_discount.wrong_way", "x"))
def turning_point():
    gradient, without = forgotten_discount.slopes(DISCOUNTS, *ROAD)
    return DISCOUNTS[gradient * without < 0].max()


@turning_point.mistake("This takes γ³ for the prize: seen from the toll it lies two decisions ahead, so it is γ².")
def prize_from_the_start():
    gradient_without_toll = forgotten_discount.slopes(DISCOUNTS, ROAD[0] - ROAD[1], 0.0, ROAD[2])[0]
    return DISCOUNTS[gradient_without_toll < 0].max()


@turning_point.mistake(
    "This is where the decision at the toll alone turns: that in state 0 earns 0.6, and counts, too."
)
def no_entrance():
    return DISCOUNTS[forgotten_discount.slopes(DISCOUNTS, 0.0, *ROAD[1:])[1] < 0].max()


@turning_point.mistake("There the gradient is smallest, but positive: the update is negative up to a larger γ.")
def smallest_gradient():
    return DISCOUNTS[forgotten_discount.slopes(DISCOUNTS, *ROAD)[0].argmin()]


@choice(
    "It is",
    {
        "symmetric": "The values are discounted and the decisions are not: the two do not belong to one function.",
        "not symmetric": "",
    },
)
def jacobian():
    corridor = problems.corridor(num_states=4, start=0, horizon=6, discount=0.95)
    found = forgotten_discount.asymmetry(corridor, SoftmaxPolicy(4, 2), np.zeros(8))
    return "not symmetric" if found > 1e-9 else "symmetric"  # rounding is below that


__dir__ = only_predictions(globals())
