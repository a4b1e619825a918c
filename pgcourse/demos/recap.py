"""Lecture 9, the recap: the three tricks one by one, all methods on one axis, and CartPole in practice."""

from functools import lru_cache
from typing import Any

import numpy as np

from pgcourse import exact, problems
from pgcourse._types import Floats
from pgcourse.demos import _cart_pole as cart_pole
from pgcourse.demos import _own_estimator, _words, only_pictures
from pgcourse.exact import ladder, own_estimator
from pgcourse.figures import layout, plots, style, written
from pgcourse.figures.controls import button, choice, integer, luck, slider, steps, toggle
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients.batches import standard_error
from pgcourse.gradients.estimators import Baseline
from pgcourse.gradients.policies import SoftmaxPolicy, TabularPolicy
from pgcourse.optimisers import cartpole as practice
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.optimisers import regulator_runs
from pgcourse.optimisers import runs as learning
from pgcourse.optimisers.race import FIRST_ORDER, METHODS, ZEROTH_ORDER, race
from pgcourse.problems.mdp import TabularMDP

RUNGS = (
    "differences, fresh",
    "differences, common",
    "log-derivative",
    "… and baseline",
    "… and causality",
    "… and both",
)
NAMES = (
    "finite differences and fresh random numbers",
    "finite differences and common random numbers",
    "the log-derivative trick alone",
    "the log-derivative trick and a baseline",
    "the log-derivative trick and causality",
    "all three tricks",
)
COMPARED = ((), (0,), (1, 0), (2,), (2,), (4,))
"""The rungs with which each one is compared."""
TRICKS = {
    name: dict(zip(("common_numbers", "log_derivative", "causality", "with_baseline"), on, strict=True))
    | {"preference": 0, "step_reward": -0.1}
    for name, on in (
        ("no trick", (False, False, False, False)),
        ("common numbers", (True, False, False, False)),
        ("one trick", (True, True, False, False)),
        ("two", (True, True, True, False)),
        ("all three", (True, True, True, True)),
    )
}
POLICY = SoftmaxPolicy(5, 2)
RIGHT = slice(1, 8, 2)  # the components of moving right in the states 0 to 3; those of left are their negatives
NUM_TRAJECTORIES = 220

MANY_RUNS = 200
REGULATOR_LOOKS = dict(zip(regulator_runs.METHODS, (style.LINES[1], style.LINES[0], style.LINES[2]), strict=True))
LEVELS = (-32, -16, -8, -4, -2, -1, -0.5, -0.25)

BUDGET = 20_000
RUNS_PER_PRESS = 4
GRID = np.geomspace(100, BUDGET, 140)
FAMILY: tuple[style.Look, ...] = {"color": style.VERMILLION}, {"color": style.BLUE}
PATTERNS: tuple[style.Look, ...] = {"linestyle": ":"}, {"linestyle": "-."}, {"linestyle": "--"}, {"linestyle": "-"}

LABELS = {method: method.replace("_", " ") for method in METHODS}
LABELS |= {"cross_entropy": "cross-entropy", "reward_to_go": "reward-to-go"}

BATCHES_PER_PRESS = 10
MOST_BATCHES = 80


def small_corridor(step_reward: float = -0.1) -> TabularMDP:
    """Make the corridor of the three tricks: 4 states and a goal, 10 decisions, 10 parameters."""
    return problems.corridor(num_states=5, horizon=10, start=1, step_reward=step_reward)


@lru_cache(maxsize=64)
def setting(preference: float, step_reward: float) -> tuple[TabularMDP, Floats, list[tuple[Floats, Floats]]]:
    """Return the corridor, theta with the same preference for right in every state, and the moments of all rungs."""
    mdp = small_corridor(step_reward)
    theta = np.tile([0.0, preference], mdp.num_states)
    rungs = range(len(RUNGS))
    return mdp, theta, [ladder.moments(mdp, POLICY, theta, rung, NUM_TRAJECTORIES) for rung in rungs]


@demo
def tricks() -> LiveFigure:
    """Show what each trick does to the exact variance of the gradient estimate, with simulator steps held equal."""
    live = LiveFigure(
        alt="Exact variance of six gradient estimates, and one drawn estimate over the exact gradient",
        ncols=2,
        height=4.5,
        width_ratios=[1.15, 1],
    )
    rungs, gradient = live.axes
    places = np.arange(len(RUNGS))[::-1]
    rungs.set(xscale="log", xlim=(3e-5, 1e3), ylim=(-0.6, 5.6), yticks=places, yticklabels=RUNGS)
    rungs.set(title="exact variance", xlabel="sum over the components", xticks=[1e-4, 1e-2, 1, 100])
    rungs.minorticks_off()
    rungs.grid(False, axis="y")
    bars = live.moving(rungs.barh(places, 1, height=0.62, **style.BARS))
    words = live.moving([rungs.text(1, y, "", va="center") for y in places])
    gradient.set(title="estimate of ∂U/∂θ(s, right)", ylabel="relative to the largest")
    gradient.set(xlabel="state s", xlim=(-0.5, 3.5), ylim=(-2, 2), xticks=range(4), yticks=range(-2, 3))
    look: style.Look = {"color": style.ORANGE, "alpha": 0.5, "linewidth": 26}
    spread = live.moving(gradient.vlines(range(4), -1, 1, label="± exact standard deviation", **look))
    truth = live.moving(plots.ticks(gradient, "exact gradient"))
    truth.set_xdata(range(4))
    dots = live.moving(gradient.plot(range(4), np.zeros(4), label="drawn", **style.MARK | {"color": style.BLUE}))[0]
    live.figure.legend(handles=[truth, dots, spread], loc="outside lower right", ncols=3)

    @live.controls(
        common_numbers=toggle("common random numbers"),
        log_derivative=toggle("log-derivative trick"),
        causality=toggle("causality"),
        with_baseline=toggle("baseline"),
        preference=slider("preference for right", 0, -2, 2, 0.25),
        step_reward=slider("step reward", -0.1, -1, 0.5, 0.1, ".1f"),
        seed=luck(),
    )
    def update(
        common_numbers: bool,
        log_derivative: bool,
        causality: bool,
        with_baseline: bool,
        preference: float,
        step_reward: float,
        seed: int,
    ) -> str:
        mdp, theta, moments = setting(preference, step_reward)
        rung = 2 + with_baseline + 2 * causality if log_derivative else int(common_numbers)
        totals = np.array([variance.sum() for _, variance in moments])
        for i, (bar, word, total) in enumerate(zip(bars, words, totals, strict=True)):
            bar.set(width=total, facecolor=style.ORANGE if i == rung else style.SKY, hatch="//" if i == rung else "")
            word.set(x=1.4 * total, text=f"{total:.2g}", weight="bold" if i == rung else "normal")
        slope = exact.gradient(mdp, POLICY, theta)
        drawn = ladder.estimate(mdp, POLICY, theta, rung, NUM_TRAJECTORIES, np.random.default_rng(seed))
        mean, deviation = moments[rung][0], standard_error(moments[rung][1])
        slope, drawn, mean, deviation = (x[RIGHT] / abs(slope).max() for x in (slope, drawn, mean, deviation))
        truth.set_ydata(slope)
        dots.set_ydata(np.clip(drawn, -2, 2))
        spread.set_segments([[(s, m - d), (s, m + d)] for s, m, d in zip(range(4), mean, deviation, strict=True)])
        words_of_rung = sentence(rung, causality or with_baseline, totals)
        return f"{words_of_rung} Each estimate uses {NUM_TRAJECTORIES * mdp.horizon} simulator steps."

    live.presets(TRICKS)
    return live


def sentence(rung: int, idle: bool, totals: Floats) -> str:
    """Say what the variance of a rung is, beside that of the rungs with which it is compared."""
    changes = [f"{change(totals[rung] / totals[other])} with {NAMES[other]}" for other in COMPARED[rung]]
    said = f"With {NAMES[rung]}, the total variance is {', '.join([f'{totals[rung]:.2g}', *changes])}"
    if rung > 1:
        return f"{said}."
    reason = " Causality and the baseline act on scores: they need the log-derivative trick first." if idle else ""
    return f"{said}; the mean is biased because δ = {ladder.DELTA}.{reason}"


def change(ratio: float) -> str:
    """Say how many times larger or smaller a variance is, up to what it is compared with."""
    return "as large as" if np.isclose(ratio, 1) else f"{_words.factor(ratio)} than"


@lru_cache(maxsize=512)
def regulator_path(method: str, seed: int) -> Floats:
    """Return theta (K + 1, 2) along one run of a method on the regulator."""
    return regulator_runs.paths(method, 1, np.random.default_rng(seed))[:, 0]


@lru_cache
def regulator_quantiles(method: str) -> Floats:
    """Return the median and the 10th percentile of the exact U over many runs on the regulator, (2, K + 1)."""
    runs = regulator_runs.paths(method, MANY_RUNS, np.random.default_rng(0))
    return np.quantile(plane.utility(runs), (0.5, 0.1), axis=1)


@demo
def regulator() -> LiveFigure:
    """Show the lecture's closing picture: three estimators climb in the regulator's plane, from the same start."""
    live = LiveFigure(
        alt="Paths of three estimators in the regulator's plane, and their exact utility against the iteration",
        ncols=2,
        height=4.8,
        width_ratios=[1.15, 1],
    )
    left, right = live.axes
    plots.landscape(left, plane.utility, (-1.9, 0.4), (-0.5, 1.2), LEVELS, plane.OPTIMUM)
    left.plot(*plane.OPTIMUM, "o", color=style.BLACK, markersize=11)
    left.annotate("θ*", tuple(plane.OPTIMUM), (-26, -5), textcoords="offset points", weight="bold")
    left.set(xlabel="gain θ₁", ylabel=layout.sized("standard deviation θ₂", "sd θ₂"), xticks=[-1.5, -1, -0.5, 0])
    numbers = np.arange(regulator_runs.NUM_ITERATIONS + 1)
    right.set(xlim=(0, numbers[-1]), ylim=(-6, 0), xlabel="iteration", ylabel="exact U")
    right.axhline(plane.BEST, **style.EXACT | {"linewidth": 1.5})
    paths, curves, tenths = {}, {}, {}
    for method, look in REGULATOR_LOOKS.items():
        plain = look | {"marker": "", "linewidth": 3}
        paths[method] = live.moving(left.plot([], [], **look | {"markersize": 5, "linewidth": 1.8}))[0]
        curves[method] = live.moving(right.plot(numbers, 0 * numbers, label=method, **plain))[0]
        tenths[method] = live.moving(right.plot(numbers, 0 * numbers, **plain | {"linewidth": 1.2}))[0]
    live.figure.legend(handles=list(curves.values()), loc="outside upper center", ncols=layout.sized(3, 2))

    @live.controls(
        seed=integer("seed", 0, 0, 99),
        iteration=integer("iteration", regulator_runs.NUM_ITERATIONS, 0, regulator_runs.NUM_ITERATIONS),
        many=toggle(f"right: median and worst tenth of {MANY_RUNS} runs"),
    )
    def update(seed: int, iteration: int, many: bool) -> str:
        words = []
        for method, path in paths.items():
            theta = regulator_path(method, seed)
            utility, tenth = regulator_quantiles(method) if many else (plane.utility(theta), [])
            path.set_data(*theta[: iteration + 1].T)
            curves[method].set_data(numbers, utility)
            tenths[method].set_data(numbers[: len(tenth)], tenth)
            worst = f", and one run in ten is below {tenth[iteration]:.2f}" if many else ""
            words.append(f"{utility[iteration]:.2f} for “{method}”{worst}")
        whose = f"the median of the exact U over {MANY_RUNS} runs" if many else "the exact U"
        after = _words.counted(iteration, "iteration")
        return f"After {after} {whose} is {'; '.join(words)}. The maximum is {plane.BEST:.2f}."

    return live


@lru_cache
def race_block(method: str, step_size: float, index: int) -> Floats:
    """Return the exact U on GRID of the runs that one press of the button adds, (len(GRID), RUNS_PER_PRESS)."""
    rng = np.random.default_rng([METHODS.index(method), index])
    used, utility = race(problems.corridor(), method, BUDGET, step_size, RUNS_PER_PRESS, rng)
    return utility[np.searchsorted(used, GRID, side="right") - 1]


@demo
def methods() -> LiveFigure:
    """Show all methods, zeroth and first order, on one axis of simulator steps used."""
    live = LiveFigure(alt="Median exact utility of seven methods against the simulator steps used", height=4.6)
    ax = live.axes[0]
    mdp = problems.corridor()
    best = float(learning.utilities(mdp, np.tile([-30.0, 30.0], mdp.num_states)))
    ax.set(xscale="log", xlim=(GRID[0], BUDGET), ylim=(-1.35, 0.35), xlabel="simulator steps used", ylabel="exact U(θ)")
    ax.axhline(best, label="best possible", **style.EXACT)
    ribbon = live.moving(plots.ribbon(ax))
    curves = {}
    for family, names in zip(FAMILY, (ZEROTH_ORDER, FIRST_ORDER), strict=True):
        for name, pattern in zip(names, PATTERNS, strict=False):
            curves[name] = live.moving(ax.plot(GRID, GRID, label=LABELS[name], **family, **pattern))[0]
    live.figure.legend(loc="outside right center", handlelength=3)

    @live.controls(
        step_size=choice("step size α, first order", [0.5, 2.0, 8.0], 2.0),
        band=steps("range of the runs of", [(LABELS[name], name) for name in METHODS], "with_baseline"),
        presses=button(f"Run {RUNS_PER_PRESS} more of each"),
    )
    def update(step_size: float, band: str, presses: int) -> str:
        jobs = [(name, index) for index in range(presses + 1) for name in METHODS]
        blocks: dict[str, list[Floats]] = {name: [] for name in METHODS}
        for name, index in live.progress(jobs, "running"):
            blocks[name].append(race_block(name, step_size if name in FIRST_ORDER else 0.0, index))
        runs = {name: np.concatenate(parts, axis=1) for name, parts in blocks.items()}
        for name, curve in curves.items():
            curve.set_ydata(np.median(runs[name], axis=1))
            curve.set_linewidth(4 if name == band else 2)
        plots.move_ribbon(ribbon, GRID, runs[band].min(axis=1), runs[band].max(axis=1))
        middle = int(np.searchsorted(GRID, BUDGET / 10))
        early, late = np.median(runs[band][[middle, -1]], axis=1)
        return (
            f"The median of the exact U over {runs[band].shape[1]} runs of “{LABELS[band]}” is {early:z.2f} after "
            f"{BUDGET // 10:,} simulator steps and {late:z.2f} after {BUDGET:,}; the worst run ends at "
            f"{runs[band][-1].min():z.2f}. The best possible is {best:.2f}."
        )

    return live


@demo
def episode() -> LiveFigure:
    """Show an episode of CartPole step by step, before training and after it."""
    live = LiveFigure(
        alt="A cart with its pole in one episode, before and after training, and the pole's angle against the step",
        nrows=2,
        ncols=2,
        height=4.4,
        height_ratios=[1.25, 1],
        sharey="row",
    )
    carts = [live.moving(cart_pole.draw(ax)) for ax in live.axes[:2]]
    curves, marks = [], []
    for ax in live.axes[2:]:
        ax.set(xlim=(0, practice.HORIZON + 6), ylim=(-16, 16), yticks=[-12, 0, 12], xlabel="step")
        ax.set_xticks([0, 50, 100, 150, 200])
        for limit in (-12, 12):
            ax.axhline(limit, **style.REFERENCE)
        curves.append(live.moving(ax.plot([], [], **style.line(0) | {"marker": ""}))[0])
        marks.append(live.moving(ax.plot([], [], **style.MARK))[0])
    live.axes[0].set_title("before training")
    live.axes[1].set_title("after training")
    live.axes[2].set_ylabel("angle (°)")

    @live.controls(
        step=integer("step", 8, 0, practice.HORIZON),
        num_batches=choice("batches of training", [5, 10, 20, 40], 20),
        seed=luck(),
    )
    def update(step: int, num_batches: int, seed: int) -> str:
        for k in live.progress(range(1, num_batches + 1), "training"):
            cart_pole.training("with baseline", practice.STEP_SIZE, 0, k)
        said = []
        for cart, curve, mark, batches in zip(carts, curves, marks, (0, num_batches), strict=True):
            watched = cart_pole.episode(batches, seed)
            cart_pole.move(cart, watched, step)
            angles = cart_pole.angles(watched)
            curve.set_data(np.arange(len(angles)), angles)
            mark.set_data([min(step, len(angles) - 1)], [angles[min(step, len(angles) - 1)]])
            said.append(cart_pole.words(watched, step))
        return f"This is step {step}. Before training, {said[0]}; after {num_batches} batches, {said[1]}."

    live.presets({f"step {step}": {"step": step} for step in (0, 50, practice.HORIZON)})
    return live


@demo
def cartpole() -> LiveFigure:
    """Show the three estimators learning CartPole, ten more batches at each press."""
    live = LiveFigure(alt="Mean return of each batch of CartPole episodes, for three estimators", height=4.0)
    ax = live.axes[0]
    ax.set(xlim=(0, MOST_BATCHES), ylim=(0, 210), xlabel="batches of 20 episodes", ylabel="mean return")
    ax.axhline(practice.HORIZON, label="maximum", **style.EXACT)
    curves = [
        live.moving(ax.plot([], [], label=name, **style.line(i)))[0]
        for i, name in zip((3, 1, 0), cart_pole.VARIANTS, strict=True)
    ]
    layout.legend_above(ax, 2, 4)

    @live.controls(
        presses=button(f"Train {BATCHES_PER_PRESS} more batches", 1),
        step_size=choice("step size α", [0.005, practice.STEP_SIZE, 0.03], practice.STEP_SIZE),
        seed=luck(),
    )
    def update(presses: int, step_size: float, seed: int) -> str:
        num_batches = min(BATCHES_PER_PRESS * presses, MOST_BATCHES)
        for k in live.progress(range(1, num_batches + 1), "training"):
            trained = [cart_pole.training(name, step_size, seed, k) for name in cart_pole.VARIANTS]
        means = [training.mean_returns for training in trained]
        for curve, mean in zip(curves, means, strict=True):
            curve.set_data(np.arange(1, num_batches + 1), mean)
        last = ", ".join(f"{mean[-1]:.0f} for “{name}”" for name, mean in zip(cart_pole.VARIANTS, means, strict=True))
        return (
            f"The mean return in batch {num_batches} is {last}. Pushing at random gave {means[0][0]:.0f} in "
            f"the first batch; the maximum is {practice.HORIZON}."
        )

    live.presets({f"{BATCHES_PER_PRESS * n} batches": {"presses": n} for n in (1, 4, 8)})
    return live


@demo
def gradient_estimate(function: Any = None) -> LiveFigure:
    """Show the exact mean and standard deviation of an estimate with all tricks that the reader has written.

    Parameters
    ----------
    function
        A function of (scores (m, H, n), rewards (m, H), baseline (m, H), discount) that returns the estimate (n,).
    """

    def samples(mdp: TabularMDP, _policy: TabularPolicy, _theta: Floats) -> own_estimator.Samples:
        return lambda *arrays: [
            written.call(function, *(array[None] for array in one), mdp.discount, shape=one[0].shape[1:])
            for one in zip(*arrays, strict=True)
        ]

    def with_value(mdp: TabularMDP, policy: TabularPolicy, theta: Floats) -> own_estimator.Moments:
        values = Baseline.per_step_and_state(exact.values(mdp, policy, theta)[0])
        return own_estimator.of_package(mdp, policy, theta, "reward_to_go", values)

    def without(mdp: TabularMDP, policy: TabularPolicy, theta: Floats) -> own_estimator.Moments:
        return own_estimator.of_package(mdp, policy, theta, "reward_to_go")

    return _own_estimator.of_trajectories(samples, {"with V": with_value, "no baseline": without})


__dir__ = only_pictures(globals())
