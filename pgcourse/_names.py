"""What completion offers of a module: what a user wants of it, and not what it imports."""

from collections.abc import Callable
from inspect import isclass, isfunction
from typing import Any


def offer(namespace: dict[str, Any], is_offered: Callable[[Any], bool]) -> Callable[[], list[str]]:
    """Return a ``__dir__`` for a module.

    Parameters
    ----------
    namespace : dict
        The module's ``globals()``.
    is_offered : callable
        Says of a value whether it is offered.
    """
    return lambda: [name for name, value in namespace.items() if is_offered(value)]


def own(namespace: dict[str, Any]) -> Callable[[], list[str]]:
    """Return a ``__dir__`` that offers a module's own functions and classes, and constants.

    Parameters
    ----------
    namespace : dict
        The module's ``globals()``.
    """

    def is_own(name: str, value: Any) -> bool:
        defined_here = (isfunction(value) or isclass(value)) and value.__module__ == namespace["__name__"]
        return not name.startswith("_") and (defined_here or name.isupper())

    return lambda: [name for name, value in namespace.items() if is_own(name, value)]
