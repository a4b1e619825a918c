"""Notebook 14, beyond the lecture: which lambda is best, for a critic that is more or less wrong."""

from functools import lru_cache

import numpy as np
from matplotlib.ticker import MaxNLocator

from pgcourse import problems
from pgcourse.demos import _words, only_pictures
from pgcourse.demos._short_corridor import towards_goal
from pgcourse.exact import critic, evaluation
from pgcourse.figures import layout, style
from pgcourse.figures.controls import choice, slider, steps
from pgcourse.figures.live import LiveFigure, demo

CORRIDOR = problems.corridor()
LAMS = np.linspace(0, 1, 21)
WRONG = ("V of another policy", "0")


@lru_cache
def errors(wrong: str) -> critic.CriticErrors:
    """Return the CriticErrors of the corridor at theta = 0, where `wrong` is one of WRONG."""
    policy, theta = towards_goal(CORRIDOR, 0)
    other = evaluation.values(CORRIDOR, *towards_goal(CORRIDOR, 1))[0]
    return critic.critic_errors(CORRIDOR, policy, theta, other if wrong == WRONG[0] else 0 * other, LAMS)


@demo
def best_lambda() -> LiveFigure:
    """Show the exact error of the estimate against lambda, and what bias and noise make of it."""
    for wrong in WRONG:
        errors(wrong)  # so that no first move of a control has to wait
    live = LiveFigure(
        alt="Exact root mean square error of the gradient estimate against lambda, with its bias and its standard "
        "deviation, and the lambda at which it is least",
        height=4.2,
    )
    ax = live.axes[0]
    ax.set(xlim=(-0.02, 1.02), ylim=(0, 0.6), xlabel="λ", ylabel="distance from the gradient")
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_formatter("{x:.2f}")  # as wide at each of the limits below, which leaves the label its place
    names = ("root mean square", "bias", "standard deviation")
    looks = (style.EXACT | {"linewidth": 4}, style.BASELINE, style.ESTIMATE)
    curves = [live.moving(ax.plot(LAMS, LAMS, label=name, **look))[0] for name, look in zip(names, looks, strict=True)]
    best = live.moving(ax.plot([], [], label="least", **style.MARK | {"color": style.GREEN, "marker": "*"}))[0]
    best.set_markersize(20)
    layout.legend_above(ax, 2, 4)

    @live.controls(
        m=steps("trajectories m", [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], 10),
        error=slider("V-hat: from V, 0, to wrong, 1", 1, 0, 1, 0.05),
        wrong=choice("wrong values", WRONG),
    )
    def update(m: int, error: float, wrong: str) -> str:
        found = errors(wrong)
        whole = found.root_mean_square(error, m)
        spread = found.standard_deviation(error, m)
        for curve, heights in zip(curves, (whole, error * found.bias, spread), strict=True):
            curve.set_ydata(heights)
        at = int(whole.argmin())
        best.set_data([LAMS[at]], [whole[at]])
        top = next(limit for limit in (0.2, 0.6, 2) if limit >= whole.max())
        layout.set_limits([ax], top, "y", 0)
        return (
            f"With {_words.counted(m, 'trajectory')} the error is {whole[0]:.3f} at λ = 0, {whole[-1]:.3f} at "
            f"λ = 1, and least at λ = {LAMS[at]:.2f}: {whole[at]:.3f}. There the bias is {error * found.bias[at]:.3f} "
            f"and the standard deviation {spread[at]:.3f}."
        )

    live.presets(
        {
            "the right V": {"error": 0, "m": 10},
            "wrong, few": {"error": 1, "m": 1, "wrong": WRONG[0]},
            "wrong, many": {"error": 1, "m": 100, "wrong": WRONG[0]},
            "no critic": {"error": 1, "m": 10, "wrong": WRONG[1]},
        }
    )
    return live


__dir__ = only_pictures(globals())
