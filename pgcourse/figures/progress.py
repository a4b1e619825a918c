"""A progress bar for the few computations that take longer than a second."""

import html
import time
from collections.abc import Collection, Iterator
from typing import TypeVar

import ipywidgets as widgets
from IPython.display import display

DELAY = 1.0  # seconds before the bar appears
PERIOD = 0.1  # seconds between two of its updates

Item = TypeVar("Item")


def progress(iterable: Collection[Item], label: str, bar: widgets.HTML | None = None) -> Iterator[Item]:
    """Yield the items of `iterable`; after a second, a progress bar appears below the cell.

    Jupyter's interrupt (press I twice, or click the square) stops the loop but not the kernel.

    Parameters
    ----------
    iterable : collection
        Its length must be known.
    label : str
        What is being computed, such as "training".
    bar : ipywidgets.HTML, optional
        The widget that shows the bar; without it, one is displayed when it is needed.
    """
    total = len(iterable)
    due = time.monotonic() + DELAY
    try:
        for done, item in enumerate(iterable):
            if time.monotonic() >= due:
                bar = _shown(bar)
                bar.value = _markup(label, done, total)
                due = time.monotonic() + PERIOD
            yield item
    finally:
        if bar is not None:
            bar.value = ""


def _shown(bar: widgets.HTML | None) -> widgets.HTML:
    if bar is None:
        bar = widgets.HTML()
        display(bar)
    return bar


def _markup(label: str, done: int, total: int) -> str:
    text = f"{html.escape(label)}: {100 * done // total} %"
    return f'<label>{text} <progress value="{done}" max="{total}"></progress></label> (to stop: Esc, then I twice)'
