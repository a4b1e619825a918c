"""The lecture's closing picture: its estimates against the readable estimators, and what it says of 200 runs."""

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.demos import recap
from pgcourse.gradients.linear_gaussian import likelihood_ratio_estimates
from pgcourse.optimisers import regulator_plane as plane
from pgcourse.optimisers import regulator_runs

MDP, POLICY = plane.MDP, plane.POLICY
DISCOUNTED = pg.problems.regulator(horizon=4, discount=0.8)
AT = np.array([-0.4, 0.3])
Z = 6.5  # false-alarm rate 8e-11 a comparison


def assert_same_mean(samples, others):
    """Compare the means of two independent sets of samples, or of one set and a number."""
    others = np.broadcast_to(others, (len(np.atleast_1d(others)), samples.shape[1])) if np.ndim(others) < 2 else others
    spread = np.sqrt(samples.var(axis=0) / len(samples) + others.var(axis=0) / len(others))
    assert (np.abs(samples.mean(axis=0) - others.mean(axis=0)) < Z * spread).all()


def by_the_readable_estimators(mdp, estimator, with_baseline, rng):
    """Return the estimate of one batch of six; the baseline is the ratio of sums over its trajectories and steps."""
    batch = pg.simulate(mdp, POLICY, AT, 6, rng)
    baseline = None
    if with_baseline:
        squares = (
            mdp.discount ** np.arange(mdp.horizon)[:, None] * POLICY.score_at(AT, batch.states, batch.actions)
        ) ** 2
        to_go = pg.estimators.rewards_to_go(batch.rewards, mdp.discount)[:, :, None]
        baseline = pg.Baseline.per_component((squares * to_go).sum(axis=(0, 1)) / squares.sum(axis=(0, 1)))
    return getattr(pg.estimators, estimator)(batch, POLICY, AT, mdp.discount, baseline).mean(axis=0)


@pytest.mark.slow
@pytest.mark.parametrize("mdp", [MDP, DISCOUNTED], ids=["the lecture's", "discounted"])
@pytest.mark.parametrize(("estimator", "with_baseline"), regulator_runs.METHODS.values())
def test_estimates_are_those_of_the_readable_estimators(mdp, estimator, with_baseline):
    rng = np.random.default_rng(1)
    fast = likelihood_ratio_estimates(mdp, np.tile(AT, (20_000, 1)), 6, rng, estimator, with_baseline)
    slow = np.array([by_the_readable_estimators(mdp, estimator, with_baseline, rng) for _ in range(2000)])
    assert_same_mean(fast, slow)
    assert_same_mean(fast**2, slow**2)
    if not with_baseline:
        gradient = pg.exact.gradient(mdp, POLICY, AT)
        spread = fast.std(axis=0) / np.sqrt(len(fast))
        assert (np.abs(fast.mean(axis=0) - gradient) < Z * spread).all()


def test_each_theta_gets_a_batch_of_its_own():
    thetas = np.array([AT, [-1.0, 0.1]])
    found = likelihood_ratio_estimates(MDP, np.tile(thetas, (20_000, 1, 1)), 2, np.random.default_rng(2))
    for samples, theta in zip(found.swapaxes(0, 1), thetas, strict=True):
        spread = samples.std(axis=0) / np.sqrt(len(samples))
        assert (np.abs(samples.mean(axis=0) - pg.exact.gradient(MDP, POLICY, theta)) < Z * spread).all()
    assert abs(np.corrcoef(found[:, 0, 0], found[:, 1, 0])[0, 1]) < Z / np.sqrt(20_000)


def test_what_the_estimates_refuse():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="estimator"):
        likelihood_ratio_estimates(MDP, AT, 6, rng, "causality")
    with pytest.raises(ValueError, match="takes no baseline here: use reward_to_go"):
        likelihood_ratio_estimates(MDP, AT, 6, rng, "total_return", with_baseline=True)
    with pytest.raises(ValueError, match="method"):
        regulator_runs.paths("cross-entropy", 3, rng)


def test_a_gradient_is_shortened_and_never_lengthened():
    given = np.array([[3.0, 4.0], [0.3, -0.4], [0.0, 0.0]])
    np.testing.assert_allclose(regulator_runs.limited(given, 1.0), [[0.6, 0.8], [0.3, -0.4], [0, 0]])


def test_the_setting_is_the_books():
    assert (regulator_runs.NUM_ROLLOUTS, MDP.horizon, regulator_runs.LONGEST, regulator_runs.STEP_SIZE) == (
        6,
        10,
        1,
        0.2,
    )
    paths = regulator_runs.paths("reward-to-go", 50, np.random.default_rng(3))
    assert paths.shape == (26, 50, 2)
    np.testing.assert_array_equal(paths[0], np.tile([0, 1], (50, 1)))
    steps = np.linalg.norm(np.diff(paths, axis=0), axis=2)
    assert steps.max() == pytest.approx(0.2)  # far from the maximum the limit is at work
    assert steps.min() < 0.2


@pytest.fixture(scope="module")
def many():
    """{method: paths (26, 4000, 2)}."""
    rng = np.random.default_rng(4)
    return {method: regulator_runs.paths(method, 4000, rng) for method in regulator_runs.METHODS}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "median", "tenth"),
    [("likelihood ratio", -0.8, -7), ("reward-to-go", -0.4, -1.4), ("baseline subtraction", -0.3, -0.7)],
)
def test_what_the_notebook_says_of_many_runs(many, method, median, tenth):
    """The stated numbers are rounded: within them and chance, at Z standard errors, lie the quantiles."""
    reached = plane.utility(many[method])[-1]
    for share, stated, rounding in ((0.5, median, 0.05), (0.1, tenth, 1.0 if tenth == -7 else 0.1)):
        slack = Z * np.sqrt(share * (1 - share) / len(reached))
        assert np.mean(reached < stated - rounding) < share + slack
        assert np.mean(reached < stated + rounding) > share - slack


def test_causality_gains_more_than_the_baseline_and_both_help_unlucky_runs(many):
    medians, tenths = np.transpose([np.quantile(plane.utility(paths)[-1], (0.5, 0.1)) for paths in many.values()])
    assert medians[1] - medians[0] > medians[2] - medians[1] > 0
    assert (np.diff(tenths) > np.diff(medians)).all()


def test_the_likelihood_ratio_usually_takes_longest(many):
    first = [np.argmax(plane.utility(paths) > -1, axis=0) for paths in many.values()]  # 0 for a run that never does
    alone, *others = (np.where(iterations == 0, 99, iterations) for iterations in first)
    assert np.mean(alone > np.maximum(*others)) > 0.5


def test_near_the_maximum_most_steps_are_limited(many):
    for paths in many.values():
        near = np.linalg.norm(paths[:-1] - plane.OPTIMUM, axis=2) < 0.3
        lengths = np.linalg.norm(np.diff(paths, axis=0), axis=2)
        assert np.mean(lengths[near] > 0.2 - 1e-9) > 0.5


@pytest.mark.slow
def test_the_caption_of_the_closing_picture_says_the_exact_utilities():
    live = recap.regulator()
    live.set(seed=7, iteration=12)
    for method in regulator_runs.METHODS:
        path = regulator_runs.paths(method, 1, np.random.default_rng(7))[:, 0]
        assert f"{pg.exact.utility(MDP, POLICY, path[12]):.2f} for “{method}”" in live.caption_text
    live.set(many=True)
    reached = plane.utility(regulator_runs.paths("likelihood ratio", 200, np.random.default_rng(0)))[12]
    low, middle = np.quantile(reached, (0.1, 0.5))
    assert f"{middle:.2f} for “likelihood ratio”, and one run in ten is below {low:.2f};" in live.caption_text
