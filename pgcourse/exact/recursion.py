"""The exact mean and variance of each gradient estimator, by one backward pass over conditional moments.

Write psi for the score of the decision at hand, pi for its probability, a prime for the same quantity one step later,
E' for the mean over the next state, and let every moment be 0 once no decision is left. Then, component by component,

    total return   X = F R,   F = psi + F',              R = r + gamma R'
    reward-to-go   x = psi (G - b) + gamma x',           G = r + gamma G'

and the moments E[F^p R^q] and {G, G^2, x, xG, x^2} close under these recursions. Two facts save most of the work:
the mean of a score is 0, and so is the mean of F' given the state it starts from.
"""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.exact._model import Model, model_of, return_moments, weigh
from pgcourse.gradients.estimators import ESTIMATORS, Baseline, as_baseline
from pgcourse.gradients.policies import TabularPolicy
from pgcourse.problems.mdp import TabularMDP


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
        For an unknown estimator, and for a baseline that does not fit.
    """
    validate.one_of("estimator", estimator, ESTIMATORS)
    model = model_of(mdp, policy, theta)
    baseline, num_parameters = as_baseline(baseline), model.first.shape[-1]
    if estimator == "reward_to_go":
        mean, second = _reward_to_go_pass(model, baseline.table(mdp.horizon, mdp.num_states, num_parameters))
    else:
        mean, second = _total_return_pass(model, baseline.constants(num_parameters))
    # The difference of two nearly equal numbers can come out a rounding error below 0.
    return mean, np.maximum(second - mean**2, 0)


def _total_return_pass(model: Model, base: Floats) -> tuple[Floats, Floats]:
    """Return E[F (R - b)] and E[F^2 (R - b)^2], each (n,), for b broadcasting to (n,)."""
    mdp, discount, rewards = model.mdp, model.mdp.discount, model.mdp.rewards
    # Given the state: earned = E[R], earned_squared = E[R^2],
    earned, earned_squared = np.zeros((2, mdp.num_states))
    # fr = E[F R], frr = E[F R^2], ff = E[F^2], ffr = E[F^2 R], ffrr = E[F^2 R^2].
    fr, frr, ff, ffr, ffrr = np.zeros((5, mdp.num_states, model.first.shape[-1]))
    squared_earning = np.einsum("sa,sa,sat->st", model.probabilities, rewards**2, mdp.transitions)
    for _ in range(mdp.horizon):
        mean, square = return_moments(mdp, earned, earned_squared)  # E[R | s, a] and E[R^2 | s, a]
        next_fr = discount * (mdp.transitions @ fr)  # E'[F' R] = E'[F' (r + gamma R')], because E'[F'] = 0
        next_frr = 2 * rewards[:, :, None] * next_fr + discount**2 * (mdp.transitions @ frr)  # E'[F' R^2], likewise
        # F^2 R^2 = psi^2 R^2 + 2 psi F' R^2 + F'^2 (r^2 + 2 r gamma R' + gamma^2 R'^2)
        ffrr = (
            weigh(model.second, square)
            + 2 * weigh(model.first, next_frr)
            + squared_earning @ ff
            + 2 * discount * (model.earning_step @ ffr)
            + discount**2 * (model.step @ ffrr)
        )
        # F^2 R = psi^2 R + 2 psi F' R + F'^2 (r + gamma R')
        ffr = (
            weigh(model.second, mean)
            + 2 * weigh(model.first, next_fr)
            + model.earning_step @ ff
            + discount * (model.step @ ffr)
        )
        # The older moments on the right are still those of one decision less: the order of the lines matters.
        ff = model.second.sum(axis=1) + model.step @ ff
        frr = weigh(model.first, square) + weigh(model.probabilities[:, :, None], next_frr)
        fr = weigh(model.first, mean) + weigh(model.probabilities[:, :, None], next_fr)
        earned, earned_squared = ((model.probabilities * m).sum(axis=1) for m in (mean, square))
    second = mdp.initial @ ffrr - 2 * base * (mdp.initial @ ffr) + base**2 * (mdp.initial @ ff)
    return mdp.initial @ fr, second


def _reward_to_go_pass(model: Model, base: Floats) -> tuple[Floats, Floats]:
    """Return E[x] and E[x^2], each (n,), for a baseline that broadcasts to (H, S, n)."""
    mdp, discount, rewards = model.mdp, model.mdp.discount, model.mdp.rewards[:, :, None]
    # Given the state: to_go = E[G], to_go_squared = E[G^2],
    to_go, to_go_squared = np.zeros((2, mdp.num_states))
    # x = E[x], x_to_go = E[x G], xx = E[x^2].
    x, x_to_go, xx = np.zeros((3, mdp.num_states, model.first.shape[-1]))
    scores_squared = model.second.sum(axis=1)
    for k in reversed(range(mdp.horizon)):
        b = base[k if len(base) > 1 else 0]
        mean, square = return_moments(mdp, to_go, to_go_squared)  # E[G | s, a] and E[G^2 | s, a]
        next_x = mdp.transitions @ x  # E'[x']
        next_x_to_go = rewards * next_x + discount * (mdp.transitions @ x_to_go)  # E'[x' G] = E'[x' (r + gamma G')]
        one, two = weigh(model.first, mean), weigh(model.second, mean)  # E[psi G] and E[psi^2 G]
        # x^2 = psi^2 (G - b)^2 + 2 gamma psi (G - b) x' + gamma^2 x'^2
        xx = (
            weigh(model.second, square)
            - 2 * b * two
            + b**2 * scores_squared
            + 2 * discount * (weigh(model.first, next_x_to_go) - b * weigh(model.first, next_x))
            + discount**2 * (model.step @ xx)
        )
        # x G = psi (G - b) G + gamma x' (r + gamma G')
        x_to_go = (
            weigh(model.first, square)
            - b * one
            + discount * (model.earning_step @ x + discount * (model.step @ x_to_go))
        )
        x = one + discount * (model.step @ x)  # b times the mean score, which is 0, drops out
        to_go, to_go_squared = ((model.probabilities * m).sum(axis=1) for m in (mean, square))
    return mdp.initial @ x, mdp.initial @ xx
