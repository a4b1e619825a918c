"""Lecture 4, the log-derivative trick: the gradient of a probability is the probability times its score."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from pgcourse import problems
from pgcourse._types import Floats
from pgcourse.demos import _own_score, only_pictures
from pgcourse.exact import differences, likelihood
from pgcourse.figures import plots, style
from pgcourse.figures.controls import choice, log_slider, luck, slider
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients import densities, fast
from pgcourse.gradients.batches import running_means, total_error
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.gradients.trajectories import Trajectories, simulate
from pgcourse.problems.mdp import TabularMDP

STEP = 0.4  # of theta, from one drawn density to the next
REWARDS = {"1": (1.0, 0.0), "x": (0.0, 1.0), "2 − x": (2.0, -1.0)}
CORRIDOR, POLICY = problems.corridor(), SoftmaxPolicy(10, 2)
COMPONENT = 9  # the preference for "right" in the corridor's first state, 4
BUDGET = np.geomspace(1e3, 1e5, 41)  # simulator steps
SIX_POLICY = SoftmaxPolicy(6, 2)
LOOKS = {
    "log b": style.BARS | {"facecolor": "#cccccc", "edgecolor": style.BLACK},
    "log T": style.BARS | {"facecolor": style.ORANGE, "edgecolor": style.VERMILLION, "hatch": "//"},
    "log π": style.BARS,
}


@demo
def identity() -> LiveFigure:
    """Show p, log p and the gradients of both, for a density whose mean is theta."""
    live = LiveFigure(
        alt="A density and its logarithm above their gradients with respect to theta", nrows=2, ncols=2, height=4.6
    )
    x = np.linspace(-1, 7, 801)
    titles = ("$p_θ(x)$", "$\\log\\, p_θ(x)$", "$∇_θ\\, p_θ(x)$  =  p × score", "score  $∇_θ\\log\\, p_θ(x)$")
    for ax, title, low, high in zip(live.axes, titles, (0, -8, -1.05, -6), (1.05, 1, 1.05, 6), strict=True):
        ax.set(title=title, xlim=(-1, 7), ylim=(low, high))
        ax.axhline(0, color=style.GREY, linewidth=1)
    for ax in live.axes[2:]:
        ax.set_xlabel("x")
    areas = live.moving(plots.signed_areas(live.axes[2], ("gained", "lost")))
    live.axes[2].legend(handles=areas, loc="upper right")
    curves = [live.moving(ax.plot(x, x, **style.EXACT))[0] for ax in live.axes]
    lines = [live.moving(plots.vertical(ax, **style.REFERENCE)) for ax in live.axes]
    dots = [live.moving(ax.plot([], [], **style.MARK | {"clip_on": True}))[0] for ax in live.axes]

    @live.controls(
        family=choice("family", [("normal, mean θ", "normal"), ("exponential, mean θ", "exponential")]),
        theta=slider("θ", 2, 1, 4, 0.05),
        at=slider("x", 2.5, 0, 6, 0.05),
    )
    def update(family: str, theta: float, at: float) -> str:
        found = densities.curves(family, theta, x)
        for curve, values in zip(curves, found, strict=True):
            curve.set_ydata(values)
        plots.move_signed_areas(areas, x, found.gradient)
        here = densities.curves(family, theta, np.array(at))
        for line, dot, value in zip(lines, dots, here, strict=True):
            line.set_xdata([at, at])
            dot.set_data([at], [float(value)])
        return (
            f"At x = {at:.2f} the density {here.density:.4f} times the score {here.score:+z.2f} is "
            f"{here.gradient:+z.4f}, the gradient of the density. Per unit of θ, p gains an area of "
            f"{densities.gained_area(family, theta):.2f} where the score is positive and loses the same area where it "
            "is negative."
        )

    return live


@demo
def support() -> LiveFigure:
    """Show a density whose support moves with theta, and the slope that the mean of score times R predicts."""
    live = LiveFigure(
        alt="A density before and after a step of theta, and U with the slope that the score gives", ncols=2, height=4.2
    )
    left, right = live.axes
    x = np.linspace(-0.1, 4, 821)
    left.set(title=f"$p_θ$, and after θ + {STEP}", xlabel="x", xlim=(-0.1, 4), ylim=(0, 1.7))
    right.set(title="U(θ)", xlabel="θ", xlim=(0.5, 3), ylim=(-1.5, 3.9))
    areas = live.moving(plots.signed_areas(left, ("gained", "lost")))
    before = live.moving(left.plot(x, x, label="$p_θ$", **style.EXACT))[0]
    after = live.moving(left.plot(x, x, label=f"$p_{{θ+{STEP}}}$", **style.REFERENCE))[0]
    left.legend(handles=[before, after, *areas], loc="upper right", ncols=2)
    grid = np.linspace(0.5, 3, 26)
    truth = live.moving(right.plot(grid, grid, label="exact U", **style.EXACT))[0]
    look = style.BASELINE | {"linewidth": 4}
    tangent = live.moving(right.plot([], [], label="slope E[score × R]", **look))[0]
    dot = live.moving(right.plot([], [], **style.MARK))[0]
    right.legend(handles=[truth, tangent], loc="upper left")

    @live.controls(
        family=choice("family", [("uniform on [0, θ]", "uniform"), ("exponential, mean θ", "exponential")]),
        reward=choice("R(x)", list(REWARDS)),
        theta=slider("θ", 1.5, 0.8, 2.7, 0.05),
    )
    def update(family: str, reward: str, theta: float) -> str:
        p, moved = (densities.density(family, value, x)[0] for value in (theta, theta + STEP))
        before.set_ydata(p)
        after.set_ydata(moved)
        plots.move_ribbon(areas[0], x, p, np.maximum(p, moved))
        plots.move_ribbon(areas[1], x, np.minimum(p, moved), p)
        utility, slope, score_mean = densities.slopes(family, REWARDS[reward], theta)
        truth.set_ydata([densities.slopes(family, REWARDS[reward], value).utility for value in grid])
        plots.move_tangent(tangent, theta, utility, score_mean, width=0.6)
        dot.set_data([theta], [utility])
        missing = slope - score_mean
        verdict = f"What is missing, {missing:+z.2f}, is R(θ)/θ." if family == "uniform" else "They are equal."
        return (
            f"At θ = {theta:.2f} with R(x) = {reward} the slope of U is {slope:+z.2f}, and the mean of score times R "
            f"is {score_mean:+z.2f}. {verdict}"
        )

    return live


@demo
def softmax() -> LiveFigure:
    """Show the probabilities of three actions, and the score of the one that was drawn."""
    live = LiveFigure(alt="Bars of a softmax policy and of the score of the drawn action", ncols=2, height=3.8)
    names, policy = ("action 0", "action 1", "action 2"), SoftmaxPolicy(1, 3)
    for ax, title, low in zip(live.axes, ("π(a | s)", "score of the drawn action"), (0, -1.3), strict=True):
        ax.set(title=title, xticks=range(3), xticklabels=names, xlim=(-0.6, 2.6), ylim=(low, 1.3))
        ax.set_yticks([tick for tick in (-1, -0.5, 0, 0.5, 1) if tick >= low])
        ax.axhline(0, color=style.BLACK, linewidth=1)
    chances, scores = (live.moving(ax.bar(range(3), np.ones(3), 0.6, **style.BARS)) for ax in live.axes)
    words = [live.moving([ax.text(i, 0, "", ha="center") for i in range(3)]) for ax in live.axes]

    @live.controls(
        **{f"theta_{i}": slider(f"preference θ({i})", value, -4, 4, 0.1, ".1f") for i, value in enumerate((0, 1, -1))},
        action=choice("drawn", [(name, i) for i, name in enumerate(names)]),
    )
    def update(theta_0: float, theta_1: float, theta_2: float, action: int) -> str:
        theta = [theta_0, theta_1, theta_2]
        probabilities, score = policy.probabilities(theta)[0], policy.score(theta)[0, action]
        for i in range(3):
            chances[i].set(height=probabilities[i], hatch="//" if i == action else "")
            scores[i].set(height=score[i], hatch="//" if i == action else "")
            words[0][i].set(text=f"{probabilities[i]:.2f}", y=probabilities[i] + 0.03)
            words[1][i].set(text=f"{score[i]:+z.2f}", y=score[i] + (0.04 if i == action else -0.17))
        return (
            f"Action {action} was drawn, with probability {probabilities[action]:.2f}. Its score raises its own "
            f"preference by {score[action]:.2f} and lowers the others by their probabilities: the three entries "
            "add up to 0."
        )

    return live


def six(slip: float = 0.2) -> TabularMDP:
    """Make a corridor of six states and six decisions that starts in each of the first five with equal probability."""
    mdp = problems.corridor(num_states=6, horizon=6, slip=slip, start=2)
    return replace(mdp, initial=np.where(mdp.terminal, 0, 1 / 5))


@lru_cache
def drawn(seed: int) -> Trajectories:
    """Return the trajectory of a seed: uniformly random actions, slip 0.2."""
    return simulate(six(), SIX_POLICY, np.zeros(12), 1, np.random.default_rng(seed))


@demo
def trajectory() -> LiveFigure:
    """Show every term of log p(tau) for a drawn trajectory, and its slope with respect to theta."""
    alt = "Stacked bars of the terms of log p of a trajectory, above the slope of each"
    live = LiveFigure(alt=alt, nrows=2, ncols=2, width=7.4, height=4.7, width_ratios=[4, 1])
    titles = ("terms of $\\log\\, p_θ(τ)$ by decision k", "sum", "their slopes with respect to θ", "sum")
    limits = ((-8, 1.4), (-38, 7), (-1.15, 1.15), (-6.9, 6.9))
    for ax, title, limit in zip(live.axes, titles, limits, strict=True):
        ax.set(title=title, ylim=limit, xticks=[])
        ax.axhline(0, color=style.BLACK, linewidth=1)
    steps, sums, step_slopes, sum_slopes = live.axes
    k = np.arange(six().horizon)
    step_slopes.set_xticks(k, [f"k = {step}" for step in k])
    bars = [live.moving(steps.bar(k, 1 + 0 * k, 0.7, **look)) for look in LOOKS.values()]
    totals = [live.moving(sums.bar([0], [1], 0.7, **look)) for look in LOOKS.values()]
    slopes_drawn = live.moving(step_slopes.bar(k, 1 + 0 * k, 0.7, **LOOKS["log π"]))
    slope_total = live.moving(sum_slopes.bar([0], [1], 0.7, **LOOKS["log π"]))
    names = live.moving([steps.text(float(step), 0.25, "", ha="center") for step in k])
    live.figure.legend(handles=totals, labels=list(LOOKS), loc="outside upper center", ncols=3)

    @live.controls(
        preference=slider("θ (preference for right)", 0.5, -3, 3, 0.1, ".1f"),
        slip=slider("slip", 0.2, 0.05, 0.5, 0.05),
        seed=luck(1),
    )
    def update(preference: float, slip: float, seed: int) -> str:
        batch = drawn(seed)
        theta = np.tile([0.0, preference], 6)
        terms = [rows[0] for rows in likelihood.log_terms(six(slip), SIX_POLICY, theta, batch)]
        slope = likelihood.scores(SIX_POLICY, theta, batch)[0, :, 1::2].sum(axis=1)
        plots.stack(bars, terms)
        plots.stack(totals, [[row.sum()] for row in terms])
        plots.stack([slopes_drawn], [slope])
        plots.stack([slope_total], [[slope.sum()]])
        for name, state, action, active in zip(names, batch.states[0], batch.actions[0], batch.active[0], strict=True):
            name.set_text(f"{state} {'←→'[action]}" if active else "ended")
        start, dynamics, policy = (row.sum() for row in terms)
        return (
            f"The logarithm of p(τ) is {start + dynamics + policy:.2f}: {start:.2f} from the start b, {dynamics:.2f} "
            f"from the dynamics T and {policy:.2f} from the policy π. Only the last part depends on θ: its slope is "
            f"{slope.sum():+z.2f}, and that of the other two is 0."
        )

    return live


def everywhere(preference: float) -> Floats:
    """Return the parameters of the policy that prefers "right" in every state of the corridor, (20,)."""
    return np.tile([0.0, preference], CORRIDOR.num_states)


NUMBERS: dict[str, style.Look] = {"fresh": style.BASELINE, "common": {"color": style.VERMILLION, "linestyle": ":"}}
"""Looks of finite differences, by their random numbers."""


@demo
def budget() -> LiveFigure:
    """Show the likelihood-ratio estimate and finite differences against the simulator steps that they use."""
    live = LiveFigure(
        alt="Two estimates of a component of the gradient, and their exact errors, against simulator steps",
        ncols=2,
        height=4.4,
    )
    left, right = live.axes
    left.set(title="estimates ± exact standard error", ylim=(-0.5, 0.9))
    right.set(title="exact root-mean-square error", ylim=(3e-3, 30), yscale="log")
    for ax in live.axes:
        ax.set(xscale="log", xlim=(BUDGET[0], BUDGET[-1]), xlabel="simulator steps")
    ribbons = [live.moving(plots.ribbon(left, facecolor=color)) for color in (style.ORANGE, style.SKY)]
    truth = live.moving(left.plot(BUDGET[[0, -1]], [0, 0], label="exact gradient", **style.EXACT))[0]
    paths = [live.moving(left.plot(BUDGET, BUDGET, **look))[0] for look in (style.BASELINE, style.ESTIMATE)]
    errors = {
        name: live.moving(right.plot(BUDGET, BUDGET, label=f"differences, {name}", **look))[0]
        for name, look in NUMBERS.items()
    }
    ratio_error = live.moving(right.plot(BUDGET, BUDGET, label="likelihood ratio", **style.ESTIMATE))[0]
    left.legend(handles=[truth], loc="upper right")
    right.legend(handles=[*errors.values(), ratio_error], loc="upper right")

    @live.controls(
        preference=slider("θ (preference for right)", 0, -1, 2, 0.1, ".1f"),
        delta=log_slider("δ of finite differences", 0.3, 0.1, 3),
        numbers=choice("their random numbers", list(NUMBERS), "common"),
        components=choice("components wanted", [("all 20", 20), ("only this one", 1)]),
        seed=luck(),
    )
    def update(preference: float, delta: float, numbers: str, components: int, seed: int) -> str:
        theta = everywhere(preference)
        exactly = likelihood.costs(CORRIDOR, POLICY, theta, COMPONENT, delta)
        spent = likelihood.spend(exactly, BUDGET, components)
        spread = {"fresh": spent.fresh_error, "common": spent.common_error}
        estimates = drawn_estimates(theta, delta, numbers, spent, seed)
        for path, ribbon, means, middle, deviation in zip(
            paths,
            ribbons,
            estimates,
            (exactly.slope + exactly.bias, exactly.slope),
            (spread[numbers], spent.ratio_error),
            strict=True,
        ):
            path.set_ydata(means)
            plots.move_ribbon(ribbon, BUDGET, middle - deviation, middle + deviation)
        paths[0].set_linestyle(NUMBERS[numbers]["linestyle"])
        for name, curve in errors.items():
            curve.set_ydata(total_error(exactly.bias, spread[name]))
            curve.set_linewidth(4 if name == numbers else 2)
        ratio_error.set_ydata(spent.ratio_error)
        truth.set_ydata([exactly.slope] * 2)
        times = {name: spread[name][-1] / spent.ratio_error[-1] for name in NUMBERS}
        return (
            f"The exact gradient is {exactly.slope:+z.3f}. After {BUDGET[-1]:,.0f} simulator steps the likelihood "
            f"ratio says {estimates[1][-1]:+z.3f}, with a standard error of {spent.ratio_error[-1]:.3f}. Finite "
            f"differences say {estimates[0][-1]:+z.3f}, with a bias of {exactly.bias:+z.3f} and a standard error of "
            f"{spread[numbers][-1]:.3f}. Their standard error is {times['fresh']:.2g} times that of the likelihood "
            f"ratio with fresh random numbers, and {times['common']:.2g} times with common ones."
        )

    live.presets(
        {
            "small δ": {"delta": 0.1, "components": 20},
            "large δ": {"delta": 3, "components": 20},
            "one parameter only": {"delta": 1, "components": 1},
        }
    )
    return live


def drawn_estimates(
    theta: Floats, delta: float, numbers: str, spent: likelihood.Spending, seed: int
) -> tuple[Floats, Floats]:
    """Draw running means for every budget, by finite differences and by the likelihood ratio, each (41,)."""
    problem = CORRIDOR, POLICY, theta, COMPONENT
    other = [seed, 1] if numbers == "fresh" else [seed, 0]
    rngs = (np.random.default_rng(entropy) for entropy in ([seed, 0], other))
    difference = differences.difference_samples(*problem, delta, spent.pairs[-1], *rngs)
    ratio = fast.gradient_samples(*problem, spent.trajectories[-1], np.random.default_rng(seed)).total_return
    return running_means(difference, spent.pairs), running_means(ratio, spent.trajectories)


@demo
def softmax_score(function: Any = None) -> LiveFigure:
    """Show log pi and U with the tangents that a score gives which the reader has written.

    Parameters
    ----------
    function
        A function of probabilities (A,) and an action that returns (A,).
    """
    return _own_score.softmax(function)


@demo
def regulator_score(function: Any = None) -> LiveFigure:
    """Show log pi of the regulator's policy with the tangent of a score which the reader has written, and its mean.

    Parameters
    ----------
    function
        A function of state, action and theta (2,) that returns (2,).
    """
    return _own_score.normal(function)


__dir__ = only_pictures(globals())
