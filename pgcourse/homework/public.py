"""Functions that checks pass to students' functions: small, without state, and known to students too."""

from collections.abc import Callable

import numpy as np

from pgcourse import problems
from pgcourse._types import Floats
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.gradients.trajectories import simulate
from pgcourse.optimisers import runs
from pgcourse.problems.mdp import TabularMDP

CORRIDOR = problems.corridor(num_states=4, horizon=8, discount=1.0, slip=0.1, start=1)
CORRIDOR_POLICY = SoftmaxPolicy(CORRIDOR.num_states, CORRIDOR.num_actions)
STEP_SIZES, BATCH_SIZES = (0.125, 0.5, 2.0, 8.0), (2, 4, 6, 12, 20, 30)
BUDGET = 120
"""Trajectories that one training in the corridor may draw in all, where step size and batch size are to be chosen."""
GRIDWORLD = problems.gridworld(size=4, horizon=20, discount=1.0, step_reward=-1, goal_reward=0)
GRIDWORLD_POLICY = SoftmaxPolicy(GRIDWORLD.num_states, GRIDWORLD.num_actions)
LONG_CORRIDOR = problems.corridor(num_states=8, horizon=30, discount=1.0, slip=0.1, start=3)
LONG_CORRIDOR_POLICY = SoftmaxPolicy(LONG_CORRIDOR.num_states, LONG_CORRIDOR.num_actions)
CLOCK = -0.3 * np.arange(LONG_CORRIDOR.horizon, -1, -1)
"""Values of a critic that looks at the clock alone: 0.3 to pay for each decision that is left, and 0 after the last."""
# Two decisions: action a in state 0 leads to state 1 + a. All rewards lie near -10, far from what matters.
FORK = TabularMDP(
    initial=np.array([1, 0, 0]),
    transitions=np.array([[[0, 1, 0], [0, 0, 1]], [[0, 1, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 1]]]),
    rewards=np.array([[-10, -9], [-8, -10], [-11, -12]]),
    discount=1.0,
    horizon=2,
)
FORK_POLICY = SoftmaxPolicy(FORK.num_states, FORK.num_actions)


def bowl(theta: Floats) -> float:
    """Utility of two parameters, highest at (1, 2)."""
    return -((theta[0] - 1) ** 2) - 2 * (theta[1] - 2) ** 2


def ridge(theta: Floats) -> float:
    """Utility of two parameters, highest at (0, 0), with a narrow ridge across the axes."""
    return -(theta[0] ** 2) - theta[1] ** 2 + 1.9 * theta[0] * theta[1]


def plateau(theta: Floats) -> float:
    """Utility that is the same everywhere."""
    return 3.0 + 0 * theta[0]


def hill(theta: Floats) -> float:
    """Utility of any number of parameters, highest where the parameter number i is i + 1/4."""
    return -sum((value - i - 0.25) ** 2 for i, value in enumerate(theta))


def bowl_gradient(theta: Floats) -> Floats:
    """Gradient of `bowl` (2,)."""
    return np.array([2 * (1 - theta[0]), 4 * (2 - theta[1])])


def ridge_gradient(theta: Floats) -> Floats:
    """Gradient of `ridge` (2,)."""
    return np.array([1.9 * theta[1] - 2 * theta[0], 1.9 * theta[0] - 2 * theta[1]])


def hill_gradient(theta: Floats) -> Floats:
    """Gradient of `hill` (n,)."""
    return 2 * (np.arange(len(theta)) + 0.25 - theta)


def two_hills(theta: Floats) -> Floats:
    """Utility of theta (..., 2), shape (...): a wide hill of height 1 at (0, 0), a narrow one of 2 at (2.5, 0)."""
    wide, narrow = _hills(theta)
    return wide + narrow


def two_hills_gradient(theta: Floats) -> Floats:
    """Gradient of `two_hills` (..., 2)."""
    wide, narrow = _hills(theta)
    return -wide[..., None] * theta - narrow[..., None] * (theta - NARROW) / 0.36


NARROW = np.array([2.5, 0.0])


def _hills(theta: Floats) -> tuple[Floats, Floats]:
    """Return how high each of the two hills is at theta (..., 2)."""
    squares = [((theta - centre) ** 2).sum(axis=-1) for centre in (np.zeros(2), NARROW)]
    return np.exp(-squares[0] / 2), 2 * np.exp(-squares[1] / 0.72)


def twist(theta: Floats) -> float:
    """Utility of two parameters that is neither flat nor a parabola along the first axis."""
    return theta[0] ** 3 + theta[0] * theta[1]


def simulate_corridor(theta: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw 20 trajectories of a short corridor: scores (20, 8, 8) and rewards (20, 8), both 0 after the end."""
    return corridor_batches(20)(theta, rng)


def corridor_batches(batch_size: int) -> Callable[[Floats, np.random.Generator], tuple[Floats, Floats]]:
    """Return a simulator of the corridor as `simulate_corridor` is, for batches of another size m."""

    def simulate_batch(theta: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        batch = simulate(CORRIDOR, CORRIDOR_POLICY, theta, batch_size, rng)
        scores = CORRIDOR_POLICY.score_at(theta, batch.states, batch.actions)
        return scores * batch.active[:, :, None], batch.rewards

    return simulate_batch


def corridor_utility(theta: Floats) -> Floats:
    """Exact utility of theta (..., 8) in the corridor, shape (...); its discount is 1."""
    return runs.utilities(CORRIDOR, theta)


def simulate_gridworld(theta: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw 20 trajectories of a small gridworld: scores (20, 20, 64) and rewards (20, 20), both 0 after the end."""
    batch = simulate(GRIDWORLD, GRIDWORLD_POLICY, theta, 20, rng)
    scores = GRIDWORLD_POLICY.score_at(theta, batch.states, batch.actions)
    return scores * batch.active[:, :, None], batch.rewards


def gridworld_utility(theta: Floats) -> Floats:
    """Exact utility of theta (..., 64) in the gridworld, shape (...); its discount is 1."""
    return runs.utilities(GRIDWORLD, theta)


def simulate_with_critic(theta: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw 5 trajectories of a long corridor: scores (5, 30, 16), and the temporal-difference errors (5, 30) by CLOCK.

    Both are 0 after the end; the discount is 1.
    """
    batch = simulate(LONG_CORRIDOR, LONG_CORRIDOR_POLICY, theta, 5, rng)
    scores = LONG_CORRIDOR_POLICY.score_at(theta, batch.states, batch.actions)
    goes_on = np.hstack([batch.active[:, 1:], np.zeros((5, 1), dtype=bool)])
    errors = batch.rewards + np.where(goes_on, CLOCK[1:], 0) - CLOCK[:-1]
    return scores * batch.active[:, :, None], errors * batch.active


def long_corridor_utility(theta: Floats) -> Floats:
    """Exact utility of theta (..., 16) in the long corridor, shape (...); its discount is 1."""
    return runs.utilities(LONG_CORRIDOR, theta)
