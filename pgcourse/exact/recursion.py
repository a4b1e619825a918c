"""The exact mean and variance of each gradient estimator, by one backward pass over conditional moments.

Write psi for the score of the decision at hand and a prime for the same quantity one step later. Then, component by
component,

    total return          X = F (R - b),             F = psi + F',       R = r + gamma R'
    advantage             x = psi (A - b) + c x',    A = delta + g A',   delta = r + gamma V(s') - V(s)

Reward-to-go is the advantage with V = 0, g = gamma and c = gamma. Any estimate V of the values, right or wrong, and
g = gamma lambda give the generalised advantage; c = 1 leaves out the factor gamma^k. Means and variances before a
decision follow from those after it (`_covariance`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.exact import _decisions, _phases
from pgcourse.exact._covariance import Coefficient, Outcomes, ToGo, Total, to_go, to_go_sources, wide
from pgcourse.exact._decisions import START, at
from pgcourse.exact._model import Chain, Model, chain_of, is_local, model_of, scores, variance_in
from pgcourse.gradients import pairs
from pgcourse.gradients.estimators import ESTIMATORS, Baseline, as_baseline
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.problems.mdp import TabularMDP


class SampleMoments(NamedTuple):
    """The exact mean and covariance of one gradient sample."""

    mean: Floats
    """(n,)"""
    covariance: Floats
    """(n, n)"""

    @property
    def total_variance(self) -> float:
        """The mean squared distance of a sample from the mean, the trace of the covariance."""
        return float(np.trace(self.covariance))

    @property
    def largest_eigenvalue(self) -> float:
        """The variance along the direction in which it is largest."""
        return float(np.linalg.eigvalsh(self.covariance)[-1])

    @property
    def signal_to_noise(self) -> float:
        """The length of the mean in standard deviations, the root of `total_variance`; inf without noise."""
        noise = np.sqrt(self.total_variance)
        return float(np.linalg.norm(self.mean) / noise) if noise else np.inf


def moments(
    mdp: TabularMDP,
    policy: TabularPolicy,
    theta: ArrayLike,
    estimator: str = "total_return",
    baseline: float | Baseline | None = None,
) -> tuple[Floats, Floats]:
    """Return the exact mean and variance of one gradient sample, component by component.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
        Its parameters.
    estimator : str
        "total_return" or "reward_to_go".
    baseline : None, float or Baseline
        For "total_return" it is subtracted from R(tau), so a Baseline must be one per component.

    Returns
    -------
    mean : (n,) array
        The gradient of U, whatever the estimator and the baseline.
    variance : (n,) array
        Of one sample; that of the mean of m is m times smaller.

    Raises
    ------
    ValueError
        For an unknown estimator, for a baseline that does not fit, and where a variance is no float since the rewards
        are too large or too small.

    Notes
    -----
    An offset that all rewards have in common costs no digits. One that some have and others lack costs the variance
    about as many as in any sum: of 16, eight where it is 1e8 times as large as what the rewards differ by elsewhere.
    """
    validate.one_of("estimator", estimator, ESTIMATORS)
    if estimator == "reward_to_go":
        return advantage_moments(mdp, policy, theta, baseline=baseline)
    mdp, policy = pairs.tabular(mdp, policy)
    base = as_baseline(baseline).constants(policy.num_parameters).reshape(1, 1, -1)
    discount = mdp.discount
    model = model_of(mdp, policy, theta, discount, base)
    found = None
    if mdp.horizon == 1:
        found = _phases.one_decision(model, _scores(mdp, policy, theta, model), mdp.initial)
    elif chain := _small(model, policy, mdp.horizon):
        psi = _scores(mdp, policy, theta, model)
        found = _phases.total_return(model, chain, psi, mdp.initial, mdp.horizon, discount)
    mean, variance = found or _decisions.moments(
        mdp, policy, theta, model, discount, discount, _decisions.total_return_of, Total
    )
    return mean * model.scale, variance_in(model.scale, variance)


def advantage_moments(
    mdp: TabularMDP,
    policy: TabularPolicy,
    theta: ArrayLike,
    *,
    values: ArrayLike | None = None,
    lam: float = 1.0,
    discounted: bool = True,
    baseline: float | Baseline | None = None,
) -> tuple[Floats, Floats]:
    """Return the exact mean and variance of sum over k of gamma^k f_k (A_k - b), with f_k the score of decision k.

    Parameters
    ----------
    mdp : TabularMDP
    policy : TabularPolicy
    theta : (n,) array
        Its parameters.
    values : (H, S) or (S,) array, optional
        Estimates of V_k(s), right or wrong; 0, if left out. Nothing is to come after the last decision and in a
        terminal state, so there they count as 0.
    lam : float
        lambda in [0, 1] of the generalised advantage A_k = sum over l of (gamma lambda)^l delta_{k+l}, with the
        temporal-difference error delta_k = r_k + gamma V(s_{k+1}) - V(s_k): 1 for the reward-to-go less V(s_k), 0 for
        delta_k alone.
    discounted : bool
        Whether decision k is weighted by gamma^k, without which the mean is no gradient.
    baseline : None, float or Baseline

    Returns
    -------
    mean : (n,) array
        The gradient of U if lam is 1 and `discounted`, or if the values are right and `discounted`.
    variance : (n,) array
        Of one sample.

    Raises
    ------
    ValueError
        For an argument that does not fit, and where a variance is no float.

    References
    ----------
    Schulman, Moritz, Levine, Jordan & Abbeel 2016 (generalised advantage estimation).
    """
    model, decay, carry = _advantage_model(mdp, policy, theta, values, lam, discounted, baseline)
    found = None
    if mdp.horizon == 1:
        found = _phases.one_decision(model, _scores(mdp, policy, theta, model), mdp.initial)
    elif chain := _small(model, policy, mdp.horizon):
        psi = _scores(mdp, policy, theta, model)
        found = _phases.to_go(model, chain, psi, mdp.initial, mdp.horizon, decay, carry)
    mean, variance = found or _decisions.moments(mdp, policy, theta, model, decay, carry, to_go, ToGo)
    return mean * model.scale, variance_in(model.scale, variance)


def advantage_covariance(
    mdp: TabularMDP,
    policy: TabularPolicy,
    theta: ArrayLike,
    *,
    values: ArrayLike | None = None,
    lam: float = 1.0,
    discounted: bool = True,
    baseline: float | Baseline | None = None,
) -> SampleMoments:
    """Return the exact SampleMoments of the sample of `advantage_moments`; arguments and errors as there."""
    model, decay, carry = _advantage_model(mdp, policy, theta, values, lam, discounted, baseline)
    psi = scores(policy, theta, model.policy, mdp.terminal, local=False)
    num_states, num_parameters = len(mdp.initial), len(psi)
    now = ToGo.nothing(num_parameters, (num_states,))
    weight = model.weight
    step = chain_of(model).step
    rest = np.zeros((num_states, num_parameters, num_parameters))
    for k in reversed(range(mdp.horizon)):
        outcomes = Outcomes(weight, at(model.reward, k), model.variance, decay, carry)
        later = ToGo(*(each[..., model.following] for each in now))
        now, weights, left = to_go_sources(outcomes, psi[..., None], wide(at(model.base, k).T), later)
        rest = _gram(weights, left) + carry**2 * np.tensordot(step, rest, 1)
    outcomes = Outcomes(mdp.initial[None, None], 0.0, 0.0, 1.0, 1.0)
    later = ToGo(*(each[..., None, None, :] for each in now))
    now, weights, left = to_go_sources(outcomes, START, 0.0, later)
    rest = _gram(weights, left)[0] + np.tensordot(mdp.initial, rest, 1)
    covariance = now.spread * now.slope * now.slope.T + rest
    return SampleMoments(now.mean[:, 0] * model.scale, variance_in(model.scale, covariance))


def _gram(weights: list[Floats], rows: list[Coefficient]) -> Floats:
    """Return the covariance matrices (N, n, n) of n components, given their coefficients (n, N, A, B) by source."""
    parts = [np.sqrt(w) * x for w, x in zip(weights, rows, strict=True) if x is not None]
    shape = np.broadcast_shapes(*(part.shape for part in parts))
    roots = [np.broadcast_to(part, shape).reshape(*shape[:2], -1) for part in parts]
    columns = np.moveaxis(np.concatenate(roots, axis=-1), 0, 1)
    return columns @ columns.swapaxes(1, 2)


def _advantage_model(
    mdp: TabularMDP,
    policy: TabularPolicy,
    theta: ArrayLike,
    values: ArrayLike | None,
    lam: float,
    discounted: bool,
    baseline: float | Baseline | None,
) -> tuple[Model, float, float]:
    """Return the Model, g and c."""
    mdp, policy = pairs.tabular(mdp, policy)
    decay = mdp.discount * validate.in_interval("lam", lam, 0, 1)
    carry = mdp.discount if discounted else 1.0
    base = as_baseline(baseline).table(mdp.horizon, mdp.num_states, policy.num_parameters)
    if values is None:
        return model_of(mdp, policy, theta, decay, base), decay, carry
    table = _values(values, mdp)
    if lam == 1:  # the errors add up to the reward-to-go less V(s)
        return model_of(mdp, policy, theta, decay, base + table[:-1, :, None]), decay, carry
    return model_of(mdp, policy, theta, decay, base, table), decay, carry


def _values(values: ArrayLike, mdp: TabularMDP) -> Floats:
    """Return estimates of V as an array (H + 1, S), 0 after the last decision and in terminal states."""
    array = validate.real_array("values", values)
    shape = mdp.horizon, mdp.num_states
    if array.shape not in (shape, shape[1:]):
        raise ValueError(f"values must have shape {shape} or {shape[1:]}, but has shape {array.shape}.")
    return np.vstack([np.where(mdp.terminal, 0, np.broadcast_to(array, shape)), np.zeros(mdp.num_states)])


def _small(model: Model, policy: TabularPolicy, horizon: int) -> Chain | None:
    """Return the chain of a model if its decisions can be treated all at once, which is faster."""
    if len(model.reward) > 1:
        return None
    size = horizon * model.transition.size * policy.num_parameters
    return chain_of(model) if size <= _phases.LARGEST else None


def _scores(mdp: TabularMDP, policy: TabularPolicy, theta: ArrayLike, model: Model) -> _phases.Scores:
    size = mdp.horizon * mdp.successors.state.size * policy.num_parameters
    local = size > _phases.TINY and is_local(policy)
    return _phases.Scores(scores(policy, theta, model.policy, mdp.terminal, local).transpose(1, 2, 0), local)
