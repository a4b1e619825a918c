"""Notebook 10, beyond the lecture: a baseline from the group, and when it is noisier than none."""

import numpy as np

from pgcourse.demos import only_pictures
from pgcourse.exact import group_baselines
from pgcourse.figures import layout, plots, style
from pgcourse.figures.controls import integer, slider
from pgcourse.figures.live import LiveFigure, demo

PROBABILITIES = np.concatenate([[0.01, 0.02], np.arange(0.04, 0.98, 0.02), [0.98, 0.99]])
DRAWN = {
    "none": ("no baseline", {"color": style.BLACK, "linestyle": "-", "marker": "s"}),
    "leave-one-out": ("leave-one-out", style.LINES[0]),
    "normalised": ("group mean, divided (GRPO)", style.LINES[1]),
}
LOW, HIGH = 0.02, 20


@demo
def noise() -> LiveFigure:
    """Show noise over signal of the update of a group against the probability of a success."""
    live = LiveFigure(
        alt="Standard deviation over mean of the update against the probability of a success, without a baseline, with "
        "leave-one-out, and with division by the standard deviation of the group",
        height=4.6,
    )
    ax = live.axes[0]
    ax.set(xlim=(0, 1), ylim=(LOW, HIGH), yscale="log", xlabel="p, the probability of a success")
    ax.set(yticks=[0.1, 1, 10], yticklabels=["0.1", "1", "10"], ylabel="noise over signal")
    area = live.moving(plots.ribbon(ax, "leave-one-out is noisier", facecolor=style.ORANGE, alpha=0.6))
    curves = {
        name: live.moving(ax.plot([], [], label=label, markevery=7, **look))[0] for name, (label, look) in DRAWN.items()
    }
    here = live.moving(plots.vertical(ax, **style.REFERENCE))
    layout.legend_above(ax, 2, handles=[*curves.values(), area])

    @live.controls(
        num_samples=integer("samples G", 8, 2, 64),
        p=slider("p, of a success", 0.9, 0.05, 0.95, 0.05),
        shift=slider("added to each reward", 0, -1, 1, 0.1, ".1f"),
    )
    def update(num_samples: int, p: float, shift: float) -> str:
        heights = {}
        for name, curve in curves.items():
            heights[name] = group_baselines.noise(num_samples, PROBABILITIES, name, shift)
            curve.set_data(PROBABILITIES, np.maximum(heights[name], LOW / 2))
        low, high = np.maximum(heights["none"], LOW / 2), heights["leave-one-out"]
        plots.move_ribbon(area, PROBABILITIES, np.minimum(low, high), high)
        here.set_xdata([p, p])
        none, others, normalised = (float(group_baselines.noise(num_samples, p, name, shift)) for name in curves)
        return (
            f"Rewards {shift:.1f} and {1 + shift:.1f}, {num_samples} samples, p = {p:.2f}: the standard deviation of "
            f"the update is {none:.3f} times its mean without a baseline, {others:.3f} times with leave-one-out, and "
            f"{normalised:.3f} times where it is divided by the standard deviation of the group. Leave-one-out is "
            f"{where(*group_baselines.less_noisy(num_samples, shift))}."
        )

    live.presets(
        {
            "G = 2": {"num_samples": 2, "shift": 0},
            "G = 8": {"num_samples": 8, "shift": 0},
            "G = 64": {"num_samples": 64, "shift": 0},
            "rewards -½ and ½": {"num_samples": 8, "shift": -0.5},
            "rewards 1 and 2": {"num_samples": 8, "shift": 1},
        }
    )
    return live


def where(low: float, high: float) -> str:
    """Say for which p leave-one-out is noisier than no baseline, from the interval in which it is not."""
    if low == high:
        return "the noisier of the two for every p"
    parts = [f"below {low:.3f}"] * (low > 0) + [f"above {high:.3f}"] * (high < 1)
    return f"the noisier of the two for p {' and '.join(parts)}" if parts else "the less noisy of the two for every p"


__dir__ = only_pictures(globals())
