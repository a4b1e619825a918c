"""The exact truth: what the estimators of `pgcourse.gradients` estimate, and how noisy they are.

recursion        U, its gradient, and mean and variance of each estimator of a TabularMDP, by one backward pass
tree             all trajectories of a small problem, each with its probability
likelihood       U at one theta from trajectories of another
one_decision     the L/R exercise with a baseline, in closed form
two_decisions    two decisions in a row, for which causality may lose
ladder           the three tricks one by one, from a finite difference to a baseline
linear_gaussian  the simple regulator
"""

from pgcourse.exact import linear_gaussian  # noqa: F401 - makes the functions below know the regulator
from pgcourse.exact.baselines import BaselineTerms, baseline_terms, lecture_baseline, optimal_baseline
from pgcourse.exact.evaluation import gradient, return_variance, state_distribution, utility, values
from pgcourse.exact.recursion import ESTIMATORS, moments

__all__ = [
    "ESTIMATORS",
    "BaselineTerms",
    "baseline_terms",
    "gradient",
    "lecture_baseline",
    "moments",
    "optimal_baseline",
    "return_variance",
    "state_distribution",
    "utility",
    "values",
]
