"""Drawing shared by the demos: every function takes `ax` and returns artists that an update can move.

Nothing here knows a problem or an estimator; the demos hand over numbers.
"""

import numpy as np
from matplotlib.collections import PolyCollection

from pgcourse.figures import style

NODE = {"boxstyle": "circle,pad=0.4", "facecolor": "white", "edgecolor": style.BLACK}


def vertical(ax, label=None, top=1.0, **look):
    """Draw a vertical line up to the share `top` of the axes, to be moved by `line.set_xdata([x, x])`."""
    return ax.axvline(0, ymax=top, label=label, **look)


def band(ax, label=None, top=1.0):
    """Draw a vertical band from x = 0 to 1, up to the share `top` of the axes, to be moved by `move_band`."""
    return ax.axvspan(0, 1, ymax=top, label=label, facecolor=style.ORANGE, alpha=0.35, linewidth=0)


def move_band(rectangle, low, high):
    """Move a band drawn by `band` to the interval from low to high."""
    rectangle.set_x(low)
    rectangle.set_width(high - low)


def mean_and_deviation(ax, top=1.0):
    """Draw an exact mean with a band of one standard deviation to each side; returns (line, band)."""
    return vertical(ax, "exact mean", top, **style.EXACT), band(ax, "± exact standard deviation", top)


def move_mean_and_deviation(artists, mean, deviation):
    """Move what `mean_and_deviation` drew."""
    line, rectangle = artists
    line.set_xdata([mean, mean])
    move_band(rectangle, mean - deviation, mean + deviation)


def histogram(ax, num_bins, label=None):
    """Draw an empty histogram, to be filled by `fill_histogram`."""
    return ax.stairs(np.zeros(num_bins), np.arange(num_bins + 1.0), label=label, **style.BARS)


def fill_histogram(stairs, samples, low, high):
    """Fill a histogram with the shares of samples (m,) in equal bins from low to high; the tallest bar is 1."""
    num_bins = len(stairs.get_data().values)
    bins = np.floor((samples - low) * (num_bins / (high - low))).astype(int)
    counts = np.bincount(bins[(bins >= 0) & (bins < num_bins)], minlength=num_bins)
    stairs.set_data(counts / max(counts.max(), 1), np.linspace(low, high, num_bins + 1))


def ticks(ax, label=None):
    """Draw broad horizontal ticks, for what was drawn beside what is exact; move them by `set_data`."""
    look = {"linestyle": "none", "marker": "_", "markersize": 26, "markeredgewidth": 3.5, "color": style.BLACK}
    return ax.plot([], [], label=label, **look)[0]


def arrow(ax, y, **look):
    """Draw a horizontal arrow at height y, to be moved by `move_arrow`."""
    return ax.annotate("", (1, y), (0, y), arrowprops={"arrowstyle": "-|>", "mutation_scale": 26, "lw": 4, **look})


def move_arrow(annotation, start, end):
    """Move an arrow drawn by `arrow` along its height."""
    y = annotation.xy[1]
    annotation.xy = (end, y)
    annotation.set_position((start, y))


def shade_dead_ends(span):
    """Hatch theta <= 0 and theta >= 1, where the clamp is flat; `span` is ax.axvspan, or ax.axhspan."""
    for low, high in ((-10, 0), (1, 10)):
        span(low, high, facecolor="none", edgecolor=style.GREY, alpha=0.5, hatch="//", linewidth=0)


def node(ax, x, y, name):
    """Draw a named state or action of a tree; returns the text, to be drawn over its branches."""
    return ax.text(x, y, name, ha="center", va="center", weight="bold", bbox=NODE)


def set_limits(axes, limit, axis="x"):
    """Set the limits of each axes to -limit and limit, and leave them alone where they are so already."""
    for ax in axes:
        if getattr(ax, f"get_{axis}lim")() != (-limit, limit):
            getattr(ax, f"set_{axis}lim")(-limit, limit)


def rounded_up(value, steps=(1, 1.5, 2, 3, 4, 6, 8)):
    """Return the smallest step times a power of ten that is at least value: an axis limit that seldom changes."""
    decade = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return next(float(step * decade) for step in (*steps, 10) if step * decade >= value * (1 - 1e-12))


def matrix(ax, num_rows, num_columns):
    """Draw a matrix of numbers, row 0 on top, to be filled by `fill_matrix`; returns (mesh, texts)."""
    mesh = ax.pcolormesh(
        np.zeros((num_rows, num_columns)), cmap="PuOr", vmin=-1, vmax=1, edgecolors="white", linewidth=2
    )
    middles = [np.arange(size) + 0.5 for size in (num_rows, num_columns)]
    texts = [ax.text(x, y, "", ha="center", va="center") for y in middles[0] for x in middles[1]]
    ax.set(xticks=middles[1], xticklabels=range(num_columns), yticks=middles[0], yticklabels=range(num_rows))
    ax.set(xlim=(0, num_columns), ylim=(num_rows, 0), aspect="equal")
    ax.grid(False)
    return mesh, texts


def fill_matrix(artists, values, words):
    """Colour a matrix by its values (rows, columns), orange below 0 and purple above, and write the words in it."""
    mesh, texts = artists
    # Half of the colour scale: black words stay legible on every cell.
    mesh.set_array(0.5 * values / max(np.abs(values).max(), 1e-9))
    for text, word in zip(texts, np.ravel(words), strict=True):
        text.set_text(word)


def contours(ax, x, y, values, levels):
    """Draw labelled contours of values (len(y), len(x)) as thin lines; all of it stands still."""
    lines = ax.contour(x, y, values, levels, colors=style.BLACK, linestyles="solid", linewidths=0.8, alpha=0.6)
    ax.clabel(lines, fmt="%g", fontsize=11)
    return lines


def landscape(ax, function, xlim, ylim, levels, maximum):
    """Draw contours of a function of two parameters, and mark its maximum; all of it stands still.

    function    of an array (..., 2), returns (...)
    xlim, ylim  limits of the axes
    levels      of the contours, in rising order
    maximum     (2,)
    """
    grid = np.stack(np.meshgrid(np.linspace(*xlim, 160), np.linspace(*ylim, 120)), axis=-1)
    contours(ax, grid[0, :, 0], grid[:, 0, 1], function(grid), levels)
    look = {"marker": "+", "markersize": 17, "markeredgewidth": 3.5, "color": style.GREEN, "linestyle": "none"}
    ax.plot(*maximum, label="maximum", **look)
    ax.set(xlim=xlim, ylim=ylim)


def field(ax, places, vectors):
    """Draw arrows of one length at places (..., 2) that point the way of vectors (..., 2); all of it stands still."""
    ways = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    x, y = np.moveaxis(places, -1, 0)
    return ax.quiver(x, y, *np.moveaxis(ways, -1, 0), color=style.GREY, angles="xy", scale=16)


def move_tangent(line, x, y, slope, width=None, length=None):
    """Move a line to the tangent at (x, y) of this slope, of a width along the x axis, or of a length."""
    reach = length / 2 / np.hypot(1, slope) if length else width / 2
    line.set_data([x - reach, x + reach], [y - reach * slope, y + reach * slope])


def ellipse(ax, label=None, **look):
    """Draw a closed curve, to be moved by `move_ellipse`."""
    return ax.plot([], [], label=label, **look)[0]


def move_ellipse(curve, mean, covariance):
    """Move what `ellipse` drew to two standard deviations of a normal distribution: mean (2,), covariance (2, 2)."""
    angle = np.linspace(0, 2 * np.pi, 100)
    scales, axes = np.linalg.eigh(covariance)
    circle = 2 * np.sqrt(np.maximum(scales, 0))[:, None] * np.stack([np.cos(angle), np.sin(angle)])
    curve.set_data(*(mean[:, None] + axes @ circle))


def legend_above(ax, columns, **handles):
    """Draw the legend above the axes, where it covers nothing."""
    return ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, columnspacing=0.8, handlelength=1.6, **handles
    )


def ribbon(ax, label=None, **look):
    """Draw a band between two curves, to be moved by `move_ribbon`; it looks like `style.BAND` or as told."""
    return ax.fill([], [], label=label, **style.BAND | look)[0]


def move_ribbon(polygon, x, low, high):
    """Move what `ribbon` drew between the curves low and high, (N,) like x."""
    polygon.set_xy(np.column_stack([np.concatenate([x, x[::-1]]), np.concatenate([low, high[::-1]])]))


def signed_areas(ax, labels):
    """Draw the area of a curve above 0 and, hatched, the area below 0, for `move_signed_areas`; returns both."""
    above = ribbon(ax, labels[0], facecolor=style.SKY, alpha=0.7)
    below = ribbon(ax, labels[1], facecolor=style.ORANGE, alpha=0.7, hatch="//", edgecolor=style.VERMILLION)
    return above, below


def move_signed_areas(areas, x, y):
    """Move what `signed_areas` drew to the areas between the curve y (N,) and 0."""
    zero = np.zeros_like(y)
    move_ribbon(areas[0], x, zero, np.maximum(y, 0))
    move_ribbon(areas[1], x, np.minimum(y, 0), zero)


def policy_arrows(ax, places, directions):
    """Draw an arrow for each state and action, to be given lengths by `move_policy_arrows`.

    places      (S, 2) x and y of the states, 1 apart
    directions  (A, 2) where each action points
    returns     the artist; an arrow of probability 1 is 0.45 long
    """
    num_states, num_actions = len(places), len(directions)
    x, y = np.repeat(places, num_actions, axis=0).T
    ways = np.tile(directions, (num_states, 1))
    look = {"angles": "xy", "scale_units": "xy", "scale": 1 / 0.45, "units": "xy", "width": 0.045, "minlength": 0.01}
    return ax.quiver(x, y, *ways.T, color=style.BLUE, headwidth=3.6, headlength=3.2, headaxislength=3, **look)


def move_policy_arrows(arrows, directions, probabilities):
    """Give the arrows of `policy_arrows` lengths in proportion to probabilities (S, A)."""
    arrows.set_UVC(*np.einsum("sa,ai->isa", probabilities, np.asarray(directions, dtype=float)).reshape(2, -1))


def stack(layers, heights):
    """Stack bars on each other from 0 on: layers are containers of `ax.bar`, heights their rows, all of one sign."""
    bottom = np.zeros(len(heights[0]))
    for bars, row in zip(layers, heights, strict=True):
        for bar, y, height in zip(bars, bottom, row, strict=True):
            bar.set(y=y, height=height)
        bottom = bottom + row


def action_map(ax, size):
    """Draw a size x size gridworld with four triangles a cell, one for each of the actions up, right, down, left.

    returns  a PolyCollection in the order of theta, row-major; colour it by `set_array` of values (S*4,)
    """
    triangles = []
    for row, column in np.ndindex(size, size):
        square = np.add([(0, 0), (1, 0), (1, 1), (0, 1)], (column, row))
        triangles += [(square[i], square[(i + 1) % 4], (column + 0.5, row + 0.5)) for i in range(4)]
    ax.set(xlim=(0, size), ylim=(size, 0), xticks=[], yticks=[], aspect="equal")
    return ax.add_collection(PolyCollection(triangles, cmap="PuOr", edgecolors="white", linewidth=1.5))
