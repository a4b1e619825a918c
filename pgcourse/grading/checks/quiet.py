"""Calling a function that a student wrote, so that nothing it or an earlier cell left behind spoils the call."""

import builtins
import contextlib
import importlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter
from types import CodeType
from typing import Any

PRINTED = 100_000
"""Characters that are kept of what a call or a check prints."""


class Printed:
    """A stream that keeps the first characters of what is printed.

    Attributes
    ----------
    errors
        What is printed to stderr meanwhile, where that is kept.
    """

    errors = ""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = PRINTED

    def write(self, text: str) -> int:
        """Keep a text as far as there is room; returns its length, as a file does."""
        if self._room > 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: it is asked for by `print(flush=True)`."""

    def isatty(self) -> bool:
        """Say that nobody looks on."""
        return False

    def getvalue(self) -> str:
        """Return what was printed."""
        return "".join(self._parts)


@contextlib.contextmanager
def isolated_call(
    function: Callable, given: Mapping[str, Any], refused: Sequence[str] = (), without: Iterable[str] = ()
) -> Iterator[Printed]:
    """Prepare a student's function's namespace for a call, and put it back afterwards.

    Built-in names that an earlier cell shadowed (``sum = 3``) mean again what Python means by them, the names in
    `given` stand in for the student's own, and what the function prints is kept from the page.

    Parameters
    ----------
    function
        The function that is called in the ``with`` block.
    given
        Values of names that the function finds in place of its own while it runs.
    refused
        Functions as "module:name" that raise `Refused` while it runs, by whatever name it calls them. They are those of
        the process in which it runs: a proxy is told of them.
    without
        Names that it does not find while it runs.

    Returns
    -------
    Printed
        What is printed meanwhile.
    """
    namespace = getattr(function, "__globals__", {})
    if hasattr(namespace, "refused"):
        namespace.refused, refused = refused, ()
    builtin = vars(builtins)
    shadowed = [name for name in namespace if name in builtin and not callable(namespace[name]) and name[0] != "_"]
    replaced = {name: namespace[name] for name in {*shadowed, *given, *without} if name in namespace}
    for name in {*shadowed, *without}:
        namespace.pop(name, None)
    namespace.update(given)
    try:
        with silenced() as printed, refusing(refused):
            yield printed
    finally:
        for name in given:
            namespace.pop(name, None)
        namespace.update(replaced)


class Refused(Exception):
    """Raised by a function that an answer may not call; its text is the function's name."""


@contextlib.contextmanager
def refusing(names: Sequence[str]) -> Iterator[None]:
    """Let functions, as "module:name", raise Refused for a while; an alias is the same function and does so too."""
    functions = [named(name) for name in names]
    codes = [function.__code__ for function in functions]
    try:
        for name, function in zip(names, functions, strict=True):
            function.__code__ = _refusal(name.replace(":", "."))
        yield
    finally:
        for function, code in zip(functions, codes, strict=True):
            function.__code__ = code


def named(name: str) -> Any:
    """Return the function that "module:name" names."""
    module, _, path = name.partition(":")
    return attrgetter(path)(importlib.import_module(module))


@cache
def _refusal(name: str) -> CodeType:
    """Return the code of a function that raises Refused, whatever it is called with."""
    space: dict[str, Any] = {}
    exec(f"def refusal(*_, **__):\n from {__name__} import Refused\n raise Refused({name!r})", space)
    return space["refusal"].__code__


@contextlib.contextmanager
def silenced() -> Iterator[Printed]:
    """Keep what is printed from the page, and what is warned of: for one word on stderr a check would get no points."""
    printed, errors = Printed(), Printed()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield printed
        printed.errors = errors.getvalue()
