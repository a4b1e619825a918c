"""Artists as SVG: sharp on every screen, and cheaper to draw and to send than pixels.

A picture is three pieces of markup for one coordinate system: the outlines of its letters, what stands still, and what
moves. A letter's outline is sent once, however often and wherever it stands. Text is made of outlines, so that it has
the same width in every browser.
"""

import io
import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

POINTS_PER_INCH = 72  # the SVG renderer's only unit
IMAGE_DPI = 144  # of an artist that consists of pixels, such as a map of colours
TOUCHING = 1  # points by which the columns of a grid may overlap, as the layout leaves them
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# Matplotlib defines the letters that it has not yet drawn in a group of their own.
LETTERS = re.compile(r'\s*<defs>\s*((?:<path id="[^"]*"(?: d="[^"]*")? transform="scale\([^)]*\)"/>\s*)+)</defs>')


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

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the coordinate system."""
        width, height = self.figure.get_size_inches() * POINTS_PER_INCH
        return float(width), float(height)

    def markup(self, draw: Callable[[RendererBase], None]) -> str:
        """Return what `draw` draws, without the letters' outlines."""
        file = io.StringIO()
        with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "pgcourse"}):
            renderer = RendererSVG(*self.size, file, image_dpi=IMAGE_DPI, metadata=NO_METADATA)
            num_known, renderer._glyph_map = len(self._known), self._known
            draw(renderer)
            renderer.finalize()
        # The style that comes first would hold for every picture of the page.
        text = file.getvalue().partition("</style>\n </defs>\n")[2].rpartition("</svg>")[0]
        return LETTERS.sub(self._keep, text) if len(self._known) > num_known else text

    def columns(self, renderer: RendererBase) -> list[tuple[float, float]]:
        """Return left edge and width of each column of axes, with what is written beside them and holds for them all.

        Parameters
        ----------
        renderer : RendererBase
            One of the figure, which must have been drawn, so that its axes have their places.
        """
        merged: list[list[float]] = []
        together = [ax.get_shared_y_axes().get_siblings(ax) for ax in self.figure.axes]  # one of them has the labels
        parts = [*together, *([legend] for legend in self.figure.legends)]
        boxes = [Bbox.union([part.get_tightbbox(renderer) for part in group]) for group in parts]
        for left, right in sorted((box.x0, box.x1) for box in boxes):
            if merged and left < merged[-1][1] - TOUCHING:
                merged[-1][1] = max(right, merged[-1][1])
            else:
                merged.append([left, right])
        inner = [(before[1] + after[0]) / 2 for before, after in itertools.pairwise(merged)]
        return [(left, right - left) for left, right in itertools.pairwise([0, *inner, self.size[0]])]

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
