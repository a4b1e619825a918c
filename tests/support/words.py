"""Where the words of a picture lie: its titles, the labels of its axes, its legends and what else is written in it."""

import itertools

import numpy as np
from matplotlib.transforms import Bbox

from pgcourse.figures import style

TOUCHING = 1.5  # points by which the boxes of two words may overlap: a box is larger than its letters


def misplaced(live):
    """Return the words, at the present settings, that leave the picture, and the pairs that lie over each other."""
    with style.context(live.size):
        live.canvas.draw()
    renderer = live.canvas.get_renderer()  # what moves may have been drawn last for a file, whose letters are larger
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in _words(live.figure)]
    frame = live.figure.bbox.padded(1)
    outside = [word for word, box in boxes if not np.allclose(Bbox.union([frame, box]), frame)]
    return outside + [(one, other) for (one, a), (other, b) in itertools.combinations(boxes, 2) if _overlap(a, b)]


def _words(figure):
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend())]
    found = [text for legend in legends for text in legend.get_texts()]
    for ax in figure.axes:
        labels = [ax.xaxis.label, ax.yaxis.label, ax.title, ax._left_title, ax._right_title] if ax.axison else []
        found += [*labels, *ax.texts]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def _overlap(one, other):
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    return min(width, height) > TOUCHING
