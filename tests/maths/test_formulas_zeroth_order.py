"""The formulas and numbers of lecture 2, checked with the package's own functions."""

import itertools
import math

import numpy as np
import pytest
from matplotlib.figure import Figure

import pgcourse as pg
from pgcourse.demos import _regulator_plane as shared
from pgcourse.demos import zeroth_order
from pgcourse.gradients.linear_gaussian import sample_returns
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.optimisers import traps

MDP, POLICY = plane.MDP, plane.POLICY
RNG = np.random.default_rng(0)
Z = 6.5  # false-alarm rate 8e-11 a comparison


def assert_mean(samples, exact):
    assert abs(samples.mean() - exact) < Z * samples.std() / math.sqrt(len(samples))


@pytest.mark.parametrize("theta", [(-0.3, 0.5), (-1.4, -0.2), (-1.0, 0.0)])
def test_utility_by_the_recursion_of_the_second_moment(theta):
    square, total = 0.3**2 + 0.1**2, 0.0
    for _ in range(10):
        total -= square
        square = (1 + theta[0]) ** 2 * square + theta[1] ** 2 + 0.1**2
    assert pg.exact.utility(MDP, POLICY, theta) == pytest.approx(total, abs=1e-12)
    assert plane.utility(theta) == pytest.approx(total, abs=1e-12)


def test_the_maximum():
    assert pytest.approx(-(0.1 + 9 * 0.01)) == -0.19 == pytest.approx(plane.BEST)
    gain, deviation = np.meshgrid(np.linspace(-2, 0, 41), np.linspace(-1, 1, 41))
    assert plane.utility(np.stack([gain, deviation], axis=-1)).max() == pytest.approx(-0.19)


@pytest.mark.parametrize("theta", [(-0.3, 0.5), (-1.2, -0.4), (-1.0, 0.0)])
def test_returns_alone_are_those_of_simulate(theta):
    full = pg.simulate(MDP, POLICY, theta, 50, np.random.default_rng(3)).returns(MDP.discount)
    alone = sample_returns(MDP, theta, 50, np.random.default_rng(3))
    np.testing.assert_allclose(alone, full, rtol=1e-10)


def test_returns_of_many_parameters_at_once():
    theta = np.array([[-0.3, 0.5], [-1.2, -0.4]])
    returns = sample_returns(MDP, theta, 20_000, np.random.default_rng(4))
    for row, at in zip(returns, theta, strict=True):
        assert_mean(row, pg.exact.utility(MDP, POLICY, at))


@pytest.mark.slow
def test_a_hand_is_hard_to_beat():
    by_eye = np.stack([np.linspace(-1.2, -0.8, 9), np.zeros(9)], axis=-1)
    assert plane.gap(by_eye).max() < 0.01
    reached = [shared.searches(zeroth_order.BY_HAND, seed) for seed in range(20)]
    assert {spent for run in reached for _, _, spent in run} == {2000, 4000}
    gaps = np.array([[plane.gap(theta) for _, theta, _ in run] for run in reached])
    assert (np.median(gaps, axis=0) > plane.gap(by_eye).max()).all()  # "closer than most runs of each search"


def test_what_the_searches_spend_is_what_they_simulate(monkeypatch):
    drawn = []
    simulated = plane.sample_returns
    monkeypatch.setattr(plane, "sample_returns", lambda mdp, at, m, rng: drawn.append(m) or simulated(mdp, at, m, rng))
    for find in (shared.genetic_history, shared.cross_entropy_history, shared.search_path):
        find.cache_clear()
    assert sum(spent for _, _, spent in shared.searches(3, 7)) == sum(drawn)


@pytest.mark.slow
def test_the_picture_of_a_hand_says_the_exact_utilities():
    live = zeroth_order.by_hand()
    batch = pg.simulate(MDP, POLICY, [-0.9, 0], 10, np.random.default_rng(2))
    live.set(gain=-0.9, seed=2, compared=True)
    mean, utility = batch.returns(1.0).mean(), plane.utility([-0.9, 0])
    assert f"have the mean {mean:.2f}. The exact U is {utility:.3f} with your gain" in live.caption_text


def test_without_mutation_no_new_values_appear():
    history = shared.genetic_history(20, 5, 0.25, 0.0, shared.EXACT, 0)
    first, last = history[0].population, history[-1].population
    for i in range(2):
        assert set(last[:, i]) <= set(first[:, i])
    pairs = np.array(list(itertools.product(*first.T)))
    assert len(pairs) == 400
    assert plane.utility(last).max() <= plane.utility(pairs).max() < plane.BEST - 1e-6


def test_pattern_search_evaluates_centre_and_both_ways_of_each_axis():
    for n, evaluations in ((2, 5), (20, 41)):
        history = pg.search.pattern_search(lambda theta: -float(theta @ theta), np.ones(n), 0.2, 1)
        assert len(history[0].population) == 2 * n + 1 == evaluations
        assert sorted(history[0].mean) == pytest.approx([0.8] + [1.0] * (n - 1))


def test_two_elite_lie_on_a_line():
    history = shared.cross_entropy_history(20, 2, 0.25, shared.EXACT, 0)
    assert np.linalg.eigvalsh(history[0].covariance)[0] == pytest.approx(1e-6, rel=1e-3)
    assert traps.fit_shrinkage(2) == 0


@pytest.mark.parametrize(("num_elite", "factor"), [(3, 2 / 9), (10, 0.72)])
def test_the_fit_alone_shrinks_the_determinant(num_elite, factor):
    assert traps.fit_shrinkage(num_elite) == pytest.approx(factor)
    points = np.random.default_rng(5).standard_normal((40_000, num_elite, 2))
    centred = points - points.mean(axis=1, keepdims=True)
    assert_mean(np.linalg.det(np.swapaxes(centred, 1, 2) @ centred / num_elite), factor)


@pytest.mark.slow
def test_collapse_and_its_rescue():
    def ends(num_elite, first_std):
        runs = [shared.cross_entropy_history(20, num_elite, first_std, shared.EXACT, seed) for seed in range(20)]
        return np.array([[plane.utility(run[-1].mean), np.linalg.slogdet(run[3].covariance)[1]] for run in runs])

    collapsed, larger_elite, larger_start = ends(3, 0.1), ends(10, 0.1), ends(3, 0.5)
    assert np.median(collapsed[:, 0]) < -1
    assert np.median(larger_elite[:, 0]) < -1
    assert np.median(larger_elite[:, 1]) > np.median(collapsed[:, 1])
    assert np.median(larger_start[:, 0]) > plane.BEST - 0.1


def test_seen_beats_best_beats_true_for_every_law_of_the_errors():
    true, errors, num_elite = np.array([0.0, -0.3, -0.5, -0.6]), [(-0.4, 0.6), (1.2, 0.4)], 2
    best = np.sort(true)[-num_elite:].mean()
    seen = truth = 0.0
    for outcome in itertools.product(errors, repeat=4):
        error, chance = np.array(outcome).T[0] - 0.24, math.prod(p for _, p in outcome)
        estimates = dict(zip(true, true + error, strict=True))  # what the search sees of each candidate
        step = pg.search.genetic(lambda theta, e=estimates: e[theta[0]], true[:, None], 1, num_elite, 0, RNG)[0]
        seen += chance * step.utilities[step.elite].mean()
        truth += chance * true[step.elite].mean()
    assert sum(value * p for value, p in errors) == pytest.approx(0.24)  # so the errors have mean 0
    assert seen > best > truth


def test_the_curse_of_the_picture():
    for population_size, num_elite in itertools.product((10, 20, 40), (2, 3, 5)):
        seen, truth, best = traps.winners_curse(zeroth_order.pool(0), population_size, num_elite)
        assert (seen > truth).all()
        assert seen[0] > best > truth[0]
        assert seen[-1] - truth[-1] < 0.3 * (seen[0] - truth[0])


@pytest.mark.parametrize(("num_candidates", "excess"), [(10, 1.54), (100, 2.51)])
def test_the_winner_of_equals(num_candidates, excess):
    x = np.linspace(-9, 9, 20_001)
    below = np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in x])
    density = num_candidates * below ** (num_candidates - 1) * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    assert np.trapezoid(x * density, x) == pytest.approx(excess, abs=0.005)


@pytest.mark.parametrize("num_parameters", [2, 20])
def test_on_noise_the_centre_wins_as_often_as_any_other(num_parameters):
    rng = np.random.default_rng(6)
    history = pg.search.pattern_search(lambda theta: rng.normal(), np.zeros(num_parameters), 1.0, 4000)
    steps = np.array([1.0, *(math.sqrt(step.covariance[0, 0]) for step in history)])[:1000]
    halved = np.array([step.elite[0] == 0 for step in history])
    np.testing.assert_allclose(steps[1:] / steps[:-1], np.where(halved[:999], 0.5, 1))
    share, exact = halved.mean(), 1 / (2 * num_parameters + 1)
    assert abs(share - exact) < Z * math.sqrt(exact * (1 - exact) / 4000)


def test_the_plane_that_notebooks_handed_out_in_version_0_1_import():
    from pgcourse.demos import _regulator_plane as old

    values = old.noise_steps().values
    assert values[:-1] == [1, 3, 10, 30]
    seen = [old.evaluator(m, seed=5)(old.START) for m in values]
    assert seen == [old.evaluator(m, seed=5)(old.START) for m in values]
    assert pytest.approx(old.utility(old.START)) == seen[-1] < old.BEST
    assert len(set(seen)) == len(seen)
    ax = Figure().subplots()
    old.draw(ax)
    assert ax.get_xlabel() == "gain θ₁"
