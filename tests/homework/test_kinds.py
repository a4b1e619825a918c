"""Hidden inputs vary numbers, sizes and seeds; each kind of input is among the visible ones.

What passes beside the task must not be 0 points in the grade because of whole numbers, single precision, a discount of
0 or 1, one entry, a tie, a third action or a boundary that only the grader has.
"""

import numpy as np
import pytest

from pgcourse.homework.task import Task
from tests.support.course import PROBLEM_SETS, tasks_of

FUNCTIONS = [
    pytest.param(task, id=f"{name}.{task.name}")
    for name in PROBLEM_SETS
    for task in tasks_of(name)
    if not task.is_number
]


def kinds(value):
    """Yield the kinds of one argument."""
    if isinstance(value, (int, float, np.number)):
        yield "whole number" if isinstance(value, (int, np.integer)) else "number"
        yield from (
            words
            for words, such in (("0", value == 0), ("1", value == 1), ("negative", value < 0), ("above 1", value > 1))
            if such
        )
    elif isinstance(value, np.ndarray):
        yield {"i": "whole numbers", "u": "unsigned numbers"}.get(
            value.dtype.kind, f"numbers of {value.itemsize} bytes"
        )
        yield f"{value.ndim} axes"
        yield from (f"one entry along axis {axis}" for axis, size in enumerate(value.shape) if size == 1)
        yield from (f"more than two along axis {axis}" for axis, size in enumerate(value.shape) if size > 2)
        if value.size > 1 and (value == value.flat[0]).all():
            yield "all entries equal"
        if value.ndim == 1 and 1 < len(set(value.tolist())) < len(value):
            yield "a tie"
        if not value.any():
            yield "nothing but 0"
        elif (abs(value) >= 500).any():
            yield "infinity" if np.isinf(value).any() else "large numbers"
    elif isinstance(value, str):
        yield f"problem {value}"
    elif getattr(value, "__name__", "") == "plateau":
        yield "a utility that is the same everywhere"


def kinds_of(task, inputs):
    """Return pairs of the place of an argument and a kind."""
    pairs = {(place, kind) for arguments in inputs for place, value in enumerate(arguments) for kind in kinds(value)}
    # of a judge's settings - how many trajectories, candidates, iterations, which seed - these are no kinds
    settings = ("0", "1", "above 1", "more than two", "all entries equal")
    return {(place, kind) for place, kind in pairs if not task.judge or not kind.startswith(settings)}


@pytest.mark.parametrize("task", FUNCTIONS)
def test_every_kind_of_hidden_input_is_among_the_visible(task):
    assert kinds_of(task, task.hidden) - kinds_of(task, task.visible) == set()


def test_kinds_are_told_apart():
    pairs = [(0.0, 0), (0.5, 1), (np.ones(2), np.ones(2, int)), (np.ones(2), np.ones(2, np.float32))]
    pairs += [
        (np.ones((2, 3)), np.ones((1, 3))),
        (0.5, 1.5),
        (np.eye(2), np.ones((2, 2))),
        (np.eye(2), np.eye(3)),
        (np.arange(1.0, 4.0), np.array([1.0, 2.0, 2.0])),
    ]
    for one, other in pairs:
        task = Task(lambda value: value, "", [(one,)], hidden=[(other,)])
        assert kinds_of(task, task.hidden) - kinds_of(task, task.visible)
        assert not kinds_of(task, [(one,)]) - kinds_of(task, task.visible)
