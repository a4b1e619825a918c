"""A wrong diagnosis is worse than none: what only looks like a known mistake must not be told its sentence.

A task that compares numbers names a mistake when all numbers equal the mistake's, so half-way to it is the neighbour.
A task with a judge names it by signs, so each of its neighbours is written down here.
"""

from fractions import Fraction

import numpy as np
import pytest

from pgcourse.homework.compare import compare, fresh
from tests.support.course import PROBLEM_SETS, catalogue_of, tasks_of

PS1, PS2, PS5, PS6, PS8 = (catalogue_of(name) for name in PROBLEM_SETS if name[2] in "12568")
SAMPLE, SEARCH, CLIMB, LOSES, TRAIN, TRUST = (
    PS1.sample_trajectory,
    PS2.cross_entropy,
    PS5.policy_gradient,
    PS5.causality_loses,
    PS6.train,
    PS8.train_with_critic,
)


def sentence(task, name):
    """Return the sentence of the task's mistake of this name."""
    (found,) = [known.sentence for known in task.mistakes if known.name == name]
    return found


def said(task, answer):
    """Return what the checks say of a wrong answer."""
    verdicts = [task.visible_verdict(answer), task.hidden_verdict(answer)]
    assert not verdicts[1].correct
    return " ".join(verdict.message for verdict in verdicts)


def outputs(function, inputs):
    """Return what a function gives on copies of the inputs, as one array; NaN where it stops."""
    try:
        with np.errstate(all="ignore"):
            given = [function(*fresh(arguments)) for arguments in inputs]
        return np.concatenate([np.ravel(part).astype(float) for output in given for part in parts(output)])
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return np.array([np.nan])


def parts(output):
    """Return the parts of a tuple, or an output alone."""
    return output if isinstance(output, tuple) else (output,)


def has_half_way(task, known):
    """Say whether a mistake gives other numbers than are right, as many and all finite, and half-way does not pass."""
    right, wrong = (outputs(function, task.visible) for function in (task.truth, known.function))
    if right.shape != wrong.shape or not np.isfinite(wrong).all():
        return False
    if task.is_number:
        return not np.allclose((right + wrong) / 2, right, task.tolerance, task.tolerance)
    return not np.allclose(right, wrong)


COMPARED = [
    pytest.param(task, known, id=f"{name}.{task.name}: {known.name}")
    for name in PROBLEM_SETS
    for task in tasks_of(name)
    for known in task.mistakes
    if not task.judge and has_half_way(task, known)
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "known"), COMPARED)
def test_half_a_mistake_is_not_that_mistake(task, known):
    def answer(*arguments):
        right, wrong = (function(*fresh(arguments)) for function in (task.truth, known.function))
        means = tuple(
            (np.asarray(one, dtype=float) + other) / 2 for one, other in zip(parts(right), parts(wrong), strict=True)
        )
        return means if isinstance(right, tuple) else means[0]

    verdict = task.visible_verdict(answer() if task.is_number else answer)
    assert not verdict.correct
    assert known.sentence not in verdict.message


IN_PLACE = [
    pytest.param(task, known, id=f"{name}.{task.name}: {known.name}")
    for name in PROBLEM_SETS
    for task in tasks_of(name)
    for known in task.mistakes
    if "in place" in known.sentence
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "known"), IN_PLACE)
def test_what_works_on_copies_is_not_told_that_it_changes_anything_in_place(task, known):
    with np.errstate(all="ignore"):
        verdict = task.hidden_verdict(lambda *arguments: known.function(*fresh(arguments)))
    assert "in place" not in verdict.message


def test_a_nan_is_not_the_output_of_a_mistake_that_has_none():
    verdict = compare("answer", lambda x: np.nan, [(1.0,)], [2.0], [("This stops with an error.", [None])])
    assert "This stops" not in verdict.message


def search(population_of, iterations=lambda n: n, calls=1):
    """Return a cross-entropy search that draws its populations in another way."""

    def cross_entropy(utility, mean, covariance, num_iterations, size, num_elite, rng):
        start = mean, covariance
        for _ in range(iterations(num_iterations)):
            population = population_of(rng, mean, covariance, size, start)
            for _ in range(calls):
                utilities = np.array([utility(theta) for theta in population])
            mean, covariance = PS2.fit_gaussian(PS2.select_elite(population, utilities, num_elite))
        return mean

    return cross_entropy


def normal(rng, mean, covariance, size, start):
    return rng.multivariate_normal(mean, covariance, size)


def factored(change):
    """Return a population whose noise is multiplied by what `change` makes of the covariance."""

    def population(rng, mean, covariance, size, start):
        return mean + rng.standard_normal((size, len(mean))) @ change(covariance)

    return population


def sampler(draw_first=None, draw_action=None, draw_next=None):
    """Return a sampler that makes one kind of its draws in another way."""

    def sample_trajectory(initial, transitions, rewards, probabilities, horizon, rng):
        def drawn(law):
            return rng.choice(len(law), p=law)

        states, actions = np.zeros(horizon, dtype=int), np.zeros(horizon, dtype=int)
        state = (draw_first or (lambda rng, law: drawn(law)))(rng, initial)
        for k in range(horizon):
            states[k] = state
            actions[k] = (draw_action or (lambda rng, law: drawn(law)))(rng, probabilities[state])
            law = transitions[state, actions[k]]
            state = draw_next(rng, law, k) if draw_next else drawn(law)
        return states, actions, rewards[states, actions]

    return sample_trajectory


def anew(rng, law, *_):
    edges = np.cumsum(law)
    return next((k for k in range(len(law) - 1) if rng.random() < edges[k]), len(law) - 1)


def uniform(rng, law):
    return rng.integers(len(law))


def most_probable_from_the_second_on(rng, law, k):
    return law.argmax() if k else rng.choice(len(law), p=law)


def the_best_nine_times_in_ten(rng, law):
    return rng.integers(len(law)) if rng.random() < 0.1 else law.argmax()


def deviations(covariance):
    return np.diag(np.sqrt(np.diag(covariance)))


def climb(step, iterations=lambda n: n, start=lambda theta: theta):
    """Return a training loop with another step."""

    def policy_gradient(simulate, theta, step_size, num_iterations, rng):
        theta = start(theta)
        for _ in range(iterations(num_iterations)):
            theta = theta + step_size * step(*simulate(theta, rng))
        return theta

    return policy_gradient


def mean_sample(scores, rewards):
    return PS5.reward_to_go_gradient(scores, rewards, 1.0).mean(axis=0)


def with_baseline(scores, rewards):
    baseline = PS6.leave_one_out_baseline(PS6.rewards_to_go(rewards, 1.0))
    return PS6.subtract_baseline(scores, rewards, 1.0, baseline).mean(axis=0)


def with_lambda(scores, errors):
    advantages = PS8.generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
    return np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)


def to_length_1(scores, errors):
    step = with_lambda(scores, errors)
    return step / max(np.linalg.norm(step), 1e-12)


def mean_of_the_path(simulate, theta, step_size, num_iterations, rng):
    path = [theta]
    for _ in range(num_iterations):
        path.append(path[-1] + step_size * with_lambda(*simulate(path[-1], rng)))
    return np.mean(path, axis=0)


def falling_step_size(simulate, theta, step_size, num_iterations, rng):
    for k in range(num_iterations):
        theta = theta + step_size / (k + 1) * with_lambda(*simulate(theta, rng))
    return theta


def whole_numbers(simulate, theta, step_size, num_iterations, rng):
    theta = theta.copy()
    for _ in range(num_iterations):
        theta[:] = theta + step_size * with_lambda(*simulate(theta, rng))
    return theta


NEIGHBOURS = [
    (SEARCH, "two calls a candidate", search(normal, lambda n: n + 1), "one iteration too many"),
    (SEARCH, "two calls a candidate", search(normal, lambda n: n + 2), None),
    (SEARCH, "one iteration too many", search(normal, calls=2), "two calls a candidate"),
    (SEARCH, "one iteration too few", search(normal, lambda n: n + 1), "one iteration too many"),
    (SEARCH, "correlations ignored", search(factored(np.linalg.cholesky)), "factor on the wrong side"),
    (SEARCH, "correlations ignored", search(factored(lambda c: c)), "covariance as its own root"),
    (SEARCH, "correlations ignored", search(factored(lambda c: np.linalg.cholesky(c).T * 1.5)), None),
    (SEARCH, "factor on the wrong side", search(factored(deviations)), "correlations ignored"),
    (SEARCH, "covariance as its own root", search(factored(lambda c: c / 2)), None),
    (SEARCH, "search never moves", search(lambda rng, m, c, n, start: normal(rng, start[0], 2 * start[1], n, 0)), None),
    (SEARCH, "covariance never changes", search(lambda rng, m, c, n, start: normal(rng, m, start[1] / 3, n, 0)), None),
    (SAMPLE, "one random number for two draws", sampler(draw_next=anew), "a random number for each outcome"),
    (SAMPLE, "one random number for two draws", sampler(draw_next=lambda rng, law, k: law.argmax()), None),
    (SAMPLE, "starts anywhere", sampler(draw_first=anew), "a random number for each outcome"),
    (SAMPLE, "actions at random", sampler(draw_action=anew), "a random number for each outcome"),
    (SAMPLE, "a random number for each outcome", sampler(draw_action=uniform), "actions at random"),
    (SAMPLE, "policy of the first state", sampler(draw_next=most_probable_from_the_second_on), None),
    (SAMPLE, "policy of the first state", sampler(draw_action=the_best_nine_times_in_ten), None),
    (CLIMB, "the whole path", climb(lambda scores, rewards: mean_sample(rewards, scores)), None),
    (CLIMB, "one batch for all", climb(mean_sample, lambda n: n - 1), "one iteration too few"),
    (CLIMB, "one iteration too few", climb(mean_sample, lambda n: n + 1), None),
    (CLIMB, "sum for mean", climb(lambda *batch: 2.5 * mean_sample(*batch)), None),
    (CLIMB, "sum for mean", climb(lambda *batch: len(batch[0]) / (len(batch[0]) - 1) * mean_sample(*batch)), None),
    (CLIMB, "mean over all decisions", climb(lambda *batch: 0.5 * mean_sample(*batch)), None),
    (CLIMB, "descent on utility", climb(lambda *batch: -0.5 * mean_sample(*batch)), None),
    (CLIMB, "simulates at the start", climb(mean_sample, start=lambda theta: theta + 1.0), None),
    (TRAIN, "no baseline", climb(lambda *batch: 0.9 * with_baseline(*batch)), None),
    (TRAIN, "same batch baseline", climb(lambda *batch: 0.6 * with_baseline(*batch)), None),
    (TRAIN, "one iteration too few", climb(with_baseline, lambda n: n + 1), None),
    (TRAIN, "score alone", climb(lambda *batch: 0.1 * with_baseline(*batch)), None),
    (TRUST, "first trajectory only", climb(to_length_1), None),
    (TRUST, "mean over all decisions", mean_of_the_path, None),
    (TRUST, "mean over all decisions", climb(lambda *batch: 0.5 * with_lambda(*batch)), None),
    (TRUST, "sum for mean", climb(lambda *batch: len(batch[0]) / (len(batch[0]) - 1) * with_lambda(*batch)), None),
    (TRUST, "one iteration too few", falling_step_size, None),
    (LOSES, "one table", lambda: [[1.0, 1.0], [-1.0, -1.0]], "lists"),
    (LOSES, "lists", lambda: np.array([[1.0, 1.0], [-1.0, -1.0]]), "one table"),
    (LOSES, "lists", lambda: (np.ones(3), np.ones(3)), None),
    (LOSES, "causality helps", lambda: (np.ones(2), [-1.0, -1.0]), "lists"),
    (LOSES, "not a number", lambda: (np.ones(2), np.array([-1, 1 + 0j])), None),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("task", "name", "answer", "right_name"), NEIGHBOURS)
def test_a_neighbour_of_a_mistake_is_not_told_its_sentence(task, name, answer, right_name):
    message = said(task, answer)
    assert sentence(task, name) not in message
    if right_name:
        assert sentence(task, right_name) in message
    else:
        assert not [known.name for known in task.mistakes if known.sentence in message]


@pytest.mark.slow
def test_the_parts_of_the_neighbours_themselves_are_right():
    right = [(CLIMB, climb(mean_sample)), (TRAIN, climb(with_baseline)), (SEARCH, search(normal)), (SAMPLE, sampler())]
    right += [(TRUST, climb(with_lambda))]
    for task, answer in right:
        assert task.hidden_verdict(answer).correct


def test_what_a_training_loop_does_wrong_is_said_though_it_is_no_known_mistake():
    for answer, words in (
        (falling_step_size, "use the batch just returned, and step_size as it is given."),
        (whole_numbers, "θ held whole numbers here, and a copy of it cut off the digits"),
        (
            climb(with_lambda, lambda n: n + 1),
            "simulate is called 7 times, and num_iterations is 6: call it once in each",
        ),
    ):
        assert words in TRUST.visible_verdict(answer).message


PS3, PS4 = catalogue_of("ps3_log_derivative"), catalogue_of("ps4_left_right")


def restored_in_place(utility, theta, delta):
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        here = theta[i]
        theta[i] = here + delta
        ahead = utility(theta)
        theta[i] = here - delta
        gradient[i] = (ahead - utility(theta)) / (2 * delta)
        theta[i] = here
    return gradient


def slope_of_the_probability(theta, action, reward_left, reward_right):
    return PS4.clamp_policy(theta)[action] * PS4.clamp_score(theta, action) * (reward_left, reward_right)[action]


def baseline_from_the_sample(theta, reward_left, reward_right, baseline=0.0):
    samples = [PS4.gradient_sample(theta, action, reward_left, reward_right) - baseline for action in (0, 1)]
    mean, square = (PS4.clamp_policy(theta) @ np.array(samples) ** power for power in (1, 2))
    return square - mean**2


def repair(weights=lambda rewards_to_go: rewards_to_go, step_size_at=lambda k: 1, iterations=lambda n: n):
    """Return the program of problem set 5, repaired and then spoilt in one place."""

    def repaired(simulate, theta, step_size, num_iterations, discount, rng):
        for k in range(iterations(num_iterations)):
            scores, rewards = simulate(theta, rng)
            discounted = discount ** np.arange(rewards.shape[1]) * rewards
            to_go = np.cumsum(discounted[:, ::-1], axis=1)[:, ::-1]
            sample = np.einsum("mkn,mk->n", scores, weights(to_go)) / len(rewards)
            theta = theta + step_size * step_size_at(k) * sample
        return theta

    return repaired


@pytest.mark.parametrize(
    ("task", "answer", "words"),
    [
        (PS3.finite_difference_gradient, restored_in_place, "An array of whole numbers cuts off the digits"),
        (PS3.sample_left, np.array([10.0, -10.0]), "or a score without the probability: 1 and -1"),
        (PS4.gradient_sample, slope_of_the_probability, "This is the derivative of the probability times the reward"),
        (PS4.gradient_variance, baseline_from_the_sample, "since from the sample it changes nothing"),
        (PS5.repaired, repair(lambda to_go: to_go - to_go.mean(axis=0)), "use its own rewards alone"),
        (PS5.repaired, repair(step_size_at=lambda k: 1 / (k + 1)), "step_size times the mean sample of its batch must"),
        (PS5.repaired, repair(np.sign), "step_size times the mean sample of its batch must"),
        (PS5.repaired, repair(iterations=lambda n: min(n, 1)), "simulate is called but once"),
    ],
)
def test_a_sentence_is_true_of_each_answer_that_is_told_it(task, answer, words):
    assert words in said(task, answer)


def test_the_repaired_program_of_the_neighbours_is_right():
    assert PS5.repaired.hidden_verdict(repair()).correct


def test_where_the_type_alone_is_wrong_there_is_nothing_to_reread():
    for answer in (lambda: ([1.0, 1.0], [-1.0, -1.0]), lambda: [[1.0, 1.0], [-1.0, -1.0]], lambda: np.zeros((2, 2))):
        assert "Reread" not in LOSES.visible_verdict(answer).message
    assert "Reread" in LOSES.visible_verdict(lambda: (np.ones(2), np.ones(2))).message


def test_a_constant_baseline_is_told_beside_the_task_that_it_does_not_help_everywhere():
    answer = climb(
        lambda scores, rewards: np.einsum("mkn,mk->n", scores, PS6.rewards_to_go(rewards, 1.0) + 20) / len(rewards)
    )
    assert sentence(TRAIN, "baseline added") in TRAIN.visible_verdict(answer).message


def test_a_score_by_differences_of_the_logarithm_is_told_beside_the_task_where_it_fails():
    def softmax_score(theta, state, action):
        def logarithm(table):
            return np.log(PS3.softmax_probabilities(table)[state, action])

        score = np.zeros(theta.shape)
        for place in np.ndindex(*theta.shape):
            shift = np.zeros(theta.shape)
            shift[place] = 1e-5
            score[place] = (logarithm(theta + shift) - logarithm(theta - shift)) / 2e-5
        return score

    with np.errstate(all="ignore"):
        assert "[nan, nan]" in PS3.softmax_score.visible_verdict(softmax_score).message


def test_a_call_is_shown_with_the_name_of_its_generator():
    def answer(*arguments):
        raise ValueError

    assert SAMPLE.visible_verdict(answer).message.endswith(", 4, rng) stops with ValueError.")


def test_what_prints_its_result_is_told_to_return_it():
    for task, call in ((PS5.reward_to_go, "reward_to_go([1., 2., 4.], 0.5)"), (PS5.causality_loses, "causality_loses")):
        verdict = task.visible_verdict(lambda *arguments: print(arguments))
        assert verdict.message.startswith(f"{call} returns nothing: end the function with return")


def test_a_fraction_is_a_number_of_another_type():
    verdict = catalogue_of("ps4_left_right").sample_left.visible_verdict(Fraction(5))
    assert "is a Fraction: make it a float" in verdict.message
    assert "not a number" not in verdict.message
