"""Walker's alias method, by which one draw chooses among many events, each with its exact probability."""

import numpy as np

from pgcourse._types import Bools, Floats, Ints


def alias_rows(weights: Floats) -> tuple[Floats, Ints]:
    """Return Walker's tables for rows of probabilities (S, K): keep (S, K), the share of a cell that is its own.

    The rest of the cell belongs to alias (S, K). What the small cells of a row lack comes from the large ones, both in
    order, each large cell giving until it has nothing to spare; so where the running sum of what was lacked stands
    among those of what could be spared says who gives to whom. Time and memory are O(S K).

    References
    ----------
    Walker 1977; Vose 1991; for the sums, Huebschle-Schneider & Sanders 2022.
    """
    level = weights * (weights.shape[1] / weights.sum(axis=1, keepdims=True))
    cells = np.argsort(level >= 1, axis=1, kind="stable")  # the small ones, then the large ones
    level = np.take_along_axis(level, cells, axis=1)
    large = level >= 1
    lacked, spared = np.cumsum(np.where(large, 0, 1 - level), axis=1), np.cumsum(np.where(large, level - 1, 0), axis=1)
    before = np.where(large, spared, lacked - (1 - level))
    order = np.argsort(before, axis=1, kind="stable")  # two sorted runs, which the stable sort merges in O(K)
    num_small = np.count_nonzero(~large, axis=1, keepdims=True)
    large, level, lacked, spared, ordered = (
        np.take_along_axis(each, order, axis=1) for each in (large, level, lacked, spared, cells)
    )
    # A large cell that has given more than it had to spare takes the difference from the next large one.
    given = np.maximum.accumulate(np.where(large, 0, lacked), axis=1)
    keep, alias = np.empty_like(level), np.empty_like(cells)
    np.put_along_axis(keep, ordered, np.where(large, 1 - np.maximum(given - spared, 0), level), axis=1)
    giver = np.minimum(num_small + np.cumsum(large, axis=1), weights.shape[1] - 1)
    np.put_along_axis(alias, ordered, np.take_along_axis(cells, giver, axis=1), axis=1)
    return keep, alias


def below(fractions: Floats, rng: np.random.Generator) -> Bools:
    """Say for each fraction (N,) in [0, 1] whether a uniform random number is below it, to the last bit."""
    answer, undecided, rest = np.zeros(len(fractions), dtype=bool), np.arange(len(fractions)), fractions
    while len(undecided):  # 32 bits at a time: the first that differ decide
        rest = np.ldexp(rest, 32)
        digit, drawn = np.floor(rest), rng.integers(1 << 32, size=len(rest), dtype=np.uint32)
        answer[undecided] = drawn < digit
        rest = rest - digit
        open_still = (drawn == digit) & (rest > 0)
        undecided, rest = undecided[open_still], rest[open_still]
    return answer
