"""CartPole once more, with what the lecture's tricks became: generalised advantages, and several clipped steps a batch.

With lambda = 1 and one step a batch this is `pgcourse.optimisers.cartpole.train` with its fitted baseline.
"""

from collections.abc import Callable, Iterable

import numpy as np

from pgcourse import _validate as validate
from pgcourse._types import Floats
from pgcourse.gradients.estimators import rewards_to_go
from pgcourse.optimisers import cartpole
from pgcourse.optimisers.cartpole import Episodes, Training
from pgcourse.optimisers.runs import softmax


def train(
    num_batches: int,
    rng: np.random.Generator,
    lam: float = 1.0,
    num_steps: int = 1,
    epsilon: float = np.inf,
    step_size: float = cartpole.STEP_SIZE,
    progress: Callable[[Iterable[int], str], Iterable[int]] = cartpole.without_bar,
) -> Training:
    """Train on CartPole, with the critic V-hat fitted to the batch before.

    Parameters
    ----------
    num_batches : int
        Batches, each of `cartpole.BATCH` new episodes.
    rng : numpy.random.Generator
    lam : float
        lambda in [0, 1] of the generalised advantage; 1 for the reward-to-go less V-hat.
    num_steps : int
        How many steps each batch serves; from the second on its samples are weighted.
    epsilon : float
        The weights are clipped to 1 - epsilon and 1 + epsilon, as in PPO; not at all if it is inf.
    step_size : float
        alpha
    progress : function (iterable, label) -> iterable
        As for `cartpole.train`.

    Returns
    -------
    Training

    Raises
    ------
    ValueError
        Naming the argument that does not fit.
    """
    validate.generator("rng", rng)
    batches = validate.whole_number("num_batches", num_batches, 0)
    steps = validate.whole_number("num_steps", num_steps, 1)
    decay, alpha = validate.in_interval("lam", lam, 0, 1), validate.real_number("step_size", step_size)
    if not epsilon > 0:
        raise ValueError(f"epsilon is {epsilon}, but must be above 0, or inf for no clip.")
    training = Training()
    for _ in progress(range(batches), "training"):
        episodes = cartpole.draw_episodes(training.theta, cartpole.BATCH, rng)
        rewards, features = episodes.active.astype(float), cartpole.value_features(episodes)
        advantages = generalised(rewards, features @ training.value_weights * rewards, decay)
        theta = training.theta
        for _ in range(steps):
            theta = theta + alpha * surrogate_gradient(theta, training.theta, episodes, advantages, epsilon)
        targets = rewards_to_go(rewards, 1.0)[episodes.active]
        returns = np.vstack([training.returns, rewards.sum(axis=1)])
        training = Training(theta, cartpole.fitted(features[episodes.active], targets), returns)
    return training


def generalised(rewards: Floats, values: Floats, lam: float) -> Floats:
    """Return the generalised advantages (m, H) without discount; rewards and values (m, H) are 0 after the end."""
    following = np.roll(values, -1, axis=1)
    following[:, -1] = 0
    return rewards_to_go(rewards + following - values, lam)


def surrogate_gradient(theta: Floats, old: Floats, episodes: Episodes, advantages: Floats, epsilon: float) -> Floats:
    """Return the gradient (2, 4) at theta of the clipped surrogate of episodes that were drawn with `old`.

    The surrogate is the mean over the episodes of the sum over their steps of min(w A, clip(w, 1 - epsilon,
    1 + epsilon) A). Where it is clipped it is flat.
    """
    now, before = (_chosen(parameters, episodes) for parameters in (theta, old))
    ratios = now / before
    flat = np.where(advantages > 0, ratios > 1 + epsilon, ratios < 1 - epsilon)
    weights = np.where(flat | ~episodes.active, 0.0, ratios * advantages)
    return (cartpole.scores(theta, episodes) * weights[..., None, None]).sum(axis=1).mean(axis=0)


def _chosen(theta: Floats, episodes: Episodes) -> Floats:
    """Return the probabilities (m, H) of the actions that were taken."""
    probabilities = softmax(episodes.observations @ theta.T)
    return np.take_along_axis(probabilities, episodes.actions[..., None], axis=2)[..., 0]
