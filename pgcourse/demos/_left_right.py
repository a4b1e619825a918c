"""Parts of the pictures of lecture 5: how L and R look, the problem's two states, and the arrows of one update."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from pgcourse.exact import one_decision
from pgcourse.figures import layout, plots, style
from pgcourse.figures.live import LiveFigure

LOOKS: tuple[style.Look, ...] = (
    {"color": style.VERMILLION, "linestyle": "-"},
    {"color": style.GREEN, "linestyle": "-"},
)
ARROWS = (
    {"color": style.VERMILLION},
    {"color": style.GREEN},
    {"color": style.ORANGE, "path_effects": [withStroke(linewidth=7, foreground=style.BLACK)]},
)
"""Of L, of R and of their mean."""
ROWS = (("a = L", 0.25), ("a = R", 0.08), ("mean", -0.12))
"""Name and height of each arrow, as a share of the axis above the point on U."""
STEP_SIZE = 0.02
"""Of the arrows, which end where one update would send theta."""


def two_states(ax: Axes) -> list[Text]:
    """Draw the slide's picture: state 1, a box for each action, and state 2 with its loop; return both reward texts."""
    ax.set(xlim=(0, 10), ylim=(0, 7))
    ax.axis("off")
    look = {"arrowstyle": "-|>", "mutation_scale": 18, "lw": 2}
    box = {"boxstyle": "square,pad=0.5", "facecolor": "white", "linewidth": 2.5}
    rewards = []
    for name, y, way, color in (("L", 5.2, 1, style.VERMILLION), ("R", 1.8, -1, style.GREEN)):
        for start, end in (((1.2, 3.5), (4.2, y)), ((4.2, y), (7.2, 3.5))):
            ax.annotate("", end, start, arrowprops=look | {"color": color, "shrinkA": 20, "shrinkB": 20})
        ax.text(4.2, y, name, ha="center", va="center", weight="bold", bbox=box | {"edgecolor": color})
        rewards.append(ax.text(4.2, y + 1.15 * way, "", ha="center", va="center", weight="bold", color=color))
    loop = look | {"color": style.GREY, "connectionstyle": "arc3,rad=-1.7", "shrinkA": 2, "shrinkB": 2}
    ax.annotate("", (7.65, 3.0), (7.65, 4.0), arrowprops=loop)
    ax.text(9.5, 3.5, "0", ha="center", va="center", color=style.GREY)
    plots.node(ax, 1.2, 3.5, "1")
    plots.node(ax, 7.2, 3.5, "2")
    return rewards


def show_rewards(texts: list[Text], reward_left: float, reward_right: float) -> None:
    """Write the rewards beside the boxes that `two_states` drew."""
    for text, reward in zip(texts, (reward_left, reward_right), strict=True):
        text.set_text(f"{reward:+g}")


def arrows_over_utility(alt: str) -> tuple[LiveFigure, Callable[..., one_decision.Samples]]:
    """Make a figure of U against theta with an arrow for L, one for R and one for their mean.

    Returns
    -------
    live : LiveFigure
    show : function (theta, reward_left, reward_right, baseline) -> Samples
        Moves everything, and returns what the arrows show.
    """
    live = LiveFigure(alt=alt, height=4.4)
    ax = live.axes[0]
    ax.set(xlim=(-0.2, 1.2), xlabel=f"θ (arrows: one update with step size {STEP_SIZE})", xticks=[0, 0.5, 1])
    ax.set(ylabel="U(θ)", yticks=range(-5, 15, 5))
    plots.hatch_flat_ends(ax.axvspan)
    line = live.moving(ax.plot([-0.2, 0, 1, 1.2], [0, 0, 0, 0], **style.EXACT))[0]
    ends = live.moving([ax.text(x, 0, name, weight="bold") for x, name in ((-0.19, "R"), (1.13, "L"))])
    here = live.moving(plots.vertical(ax, **style.REFERENCE))
    point = live.moving(ax.plot([], [], "o", color=style.BLACK, markersize=9))[0]
    arrows = [live.moving(plots.arrow(ax, **look)) for look in ARROWS]
    white = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
    sides = ["bottom" if share > 0 else "top" for _, share in ROWS]
    words = [live.moving(ax.text(0, 0, "", ha="center", va=side, bbox=white)) for side in sides]

    def show(theta: float, reward_left: float, reward_right: float, baseline: float = 0.0) -> one_decision.Samples:
        found = one_decision.samples(theta, reward_left, reward_right, baseline)
        low = -4 if min(reward_left, reward_right) >= 0 else -8  # two sizes: each change costs a full drawing
        layout.set_limits([ax], 20, "y", low)
        span = 20 - low
        utility = one_decision.value(np.array([0, 0, 1, 1]), reward_left, reward_right)
        line.set_ydata(utility)
        for text, height in zip(ends, utility[[0, -1]], strict=True):
            text.set_y(height + 0.03 * span)
        height = one_decision.value(theta, reward_left, reward_right)
        here.set_xdata([theta, theta])
        point.set_data([theta], [height])
        for arrow, word, (name, share), value in zip(arrows, words, ROWS, (*found.gradients, found.mean), strict=True):
            end, y = np.clip(theta + STEP_SIZE * value, -0.19, 1.19), height + share * span
            plots.move_arrow(arrow, theta, end, y)
            word.set(text=f"{name}: {value:+.2f}", y=y + (0.04 if share > 0 else -0.04) * span)
            word.set_x(np.clip((theta + end) / 2, -0.1, 1.1))
        return found

    return live, show
