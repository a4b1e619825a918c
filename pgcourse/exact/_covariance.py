"""The law of total covariance for one decision: means and variances before it, from those after it.

What follows a decision has one of several outcomes. Given the outcome, a quantity is its mean, a number, plus
multiples of independent quantities of mean 0: the noise of the reward, and what is left of the same quantities one
step later. So a quantity is a row of coefficients, one for each such *source*, and a variance is the sum over the
sources of weight times coefficient squared: no term is negative, and none is a difference of squares.

Quantities that go together are kept as x = slope * a + rest, with the rest uncorrelated with a (Gram-Schmidt). The
covariance is slope * Var(a), and Var(x) = slope^2 Var(a) + Var(rest) is again a sum of squares.
"""

from typing import NamedTuple, TypeAlias

import numpy as np

from pgcourse._types import Floats, Numbers

Coefficient: TypeAlias = Numbers | None
"""Broadcasting to (n, N, A, B); None where the source has no part in the variable."""
SMALLEST = 1e-290
"""A variance below it, in units of order one, is 0."""


class Outcomes(NamedTuple):
    """What can follow the decisions of N nodes, each array broadcasting to (N, A, B)."""

    probability: Floats
    reward: Numbers
    """mean of what is earned on the way"""
    variance: Numbers
    """and its variance"""
    decay: Numbers
    """g, that what is earned later is multiplied by"""
    carry: Numbers
    """c, that the later sample is multiplied by"""


class ToGo(NamedTuple):
    """Moments of A = r + g A' and x = psi (A - b) + c x'; numbers (N,) of A, and (n, N) of the components of x."""

    value: Floats
    """E A"""
    spread: Floats
    """Var A"""
    mean: Floats
    """E x"""
    slope: Floats
    """Cov(x, A) / Var A"""
    rest: Floats
    """Var(x - slope A)"""

    @classmethod
    def nothing(cls, num_components: int, shape: tuple[int, ...]) -> "ToGo":
        """Return the moments once nothing is left to be decided."""
        return cls(*np.zeros((2, *shape)), *np.zeros((3, num_components, *shape)))

    @property
    def variance(self) -> Floats:
        """Var x."""
        return self.slope**2 * self.spread + self.rest


class Total(NamedTuple):
    """Moments of R = r + g R', F = psi + F' and P = F (R - E R); numbers (N,) of R, and (n, N) of F and P."""

    value: Floats
    """E R"""
    spread: Floats
    """Var R"""
    lean: Floats
    """Cov(F, R) / Var R"""
    scores: Floats
    """Var(F - lean R)"""
    mean: Floats
    """E P"""
    slope: Floats
    """of P on R"""
    tilt: Floats
    """of P on F - lean R"""
    rest: Floats
    """variance of what is left of P"""

    @classmethod
    def nothing(cls, num_components: int, shape: tuple[int, ...]) -> "Total":
        """Return the moments once nothing is left to be decided."""
        return cls(*np.zeros((2, *shape)), *np.zeros((6, num_components, *shape)))

    @property
    def variance(self) -> Floats:
        """Var P."""
        return self.slope**2 * self.spread + self.tilt**2 * self.scores + self.rest


def to_go(outcomes: Outcomes, psi: Numbers, base: Numbers, later: ToGo) -> ToGo:
    """Return the moments before a decision.

    Parameters
    ----------
    outcomes : Outcomes
    psi : array broadcasting to (n, N, A, 1)
        Scores.
    base : array broadcasting to (n, N, 1, 1)
        The baseline b.
    later : ToGo
        The moments after each outcome, arrays broadcasting to (n, N, A, B).
    """
    moments, weights, left = to_go_sources(outcomes, psi, base, later)
    rest = inner(weights, left, left) + total(outcomes.probability * outcomes.carry**2 * later.rest)
    return moments._replace(rest=rest)


def to_go_sources(
    outcomes: Outcomes, psi: Numbers, base: Numbers, later: ToGo
) -> tuple[ToGo, list[Floats], list[Coefficient]]:
    """Return the moments without the rest, and weights and coefficients of its sources but for the later rest."""
    p, _, variance, decay, carry = outcomes
    a = outcomes.reward + decay * later.value
    x = psi * (a - base) + carry * later.mean
    value, mean = total(p * a), total(p * x)
    weights = [p, p * variance, p * later.spread]
    (slope,), (spread, _), left = gram_schmidt(
        weights,
        [a - wide(value), 1.0, decay],
        [x - wide(mean), psi, psi * decay + carry * later.slope],
    )
    return ToGo(value, spread, mean, slope, mean), weights, left


def total_return(outcomes: Outcomes, psi: Numbers, later: Total, base: Numbers | None = None) -> Total:
    """Return the moments before a decision; arguments as for `to_go`.

    With a base, P is F (R - base) before it, and not F (R - E R).
    """
    p, _, variance, decay, _ = outcomes
    r = outcomes.reward + decay * later.value
    value = total(p * r)
    deviation = r - wide(value)
    e = deviation if base is None else r - base
    x = psi * e + decay * later.mean
    mean = total(p * x)
    scores = later.lean**2 * later.spread + later.scores  # E F'^2
    # P = (psi + F') (e + noise + g R') with R' less its mean: one column for each source
    (lean, slope, tilt), squares, _ = gram_schmidt(
        [p, p * variance, p * later.spread, p * later.scores, p * (decay**2 * later.rest + variance * scores)],
        [deviation, 1.0, decay, None, None],
        [psi, None, later.lean, 1.0, None],
        [x - wide(mean), psi, psi * decay + e * later.lean + decay * later.slope, e + decay * later.tilt, 1.0],
    )
    return Total(value, squares[0], lean, squares[1], mean, slope, tilt, squares[2])


def gram_schmidt(
    weights: list[Floats], *variables: list[Coefficient]
) -> tuple[list[Floats], list[Floats], list[Coefficient]]:
    """Make each variable uncorrelated with those before it.

    Parameters
    ----------
    weights : list of arrays (..., A, B)
        The variance of each source.
    variables : lists of arrays broadcasting to (..., A, B)
        The coefficients of each variable, one for each source.

    Returns
    -------
    slopes : list of arrays (...)
        Of the second variable on the first, of the third on the first, on the second, ...
    squares : list of arrays (...)
        The variances of what is left.
    left : list of arrays
        The coefficients of what is left of the last variable.
    """
    slopes: list[Floats] = []
    squares: list[Floats] = []
    columns: list[list[Coefficient]] = []
    for column in variables:
        for other, square in zip(columns, squares, strict=True):
            slopes.append(quotient(inner(weights, other, column), square))
            column = [_less(mine, slopes[-1], theirs) for mine, theirs in zip(column, other, strict=True)]
        columns.append(column)
        squares.append(inner(weights, column, column))
    return slopes, squares, columns[-1]


def inner(weights: list[Floats], u: list[Coefficient], v: list[Coefficient]) -> Floats:
    """Return the covariance (...) of two variables with coefficients u and v."""
    pairs = zip(weights, u, v, strict=True)
    return np.asarray(sum(_sum(w, x, y) for w, x, y in pairs if x is not None and y is not None))


def _sum(*factors: Numbers) -> Floats:
    """Sum a product of three over the outcomes, without storing it, which would take longer than the sum."""
    return np.asarray(np.einsum("...ab,...ab,...ab->...", *map(np.atleast_2d, factors)))


def _less(mine: Coefficient, slope: Floats, theirs: Coefficient) -> Coefficient:
    if theirs is None:
        return mine
    return -wide(slope) * theirs if mine is None else mine - wide(slope) * theirs


def total(terms: Floats) -> Floats:
    """Sum over the outcomes, the last two axes."""
    return terms.sum(axis=(-2, -1))


def wide(numbers: Floats) -> Floats:
    """Return numbers (...) as (..., 1, 1)."""
    return numbers[..., None, None]


def quotient(numerator: Floats, denominator: Floats) -> Floats:
    """Return a ratio of arrays that broadcast, 0 where the denominator is."""
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    return np.divide(numerator, denominator, out=np.zeros(shape), where=denominator > SMALLEST)
