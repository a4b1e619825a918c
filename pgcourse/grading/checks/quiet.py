"""Calling a function that a student wrote, so that nothing it or an earlier cell left behind spoils the call."""

import builtins
import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any


@contextlib.contextmanager
def isolated_call(function: Callable, given: Mapping[str, Any]) -> Iterator[None]:
    """Prepare a student's function's namespace for a call, and put it back afterwards.

    Built-in names that an earlier cell shadowed (``sum = 3``) mean again what Python means by them, the names in
    `given` stand in for the student's own, and what the function prints goes nowhere.

    Parameters
    ----------
    function
        The function that is called in the ``with`` block.
    given
        FunctionGlobals that the function finds in place of its own while it runs.
    """
    namespace = getattr(function, "__globals__", {})
    builtin = vars(builtins)
    shadowed = [name for name in namespace if name in builtin and not callable(namespace[name]) and name[0] != "_"]
    replaced = {name: namespace[name] for name in {*shadowed, *given} if name in namespace}
    for name in shadowed:
        del namespace[name]
    namespace.update(given)
    try:
        with silenced():
            yield
    finally:
        for name in given:
            namespace.pop(name, None)
        namespace.update(replaced)


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
