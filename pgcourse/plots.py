"""Drawing shared by the demos: every function takes `ax` and returns artists that an update can move.

Nothing here knows a problem or an estimator; the demos hand over numbers.
"""

import numpy as np

from pgcourse import style

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
