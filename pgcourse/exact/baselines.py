"""Constant baselines exactly: the lecture's, the optimal one, and the parabola of the variance on which they lie."""

from typing import NamedTuple

import numpy as np

from pgcourse.exact._model import model_of, weigh
from pgcourse.exact.evaluation import values
from pgcourse.exact.recursion import moments
from pgcourse.gradients.estimators import Baseline


class BaselineTerms(NamedTuple):
    """What the exact parabola Var(b) = Var(X) - 2 b E[XY] + b^2 E[Y^2] needs beyond `moments`; each (n,).

    X is the reward-to-go sample, and Y the sum over k of l_k = gamma**k times the score of decision k.
    """

    cross: np.ndarray
    """E[X Y]"""
    score_sum_squared: np.ndarray
    """E[Y^2] = E[sum over k of l_k^2]"""
    squared_scores_to_go: np.ndarray
    """E[sum over k of l_k^2 r_{k,to-go}]"""

    @property
    def lecture(self):
        """The lecture's baseline, (n,); see `lecture_baseline`."""
        return _ratio(self.squared_scores_to_go, self.score_sum_squared)

    @property
    def optimal(self):
        """The optimal constant baseline, (n,); see `optimal_baseline`."""
        return _ratio(self.cross, self.score_sum_squared)

    def variance(self, without, baseline):
        """Return the variance with a constant baseline, (n,), from the variance without one."""
        return without - 2 * baseline * self.cross + baseline**2 * self.score_sum_squared


def baseline_terms(mdp, policy, theta):
    """Return the BaselineTerms of the reward-to-go estimator; arguments as for `moments`."""
    model = model_of(mdp, policy, theta)
    discount, carry = mdp.discount, mdp.discount**2
    num_parameters = model.first.shape[-1]
    to_go = np.zeros(mdp.num_states)
    x, yy, y_to_go, xy, direct = np.zeros((5, mdp.num_states, num_parameters))
    for _ in range(mdp.horizon):
        action_value = mdp.rewards + discount * (mdp.transitions @ to_go)
        one = weigh(model.first, action_value)
        two = weigh(model.second, action_value)
        next_x, next_y_to_go = mdp.transitions @ x, mdp.transitions @ y_to_go
        xy = two + weigh(model.first, carry * next_y_to_go + discount * next_x) + carry * (model.step @ xy)
        x = one + discount * (model.step @ x)
        yy = model.second.sum(axis=1) + carry * (model.step @ yy)
        y_to_go = one + carry * (model.step @ y_to_go)
        direct = two + carry * (model.step @ direct)
        to_go = (model.probabilities * action_value).sum(axis=1)
    return BaselineTerms(mdp.initial @ xy, mdp.initial @ yy, mdp.initial @ direct)


def lecture_baseline(mdp, policy, theta):
    """Return the lecture's baseline E[l_i^2 r_to-go] / E[l_i^2] for each component i, shape (n,).

    l_i = gamma**k times the score of decision k; the means run over decisions, states and actions. It ignores the
    covariance between steps, so it is the minimiser only for a single decision. 0 where no score is ever non-zero.

    Kochenderfer, Wheeler & Wray 2022, section 11.5.
    """
    return baseline_terms(mdp, policy, theta).lecture


def optimal_baseline(mdp, policy, theta):
    """Return the constant baseline of least variance for each component, E[X_i Y_i] / E[Y_i^2], shape (n,).

    X_i is the reward-to-go sample and Y_i the sum over k of l_i. 0 where no score is ever non-zero.

    Greensmith, Bartlett & Baxter 2004.
    """
    return baseline_terms(mdp, policy, theta).optimal


def parabola(mdp, policy, theta, component):
    """Return the exact variance of the reward-to-go sample as a function of a constant baseline b."""
    spread = moments(mdp, policy, theta, "reward_to_go")[1][component]
    terms = baseline_terms(mdp, policy, theta)
    one = BaselineTerms(*(term[component] for term in terms))
    return lambda b: one.variance(spread, b)


def variance_with_values(mdp, policy, theta):
    """Return the exact variance (n,) of the reward-to-go sample with the baseline V_k(s_k)."""
    baseline = Baseline.per_step_and_state(values(mdp, policy, theta)[0])
    return moments(mdp, policy, theta, "reward_to_go", baseline)[1]


def _ratio(numerator, denominator):
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
