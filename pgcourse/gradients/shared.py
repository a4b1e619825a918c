"""A policy whose one parameter decides in every state: what it learns in one it does in all."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.gradients.policies import TabularPolicy


@dataclass(frozen=True)
class SharedPolicy(TabularPolicy):
    """Choose action 1 with probability sigmoid(theta) in each state, else action 0; theta has shape (1,).

    Parameters
    ----------
    num_states : int
        S, at least 1.

    Raises
    ------
    ValueError
        For num_states below 1.
    """

    num_states: int
    num_actions = 2
    num_parameters = 1

    def __post_init__(self) -> None:
        validate.whole_number("num_states", self.num_states, 1)

    def probabilities(self, theta: ArrayLike) -> Floats:
        """Return pi_theta(a | s), shape (S, 2), for theta (1,)."""
        return np.tile(self._pair(theta), (self.num_states, 1))

    def score(self, theta: ArrayLike) -> Floats:
        """Return the gradient of log pi_theta(a | s), shape (S, 2, 1): -pi(1) of action 0 and pi(0) of action 1."""
        zero, one = self._pair(theta)
        return np.tile(np.array([[[-one], [zero]]]), (self.num_states, 1, 1))

    def _pair(self, theta: ArrayLike) -> Floats:
        preference = self.parameters(theta)[0]
        small = np.exp(-abs(preference))  # which does not overflow
        pair = np.array([small, 1.0]) / (1 + small)
        return pair if preference >= 0 else pair[::-1]
