"""Checkpoints of lecture 1: how many trajectories, how deep, and the Monte Carlo utility itself."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions


@checkpoint(reread="section 3")
def trajectories_needed():
    return (0.5 / 0.01) ** 2


@trajectories_needed.mistake("The standard deviation falls like 1/√m, not like 1/m: square the ratio.")
def not_squared():
    return 50.0


@trajectories_needed.mistake("This divides the variance of the return by 0.01: square the accuracy, too.")
def accuracy_not_squared():
    return 25.0


@trajectories_needed.mistake("This divides the standard deviation by the squared accuracy: square both.")
def deviation_not_squared():
    return 5000.0


@trajectories_needed.mistake("This takes the accuracy alone: the noisier the return, the more trajectories.")
def accuracy_alone():
    return 10_000.0


def _depth(scale, decision=1):
    """Return the smallest d with scale * 0.9**(d + decision) <= 0.01."""
    return int(np.argmax(scale * 0.9 ** (np.arange(200) + decision) <= 0.01))


@checkpoint(reread="section 4")
def depth_needed():
    return _depth(1 / (1 - 0.9))


@depth_needed.mistake("This is the number of decisions, d + 1, or the exponent in the bound is d: it must be d + 1.")
def one_too_many():
    return _depth(1 / (1 - 0.9), 0)


@depth_needed.mistake("With this depth the bound is still above 0.01: mind the rounding.")
def rounded_down():
    return _depth(1 / (1 - 0.9)) - 1


@depth_needed.mistake("A depth is a whole number.")
def not_whole():
    return np.log(0.01 * (1 - 0.9)) / np.log(0.9) - 1


@depth_needed.mistake("The bound without 1/(1 - γ): all the rewards after d count, not only one.")
def one_reward():
    return _depth(1)


@depth_needed.mistake("This multiplies by 1 - γ: the bound divides by it.")
def multiplied():
    return _depth(1 - 0.9)


def _discounts(rewards, discount, first=0):
    return discount ** (first + np.arange(rewards.shape[1]))


@checkpoint(
    reread="section 3",
    inputs=[
        (np.array([[1.0, 0.0, 2.0, -1.0], [0.5, 3.0, 0.0, 0.0], [0.0, 0.0, 0.0, 4.0]]), 0.9),
        (np.array([[-1.0, 1.0], [2.0, 5.0], [0.0, 1.5], [3.0, 0.25]]), 0.5),
    ],
)
def utility_estimate(rewards, discount):
    return (rewards @ _discounts(rewards, discount)).mean()


@utility_estimate.mistake("The rewards are not discounted.")
def not_discounted(rewards, discount):
    return rewards.sum(axis=1).mean()


@utility_estimate.mistake("The first reward is discounted already: the powers of γ start at 0.")
def counted_from_one(rewards, discount):
    return (rewards @ _discounts(rewards, discount, 1)).mean()


@utility_estimate.mistake("The returns are added up: divide by m.")
def summed(rewards, discount):
    return (rewards @ _discounts(rewards, discount)).sum()


@utility_estimate.mistake("This divides by the number of decisions, too: a return is a sum over them.")
def mean_over_decisions(rewards, discount):
    return (rewards * _discounts(rewards, discount)).mean()


@utility_estimate.mistake("The powers of γ run the wrong way: the first reward counts in full.")
def backwards(rewards, discount):
    return (rewards @ _discounts(rewards, discount)[::-1]).mean()


__dir__ = only_questions(globals())
