"""Checkpoints of lecture 2: the mean of the elite, and how often a pattern search halves its step on noise."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions

POPULATION = np.array([[0.0, 1.0], [2.0, -1.0], [4.0, 5.0], [-3.0, 2.0], [1.0, 7.0]])
UTILITIES = np.array([-2.0, -0.5, -3.0, -1.0, -4.0])


@checkpoint(reread="section 4", inputs=[(POPULATION, UTILITIES, 2), (POPULATION, UTILITIES, 3)])
def elite_mean(population, utilities, num_elite):
    return population[np.argsort(-utilities)[:num_elite]].mean(axis=0)


@elite_mean.mistake("These are the worst candidates: U is maximised.")
def worst_candidates(population, utilities, num_elite):
    return population[np.argsort(utilities)[:num_elite]].mean(axis=0)


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
    return population[np.argsort(-utilities)[:num_elite]].sum(axis=0)


@elite_mean.mistake("This divides by the size of the population and not by that of the elite.")
def divided_by_population(population, utilities, num_elite):
    return population[np.argsort(-utilities)[:num_elite]].sum(axis=0) / len(population)


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


__dir__ = only_questions(globals())
