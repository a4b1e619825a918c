"""Problem set 6, baselines: subtract one, find good ones, train with one of your own, and spend a budget well."""

import numpy as np

from pgcourse.checkpoints import left_right
from pgcourse.gradients.estimators import rewards_to_go
from pgcourse.homework.judges.judges import spends_the_budget_well, trains_with_a_baseline
from pgcourse.homework.public import FORK, gridworld_utility, simulate_gridworld
from pgcourse.homework.task import task

SEVEN_DIGITS = "inputs in single precision leave seven digits"
TWO_STEPS = (np.array([[[1.0, 0.0], [0.0, 2.0]]]), np.array([[1.0, 4.0]]))
SCORES = np.array(
    [
        [[0.5, -1.0, 0.0], [1.5, 0.25, 0.0], [-0.75, 2.0, 0.0]],
        [[-0.5, 0.5, 0.0], [0.25, -1.25, 0.0], [1.0, 1.75, 0.0]],
        [[2.0, 0.75, 0.0], [-1.0, 0.5, 0.0], [0.0, 0.0, 0.0]],
        [[-1.5, -0.25, 0.0], [0.75, 1.0, 0.0], [0.5, -0.5, 0.0]],
    ]
)
REWARDS = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0], [2.0, 1.5, 0.0], [-3.0, 0.25, 1.0]])
BASELINE = np.array([[0.5, -1.0, 2.0], [1.5, 1.0, 0.75], [-0.5, 2.5, 1.0], [3.0, 0.0, -1.5]])
WHOLE = np.array([[1, 3, -2], [4, 0, 5], [2, -1, 1], [0, 7, 3]])


@task(
    points=3,
    visible=[
        (*TWO_STEPS, 0.5, np.array([[2.0, 1.0]])),
        (SCORES, REWARDS, 0.9, BASELINE),
        (SCORES, WHOLE, 0.5, BASELINE),
        (SCORES, REWARDS, 0.0, BASELINE),
        (SCORES, WHOLE, 1, np.array([[1, 0, 2], [0, 3, 1], [2, 2, 0], [1, 1, 4]])),
        (SCORES.astype(np.float32), REWARDS.astype(np.float32), 1.0, BASELINE.astype(np.float32)),
        (2000 * SCORES[:2, :1, :1], REWARDS[:2, :1], 0.5, 0 * BASELINE[:2, :1]),
    ],
    hidden=[
        (0.5 - SCORES, REWARDS, 0.0, BASELINE),
        (SCORES, REWARDS, 1.0, BASELINE),
        (SCORES, REWARDS, 0.7, 0 * BASELINE),
        (SCORES[:, :1], REWARDS[:, :1], 0.6, BASELINE[:, :1]),
        (SCORES[:1, :, :1], REWARDS[:1], 0.95, BASELINE[:1]),
        (SCORES.astype(np.float32), REWARDS.astype(np.float32), 0.8, BASELINE.astype(np.float32)),
        (1000 * SCORES, WHOLE, 1, np.round(BASELINE).astype(int)),
    ],
    reread="the formula of the sample: what γ^k multiplies, and over what the sum runs",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
    package=("pgcourse.gradients.estimators:reward_to_go",),
)
def subtract_baseline(scores, rewards, discount, baseline):
    advantages = rewards_to_go(rewards, discount) - baseline
    weights = discount ** np.arange(rewards.shape[1]) * advantages
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.right
def three_loops(scores, rewards, discount, baseline):
    m, horizon, n = scores.shape
    samples = np.zeros((m, n))
    for i in range(m):
        for k in range(horizon):
            to_go = sum(discount ** (j - k) * rewards[i, j] for j in range(k, horizon))
            samples[i] += discount**k * (to_go - baseline[i, k]) * scores[i, k]
    return samples


@subtract_baseline.right
def discounted_rewards_summed_backwards(scores, rewards, discount, baseline):
    powers = float(discount) ** np.arange(rewards.shape[1])
    tails = np.cumsum((powers * rewards)[:, ::-1], axis=1)[:, ::-1]
    return np.einsum("mk,mkn->mn", tails - powers * baseline, scores)


@subtract_baseline.right
def score_sums_forwards(scores, rewards, discount, baseline):
    powers = float(discount) ** np.arange(rewards.shape[1])[:, None]
    earned = (np.cumsum(scores, axis=1) * powers * rewards[:, :, None]).sum(axis=1)
    return earned - (scores * powers * baseline[:, :, None]).sum(axis=1)


@subtract_baseline.right
def in_single_precision(scores, rewards, discount, baseline):
    horizon = rewards.shape[1]
    lag = np.arange(horizon)[None, :] - np.arange(horizon)[:, None]
    table = np.where(lag >= 0, float(discount) ** np.maximum(lag, 0), 0).astype(np.float32)
    advantages = rewards.astype(np.float32) @ table.T - baseline.astype(np.float32)
    powers = np.float32(discount) ** np.arange(horizon, dtype=np.float32)
    return ((advantages * powers)[:, None, :] @ scores.astype(np.float32))[:, 0]


@subtract_baseline.mistake("The baseline is not subtracted.")
def baseline_left_out(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * rewards_to_go(rewards, discount)
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("The baseline is added: subtract it from the reward-to-go.")
def plus_for_minus(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * (rewards_to_go(rewards, discount) + baseline)
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("The sign is flipped: it is reward-to-go less baseline, not baseline less reward-to-go.")
def flipped_sign(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * (baseline - rewards_to_go(rewards, discount))
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("The factor γ^k is missing: the reward-to-go of step k counts from k on.")
def no_discount_of_the_step(scores, rewards, discount, baseline):
    return np.sum(scores * (rewards_to_go(rewards, discount) - baseline)[:, :, None], axis=1)


@subtract_baseline.mistake("The factor γ^k stands before the reward-to-go alone: the baseline has it as well.")
def baseline_not_discounted(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * rewards_to_go(rewards, discount) - baseline
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("The steps are counted from one: the first has the factor γ^0.")
def counted_from_one(scores, rewards, discount, baseline):
    weights = discount ** np.arange(1, rewards.shape[1] + 1) * (rewards_to_go(rewards, discount) - baseline)
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("This is what you get with γ^(k-1): k starts at 0.")
def one_power_less(scores, rewards, discount, baseline):
    with np.errstate(all="ignore"):
        powers = float(discount) ** (np.arange(rewards.shape[1]) - 1)
    return np.sum(scores * (powers * (rewards_to_go(rewards, discount) - baseline))[:, :, None], axis=1)


@subtract_baseline.mistake("The factor γ^k is applied twice.")
def discounted_twice(scores, rewards, discount, baseline):
    weights = discount ** (2 * np.arange(rewards.shape[1])) * (rewards_to_go(rewards, discount) - baseline)
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("The whole return stands where the reward-to-go belongs.")
def total_return(scores, rewards, discount, baseline):
    powers = discount ** np.arange(rewards.shape[1])
    weights = (rewards * powers).sum(axis=1, keepdims=True) - powers * baseline
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("Each score is multiplied by the reward of its own step only: take the reward-to-go.")
def reward_of_the_step(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * (rewards - baseline)
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake(
    "The rewards are summed from the start up to step k: the reward-to-go runs from k to the end."
)
def summed_the_wrong_way(scores, rewards, discount, baseline):
    powers = discount ** np.arange(rewards.shape[1])
    weights = np.cumsum(powers * rewards, axis=1) - powers * baseline
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("The present reward is missing: the reward-to-go of step k begins with r_k.")
def without_the_present_reward(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * (rewards_to_go(rewards, discount) - rewards - baseline)
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("The baseline is subtracted from every reward: subtract it once, from the reward-to-go.")
def baseline_from_every_reward(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * rewards_to_go(rewards - baseline, discount)
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("This is the mean over the decisions: the sample is their sum.")
def mean_over_the_decisions(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * (rewards_to_go(rewards, discount) - baseline)
    return np.mean(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("This is the mean over the trajectories: return one sample for each of them.")
def mean_over_the_trajectories(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * (rewards_to_go(rewards, discount) - baseline)
    return np.sum(scores * weights[:, :, None], axis=1).mean(axis=0)


@subtract_baseline.mistake("The rewards were whole numbers here, and so the array you wrote into cut off the digits.")
def cut_off_digits(scores, rewards, discount, baseline):
    to_go = rewards.copy()
    for k in range(rewards.shape[1] - 2, -1, -1):
        to_go[:, k] = to_go[:, k] + discount * to_go[:, k + 1]
    weights = discount ** np.arange(rewards.shape[1]) * (to_go - baseline)
    return np.sum(scores * weights[:, :, None], axis=1)


@subtract_baseline.mistake("This changes the scores in place: work on a copy of them.")
def in_place(scores, rewards, discount, baseline):
    weights = discount ** np.arange(rewards.shape[1]) * (rewards_to_go(rewards, discount) - baseline)
    scores *= weights[:, :, None].astype(scores.dtype)
    return scores.sum(axis=1)


PROBLEMS = [(0.2, 5.0, 10.0), (0.9, -3.0, 0.5), (0.5, 5.0, 6.0), (0.001, 2.0, -1.0), (0.35, 0.0, 0.0), (0.75, 1, 4)]


@task(
    points=1,
    visible=[
        (0.2, 0.0, 1.0, 0.0),
        (0.2, 0.0, 1.0, 0.8),
        (0.3, 2.0, -1.0, 0.5),
        (0.6, -2.0, 0.0, -1.5),
        (0.4, 1, 3, 2),
    ],
    hidden=[(*problem, baseline) for problem in PROBLEMS for baseline in (-1.0, 0.0, 9.0, 2)],
    reread="the two samples and their probabilities; the mean of the squares less the square of the mean",
    package=("pgcourse.exact.one_decision:variance",),
)
def left_right_variance(theta, reward_left, reward_right, baseline):
    left = (reward_left - baseline) / theta
    right = -(reward_right - baseline) / (1 - theta)
    mean = theta * left + (1 - theta) * right
    return theta * (left - mean) ** 2 + (1 - theta) * (right - mean) ** 2


@left_right_variance.right
def closed_form(theta, reward_left, reward_right, baseline):
    best = (1 - theta) * reward_left + theta * reward_right
    return (baseline - best) ** 2 / (theta * (1 - theta))


@left_right_variance.right
def mean_of_squares(theta, reward_left, reward_right, baseline):
    probabilities = np.array([theta, 1 - theta])
    samples = np.array([1, -1]) / probabilities * (np.array([reward_left, reward_right]) - baseline)
    return float(probabilities @ samples**2 - (reward_left - reward_right) ** 2)


@left_right_variance.right
def by_the_difference(theta, reward_left, reward_right, baseline):
    difference = (reward_left - baseline) / theta + (reward_right - baseline) / (1 - theta)
    return np.multiply(theta * (1 - theta), difference**2)


@left_right_variance.mistake(
    "This is the variance without a baseline: subtract it from the reward, since from the sample it changes nothing."
)
def without_the_baseline(theta, reward_left, reward_right, baseline):
    return ((1 - theta) * reward_left + theta * reward_right) ** 2 / (theta * (1 - theta))


@left_right_variance.mistake("The baseline is added, not subtracted.")
def plus_the_baseline(theta, reward_left, reward_right, baseline):
    return ((1 - theta) * reward_left + theta * reward_right + baseline) ** 2 / (theta * (1 - theta))


@left_right_variance.mistake("This is the mean of the squares: the squared mean is not subtracted.")
def second_moment(theta, reward_left, reward_right, baseline):
    return (reward_left - baseline) ** 2 / theta + (reward_right - baseline) ** 2 / (1 - theta)


@left_right_variance.mistake("This is the standard deviation: the variance is its square.")
def standard_deviation(theta, reward_left, reward_right, baseline):
    best = (1 - theta) * reward_left + theta * reward_right
    return abs(baseline - best) / np.sqrt(theta * (1 - theta))


@left_right_variance.mistake("This weights both samples equally: weight each by the probability of its action.")
def equal_weights(theta, reward_left, reward_right, baseline):
    return np.var([(reward_left - baseline) / theta, -(reward_right - baseline) / (1 - theta)])


@left_right_variance.mistake("Here the parabola has its bottom at V: its weights are swapped.")
def bottom_at_the_value(theta, reward_left, reward_right, baseline):
    value = theta * reward_left + (1 - theta) * reward_right
    return (baseline - value) ** 2 / (theta * (1 - theta))


@left_right_variance.mistake("The minus sign in the score of R is missing.")
def score_of_right_positive(theta, reward_left, reward_right, baseline):
    left, right = (reward_left - baseline) / theta, (reward_right - baseline) / (1 - theta)
    return theta * (1 - theta) * (left - right) ** 2


@left_right_variance.mistake("This is the variance of the reward: the score is missing.")
def variance_of_the_reward(theta, reward_left, reward_right, baseline):
    return theta * (1 - theta) * (reward_left - reward_right) ** 2


@left_right_variance.mistake("The squared distance is multiplied by θ(1-θ): a score divides by a probability.")
def multiplied_for_divided(theta, reward_left, reward_right, baseline):
    best = (1 - theta) * reward_left + theta * reward_right
    return (baseline - best) ** 2 * theta * (1 - theta)


@left_right_variance.mistake("This knows the examples by heart and nothing else.")
def by_heart(theta, reward_left, reward_right, baseline):
    return {0.0: 0.25, 0.8: 2.25}.get(baseline, 0.0)


@task(
    points=1,
    visible=[
        (0.2, 5.0, 10.0),
        (0.2, 0.0, 1.0),
        (0.6, 3.0, -1.0),
        (0.3, -2.0, 0.0),
        (0.4, 1, 3),
        (0.35, 1.23, -2.0),
    ],
    hidden=[*PROBLEMS[1:], (0.999, -2.0, 7.0), (0.1, 10, 4)],
    reread="the variance of task 2, and for which baseline both samples are the same",
    mistakes=left_right.best_baseline.mistakes,
    package=("pgcourse.exact.one_decision:best_baseline",),
)
def best_left_right_baseline(theta, reward_left, reward_right):
    return (1 - theta) * reward_left + theta * reward_right


@best_left_right_baseline.right
def ratio_of_expectations(theta, reward_left, reward_right):
    probabilities, rewards = np.array([theta, 1 - theta]), np.array([reward_left, reward_right])
    weights = probabilities * (1 / probabilities) ** 2
    return weights @ rewards / weights.sum()


@best_left_right_baseline.right
def value_with_the_rewards_swapped(theta, reward_left, reward_right):
    return float(np.dot([theta, 1 - theta], [reward_right, reward_left]))


@best_left_right_baseline.right
def from_three_points_of_the_parabola(theta, reward_left, reward_right):
    def root(baseline):
        return (reward_left - baseline) / theta + (reward_right - baseline) / (1 - theta)

    return root(0) / (root(0) - root(1))


@best_left_right_baseline.mistake("This is the numerator alone: divide by the mean of the squared score.")
def numerator_alone(theta, reward_left, reward_right):
    return reward_left / theta + reward_right / (1 - theta)


@best_left_right_baseline.mistake("The squared scores are not weighted by the probabilities of the actions.")
def probabilities_missing(theta, reward_left, reward_right):
    weights = 1 / theta**2, 1 / (1 - theta) ** 2
    return (weights[0] * reward_left + weights[1] * reward_right) / (weights[0] + weights[1])


@best_left_right_baseline.mistake("This is the gradient of U, not a baseline.")
def the_gradient(theta, reward_left, reward_right):
    return reward_left - reward_right


@best_left_right_baseline.mistake("One minus θ is missing: both rewards have the weight θ.")
def forgotten_one_minus(theta, reward_left, reward_right):
    return theta * reward_left + theta * reward_right


@best_left_right_baseline.mistake("This is the smallest variance: return the baseline that reaches it.")
def the_variance_itself(theta, reward_left, reward_right):
    return 0.0


@best_left_right_baseline.mistake(
    "This is the larger reward: with it as a baseline one of the samples is 0, the other is not."
)
def larger_reward(theta, reward_left, reward_right):
    return max(reward_left, reward_right)


@task(
    points=2,
    visible=[
        (np.array([[[1.0]], [[2.0]]]), np.array([[6.0], [1.0]]), 0.5),
        (SCORES, REWARDS, 0.9),
        (SCORES, WHOLE, 0.5),
        (500 * SCORES, WHOLE, 1),
        (SCORES[:1], REWARDS[:1], 0.0),
        (SCORES.astype(np.float32), REWARDS.astype(np.float32), 1.0),
        (0 * SCORES, REWARDS, 0.9),
    ],
    hidden=[
        (SCORES, REWARDS, 0.0),
        (SCORES, REWARDS, 1.0),
        (SCORES[:, :1], REWARDS[:, :1], 0.6),
        (SCORES[:1], REWARDS[:1], 0.8),
        (SCORES.astype(np.float32), REWARDS.astype(np.float32), 0.7),
        (1000 * SCORES, WHOLE, 1),
        (0 * SCORES, REWARDS, 0.5),
        (0.1 * SCORES, REWARDS, 0.9),
    ],
    reread="the formula: two sums over the whole batch, and only then one division for each component",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
    package=("pgcourse.exact.baselines:lecture_baseline",),
)
def lecture_baseline(scores, rewards, discount):
    powers = discount ** np.arange(rewards.shape[1])
    squares = (powers[:, None] * scores) ** 2
    numerator = np.sum(squares * rewards_to_go(rewards, discount)[:, :, None], axis=(0, 1))
    denominator = np.sum(squares, axis=(0, 1))
    return np.divide(numerator, denominator, out=np.zeros(len(denominator)), where=denominator > 0)


@lecture_baseline.right
def loops_over_all(scores, rewards, discount):
    m, horizon, n = scores.shape
    above, below = np.zeros(n), np.zeros(n)
    for i in range(m):
        to_go = 0.0
        for k in reversed(range(horizon)):
            to_go = float(rewards[i, k]) + discount * to_go
            square = (discount**k * scores[i, k]) ** 2
            above += square * to_go
            below += square
    return np.array([a / b if b > 0 else 0.0 for a, b in zip(above, below, strict=True)])


@lecture_baseline.right
def a_weighted_average_for_each_component(scores, rewards, discount):
    n = scores.shape[2]
    to_go = rewards_to_go(rewards, discount)
    weights = (scores * (discount ** np.arange(rewards.shape[1]))[None, :, None]) ** 2
    baseline = np.zeros(n)
    for i in range(n):
        if weights[:, :, i].any():
            baseline[i] = np.average(to_go, weights=weights[:, :, i])
    return baseline


@lecture_baseline.right
def means_in_single_precision(scores, rewards, discount):
    ell = scores.astype(np.float32) * np.float32(discount) ** np.arange(rewards.shape[1], dtype=np.float32)[:, None]
    to_go = rewards_to_go(rewards, discount).astype(np.float32)
    above, below = np.einsum("mkn,mk->n", ell**2, to_go) / len(rewards), (ell**2).mean(axis=(0, 1)) * len(scores[0])
    return np.where(below > 0, above / np.where(below > 0, below, 1), 0)


@lecture_baseline.mistake("This is a mean of ratios, one per trajectory: sum over the whole batch first, then divide.")
def mean_of_ratios(scores, rewards, discount):
    squares = ((discount ** np.arange(rewards.shape[1]))[:, None] * scores) ** 2
    above = np.sum(squares * rewards_to_go(rewards, discount)[:, :, None], axis=1)
    below = np.sum(squares, axis=1)
    return np.divide(above, below, out=np.zeros_like(above, dtype=float), where=below > 0).mean(axis=0)


@lecture_baseline.mistake("Where a component's scores are all 0, this is 0/0, which is NaN: its baseline is 0 there.")
def zero_over_zero(scores, rewards, discount):
    squares = ((discount ** np.arange(rewards.shape[1]))[:, None] * scores) ** 2
    with np.errstate(invalid="ignore"):
        above = np.sum(squares * rewards_to_go(rewards, discount)[:, :, None], axis=(0, 1))
        return above / np.sum(squares, axis=(0, 1))


@lecture_baseline.mistake("The scores are not squared.")
def not_squared(scores, rewards, discount):
    ell = (discount ** np.arange(rewards.shape[1]))[:, None] * scores
    above, below = np.sum(ell * rewards_to_go(rewards, discount)[:, :, None], axis=(0, 1)), np.sum(ell, axis=(0, 1))
    return np.divide(above, below, out=np.zeros(len(below)), where=below != 0)


@lecture_baseline.mistake("The factor γ^k in ℓ is missing.")
def no_discount_in_ell(scores, rewards, discount):
    squares = scores**2
    above = np.sum(squares * rewards_to_go(rewards, discount)[:, :, None], axis=(0, 1))
    below = np.sum(squares, axis=(0, 1))
    return np.divide(above, below, out=np.zeros(len(below)), where=below > 0)


@lecture_baseline.mistake("The factor γ^k belongs to ℓ and is squared with it: the weights have γ^(2k), not γ^k.")
def discount_not_squared(scores, rewards, discount):
    squares = (discount ** np.arange(rewards.shape[1]))[:, None] * scores**2
    above = np.sum(squares * rewards_to_go(rewards, discount)[:, :, None], axis=(0, 1))
    below = np.sum(squares, axis=(0, 1))
    return np.divide(above, below, out=np.zeros(len(below)), where=below > 0)


@lecture_baseline.mistake("The whole return stands where the reward-to-go belongs.")
def with_the_total_return(scores, rewards, discount):
    powers = discount ** np.arange(rewards.shape[1])
    squares = (powers[:, None] * scores) ** 2
    above = np.sum(squares * (rewards @ powers)[:, None, None], axis=(0, 1))
    below = np.sum(squares, axis=(0, 1))
    return np.divide(above, below, out=np.zeros(len(below)), where=below > 0)


@lecture_baseline.mistake("Each squared score is multiplied by the reward of its own step only: take the reward-to-go.")
def with_the_reward_of_the_step(scores, rewards, discount):
    squares = ((discount ** np.arange(rewards.shape[1]))[:, None] * scores) ** 2
    above, below = np.sum(squares * rewards[:, :, None], axis=(0, 1)), np.sum(squares, axis=(0, 1))
    return np.divide(above, below, out=np.zeros(len(below)), where=below > 0)


@lecture_baseline.mistake("This is the plain mean of the rewards-to-go: weight them by the squared scores.")
def plain_mean_of_the_rewards_to_go(scores, rewards, discount):
    return np.full(scores.shape[2], rewards_to_go(rewards, discount).mean())


@lecture_baseline.mistake("The numerator is divided by m, not by the sum of the squared scores.")
def divided_by_m(scores, rewards, discount):
    squares = ((discount ** np.arange(rewards.shape[1]))[:, None] * scores) ** 2
    return np.sum(squares * rewards_to_go(rewards, discount)[:, :, None], axis=(0, 1)) / len(scores)


@lecture_baseline.mistake("The ratio is upside down.")
def upside_down(scores, rewards, discount):
    squares = ((discount ** np.arange(rewards.shape[1]))[:, None] * scores) ** 2
    above = np.sum(squares * rewards_to_go(rewards, discount)[:, :, None], axis=(0, 1))
    return np.divide(np.sum(squares, axis=(0, 1)), above, out=np.zeros(len(above)), where=above != 0)


@lecture_baseline.mistake("This is E[XY]/E[Y²], the true minimiser: this task asks for the lecture's formula.")
def true_minimiser(scores, rewards, discount):
    ell = (discount ** np.arange(rewards.shape[1]))[:, None] * scores
    x, y = (ell * rewards_to_go(rewards, discount)[:, :, None]).sum(axis=1), ell.sum(axis=1)
    above, below = (x * y).sum(axis=0), (y**2).sum(axis=0)
    return np.divide(above, below, out=np.zeros(len(below)), where=below > 0)


@lecture_baseline.mistake("This sums over the components too: each component of the gradient has a number of its own.")
def one_for_all_components(scores, rewards, discount):
    squares = ((discount ** np.arange(rewards.shape[1]))[:, None] * scores) ** 2
    above = np.sum(squares * rewards_to_go(rewards, discount)[:, :, None])
    return np.full(scores.shape[2], above / max(np.sum(squares), 1e-300))


@lecture_baseline.mistake("This has a number for each step: sum over the steps as well.")
def one_for_each_step(scores, rewards, discount):
    squares = ((discount ** np.arange(rewards.shape[1]))[:, None] * scores) ** 2
    above = np.sum(squares * rewards_to_go(rewards, discount)[:, :, None], axis=0)
    below = np.sum(squares, axis=0)
    return np.divide(above, below, out=np.zeros(below.shape), where=below > 0)


@task(
    points=2,
    visible=[
        (np.array([[6.0, 1.0], [2.0, 3.0], [4.0, 8.0]]),),
        (np.array([[1, 4], [2, 9], [4, 4]]),),
        (np.array([[0.5, -1.0, 2.0], [3.0, 0.0, 1.5], [-2.0, 4.0, 0.25], [1.0, 1.0, 6.0]]),),
        (np.array([[900.0], [-2.0], [3.5]]),),
        (np.zeros((3, 2)),),
        (np.array([[0.5, 2.0], [1.5, -1.0]], dtype=np.float32),),
    ],
    hidden=[
        (np.array([[3.0], [7.0]]),),
        (np.zeros((5, 2)),),
        (np.array([[5, 0, 2], [2, 7, 3], [0, 1, 1], [8, 8, 9]]),),
        (REWARDS.astype(np.float32),),
        (np.sqrt(np.arange(60.0)).reshape(20, 3),),
        (np.array([[1000.0, -1000.0], [1.0, 2.0], [0.5, 0.25]]),),
    ],
    reread="the formula: over which trajectories the mean runs, and over which axis",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
    package=("pgcourse.optimisers.runs:leave_one_out",),
)
def leave_one_out_baseline(to_go):
    return (to_go.sum(axis=0) - to_go) / (len(to_go) - 1)


@leave_one_out_baseline.right
def deleting_each_row(to_go):
    return np.array([np.delete(to_go, i, axis=0).mean(axis=0) for i in range(len(to_go))])


@leave_one_out_baseline.right
def a_matrix_of_weights(to_go):
    m = len(to_go)
    return (np.ones((m, m)) - np.eye(m)) @ to_go / (m - 1)


@leave_one_out_baseline.right
def from_the_mean_of_all(to_go):
    m = len(to_go)
    return (m * np.mean(to_go, axis=0, keepdims=True) - to_go) / (m - 1)


@leave_one_out_baseline.right
def loops_in_single_precision(to_go):
    m, horizon = to_go.shape
    baseline = np.zeros((m, horizon), dtype=np.float32)
    for i in range(m):
        for j in range(m):
            if j != i:
                baseline[i] += to_go[j] / np.float32(m - 1)
    return baseline


@leave_one_out_baseline.mistake(
    "This is the mean of all trajectories, the trajectory itself among them: leave that out."
)
def same_batch_mean(to_go):
    return np.broadcast_to(to_go.mean(axis=0), to_go.shape).copy()


@leave_one_out_baseline.mistake("This is the sum of the others: divide it by their number.")
def sum_of_the_others(to_go):
    return to_go.sum(axis=0) - to_go


@leave_one_out_baseline.mistake("The sum of the others is divided by m: the others are m-1.")
def others_divided_by_m(to_go):
    return (to_go.sum(axis=0) - to_go) / len(to_go)


@leave_one_out_baseline.mistake("The trajectory's own reward-to-go is still in the sum that is divided by m-1.")
def own_one_kept(to_go):
    return np.broadcast_to(to_go.sum(axis=0) / (len(to_go) - 1), to_go.shape).copy()


@leave_one_out_baseline.mistake("This leaves out a step, not a trajectory: the mean runs over the first axis.")
def wrong_axis(to_go):
    return (to_go.sum(axis=1, keepdims=True) - to_go) / max(to_go.shape[1] - 1, 1)


@leave_one_out_baseline.mistake("This is one number for all steps: each step k has a mean of its own.")
def one_for_all_steps(to_go):
    others = (to_go.sum() - to_go.sum(axis=1, keepdims=True)) / (len(to_go) - 1) / to_go.shape[1]
    return others + np.zeros(to_go.shape)


@leave_one_out_baseline.mistake("This is the next trajectory alone: take the mean of all others.")
def the_next_one(to_go):
    return np.roll(to_go, -1, axis=0)


@leave_one_out_baseline.mistake("The baseline is subtracted already: return the baseline itself.")
def subtracted_already(to_go):
    return to_go - (to_go.sum(axis=0) - to_go) / (len(to_go) - 1)


@leave_one_out_baseline.mistake("This has one row: each trajectory has a baseline of its own, so return m rows.")
def one_row(to_go):
    return to_go.mean(axis=0)


@leave_one_out_baseline.mistake(
    "The rewards-to-go were whole numbers here, and the array you wrote into cut off the digits."
)
def digits_cut_off(to_go):
    baseline = np.zeros_like(to_go)
    for i in range(len(to_go)):
        baseline[i] = (to_go.sum(axis=0) - to_go[i]) / (len(to_go) - 1)
    return baseline


@leave_one_out_baseline.mistake(
    "A baseline that is already written stands among the others here: read from the array that you are given."
)
def reads_what_it_wrote(to_go):
    baselines = np.array(to_go, dtype=float)
    for i in range(len(to_go)):
        baselines[i] = (baselines.sum(axis=0) - baselines[i]) / (len(to_go) - 1)
    return baselines


@leave_one_out_baseline.mistake("This changes the rewards-to-go in place: work on a copy of them.")
def changed_in_place(to_go):
    for i in range(len(to_go)):
        to_go[i] = (to_go.sum(axis=0) - to_go[i]) / (len(to_go) - 1)
    return to_go


@leave_one_out_baseline.mistake("This is a list: return a NumPy array.")
def a_list(to_go):
    m = len(to_go)
    return [[(sum(column) - own) / (m - 1) for own, column in zip(row, to_go.T, strict=True)] for row in to_go]


BAR = -10.0
"""What the exact utility must reach: θ = 0 has -19.5, the best policy -7.7, right training -8.2 ± 0.2."""
NUM_RUNS = 7
GRIDWORLD = (simulate_gridworld, gridworld_utility, np.zeros(64), 0.25, 100, BAR, NUM_RUNS)

OTHER_REWARDS = np.array([[15.0, 16.5], [14.0, 15.5], [16.25, 14.75]])
HIDDEN_REWARDS = np.array([[20.5, 19.0], [21.5, 20.0], [18.25, 19.5]])
"""Of the fork: without a batch nobody knows them, and so not the gradient either."""


@task(
    points=3,
    visible=[
        ("fork", np.array([0.3, -0.2, 0.1, 0.5, -0.4, 0.2]), 0.01, 3, FORK.rewards),
        ("fork", np.array([0, 1, -1, 0, 0, 1]), 0.02, 2, FORK.rewards),
        ("fork", np.array([0.2, 0.1, -0.3, 0.4, 0.0, -0.1]), 0.05, 2, OTHER_REWARDS),
        ("gridworld", *GRIDWORLD, 0),
    ],
    hidden=[("fork", np.array([1, 0, 0, -1, 0, 1]), 0.02, 2, HIDDEN_REWARDS)],
    reread="the five lines of the loop, and where a baseline may come from",
    judge=trains_with_a_baseline,
    false_alarm=1e-6,
    why="one right run misses the bar less than once in 100 times, most of 7 runs less than once in a million",
    package=(
        "pgcourse.optimisers.ascent:policy_gradient",
        "pgcourse.optimisers.ascent:stochastic_gradient_ascent",
        "pgcourse.optimisers.runs:policy_gradient_runs",
    ),
)
def train(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.right
def mean_of_the_previous_batch(simulate, theta, step_size, num_iterations, rng):
    baseline = 0.0
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        samples = subtract_baseline(scores, rewards, 1.0, np.broadcast_to(baseline, rewards.shape))
        theta = theta + step_size * samples.mean(axis=0)
        baseline = rewards_to_go(rewards, 1.0).mean(axis=0)
    return theta


@train.right
def the_lectures_from_the_previous_batch(simulate, theta, step_size, num_iterations, rng):
    theta, baseline = theta.astype(float), np.zeros(len(theta))
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        advantages = rewards_to_go(rewards, 1.0)[:, :, None] - baseline
        theta += step_size * (scores * advantages).sum(axis=(0, 1)) / len(scores)
        baseline = lecture_baseline(scores, rewards, 1.0)
    return theta


@train.right
def running_average(simulate, theta, step_size, num_iterations, rng):
    average = None
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        to_go = np.cumsum(rewards[:, ::-1], axis=1)[:, ::-1]
        baseline = 0.0 if average is None else average
        theta = theta + step_size * np.einsum("mkn,mk->n", scores, to_go - baseline) / len(rewards)
        average = to_go.mean(axis=0) if average is None else 0.7 * average + 0.3 * to_go.mean(axis=0)
    return theta


@train.right
def loops_with_a_generator_made_from_rng(simulate, theta, step_size, num_iterations, rng):
    own = np.random.Generator(np.random.PCG64(rng.integers(2**63)))
    thetas = [np.asarray(theta, dtype=float)]
    for t in range(num_iterations):
        scores, rewards = simulate(thetas[t], own)
        to_go = rewards_to_go(rewards, 1.0)
        gradient = np.zeros(len(theta))
        for i in range(len(scores)):
            others = np.delete(to_go, i, axis=0).mean(axis=0)
            gradient += (to_go[i] - others) @ scores[i]
        thetas.append(thetas[t] + step_size / len(scores) * gradient)
    return thetas[-1]


@train.mistake("The mean step is right, but it varies as much as without a baseline: subtract one.")
def no_baseline(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, np.zeros(rewards.shape)).mean(axis=0)
    return theta


@train.mistake(
    "The mean step is right, but it varies more than without a baseline: it is added, or far from the rewards-to-go."
)
def baseline_added(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = -leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("The mean step is 1-1/m times what it must be: the baseline contains the trajectory's own reward-to-go.")
def same_batch_baseline(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = np.zeros(rewards.shape) + rewards_to_go(rewards, 1.0).mean(axis=0)
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("The sign is flipped: this goes downhill, and utility is maximised.")
def descent(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta - step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("Each step takes the sum of the samples: take their mean over the trajectories.")
def sum_for_mean(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).sum(axis=0)
    return theta


@train.mistake(
    "This is the mean over all decisions: sum over the steps, and take the mean over the trajectories alone."
)
def mean_over_all_decisions(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        to_go = rewards_to_go(rewards, 1.0)
        advantages = to_go - leave_one_out_baseline(to_go)
        theta = theta + step_size * (scores * advantages[:, :, None]).mean(axis=(0, 1))
    return theta


@train.mistake("The step size is missing.")
def no_step_size(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta + subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("On average this step is 0: the scores stand alone, without rewards.")
def score_alone(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, _ = simulate(theta, rng)
        theta = theta + step_size * scores.sum(axis=1).mean(axis=0)
    return theta


@train.mistake("Each score is multiplied by the reward of its own step only: the later ones count as well.")
def reward_of_the_moment(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        advantages = rewards - leave_one_out_baseline(rewards)
        theta = theta + step_size * (scores * advantages[:, :, None]).sum(axis=1).mean(axis=0)
    return theta


@train.mistake("The result is the θ that was given: the step is not stored, or not returned.")
def theta_never_moves(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        _ = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("Every batch is drawn with the first θ: simulate with the θ of the present iteration.")
def simulates_at_the_start(simulate, theta, step_size, num_iterations, rng):
    now = theta
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        now = now + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return now


@train.mistake("One batch serves all iterations: simulate inside the loop.")
def one_batch_for_all(simulate, theta, step_size, num_iterations, rng):
    scores, rewards = simulate(theta, rng)
    baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
    for _ in range(num_iterations):
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("The last iteration is missing: the loop runs `num_iterations` times.")
def one_iteration_too_few(simulate, theta, step_size, num_iterations, rng):
    for _ in range(1, num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("This returns θ of every iteration: return the last one alone.")
def the_whole_path(simulate, theta, step_size, num_iterations, rng):
    path = [theta]
    for _ in range(num_iterations):
        scores, rewards = simulate(path[-1], rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        path.append(path[-1] + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0))
    return np.array(path)


@train.mistake("This changes θ in place: work on a copy of it.")
def theta_in_place(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta[:] = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("A copy of whole numbers holds whole numbers: make θ an array of floats first.")
def a_copy_of_whole_numbers(simulate, theta, step_size, num_iterations, rng):
    theta = theta.copy()
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta += step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("This draws from NumPy's global random numbers: pass the given `rng` to simulate.")
def global_random_numbers(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, np.random)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("Two generators give the same run: use the given `rng`, do not seed one inside.")
def seeded_inside(simulate, theta, step_size, num_iterations, rng):
    rng = np.random.default_rng(0)
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


@train.mistake("Equal generators give different runs: pass the given `rng` to simulate and use nothing else.")
def numbers_from_elsewhere(simulate, theta, step_size, num_iterations, rng):
    rng = np.random.default_rng()
    for _ in range(num_iterations):
        scores, rewards = simulate(theta, rng)
        baseline = leave_one_out_baseline(rewards_to_go(rewards, 1.0))
        theta = theta + step_size * subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)
    return theta


PAIR_BAR = 0.74
"""What a training in the corridor must reach; always going right has 0.750."""
BOUNDS = (0.78, 1.0), (0.53, 2 / 3), (0.31, 1 / 3)
"""The least share of runs that reach the bar, and the share of the points that it earns: far from all pairs' own."""


@task(
    points=3,
    visible=[(PAIR_BAR, BOUNDS)],
    reread="what the budget fixes, and what your runs that miss the bar have in common",
    judge=spends_the_budget_well,
    false_alarm=1e-6,
    why="each bound is at least 0.06 away from each pair's probability, and 4000 runs find that to 0.007",
)
def best_pair():
    return 8.0, 4


@best_pair.right
def a_batch_of_six():
    return [8, 6]


@best_pair.right
def whole_numbers():
    return 8, 6


@best_pair.right
def numbers_of_numpy():
    return np.float64(8), np.int64(4)


SLOW = "Most runs that miss the bar are still on their way: their steps are too short, or too few."
NOISY = "Most runs that miss the bar rest far from it: the steps are too long for what so small a batch knows."


@best_pair.mistake(SLOW)
def too_slow():
    return 0.125, 30


@best_pair.mistake(NOISY, points=2)
def too_noisy():
    return 8.0, 2


@best_pair.mistake(SLOW, points=2)
def small_batch_with_short_steps():
    return 2.0, 2


@best_pair.mistake(SLOW, points=2)
def a_batch_of_twelve():
    return 8.0, 12


@best_pair.mistake(SLOW, points=1)
def a_batch_as_in_task_6():
    return 8.0, 20


@best_pair.mistake(SLOW)
def the_middle_of_both():
    return 2.0, 12


@best_pair.mistake(SLOW)
def the_largest_of_both():
    return 8.0, 30


@best_pair.mistake(SLOW)
def the_smallest_of_both():
    return 0.125, 2


@best_pair.mistake("This pair is not on the grid: take a step size and a batch size of task 7.")
def not_on_the_grid():
    return 3.0, 10


@best_pair.mistake("The step size comes first, then the batch size.")
def the_other_way_round():
    return 4, 8


PROVIDED = {"rewards_to_go": rewards_to_go}
"""What the notebook hands to the tasks."""
TASKS = [
    subtract_baseline,
    left_right_variance,
    best_left_right_baseline,
    lecture_baseline,
    leave_one_out_baseline,
    train,
    best_pair,
]
