"""A workbook on policy gradients: exact truth, readable estimators and live pictures for tabular problems.

    import pgcourse as pg
    pg.exact.moments(pg.problems.left_right(5, 10), pg.ClampPolicy(), [0.2])

problems     left_right, bandit, two_step, corridor, gridworld, regulator
TabularMDP, Regulator   the classes of problems, to make another
bandits      rules that choose an arm, and their regret
SoftmaxPolicy, ClampPolicy, LinearGaussianPolicy   policies and their scores; TabularPolicy, to make another
simulate     Trajectories of a policy; sampling, the fast way for one component of the gradient
estimators   total_return, reward_to_go, Baseline; gradients has these and the policies together
exact        utility, gradient, moments, baselines: what the estimators estimate, exactly
tree         all trajectories of a small problem, each with its probability
search, ascent   optimisers without and with gradients
learning     many runs of the policy-gradient loop side by side
race         all methods on one axis of simulator steps
practice     the same loop on CartPole
demos        the live pictures of the lectures
predict      the questions before the pictures
checkpoints  the questions at the end of the lectures
"""

from pgcourse import _aliases

# Nothing is imported here but what Python has imported already: `pgcourse` says which module PYTHONPATH hides.
TYPE_CHECKING = False
if TYPE_CHECKING:  # for editors and type checkers, which read and do not run; the same names as below
    from typing import Any

    from pgcourse import checkpoints, demos, exact, gradients, predict, problems
    from pgcourse.exact import tree
    from pgcourse.gradients import (
        Baseline,
        ClampPolicy,
        LinearGaussianPolicy,
        SoftmaxPolicy,
        TabularPolicy,
        Trajectories,
        estimators,
        simulate,
    )
    from pgcourse.gradients import fast as sampling
    from pgcourse.optimisers import ascent, race, search
    from pgcourse.optimisers import cartpole as practice
    from pgcourse.optimisers import runs as learning
    from pgcourse.problems import Regulator, TabularMDP, bandits

__version__ = "0.2.0"

# A module is imported when it is first asked for: whoever only computes need not wait for the pictures.
_PLACES = {
    "Baseline": "gradients:Baseline",
    "ClampPolicy": "gradients:ClampPolicy",
    "LinearGaussianPolicy": "gradients:LinearGaussianPolicy",
    "Regulator": "problems:Regulator",
    "SoftmaxPolicy": "gradients:SoftmaxPolicy",
    "TabularMDP": "problems:TabularMDP",
    "TabularPolicy": "gradients:TabularPolicy",
    "Trajectories": "gradients:Trajectories",
    "ascent": "optimisers.ascent",
    "bandits": "problems.bandits",
    "checkpoints": "checkpoints",
    "demos": "demos",
    "estimators": "gradients.estimators",
    "exact": "exact",
    "gradients": "gradients",
    "learning": "optimisers.runs",
    "predict": "predict",
    "practice": "optimisers.cartpole",
    "problems": "problems",
    "race": "optimisers.race",
    "sampling": "gradients.fast",
    "search": "optimisers.search",
    "simulate": "gradients:simulate",
    "tree": "exact.tree",
}

__all__ = [
    "Baseline",
    "ClampPolicy",
    "LinearGaussianPolicy",
    "Regulator",
    "SoftmaxPolicy",
    "TabularMDP",
    "TabularPolicy",
    "Trajectories",
    "ascent",
    "bandits",
    "checkpoints",
    "demos",
    "estimators",
    "exact",
    "gradients",
    "learning",
    "practice",
    "predict",
    "problems",
    "race",
    "sampling",
    "search",
    "simulate",
    "tree",
]

_aliases.install()


def __getattr__(name: str) -> "Any":
    from importlib import import_module

    if f"pgcourse.{name}" in _aliases.ALIASES and name not in _PLACES:
        return import_module(f"pgcourse.{name}")
    if name not in _PLACES:
        raise AttributeError(f"module 'pgcourse' has no attribute {name!r}")
    module, _, attribute = _PLACES[name].partition(":")
    found = import_module(f"pgcourse.{module}")
    globals()[name] = getattr(found, attribute) if attribute else found
    return globals()[name]


def __dir__() -> list[str]:
    return __all__
