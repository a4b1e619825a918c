"""Whether a problem, a policy and decisions belong together: the first line of whatever takes two of them.

What does not fit is a ValueError: one sentence that names the argument and the fix. What fits is returned.
"""

from typing import Any

from numpy.typing import NDArray

from pgcourse.gradients.policies import LinearGaussianPolicy, Policy, TabularPolicy
from pgcourse.problems.linear_gaussian import Regulator
from pgcourse.problems.mdp import TabularMDP


def tabular_problem(mdp: object) -> TabularMDP:
    """Return mdp if it is a TabularMDP."""
    if isinstance(mdp, Regulator):
        raise ValueError(
            "mdp is a Regulator, whose states are real numbers, but this needs a table: "
            "pass a TabularMDP, such as pgcourse.problems.corridor()."
        )
    if not isinstance(mdp, TabularMDP):
        raise ValueError(f"mdp must be a problem, such as pgcourse.problems.corridor(), but is {_kind(mdp)}.")
    return mdp


def tabular(mdp: object, policy: object) -> tuple[TabularMDP, TabularPolicy]:
    """Return mdp and policy if they are a TabularMDP and a TabularPolicy of the same numbers of states and actions."""
    mdp = tabular_problem(mdp)
    size = mdp.num_states, mdp.num_actions
    if not isinstance(policy, TabularPolicy):
        raise ValueError(
            f"policy is {_kind(policy)}, but mdp has a table of {size[1]} actions in {size[0]} states: "
            f"pass SoftmaxPolicy{size} or another TabularPolicy."
        )
    if (policy.num_states, policy.num_actions) != size:
        raise ValueError(
            f"policy chooses among {policy.num_actions} actions in {policy.num_states} states, but mdp has "
            f"{size[1]} actions and {size[0]} states: make the policy for this problem."
        )
    return mdp, policy


def regulator(mdp: object) -> Regulator:
    """Return mdp if it is a Regulator."""
    if not isinstance(mdp, Regulator):
        raise ValueError(f"mdp must be a Regulator, such as pgcourse.problems.regulator(), but is {_kind(mdp)}.")
    return mdp


def linear_gaussian(mdp: object, policy: object) -> tuple[Regulator, LinearGaussianPolicy]:
    """Return mdp and policy if they are a Regulator and a LinearGaussianPolicy."""
    mdp = regulator(mdp)
    if not isinstance(policy, LinearGaussianPolicy):
        raise ValueError(
            f"policy is {_kind(policy)}, but mdp is a Regulator, whose states are real numbers: "
            "pass LinearGaussianPolicy()."
        )
    return mdp, policy


def decisions(policy: Policy, states: NDArray[Any], actions: NDArray[Any]) -> None:
    """Check that policy can have taken actions in states, two arrays of one shape; one of your own kind may be any."""
    if not hasattr(policy, "score_at") or isinstance(policy, type):
        raise ValueError(f"policy must be a policy, such as SoftmaxPolicy(10, 2), but is {_kind(policy)}.")
    if isinstance(policy, LinearGaussianPolicy) and states.dtype.kind in "iu":
        raise ValueError(
            "policy is a LinearGaussianPolicy, but the trajectories hold whole numbers, those of a table's states: "
            "pass the policy that drew them."
        )
    if isinstance(policy, TabularPolicy):
        _tabular_decisions(policy, states, actions)


def _tabular_decisions(policy: TabularPolicy, states: NDArray[Any], actions: NDArray[Any]) -> None:
    for name, numbers, size in (("states", states, policy.num_states), ("actions", actions, policy.num_actions)):
        if numbers.dtype.kind not in "iu":
            raise ValueError(
                f"policy is {_kind(policy)}, but the trajectories hold {name} of dtype {numbers.dtype}, not whole "
                "numbers: pass the policy that drew them."
            )
        if numbers.size and not 0 <= numbers.min() <= numbers.max() < size:
            wrong = numbers.min() if numbers.min() < 0 else numbers.max()
            raise ValueError(
                f"policy has the {name} 0 to {size - 1}, but the trajectories hold {wrong}: "
                "pass the policy that drew them."
            )


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
