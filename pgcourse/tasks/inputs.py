"""Functions that checks hand to students' functions: small, without state, and known to students' copies too."""

from pgcourse import learning, problems
from pgcourse.policies import SoftmaxPolicy
from pgcourse.trajectories import simulate

CORRIDOR = problems.corridor(num_states=4, horizon=8, discount=1.0, slip=0.1, start=1)
CORRIDOR_POLICY = SoftmaxPolicy(CORRIDOR.num_states, CORRIDOR.num_actions)


def bowl(theta):
    """Utility of two parameters, highest at (1, 2)."""
    return -((theta[0] - 1) ** 2) - 2 * (theta[1] - 2) ** 2


def ridge(theta):
    """Utility of two parameters, highest at (0, 0), with a narrow ridge across the axes."""
    return -(theta[0] ** 2) - theta[1] ** 2 + 1.9 * theta[0] * theta[1]


def plateau(theta):
    """Utility that is the same everywhere."""
    return 3.0 + 0 * theta[0]


def hill(theta):
    """Utility of any number of parameters, highest where the parameter number i is i + 1/4."""
    return -sum((value - i - 0.25) ** 2 for i, value in enumerate(theta))


def twist(theta):
    """Utility of two parameters that is neither flat nor a parabola along the first axis."""
    return theta[0] ** 3 + theta[0] * theta[1]


def simulate_corridor(theta, rng):
    """Draw 20 trajectories of a short corridor: scores (20, 8, 8) and rewards (20, 8), both 0 after the end."""
    batch = simulate(CORRIDOR, CORRIDOR_POLICY, theta, 20, rng)
    scores = CORRIDOR_POLICY.score_at(theta, batch.states, batch.actions)
    return scores * batch.active[:, :, None], batch.rewards


def corridor_utility(theta):
    """Exact utility of theta (..., 8) in the corridor, shape (...); its discount is 1."""
    return learning.utilities(CORRIDOR, theta)
