"""Bandits: one state and one decision, faced again and again; rules that choose an arm, and what they lose.

Arm a earns 1 with probability means[a], else 0. A rule looks at what it has seen, `pulls` and `earned`, arrays
(K, ...) of how often each arm was pulled and how much it earned, and gives the probabilities (K, ...) of pulling each
arm next. The regret of a sequence of pulls is what the best arm would have earned more, on average:

    regret = sum over the pulls of (max over a of means[a]) - means[arm pulled]
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _names
from pgcourse import _validate as validate
from pgcourse._types import Bools, Floats, Ints

Rule: TypeAlias = Callable[[Ints, Ints], Floats]
"""Function of pulls (K, ...) and earned (K, ...) that returns the probabilities (K, ...) of the next pull."""

MAX_PULLS = 200  # of a Game


def epsilon_greedy(pulls: Ints, earned: Ints, epsilon: float = 0.1) -> Floats:
    """Choose the arm of best average so far, but with probability epsilon any arm; an untried arm counts as best.

    Parameters
    ----------
    pulls, earned : (K, ...) array of int
        How often each arm was pulled, and what it earned.
    epsilon : float
        In [0, 1].

    Returns
    -------
    (K, ...) array
        Probabilities of the next pull; arms that are equally good share them.

    References
    ----------
    Sutton & Barto 2018, section 2.2.
    """
    averages = np.where(pulls == 0, np.inf, earned / np.maximum(pulls, 1))
    return (1 - epsilon) * _shared_by_the_best(averages) + epsilon / len(pulls)


def ucb1(pulls: Ints, earned: Ints) -> Floats:
    """Choose the arm of highest upper confidence bound, average + sqrt(2 log(t) / pulls); untried arms come first.

    Parameters
    ----------
    pulls, earned : (K, ...) array of int
        How often each arm was pulled, and what it earned; t is the sum of pulls.

    Returns
    -------
    (K, ...) array
        Probabilities of the next pull; arms with the same bound share them.

    References
    ----------
    Auer, Cesa-Bianchi & Fischer 2002.
    """
    tried = np.maximum(pulls, 1)
    bonus = np.sqrt(2 * np.log(np.maximum(pulls.sum(axis=0), 1)) / tried)
    return _shared_by_the_best(np.where(pulls == 0, np.inf, earned / tried + bonus))


def play(rule: Rule, means: ArrayLike, num_pulls: int, num_games: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Play many games side by side.

    Parameters
    ----------
    rule : function
        Such as `ucb1`.
    means : (K,) array
        Probabilities of a reward.
    num_pulls, num_games : int
    rng : numpy.random.Generator

    Returns
    -------
    arms, rewards : (num_pulls, num_games) array of int

    Raises
    ------
    ValueError
        For means that are no probabilities.
    """
    means = _means(means)
    validate.generator("rng", rng)
    pulls, earned = np.zeros((2, len(means), num_games), dtype=int)
    arms, rewards = np.zeros((2, num_pulls, num_games), dtype=int)
    games = np.arange(num_games)
    for t in range(num_pulls):
        arms[t] = (np.cumsum(rule(pulls, earned), axis=0)[:-1] <= rng.random(num_games)).sum(axis=0)
        rewards[t] = rng.random(num_games) < means[arms[t]]
        pulls[arms[t], games] += 1
        earned[arms[t], games] += rewards[t]
    return arms, rewards


def regret(means: ArrayLike, arms: ArrayLike) -> Floats:
    """Return the regret after each pull.

    Parameters
    ----------
    means : (K,) array
        Probabilities of a reward.
    arms : (num_pulls, ...) array of int
        The arms pulled.

    Returns
    -------
    (num_pulls, ...) array
    """
    means = _means(means)
    validate.refuse_mask("arms", arms)
    return np.cumsum(means.max() - means[np.asarray(arms, dtype=int)], axis=0)


def regret_at_random(means: ArrayLike, num_pulls: int) -> Floats:
    """Return the exact expected regret of pulling any arm alike, after 0, 1, ... num_pulls pulls."""
    means = _means(means)
    return np.arange(num_pulls + 1) * (means.max() - means.mean())


def expected_regret(rule: Rule, means: ArrayLike, num_pulls: int) -> Floats:
    """Return the exact expected regret of a rule on two arms after each pull.

    Parameters
    ----------
    rule : function
        Such as `ucb1`.
    means : (2,) array
        Probabilities of a reward.
    num_pulls : int

    Returns
    -------
    (num_pulls,) array

    Raises
    ------
    ValueError
        For other than two arms.
    """
    first, second = means = _means(means, 2)
    gaps = means.max() - means
    # The law of (n, x, y), the pulls of arm 0 and what each arm earned, is carried from pull to pull.
    law, lost = np.ones((1, 1, 1)), np.zeros(num_pulls)
    for t in range(num_pulls):
        n, x, y = np.nonzero(law)
        chance = law[n, x, y] * rule(np.array([n, t - n]), np.array([x, y]))
        lost[t] = gaps @ chance.sum(axis=1)
        law = np.zeros((t + 2, t + 2, t + 2))
        law[n + 1, x, y] += (1 - first) * chance[0]
        law[n + 1, x + 1, y] += first * chance[0]
        law[n, x, y] += (1 - second) * chance[1]
        law[n, x, y + 1] += second * chance[1]
    return np.cumsum(lost)


class Game:
    """Hold one game on three hidden arms: the arms pulled so far, in order, and what they earned.

    Parameters
    ----------
    rng : numpy.random.Generator
        Deals the means and all rewards before the game: the n-th pull of an arm earns the same however the other arms
        are played.

    Attributes
    ----------
    means : (3,) array
    rewards : (3, MAX_PULLS) array of bool
        What each pull of each arm will earn.
    arms : list of int
    """

    def __init__(self, rng: np.random.Generator) -> None:
        means = rng.permutation(np.round(rng.uniform([0.1, 0.35, 0.65], [0.35, 0.65, 0.9]), 2))
        self.means: Floats = means
        self.rewards: Bools = rng.random((len(means), MAX_PULLS)) < means[:, None]
        self.arms: list[int] = []
        self.rng = rng

    @property
    def pulls(self) -> Ints:
        """How often each arm was pulled, (K,)."""
        return np.bincount(self.arms, minlength=len(self.means))

    @property
    def earned(self) -> Ints:
        """What each arm earned, (K,)."""
        return np.array([row[:n].sum() for row, n in zip(self.rewards, self.pulls, strict=True)])

    @property
    def averages(self) -> Floats:
        """What each arm earned per pull, (K,), NaN before its first pull."""
        return np.divide(self.earned, self.pulls, out=np.full(len(self.means), np.nan), where=self.pulls > 0)

    def pull(self, arm: int) -> None:
        """Pull an arm, unless the game is over."""
        self.arms += [arm][: MAX_PULLS - len(self.arms)]

    def follow(self, rule: Rule, times: int) -> None:
        """Pull the arms that a rule chooses."""
        for _ in range(times):
            self.pull(self.rng.choice(len(self.means), p=rule(self.pulls, self.earned)))

    def earnings(self) -> Ints:
        """Return what was earned in total after each pull."""
        nth = [self.arms[:t].count(arm) for t, arm in enumerate(self.arms)]
        return np.cumsum(self.rewards[self.arms, nth]) if self.arms else np.zeros(0, dtype=int)


def _shared_by_the_best(index: Floats) -> Floats:
    best = index == index.max(axis=0)
    return best / best.sum(axis=0)


def _means(means: ArrayLike, size: int | None = None) -> Floats:
    means = validate.real_array("means", means)
    if means.ndim != 1 or len(means) < 2 or (size and len(means) != size):
        raise ValueError(f"means must have one entry for each of {size or '2 or more'} arms, not shape {means.shape}.")
    if (means < 0).any() or (means > 1).any():
        raise ValueError("means must be probabilities, between 0 and 1: each arm earns 1 or 0.")
    return means


__dir__ = _names.own(globals())
