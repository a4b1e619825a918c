"""Checkpoints of lecture 7: the estimator, a sample by hand, what vanishes, and where causality loses."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.exact import two_decisions
from pgcourse.gradients.estimators import rewards_to_go

SCORES, REWARDS, DISCOUNT = np.array([0.5, -1, 0.25]), np.array([2.0, 1, 4]), 0.5
DISCOUNTS = DISCOUNT ** np.arange(3)


def _batch(seed, shape, discount):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=shape[:2]), discount


def _samples(scores, weights):
    return np.einsum("mkn,mk->mn", scores, weights)


def _powers(rewards, discount):
    return discount ** np.arange(rewards.shape[1])


@checkpoint(reread="section 2", inputs=[_batch(0, (3, 4, 2), 0.9), _batch(1, (2, 3, 5), 0.5)])
def estimator(scores, rewards, discount):
    return _samples(scores, _powers(rewards, discount) * rewards_to_go(rewards, discount))


@estimator.mistake("The factor γ^k before the reward-to-go is missing.")
def estimator_without_power(scores, rewards, discount):
    return _samples(scores, rewards_to_go(rewards, discount))


@estimator.mistake("The rewards are not discounted.")
def estimator_without_discount(scores, rewards, discount):
    return _samples(scores, rewards_to_go(rewards, 1))


@estimator.mistake("This is the total-return sample: every score is multiplied by all rewards.")
def estimator_with_total_return(scores, rewards, discount):
    return scores.sum(axis=1) * (rewards @ _powers(rewards, discount))[:, None]


@estimator.mistake("Each score is multiplied by the rewards so far: a sum over the rewards to come runs from the end.")
def estimator_with_rewards_so_far(scores, rewards, discount):
    return _samples(scores, np.cumsum(_powers(rewards, discount) * rewards, axis=1))


@estimator.mistake("The sums from the end stand in the wrong order: reverse them again.")
def estimator_not_turned_round(scores, rewards, discount):
    return _samples(scores, np.cumsum((_powers(rewards, discount) * rewards)[:, ::-1], axis=1))


@estimator.mistake("The reward of the decision itself is missing: reward-to-go starts with l = k.")
def estimator_without_own_reward(scores, rewards, discount):
    return _samples(scores, _powers(rewards, discount) * (rewards_to_go(rewards, discount) - rewards))


@estimator.mistake("Each score is multiplied by the reward of its own decision only.")
def estimator_with_own_reward_only(scores, rewards, discount):
    return _samples(scores, _powers(rewards, discount) * rewards)


@estimator.mistake("There is a factor γ^k too many: the powers of γ from decision 0 on are enough.")
def estimator_discounted_twice(scores, rewards, discount):
    return _samples(scores, _powers(rewards, discount) ** 2 * rewards_to_go(rewards, discount))


@checkpoint(reread="section 2")
def sample_to_go():
    return SCORES @ (DISCOUNTS * rewards_to_go(REWARDS, DISCOUNT))


@sample_to_go.mistake("This is the total-return sample: every score is multiplied by all rewards.")
def total_return():
    return -0.875


@sample_to_go.mistake("The factor γ^k before the reward-to-go is missing.")
def without_discount_factor():
    return SCORES @ rewards_to_go(REWARDS, DISCOUNT)


@sample_to_go.mistake("The rewards are not discounted.")
def not_discounted():
    return SCORES @ rewards_to_go(REWARDS, 1)


@sample_to_go.mistake("Each score is multiplied by the rewards so far: causality keeps those that are still to come.")
def rewards_so_far():
    return SCORES @ (DISCOUNTS * REWARDS).cumsum()


@sample_to_go.mistake("Each score is multiplied by the reward of its own decision only.")
def own_reward_only():
    return SCORES @ (DISCOUNTS * REWARDS)


@checkpoint(reread="section 1", inputs=[(1,), (2,), (9,)])
def num_vanishing(d):
    return d * (d + 1) // 2


@num_vanishing.mistake("These are the products that stay: those with l ≥ k.")
def those_that_stay(d):
    return (d + 1) * (d + 2) // 2


@num_vanishing.mistake("These are all products, kept and dropped.")
def all_products(d):
    return (d + 1) ** 2


@num_vanishing.mistake("These are the products with l ≠ k: a later reward does depend on the action.")
def later_ones_too(d):
    return d * (d + 1)


@num_vanishing.mistake("The decisions are 0 to d, so there are d + 1 of them.")
def one_decision_too_few(d):
    return d * (d - 1) // 2


@checkpoint(reread="section 5")
def trap_variance():
    return two_decisions.variances((1, 1), (-1, -1))[1, 1]


@trap_variance.mistake("This is the variance of the total return: there, the two rewards cancel.")
def variance_of_total_return():
    return 0.0


@trap_variance.mistake("This is the standard deviation: square it.")
def standard_deviation():
    return 0.5


@trap_variance.mistake("This takes the score as 1 or -1: it is 1 less the probability, ½, or minus it.")
def score_of_one():
    return 1.0


@trap_variance.mistake("The mean of the square is positive: -1 is squared, too.")
def negative():
    return -0.25


__dir__ = only_questions(globals())
