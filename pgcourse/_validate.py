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
        As for `numbers`, and for NaN and infinity.
    """
    array = numbers(name, value, shape, kind)
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(np.argwhere(~finite)[0].tolist())
        raise ValueError(f"{at(name, index)} is {array[index]}: every entry must be a finite number.")
    return array


def numbers(name: str, value: Any, shape: tuple[int, ...] | None = None, kind: str = "numbers") -> Floats:
    """Return value as a new float array as `real_array` does, but let NaN and infinity pass.

    Raises
    ------
    ValueError
        For text, objects, complex numbers, masked entries, a ragged list and another shape.
    """
    refuse_mask(name, value)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array of {kind}: its rows have different lengths.") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real {kind}, but its dtype is {array.dtype}: make it an array of floats.")
    if shape is not None and array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, but has shape {array.shape}: check the order of its axes.")
    return array.astype(float)


def distribution(name: str, value: Any, shape: tuple[int, ...], instead_of_zero: str = "") -> Floats:
    """Return value as an array whose last axis holds probabilities that sum to 1 (to 1e-9).

    Parameters
    ----------
    name, value, shape
        As for `real_array`.
    instead_of_zero : str
        What to do where all probabilities are 0.

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
        raise ValueError(f"{at(name, index)} is {plain(array[index])}: a probability cannot be negative.")
    with np.errstate(over="ignore"):  # what adds up to infinity is refused below
        sums = array.sum(axis=-1)
    off = np.argwhere(np.abs(sums - 1) > TOLERANCE)
    if len(off):
        index = tuple(off[0].tolist())
        coarse = np.asarray(value).dtype in (np.float16, np.float32)
        fix = "convert it with .astype(float), and then divide it by its sum" if coarse else "divide it by its sum"
        if not sums[index]:
            fix = instead_of_zero or "say how probable each outcome is"
        raise ValueError(f"{at(name, index)} sums to {sums[index]:.12g}, not 1: {fix}.")
    return array


def refuse_mask(name: str, value: Any) -> None:
    """Raise ValueError if an entry of an array, or of nested lists of arrays, is masked: NumPy would drop the mask."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.getmaskarray(value).any():
        raise ValueError(f"{name} has masked entries: put numbers in their place with its method filled.")
    if isinstance(value, list | tuple):
        for part in value:
            refuse_mask(name, part)


def in_interval(name: str, value: Any, low: float, high: float) -> float:
    """Return value as a float in [low, high]; ValueError otherwise."""
    number = real_number(name, value)
    if not low <= number <= high:
        raise ValueError(f"{name} is {plain(number)}, but must lie in [{plain(low)}, {plain(high)}].")
    return number


def real_number(name: str, value: Any) -> float:
    """Return value as a finite float; ValueError for anything else."""
    refuse_mask(name, value)
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


def index(name: str, value: Any, size: int) -> int:
    """Return value as an int from 0 to size - 1; ValueError otherwise."""
    if whole_number(name, value, 0) >= size:
        raise ValueError(f"{name} is {value}, but the {name}s are 0 to {size - 1}.")
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


def plain(number: float) -> str:
    """Return the shortest text that no other number has, such as 2 or 1.0000001."""
    return repr(float(number)).removesuffix(".0")


def at(name: str, index: tuple[int, ...]) -> str:
    """Return the text `name[i, j]`, or `name` alone where there is no index."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
