"""The three tricks one by one: six estimates of one gradient, each from the same number of trajectories.

Rungs 0 and 1 are finite differences, with fresh and with common random numbers; the other four use the log-derivative
trick, without and with causality, and without and with a baseline: U(theta) under the total return, V_k(s_k) under the
reward-to-go.
"""

from typing import NamedTuple

import numpy as np

from pgcourse._types import Floats
from pgcourse.exact import evaluation, recursion
from pgcourse.exact.differences import difference_law
from pgcourse.gradients import estimators, pairs
from pgcourse.gradients.estimators import Baseline
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.gradients.trajectories import simulate
from pgcourse.problems.mdp import TabularMDP

DELTA = 0.5
"""Step of the finite difference."""


class Rung(NamedTuple):
    """What an estimate is made of."""

    estimator: str
    """a name in ESTIMATORS, or "finite_differences" on rungs 0 and 1"""
    with_baseline: bool
    common_numbers: bool = False
    """whether all utilities of finite differences are measured with the same random numbers"""


RUNGS = (
    Rung("finite_differences", False),
    Rung("finite_differences", False, common_numbers=True),
    Rung("total_return", False),
    Rung("total_return", True),
    Rung("reward_to_go", False),
    Rung("reward_to_go", True),
)


def baseline_of(mdp: TabularMDP, policy: TabularPolicy, theta: Floats, rung: int) -> float | Baseline | None:
    """Return the baseline of a rung: none, the number U(theta) or the exact V_k(s)."""
    mdp, policy = pairs.tabular(mdp, policy)
    estimator, with_baseline, _ = RUNGS[rung]
    if not with_baseline:
        return None
    if estimator == "total_return":
        return evaluation.utility(mdp, policy, theta)
    return Baseline.per_step_and_state(evaluation.values(mdp, policy, theta)[0])


def moments(
    mdp: TabularMDP, policy: TabularPolicy, theta: Floats, rung: int, num_trajectories: int
) -> tuple[Floats, Floats]:
    """Return the exact mean and variance of a rung's estimate of the gradient.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
    rung : int
        Index of RUNGS.
    num_trajectories : int
        What the estimate is made from; a finite difference shares them out among n + 1 utilities.

    Returns
    -------
    mean, variance : (n,) array
    """
    mdp, policy = pairs.tabular(mdp, policy)
    estimator, _, common_numbers = RUNGS[rung]
    if estimator == "finite_differences":
        laws = [difference_law(mdp, policy, theta, i, DELTA) for i in range(len(theta))]
        bias, fresh, common = np.transpose(laws)
        share = num_trajectories // (len(theta) + 1)
        return evaluation.gradient(mdp, policy, theta) + bias, (common if common_numbers else fresh) / share
    mean, variance = recursion.moments(mdp, policy, theta, estimator, baseline_of(mdp, policy, theta, rung))
    return mean, variance / num_trajectories


def estimate(
    mdp: TabularMDP,
    policy: TabularPolicy,
    theta: Floats,
    rung: int,
    num_trajectories: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw the estimate (n,) of the gradient that a rung makes; arguments as for `moments`, and a generator."""
    mdp, policy = pairs.tabular(mdp, policy)
    estimator, _, common_numbers = RUNGS[rung]
    if estimator == "finite_differences":
        return _difference_quotients(mdp, policy, theta, common_numbers, num_trajectories // (len(theta) + 1), rng)
    batch = simulate(mdp, policy, theta, num_trajectories, rng)
    baseline = baseline_of(mdp, policy, theta, rung)
    return estimators.named(estimator)(batch, policy, theta, mdp.discount, baseline).mean(axis=0)


def _difference_quotients(
    mdp: TabularMDP, policy: TabularPolicy, theta: Floats, common_numbers: bool, share: int, rng: np.random.Generator
) -> Floats:
    probes, seed = np.vstack([theta, theta + DELTA * np.eye(len(theta))]), rng.integers(2**32)
    rngs = [np.random.default_rng(seed) if common_numbers else rng for _ in probes]
    batches = (simulate(mdp, policy, at, share, numbers) for at, numbers in zip(probes, rngs, strict=True))
    utility = np.array([batch.returns(mdp.discount).mean() for batch in batches])
    return (utility[1:] - utility[0]) / DELTA
