"""Notebook 12, beyond the lecture: the mean over the tokens of an answer, and which way it points."""

import numpy as np

from pgcourse.demos import only_pictures
from pgcourse.exact import lengths
from pgcourse.figures import layout, plots, style
from pgcourse.figures.controls import slider
from pgcourse.figures.live import LiveFigure, demo

LENGTHS = np.arange(1, 7)
THETAS = np.linspace(-3, 3, 121)
RIGHT = (0.5, 0.3, 0.3, 0.4, 0.5, 0.8)


def profile(*right: float) -> dict[str, float]:
    """Return the sliders that stand at these accuracies."""
    return {f"q{length}": q for length, q in zip(LENGTHS, right, strict=True)}


@demo
def signs() -> LiveFigure:
    """Show the gradient and the update divided by the length, for answers whose accuracy depends on their length."""
    live = LiveFigure(
        alt="Accuracy and probability of each length of an answer, beside the gradient and the update divided by the "
        "length against theta, shaded where their signs differ",
        ncols=2,
        width_ratios=[2, 3],
        height=4.4,
    )
    answers, curves = live.axes
    answers.set(xlim=(0.4, 6.6), ylim=(0, 1.03), xticks=LENGTHS, xlabel="length of the answer")
    curves.set(xlim=(-3, 3), xlabel="θ, the preference for one step more")
    curves.axhline(0, **style.REFERENCE)
    bars = live.moving(answers.bar(LENGTHS, 0 * LENGTHS, width=0.7, label="how likely", **style.BARS))
    right = live.moving(answers.plot([], [], label="accuracy", **style.MARK | {"linestyle": ":"}))[0]
    areas = live.moving(plots.ribbon(curves, "signs differ", facecolor=style.ORANGE, alpha=0.6))
    gradient = live.moving(curves.plot(THETAS, THETAS, label="gradient of U", **style.EXACT))[0]
    divided = live.moving(curves.plot(THETAS, THETAS, label="divided by length", **style.BASELINE))[0]
    here = live.moving(plots.vertical(curves, **style.REFERENCE))
    dots = [live.moving(curves.plot([], [], **style.MARK | {"color": c})[0]) for c in (style.BLACK, style.VERMILLION)]
    layout.legends_above(live.axes, (2, 2), ([bars, right], [gradient, divided, areas]))

    @live.controls(
        theta=slider("θ", 0, -3, 3, 0.1, ".1f"),
        **{name: slider(f"accuracy of length {name[1:]}", q, 0, 1, 0.05) for name, q in profile(*RIGHT).items()},
    )
    def update(theta: float, **accuracies: float) -> str:
        q = np.array(list(accuracies.values()))
        chances, _ = lengths.length_law(theta)
        for bar, chance in zip(bars, chances, strict=True):
            bar.set_height(chance)
        right.set_data(LENGTHS, q)
        both = lengths.updates(THETAS, q)
        for curve, heights in zip((gradient, divided), both, strict=True):
            curve.set_ydata(heights)
        differ = lengths.opposite(*both)
        plots.move_ribbon(areas, THETAS, np.where(differ, -1.0, 0), np.where(differ, 1.0, 0))
        layout.set_limits([curves], 0.15 if layout.reach(*both) < 0.15 else 0.36, "y")
        here.set_xdata([theta, theta])
        values = [round(float(value), 9) + 0.0 for value in lengths.updates(theta, q)]  # no -0.0
        for dot, value in zip(dots, values, strict=True):
            dot.set_data([theta], [value])
        return (
            f"At θ = {theta:.1f} U is {lengths.utility(theta, q):.3f} and its gradient {values[0]:+z.4f}; with each "
            f"answer divided by its length the mean update is {values[1]:+z.4f}. {verdict(*values)} They are opposite "
            f"for {lengths.opposite_share(THETAS, q):.0%} of the θ shown."
        )

    live.presets(
        {
            "the wrong way": {"theta": 0, **profile(*RIGHT)},
            "always 0.5": profile(*[0.5] * 6),
            "the longer the better": profile(0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
            "the shorter the better": profile(0.7, 0.6, 0.5, 0.4, 0.3, 0.2),
            "short or long": profile(1, 0, 0, 0, 0, 1),
        }
    )
    return live


def verdict(gradient: float, divided: float) -> str:
    """Say whether two numbers have the same sign."""
    if gradient == divided == 0:
        return "Both are 0."
    if gradient * divided == 0:
        return "One of the two is 0."
    return f"The signs are {'opposite' if gradient * divided < 0 else 'the same'}."


__dir__ = only_pictures(globals())
