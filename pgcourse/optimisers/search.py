"""Zeroth-order optimisers: they use U(theta) alone. Each returns its whole history, for pictures that step through it.

`utility` is any function theta (n,) -> float, exact or a Monte Carlo estimate; it is called once for each candidate.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _names
from pgcourse import _validate as validate
from pgcourse._types import Floats, Ints

Utility: TypeAlias = Callable[[Floats], float]
Fit: TypeAlias = Callable[[Floats, Floats, int], tuple[Floats, Floats]]
"""Function of population (N, n), utilities (N,) and size of the elite that returns mean (n,) and covariance (n, n)."""


class Generation(NamedTuple):
    """One step of a search: what was tried and what it leads to."""

    population: Floats
    """(N, n) candidates"""
    utilities: Floats
    """(N,) U of each candidate, as it was seen"""
    elite: Ints
    """(m,) indices of the candidates that were kept, best first"""
    mean: Floats
    """(n,) the search's best guess after the step"""
    covariance: Floats
    """(n, n) spread after the step"""


def isotropic(std: float, num_parameters: int) -> Floats:
    """Return the covariance (n, n) of a normal distribution with the same standard deviation in every direction."""
    return std**2 * np.eye(num_parameters)


def best(utilities: Floats, num_elite: int) -> Ints:
    """Return the indices (m,) of the highest utilities (N,), best first."""
    return np.argsort(-utilities)[:num_elite]


def neighbours(theta: Floats, step: float) -> Floats:
    """Return the 2n points (2n, n) one step away from theta (n,) along each axis, both ways."""
    axes = np.eye(len(theta))
    return theta + step * np.concatenate([axes, -axes])


def sampled_from(history: list[Generation], generation: int, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Return mean and covariance of the distribution from which a generation of `cross_entropy` was drawn.

    Parameters
    ----------
    history : list of Generation
    generation : int
        1, 2, ...
    mean, covariance : (n,), (n, n) array
        Those of the first distribution.

    Returns
    -------
    mean : (n,) array
    covariance : (n, n) array
    """
    before = [(mean, covariance), *((step.mean, step.covariance) for step in history)]
    return before[generation - 1]


def cross_entropy(
    utility: Utility,
    mean: ArrayLike,
    covariance: ArrayLike,
    num_iterations: int,
    population_size: int,
    num_elite: int,
    rng: np.random.Generator,
    fit: Fit | None = None,
) -> list[Generation]:
    """Maximise by fitting a normal distribution to its own elite samples, again and again.

    Parameters
    ----------
    utility : function theta (n,) -> float
    mean, covariance : (n,), (n, n) array
        Of the first search distribution.
    num_iterations : int
        At least 1.
    population_size : int
        Samples of each generation, at least 2.
    num_elite : int
        m, the number of candidates of highest utility that are fitted, at least 2.
    rng : numpy.random.Generator
    fit : Fit, optional
        `fit_elite` by default.

    Returns
    -------
    list of num_iterations Generation

    Raises
    ------
    ValueError
        When a size does not fit, and for a utility that is not finite.

    References
    ----------
    Rubinstein & Kroese 2004; Kochenderfer, Wheeler & Wray 2022, section 10.4.
    """
    centre = _vector("mean", mean)
    spread = _covariance(covariance, len(centre))
    num_elite = _elite_size(num_elite, population_size)
    history = []
    for _ in range(validate.whole_number("num_iterations", num_iterations, 1)):
        population = validate.generator("rng", rng).multivariate_normal(centre, spread, population_size)
        utilities = _evaluate(utility, population)
        elite = best(utilities, num_elite)
        mean, covariance = (fit or fit_elite)(population, utilities, num_elite)
        centre, spread = validate.real_array("mean", mean, centre.shape), _covariance(covariance, len(centre))
        history.append(Generation(population, utilities, elite, centre, spread))
    return history


def fit_elite(population: Floats, utilities: Floats, num_elite: int) -> tuple[Floats, Floats]:
    """Fit a normal distribution to the elite of a population (N, n): the mean (n,) and the covariance (n, n)."""
    elite = population[best(utilities, num_elite)]
    size = population.shape[1]
    # The maximum-likelihood fit; the small multiple of the identity keeps it a distribution when elites coincide.
    return elite.mean(axis=0), np.cov(elite.T, ddof=0).reshape(size, size) + 1e-6 * np.eye(size)


def standard_deviations(covariance: Floats) -> Floats:
    """Return the standard deviations (n,) of a distribution with the covariance (n, n)."""
    deviations: Floats = np.sqrt(np.diag(covariance))
    return deviations


def genetic(
    utility: Utility,
    population: ArrayLike,
    num_iterations: int,
    num_elite: int,
    mutation_std: float,
    rng: np.random.Generator,
) -> list[Generation]:
    """Maximise by keeping the best candidates and refilling with mutated crossings of two of them.

    Parameters
    ----------
    utility : function theta (n,) -> float
    population : (N, n) array
        The first candidates.
    num_iterations : int
        At least 1.
    num_elite : int
        m, the parents of each generation, at least 2; they survive unchanged.
    mutation_std : float
        Standard deviation of the normal noise added to each child.
    rng : numpy.random.Generator

    Returns
    -------
    list of num_iterations Generation

    Raises
    ------
    ValueError
        When a size does not fit, and for a utility that is not finite.

    References
    ----------
    Kochenderfer, Wheeler & Wray 2022, section 10.3.
    """
    population = validate.real_array("population", population)
    if population.ndim != 2:
        raise ValueError(f"population must have shape (N, n), but has shape {population.shape}.")
    size, num_parameters = population.shape
    num_elite = _elite_size(num_elite, size)
    mutation_std = validate.in_interval("mutation_std", mutation_std, 0, np.inf)
    validate.generator("rng", rng)
    history = []
    for _ in range(validate.whole_number("num_iterations", num_iterations, 1)):
        utilities = _evaluate(utility, population)
        elite = best(utilities, num_elite)
        parents = population[elite]
        spread = np.cov(parents.T, ddof=0).reshape(num_parameters, num_parameters)
        history.append(Generation(population, utilities, elite, parents[0], spread))
        mothers, fathers = parents[rng.integers(num_elite, size=(2, size - num_elite))]
        from_mother = rng.random(mothers.shape) < 0.5
        children = np.where(from_mother, mothers, fathers) + mutation_std * rng.standard_normal(mothers.shape)
        population = np.concatenate([parents, children])
    return history


def pattern_search(utility: Utility, theta: ArrayLike, step_size: float, num_iterations: int) -> list[Generation]:
    """Maximise by trying a step along each axis, both ways: take the best one that improves, else halve the step.

    Parameters
    ----------
    utility : function theta (n,) -> float
    theta : (n,) array
        The start.
    step_size : float
        The first step, above 0.
    num_iterations : int
        At least 1.

    Returns
    -------
    list of num_iterations Generation
        population[0] is the centre, the rest its 2n neighbours.

    Raises
    ------
    ValueError
        For a step size of 0 or below, and for a utility that is not finite.

    References
    ----------
    Kolda, Lewis & Torczon 2003 (compass search); Kochenderfer, Wheeler & Wray 2022, section 10.2. The method of
    Hooke & Jeeves 1961 keeps each improvement at once and then tries the whole step again.
    """
    centre = _vector("theta", theta)
    step_size = validate.real_number("step_size", step_size)
    if step_size <= 0:
        raise ValueError(f"step_size is {validate.plain(step_size)}, but must be above 0.")
    history = []
    for _ in range(validate.whole_number("num_iterations", num_iterations, 1)):
        population = np.concatenate([centre[None], neighbours(centre, step_size)])
        utilities = _evaluate(utility, population)
        winner = int(np.argmax(utilities))  # the centre wins a tie, because it comes first
        if winner == 0:
            step_size /= 2
        centre = population[winner]
        spread = isotropic(step_size, len(centre))
        history.append(Generation(population, utilities, np.array([winner]), centre, spread))
    return history


def _evaluate(utility: Utility, population: Floats) -> Floats:
    utilities = np.array([utility(theta) for theta in population], dtype=float)
    if not np.isfinite(utilities).all():
        worst = int(np.flatnonzero(~np.isfinite(utilities))[0])
        raise ValueError(f"utility returned {utilities[worst]} at theta = {population[worst]}: it must be finite.")
    return utilities


def _vector(name: str, value: ArrayLike) -> Floats:
    vector = validate.real_array(name, value)
    if vector.ndim != 1 or not len(vector):
        raise ValueError(f"{name} must have shape (n,), but has shape {vector.shape}.")
    return vector


def _covariance(value: ArrayLike, size: int) -> Floats:
    covariance = validate.real_array("covariance", value, (size, size))
    if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance)[0] < -1e-12:
        raise ValueError("covariance must be symmetric with no negative eigenvalue: try a multiple of np.eye(n).")
    return covariance


def _elite_size(num_elite: int, population_size: int) -> int:
    validate.whole_number("population_size", population_size, 2)
    if validate.whole_number("num_elite", num_elite, 2) > population_size:
        raise ValueError(f"num_elite is {num_elite}, but the population has only {population_size} candidates.")
    return int(num_elite)


__dir__ = _names.own(globals())
