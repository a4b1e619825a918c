"""The conformance tests: our own policies and problems keep to them, and each of them can fail."""

import math
from dataclasses import dataclass, fields, replace
from functools import cache

import gymnasium
import numpy as np
import pytest

import pgcourse as pg
from pgcourse.testing import PolicyConformance, ProblemConformance, compare, problem
from pgcourse.testing.problem import FeaturePolicy
from tests.support.strategies import random_mdp


class TestClampPolicy(PolicyConformance):
    policy = pg.ClampPolicy()
    thetas = ([0.05], [0.2], [0.5], [0.99], [-0.5], [1.5])


class TestSoftmaxPolicy(PolicyConformance):
    policy = pg.SoftmaxPolicy(3, 2)
    thetas = (np.zeros(6), np.linspace(-3, 3, 6), [0, 1000, 0, 0, 5, 0])


class TestSoftmaxPolicyOfOneState(PolicyConformance):
    policy = pg.SoftmaxPolicy(1, 4)
    thetas = (np.zeros(4), [1, 2, -3, 0.5])


class TestFeaturePolicy(PolicyConformance):
    policy = FeaturePolicy(5, 3)
    thetas = (np.zeros(4), [1, 2, -3, 0.5])


class TestLeftRight(ProblemConformance):
    problem = pg.problems.left_right(5, 10)


class TestBandit(ProblemConformance):
    problem = pg.problems.bandit([0.2, 0.5, 0.8])


class TestTwoStep(ProblemConformance):
    problem = pg.problems.two_step(discount=0.9)


class TestCorridor(ProblemConformance):
    problem = pg.problems.corridor()


class TestGridworld(ProblemConformance):
    problem = pg.problems.gridworld()


class TestNoisyProblem(ProblemConformance):
    problem = random_mdp(np.random.default_rng(1), 4, 3, 5, 0.9, 1, by_next_state=True, noisy=True)


class TestRandomProblem(ProblemConformance):
    problem = random_mdp(np.random.default_rng(0), 4, 3, horizon=5, discount=0.0, num_terminal=2)


@cache
def of_gymnasium(name):
    return pg.TabularMDP.from_gymnasium(gymnasium.make(name), discount=0.95, horizon=20)


class TestFrozenLake(ProblemConformance):
    problem = property(lambda self: of_gymnasium("FrozenLake-v1"))


@pytest.mark.slow
class TestTaxi(ProblemConformance):
    problem = property(lambda self: of_gymnasium("Taxi-v4"))


class Mutant(pg.SoftmaxPolicy):
    """A softmax policy that a subclass spoils."""

    def __init__(self):
        super().__init__(3, 2)
        object.__setattr__(self, "calls", [])


class NotNormalised(Mutant):
    def probabilities(self, theta):
        return super().probabilities(theta) * 1.000001


class Negative(Mutant):
    def probabilities(self, theta):
        return super().probabilities(theta) - [1, -1]


class Transposed(Mutant):
    def probabilities(self, theta):
        return super().probabilities(theta).T


class ChangesTheta(Mutant):
    def probabilities(self, theta):
        probabilities = super().probabilities(theta)
        if isinstance(theta, np.ndarray):
            theta += 0.1
        return probabilities


class Restless(Mutant):
    """Goes over to other probabilities at every second call."""

    def probabilities(self, theta):
        self.calls.append(theta)
        return super().probabilities(np.multiply(theta, 1 + len(self.calls) % 2) if len(theta) == 6 else theta)


class SlightlyWrongScore(Mutant):
    def score(self, theta):
        score = super().score(theta)
        score[2, 1, 5] += 1e-3
        return score


class ScoreOfAnotherShape(Mutant):
    def score(self, theta):
        return super().score(theta).reshape(3, 2, 3, 2)


class ScoreWithNaN(Mutant):
    def score(self, theta):
        return super().score(theta) * np.where(np.arange(6) == 3, np.nan, 1)


class ShiftedScore(Mutant):
    def score(self, theta):
        return super().score(theta) + 1e-6


class SwappedScoreAt(Mutant):
    def score_at(self, theta, states, actions):
        return self.score(theta)[states, 1 - np.asarray(actions)]


class FlatScoreAt(Mutant):
    def score_at(self, theta, states, actions):
        return super().score_at(theta, states, actions).reshape(-1, 6)


class AcceptsOtherLengths(Mutant):
    def parameters(self, theta):
        return super().parameters(theta[:6])


class AcceptsColumns(Mutant):
    def parameters(self, theta):
        return super().parameters(np.ravel(theta))


class AcceptsNaN(Mutant):
    def parameters(self, theta):
        return super().parameters(theta if isinstance(theta, list) else np.nan_to_num(theta))


class AcceptsText(Mutant):
    def parameters(self, theta):
        return super().parameters([0.0 if isinstance(each, str) else each for each in theta])


class SaysNothingOfTheta(Mutant):
    def parameters(self, theta):
        try:
            return super().parameters(theta)
        except ValueError:
            raise ValueError("wrong") from None


class SaysTooMuch(Mutant):
    def parameters(self, theta):
        try:
            return super().parameters(theta)
        except ValueError as error:
            raise ValueError(f"{error}\ntheta!") from None


POLICY_MUTANTS = [
    (NotNormalised, "test_probabilities_are_distributions", "the probabilities of a state do not sum to 1 at theta"),
    (Negative, "test_probabilities_are_distributions", "a probability is negative at theta"),
    (Transposed, "test_probabilities_are_distributions", r"probabilities has shape \(2, 3\), not \(S, A\) = \(3, 2\)"),
    (ChangesTheta, "test_probabilities_depend_on_theta_alone", "probabilities changed theta from"),
    (Restless, "test_probabilities_depend_on_theta_alone", "two calls of probabilities at theta"),
    (SlightlyWrongScore, "test_score_is_the_slope_of_log_probability", "score is not the slope of log pi"),
    (ScoreOfAnotherShape, "test_score_is_the_slope_of_log_probability", r"score has shape \(3, 2, 3, 2\), not"),
    (ScoreWithNaN, "test_score_is_the_slope_of_log_probability", "score is not finite at theta"),
    (ShiftedScore, "test_mean_score_is_zero", "the mean score of a state is not 0 at theta"),
    (SwappedScoreAt, "test_score_at_agrees_with_score", "score_at does not agree with score at theta"),
    (FlatScoreAt, "test_score_at_agrees_with_score", r"score_at has shape \(1, 6\), not \(..., n\) = \(6,\)"),
    (AcceptsOtherLengths, "test_bad_theta_is_refused", r"probabilities must refuse theta = \[0. 0.*self.parameters"),
    (AcceptsColumns, "test_bad_theta_is_refused", r"probabilities must refuse theta = \[\[0"),
    (AcceptsNaN, "test_bad_theta_is_refused", r"probabilities must refuse theta = \[nan"),
    (AcceptsText, "test_bad_theta_is_refused", r"probabilities must refuse theta = \['a'"),
    (SaysNothingOfTheta, "test_bad_theta_is_refused", "It says 'wrong', which does not name theta"),
    (SaysTooMuch, "test_bad_theta_is_refused", "which is more than a sentence"),
    (SlightlyWrongScore, "test_gradient_is_the_slope_of_utility", "exact.gradient is not the slope of exact.utility"),
    (SwappedScoreAt, "test_gradient_samples_have_the_exact_moments", "gradient samples do not have the exact moments"),
]


@pytest.mark.parametrize(("mutant", "check", "words"), POLICY_MUTANTS)
def test_a_spoilt_policy_is_noticed(mutant, check, words):
    case = PolicyConformance()
    case.policy, case.thetas = mutant(), [[0.3, -0.2, 1, 0.5, 0, -1]]
    with pytest.raises(AssertionError, match=words):
        getattr(case, check)()


def test_draws_of_another_policy_are_noticed(monkeypatch):
    case = TestSoftmaxPolicy()
    other = lambda mdp, policy, theta, *rest: pg.simulate(mdp, policy, theta + np.eye(6)[2] / 5, *rest)  # noqa: E731
    monkeypatch.setattr("pgcourse.testing.policy.simulate", other)
    with pytest.raises(AssertionError, match="simulate does not draw from pi at theta"):
        case.test_gradient_samples_have_the_exact_moments()


def test_a_policy_without_thetas_is_noticed():
    case = PolicyConformance()
    case.policy, case.thetas = pg.ClampPolicy(), []
    with pytest.raises(AssertionError, match="thetas is empty: name at least one"):
        case.test_mean_score_is_zero()


@dataclass(frozen=True)
class Labelled(pg.TabularMDP):
    """A problem of one's own with a field more."""

    label: str = ""


def small_corridor(label=""):
    corridor = pg.problems.corridor(num_states=4, horizon=4, start=1)
    return Labelled(**{field.name: getattr(corridor, field.name) for field in fields(corridor)}, label=label)


def spoil(monkeypatch, what):
    """Let one of the functions that the checks compare give something else."""
    utility, gradient, variance = pg.exact.utility, pg.exact.gradient, pg.exact.return_variance

    def simulate(mdp, policy, theta, *rest):
        batch = pg.simulate(mdp, policy, np.asarray(theta) + 0.3 * (what == "luck"), *rest)
        first = np.arange(batch.states.shape[1]) == 0
        other = {
            "state": {"states": batch.states - 4 * first},
            "action": {"actions": batch.actions + 2 * first},
            "start": {"states": np.where(first, 0, batch.states)},
            "move": {"states": np.where(np.roll(first, 1), 1, batch.states)},
            "end": {"lengths": batch.lengths * 0 + 4},
            "reward": {"rewards": batch.rewards + 1e-9 * first},
        }
        return replace(batch, **other.get(what, {}))

    spoilt = {
        "utility": ("pgcourse.exact.utility", lambda *given: utility(*given) + 1e-6),
        "gradient": ("pgcourse.exact.gradient", lambda *given: gradient(*given) + 1e-3),
        "variance": ("pgcourse.exact.return_variance", lambda *given: variance(*given) * (1 + 1e-6)),
    }
    monkeypatch.setattr(*spoilt.get(what, ("pgcourse.testing.problem.simulate", simulate)))


PROBLEM_MUTANTS = [
    ("utility", "test_exact_agrees_with_the_tree", "U or the variance of R is not the tree's at theta"),
    ("variance", "test_exact_agrees_with_the_tree", "U or the variance of R is not the tree's at theta"),
    ("utility", "test_utility_is_what_is_earned_on_the_way", "U is not the sum of what is earned at theta"),
    ("gradient", "test_gradient_is_the_slope_of_utility", "exact.gradient is not the slope of exact.utility"),
    ("state", "test_simulated_trajectories_can_happen", "simulate leaves the states 0 to S - 1"),
    ("action", "test_simulated_trajectories_can_happen", "simulate draws an action that does not exist"),
    ("start", "test_simulated_trajectories_can_happen", "simulate starts where initial is 0"),
    ("move", "test_simulated_trajectories_can_happen", "simulate makes a move of probability 0"),
    ("end", "test_simulated_trajectories_can_happen", "simulate must end where a state is terminal"),
    ("reward", "test_simulated_trajectories_can_happen", "simulate earns a reward other than rewards says"),
    ("luck", "test_simulated_returns_have_the_exact_moments", "simulated returns do not have the exact moments"),
]


@pytest.mark.parametrize(("what", "check", "words"), PROBLEM_MUTANTS)
def test_a_spoilt_problem_is_noticed(monkeypatch, what, check, words):
    case = ProblemConformance()
    case.problem = small_corridor()
    spoil(monkeypatch, what)
    with pytest.raises(AssertionError, match=words):
        getattr(case, check)()


def test_an_array_that_can_change_is_noticed():
    case = ProblemConformance()
    case.problem = small_corridor()
    object.__setattr__(case.problem, "rewards", np.array(case.problem.rewards))
    with pytest.raises(AssertionError, match="rewards can be changed: call setflags"):
        case.test_arrays_are_valid_and_cannot_change()
    object.__setattr__(case.problem, "transitions", case.problem.transitions * 2)
    with pytest.raises(ValueError, match="transitions"):
        case.test_arrays_are_valid_and_cannot_change()


@pytest.mark.parametrize(
    ("conformance", "mutants"), [(PolicyConformance, POLICY_MUTANTS), (ProblemConformance, PROBLEM_MUTANTS)]
)
def test_each_check_has_something_that_it_refuses(conformance, mutants):
    checks = {name for name in vars(conformance) if name.startswith("test_")}
    assert checks - {check for _, check, _ in mutants} <= {"test_arrays_are_valid_and_cannot_change"}


def test_an_unspoilt_problem_of_a_subclass_passes():
    case = ProblemConformance()
    case.problem = small_corridor("mine")
    for name in dir(case):
        if name.startswith("test_"):
            getattr(case, name)()


def test_what_cannot_vary_must_be_equal():
    compare.assert_drawn_from(np.ones(1), np.array([[2.0]]), np.full((10, 1), 2.0), "")
    with pytest.raises(AssertionError, match="these differ: off by"):
        compare.assert_drawn_from(np.ones(1), np.array([[2.0]]), np.full((10, 1), 2.0 + 1e-6), "these differ")


def test_trees_are_as_deep_as_they_may_be():
    corridor = pg.problems.corridor(num_states=20, start=9)  # two actions and two next states: 4**h trajectories
    assert 4**7 <= problem.LARGEST_TREE < 4**8
    assert problem.shortened(corridor).horizon == 7
    assert problem.shortened(pg.problems.corridor(horizon=7)).horizon == 7
    assert problem.shortened(pg.problems.corridor(num_states=2, start=0, horizon=12)).horizon == 12


@pytest.mark.parametrize("chance", [0.001, 0.1, 0.5])
@pytest.mark.parametrize("level", [0.3, 1e-3, 1e-9])
def test_means_are_off_by_chance_no_more_often_than_stated(chance, level):
    """The exact probability, of a binomial count, that the mean of 2000 draws is further off than its bound."""
    size, largest = 2000, max(chance, 1 - chance)
    bound = compare.mean_bound(chance * (1 - chance), largest, size, level)
    counts = np.arange(size + 1)
    log_law = [
        math.lgamma(size + 1) - math.lgamma(k + 1) - math.lgamma(size - k + 1)
        + k * math.log(chance) + (size - k) * math.log1p(-chance)
        for k in counts
    ]  # fmt: skip
    rate = np.exp(log_law)[np.abs(counts / size - chance) > bound].sum()
    assert level**2 / 100 < rate <= level
