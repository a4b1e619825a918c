"""Both samplers and the estimators against the exact distribution.

Every comparison is a z-test: the false-alarm rate of the whole file is below 1e-6 over the choice of seeds (|z| < 6.5
has a rate of 8e-11 for one normal statistic, and fewer than 10 000 are looked at; the batches are large enough for the
normal approximation). The seeds are fixed, so a run that passes once passes again.
"""

import numpy as np
import pytest

import pgcourse as pg
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
    np.testing.assert_array_equal(batch.rewards[batch.active], mdp.rewards[batch.states, batch.actions][batch.active])


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


def test_event_tables_hold_the_exact_probabilities(case):
    mdp, policy, theta = case
    tables = pg.sampling.EventTables(mdp, policy, theta, 0)
    width, half = tables.row_length, len(tables.threshold)
    cell = np.arange(half) % width
    keep = (tables.threshold.astype(float) / 2.0 ** int(tables.shift) - cell).clip(0, 1)
    arrival = np.zeros((mdp.num_states, mdp.num_states))
    rows = np.arange(half) // width
    for share, half_number in ((keep, 0), (1 - keep, 1)):
        following = tables.next_row[half_number * half : (half_number + 1) * half] // width
        np.add.at(arrival, (rows, following), share / width)
    step = np.einsum("sa,sat->st", policy.probabilities(theta), mdp.transitions)
    step[mdp.terminal] = np.eye(mdp.num_states)[mdp.terminal]
    np.testing.assert_allclose(arrival, step, atol=1e-8)


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
