"""What is to be solved: each problem small enough to know the truth.

mdp              TabularMDP, finite states and actions; from_gymnasium makes one of FrozenLake or Taxi
linear_gaussian  Regulator, one continuous state
_gymnasium       reads a table of transitions of gymnasium
bandits          rules that choose an arm, and their regret
cart_pole        CartPole: the dynamics of many carts with poles
toll_road        the road on which the factor gamma^k is missed
catalogue        the problems of the course: left_right, bandit, two_step, corridor, gridworld, regulator
"""

from pgcourse.problems.catalogue import bandit, corridor, gridworld, left_right, regulator, two_step
from pgcourse.problems.linear_gaussian import Regulator
from pgcourse.problems.mdp import TabularMDP

__all__ = ["Regulator", "TabularMDP", "bandit", "corridor", "gridworld", "left_right", "regulator", "two_step"]


def __dir__() -> list[str]:
    return __all__
