"""A function that the reader of a notebook writes, in a picture: what it gives is drawn, or one sentence says why not.

    def computed():
        return written.call(gradient, theta, shape=theta.shape)

    slope, reason = written.attempt(computed)

A function that is not written yet, stops with an error, gives something else than finite numbers of the right shape, or
does not come to an end is no failure of the picture.
"""

import contextlib
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any, TypeVar

import numpy as np

from pgcourse._types import Floats

SECONDS = 5.0  # of computing; a right answer takes a few milliseconds
NOT_YET = "Nothing of yours is drawn yet: fill in the ... above, run its cell, then this one."

Result = TypeVar("Result")


class Unusable(Exception):
    """There is nothing to draw, and the message says why in one sentence."""


class _TooLong(BaseException):
    """The time is up; no ``except Exception`` of the reader's catches it."""


def call(function: Any, *arguments: Any, shape: tuple[int, ...] = ()) -> Floats:
    """Call a reader's function.

    Parameters
    ----------
    function
        What stands under its name in the notebook: a function, or still ``...``.
    *arguments
        Arrays among them are copied.
    shape
        Of the output.

    Returns
    -------
    array
        The output, finite and of this shape.

    Raises
    ------
    Unusable
        Otherwise.
    """
    return numbers(function, output(function, *arguments), shape)


def output(function: Any, *arguments: Any) -> Any:
    """Call a reader's function and return what it gives, unless it gives nothing; otherwise as `call`."""
    if function is None or function is ...:
        raise Unusable(NOT_YET)
    if not callable(function):
        raise Unusable(f"What should be a function is a {type(function).__name__}: define it with def.")
    copies = [argument.copy() if isinstance(argument, np.ndarray) else argument for argument in arguments]
    try:
        given = function(*copies)
    except NotImplementedError:
        raise Unusable(NOT_YET) from None
    except Unusable:
        raise
    except (Exception, SystemExit) as error:
        words = f"{named(function)} stops with {type(error).__name__}: {error}"
        raise Unusable(f"{words.rstrip('.')}.") from None
    if given is ...:
        raise Unusable(NOT_YET)
    if given is None:
        raise Unusable(f"{named(function)} returns nothing: end it with return.")
    return given


def numbers(function: Any, given: Any, shape: tuple[int, ...]) -> Floats:
    """Return what a reader's function gave as an array of this shape; Unusable for anything but finite numbers."""
    try:
        array = np.asarray(given)
    except ValueError:
        raise Unusable(f"{named(function)} returns a ragged list, not an array.") from None
    if array.dtype.kind not in "biuf":
        raise Unusable(f"{named(function)} returns a {type(given).__name__} and not numbers.")
    if array.shape != shape:
        raise Unusable(f"{named(function)} returns shape {array.shape}, and shape {shape} is needed.")
    if not np.isfinite(array).all():
        raise Unusable(f"{named(function)} returns numbers that are not finite.")
    return array.astype(float)


def named(function: Any) -> str:
    """Return the name of a function, as its reader wrote it."""
    return getattr(function, "__name__", "Your function")


def attempt(compute: Callable[[], Result], seconds: float | None = None) -> tuple[Result | None, str]:
    """Compute something by means of a reader's function.

    Parameters
    ----------
    compute
        Without arguments; it may raise Unusable.
    seconds
        Of computing, on however busy a machine, after which it is stopped, where the system can do so; SECONDS by
        default.

    Returns
    -------
    tuple
        What it returns and an empty string, or None and a sentence that says why there is nothing.
    """
    seconds = SECONDS if seconds is None else seconds
    try:
        with _time_limit(seconds), _silence():
            return compute(), ""
    except Unusable as why:
        return None, str(why)
    except ValueError as error:  # of the package, about what the function led it to
        return None, f"There is nothing to draw: {str(error).rstrip('.')}."
    except _TooLong:
        return None, f"Stopped after computing for {seconds:g} seconds: is there a loop without an end?"


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Discard what is printed and warned of, once for all calls: this is what would take most of their time."""
    with contextlib.redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise _TooLong after so many seconds of computing; only the main thread of Unix has such a timer."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: Any) -> None:
        raise _TooLong

    handler = signal.signal(signal.SIGVTALRM, stop)
    before = signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, *before)
        signal.signal(signal.SIGVTALRM, handler)
