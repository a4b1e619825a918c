"""Stochastic parameterised policies pi_theta(a | s) and their scores.

The score is the gradient of log pi_theta(a | s) with respect to theta: all that a policy-gradient method ever asks of a
policy beyond sampling from it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pgcourse import _validate as validate
from pgcourse._types import Bools, Floats


class Policy(Protocol):
    """What estimators and optimisers ask of a policy, over finitely many states and actions or not."""

    @property
    def num_parameters(self) -> int:
        """The number of parameters, n."""

    def parameters(self, theta: ArrayLike) -> Floats:
        """Return theta as a float array of shape (n,); ValueError naming what is wrong with it."""

    def score_at(self, theta: ArrayLike, states: NDArray[Any], actions: NDArray[Any]) -> Floats:
        """Return the scores of the pairs (states, actions), shape (..., n)."""


class TabularPolicy:
    """What every policy over finitely many states and actions can do; subclasses define the two tables.

    Attributes
    ----------
    num_states, num_actions, num_parameters : int
        S, A and n.
    """

    num_states: int
    num_actions: int
    num_parameters: int

    def parameters(self, theta: ArrayLike) -> Floats:
        """Return theta as a float array of shape (n,); ValueError naming what is wrong with it."""
        return validate.real_array("theta", theta, (self.num_parameters,))

    def probabilities(self, theta: ArrayLike) -> Floats:
        """Return pi_theta(a | s), shape (S, A)."""
        raise NotImplementedError

    def score(self, theta: ArrayLike) -> Floats:
        """Return the gradient of log pi_theta(a | s), shape (S, A, n)."""
        raise NotImplementedError

    def score_at(self, theta: ArrayLike, states: NDArray[Any], actions: NDArray[Any]) -> Floats:
        """Return the scores of the pairs (states, actions), shape (..., n)."""
        return self.score(theta)[states, actions]


def others(values: Floats) -> Floats:
    """Return for each entry of the last axis the sum of the other ones, shape (..., A).

    Of probabilities that is 1 - pi, which as a difference is little but rounding where pi is nearly 1.
    """
    return values @ _same_and_other(values.shape[-1])[1]


@cache
def _same_and_other(num_actions: int) -> tuple[Bools, Floats]:
    """Return the tables (A, A) of where two actions are the same, and of 1 where they are not."""
    same = np.eye(num_actions, dtype=bool)
    other = 1.0 - same
    for table in (same, other):
        table.setflags(write=False)
    return same, other


@dataclass(frozen=True)
class SoftmaxPolicy(TabularPolicy):
    """Choose a with probability proportional to exp(theta[s, a]): one parameter for each state and action.

    theta has shape (S*A,), row-major: component s*A + a belongs to state s and action a.

    Parameters
    ----------
    num_states, num_actions : int
        S and A, at least 1.

    Raises
    ------
    ValueError
        For num_states or num_actions below 1.

    References
    ----------
    Sutton & Barto 2018, section 13.1.
    """

    num_states: int
    num_actions: int

    def __post_init__(self) -> None:
        validate.whole_number("num_states", self.num_states, 1)
        validate.whole_number("num_actions", self.num_actions, 1)

    @property
    def num_parameters(self) -> int:  # type: ignore[override]  # nobody sets it
        """The number of parameters, n = S*A."""
        return self.num_states * self.num_actions

    def probabilities(self, theta: ArrayLike) -> Floats:
        """Return pi_theta(a | s), shape (S, A), for theta (S*A,)."""
        preferences = self.parameters(theta).reshape(self.num_states, self.num_actions)
        # Subtracting the largest preference changes no ratio and keeps exp from overflowing.
        weights = np.exp(preferences - preferences.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)

    def score(self, theta: ArrayLike) -> Floats:
        """Return the gradient of log pi_theta(a | s), shape (S, A, n): 1[same s] (1[same a] - pi(a' | s))."""
        return spread_scores(self.local_score(theta))

    def local_score(self, theta: ArrayLike) -> Floats:
        """Return the score of each state with respect to its own parameters alone, shape (S, A, A)."""
        return local_scores(self.probabilities(theta))


def local_scores(probabilities: Floats) -> Floats:
    """Return what `SoftmaxPolicy.local_score` does, (S, A, A), from the table (S, A) of pi."""
    same, _ = _same_and_other(probabilities.shape[1])
    return np.where(same, others(probabilities)[:, None, :], -probabilities[:, None, :])


def spread_scores(local: Floats) -> Floats:
    """Return what `SoftmaxPolicy.score` does, (S, A, n), from the scores (S, A, A) of each state's own parameters."""
    num_states, num_actions, _ = local.shape
    score = np.zeros((num_states, num_actions, num_states, num_actions))
    np.einsum("sasb->sab", score)[:] = local  # a view
    return score.reshape(num_states, num_actions, -1)


@dataclass(frozen=True)
class ClampPolicy(TabularPolicy):
    """Choose L with probability clamp(theta, 0, 1), else R: the one-parameter policy of the L/R exercise.

    theta has shape (1,). Action 0 is L, action 1 is R; there is one state.

    Notes
    -----
    For theta <= 0 and theta >= 1 the clamp is flat, so the score of the action that is drawn is 0 and learning stops.
    At the kinks, theta = 0 and theta = 1, the derivative does not exist; the flat side's value 0 is used. The score of
    an action of probability 0 does not exist either; it is never drawn, and is given as 0.
    """

    num_states: int = 1
    num_actions: int = 2
    num_parameters: int = 1

    def __post_init__(self) -> None:
        if (self.num_states, self.num_actions, self.num_parameters) != (1, 2, 1):
            raise ValueError("ClampPolicy has one state, two actions and one parameter: write ClampPolicy().")

    def probabilities(self, theta: ArrayLike) -> Floats:
        """Return (pi(L), pi(R)), shape (1, 2), for theta (1,)."""
        left = min(max(self.parameters(theta)[0], 0.0), 1.0)  # np.clip takes many times as long for one number
        return np.array([[left, 1 - left]])

    def score(self, theta: ArrayLike) -> Floats:
        """Return the gradient of (log pi(L), log pi(R)), shape (1, 2, 1): (1/theta, -1/(1 - theta)) or (0, 0)."""
        value = self.parameters(theta)[0]
        if 0 < value < 1:
            return np.array([[[1 / value], [-1 / (1 - value)]]])
        return np.zeros((1, 2, 1))


@dataclass(frozen=True)
class LinearGaussianPolicy:
    """Choose a ~ N(theta_1 s, theta_2^2): theta = (gain, standard deviation of the action), shape (2,).

    Notes
    -----
    U depends on theta_2 through its square, so its sign does not matter; at theta_2 = 0 the policy is deterministic.
    """

    num_parameters: int = 2

    def parameters(self, theta: ArrayLike) -> Floats:
        """Return theta as a float array of shape (2,); ValueError naming what is wrong with it."""
        return validate.real_array("theta", theta, (2,))

    def score_at(self, theta: ArrayLike, states: NDArray[Any], actions: NDArray[Any]) -> Floats:
        """Return the gradient of log pi_theta(a | s) at arrays of states and actions, shape (..., 2).

        Raises
        ------
        ValueError
            At theta_2 = 0, where a deterministic policy has no score.
        """
        gain, std = self.parameters(theta)
        if std == 0:
            raise ValueError(
                "theta[1] is 0: a deterministic policy has no score, so use a standard deviation other than 0."
            )
        standardised = (actions - gain * states) / std
        return np.stack([standardised * states, standardised**2 - 1], axis=-1) / std
