"""Checkpoints of notebook 15: a sample with a baseline above b*, and the baseline of the same variance."""

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.exact.one_decision import best_baseline, samples, value


@checkpoint(reread="section 1")
def sample_left():
    return samples(0.2, 5, 10, 12).gradients[0]


@sample_left.mistake("This is the sample without a baseline: subtract b = 12 from the reward.")
def without_baseline():
    return 25.0


@sample_left.mistake("The baseline is added instead of subtracted.")
def baseline_added():
    return 85.0


@sample_left.mistake("The sign is flipped: L earned less than the baseline, and is blamed.")
def praised():
    return 35.0


@sample_left.mistake("This is the reward less the baseline: multiply it by the score, 1/θ.")
def without_score():
    return -7.0


@sample_left.mistake("This is the sample after R.")
def that_of_right():
    return 2.5


PROBLEMS = [(0.3, 5.0, 10.0, 0.0), (0.3, 5.0, 10.0, 9.0), (0.7, -3.0, 5.0, 1.5)]


@checkpoint(reread="section 1", inputs=PROBLEMS)
def mirror(theta, reward_left, reward_right, baseline):
    return 2 * best_baseline(theta, reward_left, reward_right) - baseline


@mirror.mistake("This is 2b*, the mirror image of b = 0: subtract the baseline from it.")
def mirror_of_none(theta, reward_left, reward_right, baseline):
    return 2 * best_baseline(theta, reward_left, reward_right)


@mirror.mistake("This mirrors at V: the bottom of the parabola is b*, with the weights swapped.")
def mirror_at_the_value(theta, reward_left, reward_right, baseline):
    return 2 * value(theta, reward_left, reward_right) - baseline


@mirror.mistake("This is b* less the baseline, the distance: go as far again beyond b*.")
def distance(theta, reward_left, reward_right, baseline):
    return best_baseline(theta, reward_left, reward_right) - baseline


@mirror.mistake("This is the baseline with its sign flipped: mirror it at b*, not at 0.")
def mirror_at_zero(theta, reward_left, reward_right, baseline):
    return -baseline


@mirror.mistake("This is b* itself, which has the least variance and no partner.")
def the_best(theta, reward_left, reward_right, baseline):
    return best_baseline(theta, reward_left, reward_right)


__dir__ = only_questions(globals())
