"""The corridor of 07 to 09 whose trajectories can all be listed, and the policies that walk it."""

import numpy as np

from pgcourse import problems
from pgcourse._types import Floats
from pgcourse.figures.controls import Control, slider
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.problems.mdp import TabularMDP

NUM_DECISIONS = 4


def short_corridor(discount: float = 0.95, step_reward: float = -1.0) -> TabularMDP:
    """Make the corridor of this lecture and the next: states 0, 1 and the goal, few enough trajectories to list."""
    return problems.corridor(
        num_states=3, horizon=NUM_DECISIONS, discount=discount, start=0, step_reward=step_reward, goal_reward=10
    )


def towards_goal(mdp: TabularMDP, pull: float) -> tuple[SoftmaxPolicy, Floats]:
    """Return a softmax policy for a corridor or gridworld and theta (n,): `pull` for the moves towards the goal."""
    preferences = {2: [0, pull], 4: [0, pull, pull, 0]}[mdp.num_actions]
    return SoftmaxPolicy(mdp.num_states, mdp.num_actions), np.tile(np.array(preferences, dtype=float), mdp.num_states)


def pull_slider(pull: float = 0) -> Control:
    """Make the slider for how strongly the policy prefers to move towards the goal."""
    return slider("preference for the goal", pull, 0, 2, 0.25)
