"""Checkpoints of lecture 2: what cross-entropy fits, and how often a pattern search halves its step on noise."""

import numpy as np

from pgcourse.checkpoints import Checkpoint, checkpoint, only_questions

POPULATION = np.array([[0.0, 1.0], [2.0, -1.0], [4.0, 5.0], [-3.0, 2.0], [1.0, 7.0]])
UTILITIES = np.array([0.0, 1.5, -1.0, 1.0, -2.0])


def _elite(population, utilities, num_elite):
    return population[np.argsort(-utilities)[:num_elite]]


@checkpoint(reread="section 4", inputs=[(POPULATION, UTILITIES, 3), (POPULATION[::-1], UTILITIES, 4)])
def fit(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.cov(elite.T, ddof=0)


@fit.mistake("This fits the worst candidates: U is maximised.")
def fit_of_the_worst(population, utilities, num_elite):
    elite = _elite(population, -utilities, num_elite)
    return elite.mean(axis=0), np.cov(elite.T, ddof=0)


@fit.mistake("This fits the whole population: pick the elite first.")
def fit_of_all(population, utilities, num_elite):
    return population.mean(axis=0), np.cov(population.T, ddof=0)


@fit.mistake("This fits the first candidates without sorting them.")
def fit_of_the_first(population, utilities, num_elite):
    return population[:num_elite].mean(axis=0), np.cov(population[:num_elite].T, ddof=0)


@fit.mistake("This divides by the size of the elite less 1: the maximum-likelihood fit divides by its size, ddof=0.")
def fit_with_one_less(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.cov(elite.T)


@fit.mistake("The mean is that of the elite, but the covariance is that of the whole population.")
def fit_with_the_old_covariance(population, utilities, num_elite):
    return _elite(population, utilities, num_elite).mean(axis=0), np.cov(population.T, ddof=0)


@fit.mistake("The mean is not that of the elite but the best candidate.")
def fit_around_the_best(population, utilities, num_elite):
    return population[np.argmax(utilities)], np.cov(_elite(population, utilities, num_elite).T, ddof=0)


@fit.mistake(
    "Off the diagonal the covariance is not 0: a diagonal of variances leaves out how the components vary together."
)
def fit_of_the_variances(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.diag(elite.var(axis=0))


@checkpoint(reread="section 4", inputs=[(POPULATION, UTILITIES, 3), (POPULATION[::-1], UTILITIES, 4)])
def independent_fit(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.diag(elite.var(axis=0))


@independent_fit.mistake("A covariance has variances on its diagonal, and these are standard deviations: square them.")
def standard_deviations(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.diag(elite.std(axis=0))


@independent_fit.mistake("This is one variance of all numbers: take one for each component.")
def one_variance(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.diag(np.full(elite.shape[1], elite.var()))


@independent_fit.mistake("This has the covariances off the diagonal, too: here the components are independent.")
def with_covariances(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.cov(elite.T, ddof=0)


@independent_fit.mistake(
    "This divides by the size of the elite less 1: the maximum-likelihood fit divides by its size."
)
def variances_with_one_less(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.diag(elite.var(axis=0, ddof=1))


@independent_fit.mistake("These are the worst candidates: U is maximised.")
def variances_of_the_worst(population, utilities, num_elite):
    elite = _elite(population, -utilities, num_elite)
    return elite.mean(axis=0), np.diag(elite.var(axis=0))


@independent_fit.mistake("The variances are squared once too often: var is a square already.")
def variances_squared(population, utilities, num_elite):
    elite = _elite(population, utilities, num_elite)
    return elite.mean(axis=0), np.diag(elite.var(axis=0) ** 2)


@checkpoint(reread="section 5", inputs=[(2,), (20,)])
def shrink_probability(num_parameters):
    return 1 / (2 * num_parameters + 1)


@shrink_probability.mistake("The centre is a candidate too.")
def no_centre(num_parameters):
    return 1 / (2 * num_parameters)


@shrink_probability.mistake("Each axis is tried both ways.")
def one_way(num_parameters):
    return 1 / (num_parameters + 1)


@shrink_probability.mistake("This is how often it moves.")
def how_often_it_moves(num_parameters):
    return 2 * num_parameters / (2 * num_parameters + 1)


@shrink_probability.mistake("The centre must look better than all of its neighbours, not than one of them.")
def one_neighbour(num_parameters):
    return 0.5


@shrink_probability.mistake("The candidates share the centre, so its wins over them are not independent.")
def independent(num_parameters):
    return 0.5 ** (2 * num_parameters)


def __getattr__(name: str) -> Checkpoint:
    if name != "elite_mean":  # which the lecture of version 0.1 asked
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pgcourse.checkpoints._version_0_1 import elite_mean

    return elite_mean


__dir__ = only_questions(globals())
