"""The gradient and the natural gradient on a bandit with a softmax policy, both exact.

The natural gradient measures a step by how far the *policy* moves: it is F^-1 times the gradient, with the Fisher
information F = E[score score^T]. For a softmax the gradient is pi A, and F A = pi A, so it is the advantage A itself.
"""

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.optimisers.runs import softmax


def path(
    mean_rewards: ArrayLike, start: ArrayLike, step_size: float, num_iterations: int, natural: bool = False
) -> Floats:
    """Climb U = sum of pi(a) mean_rewards[a] by its exact gradient.

    Parameters
    ----------
    mean_rewards : (K,) array
    start : (K,) array
        The first policy; each probability is above 0.
    step_size : float
        alpha.
    num_iterations : int
    natural : bool
        Whether to take the natural gradient.

    Returns
    -------
    (num_iterations + 1, K) array
        The policies.

    Raises
    ------
    ValueError
        For a start that is no distribution, or is 0 somewhere.

    References
    ----------
    Amari 1998 (the natural gradient); Kakade 2001 (of policies).
    """
    rewards = validate.real_array("mean_rewards", mean_rewards)
    policy = validate.distribution("start", start, rewards.shape)
    if not policy.all():
        raise ValueError("start must give each arm a probability above 0.")
    theta, found = np.log(policy), [policy]
    for _ in range(num_iterations):
        advantages = rewards - policy @ rewards
        theta = theta + step_size * (advantages if natural else policy * advantages)
        policy = softmax(theta)
        found.append(policy)
    return np.array(found)


def fisher_information(policy: ArrayLike) -> Floats:
    """Return F = E[score score^T] of a softmax policy (K,) with one parameter an arm, shape (K, K)."""
    p = np.asarray(policy, dtype=float)
    return np.diag(p) - np.outer(p, p)
