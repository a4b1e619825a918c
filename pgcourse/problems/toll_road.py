"""A road with a toll in its second state and a prize at its end: the problem on which the factor gamma^k is missed."""

import numpy as np

from pgcourse import _validate as validate
from pgcourse.problems.mdp import TabularMDP


def toll_road(discount: float = 0.5, entrance: float = 0.6, toll: float = 1.5, prize: float = 2.0) -> TabularMDP:
    """Make the toll road: states 0, 1, 2, 3 and the end, 4; action 0 is L, action 1 is R.

    Parameters
    ----------
    discount : float
        gamma in [0, 1].
    entrance : float
        What R earns in state 0. Both actions lead on to state 1.
    toll : float
        What R costs in state 1, from where it leads on to state 2; L ends the trajectory there, for nothing.
    prize : float
        What both actions earn in state 3, which follows state 2 and is followed by the end.

    References
    ----------
    After the counterexample of Nota & Thomas 2020 ("Is the policy gradient a gradient?"); the numbers are ours.
    """
    numbers = {"entrance": entrance, "toll": toll, "prize": prize}
    first, cost, last = (validate.real_number(name, value) for name, value in numbers.items())
    transitions = np.zeros((5, 2, 5))
    for state, (left, right) in enumerate(((1, 1), (4, 2), (3, 3), (4, 4), (4, 4))):
        transitions[state, 0, left] = transitions[state, 1, right] = 1
    rewards = np.array([[0, first], [0, -cost], [0, 0], [last, last], [0, 0]])
    return TabularMDP(np.eye(5)[0], transitions, rewards, discount, 4, np.arange(5) == 4)
