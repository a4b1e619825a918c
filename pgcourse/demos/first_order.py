"""Lecture 3, first order: climbing along the gradient, exact, noisy, or made of differences."""

from functools import lru_cache

import numpy as np

from pgcourse.demos import _regulator_plane as arena
from pgcourse.demos import only_pictures
from pgcourse.exact.linear_gaussian import return_covariance
from pgcourse.figures import plots, style
from pgcourse.figures.controls import choice, integer, log_slider, luck, slider, steps
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients.linear_gaussian import pathwise_gradients, sample_returns

NUM_RUNS = 8
NUMBER = np.arange(arena.NUM_ITERATIONS + 1)
PATH = {"color": style.BLACK, "linestyle": "-", "marker": ".", "markersize": 8, "linewidth": 1.6}
HERE = np.array([-0.5, 0.3])
DELTAS = np.geomspace(1e-3, 1, 61)
NUM_PAIRS = 6000
ERRORS = (-20, 20)  # limits of the histograms


def step_slider(value):
    """Make the slider for the step size alpha."""
    return log_slider("step size α", value, 0.001, 0.2)


def gap_figure(alt):
    """Make a figure with the plane and the gap to the maximum against the iteration."""
    live, plane, curve_ax = arena.figure(alt)
    curve_ax.set(xlim=(0, arena.NUM_ITERATIONS), xlabel="iteration k")
    curve_ax.set(yscale="log", ylim=(1e-5, 30), ylabel="gap to the maximum of U")
    return live, plane, curve_ax


@demo
def ascent():
    """Show the field of exact gradients and a path that climbs along it."""
    live, plane, curve_ax = gap_figure("Gradient field of U and the path of gradient ascent over its contours")
    gain, deviation = np.meshgrid(np.linspace(-1.8, 0, 10), np.linspace(-0.7, 0.7, 8))
    slopes = arena.gradient(np.stack([gain, deviation], axis=-1))
    lengths = np.linalg.norm(slopes, axis=-1, keepdims=True)
    plane.quiver(gain, deviation, *np.moveaxis(slopes / lengths, -1, 0), color=style.GREY, angles="xy", scale=16)
    path = live.moving(plane.plot([], [], label="path", **PATH))[0]
    mark = live.moving(plane.plot([], [], **style.MARK | {"clip_on": True}))[0]
    curve = live.moving(curve_ax.plot([], [], **style.EXACT))[0]
    now = live.moving(curve_ax.plot([], [], **style.MARK | {"clip_on": True}))[0]
    plots.legend_above(plane, 2)

    @live.controls(
        start_gain=slider("start gain", -0.3, -1.8, 0, 0.1, ".1f"),
        start_deviation=slider("start deviation", 0.5, -0.7, 0.7, 0.1, ".1f"),
        step_size=step_slider(0.01),
        iteration=integer("iteration", 10, 0, arena.NUM_ITERATIONS),
    )
    def update(start_gain, start_deviation, step_size, iteration):
        run = arena.climb(arena.gradient, [[start_gain, start_deviation]], step_size)[:, 0]
        path.set_data(*run[: iteration + 1].T)
        mark.set_data(*run[iteration][:, None])
        curve.set_data(NUMBER, arena.gap(run))
        now.set_data([iteration], [arena.gap(run[iteration])])
        if not arena.is_inside(run[iteration]):
            return f"After {iteration} iterations with α = {step_size:.3g} the path has left the plane: it diverges."
        slope = arena.gradient(run[iteration])
        return (
            f"After {iteration} iterations with α = {step_size:.3g}: θ = ({run[iteration][0]:.2f}, "
            f"{run[iteration][1]:.2f}), gradient ({slope[0]:.2f}, {slope[1]:.2f}), U = "
            f"{arena.utility(run[iteration]):.3f}; the maximum is {arena.BEST:.2f}."
        )

    live.presets({"along the ridge": {"start_gain": -0.3, "start_deviation": 0}, "across": {"start_deviation": 0.7}})
    return live


@demo
def step_size():
    """Show what forty iterations reach with each step size, and the path for one of them."""
    live, plane, reached = arena.figure(
        "Path of gradient ascent over the contours of U, and what it reaches against the step size"
    )
    reached.set(xscale="log", xlim=(0.001, 0.2), xlabel="step size α")
    reached.set(yscale="log", ylim=(1e-8, 30), ylabel=f"gap after {arena.NUM_ITERATIONS} iterations")
    alphas = np.geomspace(0.001, 0.2, 116)
    curves = {}
    for look, schedule in zip((style.EXACT, style.BASELINE), arena.SCHEDULES, strict=True):
        ends = arena.climb(arena.gradient, np.tile(arena.START, (len(alphas), 1)), alphas, schedule)[-1]
        curves[schedule] = reached.plot(
            alphas, np.where(arena.is_inside(ends), arena.gap(ends), 1e3), label=schedule, **look
        )[0]
    path = live.moving(plane.plot([], [], label="path", **PATH))[0]
    mark = live.moving(reached.plot([], [], **style.MARK | {"clip_on": True}))[0]
    plots.legend_above(plane, 2)
    plots.legend_above(reached, 2)

    @live.controls(step_size=step_slider(0.02), schedule=choice("schedule", list(arena.SCHEDULES)))
    def update(step_size, schedule):
        run = arena.climb(arena.gradient, arena.START[None], step_size, schedule)[:, 0]
        path.set_data(*run.T)
        end = run[-1]
        mark.set_data([step_size], [np.clip(arena.gap(end), 1e-8, 30)])
        if not arena.is_inside(end):
            left = int(np.argmin(arena.is_inside(run)))
            return f"With α = {step_size:.3g}, {schedule}, the path leaves the plane at iteration {left}: it diverges."
        turns = int((np.diff(np.sign(run[:, 1])) != 0).sum())
        return (
            f"With α = {step_size:.3g}, {schedule}, the path ends {arena.gap(end):.2g} below the maximum, after "
            f"changing sides of the ridge in {turns} of {arena.NUM_ITERATIONS} iterations."
        )

    names = {"too small": 0.002, "good": 0.05, "zig-zag": 0.08, "diverges": 0.15}
    live.presets({name: {"step_size": alpha, "schedule": "constant"} for name, alpha in names.items()})
    return live


@demo
def stochastic():
    """Show runs of stochastic gradient ascent beside the path of the exact gradient."""
    live, plane, curve_ax = gap_figure("Eight paths of stochastic gradient ascent beside that of the exact gradient")
    thin = {"color": style.BLUE, "linestyle": "-", "linewidth": 1.2, "alpha": 0.6}
    paths = live.moving([plane.plot([], [], **thin)[0] for _ in range(NUM_RUNS)])
    curves = live.moving([curve_ax.plot([], [], **thin)[0] for _ in range(NUM_RUNS)])
    true_path = live.moving(plane.plot([], [], label="exact gradient", **style.EXACT))[0]
    true_curve = live.moving(curve_ax.plot([], [], **style.EXACT))[0]
    paths[0].set_label("estimates")
    plots.legend_above(plane, 2)

    @live.controls(
        step_size=step_slider(0.02),
        schedule=choice("schedule", list(arena.SCHEDULES)),
        num_trajectories=steps("trajectories m", [1, 3, 10, 30]),
        seed=luck(),
    )
    def update(step_size, schedule, num_trajectories, seed):
        rng = np.random.default_rng(seed)

        def estimate(theta):
            return pathwise_gradients(arena.MDP, theta, num_trajectories, rng).mean(axis=1)

        runs = arena.climb(estimate, np.tile(arena.START, (NUM_RUNS, 1)), step_size, schedule)
        truth = arena.climb(arena.gradient, arena.START[None], step_size, schedule)[:, 0]
        gaps = arena.gap(runs)
        for i in range(NUM_RUNS):
            paths[i].set_data(*runs[:, i].T)
            curves[i].set_data(NUMBER, gaps[:, i])
        true_path.set_data(*truth.T)
        true_curve.set_data(NUMBER, arena.gap(truth))
        stay = arena.is_inside(runs[-1])
        middle = f" with a median of {np.median(gaps[-1, stay]):.2g} below the maximum" if stay.any() else ""
        exact_end = (
            f"{arena.gap(truth[-1]):.2g} below the maximum" if arena.is_inside(truth[-1]) else "outside the plane"
        )
        return (
            f"With α = {step_size:.3g}, {schedule}, and m = {num_trajectories}, {stay.sum()} of {NUM_RUNS} runs stay "
            f"in the plane{middle}; the exact gradient ends {exact_end}."
        )

    live.presets(
        {
            "m = 1": {"num_trajectories": 1, "schedule": "constant"},
            "m = 30": {"num_trajectories": 30, "schedule": "constant"},
            "decaying": {"num_trajectories": 1, "schedule": "decaying"},
        }
    )
    return live


def difference_law(theta, component, delta):
    """Return what one pair of trajectories gives as a forward difference: exact, and how noisy.

    theta      (2,), and delta above 0 for the step along the component
    returns    bias, and the variance with fresh and with common random numbers; divide both by m for the mean of m
    """
    other = np.array(theta, dtype=float)
    other[component] += delta
    bias = (arena.utility(other) - arena.utility(theta)) / delta - arena.gradient(theta)[component]
    at = ((theta, theta), (other, other), (theta, other))
    here, there, shared = (return_covariance(arena.MDP, arena.POLICY, *pair) for pair in at)
    fresh = (here + there) / delta**2
    return bias, fresh, fresh - 2 * shared / delta**2


@lru_cache(maxsize=4)
def law_table(component):
    """Return `difference_law` at every delta of the picture, (61, 3)."""
    return np.array([difference_law(HERE, component, delta) for delta in DELTAS])


def difference_errors(component, delta, num_trajectories, seed):
    """Simulate errors of forward differences of batches of m, with fresh and with common random numbers."""
    other = HERE + delta * np.eye(2)[component]
    seeds = ((HERE, [seed, 0]), (other, [seed, 1]), (other, [seed, 0]))
    here, fresh, common = (
        sample_returns(arena.MDP, theta, NUM_PAIRS, np.random.default_rng(luck)) for theta, luck in seeds
    )
    slope = arena.gradient(HERE)[component]
    size = NUM_PAIRS // num_trajectories * num_trajectories
    batches = [((there - here) / delta)[:size].reshape(-1, num_trajectories) for there in (fresh, common)]
    return [batch.mean(axis=1) - slope for batch in batches]


def difference_controls(low, high):
    """Make the controls that both pictures of finite differences share."""
    return {
        "component": choice("component", [("gain", 0), ("deviation", 1)]),
        "delta": log_slider("step δ", 0.1, low, high),
        "num_trajectories": steps("trajectories m", [1, 3, 10, 30], 10),
        "seed": luck(),
    }


@demo
def finite_differences():
    """Show bias, deviation and total error of forward differences against delta, with and without common numbers."""
    live = LiveFigure(
        alt="Bias, deviation and total error of forward differences against delta, with fresh and common numbers",
        ncols=2,
        height=4.4,
        sharey=True,
    )
    names = ("fresh random numbers", "common random numbers")
    rows = []
    for ax, name in zip(live.axes, names, strict=True):
        ax.set(xlim=(DELTAS[0], DELTAS[-1]), ylim=(1e-3, 1e4), xscale="log", yscale="log", xlabel=f"δ, {name}")
        bias = ax.plot([], [], label="bias", color=style.VERMILLION, linestyle="--")[0]
        spread = ax.plot([], [], label="deviation", color=style.GREEN, linestyle="-.")[0]
        total = ax.plot([], [], label="total error", **style.EXACT | {"linewidth": 4, "zorder": 1.9})[0]
        best = ax.plot([], [], label="smallest", **style.MARK | {"color": style.BLACK, "marker": "v"})[0]
        drawn = ax.plot([], [], label="simulated", **style.MARK | {"color": style.BLUE})[0]
        rows.append(live.moving([bias, spread, total, best, drawn]))
    live.axes[0].set_ylabel("error of the estimate")
    plots.legend_above(live.axes[0], 3, handles=rows[0][:3])
    plots.legend_above(live.axes[1], 2, handles=rows[1][3:])

    @live.controls(**difference_controls(DELTAS[0], DELTAS[-1]))
    def update(component, delta, num_trajectories, seed):
        law = law_table(component)
        errors = difference_errors(component, delta, num_trajectories, seed)
        words = []
        for i, (bias, spread, total, best, drawn) in enumerate(rows):
            variance = law[:, 1 + i] / num_trajectories
            error = np.sqrt(law[:, 0] ** 2 + variance)
            least = int(np.argmin(error))
            bias.set_data(DELTAS, np.abs(law[:, 0]))
            spread.set_data(DELTAS, np.sqrt(variance))
            total.set_data(DELTAS, error)
            best.set_data([DELTAS[least]], [1.6 * error[least]])
            drawn.set_data([delta], [np.sqrt(np.mean(errors[i] ** 2))])
            words.append(f"{error[least]:.2g} at δ = {DELTAS[least]:.2g}")
        return (
            f"The exact slope is {arena.gradient(HERE)[component]:.2f}. With m = {num_trajectories} the smallest total "
            f"error is {words[0]} with fresh random numbers and {words[1]} with common ones."
        )

    return live


@demo
def estimates():
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
        spread = live.moving(plots.band(ax, "exact mean ± deviation"))
        bars = live.moving(plots.histogram(ax, 61, "simulated"))
        truth = live.moving(plots.vertical(ax, "exact slope", **style.EXACT))
        rows.append((spread, bars, truth))
    live.axes[0].set_ylabel("share of estimates")
    plots.legend_above(live.axes[0], 2, handles=[rows[0][0], rows[0][1]])
    plots.legend_above(live.axes[1], 1, handles=[rows[1][2]])

    @live.controls(**difference_controls(0.03, 0.6))
    def update(component, delta, num_trajectories, seed):
        bias, *variances = difference_law(HERE, component, delta)
        deviations = np.sqrt(np.array(variances) / num_trajectories)
        errors = difference_errors(component, delta, num_trajectories, seed)
        for (spread, bars, _), error, deviation in zip(rows, errors, deviations, strict=True):
            plots.move_band(spread, bias - deviation, bias + deviation)
            plots.fill_histogram(bars, error, *ERRORS)
        return (
            f"The exact slope is {arena.gradient(HERE)[component]:.2f}. With δ = {delta:.2g}, m = {num_trajectories} "
            f"the bias is {bias:+.2g}; the standard deviation is {deviations[0]:.2g} with fresh random numbers and "
            f"{deviations[1]:.2g} with common ones."
        )

    live.presets({"small δ": {"delta": 0.03}, "large δ": {"delta": 0.5}})
    return live


__dir__ = only_pictures(globals())
