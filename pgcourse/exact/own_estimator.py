"""Anybody's estimator of the gradient, and what it is exactly: its mean and its standard deviation, listed out.

Here an estimator is any function of scores and rewards, right or wrong; the problems are small enough to try it on all
that can happen.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import exact
from pgcourse._types import Floats
from pgcourse.exact import one_decision, tree
from pgcourse.gradients.estimators import Baseline
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.problems.mdp import TabularMDP

Samples: TypeAlias = Callable[[Floats, Floats, Floats], ArrayLike]
"""Function of scores (N, H, n), rewards (N, H) and baselines (N, H) of N trajectories that returns samples (N, n)."""
Estimate: TypeAlias = Callable[[Floats, Floats], float]
"""Function of scores (m,) and rewards (m,) of a batch of one decision that returns one number."""


class Moments(NamedTuple):
    """The exact mean and standard deviation of an estimator."""

    mean: Floats
    deviation: Floats


Sample: TypeAlias = Callable[[float, float, float, float], float]
"""Function of theta, a uniform number, R_L and R_R that draws an action and returns its gradient sample."""
NUM_UNIFORM = 40


def of_samples(samples: Samples, mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Moments:
    """Return the Moments (n,) of somebody's samples over all trajectories of a small problem.

    Parameters
    ----------
    samples : Samples
    mdp, policy, theta
        As for `pgcourse.exact.tree.all_trajectories`, with its errors. After the end scores, rewards and baselines are
        0; before, the baseline is V.
    """
    chance, batch = tree.all_trajectories(mdp, policy, theta)
    scores = policy.score_at(theta, batch.states, batch.actions) * batch.active[:, :, None]
    state_values = exact.values(mdp, policy, theta)[0]
    baselines = state_values[np.arange(mdp.horizon), batch.states] * batch.active
    values = np.asarray(samples(scores, batch.rewards, baselines))
    mean = chance @ values
    return Moments(mean, np.sqrt(chance @ (values - mean) ** 2))


def of_package(
    mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, estimator: str, baseline: Baseline | None = None
) -> Moments:
    """Return the Moments (n,) of an estimator of this package."""
    mean, variance = exact.moments(mdp, policy, theta, estimator, baseline)
    return Moments(mean, np.sqrt(variance))


def of_draws(sample: Sample, thetas: Floats, reward_left: float, reward_right: float) -> Moments:
    """Return the Moments (T,) of somebody's sample of the L/R exercise, over its uniform number, at each theta.

    It is tried on 40 numbers, each in the middle of one fortieth: exact where theta is a multiple of 1/40 and the
    sample depends on which side of theta the number lies, on which side of 1 - theta, or on which side of a half.
    """
    uniform = ((np.arange(NUM_UNIFORM) + 0.5) / NUM_UNIFORM).tolist()
    values = np.array([[sample(theta, u, reward_left, reward_right) for u in uniform] for theta in thetas.tolist()])
    return Moments(values.mean(axis=1), values.std(axis=1))


def with_baseline(of_returns: Callable[[Floats], Floats]) -> Estimate:
    """Return the estimate that subtracts somebody's baselines (m,), a function of the returns (m,)."""
    return lambda scores, returns: float(scores @ (returns - of_returns(returns)) / len(returns))


def of_batches(estimate: Estimate, thetas: Floats, reward_left: float, reward_right: float, m: int) -> Moments:
    """Return the Moments (T,) of somebody's estimate from a batch of the L/R exercise, at each theta.

    Parameters
    ----------
    estimate : Estimate
    thetas : (T,) array
        Between 0 and 1.
    reward_left, reward_right : float
    m : int
        Trajectories of a batch; the estimate is computed for each of the 2**m batches at each theta.
    """
    batches = np.array(list(itertools.product([True, False], repeat=m)))
    rewards = np.where(batches, float(reward_left), float(reward_right))
    means, deviations = np.zeros((2, len(thetas)))
    for i, theta in enumerate(thetas):
        (left, right), (score_left, score_right), _ = one_decision.samples(theta, reward_left, reward_right)
        chance = np.where(batches, left, right).prod(axis=1)
        scores = np.where(batches, score_left, score_right)
        values = np.array([estimate(*pair) for pair in zip(scores, rewards, strict=True)])
        means[i] = chance @ values
        deviations[i] = np.sqrt(chance @ (values - means[i]) ** 2)
    return Moments(means, deviations)
