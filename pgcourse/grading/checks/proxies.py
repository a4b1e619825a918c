"""What stands in the checker for functions, classes and objects that stay in the student's process.

Reading is allowed: an attribute, the length, the items, the text, whether it is an instance of a class. What comes back
is plain data, which the check compares here, or a proxy again. What would let a student's code decide what is right is
not: an object of the student's does not compare itself with a value of the check's, nor does it have methods that plain
data have, such as `equals`, unless the class that the instructor's solution defines has them too. An operator with a
plain value needs an object that the check itself made by calling such a class.
"""

import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from pgcourse.grading.checks import plain

READABLE = ("__dict__", "__doc__", "__defaults__", "__kwdefaults__", "__annotations__", "__qualname__", "__wrapped__")
"""Special attributes that a check may read: data, and the function that a decorator has wrapped."""

COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
ARITHMETIC = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "and", "or", "xor")
OPERATORS = (*COMPARISONS, *(f"__{side}{name}__" for name in ARITHMETIC for side in ("", "r")))
OTHERS = ("neg", "pos", "abs", "invert", "bool", "int", "float", "complex", "index", "hash", "contains", "call")
PROTOCOLS = ("enter", "exit", "setitem", "delitem", "getitem", "len", "iter", "next")
METHODS = (*OPERATORS, *(f"__{name}__" for name in OTHERS + PROTOCOLS))
"""Special methods that a class of the solution may have."""

READING = ("__len__", "__iter__", "__next__", "__getitem__")
"""Special methods that any object may have, since they return data."""

PLAIN_NAMES = frozenset(
    name for kind in (*plain.TAGS, *plain.NAMED.values(), str, list) for name in dir(kind) if not name.startswith("__")
) | {"equals", "loc", "iloc", "isin", "assert_equal"}
"""Names of the methods and attributes that plain data have."""


class StudentError(Exception):
    """An exception raised in the student's process; its class is created so that `except ValueError` catches it."""

    wire: Any = None

    def __init__(self, text: str = "", *arguments: Any):
        self.text, self.args = text, (text, *arguments)

    def __str__(self):
        return str(self.text)

    def __getattr__(self, name):
        if self.wire is None or name.startswith("__"):
            raise AttributeError(name)
        student, number = self.wire
        return student.attribute(number, name)


class RemoteObject:
    """A proxy for an object of the student's that is not plain data."""

    __slots__ = ("__weakref__", "_made", "_wire")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, student: Any, number: int, made: bool = False):
        for name, value in (("_wire", (student, number)), ("_made", made)):
            object.__setattr__(self, name, value)

    def __repr__(self):
        return self._text("__repr__")

    def __str__(self):
        return self._text("__str__")

    def __format__(self, specification):
        return self._text("__format__", specification)

    def __sizeof__(self):
        student, _ = self._wire
        raise student.refusal(TypeError(f"a {type(self).__name__} of the submission is not plain data with a size"))

    def _text(self, name, *arguments):
        student, number = self._wire
        return plain.expect(student.special(number, name, arguments), str)

    def __getattr__(self, name):
        student, number = self._wire
        if name.startswith("__") and name not in READABLE:
            unasked = AttributeError(f"a {type(self).__name__} of the submission is not asked for {name}")
            asked = name in METHODS and sys._getframe(1).f_globals is student.namespace  # a library can do without
            raise student.refusal(unasked) if asked else unasked
        value = student.attribute(number, name)
        if isinstance(value, RemoteFunction) and name in PLAIN_NAMES - student.methods:
            words = "is not plain data: test what it holds"
            told = f"a {type(self).__name__} of the submission {words}, not what its {name} says"
            raise student.refusal(TypeError(told))
        return value

    def __setattr__(self, name, value):
        student, number = self._wire
        if name.startswith("__") or isinstance(self, (RemoteFunction, RemoteModule)):
            raise _not_given(self, name)
        student.ask({"ask": "set", "number": number, "name": name, "value": student.encode(value)})

    def __delattr__(self, name):
        raise _not_given(self, name)

    def __eq__(self, other):
        if other is None:
            return False
        student, number = self._wire
        if isinstance(other, RemoteObject) and "__eq__" not in student.methods:
            return other._wire == (student, number)
        return _apply(self, "__eq__", other)

    def __ne__(self, other):
        return not self == other

    def __bool__(self):
        student, _ = self._wire
        if "__bool__" in student.methods:
            return bool(_apply(self, "__bool__"))
        if "__len__" in student.methods and hasattr(type(self), "__len__"):
            return len(self) > 0
        if type(self).__name__ in student.classes:  # which says nothing of its objects' truth
            return True
        return _apply(self, "__bool__")


def _not_given(proxy, name):
    """Return the error of a check that sets or deletes an attribute of what can only be read."""
    student, _ = proxy._wire
    words = f"a {type(proxy).__name__} of the submission can be read, and not be given a new {name}"
    return student.refusal(TypeError(words))


def _apply(proxy, name, *arguments):
    """Call a special method in the student's process, if a check may."""
    student, number = proxy._wire
    if name not in READING:
        alone = name in OPERATORS and not proxy._made and not all(isinstance(one, RemoteObject) for one in arguments)
        if alone or name not in student.methods:
            words = "is not plain data and cannot be compared or calculated with"
            raise student.refusal(TypeError(f"a {type(proxy).__name__} of the submission {words}"))
    return student.special(number, name, arguments)


def _method(name):
    def method(self, *arguments):
        return _apply(self, name, *arguments)

    method.__name__ = name
    return method


class RemoteFunction(RemoteObject):
    """A proxy for a function of the student's.

    What is put into its `__globals__` replaces the student's own names during a call. Any other name that is looked up
    there is the student's.
    """

    __slots__ = ("__globals__", "__name__")

    def __init__(self, student: Any, number: int, name: str, made: bool = False):
        super().__init__(student, number, made)
        for place, value in (("__name__", name), ("__globals__", FunctionGlobals(student))):
            object.__setattr__(self, place, value)

    def _text(self, name, *arguments):
        if type(self).__name__ in ("function", "method", "builtin_function_or_method", "type"):
            return f"<{type(self).__name__} {self.__name__} of the submission>"
        return super()._text(name, *arguments)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call it in the student's process; raises StudentError, or ConnectionError if there is no answer."""
        return self._run(arguments, keywords)

    def _run(self, arguments, keywords, **more):
        student, number = self._wire
        names = self.__globals__
        return student.run(number, arguments, keywords, names, refused=list(names.refused), **more)

    def __bool__(self):
        return True


def repeated(function: Callable, times: int, arguments: Sequence) -> list:
    """Call a function several times, one call after the other; one of the student's in one message.

    Parameters
    ----------
    function
        Of a student or of anybody.
    times
        How often.
    arguments
        Of each call: what a call changes of them, the next one finds changed.

    Returns
    -------
    list
        What each call returns.

    Raises
    ------
    ConnectionError
        Where the student's process sends anything else.
    """
    if not isinstance(function, RemoteFunction):
        return [function(*arguments) for _ in range(times)]
    values = function._run(arguments, {}, times=times)
    if type(values) is not list or len(values) != times:
        raise ConnectionError("the notebook's answer to its check cannot be read")
    return values


class RemoteClass(RemoteFunction):
    """A proxy for a class of the student's."""

    __slots__ = ()

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Make an object in the student's process."""
        made = super().__call__(*arguments, **keywords)
        student, _ = self._wire
        return student.made(made) if self.__name__ in student.classes else made

    def __instancecheck__(self, other):
        return isinstance(other, RemoteObject) and self._asked("isinstance", other)

    def __subclasscheck__(self, other):
        return isinstance(other, RemoteClass) and self._asked("issubclass", other)

    def _asked(self, what, other):
        student, number = self._wire
        return bool(student.ask({"ask": what, "number": number, "of": student.encode(other)})["value"])


class RemoteModule(RemoteObject):
    """A proxy for a module of the student's: it can be passed back, but does not replace a check's own import."""

    __slots__ = ()

    def __getattr__(self, name):
        raise AttributeError(f"{name} is in a module of the submission: let the check import the module itself")


class FunctionGlobals(dict):
    """Namespace that falls back to the student's variables; the functions in `refused` raise during a call."""

    def __init__(self, student: Any):
        super().__init__()
        self.student, self.refused = student, ()

    def __missing__(self, name):
        return self.student.value(name)


@lru_cache(maxsize=1000)
def proxy_type(base: type, kind: str, methods: frozenset[str]) -> type:
    """Return a subclass of a proxy that is named like the student's type, and has some special methods."""
    own: dict[str, Any] = {name: _method(name) for name in methods - {"__eq__", "__ne__", "__bool__", "__call__"}}
    own["__doc__"] = property(lambda proxy: proxy.__getattr__("__doc__"))
    return type(kind if plain.is_name(kind) else "object", (base,), {"__slots__": (), **own})


@lru_cache(maxsize=1000)
def error_type(name: str, kind: Any) -> Any:
    """Return an exception of this name and kind for what a student's function raises."""
    bases = (kind,) if issubclass(kind, StudentError) else (StudentError, kind)
    return type(name if plain.is_name(name) else "Exception", bases, {})
