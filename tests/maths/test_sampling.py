"""Both samplers and the estimators against the exact distribution.

Every comparison is a z-test: the false-alarm rate of the whole file is below 1e-6 over the choice of seeds (|z| < 6.5
has a rate of 8e-11 for one normal statistic, and fewer than 10 000 are looked at; the batches are large enough for the
normal approximation). The seeds are fixed, so a run that passes once passes again.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import pgcourse as pg
from pgcourse.gradients import fast
from pgcourse.gradients.alias import alias_rows, below
from pgcourse.gradients.events import one_decision
from pgcourse.problems.mdp import entries
from tests.support.strategies import random_mdp

LIMIT = 6.5


def z_of_mean(samples, mean, variance):
    """Return the z statistic of each column's mean; a column of variance 0 must equal its mean."""
    error = samples.mean(axis=0, dtype=float) - mean
    constant = variance < 1e-14
    assert np.abs(np.where(constant, error, 0)).max() < 1e-6
    return np.where(constant, 0, error / np.sqrt(np.where(constant, 1, variance) / len(samples)))


def z_of_variance(samples, mean, variance):
    """Return the z statistic of each column's second moment about the exact mean."""
    squares = (samples.astype(float) - mean) ** 2
    spread = squares.std(axis=0) / np.sqrt(len(samples))
    return np.where(spread < 1e-9, 0, (squares.mean(axis=0) - variance) / np.where(spread < 1e-9, 1, spread))


def check(samples, moments):
    assert np.abs(z_of_mean(samples, *moments)).max() < LIMIT
    assert np.abs(z_of_variance(samples, *moments)).max() < LIMIT


def softmax_case(mdp, seed):
    policy = pg.SoftmaxPolicy(mdp.num_states, mdp.num_actions)
    return mdp, policy, np.random.default_rng(seed).normal(0, 0.5, policy.num_parameters)


CASES = {
    "left_right": (pg.problems.left_right(), pg.ClampPolicy(), np.array([0.2])),
    "boundary": (pg.problems.left_right(), pg.ClampPolicy(), np.array([1.0])),
    "two_step": softmax_case(pg.problems.two_step((1, 2), (0.5, -1), 0.9), 1),
    "corridor": softmax_case(pg.problems.corridor(), 2),
    "gridworld": softmax_case(pg.problems.gridworld(size=3, horizon=8), 3),
    "random": softmax_case(random_mdp(np.random.default_rng(4), 5, 3, 6, 0.8, 2), 4),
    "undiscounted": softmax_case(random_mdp(np.random.default_rng(5), 3, 2, 4, 1.0, 1), 5),
    "next state": softmax_case(random_mdp(np.random.default_rng(7), 4, 2, 5, 0.9, 1, by_next_state=True), 7),
    "myopic": softmax_case(random_mdp(np.random.default_rng(6), 3, 2, 4, 0.0, 1), 6),
}


@pytest.fixture(params=CASES, scope="module")
def case(request):
    return CASES[request.param]


@pytest.fixture(scope="module")
def batch(case):
    return pg.simulate(*case, 40_000, np.random.default_rng(11))


def test_simulate_visits_states_as_it_should(case, batch):
    mdp, policy, theta = case
    wanted = pg.exact.state_distribution(mdp, policy, theta)
    seen = (batch.states[:, :, None] == np.arange(mdp.num_states)).reshape(len(batch.lengths), -1)
    assert np.abs(z_of_mean(seen, wanted.ravel(), (wanted * (1 - wanted)).ravel())).max() < LIMIT


def test_trajectories_end_on_entering_a_terminal_state(case, batch):
    mdp = case[0]
    assert not batch.rewards[~batch.active].any()
    assert not batch.actions[~batch.active].any()
    np.testing.assert_array_equal(mdp.terminal[batch.states], ~batch.active)
    state, action, following = batch.states[:, :-1], batch.actions[:, :-1], batch.states[:, 1:]  # the last is unknown
    wanted = entries(mdp.rewards, state, action, following)
    np.testing.assert_array_equal(batch.rewards[:, :-1], np.where(batch.active[:, :-1], wanted, 0))


def test_rewards_are_as_noisy_as_they_should_be():
    case = mdp, policy, theta = softmax_case(random_mdp(np.random.default_rng(8), 3, 2, 5, 0.9, 1, True, True), 8)
    wanted = [pg.exact.moments(*case, estimator) for estimator in pg.exact.ESTIMATORS]
    quiet = pg.exact.moments(replace(mdp, reward_std=0 * mdp.reward_std), policy, theta, "reward_to_go")[1]
    assert (wanted[1][1][:4] > 1.05 * quiet[:4]).all()
    batch = pg.simulate(*case, 40_000, np.random.default_rng(11))
    assert not batch.rewards[~batch.active].any()
    for estimate, moments in zip((pg.estimators.total_return, pg.estimators.reward_to_go), wanted, strict=True):
        check(estimate(batch, policy, theta, mdp.discount), moments)
    for component in range(4):
        samples = pg.sampling.gradient_samples(*case, component, 40_000, np.random.default_rng(component))
        for got, moments in zip((samples.total_return, samples.reward_to_go), wanted, strict=True):
            check(got[:, None], [moment[component : component + 1] for moment in moments])


@pytest.mark.slow
def test_readable_estimators(case, batch):
    mdp, policy, theta = case
    rng = np.random.default_rng(0)
    for baseline in (None, 0.7, pg.Baseline.per_component(rng.normal(size=policy.num_parameters))):
        samples = pg.estimators.total_return(batch, policy, theta, mdp.discount, baseline)
        check(samples, pg.exact.moments(*case, "total_return", baseline))
    for baseline in (
        None,
        0.7,
        pg.Baseline.per_state(rng.normal(size=mdp.num_states)),
        pg.Baseline.per_step_and_state(pg.exact.values(*case)[0]),
        pg.Baseline.per_component(pg.exact.optimal_baseline(*case)),
    ):
        samples = pg.estimators.reward_to_go(batch, policy, theta, mdp.discount, baseline)
        check(samples, pg.exact.moments(*case, "reward_to_go", baseline))


@pytest.mark.parametrize("generator", [np.random.SFC64, np.random.PCG64, np.random.MT19937])
def test_fast_sampler(case, generator):
    baseline = 0.3
    for component in np.unique(np.linspace(0, case[1].num_parameters - 1, 4).astype(int)):
        rng = np.random.Generator(generator(int(component)))
        samples = pg.sampling.gradient_samples(*case, int(component), 40_000, rng)
        less = samples.reward_to_go - baseline * samples.score_sum
        for got, moments in (
            (samples.total_return, pg.exact.moments(*case)),
            (samples.reward_to_go, pg.exact.moments(*case, "reward_to_go")),
            (less, pg.exact.moments(*case, "reward_to_go", baseline)),
        ):
            check(got[:, None], [moment[component : component + 1] for moment in moments])


def masses(tables):
    """Return the probability of each event number within its row, as exact as fractions are."""
    cells = 1 << tables.bits
    wide = 2**32 // cells  # draws that choose a cell
    whole = [int(threshold) - i % cells * wide for i, threshold in enumerate(tables.threshold)]
    own = [(w + Fraction(f)) / 2**32 for w, f in zip(whole, tables.fraction, strict=True)]
    return own + [Fraction(1, cells) - mass for mass in own]


def law(tables, num_states):
    """Return the probability (S, S) of each state after one draw from each state."""
    arrival = [[Fraction(0)] * num_states for _ in range(num_states)]
    for number, mass in enumerate(masses(tables)):
        row = number % len(tables.threshold) >> tables.bits
        arrival[row][tables.following[number]] += mass
    return np.array(arrival, dtype=float)


@pytest.mark.slow
def test_event_tables_hold_the_exact_probabilities(case):
    mdp, policy, theta = case
    step = np.einsum("sa,sat->st", policy.probabilities(theta), mdp.transitions)
    step[mdp.terminal] = np.eye(mdp.num_states)[mdp.terminal]
    assert len(fast.Sampler(*case, 0, 10**6).plan) < max(mdp.horizon, 2)
    events = one = one_decision(mdp, policy.probabilities(theta), policy.score(theta)[:, :, 0])
    for decisions in (1, 2, 3):
        tables, wanted = fast.EventTables(events), np.linalg.matrix_power(step, decisions)
        events = events.and_then(one, 1)
        np.testing.assert_allclose(law(tables, mdp.num_states), wanted, atol=1e-15, rtol=1e-13)


@pytest.mark.parametrize("rare", [1e-9, 1e-10, 1e-17, 1e-30, 1e-300])
def test_rare_events_have_their_exact_probability(rare):
    """The samples of a rare action are as large as it is rare: its share of the mean is as large as the other's."""
    mdp = pg.TabularMDP([1, 0], [[[1 - rare, rare]] * 2, [[0, 1]] * 2], [[3, 3], [1, 1]], 1, 1)
    for tables in (
        fast.EventTables(one_decision(mdp, np.full((2, 2), 0.5), np.zeros((2, 2)))),
        fast.EventTables(one_decision(mdp, np.array([[rare, 1 - rare]] * 2), np.zeros((2, 2)))),
    ):
        found = law(tables, 2)
        assert found[0, 1] == pytest.approx(rare, rel=1e-12)
    (first,) = fast.Sampler(pg.problems.left_right(), pg.ClampPolicy(), [1e-9], 0, 10).plan
    left = [mass for mass, score in zip(masses(first[1]), first[1].score, strict=True) if score > 0]
    assert float(sum(left)) == pytest.approx(1e-9, rel=1e-12)


class Drawn:
    """A generator that draws what it is told, 32 bits at a time."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def integers(self, high, size, dtype):
        assert (high, dtype) == (1 << 32, np.uint32)
        return np.array([self.numbers.pop(0) for _ in range(size)], dtype)


@pytest.mark.parametrize(
    ("fraction", "numbers", "answer"),
    [
        (0.5, [2**31 - 1], True),
        (0.5, [2**31], False),
        (0.0, [0], False),
        (2.0**-32, [0], True),
        (2.0**-32, [1], False),
        (1.5 * 2.0**-32, [1, 2**31 - 1], True),
        (1.5 * 2.0**-32, [1, 2**31], False),
        (2.0**-70, [0, 0, 2**26 - 1], True),
        (2.0**-70, [0, 0, 2**26], False),
    ],
)
def test_below_decides_by_as_many_bits_as_it_takes(fraction, numbers, answer):
    rng = Drawn(*numbers)
    assert below(np.array([fraction]), rng).tolist() == [answer]
    assert rng.numbers == []


def test_below_has_the_probability_of_the_fraction():
    fractions = np.repeat([0.1, 0.7], 50_000)
    share = below(fractions, np.random.default_rng(1)).reshape(2, -1).mean(axis=1)
    assert np.abs((share - [0.1, 0.7]) / np.sqrt([0.09, 0.21]) * np.sqrt(50_000)).max() < LIMIT


def test_a_draw_that_equals_the_threshold_is_followed_by_another():
    mdp = pg.problems.bandit([1, 2, 3])
    tables = fast.EventTables(one_decision(mdp, np.array([[0.1, 0.3, 0.6]]), np.zeros((1, 3))))
    threshold, fraction = int(tables.threshold[0]), tables.fraction[0]
    assert 0 < fraction < 1
    draws = np.array([threshold - 1, threshold, threshold, threshold + 1], dtype=np.uint32)
    digit = int(fraction * 2**32)
    chosen = tables.choose(np.zeros(4, dtype=np.intp), draws, Drawn(digit - 1, digit + 1))
    assert chosen.tolist() == [0, 0, len(tables.threshold), len(tables.threshold)]


def test_alias_tables_give_back_what_they_are_made_from():
    rng = np.random.default_rng(7)
    for trial in range(300):
        weights = rng.random((3, 1 << rng.integers(1, 9))) ** rng.integers(1, 40)
        weights[rng.random(weights.shape) < rng.random() * 0.9] = 0
        if trial % 3 == 0:
            weights = np.round(3 * weights)  # many equal ones, many that just fill their cell
        weights[:, 0] += weights.sum(axis=1) == 0
        weights /= weights.sum(axis=1, keepdims=True)
        keep, alias = alias_rows(weights)
        share = keep.copy()
        np.add.at(share, (np.arange(3)[:, None], alias), 1 - keep)
        assert keep.min() >= 0
        assert keep.max() <= 1
        np.testing.assert_allclose(share / weights.shape[1], weights, atol=1e-15)
        rare = weights * weights.shape[1] < 1
        np.testing.assert_allclose(keep[rare], weights[rare] * weights.shape[1], rtol=1e-14)


def test_events_in_a_row_have_the_exact_moments(case):
    """All decisions in one draw: the mean and the mean square over the events are those of the backward pass."""
    mdp, policy, theta = case
    mdp = replace(mdp, horizon=min(mdp.horizon, 4))
    for component in range(0, policy.num_parameters, 3):
        one = one_decision(mdp, policy.probabilities(theta), policy.score(theta)[:, :, component])
        whole = one
        for k in range(1, mdp.horizon):
            whole = whole.and_then(one, mdp.discount**k)
        weight = mdp.initial[:, None] * whole.probability
        for samples, moments in (
            (whole.score * whole.reward, pg.exact.moments(mdp, policy, theta)),
            (whole.reward_to_go, pg.exact.moments(mdp, policy, theta, "reward_to_go")),
            (whole.reward_to_go - 0.3 * whole.score_sum, pg.exact.moments(mdp, policy, theta, "reward_to_go", 0.3)),
        ):
            mean = (weight * samples).sum()
            found = mean, (weight * (samples - mean) ** 2).sum()
            np.testing.assert_allclose(found, [moment[component] for moment in moments], atol=1e-12)


@pytest.mark.parametrize(
    ("horizon", "longest", "wanted"),
    [(20, 4, [4] * 5), (7, 4, [4, 2, 1]), (3, 2, [2, 1]), (1, 1, [1]), (4, 1, [1] * 4), (13, 8, [8, 4, 1])],
)
def test_a_draw_decides_as_many_decisions_as_it_may(horizon, longest, wanted):
    assert fast.draw_lengths(horizon, longest) == wanted


def test_larger_tables_are_made_where_more_is_drawn():
    case = softmax_case(pg.problems.corridor(), 2)
    plans = [fast.Sampler(*case, 0, num_trajectories).plan for num_trajectories in (10, 1000, 10**6)]
    assert [len(plan) for plan in plans] == [20, 10, 5]
    np.testing.assert_allclose([weight for weight, _ in plans[2]], 0.95 ** np.arange(0, 20, 4))


@pytest.mark.parametrize(
    ("rewards", "theta", "words"),
    [
        ((1e38, 2e38), 0.2, "theta and mdp allow gradient samples of 1e.39, too large for the 32 bits of this sampler"),
        ((1, 2), 1e-39, "theta and mdp allow gradient samples of 2e.39, too large"),
        ((1e-40, 0), 0.2, "mdp has no reward above 1e-40, too small for the 32 bits of this sampler: scale them"),
    ],
)
def test_what_32_bits_cannot_hold_is_refused(rewards, theta, words):
    with pytest.raises(ValueError, match=words):
        pg.sampling.gradient_samples(
            pg.problems.left_right(*rewards), pg.ClampPolicy(), [theta], 0, 5, np.random.default_rng()
        )


def test_regulator_simulation_and_estimators():
    mdp, policy, theta = pg.problems.regulator(horizon=4), pg.LinearGaussianPolicy(), (-0.5, -0.4)
    batch = pg.simulate(mdp, policy, theta, 100_000, np.random.default_rng(3))
    returns = batch.returns(mdp.discount)
    assert abs(returns.mean() - pg.exact.utility(mdp, policy, theta)) < LIMIT * returns.std() / np.sqrt(len(returns))
    for samples in (
        pg.estimators.total_return(batch, policy, theta, mdp.discount),
        pg.estimators.reward_to_go(batch, policy, theta, mdp.discount),
        pg.estimators.reward_to_go(batch, policy, theta, mdp.discount, -0.3),
    ):
        error = samples.mean(axis=0) - pg.exact.gradient(mdp, policy, theta)
        assert (np.abs(error) < LIMIT * samples.std(axis=0) / np.sqrt(len(samples))).all()


def test_rewards_to_go_by_hand():
    np.testing.assert_allclose(pg.estimators.rewards_to_go([1.0, 2.0, 4.0], 0.5), [3.0, 4.0, 4.0])
    rewards = np.array([[1, 2], [3, 4]])
    np.testing.assert_allclose(pg.estimators.rewards_to_go(rewards, 1.0), [[3, 2], [7, 4]])
    np.testing.assert_array_equal(rewards, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c: pg.simulate(*c, 0, np.random.default_rng()), "num_trajectories is 0"),
        (lambda c: pg.simulate(*c, 10, 42), "rng must be a NumPy generator, but is 42"),
        (lambda c: pg.simulate(c[0], pg.ClampPolicy(), [0.2], 5, np.random.default_rng()), "make the policy for this"),
        (lambda c: pg.simulate("corridor", *c[1:], 5, np.random.default_rng()), "but is a str"),
        (lambda c: pg.sampling.gradient_samples(*c, 20, 5, np.random.default_rng()), "the components are 0 to 19"),
        (lambda c: pg.estimators.rewards_to_go([1.0], 2), "discount is 2"),
        (lambda c: pg.Baseline.per_state(np.zeros((2, 2))), "must have 1 axes"),
    ],
)
def test_errors(call, words):
    with pytest.raises(ValueError, match=words):
        call(CASES["corridor"])
