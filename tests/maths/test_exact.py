"""`pgcourse.exact` against brute-force enumeration of all trajectories, to 1e-10, and its identities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pgcourse as pg
from tests.support import enumeration
from tests.support.strategies import problems, random_mdp

CASES = [
    # states, actions, horizon, discount, terminal states, whether rewards depend on the next state
    (3, 2, 4, 0.9, 0, False),
    (3, 2, 4, 0.9, 1, True),
    (3, 2, 4, 1.0, 1, False),
    (3, 3, 3, 0.0, 1, True),
    (4, 2, 3, 0.5, 2, True),
    (2, 3, 1, 0.7, 0, True),
    (1, 2, 3, 1.0, 0, False),
]


@pytest.fixture(params=CASES, ids=str)
def case(request):
    rng = np.random.default_rng(request.param[0] + 10 * request.param[2])
    num_states, num_actions, horizon, discount, num_terminal, by_next_state = request.param
    mdp = random_mdp(rng, num_states, num_actions, horizon, discount, num_terminal, by_next_state)
    policy = pg.SoftmaxPolicy(num_states, num_actions)
    theta = rng.normal(size=policy.num_parameters)
    return mdp, policy, theta, policy.probabilities(theta), policy.score(theta)


def baselines(mdp, policy, rng):
    return {
        "none": (None, lambda k, s: 0.0),
        "constant": (0.7, lambda k, s: 0.7),
        **_tables(mdp, policy, rng),
    }


def _tables(mdp, policy, rng):
    state = rng.normal(size=mdp.num_states)
    step = rng.normal(size=(mdp.horizon, mdp.num_states))
    component = rng.normal(size=policy.num_parameters)
    return {
        "per state": (pg.Baseline.per_state(state), lambda k, s: state[s]),
        "per step and state": (pg.Baseline.per_step_and_state(step), lambda k, s: step[k, s]),
        "per component": (pg.Baseline.per_component(component), lambda k, s: component),
    }


def test_utility_and_gradient(case):
    mdp, policy, theta, probabilities, score = case

    def statistic(states, scores, rewards):
        return (mdp.discount ** np.arange(len(rewards)) * rewards).sum()

    mean, _ = enumeration.mean_and_variance(mdp, probabilities, score, statistic)
    assert pg.exact.utility(mdp, policy, theta) == pytest.approx(mean, abs=1e-10)
    central = [
        (pg.exact.utility(mdp, policy, theta + 1e-5 * e) - pg.exact.utility(mdp, policy, theta - 1e-5 * e)) / 2e-5
        for e in np.eye(policy.num_parameters)
    ]
    np.testing.assert_allclose(pg.exact.gradient(mdp, policy, theta), central, atol=1e-8)


@pytest.mark.parametrize("name", ["none", "constant", "per component"])
def test_total_return_moments(case, name):
    _compare(case, "total_return", name)


@pytest.mark.parametrize("name", ["none", "constant", "per state", "per step and state", "per component"])
def test_reward_to_go_moments(case, name):
    _compare(case, "reward_to_go", name)


def _compare(case, estimator, name):
    mdp, policy, theta, probabilities, score = case
    baseline, base = baselines(mdp, policy, np.random.default_rng(5))[name]

    def statistic(states, scores, rewards):
        return enumeration.sample_of(estimator, mdp.discount, base, states, scores, rewards)

    wanted = enumeration.mean_and_variance(mdp, probabilities, score, statistic)
    got = pg.exact.moments(mdp, policy, theta, estimator, baseline)
    np.testing.assert_allclose(got[0], wanted[0], atol=1e-10)
    np.testing.assert_allclose(got[1], wanted[1], atol=1e-10)


def test_baselines_are_the_formulas(case):
    mdp, policy, theta, probabilities, score = case
    discounts = mdp.discount ** np.arange(mdp.horizon)

    def statistic(states, scores, rewards):
        weighted = discounts[: len(scores), None] * scores
        ahead = enumeration.to_go(rewards, mdp.discount)[:, None]
        x, y = (weighted * ahead).sum(axis=0), weighted.sum(axis=0)
        return np.array([(weighted**2 * ahead).sum(axis=0), (weighted**2).sum(axis=0), x * y, y**2])

    (squared_to_go, squared, cross, sum_squared), _ = enumeration.mean_and_variance(
        mdp, probabilities, score, statistic
    )
    seen = squared > 0
    lecture, optimal = (f(mdp, policy, theta) for f in (pg.exact.lecture_baseline, pg.exact.optimal_baseline))
    np.testing.assert_allclose(lecture[seen], squared_to_go[seen] / squared[seen], atol=1e-10)
    np.testing.assert_allclose(optimal[seen], cross[seen] / sum_squared[seen], atol=1e-10)
    assert not lecture[~seen].any()
    assert not optimal[~seen].any()


def test_optimal_baseline_is_the_minimum(case):
    mdp, policy, theta, *_ = case
    best = pg.exact.optimal_baseline(mdp, policy, theta)

    def variance(b):
        return pg.exact.moments(mdp, policy, theta, "reward_to_go", pg.Baseline.per_component(b))[1]

    for other in (0 * best, best + 0.1, best - 0.1, pg.exact.lecture_baseline(mdp, policy, theta)):
        assert (variance(best) <= variance(other) + 1e-12).all()


def test_state_distribution_and_values(case):
    mdp, policy, theta, probabilities, score = case
    visits = pg.exact.state_distribution(mdp, policy, theta)
    np.testing.assert_allclose(visits.sum(axis=1), 1, atol=1e-12)

    def statistic(states, scores, rewards):
        counts = np.zeros((mdp.horizon, mdp.num_states))
        counts[np.arange(len(states)), states] = 1
        return counts

    wanted, _ = enumeration.mean_and_variance(mdp, probabilities, score, statistic)
    alive = ~mdp.terminal
    np.testing.assert_allclose(visits[:, alive], wanted[:, alive], atol=1e-10)
    state_values, action_values = pg.exact.values(mdp, policy, theta)
    np.testing.assert_allclose(
        state_values[:, alive], (probabilities * action_values).sum(axis=2)[:, alive], atol=1e-12
    )
    assert not state_values[:, mdp.terminal].any()
    assert mdp.initial @ state_values[0] == pytest.approx(pg.exact.utility(mdp, policy, theta), abs=1e-12)


@pytest.mark.slow
@given(problems())
@settings(max_examples=60)
def test_identities(problem):
    mdp, policy, theta = problem
    probabilities, score = policy.probabilities(theta), policy.score(theta)
    assert np.abs(np.einsum("sa,sai->si", probabilities, score)).max() < 1e-12
    gradient = pg.exact.gradient(mdp, policy, theta)
    rng = np.random.default_rng(0)
    for estimator in pg.exact.ESTIMATORS:
        for name, (baseline, _) in baselines(mdp, policy, rng).items():
            if estimator == "total_return" and "state" in name:
                continue
            mean, _ = pg.exact.moments(mdp, policy, theta, estimator, baseline)
            np.testing.assert_allclose(mean, gradient, atol=1e-10)


class TestTheLecturesNumbers:
    """The numbers that the notebooks state, from the functions that the notebooks use."""

    policy = pg.ClampPolicy()

    def variance(self, theta, left, right, baseline):
        mdp = pg.problems.left_right(left, right)
        return pg.exact.moments(mdp, self.policy, [theta], "reward_to_go", baseline)[1][0]

    def test_left_right_at_one_fifth(self):
        mdp = pg.problems.left_right()
        left, right = self.policy.score([0.2])[0, :, 0] * mdp.rewards[0]
        assert (left, right) == pytest.approx((25, -12.5))
        assert pg.exact.gradient(mdp, self.policy, [0.2]) == pytest.approx([-5])
        assert pg.exact.utility(mdp, self.policy, [0.2]) == pytest.approx(9)
        assert pg.exact.optimal_baseline(mdp, self.policy, [0.2]) == pytest.approx([6])
        assert pg.exact.lecture_baseline(mdp, self.policy, [0.2]) == pytest.approx([6])

    @pytest.mark.parametrize(
        ("rewards", "value", "best", "variances"),
        [
            ((5, 10), 9, 6, (225, 56.25, 0)),
            ((1, 2), 1.8, 1.2, (9, 2.25, 0)),
            ((0, 1), 0.8, 0.2, (0.25, 2.25, 0)),
            ((5, 6), 5.8, 5.2, (169, 2.25, 0)),
        ],
    )
    def test_baselines(self, rewards, value, best, variances):
        got = [self.variance(0.2, *rewards, baseline) for baseline in (0, value, best)]
        assert got == pytest.approx(variances, abs=1e-10)

    @given(st.floats(0.05, 0.95), *[st.floats(-5, 5).map(lambda number: round(number, 9))] * 3)
    def test_the_bowl(self, theta, left, right, baseline):
        best = (1 - theta) * left + theta * right
        wanted = (baseline - best) ** 2 / (theta * (1 - theta))
        assert self.variance(theta, left, right, baseline) == pytest.approx(wanted, rel=1e-9, abs=1e-9)

    def test_boundaries(self):
        mdp = pg.problems.left_right()
        for theta in (-0.5, 0.0, 1.0, 1.5):
            assert not pg.exact.gradient(mdp, self.policy, [theta]).any()
            assert self.variance(theta, 5, 10, None) == 0

    def test_causality_can_lose(self):
        mdp = pg.problems.two_step()
        policy, theta = pg.SoftmaxPolicy(2, 2), np.zeros(4)
        assert not pg.exact.moments(mdp, policy, theta, "total_return")[1].any()
        assert pg.exact.moments(mdp, policy, theta, "reward_to_go")[1].sum() > 0.1


class TestRegulator:
    """The regulator's closed form against quadrature-free independent checks."""

    mdp, policy = pg.problems.regulator(horizon=6, discount=0.9), pg.LinearGaussianPolicy()

    @pytest.mark.parametrize("theta", [(-0.5, 0.3), (-1.2, -0.2), (0.0, 0.1)])
    def test_gradient_is_the_slope_of_utility(self, theta):
        theta = np.array(theta)
        central = [
            (
                pg.exact.utility(self.mdp, self.policy, theta + 1e-5 * e)
                - pg.exact.utility(self.mdp, self.policy, theta - 1e-5 * e)
            )
            / 2e-5
            for e in np.eye(2)
        ]
        np.testing.assert_allclose(pg.exact.gradient(self.mdp, self.policy, theta), central, atol=1e-8)

    def test_one_step_by_hand(self):
        mdp = pg.problems.regulator(horizon=2, discount=0.5, noise_std=0.1, initial_mean=0.3, initial_std=0.1)
        by_hand = -0.1 - 0.5 * (0.25 * 0.1 + 0.04 + 0.01)
        assert pg.exact.utility(mdp, self.policy, (-0.5, 0.2)) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("other", None), "estimator is 'other'"),
        (("total_return", pg.Baseline.per_state([0.0] * 10)), "does not fit total_return"),
        (("reward_to_go", np.zeros(10)), "say what it depends on"),
        (("reward_to_go", pg.Baseline.per_state([0.0] * 3)), r"must have shape \(10,\)"),
        (("reward_to_go", "V"), "baseline must be one real number"),
    ],
)
def test_errors(arguments, words):
    mdp, policy = pg.problems.corridor(), pg.SoftmaxPolicy(10, 2)
    with pytest.raises(ValueError, match=words):
        pg.exact.moments(mdp, policy, np.zeros(20), *arguments)


def test_a_problem_of_another_kind_is_named():
    for function in (pg.exact.utility, pg.exact.gradient):
        with pytest.raises(ValueError, match=r"^mdp must be a problem, such as .*, but is a dict"):
            function({}, pg.ClampPolicy(), [0.2])
