"""Search and ascent: they climb, they return their whole history, and they say what is wrong."""

from itertools import pairwise

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.optimisers import ascent, search

MDP, POLICY = pg.problems.regulator(), pg.LinearGaussianPolicy()
START = np.array([-0.2, 0.5])
BEST = pg.exact.utility(MDP, POLICY, (-1.0, 0.0))


def utility(theta):
    return pg.exact.utility(MDP, POLICY, theta)


def gradient(theta):
    return pg.exact.gradient(MDP, POLICY, theta)


def run_cross_entropy(rng):
    return search.cross_entropy(utility, START, 0.1 * np.eye(2), 15, 40, 10, rng)


def run_genetic(rng):
    return search.genetic(utility, START + 0.3 * rng.normal(size=(40, 2)), 25, 10, 0.05, rng)


def run_pattern_search(rng):
    return search.pattern_search(utility, START, 0.3, 25)


@pytest.mark.parametrize("run", [run_cross_entropy, run_genetic, run_pattern_search])
def test_searches_come_close_to_the_best(run):
    history = run(np.random.default_rng(1))
    # The best utility in the plane is known: gain -1 and no action noise.
    assert utility(history[-1].mean) > BEST + 0.1 * (utility(START) - BEST)
    for generation in history:
        np.testing.assert_allclose(generation.utilities, [utility(theta) for theta in generation.population])
        kept = generation.utilities[generation.elite]
        assert (np.diff(kept) <= 0).all()
        others = np.delete(generation.utilities, generation.elite)
        assert kept.min() >= others.max()


def test_cross_entropy_fits_its_elite():
    for generation in run_cross_entropy(np.random.default_rng(2)):
        elite = generation.population[generation.elite]
        np.testing.assert_allclose(generation.mean, elite.mean(axis=0))
        centred = elite - elite.mean(axis=0)
        np.testing.assert_allclose(generation.covariance, centred.T @ centred / len(elite) + 1e-6 * np.eye(2))


def test_genetic_keeps_its_elite():
    history = run_genetic(np.random.default_rng(3))
    best = [generation.utilities.max() for generation in history]
    assert (np.diff(best) >= 0).all()
    for before, after in pairwise(history):
        np.testing.assert_array_equal(after.population[: len(before.elite)], before.population[before.elite])


def test_pattern_search_moves_or_halves():
    history = run_pattern_search(None)
    centre, step = START, 0.3
    for generation in history:
        np.testing.assert_allclose(generation.population[0], centre)
        if generation.elite[0] == 0:
            step /= 2
        assert generation.covariance[0, 0] == pytest.approx(step**2)
        assert np.abs(generation.mean - centre).sum() == pytest.approx(0 if generation.elite[0] == 0 else step)
        centre = generation.mean


def test_searches_work_in_one_dimension():
    history = search.cross_entropy(lambda t: -(t[0] ** 2), [1.0], [[1.0]], 10, 30, 5, np.random.default_rng(0))
    assert abs(history[-1].mean[0]) < 0.1


def test_gradient_ascent_path():
    path = ascent.gradient_ascent(gradient, START, 0.05, 30)
    assert path.shape == (31, 2)
    np.testing.assert_allclose(path[1], START + 0.05 * gradient(START))
    assert (np.diff([utility(theta) for theta in path]) > 0).all()
    decaying = ascent.gradient_ascent(gradient, START, lambda k: 0.1 / (k + 1), 3)
    np.testing.assert_allclose(decaying[2], decaying[1] + 0.05 * gradient(decaying[1]))


def test_stochastic_gradient_ascent_uses_its_generator():
    def estimate(theta, rng):
        return gradient(theta) + rng.normal(size=2)

    path = ascent.stochastic_gradient_ascent(estimate, START, 0.01, 3, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    theta = START
    for k in range(3):
        theta = theta + 0.01 * (gradient(theta) + rng.normal(size=2))
        np.testing.assert_allclose(path[k + 1], theta)


@pytest.mark.parametrize(
    ("estimator", "baseline"),
    [("total_return", None), ("reward_to_go", None), ("reward_to_go", pg.Baseline.per_state(np.full(10, 0.3)))],
)
def test_policy_gradient_learns_the_corridor(estimator, baseline):
    mdp, policy = pg.problems.corridor(), pg.SoftmaxPolicy(10, 2)
    rng = np.random.default_rng(7)
    path = ascent.policy_gradient(mdp, policy, np.zeros(20), 0.5, 80, 20, rng, estimator, baseline)
    before, after = (pg.exact.utility(mdp, policy, theta) for theta in path[[0, -1]])
    # Going right from every state is the best policy; three quarters of the way there is far beyond luck.
    best = pg.exact.utility(mdp, policy, np.tile([-30, 30], 10))
    assert after > before + 0.75 * (best - before)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda r: search.cross_entropy(utility, START, np.eye(3), 1, 9, 3, r), r"covariance must have shape \(2, 2\)"),
        (lambda r: search.cross_entropy(utility, START, -np.eye(2), 1, 9, 3, r), "no negative eigenvalue"),
        (lambda r: search.cross_entropy(utility, START, np.eye(2), 1, 9, 10, r), "num_elite is 10, but"),
        (lambda r: search.cross_entropy(utility, START, np.eye(2), 1, 9, 3, 1), "rng must be a NumPy generator"),
        (lambda r: search.cross_entropy(lambda t: np.nan, START, np.eye(2), 1, 9, 3, r), "utility returned nan"),
        (lambda r: search.genetic(utility, START, 1, 3, 0.1, r), r"population must have shape \(N, n\)"),
        (lambda r: search.genetic(utility, np.zeros((9, 2)), 1, 3, -1, r), "mutation_std is -1"),
        (lambda r: search.pattern_search(utility, START, 0, 1), "step_size is 0, but must be above 0"),
        (lambda r: search.pattern_search(utility, 0.2, 1, 1), r"theta must have shape \(n,\)"),
        (lambda r: ascent.gradient_ascent(lambda t: [1.0], START, 0.1, 3), "gradient at iteration 0 must have shape"),
        (lambda r: ascent.gradient_ascent(lambda t: 1e200 * t, START, 1e200, 3), "use a smaller step_size"),
        (lambda r: ascent.gradient_ascent(gradient, START, 0.1, 0), "num_iterations is 0"),
        (
            lambda r: ascent.policy_gradient(
                MDP, POLICY, START, 0.1, 1, 1, r, "total_return", pg.Baseline.per_state([1.0])
            ),
            "baseline per state does not fit total_return",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0))
