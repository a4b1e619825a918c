"""Lecture 1, policy optimisation: a parametrised policy, its utility, and two approximations."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from pgcourse import exact, problems
from pgcourse._types import Floats
from pgcourse.demos import _words, only_pictures
from pgcourse.exact import evaluation, tree
from pgcourse.exact.linear_gaussian import utility_surface
from pgcourse.figures import layout, plots, style
from pgcourse.figures.controls import choice, integer, luck, slider, steps, toggle
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients.batches import standard_error
from pgcourse.gradients.policies import LinearGaussianPolicy, SoftmaxPolicy
from pgcourse.problems.mdp import TabularMDP

CORRIDOR = problems.corridor(num_states=5, horizon=12, discount=0.95, start=1)
POLICY = SoftmaxPolicy(5, 2)
DEPTHS = np.arange(61)
BATCHES = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
GRID = np.unique([*BATCHES, *np.round(np.logspace(0, 6, 49)).astype(int)])
NUM_RUNS = 4
BOUND: style.Look = {"color": style.VERMILLION, "linestyle": "--", "linewidth": 6}
DOTS: tuple[style.Look, ...] = (
    {"marker": "s", "markersize": 16},
    {"color": style.BLACK},
)  # on the bound, and on the exact error


def parameters(right: float | Sequence[float] | Floats) -> Floats:
    """Return theta (10,) for the corridor from the parameters of "right", a number or (4,); those of "left" are 0."""
    theta = np.zeros((5, 2))
    theta[:4, 1] = right
    return theta.ravel()


def expected_visits(right: Sequence[float] | Floats) -> tuple[Floats, Floats, float]:
    """Return the policy table (5, 2), the distribution of the state (12, 5) and U for the parameters of "right"."""
    theta = parameters(right)
    return (
        POLICY.probabilities(theta),
        exact.state_distribution(CORRIDOR, POLICY, theta),
        exact.utility(CORRIDOR, POLICY, theta),
    )


@demo
def visits() -> LiveFigure:
    """Show the policy table of the corridor and, below it, the distribution of the state at decision k."""
    live = LiveFigure(
        alt="Table of the policy on the corridor above the distribution of the state at one decision",
        nrows=2,
        height=4.4,
        sharex=True,
        height_ratios=[2, 3],
    )
    table, below = live.axes
    edges = np.arange(5) - 0.5
    cells = table.pcolormesh(edges, edges[:3], np.zeros((2, 4)), cmap="Blues", vmin=0, vmax=1.8, edgecolor="white")
    live.moving(cells)
    table.set(title="policy π(a | s)", yticks=[0, 1], yticklabels=["left", "right"])
    table.grid(False)
    words = live.moving([[table.text(s, row, "", ha="center", va="center") for s in range(4)] for row in range(2)])
    table.text(4, 0.5, "goal:\nthe end", ha="center", va="center")
    names = ["0", "1: start", "2", "3", "4: goal"]
    below.set(title="exact P(sₖ = s)", xlim=(-0.5, 4.5), ylim=(0, 1.02), yticks=[0, 0.5, 1], xlabel="state s")
    below.set_xticks(range(5), names)
    bars = live.moving(below.bar(range(5), np.zeros(5), width=0.6, color=style.BLACK))

    @live.controls(
        k=integer("decision k", 4, 0, CORRIDOR.horizon - 1),
        **{f"right_{s}": slider(f"θ(s = {s}, right)", 0, -4, 4, 0.1, ".1f") for s in range(4)},
    )
    def update(k: int, **right: float) -> str:
        probabilities, distribution, utility = expected_visits(list(right.values()))
        cells.set_array(probabilities[:4].T)
        for s in range(4):
            for action in range(2):
                words[action][s].set_text(f"{probabilities[s, action]:.2f}")
        for bar, chance in zip(bars, distribution[k], strict=True):
            bar.set_height(chance)
        return (
            f"At decision k = {k} the goal has been reached with probability {distribution[k, 4]:.2f} and the agent "
            f"is at the start with probability {distribution[k, 1]:.2f}. The utility of this policy is U(θ) = "
            f"{utility:+z.3f}."
        )

    def everywhere(*values: float) -> dict[str, float]:
        return {f"right_{s}": value for s, value in enumerate(values)}

    live.presets(
        {
            "θ = 0: toss a coin": everywhere(0, 0, 0, 0),
            "always right": everywhere(4, 4, 4, 4),
            "turn back at 2": everywhere(2, 2, -4, 2),
            "always left": everywhere(-4, -4, -4, -4),
        }
    )
    return live


@lru_cache(maxsize=64)
def running_means(right: float, seed: int) -> tuple[float, float, Floats]:
    """Return the exact U and variance of R(tau), and Monte Carlo utilities, (runs, len(GRID))."""
    theta = parameters(right)
    values, chances = tree.return_distribution(CORRIDOR, POLICY, theta)
    means = tree.monte_carlo_utilities(values, chances, GRID, NUM_RUNS, np.random.default_rng(seed))
    return exact.utility(CORRIDOR, POLICY, theta), exact.return_variance(CORRIDOR, POLICY, theta), means


@demo
def monte_carlo() -> LiveFigure:
    """Show Monte Carlo estimates converging to the exact U, with a band of one standard deviation."""
    live = LiveFigure(alt="Monte Carlo utility and its error against the number of trajectories", ncols=2, height=4.3)
    left, right_axes = live.axes
    left.set(title="estimate of U(θ)", ylim=(-1.2, 1.2))
    right_axes.set(title="absolute error", yscale="log", ylim=(1e-5, 10))
    for ax in live.axes:
        ax.set(xscale="log", xlim=(0.8, 1.3e6), xlabel="trajectories m", xticks=[1, 100, 10_000, 1_000_000])
    looks = [style.ESTIMATE | {"linestyle": "-", "linewidth": width} for width in (2.8, *[1.2] * (NUM_RUNS - 1))]
    band = live.moving(plots.ribbon(left, "± exact sd", facecolor=style.ORANGE))
    here = live.moving([plots.vertical(ax, **style.REFERENCE) for ax in live.axes])
    runs = live.moving([left.plot(GRID, GRID, **look)[0] for look in looks])
    errors = live.moving([right_axes.plot(GRID, GRID, **look)[0] for look in looks])
    truth = live.moving(left.plot(GRID, GRID, label="exact U(θ)", **style.EXACT))[0]
    slope = live.moving(
        right_axes.plot(GRID, GRID, label=layout.sized("exact sd of the estimate", "exact sd"), **style.EXACT)
    )[0]
    dots = live.moving([ax.plot([], [], **style.MARK)[0] for ax in live.axes])
    runs[0].set_label(f"{NUM_RUNS} runs")
    if style.size() == "hall":
        live.figure.legend(handles=[truth, band, runs[0], slope], loc="outside upper center", ncols=4)
    else:
        left.legend(handles=[truth, band, runs[0]], loc="lower right")
        right_axes.legend(handles=[slope], loc="upper right")

    @live.controls(
        m=steps("trajectories m", [(f"{m:,}", m) for m in BATCHES], 100),
        right=slider("θ(s, right), every s", 1, -3, 3, 0.1, ".1f"),
        seed=luck(),
    )
    def update(m: int, right: float, seed: int) -> str:
        utility, variance, means = running_means(right, seed)
        spread = standard_error(variance, GRID)
        plots.move_ribbon(band, GRID, utility - spread, utility + spread)
        truth.set_ydata(np.full(len(GRID), utility))
        slope.set_ydata(spread)
        distances = np.maximum(abs(means - utility), 1e-6)
        for i in range(NUM_RUNS):
            runs[i].set_ydata(means[i])
            errors[i].set_ydata(distances[i])
        at = int(np.searchsorted(GRID, m))
        for line, dot, height in zip(here, dots, (means[0, at], max(distances[0, at], 1e-5)), strict=True):
            line.set_xdata([m, m])
            dot.set_data([m], [height])
        return (
            f"One run with {_words.counted(m, 'trajectory')} gives {means[0, at]:+z.4f}; the exact U is "
            f"{utility:+z.4f}. The standard deviation of the estimate is {standard_error(variance):.3f}/√m = "
            f"{spread[at]:.2g}."
        )

    live.presets({"one trajectory": {"m": 1}, "a hundred": {"m": 100}, "a million": {"m": 1_000_000}})
    return live


def endless(name: str, discount: float, right: float) -> tuple[TabularMDP, SoftmaxPolicy, Floats]:
    """Return the problem to truncate, its policy and its theta: "corridor", or "a reward of 1 for ever"."""
    if name == "corridor":
        return replace(CORRIDOR, discount=discount, horizon=len(DEPTHS) + 1), POLICY, parameters(right)
    mdp = replace(problems.bandit([1.0]), discount=discount, horizon=len(DEPTHS) + 1)
    return mdp, SoftmaxPolicy(1, 1), np.zeros(1)


@demo
def truncation() -> LiveFigure:
    """Show the exact error from stopping at depth d, below the bound that holds for every problem."""
    live = LiveFigure(alt="Truncation error against the depth, below its bound", height=4.2)
    ax = live.axes[0]
    ax.set(yscale="log", xlim=(-1, 61), ylim=(1e-6, 1e4), xlabel="depth d", ylabel="error from truncating")
    ax.set_yticks(np.geomspace(1e-6, 1e2, 5))
    bound = live.moving(ax.plot(DEPTHS, DEPTHS, label="bound γᵈ⁺¹ R_max / (1 − γ)", **BOUND))[0]
    truth = live.moving(ax.plot(DEPTHS, DEPTHS, label="exact error |U∞ − U_d|", **style.EXACT))[0]
    here = live.moving(plots.vertical(ax, **style.REFERENCE))
    dots = live.moving([ax.plot([], [], **style.MARK | look)[0] for look in DOTS])
    ax.legend(handles=[bound, truth], loc="upper right")

    @live.controls(
        problem=choice("problem", ["corridor", "a reward of 1 for ever"]),
        discount=slider("discount γ", 0.9, 0.5, 0.99, 0.01),
        d=integer("depth d", 12, 0, 60),
        right=slider("θ(s, right) of the corridor", 0, -3, 3, 0.1, ".1f"),
    )
    def update(problem: str, discount: float, d: int, right: float) -> str:
        mdp, policy, theta = endless(problem, discount, right)
        utility, errors = evaluation.truncation_errors(mdp, policy, theta)
        bounds = evaluation.truncation_bounds(mdp)
        bound.set_ydata(bounds)
        truth.set_ydata(np.maximum(abs(errors), 1e-7))
        here.set_xdata([d, d])
        for dot, height in zip(dots, (bounds[d], abs(errors[d])), strict=True):
            dot.set_data([d], [height])
            dot.set_visible(height >= 1e-6)  # smaller errors lie below the axes
        return (
            f"With an infinite horizon U is {utility:z.3f}. Stopping at depth d = {d}, after "
            f"{_words.counted(d + 1, 'decision')}, gives {utility - errors[d]:z.3f}: the error is "
            f"{abs(errors[d]):.2g}, and the bound is {bounds[d]:.2g}."
        )

    return live


REACH, GUESSES = np.linspace(-0.6, 0.6, 61), np.linspace(-3, 3, 7)
"""Where a function that fits what was seen is drawn, around the first point; slopes or curvatures of such functions."""


@demo
def optimisers() -> LiveFigure:
    """Show functions that fit what a zeroth-order and a first-order method see of U: values, or a value and a slope."""
    live = LiveFigure(
        alt="Curves that fit one or two values of the regulator's U, beside curves that fit a value and the slope",
        ncols=2,
        height=4.2,
    )
    mdp, policy, std = problems.regulator(), LinearGaussianPolicy(), 0.1
    gains = np.linspace(-2, 0, 201)
    surface = utility_surface(mdp, gains, std)
    look: style.Look = {"color": style.GREY, "linestyle": "-", "linewidth": 1.4}
    fans, hills, dots = [], [], []
    for ax, title in zip(live.axes, ("zeroth order: values of U", "first order: U and its slope"), strict=True):
        ax.set(title=title, xlim=(-2.05, 0.05), ylim=(-2.6, 0.4), xticks=[-2, -1, 0], yticks=[-2, -1, 0])
        ax.set(xlabel="gain θ₁ (with θ₂ = 0.1)", ylabel="utility U(θ)")
        fans.append(live.moving([ax.plot([], [], **look)[0] for _ in GUESSES]))
        hills.append(live.moving(ax.plot(gains, surface, label="exact U", **style.EXACT | {"linewidth": 4}))[0])
        dots.append(live.moving(ax.plot([], [], **style.MARK | {"label": "seen"}))[0])
    fans[0][0].set_label("what U may be")
    tangent = live.moving(
        live.axes[1].plot([], [], label="slope", **style.OPTIMUM | {"linestyle": "-", "linewidth": 6})
    )[0]
    for ax, handles in zip(live.axes, ([dots[0], fans[0][0]], [tangent, hills[1]]), strict=True):
        ax.legend(handles=handles, loc="lower center", frameon=True, framealpha=1)

    @live.controls(
        gain=slider("θ₁", -0.4, -2, 0, 0.02),
        second=toggle("a second value"),
        distance=slider("its distance", 0.3, 0.1, 0.5, 0.05),
        revealed=toggle("show U"),
    )
    def update(gain: float, second: bool, distance: float, revealed: bool) -> str:
        other = gain + distance if gain + distance <= 0 else gain - distance
        value, beside = (exact.utility(mdp, policy, [x, std]) for x in (gain, other))
        slope = exact.gradient(mdp, policy, [gain, std])[0]
        step = other - gain
        for curve, guess in zip(fans[0], GUESSES, strict=True):
            bend = plots.bend_through(step, value, guess, beside) if second else -1
            curve.set_data(gain + REACH, above_legend(plots.parabola(REACH, value, guess, bend)))
        for curve, bend in zip(fans[1], 2 * GUESSES, strict=True):
            curve.set_data(gain + REACH, above_legend(plots.parabola(REACH, value, slope, bend)))
        dots[0].set_data([gain, other][: 1 + second], [value, beside][: 1 + second])
        dots[1].set_data([gain], [value])
        plots.move_tangent(tangent, gain, value, slope, length=0.7)
        for hill in hills:
            hill.set_visible(revealed)
        level = "as high" if np.isclose(beside, value) else "higher" if beside > value else "lower"
        more = f" A second one, at θ₁ = {other:z.2f}, is {level}, {beside:.2f}, and leaves the slope open." * second
        way = "raise θ₁" if slope > 0 else "lower θ₁" if slope < 0 else "stay, it is flat here"
        return (
            f"The value U = {value:.2f} at θ₁ = {gain:.2f} fits functions that rise to either side.{more} With the "
            f"slope, {slope:+z.2f}, it is clear what to do: {way}. With n parameters one gradient holds all n "
            "slopes, and values alone take n more evaluations to estimate them."
        )

    live.presets({"one value": {"second": False}, "two values": {"second": True}})
    return live


def above_legend(heights: Floats) -> Floats:
    """Return the heights of a curve without those that would cross the legend below it."""
    return np.where(heights > -2, heights, np.nan)


__dir__ = only_pictures(globals())
