"""The exact truth: what the estimators of `pgcourse.gradients` estimate, and how noisy they are.

evaluation       U, its gradient, V and Q, where the policy is, how its returns vary, what truncation leaves out
recursion        mean, variance and covariance of each estimator, by one backward pass
baselines        the lecture's baseline and the optimal one
state_baseline   the best baseline for each decision and state
tree             all trajectories of a small problem, each with its probability
differences      finite differences, with fresh and with common random numbers
likelihood       the probability of a trajectory term by term, and what its estimate of the gradient costs
ladder           the three tricks of the lecture one by one
one_decision     the L/R exercise with a baseline, in closed form
groups           functions of a group of samples of one decision, and theta after k steps
group_baselines  rewards 0 and 1 with a baseline from the group: RLOO, the group mean, GRPO
lengths          answers of different lengths, and what division by the length does
forgotten_discount   what is climbed without the factor gamma^k
critic           how wrong generalised advantages make the estimate
same_variance    two baselines equally far from b*, and where theta ends
reuse            old samples weighted for another theta, with and without PPO's clip
own_estimator    anybody's estimator, on all that can happen
own_score        anybody's score, against the slope of log pi
two_decisions    for which rewards causality loses
linear_gaussian  the simple regulator
_model           a problem seen through one policy, which the backward passes share
_covariance      one decision of a backward pass: the law of total covariance
_phases          all decisions of a small problem at once, which is faster
_laws            values with their probabilities, merged where rounding alone tells them apart
_decisions       decision by decision, for large problems
_passages        the ways from a decision in a state to the next one there, for large problems
"""

from pgcourse.exact.baselines import BaselineTerms, baseline_terms, lecture_baseline, optimal_baseline
from pgcourse.exact.differences import difference_law
from pgcourse.exact.evaluation import gradient, return_variance, state_distribution, utility, values
from pgcourse.exact.recursion import SampleMoments, advantage_covariance, advantage_moments, moments
from pgcourse.exact.state_baseline import optimal_state_baseline
from pgcourse.gradients.estimators import ESTIMATORS

__all__ = [
    "ESTIMATORS",
    "BaselineTerms",
    "SampleMoments",
    "advantage_covariance",
    "advantage_moments",
    "baseline_terms",
    "difference_law",
    "gradient",
    "lecture_baseline",
    "moments",
    "optimal_baseline",
    "optimal_state_baseline",
    "return_variance",
    "state_distribution",
    "utility",
    "values",
]


def __dir__() -> list[str]:
    return __all__
