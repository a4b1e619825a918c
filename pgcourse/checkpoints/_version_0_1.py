"""A checkpoint of version 0.1, whose lectures are handed out: it still answers, and nothing offers it any more."""

import numpy as np

from pgcourse.checkpoints import checkpoint

POPULATION = np.array([[0.0, 1.0], [2.0, -1.0], [4.0, 5.0], [-3.0, 2.0], [1.0, 7.0]])
UTILITIES = np.array([-2.0, -0.5, -3.0, -1.0, -4.0])


def _elite(population, utilities, num_elite):
    return population[np.argsort(-utilities)[:num_elite]]


@checkpoint(reread="section 4", inputs=[(POPULATION, UTILITIES, 2), (POPULATION, UTILITIES, 3)])
def elite_mean(population, utilities, num_elite):
    return _elite(population, utilities, num_elite).mean(axis=0)


@elite_mean.mistake("These are the worst candidates: U is maximised.")
def worst_candidates(population, utilities, num_elite):
    return _elite(population, -utilities, num_elite).mean(axis=0)


@elite_mean.mistake("This is the mean of the whole population.")
def whole_population(population, utilities, num_elite):
    return population.mean(axis=0)


@elite_mean.mistake("This takes the first candidates without sorting them.")
def not_sorted(population, utilities, num_elite):
    return population[:num_elite].mean(axis=0)


@elite_mean.mistake("This is the best candidate alone.")
def best_candidate(population, utilities, num_elite):
    return population[np.argmax(utilities)]


@elite_mean.mistake("This is the sum of the elite: divide by their number.")
def sum_of_elite(population, utilities, num_elite):
    return _elite(population, utilities, num_elite).sum(axis=0)


@elite_mean.mistake("This divides by the size of the population and not by that of the elite.")
def divided_by_population(population, utilities, num_elite):
    return _elite(population, utilities, num_elite).sum(axis=0) / len(population)
