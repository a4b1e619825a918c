"""Drawing shared by the demos: functions that take `ax` and return artists, and functions that move these artists.

No function here knows of problems or estimators: the demos hand over numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.container import BarContainer
from matplotlib.contour import QuadContourSet
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.quiver import Quiver
from matplotlib.text import Annotation, Text
from numpy.typing import ArrayLike, NDArray

from pgcourse._types import Bools, Floats
from pgcourse.figures import layout, style

Directions: TypeAlias = Sequence[tuple[float, float]]
"""Where the actions point, (A, 2)."""
NODE = {"boxstyle": "circle,pad=0.4", "facecolor": "white", "edgecolor": style.BLACK}


def vertical(ax: Axes, label: str | None = None, top: float = 1.0, **look: Any) -> Line2D:
    """Draw a vertical line up to the fraction `top` of the axes; move it with ``line.set_xdata([x, x])``."""
    return ax.axvline(0, ymax=top, label=label, **look)


def band(ax: Axes, label: str | None = None, top: float = 1.0) -> Rectangle:
    """Draw a vertical band from x = 0 to 1, up to the fraction `top` of the axes; move it with `move_band`."""
    return ax.axvspan(0, 1, ymax=top, label=label, facecolor=style.ORANGE, alpha=0.35, linewidth=0)


def move_band(rectangle: Rectangle, low: float, high: float) -> None:
    """Move a band drawn by `band` to the interval from low to high."""
    rectangle.set_x(low)
    rectangle.set_width(high - low)


def mean_and_deviation(ax: Axes, top: float = 1.0) -> tuple[Line2D, Rectangle]:
    """Draw a line for an exact mean and a band of one standard deviation to each side of it."""
    return vertical(ax, "exact mean", top, **style.EXACT), band(ax, "± exact standard deviation", top)


def move_mean_and_deviation(artists: tuple[Line2D, Rectangle], mean: float, deviation: float) -> None:
    """Move what `mean_and_deviation` drew to another mean and standard deviation."""
    line, rectangle = artists
    line.set_xdata([mean, mean])
    move_band(rectangle, mean - deviation, mean + deviation)


def ticks(ax: Axes, label: str | None = None) -> Line2D:
    """Draw broad horizontal ticks that mark sampled values beside exact ones; move them with ``set_data``."""
    look: style.Look = {
        "linestyle": "none",
        "marker": "_",
        "markersize": 26,
        "markeredgewidth": 3.5,
        "color": style.BLACK,
    }
    return ax.plot([], [], label=label, **look)[0]


def arrow(ax: Axes, **look: Any) -> Annotation:
    """Draw a horizontal arrow; move it with `move_arrow`."""
    whole = {"arrowstyle": "-|>", "mutation_scale": 20, "lw": 4, "shrinkA": 0, "shrinkB": 0}
    return ax.annotate("", (1, 0), (0, 0), arrowprops=whole | look)


def move_arrow(annotation: Annotation, start: float, end: float, y: float) -> None:
    """Move an arrow drawn by `arrow` to the height y, from x = start to x = end."""
    annotation.xy = (end, y)
    annotation.set_position((start, y))


def hatch_flat_ends(span: Callable[..., Any]) -> None:
    """Hatch theta <= 0 and theta >= 1, where the clamp is flat; `span` is ``ax.axvspan`` or ``ax.axhspan``."""
    for low, high in ((-10, 0), (1, 10)):
        span(low, high, facecolor="none", edgecolor=style.GREY, alpha=0.5, hatch="//", linewidth=0)


def node(ax: Axes, x: float, y: float, name: str) -> Text:
    """Draw a named state or action of a tree; register it as moving after the branches, so that it covers them."""
    return ax.text(x, y, name, ha="center", va="center", weight="bold", bbox=NODE)


def runs(shown: Bools) -> list[tuple[int, int]]:
    """Return the first and the last index of each run of True in an array (N,)."""
    ends = np.flatnonzero(np.diff(shown.astype(int), prepend=0, append=0)).reshape(-1, 2)
    return [(int(first), int(end) - 1) for first, end in ends]


def parabola(steps: Floats, value: float, slope: float, bend: float) -> Floats:
    """Return the heights of a parabola at steps from where it has a value, a slope and a second derivative."""
    return value + slope * steps + bend * steps**2 / 2


def bend_through(step: float, value: float, slope: float, other: float) -> float:
    """Return the second derivative of the `parabola` that has the value `other` one step away."""
    return 2 * (other - value - step * slope) / step**2


def matrix(ax: Axes, num_rows: int, num_columns: int) -> tuple[QuadMesh, list[Text]]:
    """Draw a matrix of numbers with row 0 at the top; fill it with `fill_matrix`."""
    mesh = ax.pcolormesh(
        np.zeros((num_rows, num_columns)), cmap="PuOr", vmin=-1, vmax=1, edgecolors="white", linewidth=2
    )
    middles = [np.arange(size) + 0.5 for size in (num_rows, num_columns)]
    small = "small" if style.size() == "hall" else None  # where letters are larger than cells
    texts = [ax.text(x, y, "", ha="center", va="center", size=small) for y in middles[0] for x in middles[1]]
    ax.set(xticks=middles[1], xticklabels=range(num_columns), yticks=middles[0], yticklabels=range(num_rows))
    ax.set(xlim=(0, num_columns), ylim=(num_rows, 0), aspect="equal")
    ax.grid(False)
    return mesh, texts


def fill_matrix(artists: tuple[QuadMesh, list[Text]], values: Floats, words: ArrayLike) -> None:
    """Colour a matrix and write in its cells.

    Parameters
    ----------
    artists : tuple
        Drawn by `matrix`.
    values : (rows, columns) array
        Cells are orange below 0 and purple above.
    words : (rows, columns) array of str
        What is written in the cells.
    """
    mesh, texts = artists
    # Half of the colour scale: black words stay legible on every cell.
    mesh.set_array(0.5 * values / max(np.abs(values).max(), 1e-9))
    for text, word in zip(texts, np.ravel(words), strict=True):
        text.set_text(word)


def contours(ax: Axes, x: Floats, y: Floats, values: Floats, levels: Sequence[float] | Floats) -> QuadContourSet:
    """Draw labelled contours as thin lines, which do not move.

    Parameters
    ----------
    ax : Axes
    x : (N,) array
    y : (M,) array
    values : (M, N) array
    levels : sequence of float
        In rising order.
    """
    lines = ax.contour(x, y, values, levels, colors=style.BLACK, linestyles="solid", linewidths=0.8, alpha=0.6)
    shown = list(levels)[layout.sized(slice(None), slice(1, -2, 2))]  # in a hall, where larger letters have room
    size = layout.sized(11, mpl.rcParams["xtick.labelsize"])
    for number in ax.clabel(lines, shown, fmt="%g", fontsize=size):
        number.set_rotation(0)  # along a steep contour it may come to stand on its head
        across, up = ax.transAxes.inverted().transform(ax.transData.transform(number.get_position()))
        number.set_visible(0.03 < across < 0.97 and 0.03 < up < 0.97)  # else the edge of the axes cuts it
    return lines


def landscape(
    ax: Axes,
    function: Callable[[Floats], Floats],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    levels: Sequence[float] | Floats,
    maximum: Sequence[float] | Floats,
) -> None:
    """Draw contours of a function of two parameters, and mark its maximum; neither moves.

    Parameters
    ----------
    ax : Axes
    function : callable
        Maps an array (..., 2) to its values (...).
    xlim, ylim : tuple of float
        Limits of the axes.
    levels : sequence of float
        Of the contours, in rising order.
    maximum : (2,) array
        Where it is.
    """
    grid = np.stack(np.meshgrid(np.linspace(*xlim, 160), np.linspace(*ylim, 120)), axis=-1)
    contours(ax, grid[0, :, 0], grid[:, 0, 1], function(grid), levels)
    look: style.Look = {
        "marker": "+",
        "markersize": 17,
        "markeredgewidth": 3.5,
        "color": style.GREEN,
        "linestyle": "none",
    }
    ax.plot(*maximum, label="maximum", **look)
    ax.set(xlim=xlim, ylim=ylim)


def field(ax: Axes, places: Floats, vectors: Floats) -> Quiver:
    """Draw the directions of vectors (..., 2) at places (..., 2) as arrows of one length, which do not move."""
    ways = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    x, y = np.moveaxis(places, -1, 0)
    return ax.quiver(x, y, *np.moveaxis(ways, -1, 0), color=style.GREY, angles="xy", scale=16)


def move_tangent(line: Line2D, x: float, y: float, slope: float, width: float = 0.0, length: float = 0.0) -> None:
    """Move a line to the tangent at (x, y).

    Parameters
    ----------
    line : Line2D
    x, y, slope : float
        The point and the slope there.
    width, length : float
        One of the two: how far the line extends along the x axis, or its own length in data units.
    """
    reach = length / 2 / np.hypot(1, slope) if length else width / 2
    line.set_data([x - reach, x + reach], [y - reach * slope, y + reach * slope])


def ellipse(ax: Axes, label: str | None = None, **look: Any) -> Line2D:
    """Draw a closed curve; move it with `move_ellipse`."""
    return ax.plot([], [], label=label, **look)[0]


def move_ellipse(curve: Line2D, mean: Floats, covariance: Floats) -> None:
    """Move what `ellipse` drew to two standard deviations around the mean of a normal distribution.

    Parameters
    ----------
    curve : Line2D
    mean : (2,) array
    covariance : (2, 2) array
    """
    angle = np.linspace(0, 2 * np.pi, 100)
    scales, axes = np.linalg.eigh(covariance)
    circle = 2 * np.sqrt(np.maximum(scales, 0))[:, None] * np.stack([np.cos(angle), np.sin(angle)])
    curve.set_data(*(mean[:, None] + axes @ circle))


def ribbon(ax: Axes, label: str | None = None, **look: Any) -> Polygon:
    """Draw the area between two curves; move it with `move_ribbon`. `look` changes that of `style.BAND`."""
    return ax.fill([], [], label=label, **style.BAND | look)[0]


def move_ribbon(polygon: Polygon, x: NDArray[Any], low: Floats, high: Floats) -> None:
    """Move what `ribbon` drew to the area between the curves low and high; all arrays are (N,)."""
    polygon.set_xy(np.column_stack([np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])]))


def signed_areas(ax: Axes, labels: Sequence[str]) -> tuple[Polygon, Polygon]:
    """Draw the area under a curve above 0 and, hatched, that below 0; move both with `move_signed_areas`."""
    above = ribbon(ax, labels[0], facecolor=style.SKY, alpha=0.7)
    below = ribbon(ax, labels[1], facecolor=style.ORANGE, alpha=0.7, hatch="//", edgecolor=style.VERMILLION)
    return above, below


def move_signed_areas(areas: tuple[Polygon, Polygon], x: Floats, y: Floats) -> None:
    """Move what `signed_areas` drew to the areas between a curve and 0; x and y are (N,)."""
    zero = np.zeros_like(y)
    move_ribbon(areas[0], x, zero, np.maximum(y, 0))
    move_ribbon(areas[1], x, np.minimum(y, 0), zero)


def policy_arrows(ax: Axes, places: NDArray[Any], directions: Directions) -> Quiver:
    """Draw an arrow for each state and action; give them lengths with `move_policy_arrows`.

    Parameters
    ----------
    ax : Axes
    places : (S, 2) array
        Where the states are, at distances of 1.
    directions : Directions

    Returns
    -------
    Quiver
        An arrow of probability 1 has length 0.45.
    """
    num_states, num_actions = len(places), len(directions)
    x, y = np.repeat(places, num_actions, axis=0).T
    ways = np.tile(directions, (num_states, 1))
    look: style.Look = {
        "angles": "xy",
        "scale_units": "xy",
        "scale": 1 / 0.45,
        "units": "xy",
        "width": 0.045,
        "minlength": 0.01,
    }
    return ax.quiver(x, y, *ways.T, color=style.BLUE, headwidth=3.6, headlength=3.2, headaxislength=3, **look)


def move_policy_arrows(arrows: Quiver, directions: Directions, probabilities: Floats) -> None:
    """Give the arrows of `policy_arrows` lengths in proportion to the probabilities (S, A) of the actions."""
    arrows.set_UVC(*np.einsum("sa,ai->isa", probabilities, np.asarray(directions, dtype=float)).reshape(2, -1))


def stack(layers: Sequence[BarContainer], heights: Sequence[Sequence[float] | Floats] | Floats) -> None:
    """Stack bars on each other, from 0 on.

    Parameters
    ----------
    layers : sequence of BarContainer
        Drawn by ``ax.bar``, from bottom to top.
    heights : (layers, bars) array
        All of one sign.
    """
    bottom = np.zeros(len(heights[0]))
    for bars, row in zip(layers, heights, strict=True):
        for bar, y, height in zip(bars, bottom, row, strict=True):
            bar.set(y=y, height=height)
        bottom = bottom + row
