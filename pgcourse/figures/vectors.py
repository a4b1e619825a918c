"""Artists as SVG: sharp on every screen, and cheaper to draw and to send than pixels.

A picture is three pieces of markup for one coordinate system: the outlines of its letters, what stands still, and what
moves. A letter's outline is sent once, however often and wherever it stands. Text is made of outlines, so that it has
the same width in every browser.
"""

import io
import itertools
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypedDict

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

POINTS_PER_INCH = 72  # the SVG renderer's only unit
IMAGE_DPI = 144  # of an artist that consists of pixels, such as a map of colours
TOUCHING = 4  # points by which the parts of a grid may overlap, as the layout leaves them
STICKING_OUT = 3  # points by which a thick line in a legend may be higher than its box
HALF_A_LETTER = 6  # points
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# Matplotlib defines the letters that it has not yet drawn in a group of their own.
LETTERS = re.compile(r'\s*<defs>\s*((?:<path id="[^"]*"(?: d="[^"]*")? transform="scale\([^)]*\)"/>\s*)+)</defs>')
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, width and height."""


class Parts(TypedDict):
    """Parts of a picture that make sense by themselves."""

    legends: list[Box]
    """those above or below all axes"""
    columns: list[list[Box]]
    """of axes: each has its box, and before it, if another one's labels hold for it too, that of those labels"""


class Vectors:
    """Draws artists of one figure as SVG.

    Parameters
    ----------
    figure : Figure
        Its resolution must be `POINTS_PER_INCH`.

    Attributes
    ----------
    letters : str
        The outlines of all letters drawn so far.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure, self.letters = figure, ""
        self._known: dict[str, Any] = {}
        self._still: dict[Artist, str] = {}

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the coordinate system."""
        width, height = self.figure.get_size_inches() * POINTS_PER_INCH
        return float(width), float(height)

    def markup(self, draw: Callable[[RendererBase], None]) -> str:
        """Return what `draw` draws in the course's style, without the letters' outlines."""
        file = io.StringIO()
        renderer = RendererSVG(*self.size, file, image_dpi=IMAGE_DPI, metadata=NO_METADATA)
        num_known, renderer._glyph_map = len(self._known), self._known
        draw(renderer)
        renderer.finalize()
        # The style that comes first would hold for every picture of the page.
        text = file.getvalue().partition("</style>\n </defs>\n")[2].rpartition("</svg>")[0]
        return LETTERS.sub(self._keep, text) if len(self._known) > num_known else text

    def background(self) -> str:
        """Return what stands still; only those axes, legends and texts are drawn again that have changed."""
        layout = self.figure.get_layout_engine()
        if layout is not None:
            layout.execute(self.figure)
        children = [child for child in self.figure.get_children() if not child.get_animated()]
        children.remove(self.figure.patch)
        self._still = {
            child: self.markup(child.draw) if child.stale or child not in self._still else self._still[child]
            for child in [self.figure.patch, *sorted(children, key=Artist.get_zorder)]
        }
        return "".join(self._still.values()) + self.places()

    def parts(self, renderer: RendererBase) -> Parts:
        """Return what a narrow page shows one below the other.

        Parameters
        ----------
        renderer : RendererBase
            One of the figure, which must have been drawn, so that its axes have their places.
        """
        axes = self.figure.axes
        boxes = _tight(axes, renderer)
        legends = [box.padded(STICKING_OUT) for box in _tight(self.figure.legends, renderer)]
        frame, (width, height) = Bbox.union(boxes), self.size
        above, below = ([box for box in legends if side(box)] for side in _outside(frame))
        low, high = max([0, *(box.y1 for box in below)]), min([height, *(box.y0 for box in above)])
        beside = [box for box in legends if box not in above + below]
        lefts = _lefts([*boxes, *beside])
        inner = [Bbox.from_extents(x0, low, x1, high) for x0, x1 in itertools.pairwise([*lefts, width])]
        columns = []
        for column in inner:
            labels = [_labels(ax, inner) for ax in axes if column.x0 <= ax.bbox.x0 < column.x1]
            columns.append([self._box(box) for box in [*filter(None, labels[:1]), column]])
        return {"legends": [self._box(box) for box in above + below], "columns": columns}

    def _box(self, box: Bbox) -> Box:
        return box.x0, self.size[1] - box.y1, box.width, box.height

    def places(self) -> str:
        """Return an empty group whose `data-axes` says, as JSON, where the coordinates of each of the axes lie.

        Each has its edges in the picture, `left`, `right`, `top` and `bottom`, and for `x` and `y` the coordinates at
        the left and right, or lower and upper, edge, and whether their scale is logarithmic.
        """
        _, height = self.size
        told = [
            {
                "left": round(ax.bbox.x0, 1),
                "right": round(ax.bbox.x1, 1),
                "top": round(height - ax.bbox.y1, 1),
                "bottom": round(height - ax.bbox.y0, 1),
                "x": [*map(float, ax.get_xlim()), ax.get_xscale() == "log"],
                "y": [*map(float, ax.get_ylim()), ax.get_yscale() == "log"],
            }
            for ax in self.figure.axes
        ]
        return f"<g data-axes='{json.dumps(told, separators=(',', ':'))}'></g>\n"

    def _keep(self, letters: re.Match[str]) -> str:
        self.letters += letters[1]
        return ""


def _tight(artists: Sequence[Artist], renderer: RendererBase) -> list[Bbox]:
    boxes = (artist.get_tightbbox(renderer) for artist in artists)
    return [box for box in boxes if box is not None]


def _outside(frame: Bbox) -> tuple[Callable[[Bbox], bool], Callable[[Bbox], bool]]:
    """Return functions that say whether a box lies above, and whether below, a frame."""
    return lambda box: box.y0 >= frame.y1 - TOUCHING, lambda box: box.y1 <= frame.y0 + TOUCHING


def _lefts(boxes: list[Bbox]) -> list[float]:
    """Return the left edges of the columns into which boxes fall, the first at 0 and the others midway between them."""
    merged: list[list[float]] = []
    for left, right in sorted((box.x0, box.x1) for box in boxes):
        if merged and left < merged[-1][1] - TOUCHING:
            merged[-1][1] = max(right, merged[-1][1])
        else:
            merged.append([left, right])
    return [0, *((before[1] + after[0]) / 2 for before, after in itertools.pairwise(merged))]


def _labels(ax: Axes, columns: list[Bbox]) -> Bbox | None:
    """Return the part of another column where the labels are that axes share; None if they have their own."""
    if ax.yaxis.get_tick_params()["labelleft"]:
        return None
    for other in ax.get_shared_y_axes().get_siblings(ax):
        if other.yaxis.get_tick_params()["labelleft"]:
            [column] = [box for box in columns if box.x0 <= other.bbox.x0 < box.x1]
            # without the line of the axis, and without half of the first number below it
            return Bbox.from_extents(column.x0, other.bbox.y0 - HALF_A_LETTER, other.bbox.x0 - 1, column.y1)
    return None
