"""Lecture 2, zeroth order: searches that see U alone, step by step over the contours of the exact U."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from pgcourse.demos import _own_step, _words, only_pictures
from pgcourse.demos import _regulator_plane as shared
from pgcourse.figures import layout, plots, style
from pgcourse.figures.controls import Control, integer, luck, slider, steps, toggle
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.gradients.trajectories import simulate
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.optimisers import search, traps

HOLLOW: style.Look = {"color": style.BLUE, "linestyle": "none", "marker": "o", "markersize": 6, "fillstyle": "none"}
ELITE: style.Look = {"color": style.VERMILLION, "linestyle": "none", "marker": "s", "markersize": 5}
DISTRIBUTION: style.Look = {"color": style.BLUE, "linestyle": "--"}
NUM_CANDIDATES, CENTRE, POOL_SPREAD = 1000, np.array([-0.5, 0.3]), 0.05
BATCHES = np.array([1, 3, 10, 30, 100])
BY_HAND = 10
"""Trajectories under one gain, and of each evaluation of the searches with which it is compared."""
NOISE_PRESETS: dict[str, dict[str, float]] = {
    "exact U": {"num_trajectories": shared.EXACT},
    "one trajectory": {"num_trajectories": 1},
}


def sizes(population_size: int = 20, num_elite: int = 5) -> dict[str, Control]:
    """Make the controls that all population methods share."""
    return {
        "generation": integer("generation", 3, 1, shared.NUM_GENERATIONS),
        "population_size": steps("population", [10, 20, 40], population_size),
        "num_elite": steps("elite", [2, 3, 5, 10], num_elite),
    }


def population_picture(alt: str) -> tuple[LiveFigure, Callable[[list[search.Generation], int], tuple[float, float]]]:
    """Make the figure of a population method; returns it and the function that shows one generation of a history."""
    live, left, progress = shared.figure(alt)
    progress.set(xlim=(1, shared.NUM_GENERATIONS), xticks=[1, 4, 7, 10], xlabel="generation")
    progress.set(ylim=(-2.5, 0), ylabel=layout.sized("mean U of the elite", "elite, mean U"))
    progress.axhline(plane.BEST, label="best", **style.OPTIMUM)
    crowd = live.moving(left.plot([], [], label="population", **HOLLOW))[0]
    chosen = live.moving(left.plot([], [], label="elite", **ELITE))[0]
    seen = live.moving(progress.plot([], [], label="seen", **style.ESTIMATE))[0]
    truth = live.moving(progress.plot([], [], label="exact", **style.EXACT))[0]
    now = live.moving(progress.plot([], [], **style.MARK))[0]

    def show(history: list[search.Generation], generation: int) -> tuple[float, float]:
        seen_values, true_values = np.array([plane.elite_means(step) for step in history]).T
        step = history[generation - 1]
        crowd.set_data(*step.population.T)
        chosen.set_data(*step.population[step.elite].T)
        number = np.arange(1, len(history) + 1)
        seen.set_data(number, seen_values)
        truth.set_data(number, true_values)
        now.set_data([generation], [true_values[generation - 1]])
        return seen_values[generation - 1], true_values[generation - 1]

    return live, show


def verdict(seen: float, true: float, num_trajectories: float) -> str:
    """Give the estimated and the exact mean U of the elite, and the maximum, in words."""
    looks = "" if num_trajectories == shared.EXACT else f"is estimated as {seen:.2f} but "
    return f"the mean U of the elite {looks}is {true:.2f}; the maximum is {plane.BEST:.2f}."


@demo
def by_hand() -> LiveFigure:
    """Show ten trajectories of the regulator under a gain set by hand, and U there beside what the searches reach."""
    live = LiveFigure(
        alt="Ten trajectories of the regulator under one gain, and how far below the maximum the exact U of that gain "
        "and of three searches is",
        ncols=2,
        height=4.2,
        width_ratios=[1.3, 1],
    )
    states, below = live.axes
    decisions = np.arange(plane.MDP.horizon)
    states.set(xlim=(0, decisions[-1]), ylim=(-1.2, 1.2), xlabel="decision k", ylabel="state s")
    states.axhline(0, **style.REFERENCE)
    look: style.Look = {"color": style.BLUE, "linestyle": "-", "linewidth": 1.5, "alpha": 0.7}
    curves = live.moving([states.plot(decisions, 0 * decisions, **look)[0] for _ in range(BY_HAND)])
    mean = live.moving(states.text(0.3, 0.95, "", color=style.BLUE, weight="bold"))
    names = ("your gain", *(name for name, _, _ in shared.searches(BY_HAND, 0)))
    heights = np.arange(len(names))[::-1]
    below.set(xscale="log", xlim=(1e-3, 30), ylim=(-0.6, 3.6), yticks=heights, yticklabels=names)
    below.set_xlabel("U below its maximum", loc="right")
    below.minorticks_off()
    below.grid(False, axis="y")
    bars = live.moving(below.barh(heights, 1, height=0.6, **style.BARS))
    numbers = live.moving([below.text(1, y, "", va="center") for y in heights])

    @live.controls(gain=slider("gain θ₁", 0, -2, 0.2, 0.05), compared=toggle("compare with the searches"), seed=luck())
    def update(gain: float, compared: bool, seed: int) -> str:
        batch = simulate(plane.MDP, plane.POLICY, [gain, 0.0], BY_HAND, np.random.default_rng(seed))
        for curve, run in zip(curves, batch.states, strict=True):
            curve.set_ydata(run)
        estimate = plane.evaluator(BY_HAND, np.random.default_rng(seed))([gain, 0.0])  # the same trajectories
        mean.set_text(f"mean return {estimate:.2f}")
        for bar, number in zip(bars, numbers, strict=True):
            bar.set_visible(compared)
            number.set(x=1.3e-3, text="?")
        said = f"With the gain {gain:.2f} the ten returns have the mean {estimate:.2f}."
        if not compared:
            return f"{said} Find the gain that makes it largest, and write it down."
        reached = shared.searches(BY_HAND, seed)
        thetas = np.array([[gain, 0.0], *(theta for _, theta, _ in reached)])
        for bar, number, gap in zip(bars, numbers, plane.gap(thetas), strict=True):
            bar.set_width(max(gap, 1.1e-3))
            number.set(x=max(1.2 * gap, 1.3e-3), text=f"{gap:.2g}" if gap >= 1e-3 else "below 0.001")
        utilities = plane.utility(thetas)
        words = ", ".join(
            f"{value:.3f} with {name} after {spent} trajectories"
            for (name, _, spent), value in zip(reached, utilities[1:], strict=True)
        )
        return (
            f"{said} The exact U is {utilities[0]:.3f} with your gain; it is {words}. The maximum is {plane.BEST:.3f}."
        )

    return live


@demo
def genetic() -> LiveFigure:
    """Show the generations of a genetic algorithm over the contours of U."""
    live, show = population_picture("Population and elite of a genetic algorithm over the contours of the utility")
    layout.legends_above(live.axes, (3, 3))

    @live.controls(
        **sizes(),
        mutation_std=slider("mutation sd", 0.05, 0, 0.2, 0.01),
        num_trajectories=shared.noise_steps(),
        seed=luck(),
    )
    def update(
        generation: int, population_size: int, num_elite: int, mutation_std: float, num_trajectories: float, seed: int
    ) -> str:
        history = shared.genetic_history(
            population_size, num_elite, shared.SPREAD, mutation_std, num_trajectories, seed
        )
        words = verdict(*show(history, generation), num_trajectories)
        return (
            f"In generation {generation} of {shared.NUM_GENERATIONS}, with mutations of standard deviation "
            f"{mutation_std:.2f}, {words}"
        )

    live.presets(NOISE_PRESETS | {"no mutation": {"mutation_std": 0}})
    return live


@demo
def cross_entropy() -> LiveFigure:
    """Show the generations of the cross-entropy method over the contours of U."""
    live, show = population_picture(
        "Population, elite and distribution of the cross-entropy method over the contours of the utility"
    )
    before = live.moving(plots.ellipse(live.axes[0], "sampled", **DISTRIBUTION))
    after = live.moving(plots.ellipse(live.axes[0], "fitted", color=style.VERMILLION, linestyle="-"))
    layout.legends_above(live.axes, (3, 3))

    @live.controls(**sizes(40, 10), num_trajectories=shared.noise_steps(), seed=luck())
    def update(generation: int, population_size: int, num_elite: int, num_trajectories: float, seed: int) -> str:
        history = shared.cross_entropy_history(population_size, num_elite, shared.SPREAD, num_trajectories, seed)
        first = plane.START, search.isotropic(shared.SPREAD, 2)
        plots.move_ellipse(before, *search.sampled_from(history, generation, *first))
        plots.move_ellipse(after, history[generation - 1].mean, history[generation - 1].covariance)
        words = verdict(*show(history, generation), num_trajectories)
        return (
            f"In generation {generation} of {shared.NUM_GENERATIONS}, where {num_elite} of {population_size} "
            f"candidates are the elite, {words}"
        )

    live.presets(NOISE_PRESETS)
    return live


@demo
def fit(function: Any = None) -> LiveFigure:
    """Show a cross-entropy search with a fit that the reader has written.

    Parameters
    ----------
    function
        A function of population (N, 2), utilities (N,) and the size of the elite that returns mean (2,) and
        covariance (2, 2).
    """
    return _own_step.cross_entropy(function)


@demo
def collapse() -> LiveFigure:
    """Show how the covariance of the cross-entropy method shrinks, and where the search then stops."""
    live, left, spread = shared.figure(
        "Path and ellipse of the cross-entropy method over the contours of U, and the log-determinant of its covariance"
    )
    spread.set(xlim=(0, shared.NUM_GENERATIONS), xlabel="generation")
    spread.set(ylim=(-30, 0), ylabel="log det of the covariance")
    path = live.moving(left.plot([], [], label="mean", color=style.BLUE, marker=".", markersize=9))[0]
    fitted = live.moving(plots.ellipse(left, "fitted", color=style.VERMILLION, linestyle="-"))
    alone = live.moving(spread.plot([], [], label="fit alone, exact", **style.EXACT))[0]
    curve = live.moving(spread.plot([], [], label="this run", **style.ESTIMATE))[0]
    now = live.moving(spread.plot([], [], **style.MARK))[0]
    layout.legends_above(live.axes, (3, 2))

    @live.controls(**sizes(num_elite=3), first_std=slider("initial sd", 0.1, 0.05, 0.5, 0.05), seed=luck())
    def update(generation: int, population_size: int, num_elite: int, first_std: float, seed: int) -> str:
        history = shared.cross_entropy_history(population_size, num_elite, first_std, shared.EXACT, seed)
        means = np.array([plane.START, *(step.mean for step in history)])
        number = np.arange(shared.NUM_GENERATIONS + 1)
        logs = traps.log_determinants(history, first_std)
        path.set_data(*means[: generation + 1].T)
        plots.move_ellipse(fitted, means[generation], history[generation - 1].covariance)
        curve.set_data(number, logs)
        now.set_data([generation], [logs[generation]])
        alone.set_data(number, traps.log_determinants_of_the_fit(first_std, num_elite, shared.NUM_GENERATIONS))
        value = plane.utility(means[generation])
        return (
            f"After generation {generation} the logarithm of the determinant of the covariance is "
            f"{logs[generation]:.1f}. At the mean U is {value:.2f}, and the maximum is {plane.BEST:.2f}. On a flat U, "
            f"each fit to {num_elite} points would multiply the expected determinant by "
            f"{traps.fit_shrinkage(num_elite):.2f}."
        )

    last = {"generation": shared.NUM_GENERATIONS, "population_size": 20}
    live.presets(
        {
            "collapse": {**last, "num_elite": 3, "first_std": 0.1},
            "larger start": {**last, "num_elite": 3, "first_std": 0.5},
            "larger elite": {**last, "num_elite": 10, "first_std": 0.1},
        }
    )
    return live


@demo
def pattern_search() -> LiveFigure:
    """Show the path of a pattern search, with the exact U and with noisy estimates of it, and how its step shrinks."""
    live, left, sizes = shared.figure(
        "Path and step size of a pattern search with the exact U and with noisy estimates of it"
    )
    sizes.set(xlim=(0, plane.NUM_ITERATIONS), xlabel="iteration")
    sizes.set(yscale="log", ylim=(1e-4, 1), ylabel="step size")
    looks = (("exact U", style.EXACT), ("noisy U", style.ESTIMATE))
    paths = [live.moving(left.plot([], [], label=name, **look))[0] for name, look in looks]
    curves = [live.moving(sizes.plot([], [], drawstyle="steps-post", **look))[0] for _, look in looks]
    tried = live.moving(left.plot([], [], label="tried next", **ELITE))[0]
    now = live.moving(sizes.plot([], [], **style.MARK))[0]
    layout.legends_above([left], [2])

    @live.controls(
        iteration=integer("iteration", 8, 0, plane.NUM_ITERATIONS),
        first_step=slider("first step", shared.FIRST_STEP, 0.05, 0.5, 0.05),
        num_trajectories=shared.noise_steps(value=1),
        seed=luck(),
    )
    def update(iteration: int, first_step: float, num_trajectories: float, seed: int) -> str:
        number = np.arange(plane.NUM_ITERATIONS + 1)
        for path, curve, m in zip(paths, curves, (shared.EXACT, num_trajectories), strict=True):
            centres, lengths = shared.search_path(first_step, m, seed)
            path.set_data(*centres[: iteration + 1].T)
            curve.set_data(number, lengths)
        cross = search.neighbours(centres[iteration], lengths[iteration])
        tried.set_data(*cross.T)
        now.set_data([iteration], [lengths[iteration]])
        exact_centres, exact_lengths = shared.search_path(first_step, shared.EXACT, seed)
        after = _words.counted(iteration, "iteration")
        true, best = plane.utility(centres[iteration]), plane.utility(exact_centres[iteration])
        if num_trajectories == shared.EXACT:
            return f"After {after} with the exact U, the step is {lengths[iteration]:.2g} and U = {true:.2f}."
        return (
            f"After {after} the noisy search has step {lengths[iteration]:.2g} and U = {true:.2f}; "
            f"with the exact U it would have step {exact_lengths[iteration]:.2g} and U = {best:.2f}."
        )

    live.presets(NOISE_PRESETS | {"ten": {"num_trajectories": 10}})
    return live


@lru_cache(maxsize=8)
def pool(seed: int) -> traps.Pool:
    """Return the Pool of candidates of a seed."""
    return traps.pool(NUM_CANDIDATES, CENTRE, POOL_SPREAD, BATCHES, np.random.default_rng(seed))


@demo
def winners_curse() -> LiveFigure:
    """Show estimates against the exact U of a population, and how much better its elite looks than it is."""
    live = LiveFigure(
        alt="Estimated against exact U of a population with its elite, and the elite's bias against the batch size",
        ncols=2,
        height=4.4,
        width_ratios=[1.1, 1],
    )
    left, bias = live.axes
    left.set(xlim=(-3, 0), ylim=(-3, 0), xlabel="exact U", ylabel="estimated U")
    left.plot([-3, 0], [-3, 0], label="no error", **style.EXACT)
    bias.set(xlim=(0.8, 125), xscale="log", ylim=(-1.5, 0), xlabel="trajectories m", ylabel="mean U of the elite")
    bias.set_xticks(BATCHES, [str(m) for m in BATCHES], minor=False)
    bias.minorticks_off()
    crowd = live.moving(left.plot([], [], label="population", **HOLLOW))[0]
    chosen = live.moving(left.plot([], [], label="elite", **ELITE))[0]
    best = live.moving(bias.axhline(0, label="best", **style.OPTIMUM))
    seen = live.moving(bias.plot([], [], label="seen", **style.ESTIMATE | {"marker": "o"}))[0]
    truth = live.moving(bias.plot([], [], label="exact", **style.EXACT | {"marker": "s"}))[0]
    gap = live.moving(bias.plot([], [], color=style.VERMILLION, linewidth=5, alpha=0.6))[0]
    layout.legends_above(live.axes, (3, 3), (None, [seen, truth, best]))

    @live.controls(
        population_size=steps("population", [10, 20, 40], 20),
        num_elite=steps("elite", [2, 3, 5, 10], 3),
        num_trajectories=steps("trajectories m", BATCHES.tolist(), 3),
        seed=luck(),
    )
    def update(population_size: int, num_elite: int, num_trajectories: int, seed: int) -> str:
        true, estimates = pool(seed)
        batch = int(np.searchsorted(BATCHES, num_trajectories))
        x, y = true[:population_size], estimates[batch, :population_size]
        elite = search.best(y, num_elite)
        crowd.set_data(x, y)
        chosen.set_data(x[elite], y[elite])
        looks, is_really, possible = traps.winners_curse(pool(seed), population_size, num_elite)
        seen.set_data(BATCHES, looks)
        truth.set_data(BATCHES, is_really)
        best.set_ydata([possible, possible])
        gap.set_data([num_trajectories] * 2, [is_really[batch], looks[batch]])
        excess = looks[batch] - is_really[batch]
        return (
            f"Each of {population_size} candidates is simulated {_words.times(num_trajectories)}, and the "
            f"{num_elite} that look best are the elite. On average over {len(true) // population_size} such "
            f"populations, the elite look as if U were {looks[batch]:.2f}, but their exact U is "
            f"{is_really[batch]:.2f}: they look {abs(excess):.2f} {'worse' if excess < 0 else 'better'} than they are. "
            f"The truly best {num_elite} have U = {possible:.2f}."
        )

    live.presets({"one trajectory": {"num_trajectories": 1}, "a hundred": {"num_trajectories": 100}})
    return live


__dir__ = only_pictures(globals())
