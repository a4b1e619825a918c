"""A progress bar for the few computations that take longer than a second."""

import html
import time

import ipywidgets as widgets
from IPython.display import display

PATIENCE = 1.0  # seconds before the bar appears
PERIOD = 0.1  # seconds between two updates of it


def progress(iterable, label, bar=None):
    """Yield the items of `iterable`, with a progress bar under the cell once a second has gone by.

    iterable  with a length
    label     what is being computed, such as "training"
    bar       ipywidgets.HTML to show it in; without one a new one is displayed when needed

    Jupyter's interrupt (the key I twice, or the square button) stops the loop; the kernel goes on.
    """
    total = len(iterable)
    due = time.monotonic() + PATIENCE
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


def _shown(bar):
    if bar is None:
        bar = widgets.HTML()
        display(bar)
    return bar


def _markup(label, done, total):
    text = f"{html.escape(label)}: {100 * done // total} %"
    return f'<label>{text} <progress value="{done}" max="{total}"></progress></label> (to stop: Esc, then I twice)'
