"""What `demos`, `predict` and `checkpoints` share: one module per lecture, imported when it is first asked for."""

from importlib import import_module
from types import ModuleType

LECTURES = (
    "map",
    "policy_optimization",
    "zeroth_order",
    "first_order",
    "log_derivative",
    "left_right",
    "policy_gradient",
    "reward_to_go",
    "baselines",
    "recap",
    "leave_one_out",
    "what_grpo_climbs",
    "divide_by_length",
    "forgotten_discount",
    "generalised_advantage",
    "same_variance_other_fate",
    "how_far_per_step",
)
"""The modules of the lectures, in their order: notebook 00 is the first. From 10 on they go beyond the lecture."""


def lecture(package: str, name: str) -> ModuleType:
    """Import a lecture's module.

    Parameters
    ----------
    package : str
        Such as ``"pgcourse.demos"``.
    name : str
        Of the module in it.

    Raises
    ------
    AttributeError
        Where the package has no such lecture; it names those that there are.
    """
    if name not in LECTURES:
        raise AttributeError(f"module {package!r} has no attribute {name!r}: it has {', '.join(LECTURES)}")
    return import_module(f"{package}.{name}")
