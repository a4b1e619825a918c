"""No nonsense earns points: a student's function is played against the check of every task of every problem set.

It is the reference, spoilt in one place: in what it hands to the check's function, in what it makes of the answer, or
in what it returns. Beside these stand attacks on single judges that once earned points.
"""

import numpy as np
import pytest

from pgcourse import exact
from pgcourse.homework.public import FORK, FORK_POLICY
from tests.support.course import PROBLEM_SETS, catalogue_of, tasks_of

ALL = [pytest.param(task, id=f"{name}.{task.name}") for name in PROBLEM_SETS for task in tasks_of(name)]
JUDGED = [param for param in ALL if param.values[0].judge]
ASK = ("cross_entropy", "policy_gradient", "repaired", "train")
ASKING = [param for param in JUDGED if param.values[0].name in ASK]
"""Tasks whose function is given a function."""
ONCE = ("causality_loses", "wrong_way_example", "best_pair", "noisier_than_none")
"""Tasks whose function is called but once."""
RIGHT = {task.name: task.truth for name in PROBLEM_SETS for task in tasks_of(name)}


def entry(value):
    """Return a function that replaces the first number of an array."""

    def spoil(array):
        spoilt = np.array(array, dtype=np.result_type(np.asarray(array).dtype, type(value), float))
        spoilt.flat[0] = value
        return spoilt

    return spoil


NOT_FINITE = {
    "one nan": entry(np.nan),
    "one infinity": entry(np.inf),
    "minus one infinity": entry(-np.inf),
    "nan everywhere": lambda array: np.full(np.shape(array), np.nan),
}
NONSENSE = {
    **NOT_FINITE,
    "one huge": entry(1e308),
    "all huge": lambda array: np.full(np.shape(array), -1e308),
    "complex": lambda array: np.asarray(array) + 1j,
    "complex without an imaginary part": lambda array: np.asarray(array) + 0j,
    "words": lambda array: np.asarray(array).astype(str),
    "objects": lambda array: np.asarray(array).astype(object),
    "another shape": lambda array: np.asarray(array)[..., None],
    "nothing": lambda array: None,
}
"""What is no right output of any task."""
OTHER_THETAS = {
    "whole numbers": np.rint,
    "zeros": np.zeros_like,
    "far away": lambda theta: np.tile([-30.0, 30.0], len(theta))[: len(theta)],
    "the opposite": np.negative,
    "a little beside": lambda theta: theta + 0.01,
}
REPLAYS = {
    "the first": lambda answers: answers[0],
    "the one before": lambda answers: answers[-2] if len(answers) > 1 else answers[-1],
    "none": lambda answers: np.zeros(()) if np.ndim(answers[-1]) == 0 else tuple(0 * part for part in answers[-1]),
}
WHEN = {"always": lambda call: True, "at first": lambda call: call == 0, "later": lambda call: call > 0}


def parts(spoil):
    """Return a function that spoils an output: a number, an array, or the last part of a tuple."""
    return lambda output: (*output[:-1], spoil(output[-1])) if isinstance(output, tuple) else spoil(output)


def asks(task, wrap):
    """Return the reference with another function in place of the one that it is given: what `wrap` makes of that."""
    return lambda function, *others: RIGHT[task.name](wrap(function), *others)


def handing(spoil, when, swallow=False):
    """Return a wrap that hands over something else in some calls; it may hide what the judge says of it."""

    def wrap(function):
        calls = []

        def spoilt(value, *others):
            calls.append(value)
            handed = spoil(np.asarray(value)) if when(len(calls) - 1) else value
            try:
                return function(handed, *others)
            except ValueError:
                if not swallow:
                    raise
                return function(value, *others)

        return spoilt

    return wrap


def replaying(choose):
    """Return a wrap that makes something else of the answers so far."""

    def wrap(function):
        answers = []

        def replayed(*arguments):
            answers.append(function(*arguments))
            return choose(answers)

        return replayed

    return wrap


def earns_nothing(task, answer):
    """Say whether an answer fails, with a verdict and not with an error of the check's own."""
    with np.errstate(all="ignore"):
        return not task.hidden_verdict(answer).share


@pytest.mark.slow
@pytest.mark.parametrize("name", NONSENSE)
@pytest.mark.parametrize("task", ALL)
def test_no_nonsense_may_be_returned(task, name):
    spoil = parts(NONSENSE[name])
    answer = spoil(task.truth()) if task.is_number else lambda *arguments: spoil(RIGHT[task.name](*arguments))
    assert earns_nothing(task, answer)


@pytest.mark.parametrize("when", ["first call", "later calls"])
@pytest.mark.parametrize("name", NONSENSE)
@pytest.mark.parametrize("task", JUDGED)
def test_no_nonsense_may_be_returned_in_some_calls(task, name, when):
    calls = []

    def answer(*arguments):
        calls.append(0)
        output = RIGHT[task.name](*arguments)
        return parts(NONSENSE[name])(output) if (len(calls) == 1) == (when == "first call") else output

    if task.name not in ONCE or when == "first call":
        assert earns_nothing(task, answer)


@pytest.mark.slow
@pytest.mark.parametrize("swallow", [False, True], ids=["", "hidden"])
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("name", [*NONSENSE, *OTHER_THETAS])
@pytest.mark.parametrize("task", ASKING)
def test_nothing_but_the_candidate_or_theta_may_be_handed_over(task, name, when, swallow):
    spoil = {**NONSENSE, **OTHER_THETAS}[name]
    assert earns_nothing(task, asks(task, handing(spoil, WHEN[when], swallow)))


@pytest.mark.parametrize("name", REPLAYS)
@pytest.mark.parametrize("task", ASKING)
def test_the_result_must_come_from_the_answers(task, name):
    assert earns_nothing(task, asks(task, replaying(REPLAYS[name])))


@pytest.mark.slow
@pytest.mark.parametrize("task", ASKING)
def test_the_spoiling_itself_costs_nothing(task):
    assert task.hidden_verdict(asks(task, handing(lambda value: value, WHEN["always"]))).correct
    assert task.hidden_verdict(asks(task, replaying(lambda answers: answers[-1]))).correct


def infinite_candidates(utility, mean, covariance, num_iterations, population_size, num_elite, rng):
    """Half of the candidates are +inf and half are -inf, so that every comparison with them gives NaN."""
    for _ in range(num_iterations):
        for k in range(population_size):
            utility(np.full(len(mean), np.inf if k % 2 else -np.inf) + 0 * rng.random())
    return np.full(len(mean), np.nan)


def elite_known_by_heart(utility, mean, covariance, num_iterations, population_size, num_elite, rng):
    """What the utility says is thrown away: the elite is known from the judge's source."""
    elite = (4 + 7 * np.arange(num_elite)) % population_size
    for _ in range(num_iterations):
        population = rng.multivariate_normal(mean, covariance, population_size)
        for theta in population:
            utility(theta)
        mean, covariance = RIGHT["fit_gaussian"](population[elite])
    return mean


def draws_twice(initial, transitions, rewards, probabilities, horizon, rng):
    """From the third decision on nothing is drawn: whatever can happen first, happens."""
    states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
    state = rng.choice(len(initial), p=initial)
    for k in range(horizon):
        states[k], law = state, probabilities[state]
        actions[k] = rng.choice(len(law), p=law) if k < 2 else law.nonzero()[0][0]
        law = transitions[state, actions[k]]
        state = rng.choice(len(law), p=law) if k < 2 else law.nonzero()[0][0]
    return states, actions, rewards[states, actions]


def one_trajectory_in_two(initial, transitions, rewards, probabilities, horizon, rng):
    """A trajectory is thrown away when it ends in an even state, and drawn again."""
    for _ in range(2):
        draw = RIGHT["sample_trajectory"](initial, transitions, rewards, probabilities, horizon, rng)
        if draw[0][-1] % 2:
            break
    return draw


def gradient_where_it_is_none(simulate, theta, step_size, num_iterations, rng):
    """Every batch is thrown away: simulate gets a theta at which nothing is to be gained."""
    best = np.tile([-30.0, 30.0], len(theta))[: len(theta)]
    for _ in range(num_iterations):
        simulate(best, rng)
    return best + 1e-9 * rng.random()


def exact_gradient_of_the_public_fork(simulate, theta, step_size, num_iterations, rng):
    """The fork's gradient is worked out, and elsewhere the best policy is known by heart."""
    for _ in range(num_iterations):
        simulate(theta, rng)
        known = len(theta) == FORK_POLICY.num_parameters
        theta = theta + step_size * (exact.gradient(FORK, FORK_POLICY, theta) if known else rng.random(len(theta)))
    return theta


def gradient_of_the_fork_with_noise(simulate, theta, step_size, num_iterations, rng):
    """As before, with a little of the batch, so that the step is not the same for each."""
    for _ in range(num_iterations):
        scores, _ = simulate(theta, rng)
        step = exact.gradient(FORK, FORK_POLICY, theta) if len(theta) == 6 else 0
        theta = theta + step_size * (step + 0.01 * scores.sum(axis=1).mean(axis=0))
    return theta


def learnt_by_heart(simulate, theta, step_size, num_iterations, rng):
    """The right steps where they are looked at, a policy known by heart where only its utility is."""
    if num_iterations < 40:
        return RIGHT["policy_gradient"](simulate, theta, step_size, num_iterations, rng)
    return np.tile([-30.0, 30.0], len(theta))[: len(theta)]


def known_from_the_visible_process(draw_returns, error):
    """A token experiment, and the number that the visible processes need."""
    draw_returns(1000)
    return int((1.96 * 1.66 / error) ** 2)


def fitted_to_the_bounds(draw_returns, error):
    """A number between what few and many returns need."""
    draw_returns(2)
    return 30_000


def parents_known_by_heart(population, utilities, num_parents, spread, rng):
    """The utilities are not looked at: the parents are those that the judge's source makes the best."""
    order = np.random.default_rng([21, len(population)]).permutation(len(population))
    return RIGHT["genetic_step"](population, -np.argsort(order).astype(float), num_parents, spread, rng)


def two_parameters_alone(population, utilities, num_parents, spread, rng):
    """The first two parameters follow their law, all others are copied from the first."""
    children = RIGHT["genetic_step"](population, utilities, num_parents, spread, rng)
    children[:, 2:] = children[:, :1]
    return children


def equal_rewards_by_heart(reward_left, reward_right):
    """The pair of equal rewards beside the task is remembered, the rule is that of unequal positive ones."""
    if (reward_left, reward_right) == (2.0, 2.0) or reward_left * reward_right <= 0:
        return np.zeros(2)
    return np.array([0.5, 1.0] if reward_left < reward_right else [0.0, 0.5])


def partial_sort(population, utilities, num_elite):
    """NumPy promises no order of a partition, and sorts one of up to 256 numbers on many processors."""
    return population[np.argpartition(-utilities, num_elite - 1)[:num_elite]]


def partial_sort_of_the_highest(population, utilities, num_elite):
    """As `partial_sort`, from the other end."""
    return population[np.argpartition(utilities, len(utilities) - num_elite)[-num_elite:][::-1]]


def the_first_that_are_among_the_best(population, utilities, num_elite):
    """Where a tie stands before the best candidate, that one is left out."""
    best = np.sort(utilities)[::-1][:num_elite]
    found = np.where(np.isin(utilities, best))[0][:num_elite]
    return population[found[np.argsort(-utilities[found], kind="stable")]]


def at_rest_where_it_is_flat(gradient, theta, step_size, num_steps):
    """It stops where the gradient is short."""
    for _ in range(num_steps):
        slope = gradient(theta)
        if np.linalg.norm(slope) < 1e-3:
            break
        theta = theta + step_size * slope
    return theta


def ten_steps(gradient, theta, step_size, num_steps):
    """It takes no more than ten steps."""
    for _ in range(min(num_steps, 10)):
        theta = theta + step_size * gradient(theta)
    return theta


def best_move(utility, theta, step):
    """Return the best of all moves."""
    return max((theta + sign * step * axis for axis in np.eye(len(theta)) for sign in (1, -1)), key=utility)


def least_improvement(utility, theta, step):
    """A move must be better by 0.001."""
    best = best_move(utility, theta, step)
    return (best, step) if utility(best) > utility(theta) + 1e-3 else (theta, step / 2)


def relative_improvement(utility, theta, step):
    """A move must be better by a tenth, so a worse one is taken where the utility is negative."""
    best = best_move(utility, theta, step)
    return (best, step) if utility(best) > 1.1 * utility(theta) else (theta, step / 2)


def not_close(utility, theta, step):
    """A move must be better by more than a rounding."""
    best = best_move(utility, theta, step)
    better = utility(best) > utility(theta) and not np.isclose(utility(best), utility(theta))
    return (best, step) if better else (theta, step / 2)


def each_candidate_twice(utility, mean, covariance, num_iterations, population_size, num_elite, rng):
    """Half as many candidates are drawn, and each is tried twice."""
    for _ in range(num_iterations):
        drawn = rng.multivariate_normal(mean, covariance, (population_size + 1) // 2)
        population = np.repeat(drawn, 2, axis=0)[:population_size]
        order = np.argsort([-utility(theta) for theta in population])
        mean, covariance = RIGHT["fit_gaussian"](population[order[:num_elite]])
    return mean


ATTACKS = [
    ("ps2_cross_entropy", "select_elite", partial_sort),
    ("ps2_cross_entropy", "select_elite", partial_sort_of_the_highest),
    ("ps2_cross_entropy", "select_elite", the_first_that_are_among_the_best),
    ("ps2_cross_entropy", "gradient_ascent", at_rest_where_it_is_flat),
    ("ps2_cross_entropy", "gradient_ascent", ten_steps),
    ("ps2_cross_entropy", "pattern_search_step", least_improvement),
    ("ps2_cross_entropy", "pattern_search_step", relative_improvement),
    ("ps2_cross_entropy", "pattern_search_step", not_close),
    ("ps2_cross_entropy", "cross_entropy", each_candidate_twice),
    ("ps4_left_right", "wrong_way_region", equal_rewards_by_heart),
    ("ps2_cross_entropy", "genetic_step", parents_known_by_heart),
    ("ps2_cross_entropy", "genetic_step", two_parameters_alone),
    ("ps1_monte_carlo_utility", "trajectories_needed", known_from_the_visible_process),
    ("ps1_monte_carlo_utility", "trajectories_needed", fitted_to_the_bounds),
    ("ps1_monte_carlo_utility", "sample_trajectory", draws_twice),
    ("ps1_monte_carlo_utility", "sample_trajectory", one_trajectory_in_two),
    ("ps2_cross_entropy", "cross_entropy", infinite_candidates),
    ("ps2_cross_entropy", "cross_entropy", elite_known_by_heart),
    ("ps5_reward_to_go", "policy_gradient", gradient_where_it_is_none),
    ("ps5_reward_to_go", "policy_gradient", learnt_by_heart),
    ("ps6_baselines", "train", gradient_where_it_is_none),
    ("ps6_baselines", "train", exact_gradient_of_the_public_fork),
    ("ps6_baselines", "train", gradient_of_the_fork_with_noise),
    ("ps8_lambda_and_clip", "train_with_critic", gradient_where_it_is_none),
    ("ps8_lambda_and_clip", "train_with_critic", learnt_by_heart),
]


@pytest.mark.slow
@pytest.mark.parametrize(("problem_set", "name", "attack"), ATTACKS)
def test_attacks_earn_nothing(problem_set, name, attack):
    assert earns_nothing(getattr(catalogue_of(problem_set), name), attack)


def test_with_the_public_rewards_alone_the_exact_gradient_is_seen_not_to_follow_the_batch():
    """The visible check has no secret rewards, and does not need them against this."""
    verdict = catalogue_of("ps6_baselines").train.visible_verdict(exact_gradient_of_the_public_fork)
    assert "the same whatever simulate returns" in verdict.message


def later(fault, call=3):
    """Return a right sampler of trajectories that has a fault in one call: a function of its arguments and result."""
    calls = []

    def sample(*arguments):
        result = RIGHT["sample_trajectory"](*arguments)
        calls.append(None)
        return fault(arguments, result) if len(calls) == call else result

    return sample


def steepens(arguments, result):
    arguments[3][0] *= 3  # probabilities, which no longer add up to 1 in the next call
    return result


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (steepens, "changes its argument number 4 in place"),
        (lambda arguments, result: None, "returns nothing"),
        (lambda arguments, result: ..., "is not answered yet"),
        (lambda arguments, result: result[:2], "is a tuple of 2"),
        (lambda arguments, result: 1 / 0, "stops with ZeroDivisionError"),
    ],
    ids=["changes an argument", "nothing", "not written", "two arrays", "stops"],
)
def test_a_fault_of_a_later_call_among_many_is_told_as_that_of_the_first(fault, words):
    task = catalogue_of("ps1_monte_carlo_utility").sample_trajectory
    first, after = (task.visible_verdict(later(fault, call)) for call in (1, 3))
    assert not after.correct
    assert after.message == first.message
    assert words in after.message
