"""Monte Carlo estimators of the policy gradient: one gradient sample for each trajectory.

f_k is the score of decision k. The lecture's steps, from the first estimator to the last:

    total return    sum_k f_k  *  sum_l gamma**l r_l
    reward-to-go    sum_k f_k  *  gamma**k r_{k,to-go}
    baseline        sum_k f_k  *  gamma**k (r_{k,to-go} - r_base)

All have the same mean, the gradient of U; they differ in variance. `pgcourse.exact.moments` gives both exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _names
from pgcourse import _validate as validate
from pgcourse._by_value import ByValue
from pgcourse._types import Floats
from pgcourse.gradients.policies import Policy
from pgcourse.gradients.trajectories import Trajectories, drawn_by

ESTIMATORS = ("total_return", "reward_to_go")


@dataclass(frozen=True, eq=False)
class Baseline(ByValue):
    """Hold a baseline and say what it depends on: the shapes (S,) and (n,) alone could not tell.

    Make one with `per_state`, `per_step_and_state` or `per_component`; a plain number is a constant baseline.

    Parameters
    ----------
    values : array
        (), (S,), (H, S) or (n,).
    per : str
        "constant", "state", "step_and_state" or "component".
    """

    values: Floats
    per: str

    @classmethod
    def per_state(cls, values: ArrayLike) -> "Baseline":
        """Make r_base(s) from values (S,)."""
        return cls(_of_dimension(values, 1), "state")

    @classmethod
    def per_step_and_state(cls, values: ArrayLike) -> "Baseline":
        """Make r_base(k, s) from values (H, S)."""
        return cls(_of_dimension(values, 2), "step_and_state")

    @classmethod
    def per_component(cls, values: ArrayLike) -> "Baseline":
        """Make one constant for each component of the gradient from values (n,)."""
        return cls(_of_dimension(values, 1), "component")

    def table(self, horizon: int, num_states: int, num_parameters: int) -> Floats:
        """Return the baseline as an array that broadcasts to (H, S, n); ValueError when it does not fit."""
        shapes: dict[str, tuple[tuple[int, ...], tuple[slice | None, ...]]] = {
            "constant": ((), (None, None, None)),
            "state": ((num_states,), (None, slice(None), None)),
            "step_and_state": ((horizon, num_states), (slice(None), slice(None), None)),
            "component": ((num_parameters,), (None, None, slice(None))),
        }
        wanted, index = shapes[self.per]
        if self.values.shape != wanted:
            raise ValueError(
                f"baseline per {self.per} must have shape {wanted} here, but has shape {self.values.shape}."
            )
        return self.values[index]

    def constants(self, num_parameters: int) -> Floats:
        """Return a baseline that depends on no state as an array that broadcasts to (n,); ValueError for others."""
        if "state" in self.per:
            raise ValueError(f"baseline per {self.per} does not fit total_return: use reward_to_go.")
        return self.table(1, 1, num_parameters)[0, 0]


_NO_BASELINE = Baseline(np.array(0.0), "constant")
_NO_BASELINE.values.setflags(write=False)


def as_baseline(baseline: "float | Baseline | None") -> Baseline:
    """Return None as 0, a number as a constant Baseline, a Baseline as it is; ValueError for a bare array."""
    if baseline is None:
        return _NO_BASELINE
    if isinstance(baseline, Baseline):
        return baseline
    if np.ndim(baseline):
        raise ValueError(
            f"baseline is an array of shape {np.shape(baseline)}: say what it depends on with "
            "Baseline.per_state(values), Baseline.per_step_and_state(values) or Baseline.per_component(values)."
        )
    return Baseline(np.array(validate.real_number("baseline", baseline)), "constant")


def rewards_to_go(rewards: ArrayLike, discount: float) -> Floats:
    """Return r_{k,to-go} = sum over l >= k of gamma**(l-k) r_l.

    Parameters
    ----------
    rewards : (..., H) array
        r_k; 0 after a trajectory ended.
    discount : float
        gamma in [0, 1].

    Returns
    -------
    (..., H) array

    Raises
    ------
    ValueError
        For a discount outside [0, 1].

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, section 11.4.
    """
    discount = validate.in_interval("discount", discount, 0, 1)
    to_go = validate.real_array("rewards", rewards)
    if not to_go.ndim:
        raise ValueError("rewards must have shape (..., H), but is one number: put it into a list.")
    for k in range(to_go.shape[-1] - 2, -1, -1):
        to_go[..., k] += discount * to_go[..., k + 1]
    return to_go


def total_return(
    trajectories: Trajectories,
    policy: Policy,
    theta: ArrayLike,
    discount: float,
    baseline: float | Baseline | None = None,
) -> Floats:
    """Estimate the gradient of U by (sum over k of the scores) times the total return, less a baseline.

    Parameters
    ----------
    trajectories : Trajectories
        m of them, drawn from the policy.
    policy : policy
    theta : (n,) array
        Its parameters.
    discount : float
        gamma in [0, 1].
    baseline : None, float or Baseline
        One per component, if it is a Baseline; it must not be computed from these trajectories, or it adds a bias.

    Returns
    -------
    (m, n) array
        One gradient sample for each trajectory.

    Raises
    ------
    ValueError
        For a baseline that depends on the state, and for a discount outside [0, 1].

    References
    ----------
    Williams 1992 (REINFORCE); Kochenderfer, Wheeler & Wray 2022, section 11.3.
    """
    trajectories = drawn_by(policy, trajectories)
    returns = trajectories.returns(validate.in_interval("discount", discount, 0, 1))
    weight = returns[:, None] - as_baseline(baseline).constants(policy.num_parameters)
    return _weighted_scores(trajectories, policy, theta, lambda k: weight)


def reward_to_go(
    trajectories: Trajectories,
    policy: Policy,
    theta: ArrayLike,
    discount: float,
    baseline: float | Baseline | None = None,
) -> Floats:
    """Estimate the gradient of U by scores times discounted rewards-to-go, less a baseline.

    Parameters
    ----------
    trajectories : Trajectories
        m of them, drawn from the policy.
    policy : policy
    theta : (n,) array
        Its parameters.
    discount : float
        gamma in [0, 1].
    baseline : None, float or Baseline
        It must not be computed from these trajectories, or it adds a bias.

    Returns
    -------
    (m, n) array
        One gradient sample for each trajectory.

    Raises
    ------
    ValueError
        For a baseline that does not fit, and for a discount outside [0, 1].

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, sections 11.4 and 11.5; Greensmith, Bartlett & Baxter 2004.
    """
    trajectories = drawn_by(policy, trajectories)
    to_go = rewards_to_go(trajectories.rewards, discount)
    num_states = getattr(policy, "num_states", 0)  # a policy on continuous states has no baseline table per state
    table = as_baseline(baseline).table(to_go.shape[1], num_states, policy.num_parameters)

    def weight(k: int) -> Floats:
        step = table[k if len(table) > 1 else 0]
        base = step[trajectories.states[:, k]] if len(step) > 1 else step
        return discount**k * (to_go[:, k, None] - base)

    return _weighted_scores(trajectories, policy, theta, weight)


def named(estimator: str) -> Callable[[Trajectories, Policy, ArrayLike, float, float | Baseline | None], Floats]:
    """Return the function of one of ESTIMATORS; ValueError for another name."""
    validate.one_of("estimator", estimator, ESTIMATORS)
    return {"total_return": total_return, "reward_to_go": reward_to_go}[estimator]


def _weighted_scores(
    trajectories: Trajectories, policy: Policy, theta: ArrayLike, weight: Callable[[int], Floats]
) -> Floats:
    """Sum f_k * weight(k) over the decisions taken; weight(k) broadcasts to (m, n)."""
    active = trajectories.active
    total = np.zeros((len(trajectories.lengths), policy.num_parameters))
    for k in range(active.shape[1]):
        score = policy.score_at(theta, trajectories.states[:, k], trajectories.actions[:, k])
        total += np.where(active[:, k, None], score * weight(k), 0)
    return total


def _of_dimension(values: ArrayLike, dimension: int) -> Floats:
    array = validate.real_array("baseline", values)
    if array.ndim != dimension:
        raise ValueError(f"baseline must have {dimension} axes here, but has shape {array.shape}.")
    return array


__dir__ = _names.own(globals())
