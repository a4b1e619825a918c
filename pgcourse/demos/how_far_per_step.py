"""Notebook 16, beyond the lecture: how far theta may go from where its samples were drawn."""

import numpy as np

from pgcourse.demos import only_pictures
from pgcourse.demos._left_right import LOOKS
from pgcourse.exact import one_decision, reuse
from pgcourse.figures import layout, plots, style
from pgcourse.figures.controls import choice, slider
from pgcourse.figures.live import LiveFigure, demo

REWARDS = {"R = (5, 10)": (5, 10), "R = (10, 5)": (10, 5)}
WINDOW_HEIGHTS = (0.14, 0.06)
"""Of the axes."""


@demo
def clipping() -> LiveFigure:
    """Show the gain in U, PPO's clipped surrogate of it, and how many of the samples still count."""
    live = LiveFigure(
        alt="Left, the exact gain in utility and PPO's clipped surrogate against θ, with the window of each action; "
        "right, the effective share of the samples against θ",
        ncols=2,
        height=4.2,
        width_ratios=[3, 2],
    )
    gain, share = live.axes
    grid = np.linspace(0, 1, 401)
    gain.set(xlim=(0, 1), ylim=(-1.5, 1.5), xlabel="θ", title="gain over the old θ")
    share.set(xlim=(0, 1), ylim=(0, 1.05), xlabel="θ", title="share of the samples that counts")
    exact = live.moving(gain.plot(grid, grid, label="U(θ) - U(old θ)", **style.EXACT))[0]
    clipped = live.moving(gain.plot(grid, grid, label="clipped surrogate", **style.ESTIMATE | {"linewidth": 4}))[0]
    look: style.Look = {"linewidth": 9, "solid_capstyle": "butt", "transform": gain.get_xaxis_transform()}
    bars = [
        live.moving(gain.plot([0, 0], [height] * 2, label=f"window of {name}", **color | look))[0]
        for name, color, height in zip("LR", LOOKS, WINDOW_HEIGHTS, strict=True)
    ]
    curve = live.moving(share.plot(grid, grid, **style.EXACT))[0]
    starts = [live.moving(plots.vertical(ax, **style.REFERENCE)) for ax in live.axes]
    mark, counting = (live.moving(ax.plot([], [], **style.MARK | {"clip_on": True}))[0] for ax in live.axes)
    live.figure.legend(handles=[exact, clipped, *bars], loc="outside upper center", ncols=2)

    @live.controls(
        theta_old=slider("old θ, of the samples", 0.2, 0.05, 0.95, 0.05),
        epsilon=slider("clip ε", 0.2, 0.05, 0.5, 0.05),
        theta=slider("θ", 0.1, 0.02, 0.98, 0.02),
        rewards=choice("rewards", list(REWARDS)),
    )
    def update(theta_old: float, epsilon: float, theta: float, rewards: str) -> str:
        pair = REWARDS[rewards]
        old = one_decision.value(theta_old, *pair)
        gains = one_decision.value(grid, *pair) - old
        exact.set_ydata(gains)
        clipped.set_ydata(reuse.clipped_surrogate(grid, theta_old, epsilon, *pair))
        curve.set_ydata(reuse.effective_share(grid, theta_old))
        limits = reuse.windows(theta_old, epsilon)
        for bar, window in zip(bars, limits, strict=True):
            bar.set_xdata(window)
        for line in starts:
            line.set_xdata([theta_old, theta_old])
        surrogate = reuse.clipped_surrogate(theta, theta_old, epsilon, *pair)
        layout.set_limits([gain], 1.5 if max(gains.max(), -surrogate) < 1.5 else 5, "y")
        effective = reuse.effective_share(theta, theta_old)
        mark.set_data([theta], [surrogate])
        counting.set_data([theta], [effective])
        spread, noise = (f(theta, theta_old, *pair) for f in (reuse.utility_variance, reuse.gradient_variance))
        window_l, window_r = (f"{low:.2f} to {high:.2f}" for low, high in limits)
        return (
            f"The window of L is {window_l}, that of R {window_r}. At θ = {theta:.2f} U gains "
            f"{one_decision.value(theta, *pair) - old:+z.2f}, and the clipped surrogate says {surrogate:+z.2f}; "
            f"{effective:.1%} of the samples count. A weighted sample has the variance {spread:.2f} for U, and "
            f"{noise:.2f} for the gradient."
        )

    live.presets(
        {
            "R = (5, 10)": {"theta_old": 0.2, "epsilon": 0.2, "theta": 0.1, "rewards": "R = (5, 10)"},
            "the rare one is better": {"theta_old": 0.2, "epsilon": 0.2, "theta": 0.3, "rewards": "R = (10, 5)"},
            "far away": {"theta_old": 0.2, "epsilon": 0.2, "theta": 0.8, "rewards": "R = (5, 10)"},
        }
    )
    return live


__dir__ = only_pictures(globals())
