"""One decision, sampled several times: exact laws of what a group of G samples gives, and of theta after k steps.

Any function of a group that does not care for the order of its samples is a function of how often each outcome occurs,
so its law is a sum over counts: G + 1 of them for a reward that is 0 or 1.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from pgcourse import _validate as validate
from pgcourse._types import Floats, Ints
from pgcourse.exact import _laws


def binomial(num_samples: int, probability: float) -> Floats:
    """Return the probability of 0, 1, ... G successes in G samples, shape (G + 1,).

    Parameters
    ----------
    num_samples : int
        G, at least 1.
    probability : float
        Of a success, in [0, 1].

    Notes
    -----
    From the likeliest count outwards by the ratios of neighbours, so that nothing overflows, whatever G.
    """
    size = validate.whole_number("num_samples", num_samples, 1)
    p = validate.in_interval("probability", probability, 0, 1)
    mode, counts = min(int((size + 1) * p), size), np.arange(size + 1)
    above, below = counts[mode + 1 :], counts[mode:0:-1]
    weights = np.ones(size + 1)
    if len(above):
        weights[mode + 1 :] = np.cumprod((size - above + 1) / above * (p / (1 - p)))
    if len(below):
        weights[:mode] = np.cumprod(below / (size - below + 1) * ((1 - p) / p))[::-1]
    return weights / weights.sum()


def counts_law(num_samples: int, probabilities: ArrayLike) -> tuple[Ints, Floats]:
    """Return all ways in which G samples can be spread over K outcomes, and their probabilities.

    Parameters
    ----------
    num_samples : int
        G, at least 1.
    probabilities : (K,) array
        Of the outcomes of one sample.

    Returns
    -------
    counts : (N, K) array of int
        How often each outcome occurs; N is G + 1 for two outcomes.
    chances : (N,) array

    Raises
    ------
    ValueError
        When there are more than 200 000 ways: take fewer samples or outcomes.
    """
    size = validate.whole_number("num_samples", num_samples, 1)
    law = validate.distribution("probabilities", probabilities, np.shape(probabilities))
    if law.ndim != 1:
        raise ValueError(f"probabilities must have one entry for each outcome, but has shape {law.shape}.")
    counts, chances, left = np.zeros((1, 0), dtype=int), np.ones(1), np.array([size])
    rest = np.append(np.cumsum(law[::-1])[::-1][1:], 0)  # the probability of all outcomes behind this one
    for p, behind in zip(law[:-1], rest, strict=False):
        if (left + 1).sum() > _laws.LIMIT:
            raise ValueError(f"num_samples is {size}: {size} samples of {len(law)} outcomes are too many to list.")
        parent = np.repeat(np.arange(len(left)), left + 1)
        number = np.arange(len(parent)) - np.repeat(np.cumsum(left + 1) - (left + 1), left + 1)
        share = p / (p + behind) if p + behind else 0.0
        weight = np.concatenate([binomial(n, share) if n else np.ones(1) for n in left.tolist()])
        counts, left = np.column_stack([counts[parent], number]), left[parent] - number
        chances = chances[parent] * weight
    return np.column_stack([counts, left]), chances


def group_moments(
    num_samples: int, probabilities: ArrayLike, update: Callable[[Ints], ArrayLike]
) -> tuple[Floats, Floats]:
    """Return the exact mean and variance of a function of a group of samples.

    Parameters
    ----------
    num_samples, probabilities
        As for `counts_law`.
    update : function
        Of the counts (N, K) of each outcome: what such groups give, (N, ...).

    Returns
    -------
    mean, variance : (...) array
    """
    counts, chances = counts_law(num_samples, probabilities)
    values = np.asarray(update(counts), dtype=float)
    mean = np.tensordot(chances, values, 1)
    return mean, np.tensordot(chances, (values - mean) ** 2, 1)


def law_of_theta(
    theta: float, num_steps: int, step_size: float, sample: Callable[[Floats], tuple[ArrayLike, ArrayLike]]
) -> tuple[Floats, Floats]:
    """Return the exact law of one parameter after k steps of stochastic gradient ascent, each with a single sample.

    Parameters
    ----------
    theta : float
        Where it starts.
    num_steps : int
        k, at least 1.
    step_size : float
        alpha.
    sample : function
        Of parameters (N,): the probabilities (K, N) of the K outcomes of one sample, and the gradient samples (K, N)
        that they give, as `one_decision.samples` has them.

    Returns
    -------
    thetas : (M,) array
        In rising order; merged where different orders of the same steps lead to the same parameter.
    chances : (M,) array

    Raises
    ------
    ValueError
        When there are more than 200 000 parameters: take fewer steps.
    """
    *_, last = laws_of_theta(theta, num_steps, step_size, sample)
    return last


def laws_of_theta(
    theta: float, num_steps: int, step_size: float, sample: Callable[[Floats], tuple[ArrayLike, ArrayLike]]
) -> Iterator[tuple[Floats, Floats]]:
    """Yield the law of the parameter after each of the steps; arguments and errors as for `law_of_theta`."""
    alpha = validate.real_number("step_size", step_size)
    thetas, chances = np.array([validate.real_number("theta", theta)]), np.ones(1)
    sizes = np.abs(thetas)
    for k in range(validate.whole_number("num_steps", num_steps, 1)):
        probabilities, gradients = (np.asarray(each, dtype=float) for each in sample(thetas))
        weights, steps = probabilities * chances, alpha * gradients
        possible = weights > 0
        moved, reach = (thetas + steps)[possible], (sizes + np.abs(steps))[possible]
        thetas, sizes, chances, _ = _laws.merged(moved, reach, weights[possible], k + 2)
        if len(thetas) > _laws.LIMIT:
            raise ValueError(f"num_steps is {num_steps}, but after {k + 1} there are too many parameters to list.")
        yield thetas, chances
