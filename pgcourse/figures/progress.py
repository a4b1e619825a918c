"""A progress bar for the few computations that take longer than a second."""

import html
import time
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

import ipywidgets as widgets
from IPython.display import display

DELAY = 1.0  # seconds before the bar appears
PERIOD = 0.1  # seconds between two of its updates

Item = TypeVar("Item")


def progress(iterable: Collection[Item], label: str, show: Callable[[str], None] | None = None) -> Iterator[Item]:
    """Yield the items of `iterable`; after a second, a progress bar appears below the cell.

    Jupyter's interrupt (press I twice, or click the square) stops the loop but not the kernel.

    Parameters
    ----------
    iterable : collection
        Its length must be known.
    label : str
        What is being computed, such as "training".
    show : callable, optional
        Called with the bar as HTML, and at the end with an empty string; without it, the bar is displayed when it is
        needed.
    """
    total = len(iterable)
    due = time.monotonic() + DELAY
    shown = False
    try:
        for done, item in enumerate(iterable):
            if time.monotonic() >= due:
                show, shown = show or _displayed(), True
                show(_markup(label, done, total))
                due = time.monotonic() + PERIOD
            yield item
    finally:
        if show and shown:
            show("")


def _displayed() -> Callable[[str], None]:
    bar = widgets.HTML()
    display(bar)
    return lambda markup: bar.set_trait("value", markup)


def _markup(label: str, done: int, total: int) -> str:
    text = f"{html.escape(label)}: {100 * done // total} %"
    return f'<label>{text} <progress value="{done}" max="{total}"></progress></label> (to stop: Esc, then I twice)'
