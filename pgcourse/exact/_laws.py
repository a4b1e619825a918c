"""Laws of sums: values with their probabilities, merged where rounding alone tells them apart."""

import numpy as np

from pgcourse._types import Floats, Ints

LIMIT = 200_000
"""Values that a law may have."""


def merged(
    value: Floats, size: Floats, chance: Floats, num_terms: int, state: Ints | None = None
) -> tuple[Floats, Floats, Floats, Ints]:
    """Merge values of the same state that differ by no more than rounding can explain.

    Parameters
    ----------
    value : (N,) array
        Sums of num_terms terms.
    size : (N,) array
        The sums of the terms' absolute values, which bound the rounding errors.
    chance : (N,) array
        Probabilities.
    num_terms : int
    state : (N,) array of int, optional
        Values of different states are kept apart.

    Returns
    -------
    value, size, chance, state : (M,) array
        By state, and then in rising order.
    """
    state = np.zeros(len(value), dtype=int) if state is None else state
    order = np.lexsort((value, state))
    value, size, chance, state = value[order], size[order], chance[order], state[order]
    rounding = 2 * num_terms * np.finfo(float).eps * np.maximum(size[1:], size[:-1])
    first = np.flatnonzero(np.append(True, (np.diff(state) != 0) | (np.diff(value) > rounding)))
    return value[first], np.maximum.reduceat(size, first), np.add.reduceat(chance, first), state[first]
