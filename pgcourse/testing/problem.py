"""What `pgcourse` takes for granted of a problem."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pgcourse import exact
from pgcourse.exact import tree
from pgcourse.gradients import TabularPolicy, Trajectories, simulate
from pgcourse.problems import TabularMDP
from pgcourse.problems.mdp import entries
from pgcourse.testing import compare

LARGEST_TREE = 20_000
FURTHEST = 8
"""Standard deviations: a normal reward is further from its mean with a probability of 1e-15."""
THETAS = (np.zeros(4), np.array([0.5, -1.0, 0.3, 0.8]))


class ProblemConformance:
    """What holds of every `TabularMDP`; inherit it and name yours.

    Attributes
    ----------
    problem : TabularMDP
        the problem under test; where all its trajectories would be too many, those of its first decisions are taken
    """

    problem: TabularMDP

    def test_arrays_are_valid_and_cannot_change(self) -> None:
        """The arrays are what `TabularMDP` accepts, and read-only."""
        mdp = self.problem
        TabularMDP(mdp.initial, mdp.transitions, mdp.rewards, mdp.discount, mdp.horizon, mdp.terminal)
        for name in ("initial", "transitions", "rewards", "terminal"):
            assert not getattr(mdp, name).flags.writeable, f"{name} can be changed: call setflags(write=False) on it."

    def test_exact_agrees_with_the_tree(self) -> None:
        """Utility, variance of the return and moments of the estimators are those of all trajectories together."""
        mdp, policy = shortened(self.problem), _policy_for(self.problem)
        for theta in THETAS:
            chances, batch = tree.all_trajectories(mdp, policy, theta)
            whole = exact.utility(mdp, policy, theta), exact.return_variance(mdp, policy, theta)
            wanted = compare.moments(chances, batch.returns(mdp.discount))
            compare.assert_close(whole, wanted, "U or the variance of R is not the tree's", theta)
            found = compare.exact_moments(mdp, policy, theta)
            wanted = compare.moments(chances, compare.gradient_samples(mdp, policy, theta, batch))
            compare.assert_close(found, wanted, "exact.moments are not the tree's", theta)

    def test_utility_is_what_is_earned_on_the_way(self) -> None:
        """Utility, computed from the end, is the sum of what each decision earns, computed from the start."""
        mdp, policy = self.problem, _policy_for(self.problem)
        for theta in THETAS:
            visits = np.where(mdp.terminal, 0, exact.state_distribution(mdp, policy, theta))
            earned = np.einsum("ks,sa,sa->k", visits, policy.probabilities(theta), mdp.mean_rewards)
            wanted = mdp.discount ** np.arange(mdp.horizon) @ earned
            compare.assert_close(exact.utility(mdp, policy, theta), wanted, "U is not the sum of what is earned", theta)

    def test_gradient_is_the_slope_of_utility(self) -> None:
        """`exact.gradient` is the slope of `exact.utility`."""
        for theta in THETAS:
            compare.assert_gradient_is_slope(self.problem, _policy_for(self.problem), theta)

    def test_simulated_trajectories_can_happen(self) -> None:
        """`simulate` starts, moves, earns and ends as the arrays say."""
        for theta in THETAS:
            _assert_possible(self.problem, _simulated(self.problem, theta, compare.NUM_TRAJECTORIES // 10))

    def test_simulated_returns_have_the_exact_moments(self) -> None:
        """The returns that `simulate` draws have the mean and variance of all trajectories together."""
        mdp = shortened(self.problem)
        for theta in THETAS:
            chances, everything = tree.all_trajectories(mdp, _policy_for(mdp), theta)
            drawn = _simulated(mdp, theta, compare.NUM_TRAJECTORIES)
            possible, seen = (batch.returns(mdp.discount)[:, None] for batch in (everything, drawn))
            compare.assert_drawn_from(chances, possible, seen, "simulated returns do not have the exact moments")


class FeaturePolicy(TabularPolicy):
    """Choose a with probability proportional to exp(theta . x(s, a)), for four random features x."""

    num_parameters = 4

    def __init__(self, num_states: int, num_actions: int) -> None:
        self.num_states, self.num_actions = num_states, num_actions
        self.features = np.random.default_rng(6).normal(size=(num_states, num_actions, self.num_parameters))

    def probabilities(self, theta: npt.ArrayLike) -> np.ndarray:
        """Return pi_theta(a | s), shape (S, A)."""
        preferences = self.features @ self.parameters(theta)
        weights = np.exp(preferences - preferences.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)

    def score(self, theta: npt.ArrayLike) -> np.ndarray:
        """Return the gradient of log pi_theta(a | s), shape (S, A, 4): x(s, a) less its mean over the actions."""
        mean = np.einsum("sa,sai->si", self.probabilities(theta), self.features)
        return self.features - mean[:, None]


def _policy_for(mdp: TabularMDP) -> TabularPolicy:
    """Return a policy of few parameters, whatever the number of states."""
    return FeaturePolicy(mdp.num_states, mdp.num_actions)


def _simulated(mdp: TabularMDP, theta: np.ndarray, num_trajectories: int) -> Trajectories:
    return simulate(mdp, _policy_for(mdp), theta, num_trajectories, np.random.default_rng(5))


def shortened(mdp: TabularMDP) -> TabularMDP:
    """Return the problem with as many of its decisions, at least one, as keep the tree small.

    Its rewards are without noise, of which no tree can be made.
    """
    branches = (mdp.transitions > 0).sum(axis=1)
    branches[mdp.terminal] = np.eye(mdp.num_states)[mdp.terminal]
    paths, horizon = (mdp.initial > 0) @ branches, 1
    while horizon < mdp.horizon and (paths @ branches).sum() <= LARGEST_TREE:
        paths, horizon = paths @ branches, horizon + 1
    return replace(mdp, horizon=horizon, reward_std=0 * mdp.reward_std)


def _assert_possible(mdp: TabularMDP, batch: Trajectories) -> None:
    """Raise AssertionError unless every start, move, reward and end can happen."""
    states, actions, active = batch.states, batch.actions, batch.active
    assert ((states >= 0) & (states < mdp.num_states)).all(), "simulate leaves the states 0 to S - 1."
    assert ((actions >= 0) & (actions < mdp.num_actions)).all(), "simulate draws an action that does not exist."
    assert (mdp.initial[states[:, 0]] > 0).all(), "simulate starts where initial is 0."
    assert (mdp.terminal[states] == ~active).all(), "simulate must end where a state is terminal, and only there."
    moves = mdp.transitions[states[:, :-1], actions[:, :-1], states[:, 1:]]
    assert (moves[active[:, :-1]] > 0).all(), "simulate makes a move of probability 0."
    assert _earned(mdp, batch).all(), "simulate earns a reward other than rewards says, or one after the end."


def _earned(mdp: TabularMDP, batch: Trajectories) -> np.ndarray:
    """Say of each reward, (m, H) bool, whether some next state can have brought it: the one drawn, if it is known."""
    step = batch.states[:, :, None], batch.actions[:, :, None], np.arange(mdp.num_states)
    possible = mdp.transitions[step] > 0
    possible[:, :-1] &= step[2] == batch.states[:, 1:, None]
    mean, deviation = entries(mdp.rewards, *step), entries(mdp.reward_std, *step)
    near = np.abs(batch.rewards[:, :, None] - mean) <= FURTHEST * deviation
    return np.where(batch.active, (possible & near).any(axis=2), batch.rewards == 0)
