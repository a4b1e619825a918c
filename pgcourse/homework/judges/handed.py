"""What a student's function hands to a judge: numbers of the right shape, all finite, or the answer is wrong.

A judge believes nothing that it was not handed, and nothing that it cannot compare: a NaN is neither above nor below a
bound, so judges ask whether a number is within its bound and never whether it is not beyond it.
"""

from typing import Any

import numpy as np

from pgcourse._types import Floats
from pgcourse.homework.compare import Form, Function, equal, type_problem


class Refused(Exception):
    """Ends a judge early; `problem` is what the judge returns."""

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem


def several(call: Function, times: int, *arguments: Any) -> list[Any]:
    """Return what several calls in a row return; in one go where `call` can do so."""
    if hasattr(call, "several"):
        return call.several(times, *arguments)
    return [call(*arguments) for _ in range(times)]


class Witness:
    """A function that a student's function calls; it keeps what it is called with.

    Parameters
    ----------
    name
        What the student calls it.
    shape : tuple
        Of its argument.
    """

    def __init__(self, name: str, shape: tuple[int, ...]):
        self.__name__, self.shape = name, shape
        self.seen: list[Floats] = []
        self.generators: list[Any] = []
        self.refused = ""

    def take(self, value: Any) -> Floats:
        """Keep an argument and return it as an array of floats; what is wrong with it is said at once, and at the end.

        Raises
        ------
        ValueError
            For another shape, and for anything but finite real numbers. A student's function may catch it, so the
            judge looks at `refused` as well.
        """
        array = np.asarray(value)
        if array.shape != self.shape:
            self.refused = f"{self.__name__} takes an array of shape {self.shape}, but got shape {array.shape}"
        elif array.dtype.kind not in "iuf":
            self.refused = f"{self.__name__} takes real numbers, but got an array of type {array.dtype}"
        elif not np.isfinite(array).all():
            self.refused = f"{self.__name__} takes finite numbers, but got NaN or infinity"
        if self.refused:
            raise ValueError(self.refused)
        self.seen.append(array.astype(float))
        return self.seen[-1].copy()

    def check(self) -> None:
        """Raise Refused where something was handed over that must not be."""
        if self.refused:
            raise Refused(f"{self.refused}.")
        if not all(isinstance(rng, np.random.Generator) for rng in self.generators):
            raise Refused("global random numbers")


def parameters(result: Any, shape: tuple[int, ...]) -> Floats:
    """Return what a training or a search returned, as floats; raises Refused if it is no finite array of that shape."""
    problem = type_problem(result, np.zeros(shape), strict=True)
    if problem:
        raise Refused(Form(f"What it returns {problem}."))
    if not np.isfinite(result).all():
        raise Refused("What it returns holds NaN or infinity.")
    return np.asarray(result, dtype=float)


def trained(
    call: Function, simulate: Function, theta: Floats, step_size: float, num_iterations: int, rng: Any
) -> Floats:
    """Train with a student's function; return theta. Raises Refused for what is no finite array of theta's shape."""
    result = call(simulate, theta, step_size, num_iterations, rng)
    if isinstance(simulate, Witness):
        simulate.check()
        if isinstance(result, np.ndarray) and _is_path(result, np.array(simulate.seen)):
            raise Refused(Form("the whole path"))
    return parameters(result, theta.shape)


def _is_path(result: Floats, seen: Floats) -> bool:
    """Say whether an array holds every theta that a simulator was called with, perhaps but the first, and a last."""
    left_out = len(seen) + 1 - len(result) if result.ndim == 2 else -1
    return result.shape[1:] == seen.shape[1:] and left_out in (0, 1) and equal(result[:-1], seen[left_out:])
