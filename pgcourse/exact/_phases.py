"""The recursions of `_covariance` for all decisions at once: first all means, then all covariances, then all variances.

Covariances are added up as they stand, signs and all, which is fast; where they nearly cancel, so that a variance has
lost digits, nothing is returned and the recursion by Gram-Schmidt must be used. Arrays are (H, S, ...), the first axis
by how many decisions are left; W is the chain's probability of a step times what A or R then is above its mean.
"""

from typing import NamedTuple

import numpy as np

from pgcourse._types import Floats, Ints
from pgcourse.exact._covariance import total, wide
from pgcourse.exact._model import Chain, Model, backwards, own_components

LARGEST = 1 << 22
"""Numbers in the largest array: beyond it memory is the bottleneck."""
TINY = 1 << 10
"""Up to here calls cost more than sums: nothing is gained by leaving out where a score is 0."""
BLOCK = 1 << 14
"""Numbers in one array that fits in a core's own cache."""
CANCELLED = 1e-6
"""A sum smaller than this share of its positive terms has lost too many digits."""


class Scores(NamedTuple):
    """Scores psi (S, A, L), with component l of state s at (s, l) of arrays (..., S, L) that `own` returns."""

    psi: Floats
    local: bool

    def shape(self, horizon: int) -> tuple[int, int, int]:
        """Return (H + 1, S, n)."""
        num_states, _, size = self.psi.shape
        return horizon + 1, num_states, num_states * size if self.local else size

    def own_base(self, base: Floats) -> Floats:
        """Return a baseline (H, S, n), or broadcasting to it, at those components, by how many decisions are left."""
        return (own_components(base, len(self.psi)) if self.local else base)[::-1]

    def own(self, table: Floats) -> Floats:
        """Return the view (..., S, L) of the components that live in each state, from a table (..., S, n)."""
        if not self.local:
            return table
        square = table.reshape(*table.shape[:-1], table.shape[-2], -1)
        return np.einsum("...ssl->...sl", square)  # a view

    def after(self, table: Floats, following: Ints) -> Floats:
        """Return those components at the next states (S, A, B): (H, S, A, B, L), from a table (H, S, n)."""
        if not self.local:
            return table[:, following]
        square = table.reshape(*table.shape[:2], table.shape[1], -1)
        return square[:, following, np.arange(len(following))[:, None, None]]


class Returns(NamedTuple):
    """What is still to come, A or R, with 1, 2, ... H decisions left."""

    weight: Floats
    """(S, A, B) pi T"""
    value: Floats
    """(H + 1, S) its mean, with 0, 1, ... H decisions left"""
    deviation: Floats
    """(H, S, A, B) its mean given the outcome, less its mean"""
    weighted: Floats
    """weight times that"""
    gain: Floats
    """(H, S, A) that summed over the next states"""
    within: Floats
    """(H, S, A) weight times its variance given the outcome, summed over the next states"""
    above: Floats
    """(H, S, S) its mean given the next state, less its mean"""
    step: Floats
    """(H, S, S) W"""


def one_decision(model: Model, scores: Scores, initial: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance (n,) of psi (r - b), which both estimators are if nothing else is decided."""
    psi, weight, reward = scores.psi, model.weight, model.reward[0]
    above = reward - wide(total(weight * reward))
    mean, variance = np.zeros((2, *scores.shape(1)[1:]))
    own = np.einsum("sal,sa->sl", psi, (weight * above).sum(axis=2))  # the mean of psi is 0, so b does not matter
    away = psi[:, :, None] * (reward[..., None] - scores.own_base(model.base)[0][:, None, None]) - own[:, None, None]
    noise = (weight * model.variance).sum(axis=2)
    scores.own(mean)[:] = own
    scores.own(variance)[:] = np.einsum("sab,sabl->sl", weight, away**2) + np.einsum("sal,sa->sl", psi**2, noise)
    first = initial @ mean
    return first, initial @ ((mean - first) ** 2 + variance)


def to_go(
    model: Model, chain: Chain, scores: Scores, initial: Floats, horizon: int, decay: float, carry: float
) -> tuple[Floats, Floats] | None:
    """Return mean and variance (n,) of x = psi (A - b) + c x', or None where the variance has lost digits."""
    found = _returns(model, chain, horizon, decay)
    psi = scores.psi
    # In one piece, which the system leaves to us for the next call: fresh memory takes longer than the sums.
    mean, covariance, variance = np.zeros((3, *scores.shape(horizon)))
    _means(chain, scores, found, carry, mean)
    level = found.value[1:, :, None] - scores.own_base(model.base)
    later = carry * scores.after(mean[:-1], model.following)
    away = psi[:, :, None] * (found.deviation[..., None] + level[:, :, None, None]) + later
    away -= scores.own(mean[1:])[:, :, None, None]

    np.matmul(carry * found.step, mean[:-1], out=covariance[1:])
    own = _over_outcomes(found.weighted, away)
    scores.own(covariance[1:])[:] = own + _over_actions(psi, found.within)
    backwards(carry * decay * chain.step, covariance)

    signed = 2 * carry * decay * _mixed(psi, found.weight, scores.after(covariance[:-1], model.following))
    _spread_of_means(chain, scores, mean, carry, variance)
    scores.own(variance[1:])[:] = _own_squares(psi**2, found, away) + signed
    backwards(carry**2 * chain.step, variance)
    if _cancelled(scores.own(variance[1:]), signed):
        return None
    first = initial @ mean[-1]
    return first, initial @ ((mean[-1] - first) ** 2 + variance[-1])


def total_return(
    model: Model, chain: Chain, scores: Scores, initial: Floats, horizon: int, decay: float
) -> tuple[Floats, Floats] | None:
    """Return mean and variance (n,) of F (R - b), or None where the variance has lost digits.

    With D = R - E R these are from E[F D], E[F^2], E[F D^2], E[F^2 D] and Var(F D), one after the other.
    """
    found = _returns(model, chain, horizon, decay)
    psi, square = scores.psi, scores.psi**2
    mean, squared, tilted, skewed, variance, signed = np.zeros((6, *scores.shape(horizon)))
    _means(chain, scores, found, decay, mean)
    later = decay * scores.after(mean[:-1], model.following)

    scores.own(squared[1:])[:] = np.einsum("sa,sal->sl", model.policy, square)
    backwards(chain.step, squared)

    np.matmul(2 * decay * found.step, mean[:-1], out=tilted[1:])
    own = scores.own(tilted[1:])
    own += _over_actions(psi, (found.weighted * found.deviation).sum(axis=3) + found.within)
    backwards(decay**2 * chain.step, tilted)

    np.matmul(found.step, squared[:-1], out=skewed[1:])
    own = scores.own(skewed[1:])
    own += _over_actions(square, found.gain) + 2 * _mixed(psi, found.weight, later)
    backwards(decay * chain.step, skewed)

    np.matmul(2 * decay * found.step, skewed[:-1], out=signed[1:])
    own = scores.own(signed[1:])
    deviation = found.deviation[..., None]
    tilted_later = decay**2 * scores.after(tilted[:-1], model.following)
    own += 2 * _mixed(psi, found.weight, deviation * later + tilted_later)
    away = psi[:, :, None] * deviation + later - scores.own(mean[1:])[:, :, None, None]
    _spread_of_means(chain, scores, mean, decay, variance)
    scores.own(variance[1:])[:] = _own_squares(square, found, away)
    variance[1:] += (found.step * found.above + chain.spreading) @ squared[:-1]
    variance += signed
    backwards(decay**2 * chain.step, variance)

    level = found.value[-1][:, None] - model.base[0]
    cross = 2 * level * skewed[-1]
    last = variance[-1] + level**2 * squared[-1] + cross
    if _cancelled(variance, signed) or _cancelled(last, cross):
        return None
    first = initial @ mean[-1]
    return first, initial @ ((mean[-1] - first) ** 2 + last)


def _returns(model: Model, chain: Chain, horizon: int, decay: float) -> Returns:
    weight, reward = model.weight, model.reward[0]
    value, spread = np.zeros((2, horizon + 1, len(weight)))
    value[1:] = total(weight * reward)
    backwards(decay * chain.step, value)
    deviation = reward + decay * value[:-1, model.following] - wide(value[1:])
    weighted = weight * deviation
    spread[1:] = total(weighted * deviation + weight * model.variance)
    backwards(decay**2 * chain.step, spread)
    within = weight * (model.variance + decay**2 * spread[:-1, model.following])
    above = chain.reward + decay * value[:-1, None, :] - value[1:, :, None]
    gain, within = weighted.sum(axis=3), within.sum(axis=3)
    return Returns(weight, value, deviation, weighted, gain, within, above, chain.step * above)


def _means(chain: Chain, scores: Scores, found: Returns, carry: float, mean: Floats) -> None:
    """Fill in E x, (H + 1, S, n); the mean of a score is 0, so neither a baseline nor the mean of A matters."""
    scores.own(mean[1:])[:] = _over_actions(scores.psi, found.gain)
    backwards(carry * chain.step, mean)


def _spread_of_means(chain: Chain, scores: Scores, mean: Floats, carry: float, spread: Floats) -> None:
    """Fill in the variance of c E'x' over the next states, (H + 1, S, n), right where psi is 0."""
    if not scores.local:
        return
    size = max(1, BLOCK // (chain.following.size * mean.shape[2]))
    for first in range(0, len(mean) - 1, size):
        part = slice(first, first + size)
        away = (carry * mean[:-1][part])[:, chain.following]
        away -= mean[1:][part, :, None]
        away *= away
        np.einsum("sk,hskn->hsn", chain.probability, away, out=spread[1:][part])


def _own_squares(square: Floats, found: Returns, away: Floats) -> Floats:
    """Return the squares of which a variance consists in a component's own state, (H, S, L); `square` is psi^2."""
    return _over_outcomes(found.weight, away * away) + _over_actions(square, found.within)


def _over_actions(psi: Floats, table: Floats) -> Floats:
    """Return the sum over the actions of psi (S, A, L) times a table (H, S, A); (H, S, L)."""
    return np.matmul(table.swapaxes(0, 1), psi).swapaxes(0, 1)


def _over_outcomes(weight: Floats, table: Floats) -> Floats:
    """Return the sum over actions and next states of a weight (..., A, B) times a table (..., A, B, L); (..., L)."""
    rows = weight.reshape(*weight.shape[:-2], 1, -1)
    return np.matmul(rows, table.reshape(*table.shape[:-3], rows.shape[-1], -1))[..., 0, :]


def _mixed(psi: Floats, weight: Floats, table: Floats) -> Floats:
    """Return the mean of psi times a table (H, S, A, B, L), for a weight (S, A, B); (H, S, L)."""
    return np.einsum("sabl,hsabl->hsl", psi[:, :, None] * weight[..., None], table)


def _cancelled(variance: Floats, signed: Floats) -> bool:
    return bool((variance < CANCELLED * (variance - signed)).any())
