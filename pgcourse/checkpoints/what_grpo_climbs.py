"""Checkpoints of notebook 11: groups that teach nothing, and what division by the standard deviation tends to."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.exact import group_baselines


@checkpoint(reread="section 1")
def share_of_silent_groups():
    return group_baselines.silent_share(4, 0.5)


@share_of_silent_groups.mistake("All wrong or all right, this counts only one of the two: neither teaches anything.")
def all_wrong():
    return 0.5**4


@share_of_silent_groups.mistake("These are the groups that teach something.")
def the_others():
    return 1 - group_baselines.silent_share(4, 0.5)


@share_of_silent_groups.mistake("This counts the five numbers of successes as equally likely.")
def equally_likely():
    return 2 / 5


@share_of_silent_groups.mistake("These are groups that split evenly: their update is the largest.")
def split():
    return 6 / 16


@checkpoint(reread="section 2", inputs=[(0.5,), (0.1,), (0.02,)])
def limit_weight(p):
    return 1 / np.sqrt(p * (1 - p))


@limit_weight.mistake("This is the function that is climbed: what is asked for is its slope in p.")
def what_is_climbed(p):
    return 2 * np.arcsin(np.sqrt(p))


@limit_weight.mistake("This is the slope of arcsin √p: it is climbed twice as fast.")
def half(p):
    return 0.5 / np.sqrt(p * (1 - p))


@limit_weight.mistake("This divides by the variance: the root is missing.")
def by_the_variance(p):
    return 1 / (p * (1 - p))


@limit_weight.mistake("This is the standard deviation, which is the mean update: divide it by the gradient p (1 - p).")
def the_update(p):
    return np.sqrt(p * (1 - p))


@limit_weight.mistake("Failures count as well: p (1 - p) stands under the root.")
def without_failures(p):
    return 1 / np.sqrt(p)


__dir__ = only_questions(globals())
