"""Histograms: each is drawn once, empty, and then filled with one sample after another."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch

from pgcourse._types import Samples
from pgcourse.figures import style


def histogram(ax: Axes, num_bins: int, label: str | None = None) -> StepPatch:
    """Draw an empty histogram; fill it with `fill_histogram`."""
    return ax.stairs(np.zeros(num_bins), np.arange(num_bins + 1.0), label=label, **style.BARS)


def fill_histogram(stairs: StepPatch, samples: Samples, low: float, high: float) -> None:
    """Fill a histogram, scaled so that its tallest bar is 1.

    Parameters
    ----------
    stairs : StepPatch
        Drawn by `histogram`.
    samples : (m,) array
        Those outside the bins are not counted.
    low, high : float
        Where the bins, which are equally wide, begin and end.
    """
    fill_histograms([stairs], [samples], low, high)


def fill_histograms(stairs: Sequence[StepPatch], samples: Sequence[Samples], low: float, high: float) -> None:
    """Fill histograms as `fill_histogram` does, with one scale for all: the tallest bar of all is 1."""
    num_bins = len(stairs[0].get_data()[0])
    heights = np.zeros((len(stairs), num_bins))
    for row, drawn in zip(heights, samples, strict=True):
        bins = np.floor((drawn - low) * (num_bins / (high - low))).astype(int)
        row += np.bincount(bins[(bins >= 0) & (bins < num_bins)], minlength=num_bins)
    for patch, row in zip(stairs, heights, strict=True):
        patch.set_data(row / max(heights.max(), 1), np.linspace(low, high, num_bins + 1))
