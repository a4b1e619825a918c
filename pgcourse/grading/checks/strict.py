"""NumPy's comparisons as checks get them: an answer of nothing agrees with nothing.

`np.allclose([], 3)` is true, and so is what `np.testing` says of masked entries, whatever is expected there: a function
that returns no number would get all points. Other code than that of checks finds NumPy as it is.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.testing._private import utils  # all comparisons of np.testing call one function there

WORDS = "one of them is empty, or has masked entries where the other has numbers"


def install(kind: type) -> None:
    """Make comparisons strict for code whose global names are of a kind; called once in a process."""
    for name in ("allclose", "isclose"):
        setattr(np, name, _strict(getattr(np, name), kind))
    compare = utils.assert_array_compare

    @functools.wraps(compare)
    def strict(comparison, x, y, *rest, **more):
        if apart(x, y):
            raise AssertionError(WORDS)
        return compare(comparison, x, y, *rest, **more)

    utils.assert_array_compare = strict


def _strict(compare: Callable, kind: type) -> Callable:
    """Return a comparison that is false, when a check calls it, for what is apart."""

    @functools.wraps(compare)
    def strict(a: Any, b: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(sys._getframe(1).f_globals, kind) and apart(a, b):
            return np.False_
        return compare(a, b, *rest, **more)

    return strict


def apart(first: Any, second: Any) -> bool:
    """Say whether one of two values is empty and the other is not, or they have different entries masked."""
    if (np.size(first) == 0) != (np.size(second) == 0):
        return True
    if not (np.ma.is_masked(first) or np.ma.is_masked(second)):
        return False
    one, two = (np.ma.getmaskarray(np.ma.asanyarray(value)) for value in (first, second))
    return not np.array_equal(one, two)
