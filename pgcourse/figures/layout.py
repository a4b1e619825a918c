"""What goes around the curves of a picture: legends, limits of axes, and words that fit the size in use."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes

from pgcourse._types import Floats
from pgcourse.figures import style

Handles: TypeAlias = Sequence[Any] | None
"""Labelled artists, and containers of them, that a legend names; None for all."""


def sized(usual: Any, in_hall: Any) -> Any:
    """Return words or a number of columns for the size in use: a picture for a hall is lower, its letters larger."""
    return in_hall if style.size() == "hall" else usual


def legend_above(ax: Axes, columns: int, in_hall: int | None = None, handles: Handles = None) -> None:
    """Draw a legend above the axes, where it covers nothing.

    Parameters
    ----------
    ax : Axes
    columns : int
        How many labels stand side by side.
    in_hall : int, optional
        As many in a hall, instead of `columns`.
    handles : sequence, optional
        What the legend names; without it, all that has a label.
    """
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=sized(columns, in_hall or columns),
    )


def legends_above(axes: Sequence[Axes], columns: Sequence[int], handles: Sequence[Handles] | None = None) -> None:
    """Draw a legend above each of several axes side by side; in a hall, where they are low, a single one above all.

    The single one has as few rows as fit into the picture.

    Parameters
    ----------
    axes : sequence of Axes
        Those that need a legend.
    columns : sequence of int
        For each, how many labels stand side by side.
    handles : sequence, optional
        For each, what its legend names; without it, or where it is None, all that has a label.
    """
    named = [
        ax.get_legend_handles_labels()[0] if chosen is None else chosen
        for ax, chosen in zip(axes, handles or [None] * len(axes), strict=True)
    ]
    if style.size() == "hall":
        once = {handle.get_label(): handle for row in named for handle in row}
        figure = axes[0].figure
        for rows in range(1, len(once) + 1):
            side_by_side = -(-len(once) // rows)
            legend = figure.legend(handles=list(once.values()), loc="outside upper center", ncols=side_by_side)
            if side_by_side == 1 or legend.get_window_extent().width <= figure.bbox.width:
                return
            legend.remove()
    for ax, number, row in zip(axes, columns, named, strict=True):
        legend_above(ax, number, handles=row)


def set_limits(axes: Iterable[Axes], limit: float, axis: str = "x", low: float | None = None) -> None:
    """Set the limits of an axis, "x" or "y", to low, or else -limit, and limit, unless they are so already.

    Setting limits, even to their present values, costs a full redraw.
    """
    limits = (-limit if low is None else low, limit)
    for ax in axes:
        if getattr(ax, f"get_{axis}lim")() != limits:
            getattr(ax, f"set_{axis}lim")(*limits)


def reach(*curves: Floats) -> float:
    """Return how far arrays go from 0, to either side."""
    return max(float(np.abs(curve).max()) for curve in curves)


def rounded_up(value: float, steps: Sequence[float] = (1, 1.5, 2, 3, 4, 6, 8)) -> float:
    """Return the smallest step times a power of ten that is at least value: an axis limit that seldom changes.

    Parameters
    ----------
    value : float
    steps : sequence of float
        In rising order, from 1 to less than 10.
    """
    decade = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return next(float(step * decade) for step in (*steps, 10) if step * decade >= value * (1 - 1e-12))
