"""Checkpoints of lecture 9: what a finite difference costs, and the gradient estimate with all three tricks."""

import numpy as np

from pgcourse.checkpoints import only_questions
from pgcourse.gradients.estimators import rewards_to_go
from pgcourse.homework.compare import Check, Mistake


def _estimate(scores, weights):
    return (scores * weights[:, :, None]).sum(axis=1).mean(axis=0)


def _discounts(rewards, discount):
    return discount ** np.arange(rewards.shape[1])


def _three_tricks(scores, rewards, baseline, discount):
    return _estimate(scores, _discounts(rewards, discount) * (rewards_to_go(rewards, discount) - baseline))


def _without_discount_factor(scores, rewards, baseline, discount):
    return _estimate(scores, rewards_to_go(rewards, discount) - baseline)


def _without_causality(scores, rewards, baseline, discount):
    discounts = _discounts(rewards, discount)
    return _estimate(scores, (rewards @ discounts)[:, None] - discounts * baseline)


def _without_baseline(scores, rewards, baseline, discount):
    return _three_tricks(scores, rewards, 0 * baseline, discount)


def _baseline_added(scores, rewards, baseline, discount):
    return _three_tricks(scores, rewards, -baseline, discount)


def _baseline_not_discounted(scores, rewards, baseline, discount):
    return _estimate(scores, _discounts(rewards, discount) * rewards_to_go(rewards, discount) - baseline)


def _summed_over_trajectories(scores, rewards, baseline, discount):
    return len(scores) * _three_tricks(scores, rewards, baseline, discount)


def _earned_so_far(scores, rewards, baseline, discount):
    discounts = _discounts(rewards, discount)
    return _estimate(scores, np.cumsum(discounts * rewards, axis=1) - discounts * baseline)


def _batch(seed, shape, discount):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=shape[:2]), rng.normal(size=shape[:2]), discount


difference_steps = Check(
    "difference_steps",
    lambda: 21 * 10 * 20,
    (
        Mistake("This leaves out U(θ) itself, which every quotient needs too.", lambda: 20 * 10 * 20),
        Mistake("This is the price of central differences: here each quotient shares U(θ).", lambda: 40 * 10 * 20),
        Mistake("This counts trajectories; each of them takes d + 1 steps.", lambda: 21 * 10),
        Mistake("This takes d steps for each trajectory; there are d + 1 decisions.", lambda: 21 * 10 * 19),
        Mistake("This is the price of one likelihood-ratio gradient from one batch.", lambda: 10 * 20),
    ),
    "section 3",
)

gradient_estimate = Check(
    "gradient_estimate",
    _three_tricks,
    (
        Mistake("The factor γ^k in front of the bracket is missing.", _without_discount_factor),
        Mistake("This multiplies each score by the total return: causality is missing.", _without_causality),
        Mistake("The baseline is not subtracted.", _without_baseline),
        Mistake("The baseline is added instead of subtracted.", _baseline_added),
        Mistake(
            "The factor γ^k stands before the bracket: the baseline is discounted as well.", _baseline_not_discounted
        ),
        Mistake("This sums over the trajectories: take their mean.", _summed_over_trajectories),
        Mistake("This adds up the rewards before decision k and not those after it.", _earned_so_far),
    ),
    "section 1",
    (_batch(0, (3, 4, 2), 0.9), _batch(1, (2, 3, 5), 0.5)),
)


__dir__ = only_questions(globals())
