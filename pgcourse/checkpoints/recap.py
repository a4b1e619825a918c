"""Checkpoints of lecture 9: what a finite difference costs, and the gradient estimate with all three tricks."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.gradients.estimators import rewards_to_go


@checkpoint(reread="section 3")
def difference_steps():
    return 21 * 10 * 20


@difference_steps.mistake("This leaves out U(θ) itself, which every quotient needs too.")
def no_centre():
    return 20 * 10 * 20


@difference_steps.mistake(
    "This takes two utilities for each parameter, as central differences do: here all quotients share U(θ)."
)
def central_differences():
    return 40 * 10 * 20


@difference_steps.mistake("This counts trajectories; each of them takes d + 1 steps.")
def trajectories():
    return 21 * 10


@difference_steps.mistake("This takes d steps for each trajectory; there are d + 1 decisions.")
def one_step_too_few():
    return 21 * 10 * 19


@difference_steps.mistake("This is the price of one likelihood-ratio gradient from one batch.")
def one_batch():
    return 10 * 20


def _estimate(scores, weights):
    return (scores * weights[:, :, None]).sum(axis=1).mean(axis=0)


def _discounts(rewards, discount):
    return discount ** np.arange(rewards.shape[1])


def _three_tricks(scores, rewards, baseline, discount):
    return _estimate(scores, _discounts(rewards, discount) * (rewards_to_go(rewards, discount) - baseline))


def _batch(seed, shape, discount):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=shape[:2]), rng.normal(size=shape[:2]), discount


@checkpoint(reread="section 1", inputs=[_batch(0, (3, 4, 2), 0.9), _batch(1, (2, 3, 5), 0.5)])
def gradient_estimate(scores, rewards, baseline, discount):
    return _three_tricks(scores, rewards, baseline, discount)


@gradient_estimate.mistake("The factor γ^k in front of the bracket is missing.")
def without_discount_factor(scores, rewards, baseline, discount):
    return _estimate(scores, rewards_to_go(rewards, discount) - baseline)


@gradient_estimate.mistake("This multiplies each score by the total return: causality is missing.")
def without_causality(scores, rewards, baseline, discount):
    discounts = _discounts(rewards, discount)
    return _estimate(scores, (rewards @ discounts)[:, None] - discounts * baseline)


@gradient_estimate.mistake("The baseline is not subtracted.")
def without_baseline(scores, rewards, baseline, discount):
    return _three_tricks(scores, rewards, 0 * baseline, discount)


@gradient_estimate.mistake("The baseline is added instead of subtracted.")
def baseline_added(scores, rewards, baseline, discount):
    return _three_tricks(scores, rewards, -baseline, discount)


@gradient_estimate.mistake("The factor γ^k stands before the bracket: the baseline is discounted as well.")
def baseline_not_discounted(scores, rewards, baseline, discount):
    return _estimate(scores, _discounts(rewards, discount) * rewards_to_go(rewards, discount) - baseline)


@gradient_estimate.mistake("This sums over the trajectories: take their mean.")
def summed_over_trajectories(scores, rewards, baseline, discount):
    return len(scores) * _three_tricks(scores, rewards, baseline, discount)


@gradient_estimate.mistake("This adds up the rewards up to decision k, and not those from it on.")
def earned_so_far(scores, rewards, baseline, discount):
    discounts = _discounts(rewards, discount)
    return _estimate(scores, np.cumsum(discounts * rewards, axis=1) - discounts * baseline)


__dir__ = only_questions(globals())
