"""Zeroth-order optimisers: they use U(theta) alone. Each returns its whole history, for pictures that step through it.

`utility` is any function theta (n,) -> float, exact or a Monte Carlo estimate; it is called once for each candidate.
"""

from typing import NamedTuple

import numpy as np

from pgcourse import _validate as validate


class Generation(NamedTuple):
    """One step of a search: what was tried and what it leads to."""

    population: np.ndarray
    """(N, n) candidates"""
    utilities: np.ndarray
    """(N,) U of each candidate, as it was seen"""
    elite: np.ndarray
    """(m,) indices of the candidates that were kept, best first"""
    mean: np.ndarray
    """(n,) the search's best guess after the step"""
    covariance: np.ndarray
    """(n, n) spread after the step"""


def isotropic(std, num_parameters):
    """Return the covariance (n, n) of a normal distribution with the same standard deviation in every direction."""
    return std**2 * np.eye(num_parameters)


def best(utilities, num_elite):
    """Return the indices (m,) of the highest utilities (N,), best first."""
    return np.argsort(-utilities)[:num_elite]


def neighbours(theta, step):
    """Return the 2n points (2n, n) one step away from theta (n,) along each axis, both ways."""
    axes = np.eye(len(theta))
    return theta + step * np.concatenate([axes, -axes])


def sampled_from(history, generation, mean, covariance):
    """Return mean (n,) and covariance (n, n) of the distribution from which generation 1, 2, ... was drawn.

    mean, covariance  those of the first distribution
    """
    before = [(mean, covariance), *((step.mean, step.covariance) for step in history)]
    return before[generation - 1]


def cross_entropy(utility, mean, covariance, num_iterations, population_size, num_elite, rng):
    """Maximise by fitting a normal distribution to its own elite samples, again and again.

    mean, covariance  (n,), (n, n) of the first search distribution
    num_elite         m, the number of candidates of highest utility that are fitted, at least 2
    rng               numpy.random.Generator
    returns           list of num_iterations Generation

    Raises ValueError when a size does not fit. Rubinstein & Kroese 2004; Kochenderfer, Wheeler & Wray 2022, 10.4.
    """
    mean = _vector("mean", mean)
    covariance = _covariance(covariance, len(mean))
    num_elite = _elite_size(num_elite, population_size)
    history = []
    for _ in range(validate.whole_number("num_iterations", num_iterations, 1)):
        population = validate.generator("rng", rng).multivariate_normal(mean, covariance, population_size)
        utilities = _evaluate(utility, population)
        elite = best(utilities, num_elite)
        mean = population[elite].mean(axis=0)
        # The maximum-likelihood fit; the small multiple of the identity keeps it a distribution when elites coincide.
        covariance = np.cov(population[elite].T, ddof=0).reshape(covariance.shape) + 1e-6 * np.eye(len(mean))
        history.append(Generation(population, utilities, elite, mean, covariance))
    return history


def genetic(utility, population, num_iterations, num_elite, mutation_std, rng):
    """Maximise by keeping the best candidates and refilling with mutated crossings of two of them.

    population    (N, n) first candidates
    num_elite     m, the parents of each generation, at least 2; they survive unchanged
    mutation_std  standard deviation of the normal noise added to each child
    rng           numpy.random.Generator
    returns       list of num_iterations Generation

    Raises ValueError when a size does not fit. Kochenderfer, Wheeler & Wray 2022, section 10.3.
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


def pattern_search(utility, theta, step_size, num_iterations):
    """Maximise by trying a step along each axis, both ways: take the best one that improves, else halve the step.

    theta      (n,) start
    step_size  first step, above 0
    returns    list of num_iterations Generation; population[0] is the centre, the rest its 2n neighbours

    Raises ValueError for a step size of 0 or below. Hooke & Jeeves 1961; Kochenderfer, Wheeler & Wray 2022, 10.2.
    """
    theta = _vector("theta", theta)
    step_size = validate.real_number("step_size", step_size)
    if step_size <= 0:
        raise ValueError(f"step_size is {step_size:g}, but must be above 0.")
    history = []
    for _ in range(validate.whole_number("num_iterations", num_iterations, 1)):
        population = np.concatenate([theta[None], neighbours(theta, step_size)])
        utilities = _evaluate(utility, population)
        winner = int(np.argmax(utilities))  # the centre wins a tie, because it comes first
        if winner == 0:
            step_size /= 2
        theta = population[winner]
        spread = step_size**2 * np.eye(len(theta))
        history.append(Generation(population, utilities, np.array([winner]), theta, spread))
    return history


def _evaluate(utility, population):
    utilities = np.array([utility(theta) for theta in population], dtype=float)
    if not np.isfinite(utilities).all():
        worst = int(np.flatnonzero(~np.isfinite(utilities))[0])
        raise ValueError(f"utility returned {utilities[worst]} at theta = {population[worst]}: it must be finite.")
    return utilities


def _vector(name, value):
    vector = validate.real_array(name, value)
    if vector.ndim != 1 or not len(vector):
        raise ValueError(f"{name} must have shape (n,), but has shape {vector.shape}.")
    return vector


def _covariance(value, size):
    covariance = validate.real_array("covariance", value, (size, size))
    if not np.allclose(covariance, covariance.T) or np.linalg.eigvalsh(covariance)[0] < -1e-12:
        raise ValueError("covariance must be symmetric with no negative eigenvalue: try a multiple of np.eye(n).")
    return covariance


def _elite_size(num_elite, population_size):
    validate.whole_number("population_size", population_size, 2)
    if validate.whole_number("num_elite", num_elite, 2) > population_size:
        raise ValueError(f"num_elite is {num_elite}, but the population has only {population_size} candidates.")
    return int(num_elite)
