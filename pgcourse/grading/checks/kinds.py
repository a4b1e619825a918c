"""`isinstance` and `issubclass` as checks get them: the student's process is asked about what stays there.

What stands for an object here is of no library's class, so that Python's own functions would say no, and a check that
wants a no would be content with anything. Other code than that of checks finds these functions as they are: no library
takes what stands here for one of its own objects.
"""

import builtins
import os
import sys
import types
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from pgcourse.grading.checks import plain
from pgcourse.grading.checks.proxies import RemoteClass, RemoteObject

PLAIN = {*plain.TAGS, *plain.NAMED.values(), list, str} - {object}
"""Types whose values travel as copies, if they are exactly of these."""


def is_instance(value: Any, kind: Any, /) -> bool:
    """Say whether a value is an instance of a class or of one of several."""
    if isinstance(value, RemoteObject):
        return any(_asked("isinstance", value, each) for each in _all(kind))
    if isinstance(value, plain.TravellingIterator):
        return isinstance(value, kind) or any(_is_iterator_type(type(value).__name__, each) for each in _all(kind))
    return isinstance(value, kind)


def is_subclass(value: Any, kind: Any, /) -> bool:
    """Say whether a class is a subclass of a class or of one of several."""
    if isinstance(value, RemoteClass):
        return any(_asked("issubclass", value, each) for each in _all(kind))
    return issubclass(value, kind)


def _all(kind: Any) -> Iterator[Any]:
    """Go through the classes of a tuple or a union."""
    if isinstance(kind, (tuple, types.UnionType)):
        for each in kind if isinstance(kind, tuple) else kind.__args__:
            yield from _all(each)
    else:
        yield kind


def _asked(what, value, kind):
    """Return what the student's process says; a class that only the checks have is no student's."""
    place = place_of(kind)
    if place is None:
        return getattr(builtins, what)(value, kind)
    student, number = value._wire
    said = bool(student.ask({"ask": what, "number": number, "place": place})["value"])
    if said and what == "isinstance" and kind in PLAIN:  # it may lie about what it holds
        words = f"a {type(value).__name__} of the submission is not plain data, though it is a kind of {kind.__name__}"
        raise student.refusal(TypeError(words))
    return said


def place_of(kind: Any) -> tuple[str, str] | None:
    """Return module and name under which an installed module has a class; None for any other class."""
    if not isinstance(kind, type):
        return None
    if kind.__module__ == "builtins" and not hasattr(builtins, kind.__name__):  # such as that of functions
        return next((("types", name) for name, value in vars(types).items() if value is kind), None)
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None) or ""
    if kind.__module__ == "__main__" or file.startswith(os.getcwd() + os.sep):
        return None
    place = kind.__module__, kind.__qualname__
    return place if class_at(place) is kind else None


def class_at(place: tuple[str, str]) -> Any:
    """Return the class that an imported module has under a name; None if there is none."""
    try:
        return attrgetter(place[1])(sys.modules[place[0]])
    except (KeyError, AttributeError):
        return None


def _is_iterator_type(name, kind):
    return isinstance(kind, type) and kind.__module__ in ("builtins", "itertools") and kind.__name__ == name
