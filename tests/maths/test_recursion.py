"""The backward passes against enumeration, to 1e-12, in each way in which they are computed, and at every scale."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.exact import _decisions, _passages, _phases
from tests.support import enumeration
from tests.support.strategies import random_mdp

CASES = [
    # states, actions, horizon, discount, terminal states, whether rewards depend on the next state and are noisy
    (3, 2, 3, 0.9, 1, True, False),
    (3, 2, 2, 1.0, 0, True, True),
    (2, 3, 2, 0.5, 0, False, True),
    (2, 2, 4, 0.9, 0, True, False),
    (4, 2, 3, 0.8, 2, False, False),
    (2, 2, 3, 0.0, 1, True, True),
    (1, 3, 3, 1.0, 0, True, False),
    (3, 1, 2, 0.7, 1, True, True),
    (3, 2, 1, 0.9, 1, True, True),
]


class Elsewhere(pg.SoftmaxPolicy):
    """A softmax policy of which nobody can know that a component lives in one state."""

    def score(self, theta):
        return super().score(theta)


class Shared(pg.TabularPolicy):
    """Three parameters, each used in every state."""

    num_parameters = 3

    def __init__(self, num_states, num_actions):
        self.num_states, self.num_actions = num_states, num_actions
        self.features = np.random.default_rng(6).normal(size=(num_states, num_actions, 3))

    def probabilities(self, theta):
        weights = np.exp(self.features @ self.parameters(theta))
        return weights / weights.sum(axis=1, keepdims=True)

    def score(self, theta):
        return self.features - np.einsum("sa,sai->si", self.probabilities(theta), self.features)[:, None]


@pytest.fixture(params=CASES, ids=str)
def problem(request):
    rng = np.random.default_rng(sum(map(int, request.param)))
    num_states, num_actions, horizon, discount, num_terminal, by_next_state, noisy = request.param
    return random_mdp(rng, num_states, num_actions, horizon, discount, num_terminal, by_next_state, noisy)


@pytest.fixture(params=[pg.SoftmaxPolicy, Elsewhere, Shared])
def case(request, problem):
    policy = request.param(problem.num_states, problem.num_actions)
    return problem, policy, np.random.default_rng(1).normal(size=policy.num_parameters)


@pytest.fixture
def in_each_way(monkeypatch):
    """Call something again and again: all decisions at once, as for a tiny problem and as for one that is not, one by
    one, and one by one in the smallest blocks.
    """

    def called(function):
        yield function()
        monkeypatch.setattr(_phases, "TINY", 0)
        yield function()
        monkeypatch.setattr(_phases, "LARGEST", 0)
        yield function()
        monkeypatch.setattr(_passages, "BLOCK", 8)
        monkeypatch.setattr(_decisions, "BLOCK", 8)
        yield function()

    return called


def enumerated(case, statistic):
    mdp, policy, theta = case
    return enumeration.mean_and_variance(mdp, policy.probabilities(theta), policy.score(theta), statistic)


def assert_equal(found, wanted):
    for here, there in zip(found, wanted, strict=True):
        np.testing.assert_allclose(here, there, atol=1e-12, rtol=1e-12)


def baselines(mdp, policy):
    rng = np.random.default_rng(2)
    component, step = rng.normal(size=policy.num_parameters), rng.normal(size=(mdp.horizon, mdp.num_states))
    return [
        (None, lambda k, s: 0.0),
        (pg.Baseline.per_component(component), lambda k, s: component),
        (pg.Baseline.per_step_and_state(step), lambda k, s: step[k, s]),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "which"), [("total_return", 0), ("total_return", 1), *[("reward_to_go", i) for i in range(3)]]
)
def test_moments_are_those_of_all_trajectories(case, in_each_way, estimator, which):
    mdp, policy, theta = case
    baseline, base = baselines(mdp, policy)[which]

    def sample(states, scores, rewards):
        return enumeration.sample_of(estimator, mdp.discount, base, states, scores, rewards)

    wanted = enumerated(case, sample)
    for found in in_each_way(lambda: pg.exact.moments(mdp, policy, theta, estimator, baseline)):
        assert_equal(found, wanted)


def test_return_variance_is_that_of_all_trajectories(case):
    mdp, policy, theta = case

    def returned(states, scores, rewards):
        return sum(mdp.discount**k * r for k, r in enumerate(rewards))

    mean, variance = enumerated(case, returned)
    assert pg.exact.utility(mdp, policy, theta) == pytest.approx(mean, abs=1e-12)
    assert pg.exact.return_variance(mdp, policy, theta) == pytest.approx(variance, abs=1e-12)


def advantage_sample(mdp, values, lam, discounted, base, states, scores, rewards):
    """The sample of `advantage_moments`, from the definitions, with the next state of the last decision unknown."""
    total = 0
    for k, score in enumerate(scores):
        advantage = 0
        for j in range(k, len(rewards)):
            after = values[j + 1, states[j + 1]] if j + 1 < len(states) else 0  # 0 at the end, whichever it is
            error = rewards[j] + mdp.discount * after - values[j, states[j]]
            advantage = advantage + (mdp.discount * lam) ** (j - k) * error
        total = total + (mdp.discount**k if discounted else 1) * score * (advantage - base)
    return total


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lam", "discounted", "with_values"),
    [(0.0, True, True), (0.5, True, True), (0.5, False, True), (1.0, False, True), (0.5, True, False)],
)
def test_advantages_are_those_of_all_trajectories(case, in_each_way, lam, discounted, with_values):
    mdp, policy, theta = case
    values = np.random.default_rng(3).normal(size=(mdp.horizon, mdp.num_states)) * with_values
    options = {"lam": lam, "discounted": discounted, "baseline": 0.4, "values": values if with_values else None}

    def sample(states, scores, rewards):
        return advantage_sample(mdp, values, lam, discounted, 0.4, states, scores, rewards)

    mean, variance = enumerated(case, sample)
    for found in in_each_way(lambda: pg.exact.advantage_moments(mdp, policy, theta, **options)):
        assert_equal(found, (mean, variance))
    covariance, _ = enumerated(case, lambda *step: np.outer(sample(*step) - mean, sample(*step) - mean))
    found = pg.exact.advantage_covariance(mdp, policy, theta, **options)
    assert_equal(found, (mean, covariance))
    assert found.total_variance == pytest.approx(variance.sum(), abs=1e-12)
    assert found.largest_eigenvalue == pytest.approx(np.linalg.eigvalsh(covariance)[-1], abs=1e-12)
    if variance.any():
        assert found.signal_to_noise == pytest.approx(np.sqrt((mean**2).sum() / variance.sum()), rel=1e-9)


def test_right_values_leave_no_bias_and_wrong_ones_do():
    mdp = pg.problems.corridor(num_states=4, horizon=5, start=1)
    policy, theta = pg.SoftmaxPolicy(4, 2), np.linspace(-0.5, 0.5, 8)
    values, gradient = pg.exact.values(mdp, policy, theta)[0], pg.exact.gradient(mdp, policy, theta)
    for lam in (0, 0.3, 0.9, 1):
        np.testing.assert_allclose(
            pg.exact.advantage_moments(mdp, policy, theta, values=values, lam=lam)[0], gradient, atol=1e-14
        )
    wrong = [pg.exact.advantage_moments(mdp, policy, theta, values=values[0], lam=lam)[0] for lam in (0.5, 1)]
    assert np.abs(wrong[0] - gradient).max() > 1e-3
    np.testing.assert_allclose(wrong[1], gradient, atol=1e-14)
    without_factor = pg.exact.advantage_moments(mdp, policy, theta, discounted=False)[0]
    assert np.abs(without_factor - gradient).max() > 1e-3


def exact_numbers(array):
    return np.vectorize(Fraction, otypes=[object])(array)


def dyadic(offset, horizon, terminal):
    """A problem whose probabilities are sums of powers of 2, and its copy in fractions."""
    transitions = np.array([[[4, 2, 2], [1, 3, 4]], [[2, 6, 0], [0, 4, 4]], [[0, 0, 8], [0, 0, 8]]]) / 8
    rewards = offset + np.random.default_rng(5).normal(size=transitions.shape)
    mdp = pg.TabularMDP([0.5, 0.5, 0], transitions, rewards, 0.5, horizon, [False, False, terminal])
    arrays = {name: exact_numbers(getattr(mdp, name)) for name in ("initial", "transitions", "rewards", "reward_std")}
    return mdp, SimpleNamespace(horizon=horizon, terminal=mdp.terminal, discount=Fraction(0.5), **arrays)


@pytest.mark.parametrize(("offset", "tolerance"), [(0, 1e-14), (1e8, 1e-9), (1e12, 1e-3)])
@pytest.mark.parametrize(("horizon", "terminal"), [(1, False), (3, False), (3, True)])
@pytest.mark.parametrize("estimator", pg.exact.ESTIMATORS)
@pytest.mark.parametrize("matching", [False, True])
def test_a_level_costs_no_digits(offset, tolerance, horizon, terminal, estimator, matching):
    mdp, fractions = dyadic(offset, horizon, terminal)
    policy, theta = pg.SoftmaxPolicy(3, 2), np.zeros(6)
    baseline = float(offset * (2 - 2.0 ** (1 - horizon)) + 0.25) if matching else 0.0

    def sample(states, scores, rewards):
        return enumeration.sample_of(estimator, Fraction(0.5), lambda k, s: Fraction(baseline), states, scores, rewards)

    probabilities, score = exact_numbers(policy.probabilities(theta)), exact_numbers(policy.score(theta))
    mean, variance = (
        np.array(each, dtype=float) for each in enumeration.mean_and_variance(fractions, probabilities, score, sample)
    )
    found = pg.exact.moments(mdp, policy, theta, estimator, baseline)
    np.testing.assert_allclose(found[1], variance, rtol=tolerance)
    np.testing.assert_allclose(found[0], mean, rtol=max(tolerance, 1e-9) if terminal else tolerance, atol=1e-14)


@pytest.mark.parametrize("offset", [1e8, 1e12])
@pytest.mark.parametrize("estimator", pg.exact.ESTIMATORS)
def test_a_state_that_is_never_reached_costs_no_digits(offset, estimator):
    reached, _ = dyadic(offset, 3, False)
    transitions = np.zeros((4, 2, 4))
    transitions[:3, :, :3], transitions[3, :, 3] = reached.transitions, 1
    rewards = np.zeros((4, 2, 4))
    rewards[:3, :, :3] = reached.rewards
    mdp = pg.TabularMDP([0.5, 0.5, 0, 0], transitions, rewards, 0.5, 3)
    found = pg.exact.moments(mdp, pg.SoftmaxPolicy(4, 2), np.zeros(8), estimator)
    wanted = pg.exact.moments(reached, pg.SoftmaxPolicy(3, 2), np.zeros(6), estimator)
    np.testing.assert_allclose(found[1][:6], wanted[1], rtol=1e-12)
    assert pg.exact.return_variance(mdp, pg.SoftmaxPolicy(4, 2), np.zeros(8)) == pytest.approx(
        pg.exact.return_variance(reached, pg.SoftmaxPolicy(3, 2), np.zeros(6)), rel=1e-12
    )


@pytest.mark.parametrize("estimator", pg.exact.ESTIMATORS)
def test_a_huge_reward_that_nobody_earns_hides_no_variance(estimator):
    stay = np.eye(2)[:, None].repeat(2, axis=1)
    problems = [pg.TabularMDP([0, 1], stay, [[height, 0], [1, 2]], 0.5, 2) for height in (0, 1e170)]
    plain, huge = (pg.exact.moments(mdp, pg.SoftmaxPolicy(2, 2), np.zeros(4), estimator)[1] for mdp in problems)
    np.testing.assert_allclose(huge, plain, rtol=1e-12)
    assert plain[2:].min() > 0.1


@pytest.mark.parametrize("offset", [1e8, 1e12])
def test_the_lectures_exercise_far_from_zero(offset):
    mdp, policy = pg.problems.left_right(offset + 1, offset + 2), pg.ClampPolicy()
    theta, baseline = Fraction(0.2), Fraction(offset + 1.8)
    best = (1 - theta) * Fraction(offset + 1) + theta * Fraction(offset + 2)
    wanted = float((baseline - best) ** 2 / (theta * (1 - theta)))
    assert wanted == pytest.approx(2.25, rel=1e-3)
    for estimator in pg.exact.ESTIMATORS:
        found = pg.exact.moments(mdp, policy, [0.2], estimator, offset + 1.8)[1][0]
        assert found == pytest.approx(wanted, rel=1e-9)
    assert pg.exact.return_variance(mdp, policy, [0.2]) == pytest.approx(0.16, rel=1e-12)


@pytest.mark.parametrize("factor", [2.0**-500, 2.0**500])
def test_a_factor_costs_no_digits(factor):
    corridor, exercise = pg.problems.corridor(), pg.problems.left_right(1, 2)
    for mdp, policy in ((corridor, pg.SoftmaxPolicy(10, 2)), (exercise, pg.ClampPolicy())):
        theta = np.full(policy.num_parameters, 0.2)
        scaled = pg.TabularMDP(
            mdp.initial, mdp.transitions, mdp.rewards * factor, mdp.discount, mdp.horizon, mdp.terminal
        )
        for estimator in pg.exact.ESTIMATORS:
            mean, variance = pg.exact.moments(mdp, policy, theta, estimator, 0.3)
            found = pg.exact.moments(scaled, policy, theta, estimator, 0.3 * factor)
            np.testing.assert_array_equal(found[0], mean * factor)
            np.testing.assert_array_equal(found[1], variance * factor**2)
        wanted = pg.exact.return_variance(mdp, policy, theta) * factor**2
        assert pg.exact.return_variance(scaled, policy, theta) == wanted


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_a_variance_that_is_no_float_is_refused(factor):
    mdp, policy = pg.problems.left_right(factor, 2 * factor), pg.ClampPolicy()
    assert pg.exact.utility(mdp, policy, [0.2]) == pytest.approx(1.8 * factor)
    assert pg.exact.gradient(mdp, policy, [0.2]) == pytest.approx([-factor])
    assert pg.exact.optimal_baseline(mdp, policy, [0.2]) == pytest.approx([1.2 * factor])
    for refused in (
        lambda: pg.exact.moments(mdp, policy, [0.2]),
        lambda: pg.exact.moments(mdp, policy, [0.2], "reward_to_go"),
        lambda: pg.exact.return_variance(mdp, policy, [0.2]),
    ):
        with pytest.raises(ValueError, match=r"^mdp has rewards .* of about \de[+-]200, and their square is no float"):
            refused()


def test_rewards_whose_sum_is_no_float_are_refused():
    mdp, policy = pg.problems.two_step((1e308, 1e308), (1e308, 1e308)), pg.SoftmaxPolicy(2, 2)
    with pytest.raises(ValueError, match=r"^mdp has rewards of about 1e\+308, and their sum is no float"):
        pg.exact.moments(mdp, policy, np.zeros(4))


def test_no_variance_is_negative():
    """Where the truth is 0 but rounding is not: a return that is the same on all ways, with itself as the baseline."""
    mdp, policy = pg.problems.two_step((0.1, 0.1), (-0.3, -0.3), 0.7), pg.SoftmaxPolicy(2, 2)
    for seed in range(20):
        theta = np.random.default_rng(seed).normal(size=4)
        for estimator in pg.exact.ESTIMATORS:
            variance = pg.exact.moments(mdp, policy, theta, estimator, 0.1 - 0.7 * 0.3)[1]
            assert (variance >= 0).all()
            if estimator == "total_return":
                assert variance.max() < 1e-30


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lam": 1.5}, r"^lam is 1.5, but must lie in \[0, 1\]"),
        ({"values": [1.0, 2.0]}, r"^values must have shape \(20, 10\) or \(10,\), but has shape \(2,\)"),
        ({"values": np.full(10, np.nan)}, "values"),
        ({"baseline": np.zeros(10)}, "say what it depends on"),
    ],
)
def test_errors(options, words):
    mdp, policy = pg.problems.corridor(), pg.SoftmaxPolicy(10, 2)
    for function in (pg.exact.advantage_moments, pg.exact.advantage_covariance):
        with pytest.raises(ValueError, match=words):
            function(mdp, policy, np.zeros(20), **options)


@pytest.mark.parametrize(("offset", "tolerance"), [(0, 1e-13), (1e8, 1e-9), (1e12, 1e-9)])
@pytest.mark.parametrize("terminal", [False, True])
def test_baselines_far_from_zero(offset, tolerance, terminal):
    mdp, fractions = dyadic(offset, 3, terminal)
    policy, theta = pg.SoftmaxPolicy(3, 2), np.zeros(6)
    probabilities, score = exact_numbers(policy.probabilities(theta)), exact_numbers(policy.score(theta))
    discounts = np.array([Fraction(1), Fraction(1, 2), Fraction(1, 4)])

    def statistic(states, scores, rewards):
        weighted = discounts[: len(scores), None] * scores
        ahead = enumeration.to_go(rewards, Fraction(1, 2))[:, None]
        x, y = (weighted * ahead).sum(axis=0), weighted.sum(axis=0)
        return np.array([x * y, y**2, (weighted**2 * ahead).sum(axis=0)])

    mean, _ = enumeration.mean_and_variance(fractions, probabilities, score, statistic)
    cross, squares, direct = np.array(mean, dtype=float)
    used = squares > 0
    terms = pg.exact.baseline_terms(mdp, policy, theta)
    np.testing.assert_allclose(terms.score_sum_squared, squares, rtol=1e-13)
    np.testing.assert_allclose(terms.cross[used], cross[used], rtol=tolerance)
    np.testing.assert_allclose(terms.squared_scores_to_go[used], direct[used], rtol=tolerance)
    np.testing.assert_allclose(
        pg.exact.optimal_baseline(mdp, policy, theta)[used], (cross / squares.clip(1e-300))[used], rtol=tolerance
    )
    np.testing.assert_allclose(
        pg.exact.lecture_baseline(mdp, policy, theta)[used], (direct / squares.clip(1e-300))[used], rtol=tolerance
    )
