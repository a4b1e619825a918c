"""The three tricks one by one: five estimates of one gradient, each from the same number of trajectories.

Rung 0 is a finite difference; the other four use the log-derivative trick, without and with causality, and without and
with a baseline: U(theta) under the total return, V_k(s_k) under the reward-to-go.
"""

from typing import NamedTuple

import numpy as np

from pgcourse._types import Floats
from pgcourse.exact import evaluation, recursion
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
    """a name in ESTIMATORS, or "finite_differences" on rung 0"""
    with_baseline: bool


RUNGS = (
    Rung("finite_differences", False),
    Rung("total_return", False),
    Rung("total_return", True),
    Rung("reward_to_go", False),
    Rung("reward_to_go", True),
)


def baseline_of(mdp: TabularMDP, policy: TabularPolicy, theta: Floats, rung: int) -> float | Baseline | None:
    """Return the baseline of a rung: none, the number U(theta) or the exact V_k(s)."""
    mdp, policy = pairs.tabular(mdp, policy)
    estimator, with_baseline = RUNGS[rung]
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
    estimator = RUNGS[rung].estimator
    if estimator == "finite_differences":
        share = num_trajectories // (len(theta) + 1)
        utility = np.array([evaluation.utility(mdp, policy, at) for at in probes(theta)])
        variance = np.array([evaluation.return_variance(mdp, policy, at) for at in probes(theta)])
        return (utility[1:] - utility[0]) / DELTA, (variance[1:] + variance[0]) / (share * DELTA**2)
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
    estimator = RUNGS[rung].estimator
    if estimator == "finite_differences":
        share = num_trajectories // (len(theta) + 1)
        utility = [simulate(mdp, policy, at, share, rng).returns(mdp.discount).mean() for at in probes(theta)]
        return (np.array(utility[1:]) - utility[0]) / DELTA
    batch = simulate(mdp, policy, theta, num_trajectories, rng)
    baseline = baseline_of(mdp, policy, theta, rung)
    return estimators.named(estimator)(batch, policy, theta, mdp.discount, baseline).mean(axis=0)


def probes(theta: Floats) -> Floats:
    """Return theta (n,) and its n neighbours, one component larger by DELTA each: (n + 1, n)."""
    return np.vstack([theta, theta + DELTA * np.eye(len(theta))])
