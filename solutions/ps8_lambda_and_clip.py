"""Problem set 8, lambda and the clip: generalised advantages, importance weights, and a critic that knows little."""

import numpy as np

from pgcourse.homework.judges.judges import trains_with_a_lambda
from pgcourse.homework.public import long_corridor_utility, simulate_with_critic
from pgcourse.homework.task import task

SEVEN_DIGITS = "inputs in single precision leave seven digits"
REWARDS = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0], [2.0, 1.5, 0.0], [-3.0, 0.25, 1.0]])
VALUES = np.array([[0.5, -1.0, 2.0], [1.5, 1.0, 0.75], [-0.5, 2.5, 0.0], [3.0, 0.0, -1.5]])
WHOLE = np.array([[1, 3, -2], [4, 0, 5], [2, -1, 1], [0, 7, 3]])
WHOLE_VALUES = np.array([[2, 1, 4], [0, 3, 1], [5, 2, 0], [1, 1, 6]])
SINGLE = (REWARDS.astype(np.float32), VALUES.astype(np.float32))


@task(
    points=2,
    visible=[
        (np.array([[1.0, 4.0]]), np.array([[2.0, 3.0]]), 0.5),
        (REWARDS, VALUES, 0.9),
        (WHOLE, WHOLE_VALUES, 0.5),
        (WHOLE, WHOLE_VALUES, 1),
        (REWARDS, VALUES, 0.0),
        (*SINGLE, 0.75),
        (500 * WHOLE[:, :1], WHOLE_VALUES[:, :1], 0.25),
    ],
    hidden=[
        (REWARDS, VALUES, 1.0),
        (REWARDS[:, :1], VALUES[:, :1], 0.6),
        (REWARDS[:1], VALUES[:1], 0.8),
        (1000 * WHOLE, WHOLE_VALUES, 0.3),
        (0.5 - REWARDS, VALUES[::-1], 0.95),
        (*SINGLE, 1.0),
    ],
    reread="the formula: the value of the next decision's state, and what it is after the last decision",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
)
def td_errors(rewards, values, discount):
    following = np.zeros(np.shape(values))
    following[:, :-1] = values[:, 1:]
    return rewards + discount * following - values


@td_errors.right
def two_loops(rewards, values, discount):
    m, horizon = rewards.shape
    errors = np.zeros((m, horizon))
    for i in range(m):
        for k in range(horizon):
            later = values[i, k + 1] if k + 1 < horizon else 0
            errors[i, k] = rewards[i, k] - values[i, k] + discount * later
    return errors


@td_errors.right
def by_padding(rewards, values, discount):
    padded = np.hstack([values, np.zeros((len(values), 1))])
    return rewards - padded[:, :-1] + discount * padded[:, 1:]


@td_errors.right
def a_matrix_product(rewards, values, discount):
    horizon = values.shape[1]
    return rewards + values @ (discount * np.eye(horizon, k=-1) - np.eye(horizon))


@td_errors.mistake("The value of the same step stands twice here: γ multiplies the value of the next one.")
def value_of_the_same_step(rewards, values, discount):
    return rewards + discount * values - values


@td_errors.mistake("The values were whole numbers here, and so the array you wrote into cut off the digits.")
def digits_cut_off(rewards, values, discount):
    following = np.zeros_like(values)
    following[:, :-1] = discount * values[:, 1:]
    return rewards + following - values


@td_errors.mistake("The value of the next state is not discounted.")
def next_value_in_full(rewards, values, discount):
    return rewards + np.hstack([values[:, 1:], np.zeros((len(values), 1))]) - values


@td_errors.mistake("The discount stands before both values: only what comes after the step is discounted.")
def both_values_discounted(rewards, values, discount):
    return rewards + discount * (np.hstack([values[:, 1:], np.zeros((len(values), 1))]) - values)


@td_errors.mistake("The sign is flipped: better than expected is positive.")
def sign_flipped(rewards, values, discount):
    return values - rewards - discount * np.hstack([values[:, 1:], np.zeros((len(values), 1))])


@td_errors.mistake("The values are exchanged: the next one is added and the present one subtracted.")
def values_exchanged(rewards, values, discount):
    return rewards + discount * values - np.hstack([values[:, 1:], np.zeros((len(values), 1))])


@td_errors.mistake("The next value is missing: it stands for all that is earned later.")
def no_next_value(rewards, values, discount):
    return rewards - values


@td_errors.mistake("The present value is missing: the error is what came, less what was expected.")
def no_present_value(rewards, values, discount):
    return rewards + discount * np.hstack([values[:, 1:], np.zeros((len(values), 1))])


@td_errors.mistake("The value of the decision before stands where that of the next belongs.")
def the_value_before(rewards, values, discount):
    return rewards + discount * np.hstack([np.zeros((len(values), 1)), values[:, :-1]]) - values


@td_errors.mistake("After the last decision the value is 0: here it is that of the first decision.")
def rolled_round(rewards, values, discount):
    return rewards + discount * np.roll(values, -1, axis=1) - values


@td_errors.mistake("After the last decision the value is 0: here the last value stands for it.")
def last_value_repeated(rewards, values, discount):
    return rewards + discount * np.hstack([values[:, 1:], values[:, -1:]]) - values


@td_errors.mistake("The next value is that of the next decision, not of the next trajectory: mind the axis.")
def next_trajectory(rewards, values, discount):
    return rewards + discount * np.vstack([values[1:], np.zeros((1, values.shape[1]))]) - values


@td_errors.mistake("There is one error too few: the last decision has one as well.")
def one_too_few(rewards, values, discount):
    return rewards[:, :-1] + discount * values[:, 1:] - values[:, :-1]


@td_errors.mistake(
    "Rewards and values were whole numbers here, and so an array made like one of them cut off the digits."
)
def cut_off_digits(rewards, values, discount):
    errors = rewards.copy()
    errors[:, :-1] = rewards[:, :-1] + discount * values[:, 1:] - values[:, :-1]
    errors[:, -1] = rewards[:, -1] - values[:, -1]
    return errors


@td_errors.mistake("This changes the rewards in place: work on a copy of them.")
def in_place(rewards, values, discount):
    following = discount * np.hstack([values[:, 1:], np.zeros((len(values), 1))]) - values
    rewards[:] = rewards + following.astype(rewards.dtype)
    return rewards


@td_errors.mistake("The reward is discounted as well: it is earned in this very step.")
def reward_discounted(rewards, values, discount):
    return discount * (rewards + np.hstack([values[:, 1:], np.zeros((len(values), 1))])) - values


@td_errors.mistake("The factor γ^k is applied here: an error looks one step ahead from its own decision.")
def discounted_to_the_start(rewards, values, discount):
    errors = rewards + discount * np.hstack([values[:, 1:], np.zeros((len(values), 1))]) - values
    return errors * float(discount) ** np.arange(rewards.shape[1])


@td_errors.mistake("The last error is 0 here: it is the last reward less the value that was expected.")
def last_error_0(rewards, values, discount):
    errors = np.zeros(np.shape(values))
    errors[:, :-1] = rewards[:, :-1] + discount * values[:, 1:] - values[:, :-1]
    return errors


@td_errors.mistake("In the last error the present value is missing: only the next one is 0 there.")
def last_reward_alone(rewards, values, discount):
    errors = np.array(rewards, dtype=float)
    errors[:, :-1] += discount * values[:, 1:] - values[:, :-1]
    return errors


@td_errors.mistake("This is reward-to-go less the value: an error counts one reward, and the value of what comes then.")
def reward_to_go_less_value(rewards, values, discount):
    to_go = np.array(rewards, dtype=float)
    for k in range(to_go.shape[1] - 2, -1, -1):
        to_go[:, k] += discount * to_go[:, k + 1]
    return to_go - values


@task(
    points=3,
    visible=[
        (np.array([[1.0, 4.0]]), np.array([[2.0, 3.0]]), 0.5, 0.5),
        (REWARDS, VALUES, 0.9, 0.8),
        (WHOLE, WHOLE_VALUES, 0.5, 0.25),
        (REWARDS, VALUES, 0.9, 0.0),
        (WHOLE, WHOLE_VALUES, 1, 1),
        (*SINGLE, 0.75, 0.9),
        (500 * WHOLE[:, :1], WHOLE_VALUES[:, :1], 0.0, 0.5),
    ],
    hidden=[
        (REWARDS, VALUES, 0.9, 1.0),
        (REWARDS, VALUES, 0.0, 0.7),
        (REWARDS, VALUES, 1.0, 0.6),
        (REWARDS[:, :1], VALUES[:, :1], 0.6, 0.4),
        (np.sqrt(np.arange(36.0)).reshape(3, 12), np.cos(np.arange(36.0)).reshape(3, 12), 0.95, 0.97),
        (1000 * WHOLE, WHOLE_VALUES, 0.3, 0.5),
        (*SINGLE, 1.0, 0.5),
    ],
    reread="the sum over the errors that follow, and what each of them is multiplied by",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
)
def generalised_advantages(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] = advantages[:, k] + discount * lam * advantages[:, k + 1]
    return advantages


@generalised_advantages.right
def one_matrix_product(rewards, values, discount, lam):
    horizon = rewards.shape[1]
    lag = np.subtract.outer(np.arange(horizon), np.arange(horizon))
    table = np.where(lag >= 0, float(discount * lam) ** np.maximum(lag, 0), 0.0)
    return td_errors(rewards, values, discount) @ table


@generalised_advantages.right
def three_loops(rewards, values, discount, lam):
    errors = td_errors(rewards, values, discount)
    m, horizon = errors.shape
    return np.array(
        [
            [sum((discount * lam) ** (j - k) * errors[i, j] for j in range(k, horizon)) for k in range(horizon)]
            for i in range(m)
        ]
    )


@generalised_advantages.right
def without_the_first_task(rewards, values, discount, lam):
    m, horizon = rewards.shape
    advantages, carried, value = np.zeros((m, horizon)), np.zeros(m), np.zeros(m)
    for k in reversed(range(horizon)):
        carried = rewards[:, k] + discount * value - values[:, k] + discount * lam * carried
        advantages[:, k], value = carried, values[:, k]
    return advantages


@generalised_advantages.mistake(
    "The loop stops before the first step: `range(H - 2, -1, -1)` ends at 0, and `range(H - 2, 0, -1)` at 1."
)
def first_step_left_out(rewards, values, discount, lam):
    advantages = td_errors(rewards, values, discount).astype(float)
    for k in range(rewards.shape[1] - 2, 0, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return advantages


@generalised_advantages.mistake("The factor λ is missing: each further step has the weight γλ.")
def no_lambda(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * advantages[:, k + 1]
    return advantages


@generalised_advantages.mistake("The factor γ is missing: each further step has the weight γλ.")
def no_discount(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += lam * advantages[:, k + 1]
    return advantages


@generalised_advantages.mistake("These are the temporal-difference errors alone, as for λ = 0.")
def errors_alone(rewards, values, discount, lam):
    return np.array(td_errors(rewards, values, discount), dtype=float)


@generalised_advantages.mistake("Only one further error is added: the sum runs to the last decision.")
def one_further_error(rewards, values, discount, lam):
    errors = np.array(td_errors(rewards, values, discount), dtype=float)
    return errors + discount * lam * np.hstack([errors[:, 1:], np.zeros((len(errors), 1))])


@generalised_advantages.mistake("The errors are summed from the start: the sum runs from decision k to the end.")
def summed_from_the_start(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(1, advantages.shape[1]):
        advantages[:, k] += discount * lam * advantages[:, k - 1]
    return advantages


@generalised_advantages.mistake("This adds up rewards: add up the temporal-difference errors.")
def rewards_for_errors(rewards, values, discount, lam):
    advantages = np.array(rewards, dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return advantages


@generalised_advantages.mistake("The value is subtracted a second time: it is in the first error already.")
def value_subtracted_twice(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return advantages - values


@generalised_advantages.mistake("This has the value added again: return the advantage, not the return.")
def value_added_back(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return advantages + values


@generalised_advantages.mistake(
    "This is multiplied by 1 - λ: the weights of the errors are γλ to a power, and no more."
)
def times_one_less_lambda(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return (1 - lam) * advantages


@generalised_advantages.mistake("The factor γ^k is applied here: it belongs to the sample, not to the advantage.")
def discounted_from_the_start(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return advantages * float(discount) ** np.arange(advantages.shape[1])


@generalised_advantages.mistake("This is the first advantage of each trajectory: return one for each decision.")
def of_the_first_decision(rewards, values, discount, lam):
    errors = np.array(td_errors(rewards, values, discount), dtype=float)
    return errors @ float(discount * lam) ** np.arange(errors.shape[1])


@generalised_advantages.mistake("The exponent counts from the first decision: it counts from decision k.")
def exponent_from_the_start(rewards, values, discount, lam):
    errors = td_errors(rewards, values, discount)
    weighted = errors * float(discount * lam) ** np.arange(errors.shape[1])
    return weighted[:, ::-1].cumsum(axis=1)[:, ::-1]


@generalised_advantages.mistake("The first error is multiplied by γλ as well: its weight is 1.")
def first_error_weighted(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return discount * lam * advantages


@generalised_advantages.mistake("All errors that follow have the weight 1: it is γλ to the power of the steps between.")
def neither_factor(rewards, values, discount, lam):
    errors = np.array(td_errors(rewards, values, discount), dtype=float)
    return errors[:, ::-1].cumsum(axis=1)[:, ::-1]


@generalised_advantages.mistake("The order is reversed: the first column is the first decision.")
def last_decision_first(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return advantages[:, ::-1]


@generalised_advantages.mistake("The mean of the batch is subtracted, as some programs do: here it is not asked for.")
def centred(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return advantages - advantages.mean()


@generalised_advantages.mistake(
    "The advantages are standardised - less their mean, over their standard deviation - which is not asked for."
)
def standardised(rewards, values, discount, lam):
    advantages = np.array(td_errors(rewards, values, discount), dtype=float)
    for k in range(advantages.shape[1] - 2, -1, -1):
        advantages[:, k] += discount * lam * advantages[:, k + 1]
    return (advantages - advantages.mean()) / (advantages.std() + 1e-8)


LOGS = np.log(np.array([[0.5, 0.25, 0.8], [0.1, 0.9, 0.6], [0.75, 0.5, 0.5], [0.3, 0.2, 1.0]]))
OLD = np.log(np.array([[0.25, 0.5, 0.4], [0.2, 0.45, 0.9], [0.75, 0.5, 0.5], [0.6, 0.1, 0.5]]))
LONG = (np.log(np.full((2, 400), 0.1)), np.log(np.full((2, 400), 0.1)) - np.array([[0.01], [-0.02]]))


@task(
    points=2,
    visible=[
        (np.log(np.array([[0.5, 0.3]])), np.log(np.array([[0.25, 0.6]]))),
        (LOGS, OLD),
        LONG,
        (LOGS[:, :1], OLD[:, :1]),
        (np.array([[0, -1], [-2, -1]]), np.array([[-1, -1], [-1, -3]])),
        (OLD[:2].astype(np.float32), LOGS[:2].astype(np.float32)),
        (np.full((2, 3), -0.5), np.full((2, 3), -0.25)),
    ],
    hidden=[
        (OLD, LOGS),
        (LOGS, LOGS),
        (LOGS[:1], OLD[:1]),
        (LONG[1], LONG[0]),
        (LOGS.astype(np.float32), OLD.astype(np.float32)),
    ],
    reread="the probability of a trajectory: which of its factors cancel in the ratio, and which are multiplied",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
)
def importance_weights(log_new, log_old):
    return np.exp((log_new - log_old).sum(axis=1))


@importance_weights.right
def product_of_the_ratios(log_new, log_old):
    return np.prod(np.exp(log_new - log_old), axis=1)


@importance_weights.right
def a_loop_over_the_decisions(log_new, log_old):
    weights = np.ones(len(log_new))
    for k in range(log_new.shape[1]):
        weights = weights * np.exp(log_new[:, k] - log_old[:, k])
    return weights


@importance_weights.right
def difference_of_the_sums(log_new, log_old):
    return np.array([np.exp(np.sum(new) - np.sum(old)) for new, old in zip(log_new, log_old, strict=True)])


@importance_weights.mistake("The ratio is upside down: the new probability stands above, the old one below.")
def upside_down(log_new, log_old):
    return np.exp((log_old - log_new).sum(axis=1))


@importance_weights.mistake("This is the logarithm of the weight: take the exponential.")
def logarithm(log_new, log_old):
    return (log_new - log_old).sum(axis=1)


@importance_weights.mistake("The ratios are added: a trajectory's probability is the product over its decisions.")
def sum_of_ratios(log_new, log_old):
    return np.exp(log_new - log_old).sum(axis=1)


@importance_weights.mistake("This is the mean of the ratios: they are multiplied.")
def mean_of_ratios(log_new, log_old):
    return np.exp(log_new - log_old).mean(axis=1)


@importance_weights.mistake("This is the geometric mean of the ratios: the logarithms are summed, not averaged.")
def geometric_mean(log_new, log_old):
    return np.exp((log_new - log_old).mean(axis=1))


@importance_weights.mistake(
    "The logarithms are divided: the ratio of probabilities is their difference, exponentiated."
)
def ratio_of_logarithms(log_new, log_old):
    with np.errstate(all="ignore"):
        return log_new.sum(axis=1) / log_old.sum(axis=1)


@importance_weights.mistake("This is the ratio of the last decision alone: multiply over all.")
def last_decision_alone(log_new, log_old):
    return np.exp(log_new[:, -1] - log_old[:, -1])


@importance_weights.mistake("This is the probability under the new policy: divide by that under the old one.")
def not_divided(log_new, log_old):
    return np.exp(log_new.sum(axis=1))


@importance_weights.mistake(
    "The weights are divided by their sum, which makes the estimate biased: leave them as they are."
)
def normalised(log_new, log_old):
    weights = np.exp((log_new - log_old).sum(axis=1))
    return weights / weights.sum()


@importance_weights.mistake(
    "The probabilities of a long trajectory are too small for a float, and 0/0 is NaN: subtract the logarithms first."
)
def products_of_probabilities(log_new, log_old):
    with np.errstate(all="ignore"):
        return np.prod(np.exp(log_new), axis=1) / np.prod(np.exp(log_old), axis=1)


@importance_weights.mistake("This multiplies over the trajectories: multiply over the decisions, the second axis.")
def over_the_trajectories(log_new, log_old):
    return np.exp((log_new - log_old).sum(axis=0))


@importance_weights.mistake("This has a ratio for each decision: return one weight for each trajectory.")
def one_for_each_decision(log_new, log_old):
    return np.exp(log_new - log_old)


@importance_weights.mistake(
    "These are the weights of all beginnings of a trajectory: the last column alone is asked for."
)
def running_product(log_new, log_old):
    return np.exp(np.cumsum(log_new - log_old, axis=1))


@importance_weights.mistake("This is the ratio of the first decision alone: multiply over all.")
def first_decision_alone(log_new, log_old):
    return np.exp(log_new[:, 0] - log_old[:, 0])


@importance_weights.mistake(
    "This takes the logarithms for probabilities: the ratio is the exponential of their difference."
)
def logarithms_as_probabilities(log_new, log_old):
    with np.errstate(all="ignore"):
        return np.prod(log_new / log_old, axis=1)


@importance_weights.mistake("The largest weight is made 1, which changes all the others: leave them as they are.")
def largest_is_1(log_new, log_old):
    logs = (log_new - log_old).sum(axis=1)
    return np.exp(logs - logs.max())


@importance_weights.mistake("The weights are clipped: that is the next task, and there it is each decision's ratio.")
def clipped(log_new, log_old):
    return np.clip(np.exp((log_new - log_old).sum(axis=1)), 0.8, 1.2)


RATIOS = np.array([[0.5, 1.1, 1.5], [0.9, 1.3, 0.7], [1.0, 2.0, 0.1]])
ADVANTAGES = np.array([[1.0, -2.0, 3.0], [0.5, -4.0, -1.0], [2.0, 1.5, 0.25]])


@task(
    points=2,
    visible=[
        (np.array([[1.5, 0.5]]), np.array([[2.0, -4.0]]), 0.2),
        (RATIOS, ADVANTAGES, 0.2),
        (RATIOS, -ADVANTAGES, 0.2),
        (RATIOS, ADVANTAGES, 0.5),
        (RATIOS, ADVANTAGES, 0.0),
        (np.array([[1, 2], [0, 1]]), np.array([[3, -1], [-2, 5]]), 0.1),
        (RATIOS[:, :1].astype(np.float32), -ADVANTAGES[:, :1].astype(np.float32), 0.3),
        (np.full((2, 2), 1.25), np.full((2, 2), -2.0), 0.2),
    ],
    hidden=[
        (RATIOS, -ADVANTAGES, 0.05),
        (RATIOS[:1, :1], ADVANTAGES[:1, :1], 0.3),
        (RATIOS[::-1], ADVANTAGES, 0.1),
        (RATIOS[:, 2:], -ADVANTAGES[:, 2:], 0.25),
        (RATIOS.astype(np.float32), ADVANTAGES.astype(np.float32), 0.15),
        (np.ones((2, 3)), ADVANTAGES[:2], 0.2),
    ],
    reread="the formula: the smaller of the two products, decision by decision, and then the mean over all",
    tolerance=1e-5,
    why=SEVEN_DIGITS,
)
def clipped_surrogate(ratios, advantages, epsilon):
    clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon)
    return np.mean(np.minimum(ratios * advantages, clipped * advantages))


@clipped_surrogate.right
def two_cases(ratios, advantages, epsilon):
    limited = np.where(advantages > 0, np.minimum(ratios, 1 + epsilon), np.maximum(ratios, 1 - epsilon))
    return float((limited * advantages).mean())


@clipped_surrogate.right
def an_upper_limit(ratios, advantages, epsilon):
    limit = np.where(advantages > 0, (1 + epsilon) * advantages, (1 - epsilon) * advantages)
    return np.minimum(ratios * advantages, limit).sum() / ratios.size


@clipped_surrogate.right
def one_loop(ratios, advantages, epsilon):
    total = 0.0
    for w, a in zip(np.ravel(ratios).tolist(), np.ravel(advantages).tolist(), strict=True):
        total += min(w * a, min(max(w, 1 - epsilon), 1 + epsilon) * a)
    return total / np.size(ratios)


@clipped_surrogate.mistake("Nothing is clipped.")
def not_clipped(ratios, advantages, epsilon):
    return np.mean(ratios * advantages)


@clipped_surrogate.mistake("The minimum is missing: what makes things worse must count in full.")
def clipped_alone(ratios, advantages, epsilon):
    return np.mean(np.clip(ratios, 1 - epsilon, 1 + epsilon) * advantages)


@clipped_surrogate.mistake("This takes the larger of the two products: the surrogate is the smaller one.")
def the_maximum(ratios, advantages, epsilon):
    return np.mean(np.maximum(ratios * advantages, np.clip(ratios, 1 - epsilon, 1 + epsilon) * advantages))


@clipped_surrogate.mistake("The minimum of the ratios is taken before they meet the advantage: compare the products.")
def minimum_of_the_ratios(ratios, advantages, epsilon):
    return np.mean(np.minimum(ratios, np.clip(ratios, 1 - epsilon, 1 + epsilon)) * advantages)


@clipped_surrogate.mistake("The ratio is clipped to ±ε: its limits are 1 - ε and 1 + ε.")
def clipped_about_zero(ratios, advantages, epsilon):
    return np.mean(np.minimum(ratios * advantages, np.clip(ratios, -epsilon, epsilon) * advantages))


@clipped_surrogate.mistake("The advantage is clipped as well: the ratio alone is.")
def product_clipped(ratios, advantages, epsilon):
    products = ratios * advantages
    return np.mean(np.minimum(products, np.clip(products, 1 - epsilon, 1 + epsilon)))


@clipped_surrogate.mistake("This is a sum: take the mean over all decisions of the batch.")
def the_sum(ratios, advantages, epsilon):
    clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon) * advantages
    return np.sum(np.minimum(ratios * advantages, clipped))


@clipped_surrogate.mistake("The sign is flipped: this is a loss to be made small, the surrogate is made large.")
def a_loss(ratios, advantages, epsilon):
    clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon) * advantages
    return -np.mean(np.minimum(ratios * advantages, clipped))


@clipped_surrogate.mistake("The means are compared: take the smaller product decision by decision, and then the mean.")
def minimum_of_the_means(ratios, advantages, epsilon):
    clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon) * advantages
    return min(np.mean(ratios * advantages), np.mean(clipped))


@clipped_surrogate.mistake("This is one number for each decision: take the mean over all.")
def one_for_each(ratios, advantages, epsilon):
    clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon) * advantages
    return np.minimum(ratios * advantages, clipped)


@clipped_surrogate.mistake("This is the sum over the decisions of a trajectory: take the mean over all decisions.")
def sum_over_the_decisions(ratios, advantages, epsilon):
    clipped = np.clip(ratios, 1 - epsilon, 1 + epsilon) * advantages
    return np.minimum(ratios * advantages, clipped).sum(axis=1).mean()


@clipped_surrogate.mistake("Where the advantage is negative nothing is clipped: the limit 1 - ε acts there.")
def negative_not_clipped(ratios, advantages, epsilon):
    return np.mean(np.where(advantages > 0, np.minimum(ratios, 1 + epsilon), ratios) * advantages)


@clipped_surrogate.mistake("The exponential of the ratios is taken: they are ratios already, no logarithms.")
def ratios_as_logarithms(ratios, advantages, epsilon):
    again = np.exp(ratios)
    return np.mean(np.minimum(again * advantages, np.clip(again, 1 - epsilon, 1 + epsilon) * advantages))


@clipped_surrogate.mistake("The advantages are standardised first, as some programs do: here they count as they are.")
def standardised_first(ratios, advantages, epsilon):
    scaled = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    return np.mean(np.minimum(ratios * scaled, np.clip(ratios, 1 - epsilon, 1 + epsilon) * scaled))


@clipped_surrogate.mistake("Decisions outside of the limits count 0 here: they count as much as at the limit.")
def left_out_outside(ratios, advantages, epsilon):
    return np.mean(np.where(abs(ratios - 1) <= epsilon, ratios * advantages, 0.0))


@clipped_surrogate.mistake("The clipped ratio is not multiplied by the advantage.")
def clipped_without_the_advantage(ratios, advantages, epsilon):
    return np.mean(np.minimum(ratios * advantages, np.clip(ratios, 1 - epsilon, 1 + epsilon)))


def moves(scores, errors):
    """Return how far θ moves by a batch, divided by the step size, if all is right ("") and by mistake.

    All errors but that of the first decision are 0, so the advantages are the same for every λ.
    """
    samples = np.einsum("mk,mkn->mn", errors, scores)
    return {
        "": samples.mean(axis=0),
        "downhill": -samples.mean(axis=0),
        "sum for mean": samples.sum(axis=0),
        "first trajectory only": samples[0],
        "mean over all decisions": samples.mean(axis=0) / errors.shape[1],
        "scores alone": scores.sum(axis=1).mean(axis=0),
        "one advantage for all decisions": (scores.sum(axis=1) * errors[:, :1]).mean(axis=0),
    }


def script(theta, step_size, num_iterations, scores, first_errors):
    """Return the inputs of the judge for a simulator that gives this batch in every iteration."""
    errors = np.zeros(scores.shape[:2])
    errors[:, 0] = first_errors
    return ("batch", theta, step_size, num_iterations, scores, errors, moves(scores, errors))


BY_HAND = (np.array([[[2.0], [1.0], [0.0]], [[3.0], [1.0], [2.0]]]), [1.0, 4.0])
SCORES = np.array(
    [
        [[0.5, -1.0, 0.25], [1.5, 0.25, 0.5], [-0.75, 2.0, 1.0]],
        [[-0.5, 0.5, 1.25], [0.25, -1.25, 2.0], [1.0, 1.75, -0.5]],
        [[2.0, 0.75, -1.5], [-1.0, 0.5, 0.75], [0.5, 1.0, -0.25]],
    ]
)
BAR = 0.3
"""What the exact utility must reach: θ = 0 has -1.66, the best policy 0.50, right training with λ = 0.7 0.48 ± 0.01."""
NUM_RUNS = 9
CORRIDOR = (simulate_with_critic, long_corridor_utility, np.zeros(16), 0.5, 60, BAR, NUM_RUNS)


@task(
    points=3,
    visible=[
        # first, since it tells most mistakes apart
        script(np.array([0.5, -1.0]), 0.1, 6, SCORES[:, :, :2], [1.0, -0.5, 2.0]),
        script(np.array([0.0]), 0.1, 1, *BY_HAND),
        script(np.array([1.0]), 0.1, 3, *BY_HAND),
        script(np.array([2, -1]), 0.1, 2, SCORES[:2, :, :2], [1.5, -2.0]),
        ("errors", np.array([1.0, -2.0, 4.0, 0.5])),
        ("corridor", *CORRIDOR, 0),
    ],
    hidden=[
        script(np.array([1.0, -2.0, 0.5]), 0.25, 4, SCORES, [2.0, -1.0, 0.5]),
        script(np.array([3, 1, -2]), 0.05, 2, SCORES[:, :2], [-3.0, 1.0, 2.5]),
        ("errors", np.array([0.25, 3.0, -1.5, 2.0, 1.0, -0.75])),
        ("corridor", *CORRIDOR, 1000),
    ],
    reread="the loop: simulate with the present θ, advantages from the errors, mean of the samples, step uphill; and λ",
    judge=trains_with_a_lambda,
    false_alarm=1e-6,
    why="one right run misses the bar less than twice in 100 times, most of 9 runs less than once in a million",
)
def train_with_critic(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = np.array(errors, dtype=float)
        for k in range(errors.shape[1] - 2, -1, -1):
            advantages[:, k] += 0.7 * advantages[:, k + 1]
        theta = theta + step_size * np.einsum("mk,mkn->n", advantages, scores) / len(scores)
    return theta


@train_with_critic.right
def with_generalised_advantages(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.6)
        theta = theta + step_size * (advantages[:, :, None] * scores).sum(axis=1).mean(axis=0)
    return theta


@train_with_critic.right
def one_matrix(simulate, theta, step_size, num_iterations, rng):
    theta = np.array(theta, dtype=float)
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        horizon = errors.shape[1]
        table = np.tril(0.75 ** np.maximum(np.subtract.outer(np.arange(horizon), np.arange(horizon)), 0))
        theta += step_size * np.mean(np.einsum("mk,mkn->mn", errors @ table, scores), axis=0)
    return theta


@train_with_critic.right
def loops_with_a_generator_made_from_rng(simulate, theta, step_size, num_iterations, rng):
    own = np.random.Generator(np.random.PCG64(rng.integers(2**63)))
    thetas = [np.asarray(theta, dtype=float)]
    for t in range(num_iterations):
        scores, errors = simulate(thetas[t], own)
        step = np.zeros(len(theta))
        for f, delta in zip(scores, errors, strict=True):
            advantage = 0.0
            for k in reversed(range(len(delta))):
                advantage = delta[k] + 0.7 * advantage
                step += advantage * f[k] / len(scores)
        thetas.append(thetas[t] + step_size * step)
    return thetas[-1]


@train_with_critic.mistake("The sign is flipped: this goes downhill, and utility is maximised.")
def downhill(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta - step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake("Each step takes the sum of the samples: take their mean over the trajectories.")
def sum_for_mean(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores).sum(axis=0)
    return theta


@train_with_critic.mistake("Each step uses the first trajectory alone: average over the batch.")
def first_trajectory_only(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores)[0]
    return theta


@train_with_critic.mistake("This averages over the decisions as well: average over the trajectories alone.")
def mean_over_all_decisions(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * (advantages[:, :, None] * scores).mean(axis=(0, 1))
    return theta


@train_with_critic.mistake("This steps along the scores alone: the advantages are missing.")
def scores_alone(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, _ = simulate(theta, rng)
        theta = theta + step_size * scores.sum(axis=1).mean(axis=0)
    return theta


@train_with_critic.mistake(
    "The error of the first decision counts for later ones as well: an advantage begins at its own decision."
)
def one_advantage_for_all_decisions(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * (scores.sum(axis=1) * advantages[:, :1]).mean(axis=0)
    return theta


@train_with_critic.mistake("Each advantage is its error and λ times the next advantage, with one λ; here it is not.")
def no_single_lambda(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = errors + 0.7 * np.hstack([errors[:, 1:], np.zeros((len(errors), 1))])
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake("Every batch is drawn at the start: simulate with the θ of the present iteration.")
def simulates_at_the_start(simulate, theta, step_size, num_iterations, rng):
    start = theta
    for _ in range(num_iterations):
        scores, errors = simulate(start, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake("One batch serves all iterations: call simulate again in each.")
def one_batch_for_all(simulate, theta, step_size, num_iterations, rng):
    scores, errors = simulate(theta, rng)
    advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
    for _ in range(num_iterations):
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake("There is one iteration too few.")
def one_iteration_too_few(simulate, theta, step_size, num_iterations, rng):
    for _ in range(1, num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake("Two different generators give the same batches: simulate with the rng that you are given.")
def seeded_inside(simulate, theta, step_size, num_iterations, rng):
    rng = np.random.default_rng(0)
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake("Equal generators give different results: simulate with the rng that you are given.")
def numbers_from_elsewhere(simulate, theta, step_size, num_iterations, rng):
    rng = np.random.default_rng()
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake(
    "What is passed to simulate is not a numpy.random.Generator: pass on the rng that you are given."
)
def global_random_numbers(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, np.random)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta = theta + step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake("This changes θ in place: work on a copy of it.")
def theta_in_place(simulate, theta, step_size, num_iterations, rng):
    for _ in range(num_iterations):
        scores, errors = simulate(theta, rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        theta += step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0)
    return theta


@train_with_critic.mistake("This returns every θ on the way: return the last one.")
def the_whole_path(simulate, theta, step_size, num_iterations, rng):
    path = [theta]
    for _ in range(num_iterations):
        scores, errors = simulate(path[-1], rng)
        advantages = generalised_advantages(errors, np.zeros(errors.shape), 1.0, 0.7)
        path.append(path[-1] + step_size * np.einsum("mk,mkn->mn", advantages, scores).mean(axis=0))
    return np.array(path)


TASKS = [td_errors, generalised_advantages, importance_weights, clipped_surrogate, train_with_critic]
