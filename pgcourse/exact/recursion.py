"""The exact truth: U, its gradient, and the exact mean and variance of each gradient estimator.

Every problem here is small enough to know the truth by one backward pass over conditional moments. Write psi for the
score of the decision at hand, pi for its probability, a prime for the same quantity one step later, E' for the mean
over the next state, and let every moment be 0 once no decision is left. Then, component by component,

    total return   X = F R,   F = psi + F',              R = r + gamma R'
    reward-to-go   x = psi (G - b) + gamma x',           G = r + gamma G'

and the moments E[F^p R^q] and {G, G^2, x, xG, x^2} close under these recursions. Two facts save most of the work:
the mean of a score is 0, and so is the mean of F' given the state it starts from.
"""

from functools import singledispatch
from typing import NamedTuple

import numpy as np

from pgcourse import _validate as validate
from pgcourse.gradients.estimators import ESTIMATORS, Baseline, as_baseline
from pgcourse.gradients.trajectories import policy_table
from pgcourse.problems.mdp import TabularMDP


@singledispatch
def utility(mdp, policy, theta):
    """Return U(theta), the mean of R(tau), as a float.

    mdp            TabularMDP or Regulator
    policy, theta  a policy for it, and its parameters (n,)

    Raises ValueError when the policy or theta does not fit.
    """
    raise ValueError(f"mdp must be a TabularMDP or a Regulator, but is a {type(mdp).__name__}.")


@singledispatch
def gradient(mdp, policy, theta):
    """Return the gradient of U at theta, shape (n,); arguments and errors as for `utility`.

    Sutton & Barto 2018, section 13.2 (the policy gradient theorem).
    """
    raise ValueError(f"mdp must be a TabularMDP or a Regulator, but is a {type(mdp).__name__}.")


@singledispatch
def return_variance(mdp, policy, theta):
    """Return the variance of R(tau) as a float; arguments and errors as for `utility`."""
    raise ValueError(f"mdp must be a TabularMDP or a Regulator, but is a {type(mdp).__name__}.")


@utility.register
def _(mdp: TabularMDP, policy, theta):
    return float(mdp.initial @ values(mdp, policy, theta)[0][0])


@gradient.register
def _(mdp: TabularMDP, policy, theta):
    model = _model(mdp, policy, theta)
    _, action_values = _values(model)
    visits = state_distribution(mdp, policy, theta)
    discounts = mdp.discount ** np.arange(mdp.horizon)
    weights = np.einsum("k,ks,ksa->sa", discounts, visits, action_values)
    return np.einsum("sa,sai->i", weights, model.first)


@return_variance.register
def _(mdp: TabularMDP, policy, theta):
    model = _model(mdp, policy, theta)
    first, second = np.zeros((2, mdp.num_states))
    for _ in range(mdp.horizon):
        first, second = ((model.probabilities * m).sum(axis=1) for m in _return_moments(mdp, first, second))
    return max(float(mdp.initial @ second - (mdp.initial @ first) ** 2), 0.0)


def values(mdp, policy, theta):
    """Return V_k(s), shape (H, S), and Q_k(s, a), shape (H, S, A): the mean rewards-to-go of decision k."""
    return _values(_model(mdp, policy, theta))


def state_distribution(mdp, policy, theta):
    """Return the distribution of s_k for each decision k, shape (H, S); a terminal state keeps what enters it."""
    step = np.einsum("sa,sat->st", policy_table(mdp, policy, theta), mdp.transitions)
    step[mdp.terminal] = np.eye(mdp.num_states)[mdp.terminal]
    visits = [mdp.initial]
    for _ in range(mdp.horizon - 1):
        visits.append(visits[-1] @ step)
    return np.array(visits)


def moments(mdp, policy, theta, estimator="total_return", baseline=None):
    """Return the exact mean and variance of one gradient sample, component by component.

    mdp            TabularMDP
    policy, theta  a policy for it, and its parameters (n,)
    estimator      "total_return" or "reward_to_go"
    baseline       None, a number or a Baseline; for "total_return" it is subtracted from R(tau), so only a number or
                   one per component makes sense
    returns        mean (n,) and variance (n,); the mean is the gradient of U, whatever the estimator

    Raises ValueError for an unknown estimator and for a baseline that does not fit.
    """
    validate.one_of("estimator", estimator, ESTIMATORS)
    model = _model(mdp, policy, theta)
    baseline, num_parameters = as_baseline(baseline), model.first.shape[-1]
    if estimator == "reward_to_go":
        mean, second = _reward_to_go_pass(model, baseline.table(mdp.horizon, mdp.num_states, num_parameters))
    else:
        mean, second = _total_return_pass(model, baseline.constants(num_parameters))
    # The difference of two nearly equal numbers can come out a rounding error below 0.
    return mean, np.maximum(second - mean**2, 0)


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
    model = _model(mdp, policy, theta)
    discount, carry = mdp.discount, mdp.discount**2
    num_parameters = model.first.shape[-1]
    to_go = np.zeros(mdp.num_states)
    x, yy, y_to_go, xy, direct = np.zeros((5, mdp.num_states, num_parameters))
    for _ in range(mdp.horizon):
        action_value = mdp.rewards + discount * (mdp.transitions @ to_go)
        one = _weigh(model.first, action_value)
        two = _weigh(model.second, action_value)
        next_x, next_y_to_go = mdp.transitions @ x, mdp.transitions @ y_to_go
        xy = two + _weigh(model.first, carry * next_y_to_go + discount * next_x) + carry * (model.step @ xy)
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


class _Model(NamedTuple):
    """A problem seen through one policy; all is 0 in terminal states, where nothing is decided."""

    mdp: TabularMDP
    probabilities: np.ndarray  # (S, A) pi
    first: np.ndarray  # (S, A, n) pi psi
    second: np.ndarray  # (S, A, n) pi psi^2
    step: np.ndarray  # (S, S) sum over a of pi T
    earning_step: np.ndarray  # (S, S) sum over a of pi r T


def _model(mdp, policy, theta):
    probabilities = policy_table(mdp, policy, theta).copy()
    probabilities[mdp.terminal] = 0
    score = policy.score(theta)
    first = probabilities[:, :, None] * score
    weighted = probabilities[:, :, None] * mdp.transitions
    earning = (mdp.rewards[:, :, None] * weighted).sum(axis=1)
    return _Model(mdp, probabilities, first, first * score, weighted.sum(axis=1), earning)


def _values(model):
    mdp = model.mdp
    state_values = np.zeros((mdp.horizon + 1, mdp.num_states))
    action_values = np.zeros((mdp.horizon, mdp.num_states, mdp.num_actions))
    for k in reversed(range(mdp.horizon)):
        action_values[k] = mdp.rewards + mdp.discount * (mdp.transitions @ state_values[k + 1])
        state_values[k] = (model.probabilities * action_values[k]).sum(axis=1)
    return state_values[:-1], np.where(mdp.terminal[:, None], 0, action_values)


def _total_return_pass(model, base):
    """Return E[F (R - b)] and E[F^2 (R - b)^2], each (n,), for b broadcasting to (n,)."""
    mdp, discount, rewards = model.mdp, model.mdp.discount, model.mdp.rewards
    earned, earned_squared = np.zeros((2, mdp.num_states))
    fr, frr, ff, ffr, ffrr = np.zeros((5, mdp.num_states, model.first.shape[-1]))
    squared_earning = np.einsum("sa,sa,sat->st", model.probabilities, rewards**2, mdp.transitions)
    for _ in range(mdp.horizon):
        mean, square = _return_moments(mdp, earned, earned_squared)
        next_fr = discount * (mdp.transitions @ fr)  # E'[F' (r + gamma R')], because E'[F'] = 0
        next_frr = 2 * rewards[:, :, None] * next_fr + discount**2 * (mdp.transitions @ frr)
        ffrr = (
            _weigh(model.second, square)
            + 2 * _weigh(model.first, next_frr)
            + squared_earning @ ff
            + 2 * discount * (model.earning_step @ ffr)
            + discount**2 * (model.step @ ffrr)
        )
        ffr = (
            _weigh(model.second, mean)
            + 2 * _weigh(model.first, next_fr)
            + model.earning_step @ ff
            + discount * (model.step @ ffr)
        )
        ff = model.second.sum(axis=1) + model.step @ ff
        frr = _weigh(model.first, square) + _weigh(model.probabilities[:, :, None], next_frr)
        fr = _weigh(model.first, mean) + _weigh(model.probabilities[:, :, None], next_fr)
        earned, earned_squared = ((model.probabilities * m).sum(axis=1) for m in (mean, square))
    second = mdp.initial @ ffrr - 2 * base * (mdp.initial @ ffr) + base**2 * (mdp.initial @ ff)
    return mdp.initial @ fr, second


def _reward_to_go_pass(model, base):
    """Return E[x] and E[x^2], each (n,), for a baseline that broadcasts to (H, S, n)."""
    mdp, discount, rewards = model.mdp, model.mdp.discount, model.mdp.rewards[:, :, None]
    to_go, to_go_squared = np.zeros((2, mdp.num_states))
    x, x_to_go, xx = np.zeros((3, mdp.num_states, model.first.shape[-1]))
    scores_squared = model.second.sum(axis=1)
    for k in reversed(range(mdp.horizon)):
        b = base[k if len(base) > 1 else 0]
        mean, square = _return_moments(mdp, to_go, to_go_squared)
        next_x = mdp.transitions @ x
        next_x_to_go = rewards * next_x + discount * (mdp.transitions @ x_to_go)  # E'[x' G]
        one, two = _weigh(model.first, mean), _weigh(model.second, mean)
        xx = (
            _weigh(model.second, square)
            - 2 * b * two
            + b**2 * scores_squared
            + 2 * discount * (_weigh(model.first, next_x_to_go) - b * _weigh(model.first, next_x))
            + discount**2 * (model.step @ xx)
        )
        x_to_go = (
            _weigh(model.first, square)
            - b * one
            + discount * (model.earning_step @ x + discount * (model.step @ x_to_go))
        )
        x = one + discount * (model.step @ x)
        to_go, to_go_squared = ((model.probabilities * m).sum(axis=1) for m in (mean, square))
    return mdp.initial @ x, mdp.initial @ xx


def _return_moments(mdp, first, second):
    """Return E[G | s, a] and E[G^2 | s, a], each (S, A), from the moments of the next state's G."""
    following = mdp.discount * (mdp.transitions @ first)
    square = mdp.rewards**2 + 2 * mdp.rewards * following + mdp.discount**2 * (mdp.transitions @ second)
    return mdp.rewards + following, square


def _weigh(weights, moment):
    """Sum weights (S, A, n) times moment (S, A) or (S, A, n) over the actions; (S, n)."""
    return (weights * (moment[:, :, None] if moment.ndim == 2 else moment)).sum(axis=1)


def _ratio(numerator, denominator):
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)


def best_utility(mdp):
    """Return the largest U that any policy reaches, even one that depends on k, by dynamic programming.

    Kochenderfer, Wheeler & Wray 2022, section 7.3; Sutton & Barto 2018, chapter 4.
    """
    best = np.zeros(mdp.num_states)
    for _ in range(mdp.horizon):
        best = np.where(mdp.terminal, 0, (mdp.rewards + mdp.discount * (mdp.transitions @ best)).max(axis=1))
    return float(mdp.initial @ best)


def truncation_errors(mdp, policy, theta):
    """Return U without end, and how much of it the decisions after d earn, for each depth d = 0, 1, ... horizon - 2.

    The rest after depth d is gamma**(d+1) E[V(s_{d+1})], where V = r + gamma P V is the value without end; where
    nothing is left to decide, V is 0.
    """
    probabilities = policy_table(mdp, policy, theta) * ~mdp.terminal[:, None]
    step = np.einsum("sa,sat->st", probabilities, mdp.transitions)
    value = np.linalg.solve(np.eye(mdp.num_states) - mdp.discount * step, (probabilities * mdp.rewards).sum(axis=1))
    following = state_distribution(mdp, policy, theta)[1:]
    return float(mdp.initial @ value), mdp.discount ** np.arange(1, mdp.horizon) * (following @ value)


def truncation_bounds(mdp):
    """Return gamma**(d+1) R_max / (1 - gamma), which no truncation error of any policy exceeds, for the same depths."""
    largest = np.abs(mdp.rewards).max()
    return mdp.discount ** np.arange(1, mdp.horizon) * largest / (1 - mdp.discount)
