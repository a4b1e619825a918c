"""How every picture of the course looks: colours, line styles and sizes.

Colours are those of Okabe & Ito (2008), which colour-blind readers can tell apart. Colour is never the only cue: each
has its own line style and marker, and each *role* - the exact truth, an estimate, a baseline - looks the same in every
picture.

    ax.plot(x, y, **style.EXACT)            # a role
    ax.plot(x, y, **style.line(2))          # the third of several curves
    ax.stairs(counts, edges, **style.BARS)  # a filled histogram

There are two sizes, "study" (text of 13 pt) and "lecture" (18 pt, for the back row of a lecture hall). The lecture
picture is the study picture magnified, so what fits in one fits in the other. Matplotlib's global settings are never
touched: `context` applies the style only while a picture is made or drawn.
"""

import contextlib
import os

import matplotlib as mpl
from cycler import cycler

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

EXACT = {"color": BLACK, "linestyle": "-"}
ESTIMATE = {"color": BLUE, "linestyle": "--"}
BASELINE = {"color": VERMILLION, "linestyle": "-."}
OPTIMUM = {"color": GREEN, "linestyle": (0, (1, 1))}
REFERENCE = {"color": GREY, "linestyle": ":", "linewidth": 1.6}
MARK = {"color": VERMILLION, "linestyle": "none", "marker": "o", "markersize": 11, "clip_on": False}
BARS = {"facecolor": SKY, "edgecolor": BLUE, "linewidth": 1.2, "fill": True}
BAND = {"facecolor": SKY, "alpha": 0.4, "linewidth": 0}

LINES = (
    {"color": BLUE, "linestyle": "-", "marker": "o"},
    {"color": VERMILLION, "linestyle": "--", "marker": "s"},
    {"color": GREEN, "linestyle": "-.", "marker": "^"},
    {"color": PURPLE, "linestyle": ":", "marker": "D"},
    {"color": BLACK, "linestyle": (0, (5, 1)), "marker": "v"},
)

SIZES = {"study": 13, "lecture": 18}  # points
CSS_PIXELS_PER_INCH = 96

_RC = {
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
    "legend.fontsize": 12,
    "legend.frameon": False,
    "lines.linewidth": 2.4,
    "lines.markersize": 7,
    "savefig.facecolor": "white",
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
}

_chosen = None


def line(index):
    """Return colour, line style and marker of the curve number `index`, as keyword arguments for `ax.plot`.

    Markers stand a seventh of the axes apart, however many points the curve has. After the fifth curve the looks
    begin again: a picture with more needs labels on the curves, not more colours.
    """
    return LINES[index % len(LINES)] | {"markevery": 1 / 7}


def use(size):
    """Choose the size of the figures made from now on: "study" or "lecture".

    Raises ValueError for any other size.
    """
    global _chosen
    _chosen = _checked(size, "size")


def size():
    """Return the size in use: the last one given to `use`, else the environment's PGCOURSE_SIZE, else "study"."""
    return _chosen or _checked(os.environ.get("PGCOURSE_SIZE", "study"), "the environment variable PGCOURSE_SIZE")


def magnification(size):
    """Return how many times larger than the study picture a picture of this size is."""
    return SIZES[size] / SIZES["study"]


@contextlib.contextmanager
def context(chosen=None):
    """Apply the course's style to whatever is made or drawn inside the `with` block.

    chosen  "study" or "lecture"; without it, the size in use
    """
    dpi = CSS_PIXELS_PER_INCH * magnification(chosen or size())
    with mpl.rc_context(_RC | {"figure.dpi": dpi, "savefig.dpi": "figure"}):
        yield


def _checked(size, name):
    if size not in SIZES:
        raise ValueError(f'{name} is {size!r}; choose "study" or "lecture"')
    return size
