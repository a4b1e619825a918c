"""How a gradient is estimated: from a policy, a simulator and what the trajectories earned.

policies         SoftmaxPolicy, ClampPolicy, LinearGaussianPolicy: probabilities and scores
shared           SharedPolicy: one parameter for all states
pairs            whether a problem, a policy and trajectories belong together
trajectories     simulate, the readable simulator, and the Trajectories that it draws
estimators       total_return, reward_to_go, Baseline
batches          the mean of a batch, its standard error, how often it points the wrong way
fast             gradient_samples, one component of the gradient at slider speed
events           what can happen in one decision or in several in a row
alias            one draw for many events, each with its exact probability
linear_gaussian  returns of the regulator, and its pathwise gradient
densities        one-dimensional densities on which the log-derivative trick can be seen
"""

from pgcourse.gradients.estimators import Baseline, reward_to_go, rewards_to_go, total_return
from pgcourse.gradients.fast import GradientSamples, gradient_samples
from pgcourse.gradients.linear_gaussian import pathwise_gradients, sample_returns
from pgcourse.gradients.policies import ClampPolicy, LinearGaussianPolicy, SoftmaxPolicy, TabularPolicy
from pgcourse.gradients.trajectories import Trajectories, simulate

__all__ = [
    "Baseline",
    "ClampPolicy",
    "GradientSamples",
    "LinearGaussianPolicy",
    "SoftmaxPolicy",
    "TabularPolicy",
    "Trajectories",
    "gradient_samples",
    "pathwise_gradients",
    "reward_to_go",
    "rewards_to_go",
    "sample_returns",
    "simulate",
    "total_return",
]


def __dir__() -> list[str]:
    return __all__
