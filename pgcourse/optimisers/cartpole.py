"""The last step, in practice: the same loop on CartPole, whose dynamics are a program that nobody has to know.

A cart carries a pole; pushing the cart left or right keeps the pole up. Each step earns 1 until the pole falls, at most
HORIZON times, so the return is the number of steps. The policy is a softmax of linear preferences: action a in
observation x is chosen with probability proportional to exp(theta[a] . x). The baseline is a learned V-hat.

The dynamics are in `pgcourse.problems.cart_pole`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pgcourse import _names
from pgcourse import _validate as validate
from pgcourse._by_value import ByValue
from pgcourse._types import Bools, Floats, Ints
from pgcourse.gradients.estimators import ESTIMATORS, rewards_to_go
from pgcourse.gradients.policies import others
from pgcourse.optimisers.runs import softmax
from pgcourse.problems import cart_pole

HORIZON = 200
BATCH = 20
STEP_SIZE = 0.015


class Episodes(NamedTuple):
    """Hold m episodes of at most H steps; where `active` is False the episode was over."""

    observations: Floats
    """(m, H, 4) position and speed of the cart, angle and angular speed of the pole"""
    actions: Ints
    """(m, H) 0 pushes left, 1 right"""
    active: Bools
    """(m, H) bool; each active step earned 1"""
    last: Floats
    """(m, 4) the observation after the last active step"""


@dataclass(frozen=True, eq=False)
class Training(ByValue):
    """Hold where the training stands; it displays as a sentence.

    Parameters
    ----------
    theta : (2, 4) array
        Parameters of the policy.
    value_weights : (F,) array
        Weights of V-hat, fitted to the last batch.
    returns : (K, m) array
        Return of every episode of the K batches so far.
    """

    theta: Floats = field(default_factory=lambda: np.zeros((2, 4)))
    value_weights: Floats = field(default_factory=lambda: np.zeros(11))
    returns: Floats = field(default_factory=lambda: np.zeros((0, BATCH)))

    @property
    def mean_returns(self) -> Floats:
        """Mean return of each batch so far, (K,)."""
        return self.returns.mean(axis=1)

    def __repr__(self) -> str:
        if not len(self.returns):
            return "No batch yet: train with num_batches of 1 or more."
        first, last = self.mean_returns[[0, -1]]
        return (
            f"{len(self.returns)} batches of {BATCH} episodes: the mean return went from {first:.0f} in the first to "
            f"{last:.0f} in the last; the maximum is {HORIZON}."
        )


def without_bar(iterable: Iterable[int], label: str) -> Iterable[int]:
    """Return the iterable as it is, instead of showing how far it is."""
    return iterable


def train(
    num_batches: int,
    rng: np.random.Generator,
    estimator: str = "reward_to_go",
    fitted_baseline: bool = False,
    step_size: float = STEP_SIZE,
    so_far: Training | None = None,
    progress: Callable[[Iterable[int], str], Iterable[int]] = without_bar,
) -> Training:
    """Run the policy-gradient loop on CartPole.

    Parameters
    ----------
    num_batches : int
        Iterations, each with BATCH new episodes.
    rng : numpy.random.Generator
    estimator : str
        "total_return" or "reward_to_go".
    fitted_baseline : bool
        Subtract V-hat, fitted to the batch before; for "reward_to_go" only.
    step_size : float
        alpha
    so_far : Training, optional
        To go on with.
    progress : function (iterable, label) -> iterable
        Shows how far the training is, as `pgcourse.figures.progress.progress` does.

    Returns
    -------
    Training

    Raises
    ------
    ValueError
        For an unknown estimator, for a baseline with the total return, and naming any other argument that does not fit.
    """
    validate.one_of("estimator", estimator, ESTIMATORS)
    if estimator == "total_return" and fitted_baseline:
        raise ValueError("estimator is 'total_return', which takes no fitted_baseline: use reward_to_go.")
    validate.generator("rng", rng)
    num_batches = validate.whole_number("num_batches", num_batches, 0)
    step_size = validate.real_number("step_size", step_size)
    training = Training() if so_far is None else so_far
    if not isinstance(training, Training):
        raise ValueError(f"so_far must be what train returned before, but is a {type(training).__name__}.")
    for _ in progress(range(num_batches), "training"):
        episodes = draw_episodes(training.theta, BATCH, rng)
        training = improved(training, episodes, estimator, fitted_baseline, step_size)
    return training


def draw_episodes(theta: Floats, num_episodes: int, rng: np.random.Generator) -> Episodes:
    """Let the policy with parameters theta (2, 4) steer as many carts until each pole has fallen; returns Episodes."""
    state, alive = cart_pole.start(num_episodes, rng), np.ones(num_episodes, dtype=bool)
    preference = theta[1] - theta[0]
    steps: list[tuple[Floats, Ints, Bools]] = []
    while alive.any() and len(steps) < HORIZON:
        to_the_right = (1 + np.tanh(state @ preference / 2)) / 2  # a softmax over two, in a third of its time
        action = (rng.random(num_episodes) < to_the_right).astype(int)
        steps.append((state, action, alive))
        state = np.where(alive[:, None], cart_pole.pushed(state, action), state)
        alive = alive & ~cart_pole.has_fallen(state)
    observations, actions, active = (np.stack(column, axis=1) for column in zip(*steps, strict=True))
    return Episodes(observations, actions, active, state)


def improved(
    training: Training, episodes: Episodes, estimator: str, fitted_baseline: bool, step_size: float
) -> Training:
    """Return the Training one batch later: one step of gradient ascent, and V-hat fitted to the same batch.

    V-hat of the batch *before* is what is subtracted, so the baseline does not depend on the actions it judges.
    """
    rewards = episodes.active.astype(float)
    to_go = rewards_to_go(rewards, 1.0)
    features = value_features(episodes)
    weights = to_go if estimator == "reward_to_go" else np.broadcast_to(to_go[:, :1], to_go.shape)
    if fitted_baseline:
        weights = weights - features @ training.value_weights
    gradient = (
        (scores(training.theta, episodes) * (weights * episodes.active)[..., None, None]).sum(axis=1).mean(axis=0)
    )
    return Training(
        training.theta + step_size * gradient,
        fitted(features[episodes.active], to_go[episodes.active]),
        np.vstack([training.returns, rewards.sum(axis=1)]),
    )


def scores(theta: Floats, episodes: Episodes) -> Floats:
    """Return the gradient of log pi_theta(a | x) of every step: (1[a chosen] - pi(a | x)) x, shape (m, H, 2, 4)."""
    probabilities = softmax(episodes.observations @ theta.T)
    surprise = np.where(np.eye(2, dtype=bool)[episodes.actions], others(probabilities), -probabilities)
    return surprise[..., :, None] * episodes.observations[..., None, :]


def value_features(episodes: Episodes) -> Floats:
    """Return what V-hat is linear in, (m, H, 11): 1, the share of time gone and its square, x and its squares."""
    x = episodes.observations
    time = np.broadcast_to(np.arange(x.shape[1])[:, None] / HORIZON, (*x.shape[:2], 1))
    return np.concatenate([np.ones_like(time), time, time**2, x, x**2], axis=2)


def fitted(features: Floats, targets: Floats) -> Floats:
    """Return the weights (F,) of the least-squares fit of targets (N,) by features (N, F)."""
    # The small multiple of the identity keeps the solution finite when two features agree on all of a batch.
    gram = features.T @ features + 1e-3 * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(gram, features.T @ targets), dtype=float)


__dir__ = _names.own(globals())
