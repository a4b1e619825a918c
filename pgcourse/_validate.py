"""Reads what a caller passed in and says in one sentence what is wrong with it.

Every function takes the argument's name first, because the message is for a student: it names the argument, the index
that offends and the fix. Each raises ValueError, and nothing else.
"""

import math
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np

from pgcourse._types import Floats

TOLERANCE = 1e-9


def real_array(name: str, value: Any, shape: tuple[int, ...] | None = None, kind: str = "numbers") -> Floats:
    """Return value as a new float array of the given shape, or say what is wrong.

    Parameters
    ----------
    name : str
        The argument, as the caller knows it.
    value
        Anything.
    shape : tuple of int, optional
        The wanted shape; None to accept any.
    kind : str
        What the array holds, for the message.

    Returns
    -------
    array of float
        A copy that nobody else holds.

    Raises
    ------
    ValueError
        For text, objects, complex numbers, a ragged list, another shape, NaN and infinity.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array of {kind}: its rows have different lengths.") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real {kind}, but its dtype is {array.dtype}: convert it with np.asarray.")
    if shape is not None and array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, but has shape {array.shape}: check the order of its axes.")
    array = array.astype(float)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        index = tuple(bad[0].tolist())
        raise ValueError(f"{at(name, index)} is {array[index]}: every entry must be a finite number.")
    return array


def distribution(name: str, value: Any, shape: tuple[int, ...]) -> Floats:
    """Return value as an array whose last axis holds probabilities that sum to 1 (to 1e-9).

    Parameters
    ----------
    name, value, shape
        As for `real_array`.

    Returns
    -------
    array of float

    Raises
    ------
    ValueError
        As for `real_array`, and for a negative entry or another sum, naming its index.
    """
    array = real_array(name, value, shape, "probabilities")
    negative = np.argwhere(array < 0)
    if len(negative):
        index = tuple(negative[0].tolist())
        raise ValueError(f"{at(name, index)} is {array[index]:g}: a probability cannot be negative.")
    with np.errstate(over="ignore"):  # what adds up to infinity is refused below
        sums = array.sum(axis=-1)
    off = np.argwhere(np.abs(sums - 1) > TOLERANCE)
    if len(off):
        index = tuple(off[0].tolist())
        raise ValueError(f"{at(name, index)} sums to {sums[index]:.12g}, not 1: divide it by its sum.")
    return array


def in_interval(name: str, value: Any, low: float, high: float) -> float:
    """Return value as a float in [low, high]; ValueError otherwise."""
    number = real_number(name, value)
    if not low <= number <= high:
        raise ValueError(f"{name} is {number:g}, but must lie in [{low:g}, {high:g}].")
    return number


def real_number(name: str, value: Any) -> float:
    """Return value as a finite float; ValueError for anything else."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or array.ndim:
        raise ValueError(f"{name} must be one real number, but is {_short(value)}.")
    number = float(array)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {number}: it must be a finite number.")
    return number


def whole_number(name: str, value: Any, low: int) -> int:
    """Return value as an int of at least low; ValueError otherwise (True and 3.0 are not whole numbers)."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise ValueError(f"{name} must be a whole number such as {max(low, 1)}, but is {_short(value)}.")
    if int(value) < low:
        raise ValueError(f"{name} is {value}, but must be at least {low}.")
    return int(value)


def one_of(name: str, value: Any, options: Iterable[str]) -> str:
    """Return value if it is one of the options; ValueError that names them otherwise."""
    known = tuple(options)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(known)}.")
    return value


def generator(name: str, value: Any) -> np.random.Generator:
    """Return value if it is a NumPy random generator; ValueError otherwise."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(f"{name} must be a NumPy generator, but is {_short(value)}: use np.random.default_rng(seed).")
    return value


def at(name: str, index: tuple[int, ...]) -> str:
    """Return the text `name[i, j]`, or `name` alone where there is no index."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
