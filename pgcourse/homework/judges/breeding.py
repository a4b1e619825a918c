"""What can be wrong with a step of a genetic algorithm: the parts of the judge `breeds_by_its_law`.

Where the parameters of the parents lie far apart compared with the noise, each parameter of a child shows from whom it
comes, and by how much it was changed. Both have an exact law.
"""

import itertools
import math

import numpy as np

from pgcourse._types import Bools, Floats, Ints
from pgcourse.homework.judges.chance import LIKELY, SIZES, improbable, not_bell_shaped, not_normal, repeated

GAP = 10.0
"""Least distance of two candidates along each axis; the noise is far smaller."""
MANY = 60
"""Parameters from which on the coins of two children are the same by chance with a probability far below LEVEL."""
OTHER_LAW = "The parents do not have equal chances, or a child's parameters do not come from two of them."


def far_apart(size: int, num_parameters: int, rng: np.random.Generator) -> Floats:
    """Return a population (N, n) whose candidates lie at least GAP apart along each axis, in no order."""
    return GAP * np.array([rng.permutation(size) for _ in range(num_parameters)]).T - GAP * (size // 2)


def joint_law(num_parents: int) -> Floats:
    """Return the probability that two parameters of a child come from two given parents, (P, P).

    With probability 1/2 both come from the same one of its two parents, who may be the same candidate.
    """
    return np.eye(num_parents) / (2 * num_parents) + 1 / (2 * num_parents**2)


def wrong_children(children: Floats, population: Floats, order: Ints, num_parents: int, spread: float) -> str:
    """Return what is wrong with children: from whom they come, then how they are changed.

    Parameters
    ----------
    children : array (N, n)
        What the student's function returns.
    population : array (N, n)
        What `far_apart` returns.
    order : array (N,)
        The candidates, best first.
    num_parents, spread
        As the student's function got them.
    """
    parents, lowest = population[order[:num_parents]], population[order[-num_parents:]]
    whose, change = _nearest(children, parents)
    if np.abs(change).max() > GAP / 2:
        return _strangers(children, parents, lowest, population)
    unchanged = change == 0
    if unchanged.any() and not unchanged.all():
        copies = unchanged.all(axis=1) & (whose == whose[:, :1]).all(axis=1)
        return "parents among the children" if (unchanged == copies[:, None]).all() else "changed now and then"
    if whose.shape[1] >= MANY:  # such an input is there for the coins; those with few parameters judge the noise
        return _wrong_coins(whose, num_parents)
    law = joint_law(num_parents)
    for i, j in itertools.combinations(range(whose.shape[1]), 2):
        counts = np.zeros_like(law)
        np.add.at(counts, (whose[:, i], whose[:, j]), 1)
        if improbable(counts, law) or improbable(_alike(counts), _alike(law)):
            return _other_law(counts, num_parents, (j - i) / (whose.shape[1] + 1))
    return _wrong_noise(change, spread)


def _nearest(children: Floats, candidates: Floats) -> tuple[Ints, Floats]:
    """Return for each parameter of each child whose it is (N, n), and by how much it differs (N, n)."""
    distance = children[:, None, :] - candidates
    whose = np.abs(distance).argmin(axis=1)
    return whose, np.take_along_axis(distance, whose[:, None, :], axis=1)[:, 0]


def _strangers(children: Floats, parents: Floats, lowest: Floats, population: Floats) -> str:
    """Return from whom the children come, where not all are the parents'."""
    means = (parents[:, None] + parents).reshape(-1, parents.shape[1]) / 2
    meanings = {
        "the lowest breed": lowest,
        "the first breed": population[: len(parents)],
        "everybody breeds": population,
        "mean of both parents": means,
    }
    for name, such in meanings.items():
        whose, change = _nearest(children, such)
        if np.abs(change).max() < GAP / 4 and len(np.unique(whose)) > len(such) / 3:
            return name
    return "A child has a parameter that none of the parents has, not even nearly."


def _alike(table: Floats) -> Floats:
    """Return what of a table (P, P) is on its diagonal, where both come from the same candidate, and what is not."""
    return np.array([table.trace(), table.sum() - table.trace()])


def _other_law(counts: Floats, num_parents: int, between: float) -> str:
    """Return by which known mistake two parameters of a child come from these parents so often.

    A single place, drawn from all, lies between the two with the probability `between`.
    """
    same = np.eye(num_parents)
    other = (1 - same) / max(1, num_parents * (num_parents - 1))
    best, anybody = same[0], np.full(num_parents, 1 / num_parents)
    laws = {
        "copies of one parent": same / num_parents,
        "parents anew for each parameter": np.outer(anybody, anybody),
        "two different parents": same / (2 * num_parents) + other / 2,
        "one point crossover": (1 - between) * same / num_parents + between / num_parents**2,
        "best parent in every pair": (np.diag(best + anybody) + np.outer(best, anybody) + np.outer(anybody, best)) / 4,
    }
    fits = (
        name
        for name, law in laws.items()
        if not improbable(counts, law, LIKELY) and not improbable(_alike(counts), _alike(law), LIKELY)
    )
    return next(fits, OTHER_LAW)


def _wrong_coins(whose: Ints, num_parents: int) -> str:
    """Return what is wrong with the coins or with the pairs of parents of children with at least MANY parameters.

    So many parameters show both parents of a child, but for a chance far below LEVEL.
    """
    heads = whose == whose[:, :1]  # from the parent that gave the first parameter
    pairs = np.sort([whose[:, 0], whose[np.arange(len(whose)), heads.argmin(axis=1)]], axis=0)
    different = pairs[0] != pairs[1]
    if wrong := _wrong_pairs(whose, pairs, num_parents):
        return wrong
    coins = np.unique(heads[different, 1:], axis=0)
    if improbable(*_shares_of_heads(coins)) or any(improbable(_heads(column), np.full(2, 0.5)) for column in coins.T):
        return "one point crossover" if _switches(whose).max() < 2 else "a coin that is not fair"
    if len(coins) < different.sum():
        return "coins used again"
    size, half = len(whose), len(whose) // 2
    even, odd, front = np.arange(0, size - 1, 2), np.arange(1, size - 1, 2), np.arange(half)
    equal = (2 * num_parents - 1) / num_parents**3  # P candidates twice, or P (P - 1) / 2 pairs in two orders
    strangers = (num_parents - 1) * (num_parents**2 - 3 * num_parents + 3) / num_parents**3  # no parent in common
    for first, second in ((even, even + 1), (odd, odd + 1), (front, front + size - half), (front, size - 1 - front)):
        one, other = pairs[:, first], pairs[:, second]
        met = (one[:, None] == other).any(axis=(0, 1))
        if improbable(_heads((one == other).all(axis=0)), np.array([equal, 1 - equal])) or improbable(
            _heads(met), np.array([1 - strangers, strangers])
        ):
            return "one pair for two children"
    return ""


def _wrong_pairs(whose: Ints, pairs: Ints, num_parents: int) -> str:
    """Return what is wrong with the two parents (2, N) of each child, whatever its coins were."""
    strange = ((whose != pairs[0][:, None]) & (whose != pairs[1][:, None])).any(axis=1)
    if strange.any():
        return "parents anew for each parameter" if strange.all() else OTHER_LAW
    different = pairs[0] != pairs[1]
    if not different.any():
        return "copies of one parent"
    counts = np.zeros((num_parents, num_parents))
    np.add.at(counts, (pairs[0], pairs[1]), 1)
    law = np.triu(np.full(counts.shape, 2.0), 1) + np.eye(num_parents)
    if improbable(counts, law / num_parents**2):
        if different.all():
            return "two different parents"
        return "best parent in every pair" if (pairs[0] == 0).all() else OTHER_LAW
    return ""


def _switches(whose: Ints) -> Ints:
    """Return how often a child (N, n) changes from one parent to the other along its parameters."""
    return (whose[:, 1:] != whose[:, :-1]).sum(axis=1)


def _heads(coins: Bools) -> Floats:
    """Return how many of these coins are True, and how many are not."""
    return np.array([coins.sum(), (~coins).sum()], dtype=float)


def _shares_of_heads(coins: Bools) -> tuple[Floats, Floats]:
    """Return how often rows of coins have about half, more or fewer, far more or fewer heads, and the law of that."""
    throws = coins.shape[1]
    off = np.abs(2 * np.arange(throws + 1) - throws)
    chances = np.array([math.comb(throws, heads) / 2**throws for heads in range(throws + 1)])
    bounds = [0, *(math.sqrt(throws) * bound for bound in SIZES), np.inf]
    law, _ = np.histogram(off, bounds, weights=chances)
    return np.histogram(off[coins.sum(axis=1)], bounds)[0].astype(float), law


def _wrong_noise(change: Floats, spread: float) -> str:
    """Return what is wrong with the changes (N, n) of the children's parameters."""
    size = change.shape[1]
    if np.abs(change).max() < spread / 1000:
        return "no mutation"
    if np.abs(change - change[0]).max() < spread / 1000:
        return "one noise for all"
    if size > 1 and np.ptp(change, axis=1).max() < spread / 1000:
        return "one number for a child"
    if size > 1 and repeated(change / spread):
        return "noise used again"
    if not_normal(change, np.zeros(size), spread**2 * np.eye(size)):
        as_variance = not not_normal(change, np.zeros(size), spread * np.eye(size), LIKELY)
        sentence = (
            "The changes are not normal numbers of mean 0 and standard deviation `spread`, one for each parameter."
        )
        return "spread as a variance" if as_variance else sentence
    return "changes that are not normal" if not_bell_shaped(change / spread) else ""
