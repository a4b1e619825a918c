"""Monte Carlo estimators of the policy gradient: one gradient sample for each trajectory.

f_k is the score of decision k. The lecture's steps, from the first estimator to the last:

    total return    sum_k f_k  *  sum_l gamma**l r_l
    reward-to-go    sum_k f_k  *  gamma**k r_{k,to-go}
    baseline        sum_k f_k  *  gamma**k (r_{k,to-go} - r_base)

All have the same mean, the gradient of U; they differ in variance. `pgcourse.exact.moments` gives both exactly.
"""

from dataclasses import dataclass

import numpy as np

from pgcourse import _validate as validate

ESTIMATORS = ("total_return", "reward_to_go")


@dataclass(frozen=True)
class Baseline:
    """Hold a baseline and say what it depends on: the shapes (S,) and (n,) alone could not tell.

    Make one with `per_state`, `per_step_and_state` or `per_component`; a plain number is a constant baseline.
    """

    values: np.ndarray
    per: str

    @classmethod
    def per_state(cls, values):
        """Make r_base(s) from values (S,)."""
        return cls(_of_dimension(values, 1), "state")

    @classmethod
    def per_step_and_state(cls, values):
        """Make r_base(k, s) from values (H, S)."""
        return cls(_of_dimension(values, 2), "step_and_state")

    @classmethod
    def per_component(cls, values):
        """Make one constant for each component of the gradient from values (n,)."""
        return cls(_of_dimension(values, 1), "component")

    def table(self, horizon, num_states, num_parameters):
        """Return the baseline as an array that broadcasts to (H, S, n); ValueError when it does not fit."""
        wanted, index = {
            "constant": ((), (None, None, None)),
            "state": ((num_states,), (None, slice(None), None)),
            "step_and_state": ((horizon, num_states), (slice(None), slice(None), None)),
            "component": ((num_parameters,), (None, None, slice(None))),
        }[self.per]
        if self.values.shape != wanted:
            raise ValueError(
                f"baseline per {self.per} must have shape {wanted} here, but has shape {self.values.shape}."
            )
        return self.values[index]

    def constants(self, num_parameters):
        """Return a baseline that depends on no state as an array that broadcasts to (n,), for the total return.

        Raises ValueError for a baseline that depends on the state or does not fit.
        """
        if "state" in self.per:
            raise ValueError(f"baseline per {self.per} does not fit total_return: use reward_to_go.")
        return self.table(1, 1, num_parameters)[0, 0]


def as_baseline(baseline):
    """Return None as 0, a number as a constant Baseline, a Baseline as it is; ValueError for a bare array."""
    if isinstance(baseline, Baseline):
        return baseline
    if baseline is not None and np.ndim(baseline):
        raise ValueError(
            f"baseline is an array of shape {np.shape(baseline)}: say what it depends on with "
            "Baseline.per_state(values), Baseline.per_step_and_state(values) or Baseline.per_component(values)."
        )
    return Baseline(np.array(0.0 if baseline is None else validate.real_number("baseline", baseline)), "constant")


def rewards_to_go(rewards, discount):
    """Return r_{k,to-go} = sum over l >= k of gamma**(l-k) r_l.

    rewards   (..., H) r_k; 0 after a trajectory ended
    discount  gamma in [0, 1]
    returns   (..., H)

    Raises ValueError for a discount outside [0, 1]. Kochenderfer, Wheeler & Wray 2022, section 11.4.
    """
    discount = validate.in_interval("discount", discount, 0, 1)
    to_go = np.array(rewards, dtype=float)
    for k in range(to_go.shape[-1] - 2, -1, -1):
        to_go[..., k] += discount * to_go[..., k + 1]
    return to_go


def total_return(trajectories, policy, theta, discount, baseline=None):
    """Estimate the gradient of U by (sum over k of the scores) times the total return, less a baseline.

    trajectories  Trajectories, drawn from policy with parameters theta (n,)
    discount      gamma in [0, 1]
    baseline      None, a number or a Baseline per component
    returns       (m, n), one gradient sample for each trajectory

    Williams 1992 (REINFORCE); Kochenderfer, Wheeler & Wray 2022, section 11.3.
    """
    returns = trajectories.returns(validate.in_interval("discount", discount, 0, 1))
    weight = returns[:, None] - as_baseline(baseline).constants(policy.num_parameters)
    return _weighted_scores(trajectories, policy, theta, lambda k: weight)


def reward_to_go(trajectories, policy, theta, discount, baseline=None):
    """Estimate the gradient of U by scores times discounted rewards-to-go, less a baseline.

    trajectories  Trajectories, drawn from policy with parameters theta (n,)
    discount      gamma in [0, 1]
    baseline      None, a number, or a Baseline; it must not be computed from these trajectories, or it adds a bias
    returns       (m, n), one gradient sample for each trajectory

    Kochenderfer, Wheeler & Wray 2022, sections 11.4 and 11.5; Greensmith, Bartlett & Baxter 2004.
    """
    to_go = rewards_to_go(trajectories.rewards, discount)
    num_states = getattr(policy, "num_states", 0)  # a policy on continuous states has no baseline table per state
    table = as_baseline(baseline).table(to_go.shape[1], num_states, policy.num_parameters)

    def weight(k):
        step = table[k if len(table) > 1 else 0]
        base = step[trajectories.states[:, k]] if len(step) > 1 else step
        return discount**k * (to_go[:, k, None] - base)

    return _weighted_scores(trajectories, policy, theta, weight)


def named(estimator):
    """Return the function of one of ESTIMATORS; ValueError for another name."""
    validate.one_of("estimator", estimator, ESTIMATORS)
    return {"total_return": total_return, "reward_to_go": reward_to_go}[estimator]


def _weighted_scores(trajectories, policy, theta, weight):
    """Sum f_k * weight(k) over the decisions taken; weight(k) broadcasts to (m, n)."""
    active = trajectories.active
    total = np.zeros((len(trajectories.lengths), policy.num_parameters))
    for k in range(active.shape[1]):
        score = policy.score_at(theta, trajectories.states[:, k], trajectories.actions[:, k])
        total += np.where(active[:, k, None], score * weight(k), 0)
    return total


def _of_dimension(values, dimension):
    array = validate.real_array("baseline", values)
    if array.ndim != dimension:
        raise ValueError(f"baseline must have {dimension} axes here, but has shape {array.shape}.")
    return array
