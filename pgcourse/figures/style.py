"""The look of every picture of the course: colours, line styles and sizes.

The colours are those of Okabe & Ito (2008), which colour-blind readers can tell apart. Colour is never the only cue:
each curve has a line style and a marker of its own, and each *role* - the exact truth, an estimate, a baseline - looks
the same in every picture.

    ax.plot(x, y, **style.EXACT)            # a role
    ax.plot(x, y, **style.line(2))          # the third of several curves
    ax.stairs(counts, edges, **style.BARS)  # a filled histogram

There are three sizes, "study" (13 pt text), "lecture" (18 pt, for the back row of a lecture hall) and "hall" (for the
slides of the lecture). A lecture picture is the study picture magnified, so what fits in one fits in the other. A hall
picture has the shape of the room on a slide, which magnifies it, and larger letters. Matplotlib's global settings are
left alone: `context` applies the style only while a picture is made or drawn.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import matplotlib as mpl
from cycler import cycler

Look: TypeAlias = dict[str, Any]
"""Keyword arguments for Matplotlib's artists."""

BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
BLACK = "#000000"
GREY = "#767676"
# Too pale for lines and text on white: for filled areas only.
SKY = "#56B4E9"
ORANGE = "#E69F00"
YELLOW = "#F0E442"

EXACT: Look = {"color": BLACK, "linestyle": "-"}
ESTIMATE: Look = {"color": BLUE, "linestyle": "--"}
BASELINE: Look = {"color": VERMILLION, "linestyle": "-."}
OPTIMUM: Look = {"color": GREEN, "linestyle": (0, (1, 1))}
REFERENCE: Look = {"color": GREY, "linestyle": ":", "linewidth": 1.6}
MARK: Look = {"color": VERMILLION, "linestyle": "none", "marker": "o", "markersize": 11, "clip_on": False}
BARS: Look = {"facecolor": SKY, "edgecolor": BLUE, "linewidth": 1.2, "fill": True}
# an edge that is not drawn, but of which Matplotlib 3.10.0 still checks the dashes
BAND: Look = {"facecolor": SKY, "alpha": 0.4, "linewidth": 0, "linestyle": "-"}

LINES: tuple[Look, ...] = (
    {"color": BLUE, "linestyle": "-", "marker": "o"},
    {"color": VERMILLION, "linestyle": "--", "marker": "s"},
    {"color": GREEN, "linestyle": "-.", "marker": "^"},
    {"color": PURPLE, "linestyle": ":", "marker": "D"},
    {"color": BLACK, "linestyle": (0, (5, 1)), "marker": "v"},
)

SIZES = {"study": 13, "lecture": 18, "hall": 13}  # points
LETTERS = {"hall": 1.46}  # times as large as in a study picture
LEGENDS: dict[str, dict[Any, Any]] = {
    "hall": {
        "axes.labelsize": 17.5,
        "axes.titlesize": 17.5,
        "legend.handlelength": 1.4,
    }
}
SHAPES = {"hall": (7.4, 3.15)}  # inches, in place of a figure's own
CSS_PIXELS_PER_INCH = 96

_RC: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#333333",
    "axes.grid": True,
    "axes.labelsize": 13,
    "axes.prop_cycle": cycler(color=[look["color"] for look in LINES])
    + cycler(linestyle=[look["linestyle"] for look in LINES]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 13,
    "figure.facecolor": "white",
    "font.size": 13,
    "grid.alpha": 0.3,
    "image.cmap": "cividis",
    "legend.columnspacing": 0.8,
    "legend.fontsize": 12,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 2.4,
    "lines.markersize": 7,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "pgcourse",
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
}

_LETTERS = r"(font\.|font|label|title)size$"  # the settings that say how large letters are

_chosen: str | None = None


def line(index: int) -> Look:
    """Return the colour, line style and marker of a curve, as keyword arguments for ``ax.plot``.

    Parameters
    ----------
    index : int
        Number of the curve, from 0. The sixth curve looks like the first: a picture with more than five needs labels
        on the curves, not more colours.

    Notes
    -----
    Markers are a seventh of the axes apart, however many points the curve has.
    """
    return LINES[index % len(LINES)] | {"markevery": 1 / 7}


def use(size: str) -> None:
    """Choose the size of the figures made from now on.

    Parameters
    ----------
    size : {"study", "lecture", "hall"}

    Raises
    ------
    ValueError
        For any other size.
    """
    global _chosen
    _chosen = _checked(size, "size")


def size() -> str:
    """Return the size in use: the one last given to `use`, else that of the environment, else "study".

    Raises
    ------
    ValueError
        If the environment variable PGCOURSE_SIZE is none of these sizes.
    """
    return _chosen or _checked(os.environ.get("PGCOURSE_SIZE", "study"), "the environment variable PGCOURSE_SIZE")


def magnification(size: str) -> float:
    """Return the ratio of a picture's size to the study size."""
    return SIZES[size] / SIZES["study"]


@contextlib.contextmanager
def context(chosen: str | None = None) -> Iterator[None]:
    """Apply the course's style to what is made or drawn inside the ``with`` block.

    Parameters
    ----------
    chosen : {"study", "lecture", "hall"}, optional
        Without it, the size in use.
    """
    now = chosen or size()
    letters = {name: value * LETTERS.get(now, 1) for name, value in _RC.items() if re.search(_LETTERS, name)}
    dpi = CSS_PIXELS_PER_INCH * magnification(now)
    with mpl.rc_context(_RC | letters | LEGENDS.get(now, {}) | {"figure.dpi": dpi, "savefig.dpi": "figure"}):
        yield


def _checked(size: str, name: str) -> str:
    if size not in SIZES:
        raise ValueError(f'{name} is {size!r}; choose "study", "lecture" or "hall"')
    return size
