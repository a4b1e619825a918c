"""Checkpoints of lecture 8: leave-one-out, V where it hurts, a same-batch estimate, and the optimal baseline."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.exact.one_decision import value, variance


@checkpoint(reread="section 2")
def variance_with_value():
    return variance(value(0.2, 0, 1), 0.2, 0, 1)


@variance_with_value.mistake("This is the variance without a baseline.")
def without_baseline():
    return variance(0, 0.2, 0, 1)


@variance_with_value.mistake("This is the variance with b*, not with V.")
def with_the_best():
    return 0.0


@variance_with_value.mistake("Divide by θ(1 - θ): this is only (V - b*)².")
def not_divided():
    return 0.6**2


@variance_with_value.mistake("This is the standard deviation: square it.")
def standard_deviation():
    return 1.5


@variance_with_value.mistake("This is the mean of the squared samples: subtract the square of their mean.")
def mean_square():
    return variance(0.8, 0.2, 0, 1) + 1


@checkpoint(reread="section 6", inputs=[(np.array([5.0, 10, 10, 5, 10]),), (np.array([1.0, -2, 4]),)])
def leave_one_out(returns):
    return (returns.sum() - returns) / (len(returns) - 1)


@leave_one_out.mistake("This is the mean of the whole batch: each return is part of its own baseline.")
def mean_of_all(returns):
    return np.full(len(returns), returns.mean())


@leave_one_out.mistake("There are m - 1 others: divide by their number and not by m.")
def divided_by_all(returns):
    return (returns.sum() - returns) / len(returns)


@leave_one_out.mistake("This is the sum of the others: divide it by their number, m - 1.")
def sum_of_others(returns):
    return returns.sum() - returns


@leave_one_out.mistake("The return itself is still in the sum: take it out before you divide.")
def own_return_left_in(returns):
    return np.full(len(returns), returns.sum() / (len(returns) - 1))


@leave_one_out.mistake("This is each return less the mean of the others: return the mean of the others alone.")
def already_subtracted(returns):
    return returns - (returns.sum() - returns) / (len(returns) - 1)


@leave_one_out.mistake("This is the mean of the returns drawn before, without those drawn later.")
def those_before(returns):
    return (np.cumsum(returns) - returns) / np.maximum(np.arange(len(returns)), 1)


@leave_one_out.mistake("This takes the median of the others: the mean is asked for.")
def median_of_others(returns):
    return np.array([np.median(np.delete(returns, i)) for i in range(len(returns))])


BATCHES = [
    (np.array([5.0, -1.25, -1.25, 5.0, -1.25]), np.array([5.0, 10, 12, 6, 11])),
    (np.array([2.0, -2.0, -2.0, 2.0]), np.array([1.0, -2, 4, 0.5])),
    (np.array([1.5, -0.5, 0.5, -1.0, 2.0]), np.array([2.0, -1, 2, 6, 3])),  # with scores from several states
]


def _estimate(scores, returns, baseline):
    return np.mean(scores * (returns - baseline))


@checkpoint(reread="section 6", inputs=BATCHES)
def gradient_estimate(scores, returns):
    return _estimate(scores, returns, leave_one_out.truth(returns))


@gradient_estimate.mistake("The baseline depends on the action: it is the mean return of those that took the same one.")
def baseline_of_the_action(scores, returns):
    left = scores > 0
    return _estimate(scores, returns, np.where(left, returns[left].mean(), returns[~left].mean()))


@gradient_estimate.mistake(
    "The baseline depends on the action: it is the mean return of those that took the other one."
)
def baseline_of_the_other_action(scores, returns):
    left = scores > 0
    return _estimate(scores, returns, np.where(left, returns[~left].mean(), returns[left].mean()))


@gradient_estimate.mistake("This subtracts the mean of the whole batch: each return is part of its own baseline.")
def baseline_of_the_batch(scores, returns):
    return _estimate(scores, returns, returns.mean())


@gradient_estimate.mistake("Nothing is subtracted.")
def no_baseline(scores, returns):
    return _estimate(scores, returns, 0)


@gradient_estimate.mistake("The baseline is added instead of subtracted.")
def baseline_added(scores, returns):
    return _estimate(scores, returns, -leave_one_out.truth(returns))


@gradient_estimate.mistake("This is the sum over the batch: take the mean.")
def summed(scores, returns):
    return len(scores) * _estimate(scores, returns, leave_one_out.truth(returns))


@checkpoint(reread="section 6", inputs=[(2,), (5,), (40,)])
def shrinking(m):
    return 1 - 1 / m


@shrinking.mistake("This says that the estimate is unbiased: each return is part of its own baseline.")
def unbiased(m):
    return 1.0


@shrinking.mistake("This is the share that is lost, not the share that is left.")
def share_lost(m):
    return 1 / m


@shrinking.mistake("This would correct the bias: it is the inverse of the factor.")
def inverse(m):
    return m / (m - 1)


@shrinking.mistake("The estimate shrinks, it does not grow.")
def growing(m):
    return 1 + 1 / m


# Probabilities, X and Y of two small sets of trajectories; as for any policy, the mean of Y is 0.
TREES = [
    (np.array([0.5, 0.25, 0.25]), np.array([1.0, -2, 4]), np.array([1.0, -4, 2])),
    (np.array([0.2, 0.2, 0.6]), np.array([4.0, 1, -1]), np.array([1.0, 2, -1])),
]


@checkpoint(reread="section 4", inputs=TREES)
def optimal_baseline(p, x, y):
    return p @ (x * y) / (p @ y**2)


@optimal_baseline.mistake("This is the mean of ratios: take the two means first, then their ratio.")
def mean_of_ratios(p, x, y):
    return p @ (x / y)


@optimal_baseline.mistake("The trajectories are not equally likely: weight them by their probabilities.")
def equally_likely(p, x, y):
    return (x * y).mean() / (y**2).mean()


@optimal_baseline.mistake("This is E[XY]: divide it by E[Y²].")
def numerator(p, x, y):
    return p @ (x * y)


@optimal_baseline.mistake("This divides by E[X²].")
def other_denominator(p, x, y):
    return p @ (x * y) / (p @ x**2)


@optimal_baseline.mistake("The sign is flipped.")
def flipped(p, x, y):
    return -(p @ (x * y)) / (p @ y**2)


__dir__ = only_questions(globals())
