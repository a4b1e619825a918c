"""Problems and policies: what they are, and what they say about input that they cannot be made from."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pgcourse as pg

GOOD = {
    "initial": [0.5, 0.5, 0.0],
    "transitions": np.tile([0.2, 0.3, 0.5], (3, 2, 1)),
    "rewards": np.arange(6.0).reshape(3, 2),
    "discount": 0.9,
    "horizon": 4,
    "terminal": np.array([False, False, True]),
}


def broken(name, index, value):
    array = np.array(GOOD[name], dtype=float)
    array[index] = value
    return {name: array}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (broken("initial", 0, 0.6), r"^initial sums to 1.1, not 1: divide it by its sum"),
        (broken("transitions", (1, 0, 2), 0.4), r"^transitions\[1, 0\] sums to 0.9, not 1"),
        (broken("transitions", (2, 1, 0), -0.2), r"^transitions\[2, 1, 0\] is -0.2: a probability cannot be negative"),
        (broken("rewards", (2, 1), np.nan), r"^rewards\[2, 1\] is nan: every entry must be a finite number"),
        (broken("transitions", (0, 0, 0), np.inf), r"^transitions\[0, 0, 0\] is inf"),
        (
            broken("transitions", (2, 1), 0),
            r"^transitions\[2, 1\] sums to 0, not 1: let a state in which nothing happens",
        ),
        ({"initial": np.zeros(3)}, r"^initial sums to 0, not 1: say how probable each outcome is"),
        (
            {"initial": np.float32([0.1, 0.2, 0.7]) * 3},
            r"not 1: convert it with .astype\(float\), and then divide it by",
        ),
        ({"discount": 1.0000001}, r"^discount is 1.0000001, but must lie in \[0, 1\]"),
        (
            {"rewards": np.ma.masked_equal(GOOD["rewards"], 3)},
            "^rewards has masked entries: put numbers in their place",
        ),
        ({"initial": [*np.ma.masked_equal([0.5, 0.5, 0.0], 0)]}, "^initial has masked entries"),
        ({"terminal": np.ma.array(GOOD["terminal"], mask=[1, 0, 0])}, "^terminal has masked entries"),
        ({"discount": np.ma.masked}, "^discount has masked entries"),
        ({"initial": [1.0, 0.0]}, r"^initial must have shape \(3,\), but has shape \(2,\)"),
        ({"transitions": np.ones((3, 3, 2)) / 2}, r"^transitions must have shape \(3, 2, 3\)"),
        ({"rewards": np.zeros(3)}, r"^rewards must have shape \(S, A\)"),
        ({"rewards": np.zeros((3, 0))}, r"^rewards must have shape \(S, A\)"),
        ({"rewards": [[1, 2], [3]]}, r"^rewards must be a rectangular array"),
        ({"rewards": np.zeros((3, 2), dtype=object)}, r"^rewards must hold real numbers, but its dtype is object"),
        ({"rewards": np.zeros((3, 2), dtype=complex)}, r"^rewards must hold real numbers, but its dtype is complex"),
        ({"discount": 1.01}, r"^discount is 1.01, but must lie in \[0, 1\]"),
        ({"discount": float("nan")}, r"^discount is nan: it must be a finite number"),
        ({"discount": "high"}, r"^discount must be one real number, but is 'high'"),
        ({"horizon": 0}, r"^horizon is 0, but must be at least 1"),
        ({"horizon": 2.0}, r"^horizon must be a whole number such as 1, but is 2.0"),
        ({"horizon": True}, r"^horizon must be a whole number"),
        ({"terminal": [0, 0, 1]}, r"^terminal must be a bool array of shape \(3,\)"),
        ({"terminal": [True, False, False]}, r"^initial\[0\] is 0.5, but state 0 is terminal"),
    ],
)
def test_mdp_says_what_is_wrong(change, words):
    with pytest.raises(ValueError, match=words):
        pg.TabularMDP(**(GOOD | change))


@given(hnp.arrays(float, (2, 2, 2), elements=st.floats(allow_nan=True, allow_infinity=True)))
@example(np.full((2, 2, 2), 1e308))
def test_mdp_is_made_from_distributions_only(transitions):
    with np.errstate(over="ignore"):
        sums = transitions.sum(axis=2)
    valid = np.isfinite(transitions).all() and (transitions >= 0).all() and (np.abs(sums - 1) <= 1e-9).all()
    if valid:
        pg.TabularMDP([1, 0], transitions, np.zeros((2, 2)), 1, 1)
    else:
        with pytest.raises(ValueError, match="transitions"):
            pg.TabularMDP([1, 0], transitions, np.zeros((2, 2)), 1, 1)


@given(hnp.arrays(float, (3,), elements=st.floats(0, 1)).filter(lambda p: p.sum() > 0.01))
def test_mdp_takes_every_distribution(weights):
    mdp = pg.TabularMDP(weights / weights.sum(), np.full((3, 1, 3), 1 / 3), np.zeros((3, 1)), 0.5, 2)
    assert mdp.initial.sum() == pytest.approx(1)


@pytest.mark.parametrize("weights", [[0.1, 0.2, 0.7], [1, 1, 1]])
def test_the_advice_for_coarse_numbers_helps(weights):
    coarse = np.array(weights, dtype=np.float32)
    coarse = coarse / coarse.sum()
    with pytest.raises(ValueError, match="convert it with"):
        pg.TabularMDP(coarse + np.float32(1e-7), np.full((3, 1, 3), 1 / 3), np.zeros((3, 1)), 1, 1)
    fine = coarse.astype(float)
    pg.TabularMDP(fine / fine.sum(), np.full((3, 1, 3), 1 / 3), np.zeros((3, 1)), 1, 1)


def test_a_mask_that_hides_nothing_loses_nothing():
    assert pg.TabularMDP(**GOOD | {"rewards": np.ma.array(GOOD["rewards"])}) == pg.TabularMDP(**GOOD)


@pytest.mark.parametrize("change", [{"discount": 0.8}, {"horizon": 5}, {"rewards": np.zeros((3, 2))}])
def test_problems_are_equal_where_all_their_entries_are(change):
    mdp, same, other = (pg.TabularMDP(**GOOD | more) for more in ({}, {"initial": np.array([0.5, 0.5, -0.0])}, change))
    assert mdp == same
    assert hash(mdp) == hash(same)
    assert mdp != other
    assert mdp != pg.problems.regulator()
    assert len({mdp, same, other}) == 2


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, replace, lambda problem: pickle.loads(pickle.dumps(problem))]
)
def test_a_copy_is_equal_and_cannot_change_either(copied):
    mdp = copied(pg.TabularMDP(**GOOD))
    assert mdp == pg.TabularMDP(**GOOD)
    for name in ("initial", "transitions", "rewards", "terminal"):
        assert not getattr(mdp, name).flags.writeable


def test_baselines_trajectories_and_trainings_can_be_compared_too():
    baseline = pg.Baseline.per_state([1.0, 2.0])
    assert baseline == copy.deepcopy(baseline) != pg.Baseline.per_component([1.0, 2.0])
    first, second, third = (
        pg.simulate(pg.problems.left_right(), pg.ClampPolicy(), [0.5], 20, np.random.default_rng(seed))
        for seed in (1, 1, 2)
    )
    assert first == second != third
    assert pg.practice.train(1, np.random.default_rng(0)) == pg.practice.train(1, np.random.default_rng(0))


def test_arrays_in_the_form_of_quantecon():
    """The two states of Puterman 2005, section 3.1, with which QuantEcon's documentation begins."""
    rewards, transitions = [[5, 10], [-1, -1]], [[[0.5, 0.5], [0, 1]], [[0, 1], [0, 1]]]
    mdp = pg.TabularMDP.from_arrays(rewards, transitions, 0.95, horizon=3, initial=[1, 0])
    assert mdp == pg.TabularMDP([1, 0], transitions, rewards, 0.95, 3)
    ending = pg.TabularMDP.from_arrays(rewards, transitions, 0.95, 3, [1, 0], terminal=[False, True])
    assert ending.terminal.tolist() == [False, True]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"R": [[5, 10], [-1, -np.inf]]},
            r"^R\[1, 1\] is -inf, so action 1 cannot be taken in state 1, but a policy her",
        ),
        (
            {"R": [5, 10, -1]},
            r"^R must have shape \(S, A\), but has shape \(3,\): of a DiscreteDP made of pairs \(s, a\),",
        ),
        ({"R": [[5, 10], [np.nan, 0]]}, r"^R\[1, 0\] is nan"),
        ({"R": [[5, 10], [0]]}, "^R must be a rectangular array"),
        ({"Q": np.full((2, 2, 2), 0.4)}, r"^Q\[0, 0\] sums to 0.8, not 1: divide it by its sum"),
        ({"beta": 1.5}, "^beta is 1.5, but must lie in"),
        ({"horizon": 0}, "^horizon is 0"),
        ({"initial": [0.5, 0.4]}, "^initial sums to 0.9"),
    ],
)
def test_what_arrays_of_quantecon_lack_is_said(change, words):
    good = {"R": [[5, 10], [-1, -1]], "Q": np.full((2, 2, 2), 0.5), "beta": 0.95, "horizon": 3, "initial": [1, 0]}
    with pytest.raises(ValueError, match=words):
        pg.TabularMDP.from_arrays(**good | change)


def test_mdp_cannot_change():
    rewards = np.zeros((1, 2))
    mdp = pg.TabularMDP([1], np.ones((1, 2, 1)), rewards, 1, 1)
    rewards[0, 0] = 7
    assert mdp.rewards[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        mdp.rewards[0, 0] = 7


@pytest.mark.parametrize("policy", [pg.SoftmaxPolicy(2, 2), pg.ClampPolicy(), pg.LinearGaussianPolicy()])
@pytest.mark.parametrize(
    ("theta", "words"),
    [
        (np.zeros(9), "theta must have shape"),
        (0.2, "theta must have shape"),
        (np.array([None] * 4), "theta must hold real numbers, but its dtype is object"),
        (np.zeros(4, dtype=complex), "theta must hold real numbers, but its dtype is complex"),
        (["a"] * 4, "theta must hold real numbers"),
    ],
)
def test_theta_says_what_is_wrong(policy, theta, words):
    with pytest.raises(ValueError, match=words):
        policy.parameters(theta)


def test_theta_must_be_finite():
    with pytest.raises(ValueError, match=r"theta\[1\] is nan"):
        pg.SoftmaxPolicy(1, 2).probabilities([0.0, np.nan])


@pytest.mark.parametrize(("size", "words"), [((0, 2), "num_states is 0"), ((2, 1.5), "num_actions must be a whole")])
def test_softmax_says_what_is_wrong(size, words):
    with pytest.raises(ValueError, match=words):
        pg.SoftmaxPolicy(*size)


def numerical_score(policy, theta, h=1e-6):
    steps = h * np.eye(len(theta))
    return np.stack(
        [(np.log(policy.probabilities(theta + e)) - np.log(policy.probabilities(theta - e))) / (2 * h) for e in steps],
        axis=-1,
    )


@given(hnp.arrays(float, (6,), elements=st.floats(-4, 4)))
def test_softmax_score_is_the_slope_of_log_probability(theta):
    policy = pg.SoftmaxPolicy(2, 3)
    np.testing.assert_allclose(policy.score(theta), numerical_score(policy, theta), atol=1e-6)


@given(st.floats(0.01, 0.99))
def test_clamp_score_is_the_slope_of_log_probability(theta):
    policy = pg.ClampPolicy()
    np.testing.assert_allclose(policy.score([theta]), numerical_score(policy, np.array([theta])), rtol=1e-4)


@pytest.mark.parametrize("theta", [-3.0, 0.0, 1.0, 1.5])
def test_clamp_is_flat_outside_and_at_the_kinks(theta):
    policy = pg.ClampPolicy()
    assert policy.probabilities([theta])[0] == pytest.approx([float(theta > 0.5), float(theta < 0.5)])
    assert not policy.score([theta]).any()


def test_softmax_survives_large_preferences():
    policy = pg.SoftmaxPolicy(1, 2)
    np.testing.assert_array_equal(policy.probabilities([1000, -1000]), [[1, 0]])
    assert np.isfinite(policy.score([1000, -1000])).all()


@pytest.mark.parametrize("gap", [1, 40, 200])
def test_softmax_score_is_right_where_the_policy_is_nearly_deterministic(gap):
    """With preferences (gap, 0), 1 - pi of the first action is 1 / (1 + exp(gap)), however close to 0."""
    left = 1 / (1 + np.exp(gap))
    right = 1 / (1 + np.exp(-gap))
    wanted = [[left, -left], [-right, right]]
    np.testing.assert_allclose(pg.SoftmaxPolicy(1, 2).score([gap, 0])[0], wanted, rtol=1e-14)


def test_gaussian_score_is_the_slope_of_log_density():
    policy, theta = pg.LinearGaussianPolicy(), np.array([-0.4, -0.3])
    states, actions = np.array([0.5, -1.2]), np.array([0.1, 0.6])

    def log_density(theta):
        return -np.log(abs(theta[1])) - 0.5 * ((actions - theta[0] * states) / theta[1]) ** 2

    slope = [(log_density(theta + e) - log_density(theta - e)) / 2e-6 for e in 1e-6 * np.eye(2)]
    np.testing.assert_allclose(policy.score_at(theta, states, actions), np.transpose(slope), rtol=1e-6, atol=1e-9)
    with pytest.raises(ValueError, match="deterministic policy has no score"):
        policy.score_at([0.0, 0.0], states, actions)


def test_corridor_and_gridworld_are_as_described():
    corridor = pg.problems.corridor()
    assert corridor.transitions[0, 0, [0, 1]] == pytest.approx([0.9, 0.1])
    assert corridor.transitions[8, 1, [9, 7]] == pytest.approx([0.9, 0.1])
    assert corridor.mean_rewards[8] == pytest.approx([-0.1 + 0.1, -0.1 + 0.9])
    assert corridor.terminal.nonzero()[0].tolist() == [9]
    assert corridor.initial.argmax() == 4
    grid = pg.problems.gridworld()
    assert grid.transitions[0, 0, [0, 1]] == pytest.approx([0.9, 0.1])
    assert grid.transitions[6, 2, [11, 5, 7]] == pytest.approx([0.8, 0.1, 0.1])
    assert grid.mean_rewards[11, 1] == pytest.approx(-0.02 - 0.8)
    assert grid.mean_rewards[23, 1] == pytest.approx(-0.02 + 0.8)
    assert grid.terminal.nonzero()[0].tolist() == [24]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: pg.problems.left_right(np.nan), r"\(reward_left, reward_right\)\[0, 0\] is nan"),
        (lambda: pg.problems.two_step((1, 2, 3)), r"rewards_0 must have shape \(2,\)"),
        (lambda: pg.problems.corridor(num_states=1), "num_states is 1"),
        (lambda: pg.problems.corridor(slip=1.2), "slip is 1.2"),
        (lambda: pg.problems.corridor(start=10), "start is 10, but the states are 0 to 9"),
        (lambda: pg.problems.corridor(start=9), "state 9 is terminal"),
        (lambda: pg.problems.gridworld(size=1), "size is 1"),
        (lambda: pg.problems.gridworld(goal_reward=np.inf), "goal or pit reward"),
        (lambda: pg.problems.bandit([]), "mean_rewards must have one entry for each arm"),
        (lambda: pg.problems.regulator(noise_std=-1), "noise_std is -1"),
        (lambda: pg.problems.regulator(horizon=0), "horizon is 0"),
        (lambda: pg.ClampPolicy(2), "write ClampPolicy"),
    ],
)
def test_problems_say_what_is_wrong(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_entering_the_goal_earns_what_the_story_says():
    corridor = pg.problems.corridor()
    batch = pg.simulate(corridor, pg.SoftmaxPolicy(10, 2), np.tile([0.0, 2.0], 10), 200, np.random.default_rng(0))
    last = batch.rewards[np.arange(200), batch.lengths - 1]
    arrived = np.where(batch.lengths < 20, True, np.isclose(last, 0.9))
    assert arrived.sum() > 100
    np.testing.assert_allclose(last[arrived], -0.1 + 1)
    assert set(np.unique(batch.rewards.round(9))) == {-0.1, 0, 0.9}


def test_rewards_may_depend_on_the_next_state_and_be_noisy():
    transitions = [[[0.25, 0.75]], [[0, 1]]]
    mdp = pg.TabularMDP([1, 0], transitions, [[[4, 8]], [[0, 1]]], 1, 2, reward_std=[[[0, 1]], [[2, 0]]])
    assert mdp.mean_rewards.tolist() == [[7], [1]]
    assert (mdp.num_states, mdp.num_actions) == (2, 1)
    plain = pg.TabularMDP([1, 0], transitions, [[7], [1]], 1, 2)
    assert plain.mean_rewards is plain.rewards
    assert not plain.reward_std.any()
    policy = pg.SoftmaxPolicy(2, 1)
    assert pg.exact.utility(mdp, policy, np.zeros(2)) == pg.exact.utility(plain, policy, np.zeros(2))
    # by hand: E r = 7, then 1 or 7; Var r = 3 + 0.75 for the first decision, and the second depends on the first
    returns, chances = np.array([8.0, 12, 9]), np.array([1, 3, 12]) / 16
    spread = chances @ (returns - chances @ returns) ** 2 + 3 / 4 * 1 + 3 / 16 * 1
    assert pg.exact.return_variance(mdp, policy, np.zeros(2)) == pytest.approx(spread, abs=1e-12)


@pytest.mark.parametrize(
    ("rewards", "reward_std", "words"),
    [
        ([[[1, 2, 3]], [[1, 2, 3]]], None, r"^rewards must have shape \(S, A\) or \(S, A, S\) with S, A >= 1, but has"),
        ([1, 2], None, r"^rewards must have shape \(S, A\) or \(S, A, S\)"),
        ([[1], [2]], [[1]], r"^reward_std has shape \(1, 1\), but there are 2 states and 1 actions"),
        ([[1], [2]], 1.0, r"^reward_std must have shape \(S, A\) or \(S, A, S\)"),
        ([[1], [2]], [[1], [-2]], r"^reward_std\[1, 0\] is -2: a standard deviation cannot be negative"),
        ([[1], [2]], [[1], [np.nan]], r"^reward_std\[1, 0\] is nan"),
    ],
)
def test_rewards_that_do_not_fit_are_refused(rewards, reward_std, words):
    with pytest.raises(ValueError, match=words):
        pg.TabularMDP([1, 0], [[[0.25, 0.75]], [[0, 1]]], rewards, 1, 2, reward_std=reward_std)


@pytest.mark.parametrize(("name", "paid_means", "paid_moves"), [("gridworld", 5.51, 6.59), ("corridor", None, None)])
def test_paying_means_instead_of_moves_leaves_u_and_hides_variance(name, paid_means, paid_moves):
    mdp = getattr(pg.problems, name)()
    policy = pg.SoftmaxPolicy(mdp.num_states, mdp.num_actions)
    theta = np.zeros(policy.num_parameters)
    quieter = replace(mdp, rewards=mdp.mean_rewards)
    assert pg.exact.utility(quieter, policy, theta) == pytest.approx(pg.exact.utility(mdp, policy, theta), rel=1e-12)
    low, high = (pg.exact.moments(each, policy, theta, "reward_to_go")[1].sum() for each in (quieter, mdp))
    assert low < high
    if paid_means:
        assert (round(low, 2), round(high, 2)) == (paid_means, paid_moves)


def test_what_can_follow_a_state_under_any_action_is_listed_once_and_filled_up_by_what_cannot():
    corridor = pg.problems.corridor(num_states=4, start=1)  # its last state is terminal, so there it stays
    listed = corridor.successors.any_action
    possible = corridor.transitions.any(axis=1)
    possible[corridor.terminal] = np.eye(4, dtype=bool)[corridor.terminal]
    assert listed.shape == (4, possible.sum(axis=1).max())
    for state, row in enumerate(listed.tolist()):
        count = possible[state].sum()
        assert row[:count] == np.flatnonzero(possible[state]).tolist()
        assert not possible[state, row[count:]].any()
        assert len(set(row)) == len(row)
