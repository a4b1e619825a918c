"""Constant baselines exactly: the lecture's, the optimal one, and the parabola of the variance on which they lie.

X is the reward-to-go sample, and Y the sum over k of l_k = gamma**k times the score of decision k. With a constant b
the sample is X - b Y, and since E[Y] = 0 its variance is least at b* = E[XY] / E[Y^2], and (b - b*)^2 E[Y^2] above that
elsewhere.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pgcourse._types import Broadcast, Floats, Numbers
from pgcourse.exact.evaluation import values
from pgcourse.exact.recursion import moments
from pgcourse.gradients.estimators import Baseline
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP


class BaselineTerms(NamedTuple):
    """What the exact parabola of the variance needs beyond `moments`, each (n,); X, Y and l_k as above."""

    cross: Floats
    """E[X Y]"""
    score_sum_squared: Floats
    """E[Y^2] = E[sum over k of l_k^2]"""
    squared_scores_to_go: Floats
    """E[sum over k of l_k^2 r_{k,to-go}]"""

    @property
    def lecture(self) -> Floats:
        """The lecture's baseline, (n,); see `lecture_baseline`."""
        return _ratio(self.squared_scores_to_go, self.score_sum_squared)

    @property
    def optimal(self) -> Floats:
        """The optimal constant baseline, (n,); see `optimal_baseline`."""
        return _ratio(self.cross, self.score_sum_squared)

    def excess(self, baseline: Numbers) -> Broadcast:
        """Return what the variance with a constant baseline is above that with the optimal one, (n,)."""
        return (baseline - self.optimal) ** 2 * self.score_sum_squared


def baseline_terms(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> BaselineTerms:
    """Return the BaselineTerms of the reward-to-go estimator; arguments as for `moments`."""
    probabilities = policy_table(mdp, policy, theta) * ~mdp.terminal[:, None]
    score, rewards = policy.score(theta), mdp.mean_rewards
    first, step = probabilities[:, :, None] * score, np.einsum("sa,sat->st", probabilities, mdp.transitions)
    second = first * score
    discount, carry = mdp.discount, mdp.discount**2
    to_go = np.zeros(mdp.num_states)
    # Given the state: x = E[X], yy = E[Y^2], y_to_go = E[Y G], xy = E[X Y], direct = E[sum of l^2 G].
    x, yy, y_to_go, xy, direct = np.zeros((5, mdp.num_states, policy.num_parameters))
    for _ in range(mdp.horizon):
        action_value = rewards + discount * (mdp.transitions @ to_go)
        one = _weigh(first, action_value)  # E[psi G]
        two = _weigh(second, action_value)  # E[psi^2 G]
        next_x, next_y_to_go = mdp.transitions @ x, mdp.transitions @ y_to_go
        # X Y = (psi G + gamma X') (psi + gamma Y'), and E'[Y' r] = 0
        xy = two + _weigh(first, carry * next_y_to_go + discount * next_x) + carry * (step @ xy)
        x = one + discount * (step @ x)
        yy = second.sum(axis=1) + carry * (step @ yy)
        y_to_go = one + carry * (step @ y_to_go)
        direct = two + carry * (step @ direct)
        to_go = (probabilities * action_value).sum(axis=1)
    return BaselineTerms(mdp.initial @ xy, mdp.initial @ yy, mdp.initial @ direct)


def lecture_baseline(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return the lecture's baseline E[l_i^2 r_to-go] / E[l_i^2] for each component i, shape (n,).

    The means run over decisions, states and actions. It ignores the covariance between steps, so it is the minimiser
    only for a single decision. 0 where no score is ever other than 0; arguments as for `moments`.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, section 11.5.
    """
    return baseline_terms(mdp, policy, theta).lecture


def optimal_baseline(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return the constant baseline of least variance for each component, E[X_i Y_i] / E[Y_i^2], shape (n,).

    0 where no score is ever other than 0; arguments as for `moments`.

    References
    ----------
    After Greensmith, Bartlett & Baxter 2004, who do so for independent decisions; those of a trajectory are not.
    """
    return baseline_terms(mdp, policy, theta).optimal


def parabola(
    mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, component: int
) -> Callable[[Numbers], Broadcast]:
    """Return the exact variance of one component of the reward-to-go sample as a function of a constant baseline."""
    terms = baseline_terms(mdp, policy, theta)
    least = variance_with_optimal(mdp, policy, theta)[component]
    bottom, width = terms.optimal[component], terms.score_sum_squared[component]
    return lambda baseline: least + (baseline - bottom) ** 2 * width


def variance_with_optimal(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return the exact variance (n,) of the reward-to-go sample with the optimal constant baseline."""
    baseline = Baseline.per_component(optimal_baseline(mdp, policy, theta))
    return moments(mdp, policy, theta, "reward_to_go", baseline)[1]


def variance_with_values(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike) -> Floats:
    """Return the exact variance (n,) of the reward-to-go sample with the baseline V_k(s_k)."""
    baseline = Baseline.per_step_and_state(values(mdp, policy, theta)[0])
    return moments(mdp, policy, theta, "reward_to_go", baseline)[1]


def _weigh(weights: Floats, moment: Floats) -> Floats:
    """Sum weights (S, A, n) times a moment (S, A) or (S, A, n) over the actions; (S, n)."""
    return (weights * (moment[:, :, None] if moment.ndim == 2 else moment)).sum(axis=1)


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
