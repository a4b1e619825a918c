"""Checkpoints of notebook 10: the update of a group with leave-one-out, and above which p none is less noisy."""

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.exact import group_baselines


@checkpoint(reread="section 1", inputs=[(1, 2), (3, 4), (8, 8)])
def group_update(num_successes, num_samples):
    return float(group_baselines.update(num_samples, 0.5, "leave-one-out")[num_successes])


@group_update.mistake("This subtracts the mean of the whole group: each reward is part of its own baseline.")
def group_mean(num_successes, num_samples):
    return num_successes * (num_samples - num_successes) / num_samples**2


@group_update.mistake("This is the sum over the group: the update is its mean.")
def summed(num_successes, num_samples):
    return num_successes * (num_samples - num_successes) / (num_samples - 1)


@group_update.mistake("This divides by the standard deviation of the group, too.")
def normalised(num_successes, num_samples):
    return float(group_baselines.update(num_samples, 0.5, "normalised")[num_successes])


@group_update.mistake("This is q, the share of successes: what is asked for is q (1 - q) G / (G - 1).")
def share(num_successes, num_samples):
    return num_successes / num_samples


@group_update.mistake("The factor is upside down: G / (G - 1) is larger than 1.")
def upside_down(num_successes, num_samples):
    return num_successes * (num_samples - num_successes) * (num_samples - 1) / num_samples**3


@checkpoint(reread="section 2")
def none_is_better_above():
    return group_baselines.less_noisy(5)[1]


@none_is_better_above.mistake("This is the limit for many samples: put G = 5 into (2G - 4)/(3G - 5).")
def limit():
    return 2 / 3


@none_is_better_above.mistake("This counts the four others: G is the number of all samples, 5.")
def four():
    return group_baselines.less_noisy(4)[1]


@none_is_better_above.mistake("This is the probability of a failure: the question is about p, of a success.")
def of_failure():
    return 1 - group_baselines.less_noisy(5)[1]


@none_is_better_above.mistake("This is 1/2, where V and b* meet; leave-one-out is still the less noisy one there.")
def where_they_meet():
    return 0.5


__dir__ = only_questions(globals())
