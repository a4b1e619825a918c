"""Lecture 6, the policy gradient: the loop on the corridor and the gridworld, run many times, and its noise."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.quiver import Quiver

from pgcourse._types import Floats
from pgcourse.demos import _words, only_pictures
from pgcourse.demos._training_runs import (
    EVERY,
    NUM_ITERATIONS,
    NUM_RUNS,
    PROBLEMS,
    RECORDED,
    STEP_SIZES,
    best_utility,
    exact_path,
    learn,
    noise_along,
    policy_for,
)
from pgcourse.figures import counts, plots, style, written
from pgcourse.figures.controls import Control, choice, integer, luck, steps
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients import fast
from pgcourse.gradients.batches import batch_means, directions, standard_error, standardised
from pgcourse.optimisers import ascent
from pgcourse.optimisers import runs as learning

BATCHES = (1, 5, 20)
LEFT_RIGHT = ((-1, 0), (1, 0))
UP_RIGHT_DOWN_LEFT = ((0, 1), (1, 0), (0, -1), (-1, 0))
FEW = 40
"""Iterations of a loop that a reader has written."""
UTILITY_AXIS = {"title": "U(θ)", "xlabel": "iteration", "xlim": (0, NUM_ITERATIONS), "ylim": (-1.4, 0.6)}


def step_size_slider(value: float) -> Control:
    """Make the slider for alpha; its values are indices of STEP_SIZES."""
    return steps("step size α", [(f"{alpha:g}", i) for i, alpha in enumerate(STEP_SIZES)], STEP_SIZES.index(value))


def reference_curves(ax: Axes) -> tuple[Line2D, Line2D]:
    """Draw what every learning curve is compared with; return (exact ascent, best possible)."""
    ascending = ax.plot(RECORDED, 0 * RECORDED, label="exact gradient", **style.EXACT)[0]
    best = ax.plot(RECORDED[[0, -1]], [0, 0], label="best possible", **style.OPTIMUM)[0]
    return ascending, best


def move_reference_curves(curves: tuple[Line2D, Line2D], name: str, alpha: float) -> None:
    """Move what `reference_curves` drew to the problem and step size."""
    curves[0].set_ydata(exact_path(name, alpha)[1])
    curves[1].set_ydata([best_utility(name)] * 2)


def follow_one_run(
    live: LiveFigure,
    name: str,
    directions: plots.Directions,
    arrows: Quiver,
    ax: Axes,
    alpha: float,
    num_trajectories: int,
) -> None:
    """Add to a figure with policy arrows the learning curve of one run, and the controls that step through it."""
    mdp = PROBLEMS[name]
    ax.set(**UTILITY_AXIS)
    references = live.moving(reference_curves(ax))
    run = live.moving(ax.plot(RECORDED, 0 * RECORDED, label="this run", **style.ESTIMATE))[0]
    dot = live.moving(ax.plot([], [], **style.MARK))[0]
    ax.legend(handles=[run, *references], loc="lower right")

    @live.controls(
        iteration=integer("iteration", 0, 0, NUM_ITERATIONS, EVERY),
        alpha=step_size_slider(alpha),
        num_trajectories=steps("trajectories m", BATCHES, num_trajectories),
        seed=luck(),
    )
    def update(iteration: int, alpha: int, num_trajectories: int, seed: int) -> str:
        number, lucky = iteration // EVERY, seed % NUM_RUNS
        learned = learn(name, num_trajectories, seed // NUM_RUNS, live.progress)
        utilities = learned.utilities[:, alpha, lucky]
        theta = learned.theta[number, alpha, lucky].reshape(mdp.num_states, mdp.num_actions)
        probabilities = np.where(mdp.terminal[:, None], 0, learning.softmax(theta))
        plots.move_policy_arrows(arrows, directions, probabilities)
        run.set_ydata(utilities)
        dot.set_data([iteration], [utilities[number]])
        move_reference_curves(references, name, STEP_SIZES[alpha])
        surest = probabilities[~mdp.terminal].max(axis=1)
        return (
            f"After {iteration} updates, with {iteration * num_trajectories} trajectories in all, "
            f"U = {utilities[number]:z.2f}; the best possible is {best_utility(name):z.2f}. In "
            f"{(surest > 0.9).sum()} of {len(surest)} states one action has a probability above 0.9."
        )

    live.presets({f"iteration {k}": {"iteration": k} for k in (0, 20, 100)})


@demo
def corridor() -> LiveFigure:
    """Step through one run of the loop on the corridor: the policy as arrows, and its exact U."""
    live = LiveFigure(
        alt="Arrows of the policy in the corridor, above the learning curve of the run",
        nrows=2,
        height=5.4,
        height_ratios=[1, 2.6],
    )
    ax = live.axes[0]
    ax.set(title="π(a | s) as arrows", xlim=(-0.6, 9.6), ylim=(-0.5, 0.4), aspect="equal", yticks=[])
    ax.set_xticks(range(10), [*range(4), "start 4", *range(5, 9), "goal 9"])
    ax.grid(False)
    places = np.column_stack([np.arange(10), np.zeros(10)])
    arrows = live.moving(plots.policy_arrows(ax, places, LEFT_RIGHT))
    follow_one_run(live, "corridor", LEFT_RIGHT, arrows, live.axes[1], alpha=0.3, num_trajectories=5)
    return live


@demo
def reinforce(loop: Any = None) -> LiveFigure:
    """Run a loop that the reader has written on the corridor: the exact U on its way, beside the exact gradient's.

    Parameters
    ----------
    loop
        A function of (simulate, gradient_samples, theta, alpha, num_iterations) that returns the last theta.
    """
    live = LiveFigure(alt="Learning curve of the loop written above, beside that of the exact gradient", height=4.2)
    ax = live.axes[0]
    ax.set(title="U(θ) on the corridor", xlabel="iteration", xlim=(0, FEW), ylim=(-1.4, 0.6))
    references = live.moving(reference_curves(ax))
    own = live.moving(ax.plot([], [], label="this loop", **style.ESTIMATE))[0]
    live.figure.legend(handles=[own, *references], loc="outside upper center", ncols=3)
    mdp, policy, found = PROBLEMS["corridor"], policy_for("corridor"), {}

    def run(alpha: float, m: int, seed: int) -> Floats:
        rng = np.random.default_rng(seed)
        answer = partial(written.call, loop, shape=(policy.num_parameters,))
        path = ascent.recorded(answer, mdp, policy, alpha, FEW, m, rng)
        return learning.utilities(mdp, path)

    @live.controls(alpha=step_size_slider(1.0), num_trajectories=steps("trajectories m", BATCHES, 20), seed=luck())
    def update(alpha: int, num_trajectories: int, seed: int) -> str:
        move_reference_curves(references, "corridor", STEP_SIZES[alpha])
        truth = exact_path("corridor", STEP_SIZES[alpha])[1][FEW // EVERY]
        reached = f"The exact gradient reaches U = {truth:z.2f} after {FEW} updates with α = {STEP_SIZES[alpha]:g}."
        setting = STEP_SIZES[alpha], num_trajectories, seed
        if setting not in found:
            found[setting] = written.attempt(partial(run, *setting))
        utilities, reason = found[setting]
        if utilities is None:
            own.set_data([], [])
            return f"{reason} {reached}"
        own.set_data([*range(len(utilities) - 1), FEW], utilities)
        batches = _words.counted(len(utilities) - 1, "batch")
        return f"This loop draws {batches} of m = {num_trajectories} and ends at U = {utilities[-1]:z.2f}. {reached}"

    return live


@demo
def gridworld() -> LiveFigure:
    """Step through one run of the loop on the gridworld: the policy as arrows, and its exact U."""
    alt = "Arrows of the policy in the gridworld, beside the learning curve of the run"
    live = LiveFigure(alt=alt, ncols=2, height=4.2)
    ax = live.axes[0]
    ax.set(title="π(a | s) as arrows", xlim=(-0.5, 4.5), ylim=(-4.5, 0.5), aspect="equal", xticks=[], yticks=[])
    ax.hlines(np.arange(-3.5, 0.5), -0.5, 4.5, color=style.GREY, linewidth=0.8)
    ax.vlines(np.arange(0.5, 4.5), -4.5, 0.5, color=style.GREY, linewidth=0.8)
    for name, x, y, color in (("start", 0, 0, "none"), ("pit", 2, -2, style.ORANGE), ("goal", 4, -4, style.GREEN)):
        ax.fill([x - 0.5, x + 0.5, x + 0.5, x - 0.5], [y - 0.5, y - 0.5, y + 0.5, y + 0.5], color=color, alpha=0.5)
        ax.text(x - 0.46, y + 0.44, name, va="top", fontsize=11)
    rows, columns = np.divmod(np.arange(25), 5)
    arrows = live.moving(plots.policy_arrows(ax, np.column_stack([columns, -rows]), UP_RIGHT_DOWN_LEFT))
    follow_one_run(live, "gridworld", UP_RIGHT_DOWN_LEFT, arrows, live.axes[1], alpha=3.0, num_trajectories=20)
    return live


@demo
def learning_curves() -> LiveFigure:
    """Show twenty runs of the loop, their median, the band that holds 80 % of them, and the exact gradient's path."""
    live = LiveFigure(
        alt="Learning curves of twenty runs, with median and band, over that of the exact gradient", height=4.6
    )
    ax = live.axes[0]
    ax.set(**UTILITY_AXIS)
    band = live.moving(plots.ribbon(ax, "80 % of the runs"))
    runs = [
        live.moving(ax.plot(RECORDED, 0 * RECORDED, color=style.BLUE, linestyle="-", linewidth=0.8, alpha=0.5))[0]
        for _ in range(NUM_RUNS)
    ]
    references = live.moving(reference_curves(ax))
    median = live.moving(ax.plot(RECORDED, 0 * RECORDED, label="median", **style.ESTIMATE))[0]
    live.figure.legend(handles=[median, band, *references], loc="outside upper center", ncols=2)

    @live.controls(
        name=choice("problem", list(PROBLEMS)),
        alpha=step_size_slider(0.3),
        num_trajectories=steps("trajectories m", BATCHES, 5),
        seed=luck(),
    )
    def update(name: str, alpha: int, num_trajectories: int, seed: int) -> str:
        utilities = learn(name, num_trajectories, seed, live.progress).utilities[:, alpha]
        low, middle, high = np.quantile(utilities, (0.1, 0.5, 0.9), axis=1)
        plots.move_ribbon(band, RECORDED, low, high)
        median.set_ydata(middle)
        for curve, run in zip(runs, utilities.T, strict=True):
            curve.set_ydata(run)
        move_reference_curves(references, name, STEP_SIZES[alpha])
        return (
            f"After {NUM_ITERATIONS} updates with α = {STEP_SIZES[alpha]:g} and m = {num_trajectories}: the "
            f"median of U is {middle[-1]:z.2f}, and 80 % of the runs lie between {low[-1]:z.2f} and {high[-1]:z.2f}. "
            f"The exact gradient reaches {exact_path(name, STEP_SIZES[alpha])[1][-1]:z.2f}; each run used "
            f"{NUM_ITERATIONS * num_trajectories} trajectories."
        )

    return live


@demo
def step_sizes() -> LiveFigure:
    """Show the U of each of twenty runs for every step size, beside that of the exact gradient."""
    live = LiveFigure(alt="The exact U of twenty runs for each step size, as dots, with their median", height=4.4)
    ax = live.axes[0]
    columns = np.arange(len(STEP_SIZES))
    ax.set(xlabel="step size α", ylabel="U(θ)", xlim=(-0.5, len(columns) - 0.5), ylim=(-1.4, 0.6))
    ax.set_xticks(columns, [f"{alpha:g}" for alpha in STEP_SIZES])
    places = (columns[:, None] + np.linspace(-0.3, 0.3, NUM_RUNS)).ravel()
    dots = live.moving(ax.plot(places, 0 * places, "o", color=style.BLUE, markersize=5, label="20 runs"))[0]
    medians = live.moving(ax.plot(columns, 0 * columns, label="median", **style.BASELINE | {"marker": "s"}))[0]
    truth = live.moving(ax.plot(columns, 0 * columns, label="exact gradient", **style.EXACT))[0]
    best = live.moving(ax.plot([-0.5, len(columns) - 0.5], [0, 0], label="best possible", **style.OPTIMUM))[0]
    live.figure.legend(handles=[dots, medians, truth, best], loc="outside upper center", ncols=2)

    @live.controls(
        name=choice("problem", list(PROBLEMS)),
        iteration=integer("iteration", NUM_ITERATIONS, 0, NUM_ITERATIONS, EVERY),
        num_trajectories=steps("trajectories m", BATCHES, 5),
        seed=luck(),
    )
    def update(name: str, iteration: int, num_trajectories: int, seed: int) -> str:
        utilities = learn(name, num_trajectories, seed, live.progress).utilities[iteration // EVERY]
        middle = np.median(utilities, axis=1)
        dots.set_ydata(utilities.ravel())
        medians.set_ydata(middle)
        truth.set_ydata([exact_path(name, alpha)[1][iteration // EVERY] for alpha in STEP_SIZES])
        best.set_ydata([best_utility(name)] * 2)
        winner, last = int(middle.argmax()), utilities[-1]
        leads = f"at α = {STEP_SIZES[winner]:g}" if iteration else "where all step sizes start"
        return (
            f"After {_words.counted(iteration, 'update')} with m = {num_trajectories}, the best median is "
            f"{middle[winner]:z.2f}, {leads}. At α = {STEP_SIZES[-1]:g} the runs lie between {last.min():z.2f} and "
            f"{last.max():z.2f}."
        )

    return live


@demo
def noise() -> LiveFigure:
    """Show the length of the gradient and the size of its noise along the path, and batches at one iteration."""
    live = LiveFigure(
        alt="Signal and noise of the gradient along the path, beside a histogram of batches", ncols=2, height=4.6
    )
    left, right = live.axes
    left.set(title="along the exact path, α = 1", xlabel="iteration", xlim=(0, 100), yscale="log", ylim=(3e-3, 10))
    right.set(title="one component: right of 0 is uphill", xlabel="estimate, in standard deviations", xlim=(-4, 4))
    right.set(ylim=(0, 1.7), yticks=[])
    right.axvline(0, ymax=0.68, **style.REFERENCE)
    signal = live.moving(left.plot(RECORDED, 1 + RECORDED, label="length of the gradient", **style.EXACT))[0]
    spread = live.moving(left.plot(RECORDED, 1 + RECORDED, label="its noise in a batch of m", **style.ESTIMATE))[0]
    here = live.moving(plots.vertical(left, **style.REFERENCE))
    left.legend(handles=[signal, spread], loc="upper right")
    marks = live.moving(plots.mean_and_deviation(right, 0.68))
    bars = live.moving(counts.histogram(right, 41, "500 batches"))
    right.legend(handles=[bars, *marks], loc="upper left")

    @live.controls(
        name=choice("problem", list(PROBLEMS)),
        iteration=integer("iteration", 0, 0, NUM_ITERATIONS, EVERY),
        num_trajectories=steps("trajectories m", [1, 3, 10, 30, 100], 10),
        seed=luck(),
    )
    def update(name: str, iteration: int, num_trajectories: int, seed: int) -> str:
        found, at = noise_along(name), iteration // EVERY
        signal.set_ydata(found.signal)
        spread.set_ydata(found.of_batch(num_trajectories))
        here.set_xdata([iteration, iteration])
        component = int(abs(found.mean[at]).argmax())
        mean, deviation = found.mean[at, component], standard_error(found.variance[at, component], num_trajectories)
        theta, rng = exact_path(name, 1.0)[0][at], np.random.default_rng(seed)
        samples = fast.gradient_samples(
            PROBLEMS[name], policy_for(name), theta, component, 500 * num_trajectories, rng
        ).total_return
        averages = batch_means(samples, num_trajectories)
        right_way = standardised(averages, mean, deviation)
        counts.fill_histogram(bars, right_way, -4, 4)
        plots.move_mean_and_deviation(marks, abs(mean) / deviation, 1)
        return (
            f"At iteration {iteration} the gradient has length {found.signal[at]:.3f}; the noise of a batch of "
            f"m = {num_trajectories} is {found.of_batch(num_trajectories)[at]:.3f}, and with "
            f"{found.needed[at]:,.0f} trajectories the two are equal. In the component with the "
            f"largest slope: {_words.pointing(directions(averages, mean), '500 batches')}."
        )

    return live


__dir__ = only_pictures(globals())
