"""Answers that no catalogue knows: a wrong one is not correct, and is told its own mistake or none; a right one passes.

Each wrong answer here once passed, or was told what another one does.
"""

import numpy as np
import pytest

from pgcourse.checkpoints import (
    baselines,
    divide_by_length,
    first_order,
    left_right,
    log_derivative,
    policy_gradient,
    recap,
    reward_to_go,
    what_grpo_climbs,
    zeroth_order,
)


def told(question, answer):
    """Return the names of the mistakes whose sentences a wrong answer is told."""
    verdict = question(answer)
    assert not verdict.correct, verdict.message
    return [known.name for known in question.mistakes if known.sentence in verdict.message]


# Lecture 2


def elite_by_size(population, utilities, num_elite):
    """The sign of the utilities is lost."""
    return population[np.argsort(np.abs(utilities))[:num_elite]]


def fit_of_small_utilities(population, utilities, num_elite):
    elite = elite_by_size(population, utilities, num_elite)
    return elite.mean(axis=0), np.cov(elite.T, ddof=0)


def independent_fit_of_small_utilities(population, utilities, num_elite):
    elite = elite_by_size(population, utilities, num_elite)
    return elite.mean(axis=0), np.diag(elite.var(axis=0))


# Lecture 3


def variance_taken_for_a_standard_deviation(slope, variance, m):
    return (2 * variance**2 / (m * slope**2)) ** 0.25


def standard_deviation_taken_for_a_variance(slope, variance, m):
    return (4 * variance**2 / (m * slope**2)) ** 0.25


# Lecture 4


@pytest.mark.parametrize("chosen", [0, 1, 2, -1, -2, "argmax", "argmin"])
def test_the_index_of_the_drawn_action_cannot_be_written_into_the_code(chosen):
    def softmax_score(probabilities, action):
        score = -probabilities
        score[getattr(probabilities, chosen)() if isinstance(chosen, str) else chosen] += 1
        return score

    assert told(log_derivative.softmax_score, softmax_score) == []


# Lecture 6


def climbs_where_the_sum_grows(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        moved = theta + alpha * gradient_samples(simulate(theta), theta).mean(axis=0)
        theta = max(moved, theta, key=np.sum)
    return theta


def first_sample_without_step_size(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations - 1):
        theta = theta + gradient_samples(simulate(theta), theta)[0]
    return theta


# Lecture 8


def others_with_another_return(scores, returns):
    return np.mean(scores * (returns - [returns[returns != own].mean() for own in returns]))


def centred(returns):
    return returns - baselines.leave_one_out.truth(returns)


def others_with_the_same_action(scores, returns):
    baseline = np.zeros(len(returns))
    for i in range(len(returns)):
        same = (scores > 0) == (scores[i] > 0)
        same[i] = False
        baseline[i] = returns[same].mean() if same.any() else returns[i]
    return np.mean(scores * (returns - baseline))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (zeroth_order.fit, fit_of_small_utilities),
        (zeroth_order.independent_fit, independent_fit_of_small_utilities),
        (first_order.best_delta, variance_taken_for_a_standard_deviation),
        (first_order.best_delta, standard_deviation_taken_for_a_variance),
        (policy_gradient.reinforce, climbs_where_the_sum_grows),
        (policy_gradient.reinforce, first_sample_without_step_size),
        (baselines.gradient_estimate, others_with_another_return),
        (baselines.gradient_estimate, others_with_the_same_action),
        (baselines.gradient_estimate, lambda scores, returns: np.mean(centred(returns))),
        (baselines.gradient_estimate, lambda scores, returns: np.mean(scores) * np.mean(centred(returns))),
        (baselines.gradient_estimate, lambda scores, returns: 0.0),
        (baselines.optimal_baseline, lambda p, x, y: p @ (x * y) / x.mean()),
    ],
)
def test_what_is_wrong_in_another_way_is_told_no_known_mistake(question, answer):
    assert told(question, answer) == []


# Sentences that are true of several answers


def returns_in_the_loop(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        theta = theta + alpha * gradient_samples(simulate(theta), theta).mean(axis=0)
        return theta


def simulates_at_the_start(simulate, gradient_samples, theta, alpha, num_iterations):
    start = theta
    for _ in range(num_iterations):
        theta = theta + alpha * gradient_samples(simulate(start), theta).mean(axis=0)
    return theta


def returns_the_theta_before(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        before = theta
        theta = theta + alpha * gradient_samples(simulate(theta), theta).mean(axis=0)
    return before


def mean_of_the_discounted_rewards(scores, rewards, discount):
    return scores.sum(axis=0) * np.mean(discount ** np.arange(len(rewards)) * rewards)


def slope_of_the_probability(theta, uniform, reward_left, reward_right):
    slope, probability, reward = (1, theta, reward_left) if uniform < theta else (-1, 1 - theta, reward_right)
    return probability * slope / probability * reward


def up_to_the_decision_itself(scores, rewards, baseline, discount):
    powers = discount ** np.arange(rewards.shape[1])
    weights = np.cumsum(powers * rewards, axis=1) - powers * baseline
    return np.einsum("mkn,mk->mn", scores, weights).mean(axis=0)


@pytest.mark.parametrize(
    ("question", "answer", "words"),
    [
        (policy_gradient.reinforce, returns_in_the_loop, "return after the loop"),
        (policy_gradient.reinforce, simulates_at_the_start, "Every batch comes from the theta of the start"),
        (policy_gradient.reinforce, returns_the_theta_before, "This is theta after K - 1 steps"),
        (policy_gradient.theta_after_left, [0.5, -0.5], "or a score without the probability: 1 and -1"),
        (log_derivative.gradient_sample, mean_of_the_discounted_rewards, "and so is the return; neither is a mean"),
        (left_right.gradient_sample, slope_of_the_probability, "1 and -1 are the derivatives of the probabilities"),
        (left_right.sample_right, -1 * 10, "This multiplies the return by -1"),
        (recap.gradient_estimate, up_to_the_decision_itself, "the rewards up to decision k"),
        (recap.difference_steps, (20 + 20) * 10 * 20, "This takes two utilities for each parameter"),
        (what_grpo_climbs.share_of_silent_groups, 0.5**4, "this counts only one of the two"),
        (divide_by_length.mean_score_per_step, 0.5 * -0.5 / 1, "or else the answers of length 2 are"),
    ],
)
def test_a_sentence_is_true_of_each_answer_that_is_told_it(question, answer, words):
    assert told(question, answer)
    assert words in question(answer).message


# Right answers in other words


def fit_by_moments(population, utilities, num_elite):
    chosen = sorted(zip(utilities, population.tolist(), strict=True))[-num_elite:]
    elite = np.array([theta for _, theta in chosen])
    mean = sum(elite) / num_elite
    return mean.tolist(), elite.T @ elite / num_elite - np.outer(mean, mean)


def difference_by_recursion(utility, theta, delta, i=0):
    if i == len(theta):
        return []
    moved = [value + delta * (k == i) for k, value in enumerate(theta)]
    return [(utility(np.array(moved)) - utility(theta)) / delta, *difference_by_recursion(utility, theta, delta, i + 1)]


def loop_in_place(simulate, gradient_samples, theta, alpha, num_iterations):
    while num_iterations:
        theta += alpha * np.average(gradient_samples(simulate(theta), theta), axis=0)
        num_iterations -= 1
    return theta


def estimator_by_scores_so_far(scores, rewards, discount):
    powers = discount ** np.arange(rewards.shape[1])
    return np.einsum("mkn,k,mk->mn", np.cumsum(scores, axis=1), powers, rewards)


def estimate_by_pairs(scores, returns):
    m = len(returns)
    return sum(scores[i] * (returns[i] - other) for i in range(m) for other in returns) / (m * (m - 1))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (zeroth_order.fit, fit_by_moments),
        (first_order.finite_difference, difference_by_recursion),
        (log_derivative.softmax_score, lambda p, a: [(i == a) - each for i, each in enumerate(p)]),
        (log_derivative.regulator_score, lambda s, a, t: [(e := (a - t[0] * s) / t[1]) * s / t[1], (e * e - 1) / t[1]]),
        (left_right.gradient_sample, lambda t, u, left, right: np.where(u < t, left / t, right / (t - 1))),
        (policy_gradient.reinforce, loop_in_place),
        (reward_to_go.estimator, estimator_by_scores_so_far),
        (baselines.leave_one_out, lambda returns: [np.delete(returns, i).mean() for i in range(len(returns))]),
        (baselines.gradient_estimate, estimate_by_pairs),
        (baselines.gradient_estimate, lambda scores, returns: np.cov(scores, returns)[0, 1]),
    ],
)
def test_what_is_right_in_other_words_passes(question, answer):
    assert question(answer).correct
