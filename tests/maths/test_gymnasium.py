"""`TabularMDP.from_gymnasium`: the environments' own tables, walked by hand, and tables that cannot be read."""

import copy
from functools import cache

import gymnasium
import numpy as np
import pytest

import pgcourse as pg

# up and down end the episode from state 0, in states of their own; left stays
TABLE = {
    0: {0: [(1.0, 1, 2.0, True)], 1: [(0.25, 2, 8.0, True), (0.75, 0, 0.0, False)]},
    1: {0: [(1.0, 0, 5.0, False)], 1: [(1.0, 1, 0.0, True)]},
    2: {0: [(1.0, 2, 0.0, True)], 1: [(1.0, 2, 0.0, True)]},
}
START = [1.0, 0.0, 0.0]


def environment(name, **options):
    return gymnasium.make(name, **options)


def walked_utility(env, discount, horizon, initial=None):
    """The mean return when each action is equally likely, straight from the table and with nothing of the package."""
    table = env.unwrapped.P

    @cache
    def value(state, decisions):
        if not decisions:
            return 0.0
        return sum(
            probability * (reward + (0 if terminated else discount * value(int(following), decisions - 1)))
            for outcomes in table[state].values()
            for probability, following, reward, terminated in outcomes
        ) / len(table[state])

    initial = env.unwrapped.initial_state_distrib if initial is None else initial
    return sum(initial[state] * value(int(state), horizon) for state in np.flatnonzero(initial))


def best_values(mdp):
    """The mean return of the best decisions from each state, by backward induction."""
    value = np.zeros(mdp.num_states)
    for _ in range(mdp.horizon):
        value = np.where(mdp.terminal, 0, (mdp.mean_rewards + mdp.discount * mdp.transitions @ value).max(axis=1))
    return value


@pytest.mark.parametrize(
    ("name", "options", "shape", "ends"),
    [
        ("FrozenLake-v1", {}, (16, 4), [5, 7, 11, 12, 15]),
        ("FrozenLake-v1", {"is_slippery": False}, (16, 4), [5, 7, 11, 12, 15]),
        ("FrozenLake-v1", {"map_name": "8x8"}, (64, 4), [19, 29, 35, 41, 42, 46, 49, 52, 54, 59, 63]),
        ("CliffWalking-v1", {}, (48, 4), [47]),
        ("CliffWalking-v1", {"is_slippery": True}, (48, 4), [47]),
        ("Taxi-v4", {}, (500, 6), [0, 85, 410, 475]),
    ],
)
def test_utility_is_that_of_the_table(name, options, shape, ends):
    env = environment(name, **options)
    mdp = pg.TabularMDP.from_gymnasium(env, discount=0.9, horizon=12)
    assert mdp.rewards.shape == (*shape, shape[0])
    assert mdp.terminal.nonzero()[0].tolist() == ends
    uniform = UniformPolicy(*shape)
    assert pg.exact.utility(mdp, uniform, [0.0]) == pytest.approx(walked_utility(env, 0.9, 12), abs=1e-12)


class UniformPolicy(pg.TabularPolicy):
    """All actions alike, and one parameter that does nothing."""

    def __init__(self, num_states, num_actions):
        self.num_states, self.num_actions, self.num_parameters = num_states, num_actions, 1

    def probabilities(self, theta):
        return np.full((self.num_states, self.num_actions), 1 / self.num_actions)

    def score(self, theta):
        return np.zeros((self.num_states, self.num_actions, 1))


def test_the_best_way_along_the_cliff_takes_13_steps():
    env = environment("CliffWalking-v1")
    mdp = pg.TabularMDP.from_gymnasium(env, discount=1, horizon=20)
    assert mdp.initial @ best_values(mdp) == -13


@pytest.mark.slow
def test_the_best_taxi_earns_what_is_known():
    """7.93 on average over the starts: Dietterich 2000, whose optimal taxi the environment has."""
    mdp = pg.TabularMDP.from_gymnasium(environment("Taxi-v4"), discount=1, horizon=30)
    assert mdp.initial @ best_values(mdp) == pytest.approx(7.93, abs=0.005)


def test_steps_of_the_environment_are_transitions_of_the_problem():
    env = environment("FrozenLake-v1")
    mdp = pg.TabularMDP.from_gymnasium(env, discount=1, horizon=100)
    env.action_space.seed(3)
    state, _ = env.reset(seed=3)
    for _ in range(500):
        action = env.action_space.sample()
        following, _, terminated, truncated, _ = env.step(action)
        assert mdp.transitions[state, action, following] > 0
        assert mdp.terminal[following] == terminated
        state = env.reset()[0] if terminated or truncated else following


def test_a_table_needs_no_gymnasium():
    mdp = pg.TabularMDP.from_gymnasium(TABLE, 1, 3, START)
    assert mdp.transitions[0].tolist() == [[0, 1, 0], [0.75, 0, 0.25]]
    assert mdp.rewards[0].tolist() == [[0, 2, 0], [0, 0, 8]]
    assert not mdp.rewards[1:].any()
    assert mdp.mean_rewards.tolist() == [[2, 2], [0, 0], [0, 0]]
    assert not mdp.reward_std.any()
    assert mdp.terminal.tolist() == [False, True, True]
    assert mdp.transitions[1:].argmax(axis=2).tolist() == [[1, 1], [2, 2]]
    assert pg.exact.utility(mdp, UniformPolicy(3, 2), [0.0]) == pytest.approx(2 + 3 / 8 * 2 + 9 / 64 * 2)


def test_another_start_can_be_given():
    env = environment("FrozenLake-v1", is_slippery=False)
    start = np.arange(16) == 14
    mdp = pg.TabularMDP.from_gymnasium(env, 1, 1, start)
    assert best_values(mdp)[14] == 1
    assert pg.exact.utility(mdp, UniformPolicy(16, 4), [0.0]) == walked_utility(env, 1, 1, start) == 0.25


def test_ways_that_never_happen_do_not_count():
    table = copy.deepcopy(TABLE) | {3: {0: [(1.0, 1, 0.0, False)], 1: [(1.0, 3, 0.0, False)]}}
    assert pg.TabularMDP.from_gymnasium(table, 1, 3, [*START, 0.0]).terminal.tolist() == [False, True, True, False]
    table[3][1] = [(1.0, 0, 0.0, True)]
    table[0][0] = [(1.0, 1, 2.0, True), (0.0, 1, 2.0, False)]
    assert pg.TabularMDP.from_gymnasium(table, 1, 3, [*START, 0.0]).terminal[1]
    with pytest.raises(ValueError, match=r"^P\[3\]\[1\] ends the episode on entering state 0, but P\[0\]\[1\] goes on"):
        pg.TabularMDP.from_gymnasium(table, 1, 3, [0.5, 0.0, 0.0, 0.5])


def test_the_two_ways_that_disagree_are_named():
    ends, goes_on = (1.0, 1, 0.0, True), (1.0, 1, 0.0, False)
    table = {0: {0: [ends]}, 1: {0: [goes_on]}, 2: {0: [(0.5, *ends[1:]), (0.5, *goes_on[1:])]}}
    with pytest.raises(ValueError, match=r"^P\[2\]\[0\] ends the episode on entering state 1, but P\[1\]\[0\] goes on"):
        pg.TabularMDP.from_gymnasium(table, 1, 3, [0.0, 0.0, 1.0])


def changed(state, action, outcomes):
    return {**TABLE, state: {**TABLE[state], action: outcomes}}


@pytest.mark.parametrize(
    ("env", "start", "words"),
    [
        (lambda: environment("CartPole-v1"), None, r"^env has no table of transitions \(env.unwrapped.P\): take an"),
        (lambda: "FrozenLake-v1", None, "^env has no table of transitions"),
        (lambda: TABLE, None, "^initial is missing"),
        (lambda: TABLE, [1.0, 0.0], r"^initial must have shape \(3,\)"),
        (lambda: TABLE, [0.5, 0.5, 0.0], r"^initial\[1\] is 0.5, but state 1 is terminal: start in a state where"),
        (dict, START, "^P must be .* with the states numbered 0, 1, 2"),
        (lambda: {1: TABLE[0], 2: TABLE[0]}, START, "^P must be .* with the states numbered 0, 1, 2"),
        (lambda: {0: TABLE[0], 7: TABLE[0]}, START, "^P must be .* with the states numbered 0, 1, 2"),
        (lambda: {"a": TABLE[0]}, START, "^P must be .* with the states numbered"),
        (lambda: {0: {}}, START, "^P must be .* with the states numbered"),
        (lambda: {**TABLE, 2: {0: TABLE[2][0]}}, START, r"^P\[2\] must have the actions 0 to 1, as P\[0\] has"),
        (lambda: {**TABLE, 2: [TABLE[2][0]] * 2}, START, r"^P\[2\] must have the actions 0 to 1"),
        (lambda: changed(0, 1, []), START, r"^P\[0\]\[1\] must be a list of \(probability, next_state, reward, term"),
        (lambda: changed(0, 1, [(1.0, 0, 0.0)]), START, r"^P\[0\]\[1\] must be a list of \(probability, next_state"),
        (lambda: changed(0, 1, 0), START, r"^P\[0\]\[1\] must be a list of"),
        (lambda: changed(0, 1, [(0.9, 0, 0.0, False)]), START, r"^P\[0\]\[1\] sums to 0.9, not 1: divide it by its su"),
        (lambda: changed(0, 1, [(-1.0, 0, 0.0, False), (2.0, 0, 0.0, False)]), START, r"^P\[0\]\[1\]\[0\] is -1"),
        (lambda: changed(0, 1, [(1.0, 3, 0.0, False)]), START, r"^P\[0\]\[1\] leads to state 3, but the states are 0 "),
        (lambda: changed(0, 1, [(1.0, -1, 0.0, False)]), START, r"^a next state of P\[0\]\[1\] is -1"),
        (lambda: changed(0, 1, [(1.0, 0.5, 0.0, False)]), START, r"^a next state of P\[0\]\[1\] must be a whole num"),
        (lambda: changed(0, 1, [(1.0, 0, np.nan, False)]), START, r"^the rewards of P\[0\]\[1\]\[0\] is nan"),
        (lambda: changed(0, 1, [(1.0, 0, "a", False)]), START, r"^the rewards of P\[0\]\[1\] must hold real numbers"),
    ],
)
def test_what_cannot_be_read_is_said(env, start, words):
    with pytest.raises(ValueError, match=words) as told:
        pg.TabularMDP.from_gymnasium(env(), 1, 3, start)
    assert "\n" not in str(told.value)


def test_a_drawn_episode_is_paid_as_the_environment_pays():
    mdp = pg.TabularMDP.from_gymnasium(environment("FrozenLake-v1"), discount=1, horizon=100)
    batch = pg.simulate(mdp, pg.SoftmaxPolicy(16, 4), np.zeros(64), 300, np.random.default_rng(0))
    assert set(np.unique(batch.rewards)) == {0, 1}
    np.testing.assert_array_equal(batch.rewards.any(axis=1), batch.states[:, -1] == 15)


def test_the_variance_is_that_of_what_the_environment_pays():
    """Rewards that were replaced by their means given state and action would make a quieter process."""
    mdp = pg.TabularMDP.from_gymnasium(environment("FrozenLake-v1"), discount=0.99, horizon=50)
    policy = pg.SoftmaxPolicy(16, 4)
    means = np.einsum("sat,sat->sa", mdp.transitions, mdp.rewards)
    quieter = pg.TabularMDP(mdp.initial, mdp.transitions, means, 0.99, 50, mdp.terminal)
    variances = [pg.exact.moments(each, policy, np.zeros(64), "reward_to_go")[1].sum() for each in (mdp, quieter)]
    np.testing.assert_allclose(variances, [0.1035, 0.0687], atol=5e-5)


def test_several_rewards_for_one_next_state_have_their_mean_and_deviation():
    both = [(0.25, 0, 4.0, False), (0.25, 0, 8.0, False), (0.5, 1, 1.0, True)]
    mdp = pg.TabularMDP.from_gymnasium({0: {0: both}, 1: {0: [(1.0, 1, 0.0, True)]}}, 1, 1, [1.0, 0.0])
    assert mdp.rewards[0].tolist() == [[6, 1]]
    assert mdp.reward_std[0].tolist() == [[2, 0]]
    spread = 0.25 * 4.0**2 + 0.25 * 8.0**2 + 0.5 * 1 - 3.5**2
    assert pg.exact.return_variance(mdp, UniformPolicy(2, 1), [0.0]) == pytest.approx(spread, abs=1e-12)
