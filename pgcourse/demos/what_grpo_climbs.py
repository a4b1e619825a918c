"""Notebook 11, beyond the lecture: division by the standard deviation of the group, and what is then climbed."""

import numpy as np

from pgcourse.demos import only_pictures
from pgcourse.exact import group_baselines
from pgcourse.figures import style
from pgcourse.figures.controls import integer, slider
from pgcourse.figures.live import LiveFigure, demo

INSIDE = np.concatenate([[0.005, 0.01, 0.02], np.arange(0.04, 0.98, 0.02), [0.98, 0.99, 0.995]])
LIMIT = style.REFERENCE | {"linewidth": 3}


@demo
def weight() -> LiveFigure:
    """Show what division by the standard deviation multiplies the gradient by, and the function of p that it climbs."""
    live = LiveFigure(
        alt="Mean update over gradient against the probability of a success, beside the function of that probability "
        "whose gradient the mean update is, each with its limit for many samples",
        ncols=2,
        height=4.4,
    )
    factor, climbed = live.axes
    factor.set(xlim=(0, 1), ylim=(0, 8), xlabel="p, of a success", title="mean update / gradient")
    climbed.set(
        xlim=(0, 1),
        ylim=(0, 1.02 * float(group_baselines.limit_climbed(1))),
        xlabel="p, of a success",
        title="what is climbed",
    )
    factor.plot(INSIDE, np.ones(len(INSIDE)), label="U = p", **style.EXACT)
    factor.plot(INSIDE, group_baselines.limit_weight(INSIDE), label="limit: 2 arcsin √p", **LIMIT)
    climbed.plot([0, 1], [0, 1], **style.EXACT)
    grid = np.concatenate([[0], INSIDE, [1]])
    climbed.plot(grid, group_baselines.limit_climbed(grid), **LIMIT)
    curves = [live.moving(ax.plot([], [], label="your G", **style.ESTIMATE))[0] for ax in live.axes]
    dots = [live.moving(ax.plot([], [], **style.MARK))[0] for ax in live.axes]
    factor.legend(loc="upper center")

    @live.controls(num_samples=integer("samples G", 8, 2, 64), p=slider("p, of a success", 0.05, 0.01, 0.99, 0.01))
    def update(num_samples: int, p: float) -> str:
        for curve, dot, x, function in zip(
            curves, dots, (INSIDE, grid), (group_baselines.weight, group_baselines.climbed), strict=True
        ):
            curve.set_data(x, function(num_samples, x))
            dot.set_data([p], [function(num_samples, p)])
        times, limit = group_baselines.weight(num_samples, p), group_baselines.limit_weight(p)
        equal = group_baselines.silent_share(num_samples, p)
        return (
            f"At p = {p:.2f} the mean update of a group of {num_samples} is {times:.2f} times the gradient of U; with "
            f"more and more samples it tends to {limit:.2f} times. At p = 0.50 it is "
            f"{group_baselines.weight(num_samples, 0.5):.2f} times. In {equal:.1%} of the groups at p = {p:.2f} all "
            "answers are equal: their update is 0."
        )

    live.presets(
        {
            "G = 2": {"num_samples": 2},
            "G = 3": {"num_samples": 3},
            "G = 8": {"num_samples": 8},
            "G = 64": {"num_samples": 64},
            "p = 0.01": {"p": 0.01},
            "p = 0.50": {"p": 0.5},
        }
    )
    return live


__dir__ = only_pictures(globals())
