"""Checkpoints of notebook 14: one temporal-difference error, and the first generalised advantage."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions

STEPS = [(1.0, 2.0, 3.0, 0.9), (-0.5, 1.5, 0.0, 0.8), (0.2, -1.0, 4.0, 1.0)]


@checkpoint(reread="section 1", inputs=STEPS)
def td_error(reward, value, next_value, discount):
    return reward + discount * next_value - value


@td_error.mistake("The value of the next state is not discounted: multiply it by γ.")
def next_value_not_discounted(reward, value, next_value, discount):
    return reward + next_value - value


@td_error.mistake("The value of the state is discounted too: only what comes after the step is.")
def both_discounted(reward, value, next_value, discount):
    return reward + discount * (next_value - value)


@td_error.mistake("The two values are mixed up.")
def values_exchanged(reward, value, next_value, discount):
    return reward + discount * value - next_value


@td_error.mistake("The sign is flipped: better than expected is positive.")
def sign_flipped(reward, value, next_value, discount):
    return value - reward - discount * next_value


@td_error.mistake("The value of the next state is missing: the critic's word for all that comes later.")
def no_next_value(reward, value, next_value, discount):
    return reward - value


ERRORS = [
    (np.array([1.0, -2.0, 3.0]), 0.9, 0.5),
    (np.array([0.5, 0.0, -1.0, 2.0]), 1.0, 0.95),
    (np.array([2.0, 1.0]), 0.8, 0.0),
]


def _weighted(errors, factor):
    return errors @ factor ** np.arange(len(errors))


@checkpoint(reread="section 1", inputs=ERRORS)
def first_advantage(errors, discount, lam):
    return _weighted(errors, discount * lam)


@first_advantage.mistake("λ is missing: the weight of each further step is γλ.")
def without_lambda(errors, discount, lam):
    return _weighted(errors, discount)


@first_advantage.mistake("γ is missing: the weight of each further step is γλ.")
def without_discount(errors, discount, lam):
    return _weighted(errors, lam)


@first_advantage.mistake("The first error counts in full: the powers of γλ begin with 0.")
def one_power_too_many(errors, discount, lam):
    return discount * lam * _weighted(errors, discount * lam)


@first_advantage.mistake("This is normalised by 1 - λ, as a mean of returns is: the sum of the errors is not.")
def normalised(errors, discount, lam):
    return (1 - lam) * _weighted(errors, discount * lam)


@first_advantage.mistake("This is the first error alone, as for λ = 0.")
def first_alone(errors, discount, lam):
    return errors[0]


__dir__ = only_questions(globals())
