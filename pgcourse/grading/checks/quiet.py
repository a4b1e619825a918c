"""Calling a function that a student wrote, so that nothing it or an earlier cell left behind spoils the call."""

import builtins
import contextlib
import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from operator import attrgetter
from types import CodeType
from typing import Any


@contextlib.contextmanager
def isolated_call(function: Callable, given: Mapping[str, Any], refused: Sequence[str] = ()) -> Iterator[None]:
    """Prepare a student's function's namespace for a call, and put it back afterwards.

    Built-in names that an earlier cell shadowed (``sum = 3``) mean again what Python means by them, the names in
    `given` stand in for the student's own, and what the function prints goes nowhere.

    Parameters
    ----------
    function
        The function that is called in the ``with`` block.
    given
        FunctionGlobals that the function finds in place of its own while it runs.
    refused
        Functions as "module:name" that raise `Refused` while it runs, by whatever name it calls them. They are those of
        the process in which it runs: a proxy is told of them.
    """
    if hasattr(function, "refused"):
        function.refused, refused = refused, ()
    namespace = getattr(function, "__globals__", {})
    builtin = vars(builtins)
    shadowed = [name for name in namespace if name in builtin and not callable(namespace[name]) and name[0] != "_"]
    replaced = {name: namespace[name] for name in {*shadowed, *given} if name in namespace}
    for name in shadowed:
        del namespace[name]
    namespace.update(given)
    try:
        with silenced(), refusing(refused):
            yield
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
def silenced() -> Iterator[None]:
    """Discard what is printed and warned of: for one word on stderr nbgrader would give a check no points."""
    nowhere = _Nowhere()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Nowhere:
    def write(self, text):
        return len(text)

    def flush(self):
        pass
