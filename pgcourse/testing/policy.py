"""What `pgcourse` takes for granted of a policy."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pgcourse.exact import tree
from pgcourse.gradients import TabularPolicy, simulate
from pgcourse.problems import TabularMDP
from pgcourse.testing import compare


class PolicyConformance:
    """What holds of every policy over finitely many states and actions; inherit it and name yours.

    Attributes
    ----------
    policy : TabularPolicy
        the policy under test
    thetas : sequence of (n,) arrays
        parameters to try, where its probabilities are smooth: across a kink a slope means nothing
    """

    policy: TabularPolicy
    thetas: Sequence[npt.ArrayLike]

    def test_probabilities_are_distributions(self) -> None:
        """The probabilities of each state are not negative and sum to 1; shape (S, A)."""
        wanted = (self.policy.num_states, self.policy.num_actions)
        for theta in self._thetas():
            probabilities = self.policy.probabilities(theta)
            assert probabilities.shape == wanted, (
                f"probabilities has shape {probabilities.shape}, not (S, A) = {wanted}."
            )
            assert (probabilities >= 0).all(), f"a probability is negative at theta = {theta}."
            sums = probabilities.sum(axis=1)
            compare.assert_close(sums, 1, "the probabilities of a state do not sum to 1", theta)

    def test_probabilities_depend_on_theta_alone(self) -> None:
        """The same theta gives the same probabilities, and is not changed on the way."""
        for theta in self._thetas():
            given = theta.copy()
            first, second = self.policy.probabilities(given), self.policy.probabilities(given)
            assert (given == theta).all(), f"probabilities changed theta from {theta} to {given}: work on a copy."
            assert (first == second).all(), f"two calls of probabilities at theta = {theta} gave different ones."

    def test_score_is_the_slope_of_log_probability(self) -> None:
        """The score is the gradient of log pi(a | s) wherever pi(a | s) > 0; shape (S, A, n)."""
        wanted = (self.policy.num_states, self.policy.num_actions, self.policy.num_parameters)
        for theta in self._thetas():
            score = self.policy.score(theta)
            assert score.shape == wanted, f"score has shape {score.shape}, not (S, A, n) = {wanted}."
            assert np.isfinite(score).all(), f"score is not finite at theta = {theta}: give 0 where pi(a | s) is 0."
            with np.errstate(divide="ignore", invalid="ignore"):
                found = compare.slopes(lambda at: np.log(self.policy.probabilities(at)), theta)
            for direction, slope in found:
                possible = np.isfinite(slope)  # elsewhere pi(a | s) is 0
                wrong = "score is not the slope of log pi(a | s)"
                compare.assert_close((score @ direction)[possible], slope[possible], wrong, theta, 1e-5)

    def test_mean_score_is_zero(self) -> None:
        """The mean of the score over the actions is 0 in each state."""
        for theta in self._thetas():
            mean = np.einsum("sa,sai->si", self.policy.probabilities(theta), self.policy.score(theta))
            compare.assert_close(mean, 0, "the mean score of a state is not 0", theta)

    def test_score_at_agrees_with_score(self) -> None:
        """`score_at` gives the entries of `score`, for states and actions of any one shape."""
        rng = np.random.default_rng(2)
        for theta in self._thetas():
            score = self.policy.score(theta)
            for shape in ((), (6,), (3, 4)):
                states, actions = (rng.integers(size, size=shape) for size in score.shape[:2])
                found, wanted = self.policy.score_at(theta, states, actions), score[states, actions]
                assert found.shape == wanted.shape, f"score_at has shape {found.shape}, not (..., n) = {wanted.shape}."
                compare.assert_close(found, wanted, "score_at does not agree with score", theta)

    def test_bad_theta_is_refused(self) -> None:
        """A theta of another shape, with a NaN or of text raises ValueError, in one sentence that names theta."""
        n = self.policy.num_parameters
        for theta in (np.zeros(n + 1), np.zeros((n, 1)), np.full(n, np.nan), ["a"] * n):
            for function in (self.policy.probabilities, self.policy.score):
                told = _refusal(function, theta)
                fix = f"{function.__name__} must refuse theta = {theta}: begin it with theta = self.parameters(theta)."
                assert told, fix
                assert "theta" in told, f"{fix} It says {told!r}, which does not name theta."
                assert "\n" not in told, f"{fix} It says {told!r}, which is more than a sentence."

    def test_gradient_is_the_slope_of_utility(self) -> None:
        """`exact.gradient` is the slope of `exact.utility`, on a problem made for this policy."""
        for theta in self._thetas():
            compare.assert_gradient_is_slope(_problem_for(self.policy), self.policy, theta)

    def test_gradient_samples_have_the_exact_moments(self) -> None:
        """The mean and variance of gradient samples are those of `exact.moments`, on a problem made for this policy."""
        mdp = _problem_for(self.policy)
        for theta in self._thetas():
            chances, everything = tree.all_trajectories(mdp, self.policy, theta)
            drawn = simulate(mdp, self.policy, theta, compare.NUM_TRAJECTORIES, np.random.default_rng(3))
            possible, seen = (compare.gradient_samples(mdp, self.policy, theta, batch) for batch in (everything, drawn))
            found, wanted = compare.moments(chances, possible), compare.exact_moments(mdp, self.policy, theta)
            compare.assert_close(found, wanted, "gradient samples do not have the exact moments", theta)
            compare.assert_drawn_from(chances, possible, seen, f"simulate does not draw from pi at theta = {theta}")

    def _thetas(self) -> list[np.ndarray]:
        assert len(self.thetas), "thetas is empty: name at least one."
        return [np.array(theta, dtype=float) for theta in self.thetas]


def _problem_for(policy: TabularPolicy) -> TabularMDP:
    """Return a random problem that fits the policy, with a small tree: three decisions, two next states for each."""
    rng = np.random.default_rng(4)
    num_states, num_actions = policy.num_states, policy.num_actions
    transitions = np.zeros((num_states, num_actions, num_states))
    for s, a in np.ndindex(num_states, num_actions):
        np.add.at(transitions[s, a], rng.integers(num_states, size=2), rng.dirichlet([1, 1]))
    initial = np.arange(num_states) < 2
    rewards = rng.normal(size=(num_states, num_actions))
    return TabularMDP(initial / initial.sum(), transitions, rewards, discount=0.9, horizon=3)


def _refusal(function: Callable[[Any], object], theta: object) -> str | None:
    """Return what the function's ValueError says; None where there is none."""
    try:
        function(theta)
    except ValueError as error:
        return str(error)
    return None
