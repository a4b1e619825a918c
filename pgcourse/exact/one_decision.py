"""The L/R exercise with a baseline, in closed form: one decision, pi(L) = theta, 0 < theta < 1.

The gradient sample is (R_L - b) / theta after L and -(R_R - b) / (1 - theta) after R. Their mean is R_L - R_R whatever
b is; their variance is (b - b*)^2 / (theta (1 - theta)), with b* the value of the state with its weights swapped.

Everywhere theta, reward_left, reward_right and baseline are numbers or arrays that broadcast.
"""

from typing import NamedTuple

import numpy as np

from pgcourse._types import Broadcast, Floats, Ints, Numbers
from pgcourse.exact import groups

SOURCES = ("no baseline", "same batch", "leave-one-out", "previous batch")


class Samples(NamedTuple):
    """What L and R contribute, each array (2, ...): L first, and then the shape of theta."""

    probabilities: Floats
    scores: Floats
    gradients: Floats
    """score times (reward less baseline)"""

    @property
    def mean(self) -> Broadcast:
        """The mean gradient sample, which is the exact gradient of U."""
        return (self.probabilities * self.gradients).sum(axis=0)


def samples(theta: Numbers, reward_left: Numbers, reward_right: Numbers, baseline: Numbers = 0.0) -> Samples:
    """Return the Samples at theta; all scores are 0 where the clamp is flat, at theta <= 0 and theta >= 1."""
    theta = np.asarray(theta, dtype=float)
    left, alive = np.clip(theta, 0, 1), (theta > 0) & (theta < 1)
    inner = np.where(alive, theta, 0.5)
    scores = np.where(alive, [1 / inner, -1 / (1 - inner)], 0)
    return Samples(
        np.stack([left, 1 - left]),
        scores,
        np.stack([scores[0] * (reward_left - baseline), scores[1] * (reward_right - baseline)]),
    )


def value(theta: Numbers, reward_left: Numbers, reward_right: Numbers) -> Broadcast:
    """Return V, the mean reward."""
    return theta * reward_left + (1 - theta) * reward_right


def gradient(reward_left: Numbers, reward_right: Numbers) -> Broadcast:
    """Return the gradient of U, which is the same at every theta between 0 and 1."""
    return reward_left - reward_right


def best_baseline(theta: Numbers, reward_left: Numbers, reward_right: Numbers) -> Broadcast:
    """Return b*, the baseline of least variance."""
    return value(1 - theta, reward_left, reward_right)


def variance(baseline: Numbers, theta: Numbers, reward_left: Numbers, reward_right: Numbers) -> Broadcast:
    """Return the variance of one gradient sample."""
    return (baseline - best_baseline(theta, reward_left, reward_right)) ** 2 / (theta * (1 - theta))


def harmless(theta: Numbers, reward_left: Numbers, reward_right: Numbers) -> tuple[Broadcast, Broadcast]:
    """Return the lowest and the highest baseline with which the variance is not larger than without one."""
    twice = 2 * best_baseline(theta, reward_left, reward_right)  # as far from b* as 0 is, on its other side
    return np.minimum(0, twice), np.maximum(0, twice)


def hurts(baseline: Numbers, theta: Numbers, reward_left: Numbers, reward_right: Numbers) -> Broadcast:
    """Say where the variance is larger with the baseline than without one."""
    best = best_baseline(theta, reward_left, reward_right)
    return np.abs(baseline - best) > np.abs(best) + 1e-12


def harmless_thetas(reward_left: float, reward_right: float) -> tuple[float, float]:
    """Return the lowest and the highest theta in [0, 1] at which the baseline V is not worse than none.

    Notes
    -----
    V is worse than none where ``|V - b*| > |b*|``, that is, where V (V - 2 b*) > 0: a product of two straight lines in
    theta with slopes of the same sign, which is above 0 outside its two roots. Theta = 1/2, where V = b*, lies between.
    """
    if reward_left == reward_right:
        return 0.0, 1.0
    roots = (
        reward_right / (reward_right - reward_left),
        (reward_right - 2 * reward_left) / (3 * (reward_right - reward_left)),
    )
    low, high = sorted(min(max(root, 0.0), 1.0) for root in roots)
    return low, high


def shrinkage(m: Numbers | Ints) -> Broadcast:
    """Return what the mean of m samples is multiplied by when their own mean reward is the baseline."""
    return 1 - 1 / m


def estimate_moments(theta: float, reward_left: float, reward_right: float, m: int) -> Floats:
    """Return the exact mean and standard deviation of the mean of m samples, for each source of the baseline.

    Parameters
    ----------
    theta, reward_left, reward_right : float
    m : int
        At least 2.

    Returns
    -------
    (4, 2) array
        In the order of SOURCES: 0; the mean reward of the batch itself; for each trajectory the mean reward of the
        others; the mean reward of a batch of m drawn before. All means are R_L - R_R but that of the same batch,
        which is 1 - 1/m times that.

    Notes
    -----
    The estimates of the same batch and of leave-one-out are R_L - R_R times a function of how often L is drawn, over
    whose law they are summed; a variance with a baseline from elsewhere is that of a constant, averaged over it.
    """
    rise, scale = reward_left - reward_right, m * theta * (1 - theta)
    lefts, chance = np.arange(m + 1), groups.binomial(m, theta)
    own = lefts * ((m - lefts) / (m * scale))
    shrunk = np.sqrt(chance @ (own - shrinkage(m)) ** 2)
    without = abs(best_baseline(theta, reward_left, reward_right))  # as far as 0 is from b*
    before = np.hypot(2 * theta - 1, np.sqrt(theta * (1 - theta) / m))  # how far from b* a batch's mean is, in rises
    deviations = np.array([without, 0, 0, abs(rise) * before]) / np.sqrt(scale)
    deviations[1:3] = abs(rise) * shrunk, abs(rise) * shrunk / shrinkage(m)
    return np.column_stack([rise * np.array([1, shrinkage(m), 1, 1]), deviations])


def root_mean_square_errors(theta: float, reward_left: float, reward_right: float, m: int) -> Floats:
    """Return the exact root mean square error (4,) of each estimate of `estimate_moments`, from the same arguments."""
    means, deviations = estimate_moments(theta, reward_left, reward_right, m).T
    return np.hypot(means - gradient(reward_left, reward_right), deviations)


def relative_error_of_same_batch(theta: float, reward_left: float, reward_right: float, batch_sizes: Ints) -> Floats:
    """Return the root mean square error of the same-batch estimate over that of leave-one-out, for each m (N,).

    It depends on theta and m alone; 1 where both errors are 0, with equal rewards.
    """
    errors = np.array([root_mean_square_errors(theta, reward_left, reward_right, m) for m in batch_sizes.tolist()])
    same, others = (errors[:, SOURCES.index(source)] for source in ("same batch", "leave-one-out"))
    return np.divide(same, others, out=np.ones_like(same), where=others > 1e-12)


def share_of_left(theta: float, num_trajectories: int, rng: np.random.Generator) -> float:
    """Draw the share of m trajectories that go left."""
    return rng.binomial(num_trajectories, np.clip(theta, 0, 1)) / num_trajectories


def batch_gradient(
    theta: Floats,
    reward_left: float,
    reward_right: float,
    num_trajectories: int,
    rng: np.random.Generator,
    baseline: Numbers = 0.0,
) -> Floats:
    """Draw one batch at each theta, and return the mean of its gradient samples.

    Parameters
    ----------
    theta : (runs,) array
    reward_left, reward_right : float
    num_trajectories : int
        m, the size of a batch.
    rng : numpy.random.Generator
    baseline : float or (runs,) array

    Returns
    -------
    (runs,) array
    """
    probabilities, _, gradients = samples(theta, reward_left, reward_right, baseline)
    lefts = rng.binomial(num_trajectories, probabilities[0])  # one draw decides a whole batch
    return (lefts * gradients[0] + (num_trajectories - lefts) * gradients[1]) / num_trajectories


def ratio_estimates(
    theta: float, reward_left: float, reward_right: float, m: int, num_batches: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw batches of m, and estimate the lecture's baseline from each in two ways.

    Returns
    -------
    of_means : (num_batches,) array
        Mean of score^2 R over mean of score^2, a ratio of means, which converges to b*.
    of_ratios : (num_batches,) array
        Mean over the trajectories of that ratio, R itself, which converges to V.
    """
    lefts = rng.binomial(m, theta, num_batches)  # all that matters of a batch
    weights = np.array([lefts / theta**2, (m - lefts) / (1 - theta) ** 2])
    of_means = weights.T @ [reward_left, reward_right] / weights.sum(axis=0)
    return of_means, (lefts * reward_left + (m - lefts) * reward_right) / m
