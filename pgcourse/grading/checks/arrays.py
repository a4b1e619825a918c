"""Arrays, and random generators: in parts, and from parts that a student's process sent.

What arrives is bytes, read as numbers, text or times, and as nothing else.
"""

import math
import random
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
CODE = re.compile(r"[<>|](?:[biufc]\d{1,2}|[US][1-9]\d{0,4}|[mM]8(?:\[\w{1,12}\])?)")
"""NumPy's code of a type of numbers, text or times."""


def tag(value: Any, kind: type) -> str | None:
    """Return the name of the form in which an array, a number of NumPy's or a generator travels, else None."""
    if kind is np.dtype or issubclass(kind, np.dtype):
        return "dtype" if CODE.fullmatch(value.str) else None
    if issubclass(kind, np.generic) and kind.__module__ == "numpy":
        return "scalar" if CODE.fullmatch(value.dtype.str) else None
    if kind in (np.ndarray, np.matrix, np.ma.MaskedArray):
        if value.dtype != object and not CODE.fullmatch(value.dtype.str):
            return None
        usual = "objects" if value.dtype == object else "array"
        return {np.matrix: "matrix", np.ma.MaskedArray: "masked"}.get(kind, usual)
    if kind is np.random.Generator:
        return "generator" if type(value.bit_generator).__name__ in GENERATORS else None
    if kind is np.random.RandomState:
        return "random state" if value.get_state(legacy=False)["bit_generator"] == "MT19937" else None
    return {random.Random: "random", type(np.ma.masked): "mask"}.get(kind)


def _array_parts(array):
    array = np.asarray(array)
    return array.dtype.str, list(array.shape), array.tobytes()


def _array(code, shape, data):
    """Return a writable array."""
    if not CODE.fullmatch(code):
        raise ValueError("not a type of numbers")
    if math.prod(shape) * np.dtype(code).itemsize != len(data):
        raise ValueError("another size")
    if code == "|b1":  # a byte that is neither 0 nor 1 would make sums and counts wrong
        return np.frombuffer(data, np.uint8).reshape(shape) != 0
    if code[1] == "U" and len(data) and np.frombuffer(data, f"{code[0]}u4").max() > sys.maxunicode:
        raise ValueError("no characters")
    return np.ndarray(tuple(shape), np.dtype(code), data).copy()


def places(view: np.ndarray, array: np.ndarray) -> np.ndarray | None:
    """Return which entries of an array, counted in C's order, those of its view are; None if it reads other entries."""
    size = array.itemsize
    start = view.ctypes.data - array.ctypes.data
    steps = np.array([start, *view.strides])
    if view.dtype != array.dtype or not array.flags.c_contiguous or not size or np.any(steps % size):
        return None
    return np.asarray(_grid(view.shape, view.strides, start) // size)


def view(array: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the view of an array that has its entries at these places, or a copy that cannot be changed.

    Raises IndexError or TypeError for places that the array has not.
    """
    if type(array) is not np.ndarray or type(places) is not np.ndarray or not places.size:
        raise TypeError("no places in an array")
    found = _grid(array.shape, array.strides, 0).ravel()[places]
    strides = [
        int(found.take(1, axis).flat[0] - found.flat[0]) if found.shape[axis] > 1 else 0 for axis in range(found.ndim)
    ]
    if not np.array_equal(found, _grid(found.shape, strides, found.flat[0])):
        copy = array.ravel()[places]
        copy.flags.writeable = False
        return copy
    first = np.unravel_index(places.flat[0], array.shape)
    corner: tuple[Any, ...] = (..., *(slice(place, place + 1) for place in first))
    return np.lib.stride_tricks.as_strided(array[corner], found.shape, strides)


def _grid(shape, strides, start):
    """Return the addresses of an array's entries."""
    axes = np.ogrid[tuple(slice(size) for size in shape)]
    return sum((axis * stride for axis, stride in zip(axes, strides, strict=True)), np.full(shape, start))


def _object_parts(array):
    parts = array.ravel()
    return [list(array.shape), *(parts[place] for place in range(parts.size))]


def _objects(shape, *parts):
    if not all(type(size) is int and size >= 0 for size in shape) or math.prod(shape) != len(parts):
        raise ValueError("another shape")
    array = np.empty(len(parts), object)
    for place, part in enumerate(parts):
        array[place] = part
    return array.reshape(shape)


def _masked(data, mask, fill):
    if type(data) is not np.ndarray or type(mask) is not np.ndarray or mask.shape != data.shape:
        raise TypeError("no masked array")
    return np.ma.MaskedArray(data, mask=mask, fill_value=fill)


def _generator_parts(generator):
    bits = generator.bit_generator
    return type(bits).__name__, bits.state, getattr(bits.seed_seq, "state", {})  # from which it spawns


def _generator(name, state, seed):
    """Return a generator in this state; NumPy does not check positions, and would read memory at any of them."""
    if name not in GENERATORS:
        raise ValueError("no known generator")
    inner = state["state"]
    if not 0 <= inner.get("pos", 0) <= 624 or not 0 <= state.get("buffer_pos", 0) <= 4:
        raise ValueError("no position in a generator")
    if seed.get("pool_size", 4) != 4:
        raise ValueError("no usual seed")
    bits = getattr(np.random, name)(np.random.SeedSequence(**seed))
    bits.state = state
    return np.random.Generator(bits)


def _random_state(state):
    if state["bit_generator"] != "MT19937" or not 0 <= state["state"]["pos"] <= 624:
        raise ValueError("no state of a generator")
    made = np.random.RandomState()
    made.set_state(state)
    return made


def _random(state):
    made = random.Random()
    made.setstate(state)
    return made


FORMS: dict[str, tuple[Callable, Callable]] = {
    "array": (_array_parts, _array),
    "scalar": (_array_parts, lambda *parts: _array(*parts)[()]),
    "objects": (_object_parts, _objects),
    "matrix": (lambda matrix: [np.asarray(matrix)], lambda array: array.view(np.matrix)),
    "masked": (lambda array: [np.asarray(array.data), np.ma.getmaskarray(array), array.fill_value], _masked),
    "mask": (lambda value: [], lambda: np.ma.masked),
    "dtype": (lambda value: [value.str], lambda code: np.dtype(CODE.fullmatch(code).group())),  # type: ignore
    "generator": (_generator_parts, _generator),
    "random state": (lambda value: [value.get_state(legacy=False)], _random_state),
    "random": (lambda value: [value.getstate()], _random),
}
