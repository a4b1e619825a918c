"""What the pictures of lectures 2 and 3 share: the plane with contours of U, and searches, each run only once."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from pgcourse._types import Floats
from pgcourse.figures import layout, plots
from pgcourse.figures.controls import Control, steps
from pgcourse.figures.live import LiveFigure
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.optimisers import search
from pgcourse.optimisers.regulator_plane import BEST, START, utility

__all__ = ["BEST", "EXACT", "START", "draw", "evaluator", "figure", "noise_steps", "utility"]

XLIM, YLIM = (-1.9, 0.1), (-0.8, 0.8)
LEVELS = (-16, -8, -4, -2, -1, -0.5, -0.25)
EXACT = math.inf  # the number of trajectories that stands for the exact U
NUM_GENERATIONS = 10
SPREAD, FIRST_STEP = 0.25, 0.2
"""Standard deviation of the first candidates, and first step of the pattern search."""


def noise_steps(options: Sequence[int] = (1, 3, 10, 30), value: float = EXACT) -> Control:
    """Make the slider for m, the trajectories simulated for one evaluation of U; its last value is the exact U."""
    return steps("trajectories m", [(str(m), m) for m in options] + [("exact U", EXACT)], value)


def evaluator(num_trajectories: float, seed: int) -> Callable[[ArrayLike], float]:
    """Return the function that a search may call for theta (2,): the exact U, or the mean of m simulated returns."""
    entropy = seed if num_trajectories == EXACT else [seed, int(num_trajectories)]
    return plane.evaluator(num_trajectories, np.random.default_rng(entropy))


def figure(alt: str) -> tuple[LiveFigure, Axes, Axes]:
    """Make a live figure with the plane on the left; return it, the plane's axes and the empty axes on the right."""
    live = LiveFigure(alt=alt, ncols=2, height=4.4, width_ratios=[1.25, 1])
    draw(live.axes[0])
    left, right = live.axes
    return live, left, right


def draw(ax: Axes) -> None:
    """Draw the contours of the exact U and its maximum; none of it moves."""
    plots.landscape(ax, plane.utility, XLIM, YLIM, LEVELS, plane.OPTIMUM)
    ax.set(xlabel="gain θ₁", ylabel=layout.sized("standard deviation θ₂", "sd θ₂"))
    ax.set(xticks=[-1.5, -1, -0.5, 0], yticks=[-0.5, 0, 0.5])


@lru_cache(maxsize=256)
def genetic_history(
    population_size: int, num_elite: int, spread: float, mutation_std: float, num_trajectories: float, seed: int
) -> list[search.Generation]:
    """Return the generations of the genetic algorithm; its first population does not depend on the noise."""
    rng = np.random.default_rng(seed)
    population = plane.first_population(population_size, spread, rng)
    seen = evaluator(num_trajectories, seed)
    return search.genetic(seen, population, NUM_GENERATIONS, num_elite, mutation_std, rng)


@lru_cache(maxsize=256)
def cross_entropy_history(
    population_size: int, num_elite: int, first_std: float, num_trajectories: float, seed: int
) -> list[search.Generation]:
    """Return the generations of the cross-entropy method, from an isotropic normal distribution around START."""
    rng = np.random.default_rng(seed)
    seen = evaluator(num_trajectories, seed)
    covariance = search.isotropic(first_std, 2)
    return search.cross_entropy(seen, START, covariance, NUM_GENERATIONS, population_size, num_elite, rng)


def searches(num_trajectories: int, seed: int) -> tuple[tuple[str, Floats, int], ...]:
    """Return what the three searches of the lecture reach, as (name, theta, trajectories simulated) of each.

    Their settings are those with which their pictures begin; m is the number of trajectories of one evaluation.
    """
    genetic = genetic_history(20, 5, SPREAD, 0.05, num_trajectories, seed)
    fitted = cross_entropy_history(40, 10, SPREAD, num_trajectories, seed)
    path = search_path(FIRST_STEP, num_trajectories, seed)[0]
    num_neighbours = 2 * path.shape[1] + 1
    return (
        ("genetic", genetic[-1].mean, NUM_GENERATIONS * 20 * num_trajectories),
        ("pattern search", path[-1], (len(path) - 1) * num_neighbours * num_trajectories),
        ("cross-entropy", fitted[-1].mean, NUM_GENERATIONS * 40 * num_trajectories),
    )


@lru_cache(maxsize=64)
def search_path(first_step: float, num_trajectories: float, seed: int) -> tuple[Floats, Floats]:
    """Return centres (K + 1, 2) and step sizes (K + 1,) of a pattern search of K iterations."""
    return plane.search_path(evaluator(num_trajectories, seed), first_step)
