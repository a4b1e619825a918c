"""What 02 and 03 draw of a step that the reader has written: the path that it takes in the plane of the regulator."""

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from pgcourse._types import Floats
from pgcourse.demos import _regulator_plane as shared
from pgcourse.figures import layout, plots, style, written
from pgcourse.figures.controls import integer, log_slider, luck, steps
from pgcourse.figures.live import LiveFigure
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.optimisers import search

POPULATION = 40
PATH = style.ESTIMATE | {"marker": ".", "markersize": 9}
TRUE_PATH = style.EXACT | {"marker": ".", "markersize": 9, "linewidth": 1.6}


def distribution(function: Any, population: Floats, utilities: Floats, num_elite: int) -> tuple[Floats, Floats]:
    """Return the mean and the covariance that a reader's function fits; written.Unusable where they are none."""
    given, name = written.output(function, population, utilities, num_elite), written.named(function)
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise written.Unusable(f"{name} returns a {type(given).__name__} and not a mean and a covariance.")
    return written.numbers(function, given[0], (2,)), written.numbers(function, given[1], (2, 2))


def _search(fit: search.Fit | None, num_elite: int, seed: int) -> tuple[Floats, list[search.Generation]]:
    """Return the means (11, 2) of a cross-entropy search, the start first, and its generations."""
    rng, first = np.random.default_rng(seed), search.isotropic(shared.SPREAD, 2)
    history = search.cross_entropy(
        plane.utility, plane.START, first, shared.NUM_GENERATIONS, POPULATION, num_elite, rng, fit
    )
    return np.array([plane.START, *(step.mean for step in history)]), history


def cross_entropy(function: Any) -> LiveFigure:
    """Draw a cross-entropy search that uses a reader's fit, beside that of the package."""
    live, left, right = shared.figure(
        "Path and ellipse of cross-entropy with the fit written above over the contours of U, and the exact U of its "
        "mean"
    )
    number = np.arange(shared.NUM_GENERATIONS + 1)
    right.set(xlim=(0, number[-1]), xlabel="generation", ylim=(-5, 0), ylabel="exact U of the mean")
    right.axhline(plane.BEST, label="maximum", **style.OPTIMUM)
    true_path, own_path = (live.moving(left.plot([], [], **look))[0] for look in (TRUE_PATH, PATH))
    curve = live.moving(right.plot(number, 0 * number, label="right fit", **style.EXACT))[0]
    own = live.moving(right.plot([], [], label="this fit", **PATH))[0]
    ellipse = live.moving(plots.ellipse(left, "sampled next, by this fit", color=style.VERMILLION, linestyle="-"))
    layout.legends_above(live.axes, (1, 3), ([ellipse], None))

    @live.controls(
        generation=integer("generation", 5, 1, shared.NUM_GENERATIONS),
        num_elite=steps("elite", [5, 10, 20], 10),
        seed=luck(),
    )
    def update(generation: int, num_elite: int, seed: int) -> str:
        means, _ = _search(None, num_elite, seed)
        true_path.set_data(*means[: generation + 1].T)
        curve.set_ydata(plane.utility(means))
        there = f"{plane.utility(means[generation]):.2f}; the maximum is {plane.BEST:.2f}"
        found, reason = written.attempt(partial(_search, partial(distribution, function), num_elite, seed))
        if found is None:
            for line in (own, own_path, ellipse):
                line.set_data([], [])
            return f"{reason} With the right fit U at the mean of generation {generation} is {there}."
        means, history = found
        own_path.set_data(*means[: generation + 1].T)
        own.set_data(number, plane.utility(means))
        covariance = history[generation - 1].covariance
        plots.move_ellipse(ellipse, means[generation], covariance)
        spread = " and ".join(f"{deviation:.2g}" for deviation in search.standard_deviations(covariance))
        return (
            f"In generation {generation} U at the mean is {plane.utility(means[generation]):.2f}, and with the right "
            f"fit {there}. The standard deviations of this fit are {spread}."
        )

    live.presets({f"generation {k}": {"generation": k} for k in (1, 5, 10)})
    return live


def ascent(function: Any, live: LiveFigure, left: Axes, gaps: Axes) -> LiveFigure:
    """Draw gradient ascent along a reader's finite differences, beside the exact gradient's path, into a figure."""
    number = np.arange(plane.NUM_ITERATIONS + 1)
    true_path, own_path = (
        live.moving(left.plot([], [], label=label, **look))[0]
        for label, look in (("exact gradient", TRUE_PATH), ("these differences", PATH))
    )
    curve = live.moving(gaps.plot(number, number, **style.EXACT))[0]
    own = live.moving(gaps.plot([], [], **style.ESTIMATE))[0]
    layout.legends_above([left], [2], [[true_path, own_path]])

    @live.controls(
        delta=log_slider("δ", 0.01, 0.001, 0.3),
        step_size=log_slider("step size α", 0.02, 0.001, 0.2),
    )
    def update(delta: float, step_size: float) -> str:
        run = plane.climb(plane.gradient, plane.START[None], step_size)[:, 0]
        true_path.set_data(*run.T)
        curve.set_ydata(plane.gap(run))
        slope = plane.gradient(plane.START)
        there = f"({slope[0]:.2f}, {slope[1]:.2f}), and its path {_ends(run)}"

        def differences(theta: Floats) -> Floats:
            return written.call(function, plane.utility, theta[0], delta, shape=(2,))[None]

        def compute() -> tuple[Floats, Floats]:
            return differences(plane.START[None])[0], plane.climb(differences, plane.START[None], step_size)[:, 0]

        found, reason = written.attempt(compute)
        if found is None:
            for line in (own, own_path):
                line.set_data([], [])
            return f"{reason} At the start the exact gradient is {there}."
        own_path.set_data(*found[1].T)
        own.set_data(number, plane.gap(found[1]))
        return (
            f"With δ = {delta:g} and α = {step_size:g}: at the start these differences are ({found[0][0]:.2f}, "
            f"{found[0][1]:.2f}), and their path {_ends(found[1])}. The exact gradient is {there}."
        )

    live.presets({f"α = {alpha}": {"step_size": alpha} for alpha in (0.02, 0.05, 0.08)})
    return live


def _ends(run: Floats) -> str:
    """Say where a path (41, 2) ends."""
    if not plane.is_inside(run[-1]):
        return "leaves the picture"
    return f"ends {plane.gap(run[-1]):.2g} below the maximum"
