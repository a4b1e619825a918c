"""The L/R exercise with a baseline, in closed form: one decision, pi(L) = theta, 0 < theta < 1.

The gradient sample is (R_L - b) / theta after L and -(R_R - b) / (1 - theta) after R. Their mean is R_L - R_R whatever
b is; their variance is (b - b*)^2 / (theta (1 - theta)), with b* the value of the state with its weights swapped.
"""

from math import comb

import numpy as np

from pgcourse.gradients.policies import ClampPolicy

POLICY = ClampPolicy()
SOURCES = ("no baseline", "same batch", "leave-one-out", "previous batch")


def value(theta, reward_left, reward_right):
    """Return V, the mean reward."""
    return theta * reward_left + (1 - theta) * reward_right


def best_baseline(theta, reward_left, reward_right):
    """Return b*, the baseline of least variance."""
    return value(1 - theta, reward_left, reward_right)


def variance(baseline, theta, reward_left, reward_right):
    """Return the variance of one gradient sample."""
    return (baseline - best_baseline(theta, reward_left, reward_right)) ** 2 / (theta * (1 - theta))


def estimate_moments(theta, reward_left, reward_right, m):
    """Return the exact mean and standard deviation of the mean of m >= 2 samples, for each source of the baseline.

    returns  (4, 2), in the order of SOURCES: 0; the mean reward of the batch itself; for each trajectory the mean
             reward of the others; the mean reward of a batch of m drawn before

    By enumeration of how often L is drawn. All means are R_L - R_R but that of the same batch, 1 - 1/m times that.
    """
    lefts = np.arange(m + 1)
    chance = np.array([comb(m, n) * theta**n * (1 - theta) ** (m - n) for n in range(m + 1)])

    def estimates(baseline_left, baseline_right):
        after_left, after_right = reward_left - baseline_left, reward_right - baseline_right
        return (lefts * after_left / theta - (m - lefts) * after_right / (1 - theta)) / m

    total = lefts * reward_left + (m - lefts) * reward_right
    own, before = total / m, total[:, None] / m  # before: one row for each batch that may have come first
    cases = [
        (chance, estimates(0, 0)),
        (chance, estimates(own, own)),
        (chance, estimates((total - reward_left) / (m - 1), (total - reward_right) / (m - 1))),
        (np.outer(chance, chance), estimates(before, before)),
    ]
    means = [np.sum(weights * values) for weights, values in cases]
    spreads = [np.sum(weights * (values - mean) ** 2) for (weights, values), mean in zip(cases, means, strict=True)]
    return np.column_stack([means, np.sqrt(spreads)])


def samples(theta, reward_left, reward_right, baseline=0.0):
    """Return pi(L), pi(R), the scores of L and R and the gradient samples of L and R, each (2,)."""
    score = POLICY.score([theta])[0, :, 0]
    return POLICY.probabilities([theta])[0], score, score * (np.array([reward_left, reward_right]) - baseline)


def batch_gradient(theta, rewards, baseline_weight, num_trajectories, rng):
    """Return the mean of num_trajectories gradient samples for each theta (runs,); the baseline is weight * b*."""
    left = np.clip(theta, 0, 1)
    alive = (theta > 0) & (theta < 1)
    safe = np.where(alive, theta, 0.5)
    baseline = baseline_weight * ((1 - safe) * rewards[0] + safe * rewards[1])
    share = rng.binomial(num_trajectories, left) / num_trajectories
    sample = share * (rewards[0] - baseline) / safe - (1 - share) * (rewards[1] - baseline) / (1 - safe)
    return np.where(alive, sample, 0)
