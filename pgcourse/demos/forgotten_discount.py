"""Notebook 13, beyond the lecture: the update without the factor gamma^k, and where it leads."""

import numpy as np

from pgcourse._types import Bools, Floats
from pgcourse.demos import only_pictures
from pgcourse.exact import forgotten_discount
from pgcourse.figures import plots, style
from pgcourse.figures.controls import slider
from pgcourse.figures.live import LiveFigure, demo

ENTRANCE = 0.6
LIMITS = (-0.5, 1)
"""Of the axis of steps."""
WITHOUT = style.LINES[1] | {"marker": ""}


@demo
def wrong_way() -> LiveFigure:
    """Show the gradient and the update without gamma^k against gamma, and the utility at both ends."""
    live = LiveFigure(
        alt="Left, the exact gradient and the mean update without the factor gamma^k against gamma, shaded where their "
        "signs differ; right, the utility against the policy, discounted and not, with the ends that both lead to",
        ncols=2,
        height=4.2,
    )
    pull, utility = live.axes
    discounts, policy = np.linspace(0, 1, 101), np.array([0.0, 1.0])
    pull.set(xlim=(0, 1), ylim=LIMITS, xlabel="discount γ", title="step of θ at π(R) = ½")
    utility.set(xlim=(-0.06, 1.06), ylim=(-1.5, 3.8), xlabel="π(R), in every state", title="utility")
    shade = live.moving(plots.ribbon(pull, "signs differ", facecolor=style.ORANGE, alpha=0.35))
    pull.axhline(0, **style.REFERENCE)
    curves = [
        live.moving(pull.plot(discounts, discounts, label=label, **look))[0]
        for label, look in (("gradient of U", style.EXACT), ("without γᵏ", WITHOUT))
    ]
    here = live.moving(plots.vertical(pull, **style.REFERENCE))
    lines = [
        live.moving(utility.plot(policy, policy, label=label, **look))[0]
        for label, look in (("U", style.EXACT), ("U if γ were 1", style.ESTIMATE))
    ]
    looks = (style.MARK | {"color": style.BLACK}, style.MARK | {"marker": "s", "markersize": 12})
    ends = [live.moving(utility.plot([], [], **look))[0] for look in looks]
    live.figure.legend(handles=[*curves, shade, *lines], loc="outside upper center", ncols=3)

    @live.controls(
        discount=slider("discount γ", 0.5, 0, 1, 0.05),
        toll=slider("toll in state 1", 1.5, 0, 2, 0.1, ".1f"),
        prize=slider("prize in state 3", 2, 0, 3, 0.25),
    )
    def update(discount: float, toll: float, prize: float) -> str:
        found = forgotten_discount.slopes(discounts, ENTRANCE, toll, prize)
        for curve, slope in zip(curves, found, strict=True):
            curve.set_ydata(slope / 4)
        differ = found[0] * found[1] < -1e-12
        plots.move_ribbon(shade, discounts, *(np.where(differ, limit, 0) for limit in LIMITS))
        here.set_xdata([discount, discount])
        gradient, without = forgotten_discount.slopes(discount, ENTRANCE, toll, prize)
        plain = forgotten_discount.slopes(1, ENTRANCE, toll, prize)[0]
        for line, slope in zip(lines, (gradient, plain), strict=True):
            line.set_ydata(slope * policy)
        places = [1.0 if slope > 1e-12 else 0.0 if slope < -1e-12 else 0.5 for slope in (gradient, without)]
        for mark, place in zip(ends, places, strict=True):
            mark.set_data([place], [place * gradient])
        return (
            f"At γ = {discount:.2f} and π(R) = ½ the gradient of U is {gradient / 4:+z.3f}, the update without γᵏ "
            f"{without / 4:+z.3f}: {where(discounts, differ)}. {led('The gradient', places[0], gradient, plain)}; "
            f"{led('the update', places[1], gradient, plain)}."
        )

    live.presets(
        {"γ = 0.5": {"discount": 0.5, "toll": 1.5, "prize": 2}, "γ = 0.95": {"discount": 0.95, "toll": 1.5, "prize": 2}}
    )
    return live


def where(discounts: Floats, differ: Bools) -> str:
    """Say for which discounts the signs differ."""
    parts = [f"from {discounts[first]:.2f} to {discounts[last]:.2f}" for first, last in plots.runs(differ)]
    return f"the signs differ for γ {' and '.join(parts)}" if parts else "the signs agree for every γ"


def led(what: str, place: float, gradient: float, plain: float) -> str:
    """Say where a way leads, and what U is there."""
    if place == 0.5:
        return f"{what} stands still"
    values = f"U is {place * gradient:z.2f}, or {place * plain:z.2f} undiscounted"
    return f"{what} leads to π(R) = {place:.0f}, where {values}"


__dir__ = only_pictures(globals())
