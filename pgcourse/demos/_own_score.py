"""What 04 draws of a score that the reader has written: the slope of log pi as a tangent, and its mean."""

from functools import partial
from typing import Any

import numpy as np

from pgcourse.exact import own_score
from pgcourse.figures import style, written
from pgcourse.figures.controls import choice, slider
from pgcourse.figures.live import LiveFigure

PREFERENCES, REWARDS = np.array([0.0, 1.0, -0.5]), np.array([1.0, 4.0, 2.0])
AXIS, REACH = np.linspace(-3, 3, 121), np.array([-1.2, 1.2])
STATE, GAIN = 0.5, -0.5
STDS = np.linspace(0.2, 1, 33)
TANGENT = style.ESTIMATE | {"linewidth": 3.2}


def softmax(function: Any) -> LiveFigure:
    """Draw log pi and U over one preference, each with the tangent that a score gives it."""
    live = LiveFigure(
        alt="log π of the drawn action and U over one preference, each with the tangent that the score written above "
        "gives",
        ncols=2,
        height=4.2,
    )
    left, right = live.axes
    left.set(title="log π of the drawn action", ylim=(-5, 0.5))
    right.set(title="U, the mean reward", ylim=(0.5, 4.5))
    curves, tangents, dots = [], [], []
    for ax in live.axes:
        ax.set(xlabel="the preference", xlim=(-3, 3))
        curves.append(live.moving(ax.plot(AXIS, 0 * AXIS, label="exact", **style.EXACT))[0])
        tangents.append(live.moving(ax.plot([], [], label="slope from this score", **TANGENT))[0])
        dots.append(live.moving(ax.plot([], [], **style.MARK))[0])
    live.figure.legend(handles=[curves[0], tangents[0]], loc="outside upper center", ncols=2)
    actions = [(str(action), action) for action in range(len(REWARDS))]

    @live.controls(
        action=choice("drawn action", actions, 1),
        component=choice("preference of action", actions, 1),
        preference=slider("its value", 0.5, -2, 2, 0.25),
    )
    def update(action: int, component: int, preference: float) -> str:
        along = np.tile(PREFERENCES, (len(AXIS), 1))
        along[:, component] = AXIS
        here = np.where(np.arange(len(PREFERENCES)) == component, preference, PREFERENCES)
        logs = own_score.log_softmax(along)
        utilities = own_score.mean_reward(along, REWARDS)
        heights = own_score.log_softmax(here)[action], own_score.mean_reward(here, REWARDS)
        for curve, dot, values, height in zip(curves, dots, (logs[:, action], utilities), heights, strict=True):
            curve.set_ydata(values)
            dot.set_data([preference], [height])
        place = f"At the preference {preference:.2f} log π is {heights[0]:z.2f} and U is {heights[1]:.2f}"
        answer = partial(written.call, function, shape=here.shape)
        found, reason = written.attempt(partial(own_score.softmax_slopes, answer, here, REWARDS))
        if found is None:
            for line in tangents:
                line.set_data([], [])
            return f"{reason} {place}."
        slopes = found[0][action, component], found[1][component]
        for line, height, slope in zip(tangents, heights, slopes, strict=True):
            line.set_data(preference + REACH, height + slope * REACH)
        exact = own_score.softmax_slopes(own_score.softmax_score, here, REWARDS)
        right = exact[0][action, component], exact[1][component]
        return (
            f"{place}. The slope of log π is {right[0]:z.2f}, and this score says {slopes[0]:z.2f}. The slope of U is "
            f"{right[1]:z.2f}, and the mean of this score times R is {slopes[1]:z.2f}."
        )

    return live


def normal(function: Any) -> LiveFigure:
    """Draw log pi of a normal policy over its standard deviation with a score's tangent, and the score's mean."""
    live = LiveFigure(
        alt="log π of an action over the standard deviation with the tangent that the score written above gives, and "
        "the mean of that score",
        ncols=2,
        height=4.2,
    )
    left, right = live.axes
    left.set(title="log π of the action", xlim=(0.2, 1), ylim=(-5, 1.5))
    right.set(title="mean of the score", xlim=(0.2, 1), ylim=(-2, 6))
    for ax in live.axes:
        ax.set_xlabel("standard deviation θ₂")
    curve = live.moving(left.plot(STDS, 0 * STDS, label="exact", **style.EXACT))[0]
    right.axhline(0, **style.EXACT)
    tangent = live.moving(left.plot([], [], label="from this score", **TANGENT))[0]
    own = live.moving(right.plot([], [], **TANGENT))[0]
    dot = live.moving(left.plot([], [], **style.MARK))[0]
    live.figure.legend(handles=[curve, tangent], loc="outside upper center", ncols=2)

    @live.controls(
        action=slider("action", 0.5, -1, 1, 0.25),
        std=slider("standard deviation θ₂", 0.5, 0.3, 0.9, 0.05),
    )
    def update(action: float, std: float) -> str:
        theta = np.column_stack([np.full(len(STDS), GAIN), STDS])
        logs, here = own_score.log_normal(STATE, action, theta), np.array([GAIN, std])
        height, slope = own_score.log_normal(STATE, action, here), own_score.normal_slopes(STATE, action, here)[1]
        curve.set_ydata(logs)
        dot.set_data([std], [height])
        right = f"the slope of log π in θ₂ is {slope:z.2f} at θ₂ = {std:.2f}"
        answer = partial(written.call, function, shape=(2,))

        def compute() -> tuple[float, float, list[float]]:
            means = [own_score.mean_normal_score(answer, STATE, at)[1] for at in theta[::4]]
            return answer(STATE, action, here)[1], own_score.mean_normal_score(answer, STATE, here)[1], means

        found, reason = written.attempt(compute)
        if found is None:
            for line in (tangent, own):
                line.set_data([], [])
            return f"{reason} For this action {right}."
        reach = np.array([-0.15, 0.15])
        tangent.set_data(std + reach, height + found[0] * reach)
        own.set_data(STDS[::4], found[2])
        return (
            f"For this action {right}, and this score says {found[0]:z.2f}. Over all actions the mean of a score is 0, "
            f"and of this one {found[1]:z.2f}."
        )

    return live
