"""The live pictures of the lectures: one module a lecture, one function a picture.

    pg.demos.left_right.variance()

as the last line of a notebook cell shows the picture with its sliders.
"""

from importlib import import_module
from pkgutil import iter_modules

__all__ = [name for module in iter_modules(__path__) if (name := module.name)[0] != "_"]


def __getattr__(name):
    # A module is read when it is first asked for, so that a notebook waits only for its own lecture.
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}: it has {', '.join(__all__)}")
