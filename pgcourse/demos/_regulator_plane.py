"""Where lectures 2 and 3 search and climb: the plane of the simple regulator's two parameters, with contours of U.

Here theta_1 is the gain and theta_2 the action deviation; U is largest at gain -1 without action noise, and the same
for theta_2 and -theta_2.
"""

from functools import lru_cache

import numpy as np

from pgcourse import problems
from pgcourse.exact.linear_gaussian import gradient_surface, utility_surface
from pgcourse.figures import plots, style
from pgcourse.figures.controls import steps
from pgcourse.figures.live import LiveFigure
from pgcourse.gradients.linear_gaussian import sample_returns
from pgcourse.gradients.policies import LinearGaussianPolicy
from pgcourse.optimisers import search

MDP, POLICY = problems.regulator(), LinearGaussianPolicy()
OPTIMUM = np.array([-1.0, 0.0])
BEST = float(utility_surface(MDP, *OPTIMUM))
START = np.array([-0.3, 0.5])
LEVELS = (-16, -8, -4, -2, -1, -0.5, -0.25)
EXACT = "exact U"
NUM_GENERATIONS, NUM_ITERATIONS = 10, 40
SCHEDULES = {"constant": lambda k: 1.0, "decaying": lambda k: 1 / (1 + k / 10)}


def utility(theta):
    """Return the exact U at theta (..., 2), shape (...)."""
    gain, deviation = np.moveaxis(np.asarray(theta, dtype=float), -1, 0)
    return utility_surface(MDP, gain, deviation)


def gradient(theta):
    """Return the exact gradient of U at theta (..., 2), shape (..., 2)."""
    gain, deviation = np.moveaxis(np.asarray(theta, dtype=float), -1, 0)
    return gradient_surface(MDP, gain, deviation)


def noise_steps(options=(1, 3, 10, 30), value=EXACT):
    """Make the slider for the number m of trajectories that one evaluation of U may use; its last value is exact."""
    return steps("trajectories m", [(str(m), m) for m in options] + [(EXACT, EXACT)], value)


def evaluator(num_trajectories, seed):
    """Return the function that a search may call for theta (2,): the exact U, or the mean of m simulated returns."""
    if num_trajectories == EXACT:
        return lambda theta: float(utility_surface(MDP, *theta.tolist()))
    rng = np.random.default_rng([seed, num_trajectories])
    return lambda theta: sample_returns(MDP, theta, num_trajectories, rng).mean()


def figure(alt):
    """Make a live figure with the plane to the left; returns it, the plane's axes and the empty axes to the right."""
    live = LiveFigure(alt=alt, ncols=2, height=4.4, width_ratios=[1.25, 1])
    draw(live.axes[0])
    return live, *live.axes


def draw(ax, xlim=(-1.9, 0.1), ylim=(-0.8, 0.8)):
    """Draw the contours of the exact U and its maximum; all of it stands still."""
    gain, deviation = np.linspace(*xlim, 160), np.linspace(*ylim, 120)
    plots.contours(ax, gain, deviation, utility_surface(MDP, gain, deviation[:, None]), LEVELS)
    look = {"marker": "+", "markersize": 17, "markeredgewidth": 3.5, "color": style.GREEN, "linestyle": "none"}
    ax.plot(*OPTIMUM, label="maximum", **look)
    ax.set(xlim=xlim, ylim=ylim, xlabel="gain θ₁", ylabel="action deviation θ₂")
    ax.set(xticks=[-1.5, -1, -0.5, 0], yticks=[-0.5, 0, 0.5])


@lru_cache(maxsize=256)
def genetic_history(population_size, num_elite, spread, mutation_std, num_trajectories, seed):
    """Return the generations of the genetic algorithm; its first population is the same for every noise."""
    rng = np.random.default_rng(seed)
    population = START + spread * rng.standard_normal((population_size, 2))
    utility = evaluator(num_trajectories, seed)
    return search.genetic(utility, population, NUM_GENERATIONS, num_elite, mutation_std, rng)


@lru_cache(maxsize=256)
def cross_entropy_history(population_size, num_elite, first_std, num_trajectories, seed):
    """Return the generations of the cross-entropy method, from a round distribution at the start."""
    rng = np.random.default_rng(seed)
    utility = evaluator(num_trajectories, seed)
    covariance = first_std**2 * np.eye(2)
    return search.cross_entropy(utility, START, covariance, NUM_GENERATIONS, population_size, num_elite, rng)


@lru_cache(maxsize=64)
def search_path(first_step, num_trajectories, seed):
    """Return centres (K + 1, 2) and step sizes (K + 1,) of a pattern search of K iterations."""
    utility = evaluator(num_trajectories, seed)
    history = search.pattern_search(utility, START, first_step, NUM_ITERATIONS)
    centres = np.array([START, *(step.mean for step in history)])
    sizes = np.array([first_step, *(np.sqrt(step.covariance[0, 0]) for step in history)])
    return centres, sizes


def climb(slope, start, step_sizes, schedule="constant"):
    """Climb from many starts side by side; a run that has left the surroundings of the plane stands still.

    slope       function theta (R, 2) -> (R, 2)
    start       (R, 2)
    step_sizes  (R,) alpha of each run; the schedule makes it smaller from iteration to iteration
    returns     (NUM_ITERATIONS + 1, R, 2)
    """
    path = [np.asarray(start, dtype=float)]
    for k in range(NUM_ITERATIONS):
        inside = is_inside(path[-1])[:, None]
        step = SCHEDULES[schedule](k) * np.reshape(step_sizes, (-1, 1)) * slope(np.where(inside, path[-1], START))
        path.append(path[-1] + np.where(inside, step, 0))
    return np.array(path)


def is_inside(theta):
    """Say which theta (..., 2) lie in the plane or near it."""
    return (np.abs(theta - OPTIMUM) < 1.5).all(axis=-1)


def gap(theta):
    """Return how far the exact U is below its maximum at theta (..., 2)."""
    return BEST - utility(theta)
