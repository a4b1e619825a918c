"""Checkpoints of notebook 13: the update without gamma^k on the toll road, and where it turns round."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions


@checkpoint(reread="section 2")
def update():
    return (0.6 - 1.5 + 2 * 0.6**2) / 4


@update.mistake("This is the gradient: here the factor γᵏ is left out.")
def the_gradient():
    return (0.6 - 1.5 * 0.6 + 2 * 0.6**3) / 4


@update.mistake("The factor p(1 - p) is missing: at θ = 0 it is 1/4.")
def without_the_slope_of_the_sigmoid():
    return 0.6 - 1.5 + 2 * 0.6**2


@update.mistake("This divides by 2: the factor is p(1 - p), at θ = 0 it is 1/4.")
def half():
    return (0.6 - 1.5 + 2 * 0.6**2) / 2


@update.mistake("The prize lies two decisions behind the toll, so that it counts γ² seen from there, not γ³.")
def prize_from_the_start():
    return (0.6 - 1.5 + 2 * 0.6**3) / 4


@update.mistake("This is the undiscounted gradient: the reward-to-go is still discounted.")
def undiscounted():
    return (0.6 - 1.5 + 2) / 4


@update.mistake("The prize is missing: it belongs to the reward-to-go of the decision at the toll.")
def no_prize():
    return (0.6 - 1.5) / 4


@checkpoint(reread="section 2", inputs=[(0.6, 1.5, 2.0), (0.2, 1.0, 1.0), (1.0, 2.0, 4.0)])
def turning_point(entrance, toll, prize):
    return np.sqrt((toll - entrance) / prize)


@turning_point.mistake("This is γ²: take the root.")
def squared(entrance, toll, prize):
    return (toll - entrance) / prize


@turning_point.mistake("The entrance is missing: the update is a sum over both decisions.")
def no_entrance(entrance, toll, prize):
    return np.sqrt(toll / prize)


@turning_point.mistake("Seen from the toll the prize counts γ², not γ³.")
def cube_root(entrance, toll, prize):
    return np.cbrt((toll - entrance) / prize)


@turning_point.mistake("This adds the entrance to the toll: it is earned, the toll is paid.")
def entrance_paid(entrance, toll, prize):
    return np.sqrt((toll + entrance) / prize)


__dir__ = only_questions(globals())
