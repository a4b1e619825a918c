"""Lecture 3, first order: gradient ascent with exact and with noisy gradients, and finite differences."""

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from matplotlib.axes import Axes

from pgcourse import problems
from pgcourse._types import Floats, Samples
from pgcourse.demos import _own_step, _words, only_pictures
from pgcourse.demos import _regulator_plane as shared
from pgcourse.exact import evaluation
from pgcourse.exact.differences import difference_law, difference_samples
from pgcourse.figures import counts, layout, plots, style
from pgcourse.figures.controls import Control, choice, integer, log_slider, luck, slider, steps
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients.batches import batch_means, root_mean_square, standard_error, total_error
from pgcourse.gradients.policies import Policy, SoftmaxPolicy
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.problems import Regulator, TabularMDP

NUM_RUNS = 8
NUMBER = np.arange(plane.NUM_ITERATIONS + 1)
PATH: style.Look = {"color": style.BLACK, "linestyle": "-", "marker": ".", "markersize": 8, "linewidth": 1.6}
HERE = np.array([-0.5, 0.3])
DELTAS = np.geomspace(1e-3, 1, 61)
NUM_PAIRS = 6000
ERRORS = (-20, 20)  # limits of the histograms


def step_slider(value: float) -> Control:
    """Make the slider for the step size alpha."""
    return log_slider("step size α", value, 0.001, 0.2)


def gap_figure(alt: str) -> tuple[LiveFigure, Axes, Axes]:
    """Make a figure with the plane and the gap to the maximum against the iteration."""
    live, left, curve_ax = shared.figure(alt)
    curve_ax.set(xlim=(0, plane.NUM_ITERATIONS), xlabel="iteration k")
    curve_ax.set(yscale="log", ylim=(1e-5, 30), ylabel="gap to the maximum of U")
    return live, left, curve_ax


@demo
def ascent() -> LiveFigure:
    """Show the field of exact gradients and a path that climbs along it."""
    live, left, curve_ax = gap_figure("Gradient field of U and the path of gradient ascent over its contours")
    places = np.stack(np.meshgrid(np.linspace(-1.8, 0, 10), np.linspace(-0.7, 0.7, 8)), axis=-1)
    plots.field(left, places, plane.gradient(places))
    path = live.moving(left.plot([], [], label="path", **PATH))[0]
    mark = live.moving(left.plot([], [], **style.MARK | {"clip_on": True}))[0]
    curve = live.moving(curve_ax.plot([], [], **style.EXACT))[0]
    now = live.moving(curve_ax.plot([], [], **style.MARK | {"clip_on": True}))[0]
    layout.legends_above([left], [2])

    @live.controls(
        start_gain=slider("initial gain", -0.3, -1.8, 0, 0.1, ".1f"),
        start_deviation=slider("initial sd", 0.5, -0.7, 0.7, 0.1, ".1f"),
        step_size=step_slider(0.01),
        iteration=integer("iteration", 10, 0, plane.NUM_ITERATIONS),
    )
    def update(start_gain: float, start_deviation: float, step_size: float, iteration: int) -> str:
        run = plane.climb(plane.gradient, [[start_gain, start_deviation]], step_size)[:, 0]
        path.set_data(*run[: iteration + 1].T)
        mark.set_data(*run[iteration][:, None])
        curve.set_data(NUMBER, plane.gap(run))
        now.set_data([iteration], [plane.gap(run[iteration])])
        after = _words.counted(iteration, "iteration")
        if not plane.is_inside(run[iteration]):
            return f"After {after} with α = {step_size:g} the path has left the picture: it diverges."
        slope = plane.gradient(run[iteration])
        return (
            f"After {after} with α = {step_size:g} the path is at θ = ({run[iteration][0]:z.2f}, "
            f"{run[iteration][1]:z.2f}). There the gradient is ({slope[0]:z.2f}, {slope[1]:z.2f}) and U is "
            f"{plane.utility(run[iteration]):.3f}; the maximum is {plane.BEST:.2f}."
        )

    live.presets({"along the ridge": {"start_gain": -0.3, "start_deviation": 0}, "across": {"start_deviation": 0.7}})
    return live


@demo
def step_size() -> LiveFigure:
    """Show how far forty iterations get with each step size, and the path for one of them."""
    live, left, reached = shared.figure(
        "Path of gradient ascent over the contours of U, and the gap that remains against the step size"
    )
    reached.set(xscale="log", xlim=(0.001, 0.2), xlabel="step size α")
    reached.set(yscale="log", ylim=(1e-8, 30), ylabel=f"gap after {plane.NUM_ITERATIONS} iterations")
    alphas = np.geomspace(0.001, 0.2, 116)
    curves = {}
    for look, schedule in zip((style.EXACT, style.BASELINE), plane.SCHEDULES, strict=True):
        ends = plane.climb(plane.gradient, np.tile(plane.START, (len(alphas), 1)), alphas, schedule)[-1]
        curves[schedule] = reached.plot(
            alphas, np.where(plane.is_inside(ends), plane.gap(ends), 1e3), label=schedule, **look
        )[0]
    path = live.moving(left.plot([], [], label="path", **PATH))[0]
    mark = live.moving(reached.plot([], [], **style.MARK | {"clip_on": True}))[0]
    layout.legends_above(live.axes, (2, 2))

    @live.controls(step_size=step_slider(0.02), schedule=choice("schedule", list(plane.SCHEDULES)))
    def update(step_size: float, schedule: str) -> str:
        run = plane.climb(plane.gradient, plane.START[None], step_size, schedule)[:, 0]
        path.set_data(*run.T)
        end = run[-1]
        mark.set_data([step_size], [np.clip(plane.gap(end), 1e-8, 30)])
        if not plane.is_inside(end):
            gone = int(np.argmin(plane.is_inside(run)))
            return f"With a {schedule} α = {step_size:g} the path leaves the picture at iteration {gone}: it diverges."
        turns = plane.side_changes(run)
        return (
            f"With a {schedule} α = {step_size:g} the path ends {plane.gap(end):.2g} below the maximum, after "
            f"crossing the ridge in {turns} of {plane.NUM_ITERATIONS} iterations."
        )

    names = {"too small": 0.002, "good": 0.05, "zig-zag": 0.08, "diverges": 0.15}
    live.presets({name: {"step_size": alpha, "schedule": "constant"} for name, alpha in names.items()})
    return live


@demo
def stochastic() -> LiveFigure:
    """Show runs of stochastic gradient ascent beside the path of the exact gradient."""
    live, left, curve_ax = gap_figure("Eight paths of stochastic gradient ascent beside that of the exact gradient")
    thin: style.Look = {"color": style.BLUE, "linestyle": "-", "linewidth": 1.2, "alpha": 0.6}
    paths = live.moving([left.plot([], [], **thin)[0] for _ in range(NUM_RUNS)])
    curves = live.moving([curve_ax.plot([], [], **thin)[0] for _ in range(NUM_RUNS)])
    true_path = live.moving(left.plot([], [], label="exact gradient", **style.EXACT))[0]
    true_curve = live.moving(curve_ax.plot([], [], **style.EXACT))[0]
    paths[0].set_label("estimates")
    layout.legends_above([left], [2])

    @live.controls(
        step_size=step_slider(0.02),
        schedule=choice("schedule", list(plane.SCHEDULES)),
        num_trajectories=steps("trajectories m", [1, 3, 10, 30]),
        seed=luck(),
    )
    def update(step_size: float, schedule: str, num_trajectories: int, seed: int) -> str:
        rng = np.random.default_rng(seed)
        runs = plane.climb_by_estimates(step_size, schedule, num_trajectories, NUM_RUNS, rng)
        truth = plane.climb(plane.gradient, plane.START[None], step_size, schedule)[:, 0]
        gaps = plane.gap(runs)
        for i in range(NUM_RUNS):
            paths[i].set_data(*runs[:, i].T)
            curves[i].set_data(NUMBER, gaps[:, i])
        true_path.set_data(*truth.T)
        true_curve.set_data(NUMBER, plane.gap(truth))
        stay = plane.is_inside(runs[-1])
        middle = f" and end at a median of {np.median(gaps[-1, stay]):.2g} below the maximum" if stay.any() else ""
        exact_end = f"{plane.gap(truth[-1]):.2g} below the maximum" if plane.is_inside(truth[-1]) else "out of range"
        return (
            f"With a {schedule} α = {step_size:g} and m = {num_trajectories}, {stay.sum()} of {NUM_RUNS} runs stay "
            f"in range{middle}; the exact gradient ends {exact_end}."
        )

    live.presets(
        {
            "m = 1": {"num_trajectories": 1, "schedule": "constant"},
            "m = 30": {"num_trajectories": 30, "schedule": "constant"},
            "decaying": {"num_trajectories": 1, "schedule": "decaying"},
        }
    )
    return live


CORRIDOR = problems.corridor(), SoftmaxPolicy(10, 2), np.zeros(20)
Slope: TypeAlias = tuple[TabularMDP | Regulator, Policy, Floats, int]
"""Problem, policy, theta and component."""
SLOPES: dict[str, Slope] = {
    "gain": (plane.MDP, plane.POLICY, HERE, 0),
    "standard deviation": (plane.MDP, plane.POLICY, HERE, 1),
    "corridor, θ(4, right)": (*CORRIDOR, 9),
}
"""What is estimated."""


@lru_cache(maxsize=4)
def law_table(slope: str) -> Floats:
    """Return `difference_law` at every delta of the picture, (61, 3); slope is a key of SLOPES."""
    return np.array([difference_law(*SLOPES[slope], delta) for delta in DELTAS])


def exact_slope(slope: str) -> float:
    """Return the exact derivative, for a key of SLOPES."""
    mdp, policy, theta, component = SLOPES[slope]
    return float(evaluation.gradient(mdp, policy, theta)[component])


def difference_errors(slope: str, delta: float, num_trajectories: int, seed: int) -> list[Samples]:
    """Draw the errors of forward differences from batches of m, with fresh and with common random numbers."""
    errors = []
    for other in ([seed, 1], [seed, 0]):
        rngs = np.random.default_rng([seed, 0]), np.random.default_rng(other)
        samples = difference_samples(*SLOPES[slope], delta, NUM_PAIRS, *rngs)
        errors.append(batch_means(samples, num_trajectories) - exact_slope(slope))
    return errors


def difference_controls(low: float, high: float) -> dict[str, Control]:
    """Make the controls that both pictures of finite differences share."""
    return {
        "slope": choice("slope", list(SLOPES)),
        "delta": log_slider("step δ", 0.1, low, high),
        "num_trajectories": steps("trajectories m", [1, 3, 10, 30], 10),
        "seed": luck(),
    }


def variance_ratio(slope: str, delta: float) -> float:
    """Return the variance of a difference with common random numbers over that with fresh ones."""
    _, fresh, common = difference_law(*SLOPES[slope], delta)
    return common / fresh


@demo
def finite_differences() -> LiveFigure:
    """Show bias, standard deviation and total error of forward differences against delta."""
    live = LiveFigure(
        alt="Bias, standard deviation and total error of forward differences against delta, with fresh and with common "
        "random numbers",
        ncols=2,
        height=4.4,
        sharey=True,
    )
    names = ("fresh numbers", "common numbers")
    rows = []
    for ax, name in zip(live.axes, names, strict=True):
        ax.set(xlim=(DELTAS[0], DELTAS[-1]), ylim=(1e-3, 1e4), xscale="log", yscale="log", xlabel=f"δ, {name}")
        bias = ax.plot([], [], label="bias", color=style.VERMILLION, linestyle="--")[0]
        spread = ax.plot([], [], label="sd", color=style.GREEN, linestyle="-.")[0]
        total = ax.plot([], [], label="total error", **style.EXACT | {"linewidth": 4, "zorder": 1.9})[0]
        best = ax.plot([], [], label="smallest", **style.MARK | {"color": style.BLACK, "marker": "v"})[0]
        drawn = ax.plot([], [], label="simulated", **style.MARK | {"color": style.BLUE})[0]
        rows.append(live.moving([bias, spread, total, best, drawn]))
    live.axes[0].set_ylabel(layout.sized("error of the estimate", "error"))
    layout.legends_above(live.axes, (3, 2), (rows[0][:3], rows[1][3:]))

    @live.controls(**difference_controls(DELTAS[0], DELTAS[-1]))
    def update(slope: str, delta: float, num_trajectories: int, seed: int) -> str:
        law = law_table(slope)
        errors = difference_errors(slope, delta, num_trajectories, seed)
        words = []
        for i, (bias, spread, total, best, drawn) in enumerate(rows):
            deviation = standard_error(law[:, 1 + i], num_trajectories)
            error = total_error(law[:, 0], deviation)
            least = int(np.argmin(error))
            bias.set_data(DELTAS, abs(law[:, 0]))
            spread.set_data(DELTAS, deviation)
            total.set_data(DELTAS, error)
            best.set_data([DELTAS[least]], [1.6 * error[least]])
            drawn.set_data([delta], [root_mean_square(errors[i])])
            words.append(f"{error[least]:.2g} at δ = {DELTAS[least]:.2g}")
        return (
            f"The exact slope is {exact_slope(slope):.3g}. With m = {num_trajectories} the smallest total error "
            f"over the δ shown is {words[0]} with fresh random numbers and {words[1]} with common ones. At δ = "
            f"{delta:g} common numbers make the variance {_words.factor(variance_ratio(slope, delta))}."
        )

    return live


@demo
def estimates() -> LiveFigure:
    """Show histograms of forward differences around the exact slope, with fresh and with common random numbers."""
    live = LiveFigure(
        alt="Histograms of the errors of forward differences, with fresh and with common random numbers",
        ncols=2,
        height=4.2,
        sharey=True,
    )
    rows = []
    for ax, name in zip(live.axes, ("fresh", "common"), strict=True):
        ax.set(xlim=ERRORS, ylim=(0, 1.05), yticks=[], xlabel=f"error, {name} random numbers")
        spread = live.moving(plots.band(ax, "exact mean ± sd"))
        bars = live.moving(counts.histogram(ax, 61, "simulated"))
        truth = live.moving(plots.vertical(ax, "exact slope", **style.EXACT))
        rows.append((spread, bars, truth))
    live.axes[0].set_ylabel("share of estimates")
    layout.legends_above(live.axes, (2, 1), (rows[0][:2], rows[1][2:]))

    @live.controls(**difference_controls(0.03, 0.6))
    def update(slope: str, delta: float, num_trajectories: int, seed: int) -> str:
        bias, *variances = difference_law(*SLOPES[slope], delta)
        deviations = standard_error(np.array(variances), num_trajectories)
        errors = difference_errors(slope, delta, num_trajectories, seed)
        for (spread, bars, _), error, deviation in zip(rows, errors, deviations, strict=True):
            plots.move_band(spread, bias - deviation, bias + deviation)
            counts.fill_histogram(bars, error, *ERRORS)
        return (
            f"The exact slope is {exact_slope(slope):.3g}. With δ = {delta:g} and m = "
            f"{num_trajectories}, the bias is {bias:+.2g}; the standard deviation is {deviations[0]:.2g} with fresh "
            f"random numbers and {deviations[1]:.2g} with common ones."
        )

    live.presets({"small δ": {"delta": 0.03}, "large δ": {"delta": 0.5}})
    return live


@demo
def finite_difference(function: Any = None) -> LiveFigure:
    """Show gradient ascent along finite differences that the reader has written.

    Parameters
    ----------
    function
        A function of utility, theta (2,) and delta that returns (2,).
    """
    return _own_step.ascent(
        function, *gap_figure("Paths of gradient ascent with the differences written above and with the exact gradient")
    )


__dir__ = only_pictures(globals())
