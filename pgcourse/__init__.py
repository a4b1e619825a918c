"""A workbook on policy gradients: exact truth, readable estimators and live pictures for tabular problems.

mdp         TabularMDP
problems    left_right, bandit, two_step, corridor, gridworld, regulator
bandits     rules that choose an arm, and their regret
policies    SoftmaxPolicy, ClampPolicy; LinearGaussianPolicy for the regulator
trajectories, sampling   simulate, the readable sampler, and the fast one
estimators  total_return, reward_to_go, Baseline
exact       utility, gradient, moments, baselines: what the estimators estimate, exactly
tree        all trajectories of a small problem, each with its probability
search, ascent           optimisers without and with gradients
learning    many runs of the policy-gradient loop side by side
race        all methods on one axis of simulator steps
practice    the same loop on CartPole
demos       the live pictures of the lectures
checkpoints the questions at the end of the lectures
"""

from importlib import import_module

from pgcourse import ascent, bandits, estimators, exact, learning, problems, race, sampling, search, tree
from pgcourse.estimators import Baseline
from pgcourse.mdp import TabularMDP
from pgcourse.policies import ClampPolicy, SoftmaxPolicy
from pgcourse.regulator import LinearGaussianPolicy, Regulator
from pgcourse.trajectories import Trajectories, simulate

__version__ = "0.1.0"

__all__ = [
    "Baseline",
    "ClampPolicy",
    "LinearGaussianPolicy",
    "Regulator",
    "SoftmaxPolicy",
    "TabularMDP",
    "Trajectories",
    "ascent",
    "bandits",
    "checkpoints",
    "demos",
    "estimators",
    "exact",
    "learning",
    "practice",
    "problems",
    "race",
    "sampling",
    "search",
    "simulate",
    "tree",
]


def __getattr__(name):
    # The pictures need ipywidgets and matplotlib; whoever only computes should not wait for them.
    if name in ("checkpoints", "demos", "practice"):
        return import_module(f"pgcourse.{name}")
    raise AttributeError(f"module 'pgcourse' has no attribute {name!r}")
