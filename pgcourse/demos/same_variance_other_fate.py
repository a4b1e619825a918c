"""Notebook 15, beyond the lecture: two baselines with the same variance at every theta, and where each ends up."""

import numpy as np
from matplotlib.ticker import PercentFormatter

from pgcourse.demos import only_pictures
from pgcourse.exact import one_decision, same_variance
from pgcourse.figures import layout, style
from pgcourse.figures.controls import slider, steps
from pgcourse.figures.live import LiveFigure, demo

REWARDS = (5, 10)
NUM_STEPS = 17
SIDES = {"below b*": (-1, style.LINES[1]), "above b*": (1, style.LINES[0])}
"""Sign of the distance, and look."""


@demo
def fates() -> LiveFigure:
    """Show two baselines of the same variance, and the exact chance that each is stuck at the worse action."""
    live = LiveFigure(
        alt="Left, the parabola of the variance with a baseline on either side of its minimum, both equally high; "
        "right, the exact chance of being stuck at the worse action against the number of steps, for both",
        ncols=2,
        height=4,
        width_ratios=[2, 3],
    )
    bowl, fate = live.axes
    grid, count = np.linspace(-4, 20, 121), np.arange(NUM_STEPS + 1)
    bowl.set(xlim=(-4, 20), ylim=(0, 800), xlabel="baseline b", title="variance of one sample at θ")
    fate.set(
        xlim=(-0.3, NUM_STEPS + 0.3), xlabel="steps, of one sample each", title="chance of being stuck at L, the worse"
    )
    fate.locator_params(nbins=6, integer=True, axis="x")
    fate.locator_params(nbins=6, steps=[1, 2, 5, 10], axis="y")  # whole percents
    fate.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    curve = live.moving(bowl.plot(grid, grid, **style.EXACT))[0]
    level = live.moving(bowl.axhline(0, **style.REFERENCE))
    marks, lines = [], []
    for name, (_, look) in SIDES.items():
        marks += live.moving(bowl.plot([], [], **look | {"markersize": 12}))
        lines += live.moving(fate.plot(count, count, label=name, **look | {"markevery": 1}))
    fate.legend(handles=lines, loc="upper left")

    @live.controls(
        distance=slider("distance from b*, in b*", 1, 0, 1.5, 0.1, ".1f"),
        step_size=steps("step size α", [0.005, 0.01, 0.015, 0.02, 0.03, 0.04], 0.01),
        theta=slider("θ at the start", 0.2, 0.1, 0.5, 0.1, ".1f"),
    )
    def update(distance: float, step_size: float, theta: float) -> str:
        curve.set_ydata(one_decision.variance(grid, theta, *REWARDS))
        baselines, chances = [], []
        for (sign, _), mark, line in zip(SIDES.values(), marks, lines, strict=True):
            b = same_variance.baseline(sign * distance, theta, *REWARDS)
            height = one_decision.variance(b, theta, *REWARDS)
            mark.set_data([b], [height])
            level.set_ydata([height, height])
            stuck = same_variance.stuck(sign * distance, theta, *REWARDS, step_size, NUM_STEPS)
            line.set_ydata(stuck[:, 0])
            baselines.append(b)
            chances.append(stuck)
        highest = max(stuck[:, 0].max() for stuck in chances)
        layout.set_limits([fate], 0.26 if highest < 0.21 else 0.65, "y", 0)  # with room for the legend
        words = [
            f"{stuck[-1, 0]:.1%} and {stuck[-1, 1]:.1%} with b = {b:.2f}"
            for b, stuck in zip(baselines, chances, strict=True)
        ]
        return (
            f"Both have the variance {height:.2f} at the start, and equal ones at every later θ: b moves with b*. "
            f"After {NUM_STEPS} steps the exact chances of being stuck at L and at R are {words[0]}; {words[1]}."
        )

    live.presets(
        {
            "none and 2b*": {"distance": 1, "step_size": 0.01, "theta": 0.2},
            "larger steps": {"distance": 1, "step_size": 0.02, "theta": 0.2},
            "the other way round": {"distance": 1.5, "step_size": 0.04, "theta": 0.2},
        }
    )
    return live


__dir__ = only_pictures(globals())
