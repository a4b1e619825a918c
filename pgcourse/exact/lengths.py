"""Think one step more, or answer: what division by the length of the answer does to the gradient.

One parameter, the preference for thinking one step more: in each of the states 1, 2, ... N - 1 the policy thinks with
probability sigma(theta) and answers otherwise; in state N it must answer. An answer in state L has the length L and is
right with probability q_L, and a right answer earns 1. With F the sum of the scores of the L decisions,

    gradient of U = E[F R] = E[F (R - U)],        divided by length: E[F / L (R - U)],

as the mean over the tokens of an answer has it, with the exact U in place of the mean of a group.

Shao et al. 2024 (the mean over tokens); Liu et al. 2025 (what it may do).
"""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Bools, Floats


def length_law(theta: ArrayLike, longest: int = 6) -> tuple[Floats, Floats]:
    """Return the probability of each length, and the sum of the scores of an answer of that length.

    Parameters
    ----------
    theta : float or array (...)
    longest : int
        N, at least 1.

    Returns
    -------
    chances, scores : (..., N) array
        Of the lengths 1, 2, ... N.
    """
    at = validate.real_array("theta", theta)[..., None]
    size = validate.whole_number("longest", longest, 1)
    lengths, forced = np.arange(1, size + 1), np.arange(1, size + 1) == size
    think: Floats = np.exp(-np.logaddexp(0, -at))
    answer: Floats = np.exp(-np.logaddexp(0, at))  # 1 - think, where that is little but rounding
    chances = think ** (lengths - 1) * np.where(forced, 1.0, answer)
    return chances, (lengths - 1) * answer - np.where(forced, 0.0, think)


def mean_of_scores(theta: ArrayLike, longest: int = 6) -> tuple[Floats, Floats]:
    """Return E[F], which is 0, and E[F / L], which is not; each of the shape of theta."""
    chances, scores = length_law(theta, longest)
    lengths = np.arange(1, longest + 1)
    return (chances * scores).sum(axis=-1), (chances * scores / lengths).sum(axis=-1)


def updates(theta: ArrayLike, accuracies: ArrayLike) -> tuple[Floats, Floats]:
    """Return the gradient of U and the mean update where each answer is divided by its length, of the shape (...).

    Parameters
    ----------
    theta : float or array (...)
    accuracies : (N,) array
        q_1, ... q_N, each in [0, 1].
    """
    right = validate.real_array("accuracies", accuracies)
    if right.ndim != 1 or not ((right >= 0) & (right <= 1)).all():
        raise ValueError("accuracies must have one probability, in [0, 1], for each length.")
    chances, scores = length_law(theta, len(right))
    centred = right - (chances @ right)[..., None]
    each = chances * scores * centred
    return each.sum(axis=-1), (each / np.arange(1, len(right) + 1)).sum(axis=-1)


def utility(theta: ArrayLike, accuracies: ArrayLike) -> Floats:
    """Return U, the probability of a right answer, of the shape of theta; arguments as for `updates`."""
    right = validate.real_array("accuracies", accuracies)
    return length_law(theta, len(right))[0] @ right


def opposite(gradient: ArrayLike, divided: ArrayLike) -> Bools:
    """Say where two results of `updates` have opposite signs, of the shape (...); rounding alone gives none."""
    one, other = (np.where(np.abs(values) > 1e-12, values, 0.0) for values in (gradient, divided))
    return one * other < 0


def opposite_share(theta: ArrayLike, accuracies: ArrayLike) -> float:
    """Return for which share of many theta the two results of `updates` have opposite signs."""
    return float(opposite(*updates(theta, accuracies)).mean())
