"""Problem set 3, the log-derivative trick: finite differences, softmax policy, scores, and the gradient they give."""

import numpy as np

from pgcourse.homework.judges.judges import near_the_best
from pgcourse.homework.public import hill, ridge, twist
from pgcourse.homework.task import task

QUARTERS = np.log([[1.0, 3.0], [1.0, 1.0]])
"""Preferences whose probabilities are (1/4, 3/4) in the first state and (1/2, 1/2) in the second."""
SWELL = np.sin(np.arange(12.0) ** 2).reshape(4, 3)
WHOLE = np.array([[2, 0, -1], [0, 1, 0]])
TINY = np.array([[1, 0], [0, 2]])
LARGE = np.array([[1000.0, 999.0], [-1000.0, 1000.0], [0.0, 0.0]])
EXTREME = np.array([[1000.0, -1000.0], [-1000.0, -1001.0], [1000.0, 999.0]])


@task(
    points=2,
    visible=[
        (twist, np.array([1.0, 2.0]), 0.5),
        (twist, np.array([-0.5, 3.0]), 0.1),
        (twist, np.array([1, -2]), 0.5),
        (twist, np.array([0.5, 1.0], dtype=np.float32), 0.25),
        (hill, np.array([-1.5]), 0.5),
        (hill, np.array([0.5, -1.0, 2.0]), 0.25),
    ],
    hidden=[
        (twist, np.array([0.3, -1.2]), 1e-2),
        (twist, np.array([2, 1]), 0.25),
        (hill, np.array([0.7]), 0.1),
        (hill, np.linspace(-2.0, 3.0, 7), 0.01),
        (ridge, np.array([1.0, -2.0], dtype=np.float32), 0.5),
    ],
    reread="the formula of the central difference: which two points, and how far apart",
    why="the utilities are polynomials of degree 3 at most, so that rounding stays below 1e-12",
    package=("pgcourse.optimisers.race:difference_quotients",),
)
def finite_difference_gradient(utility, theta, delta):
    shifts = delta * np.eye(len(theta))
    return np.array([(utility(theta + shift) - utility(theta - shift)) / (2 * delta) for shift in shifts])


@finite_difference_gradient.right
def loop_over_copies(utility, theta, delta):
    gradient = np.zeros(theta.shape)
    for i in range(theta.size):
        ahead, behind = theta.astype(float), theta.astype(float)
        ahead[i] += delta
        behind[i] -= delta
        gradient[i] = (utility(ahead) - utility(behind)) / (ahead[i] - behind[i])
    return gradient


@finite_difference_gradient.right
def all_points_first(utility, theta, delta):
    points = theta + delta * np.concatenate([np.eye(theta.size), -np.eye(theta.size)])
    ahead, behind = np.array([utility(point) for point in points]).reshape(2, -1)
    return (ahead - behind) / delta / 2


@finite_difference_gradient.right
def mean_of_both_sides(utility, theta, delta):
    here = utility(theta)
    slopes = np.empty((2, len(theta)))
    for i, direction in enumerate(np.identity(len(theta))):
        slopes[0, i] = (utility(theta + delta * direction) - here) / delta
        slopes[1, i] = (here - utility(theta - delta * direction)) / delta
    return slopes.mean(axis=0)


@finite_difference_gradient.mistake(
    "This divides by 2 and then multiplies by δ, as `x / 2 * delta` does: write `x / (2 * delta)`."
)
def brackets_forgotten(utility, theta, delta):
    shifts = delta * np.eye(len(theta))
    return np.array([(utility(theta + shift) - utility(theta - shift)) / 2 * delta for shift in shifts])


@finite_difference_gradient.mistake("This shifts by half of δ: the two points are 2δ apart, one δ to each side.")
def half_of_delta(utility, theta, delta):
    shifts = delta / 2 * np.eye(len(theta))
    return np.array([(utility(theta + shift) - utility(theta - shift)) / delta for shift in shifts])


@finite_difference_gradient.mistake("A component stays shifted while the next is tried: begin each time from θ.")
def shift_not_taken_back(utility, theta, delta):
    place, gradient = theta.astype(float), np.zeros(len(theta))
    for i in range(len(theta)):
        place[i] += delta
        ahead = utility(place.copy())
        place[i] -= 2 * delta
        gradient[i] = (ahead - utility(place.copy())) / (2 * delta)
    return gradient


@finite_difference_gradient.mistake(
    "The parameters were whole numbers here, and so the array you wrote into cut off the digits."
)
def digits_cut_off(utility, theta, delta):
    gradient = np.zeros_like(theta)
    for i, shift in enumerate(delta * np.eye(len(theta))):
        gradient[i] = (utility(theta + shift) - utility(theta - shift)) / (2 * delta)
    return gradient


@finite_difference_gradient.mistake(
    "This is the one-sided difference from θ to θ + δe: take the point behind θ as well."
)
def forward_difference(utility, theta, delta):
    return np.array([(utility(theta + shift) - utility(theta)) / delta for shift in delta * np.eye(len(theta))])


@finite_difference_gradient.mistake("This is the one-sided difference from θ - δe to θ: take the point ahead as well.")
def backward_difference(utility, theta, delta):
    behind = [utility(theta - shift) for shift in delta * np.eye(len(theta))]
    return (utility(theta) - np.array(behind)) / delta


@finite_difference_gradient.mistake("The points are nearer than δ: shift by the δ that you are given.")
def a_step_of_its_own(utility, theta, delta):
    shifts = 1e-5 * np.eye(len(theta))
    return np.array([(utility(theta + shift) - utility(theta - shift)) / 2e-5 for shift in shifts])


@finite_difference_gradient.mistake("This is twice too large: the two points are 2δ apart, not δ.")
def divided_by_delta(utility, theta, delta):
    return np.array([(utility(theta + shift) - utility(theta - shift)) / delta for shift in delta * np.eye(len(theta))])


@finite_difference_gradient.mistake("This is the difference alone: divide it by the distance of the two points.")
def not_divided(utility, theta, delta):
    return np.array([utility(theta + shift) - utility(theta - shift) for shift in delta * np.eye(len(theta))])


@finite_difference_gradient.mistake("The sign is flipped: the point ahead comes first, the point behind is subtracted.")
def flipped_sign(utility, theta, delta):
    shifts = delta * np.eye(len(theta))
    return np.array([(utility(theta - shift) - utility(theta + shift)) / (2 * delta) for shift in shifts])


@finite_difference_gradient.mistake("This shifts all parameters at once: shift one at a time.")
def all_at_once(utility, theta, delta):
    slope = (utility(theta + delta) - utility(theta - delta)) / (2 * delta)
    return np.full(len(theta), slope)


@finite_difference_gradient.mistake("A parameter stays shifted while the next one is looked at: begin each from θ.")
def stays_shifted(utility, theta, delta):
    ahead, behind, gradient = theta.astype(float), theta.astype(float), np.zeros(len(theta))
    for i in range(len(theta)):
        ahead[i] += delta
        behind[i] -= delta
        gradient[i] = (utility(ahead) - utility(behind)) / (2 * delta)
    return gradient


@finite_difference_gradient.mistake(
    "An array of whole numbers cuts off the digits of θ + δ: write it into a copy that holds floats."
)
def integer_truncation(utility, theta, delta):
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        ahead, behind = theta.copy(), theta.copy()
        ahead[i], behind[i] = theta[i] + delta, theta[i] - delta
        gradient[i] = (utility(ahead) - utility(behind)) / (2 * delta)
    return gradient


@finite_difference_gradient.mistake("This changes θ in place: work on a copy of it.")
def in_place(utility, theta, delta):
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        theta[i] += delta
        ahead = utility(theta)
        theta[i] -= 2 * delta
        gradient[i] = (ahead - utility(theta)) / (2 * delta)
    return gradient


@finite_difference_gradient.mistake("This is a list: return a NumPy array.")
def a_list(utility, theta, delta):
    shifts = delta * np.eye(len(theta))
    return [(utility(theta + shift) - utility(theta - shift)) / (2 * delta) for shift in shifts]


@task(
    points=2,
    visible=[
        (QUARTERS,),
        (LARGE,),
        (TINY,),
        (QUARTERS.astype(np.float32),),
        (np.array([[-2.0]]),),
        (np.array([[0.0, 1.0, -1.0], [0.5, 0.0, 2.0]]),),
    ],
    hidden=[
        (SWELL,),
        (EXTREME,),
        (WHOLE,),
        (SWELL.astype(np.float32),),
        (np.array([[3.0]]),),
        (np.array([[0.0, 5.0, -2.0, 1.0]]),),
    ],
    reread="the formula of the softmax: over which axis is the sum, and what may be subtracted from a row",
    package=("pgcourse.gradients.policies:SoftmaxPolicy.probabilities", "pgcourse.optimisers.runs:softmax"),
)
def softmax_probabilities(theta):
    weights = np.exp(theta - theta.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


@softmax_probabilities.right
def row_by_row(theta):
    probabilities = np.zeros(theta.shape)
    for state, row in enumerate(theta):
        weights = np.exp(row - max(row))
        probabilities[state] = weights / np.sum(weights)
    return probabilities


@softmax_probabilities.right
def by_the_logarithm_of_the_sum(theta):
    log_sums = np.logaddexp.reduce(theta, axis=-1, keepdims=True, dtype=float)
    return np.exp(theta - log_sums)


@softmax_probabilities.right
def one_over_a_sum_of_ratios(theta):
    with np.errstate(over="ignore"):
        return 1 / np.exp(theta[:, None, :] - theta[:, :, None]).sum(axis=2)


@softmax_probabilities.mistake(
    "The largest preference of the whole table is subtracted, so that a row far below it becomes 0/0."
)
def largest_of_the_table(theta):
    with np.errstate(all="ignore"):
        weights = np.exp(theta - theta.max())
        return weights / weights.sum(axis=1, keepdims=True)


@softmax_probabilities.mistake("The sum runs over the whole table: each state has a distribution of its own.")
def over_the_whole_table(theta):
    weights = np.exp(theta - theta.max())
    return weights / weights.sum()


@softmax_probabilities.mistake("The columns add up to 1: the actions are along axis 1, so each row must.")
def over_the_states(theta):
    weights = np.exp(theta - theta.max(axis=0))
    return weights / weights.sum(axis=0)


@softmax_probabilities.mistake("The weights are not divided by their sum.")
def not_normalised(theta):
    return np.exp(theta - theta.max(axis=1, keepdims=True))


@softmax_probabilities.mistake(
    "The exponential of a large preference overflows, and inf / inf is NaN: subtract the row's largest entry first."
)
def overflow(theta):
    with np.errstate(all="ignore"):
        weights = np.exp(theta)
        return weights / weights.sum(axis=1, keepdims=True)


@softmax_probabilities.mistake(
    "The exponential overflowed to inf / inf, and the NaN was replaced: subtract the largest entry of the row."
)
def overflow_replaced(theta):
    with np.errstate(over="ignore", invalid="ignore"):
        weights = np.exp(theta)
        return np.nan_to_num(weights / weights.sum(axis=1, keepdims=True))


@softmax_probabilities.mistake(
    "Clipped preferences lose their differences: subtract the largest entry of the row instead."
)
def clipped(theta):
    weights = np.exp(np.clip(theta, -50.0, 50.0))
    return weights / weights.sum(axis=1, keepdims=True)


@softmax_probabilities.mistake("The exponent has the wrong sign: a higher preference must be more probable.")
def flipped_sign_of_theta(theta):
    weights = np.exp(theta.min(axis=1, keepdims=True) - theta)
    return weights / weights.sum(axis=1, keepdims=True)


@softmax_probabilities.mistake("This is the logarithm of the probabilities.")
def the_logarithm(theta):
    return theta - np.logaddexp.reduce(theta, axis=1, keepdims=True)


@softmax_probabilities.mistake("This always takes the best action: the softmax gives each action its share.")
def always_the_best(theta):
    return np.eye(theta.shape[1])[theta.argmax(axis=1)]


@softmax_probabilities.mistake("This changes θ in place: work on a copy of it.")
def theta_in_place(theta):
    theta -= theta.max(axis=1, keepdims=True)
    weights = np.exp(theta)
    return weights / weights.sum(axis=1, keepdims=True)


@softmax_probabilities.mistake(
    "An array made like a table of whole numbers holds whole numbers: make it an array of floats."
)
def probabilities_truncated(theta):
    probabilities = np.zeros_like(theta)
    for state, row in enumerate(theta):
        weights = np.exp(row - row.max())
        probabilities[state] = weights / weights.sum()
    return probabilities


PAIRS = [(0, 0), (1, 2), (3, 1), (3, 2)]


@task(
    points=2,
    visible=[
        (QUARTERS, 0, 0),
        (QUARTERS, 0, 1),
        (QUARTERS, 1, 0),
        (TINY, 1, 1),
        (QUARTERS.astype(np.float32), 0, 1),
        (LARGE, 0, 1),
        (LARGE, 1, 0),
        (np.array([[-2.0]]), 0, 0),
        (np.array([[0.0, 1.0, -1.0], [0.5, 0.0, 2.0], [1.0, 1.0, 0.0]]), 2, 2),
    ],
    hidden=[
        *((SWELL, *pair) for pair in PAIRS),
        (SWELL.astype(np.float32), 2, 1),
        (WHOLE, 0, 2),
        (WHOLE, np.int64(1), np.int64(1)),
        (EXTREME, 0, 1),
        (EXTREME, 2, 0),
        (np.array([[3.0]]), 0, 0),
    ],
    reread="the derivative of log π, and which entries of θ it depends on",
    package=(
        "pgcourse.gradients.policies:SoftmaxPolicy.score",
        "pgcourse.gradients.policies:SoftmaxPolicy.local_score",
    ),
)
def softmax_score(theta, state, action):
    score = np.zeros(theta.shape)
    score[state] = -softmax_probabilities(theta)[state]
    score[state, action] += 1
    return score


@softmax_score.right
def entry_by_entry(theta, state, action):
    probabilities, score = softmax_probabilities(theta), np.zeros(theta.shape)
    for other in range(theta.shape[1]):
        score[state, other] = (1.0 if other == action else 0.0) - probabilities[state, other]
    return score


@softmax_score.right
def product_of_indicators(theta, state, action):
    num_states, num_actions = theta.shape
    here = np.arange(num_states) == state
    return here[:, None] * ((np.arange(num_actions) == action) - softmax_probabilities(theta))


@softmax_score.right
def from_unit_vectors(theta, state, action):
    row = np.eye(theta.shape[1])[action] - softmax_probabilities(theta)[state]
    return np.outer(np.eye(theta.shape[0])[state], row)


@softmax_score.mistake("The other states must have zeros: their preferences do not enter π(a | s).")
def all_states(theta, state, action):
    score = -softmax_probabilities(theta)
    score[state, action] += 1
    return score


@softmax_score.mistake("The 1 of the chosen action is missing.")
def forgotten_one(theta, state, action):
    score = np.zeros(theta.shape)
    score[state] = -softmax_probabilities(theta)[state]
    return score


@softmax_score.mistake("The probabilities are missing: the sum in the denominator depends on θ too.")
def only_the_indicator(theta, state, action):
    score = np.zeros(theta.shape)
    score[state, action] = 1
    return score


@softmax_score.mistake("The other actions of the state are missing: the sum in the denominator depends on them too.")
def only_the_chosen_action(theta, state, action):
    score = np.zeros(theta.shape)
    score[state, action] = 1 - softmax_probabilities(theta)[state, action]
    return score


@softmax_score.mistake("The sign is flipped: raising the chosen action's preference makes it more probable.")
def flipped_sign_of_score(theta, state, action):
    score = np.zeros(theta.shape)
    score[state] = softmax_probabilities(theta)[state]
    score[state, action] -= 1
    return score


@softmax_score.mistake("This is the derivative of the probability, not of its logarithm.")
def derivative_of_the_probability(theta, state, action):
    score, probabilities = np.zeros(theta.shape), softmax_probabilities(theta)
    score[state] = -probabilities[state]
    score[state, action] += 1
    return score * probabilities[state, action]


@softmax_score.mistake("This is one over the probability: the derivative of log x, without the inner derivative.")
def one_over_the_probability(theta, state, action):
    score = np.zeros(theta.shape)
    score[state, action] = 1 / np.maximum(softmax_probabilities(theta)[state, action], 1e-12)
    return score


@softmax_score.mistake("This is the score of another action.")
def score_of_the_wrong_action(theta, state, action):
    score = np.zeros(theta.shape)
    score[state] = -softmax_probabilities(theta)[state]
    score[state, action - 1] += 1
    return score


@softmax_score.mistake("An array made like a table of whole numbers holds whole numbers: make it an array of floats.")
def score_truncated(theta, state, action):
    score = np.zeros_like(theta)
    score[state] = -softmax_probabilities(theta)[state]
    score[state, action] += 1
    return score


@softmax_score.mistake("This is the row of the state alone: return the whole table, of θ's shape.")
def one_row(theta, state, action):
    return np.eye(theta.shape[1])[action] - softmax_probabilities(theta)[state]


VISITS = (np.array([0, 1, 0]), np.array([0, 1, 0]))
WALK = (np.array([3, 3, 1, 3, 0, 3]), np.array([2, 2, 0, 1, 1, 2]))


@task(
    points=2,
    visible=[
        (QUARTERS, *VISITS),
        (QUARTERS, np.array([0, 0]), np.array([0, 1])),
        (TINY, np.array([1]), np.array([0])),
        (QUARTERS.astype(np.float32), *VISITS),
        (LARGE, np.array([0, 2], dtype=np.uint8), np.array([1, 0], dtype=np.uint8)),
        (
            np.array([[0.0, 1.0, -1.0], [0.5, 0.0, 2.0], [1.0, 1.0, 0.0]]),
            np.array([0, 2, 1, 2]),
            np.array([2, 1, 0, 1]),
        ),
    ],
    hidden=[
        (SWELL, *WALK),
        (SWELL, np.array([2]), np.array([1])),
        (SWELL.astype(np.float32), *WALK),
        (WHOLE, np.array([1, 1, 1, 0]), np.array([0, 0, 2, 2])),
        (EXTREME, np.array([2, 0, 2, 1]), np.array([1, 0, 1, 0])),
        (SWELL, np.array([0, 1, 2, 3], dtype=np.uint8), np.array([2, 1, 0, 2], dtype=np.uint8)),
    ],
    reread="the sum over the decisions: every visit of a state counts",
)
def trajectory_score(theta, states, actions):
    score = np.zeros(theta.shape)
    for k in range(len(states)):
        score += softmax_score(theta, states[k], actions[k])
    return score


@trajectory_score.right
def sum_of_a_list(theta, states, actions):
    return np.sum([softmax_score(theta, s, a) for s, a in zip(states, actions, strict=True)], axis=0)


@trajectory_score.right
def counts_less_what_was_expected(theta, states, actions):
    chosen = np.zeros(theta.shape)
    np.add.at(chosen, (states, actions), 1)
    return chosen - chosen.sum(axis=1, keepdims=True) * softmax_probabilities(theta)


@trajectory_score.right
def products_of_unit_vectors(theta, states, actions):
    num_states, num_actions = theta.shape
    advantages = np.eye(num_actions)[actions] - softmax_probabilities(theta)[states]
    return np.eye(num_states)[states].T @ advantages


@trajectory_score.mistake(
    "A pair that comes twice is counted once: `score[states, actions] += 1` adds only once to each entry."
)
def repeated_pairs_once(theta, states, actions):
    chosen = np.zeros(theta.shape)
    chosen[states, actions] += 1
    visits = np.bincount(states, minlength=len(theta))
    return chosen - visits[:, None] * softmax_probabilities(theta)


@trajectory_score.mistake(
    "Repeated states and pairs are counted once: with index arrays `+=` and `-=` change each entry a single time."
)
def repeated_visits_once(theta, states, actions):
    score = np.zeros(theta.shape)
    score[states, actions] += 1
    score[states] -= softmax_probabilities(theta)[states]
    return score


@trajectory_score.mistake("The probabilities are subtracted once for a state: subtract them at every visit.")
def probabilities_once(theta, states, actions):
    chosen = np.zeros(theta.shape)
    np.add.at(chosen, (states, actions), 1)
    return chosen - (chosen.sum(axis=1, keepdims=True) > 0) * softmax_probabilities(theta)


@trajectory_score.mistake("The probabilities are subtracted in states that were never visited, too.")
def probabilities_everywhere(theta, states, actions):
    chosen = np.zeros(theta.shape)
    np.add.at(chosen, (states, actions), 1)
    return chosen - len(states) * softmax_probabilities(theta)


@trajectory_score.mistake("This is the mean over the decisions: the logarithm of a product is a sum.")
def mean_for_sum(theta, states, actions):
    return np.mean([softmax_score(theta, s, a) for s, a in zip(states, actions, strict=True)], axis=0)


@trajectory_score.mistake(
    "This is the score of the first decision alone: `return` belongs after the loop, not inside it."
)
def returns_inside_the_loop(theta, states, actions):
    score = np.zeros(theta.shape)
    for state, action in zip(states, actions, strict=True):
        score += softmax_score(theta, state, action)
        return score


@trajectory_score.mistake("The last decision is missing.")
def without_the_last(theta, states, actions):
    score = np.zeros(theta.shape)
    for k in range(len(states) - 1):
        score += softmax_score(theta, states[k], actions[k])
    return score


@trajectory_score.mistake("This is the score of the last decision alone: add up those of all.")
def only_the_last(theta, states, actions):
    score = np.zeros(theta.shape)
    for state, action in zip(states, actions, strict=True):
        score = softmax_score(theta, state, action)
    return score


@trajectory_score.mistake("The sign is flipped.")
def minus_the_sum(theta, states, actions):
    return -np.sum([softmax_score(theta, s, a) for s, a in zip(states, actions, strict=True)], axis=0)


@trajectory_score.mistake("This multiplies the scores: the logarithm turns the product of probabilities into a sum.")
def product_of_scores(theta, states, actions):
    return np.prod([softmax_score(theta, s, a) for s, a in zip(states, actions, strict=True)], axis=0)


@trajectory_score.mistake("These are the scores of all decisions: add them up, so that the shape is θ's.")
def not_summed(theta, states, actions):
    return np.array([softmax_score(theta, s, a) for s, a in zip(states, actions, strict=True)])


BATCH = (np.array([[0, 1, 0], [0, 0, 1]]), np.array([[0, 1, 0], [1, 1, 0]]), np.array([4.0, -2.0]))
SIX = (
    np.array([[3, 3, 1], [0, 2, 0], [1, 1, 1], [3, 0, 2], [2, 2, 3], [0, 0, 0]]),
    np.array([[2, 2, 0], [1, 0, 1], [2, 2, 1], [0, 1, 2], [0, 0, 0], [2, 0, 2]]),
)


@task(
    points=3,
    visible=[
        (QUARTERS, *BATCH),
        (QUARTERS, np.array([[1], [1], [0]]), np.array([[0], [1], [1]]), np.array([1.0, 1.0, 2.0])),
        (TINY, np.array([[0, 1]]), np.array([[1, 1]]), np.array([3])),
        (QUARTERS.astype(np.float32), *BATCH[:2], BATCH[2].astype(np.float32)),
        (LARGE, np.array([[0, 2], [1, 1]]), np.array([[1, 0], [0, 1]]), np.array([-1.0, 2.0])),
        (
            np.array([[0.0, 1.0, -1.0], [0.5, 0.0, 2.0], [1.0, 1.0, 0.0]]),
            np.array([[0, 2], [1, 1]]),
            np.array([[2, 1], [0, 2]]),
            np.array([3.0, 3.0]),
        ),
    ],
    hidden=[
        (SWELL, *SIX, np.array([1.5, -0.5, 2.0, 0.0, 7.0, -3.0])),
        (SWELL, *SIX, np.array([1, -2, 3, 4, 5, 8])),
        (SWELL.astype(np.float32), *SIX, np.array([1.0, -0.5, 2.0, 0.0, 3.0, -3.0], dtype=np.float32)),
        (WHOLE, np.array([[1, 0, 1, 1]]), np.array([[0, 2, 0, 1]]), np.array([2.5])),
        (EXTREME, np.array([[0, 1], [2, 2]]), np.array([[0, 0], [1, 1]]), np.array([100.0, -1.0])),
        (SWELL, np.array([[3], [1]]), np.array([[1], [1]]), np.array([5.0, 5.0])),
    ],
    reread="the estimate at the top of this task: what is multiplied, what is averaged",
    package=("pgcourse.gradients.estimators:total_return",),
)
def likelihood_ratio_gradient(theta, states, actions, returns):
    samples = [trajectory_score(theta, states[i], actions[i]) * returns[i] for i in range(len(returns))]
    return np.mean(samples, axis=0)


@likelihood_ratio_gradient.right
def running_sum(theta, states, actions, returns):
    total = np.zeros(theta.shape)
    for i in range(len(returns)):
        for k in range(states.shape[1]):
            total += softmax_score(theta, states[i, k], actions[i, k]) * returns[i]
    return total / len(returns)


@likelihood_ratio_gradient.right
def one_weighted_count(theta, states, actions, returns):
    weights = np.zeros(theta.shape)
    np.add.at(weights, (states, actions), returns[:, None] / len(returns))
    return weights - weights.sum(axis=1, keepdims=True) * softmax_probabilities(theta)


@likelihood_ratio_gradient.right
def scores_along_the_first_axis(theta, states, actions, returns):
    scores = np.array([trajectory_score(theta, *pair) for pair in zip(states, actions, strict=True)])
    return np.tensordot(returns, scores, axes=1) / returns.size


@likelihood_ratio_gradient.mistake("This is the sum over the trajectories: the estimate is their mean.")
def sum_for_mean(theta, states, actions, returns):
    return np.sum([trajectory_score(theta, s, a) * r for s, a, r in zip(states, actions, returns, strict=True)], axis=0)


@likelihood_ratio_gradient.mistake("This is the mean over all decisions: average over the m trajectories alone.")
def mean_over_decisions(theta, states, actions, returns):
    samples = [trajectory_score(theta, s, a) * r for s, a, r in zip(states, actions, returns, strict=True)]
    return np.sum(samples, axis=0) / states.size


@likelihood_ratio_gradient.mistake(
    "Repeated states and pairs are counted once: with index arrays `+=` and `-=` change each entry a single time."
)
def repeated_visits_counted_once(theta, states, actions, returns):
    gradient = np.zeros(theta.shape)
    for state, action, value in zip(states, actions, returns, strict=True):
        gradient[state, action] += value
        gradient[state] -= value * softmax_probabilities(theta)[state]
    return gradient / len(returns)


@likelihood_ratio_gradient.mistake("This divides by m - 1: a mean divides by m.")
def divided_by_one_less(theta, states, actions, returns):
    samples = [trajectory_score(theta, s, a) * r for s, a, r in zip(states, actions, returns, strict=True)]
    return np.sum(samples, axis=0) / max(len(returns) - 1, 1)


@likelihood_ratio_gradient.mistake("This multiplies the mean score by the mean return: multiply first, then average.")
def product_of_means(theta, states, actions, returns):
    scores = [trajectory_score(theta, s, a) for s, a in zip(states, actions, strict=True)]
    return np.mean(scores, axis=0) * returns.mean()


@likelihood_ratio_gradient.mistake("This is the mean score alone: the returns are missing.")
def without_returns(theta, states, actions, returns):
    return np.mean([trajectory_score(theta, s, a) for s, a in zip(states, actions, strict=True)], axis=0)


@likelihood_ratio_gradient.mistake(
    "The sign is flipped: utility is maximised, so the sample is the score times the return."
)
def descent(theta, states, actions, returns):
    samples = [trajectory_score(theta, s, a) * r for s, a, r in zip(states, actions, returns, strict=True)]
    return -np.mean(samples, axis=0)


@likelihood_ratio_gradient.mistake("The mean return of the same batch is subtracted: that makes the estimate biased.")
def same_batch_baseline(theta, states, actions, returns):
    centred = returns - returns.mean()
    samples = [trajectory_score(theta, s, a) * r for s, a, r in zip(states, actions, centred, strict=True)]
    return np.mean(samples, axis=0)


@likelihood_ratio_gradient.mistake(
    "The returns are standardised first, as some programs do: here they count as they are."
)
def standardised_returns(theta, states, actions, returns):
    weights = (returns - returns.mean()) / (returns.std() + 1e-8)
    return np.mean(
        [trajectory_score(theta, *path) * w for *path, w in zip(states, actions, weights, strict=True)], axis=0
    )


@likelihood_ratio_gradient.mistake(
    "This divides by the sum of the absolute returns: a return is not a probability, divide by m."
)
def divided_by_the_returns(theta, states, actions, returns):
    samples = [trajectory_score(theta, s, a) * r for s, a, r in zip(states, actions, returns, strict=True)]
    return np.sum(samples, axis=0) / np.sum(np.abs(returns))


@likelihood_ratio_gradient.mistake("This weights each trajectory by its probability; drawing it has done that already.")
def weighted_by_the_probability(theta, states, actions, returns):
    likelihoods = softmax_probabilities(theta)[states, actions].prod(axis=1)
    weights = likelihoods * returns
    samples = [trajectory_score(theta, s, a) * w for s, a, w in zip(states, actions, weights, strict=True)]
    return np.mean(samples, axis=0)


@task(
    points=1,
    visible=[()],
    reread="task 3 for the score, task 5 for what it is multiplied by",
    why="the four numbers are small whole numbers",
)
def sample_left():
    return np.array([5.0, -5.0])


@sample_left.right
def score_times_reward():
    return np.array([1 - 0.5, -0.5]) * 10


@sample_left.right
def whole_numbers():
    return np.array([5, -5])


@sample_left.right
def by_the_estimate_of_one_trajectory():
    probabilities = np.exp([0.5, 0.5]) / np.exp([0.5, 0.5]).sum()
    return (np.array([1, 0]) - probabilities) * 10.0


@sample_left.mistake("This is the score alone: multiply it by the return.")
def the_score():
    return np.array([0.5, -0.5])


@sample_left.mistake("The probabilities are missing from the score.")
def no_probabilities():
    return np.array([10.0, 0.0])


@sample_left.mistake("The preference of R changes as well: it is in the sum of the softmax.")
def preference_of_left_alone():
    return np.array([5.0, 0.0])


@sample_left.mistake("This is the score of the clamp policy, one over the probability; here the policy is a softmax.")
def score_of_the_clamp():
    return np.array([20.0, 0.0])


@sample_left.mistake("This is the derivative of the probability, not of its logarithm.")
def no_logarithm():
    return np.array([2.5, -2.5])


@sample_left.mistake("The sign is flipped: the reward is positive, so L becomes more probable.")
def flipped():
    return np.array([-5.0, 5.0])


@sample_left.mistake("This takes the reward of R, or a score without the probability: 1 and -1.")
def reward_of_right():
    return np.array([10.0, -10.0])


@sample_left.mistake("This is the sample of the other trajectory.")
def that_of_right():
    return np.array([-10.0, 10.0])


@sample_left.mistake("This is one number: the sample has a component for each preference.")
def one_component():
    return 5.0


@task(
    points=1,
    visible=[()],
    reread="task 3 for the score, task 5 for what it is multiplied by",
    why="the four numbers are small whole numbers",
)
def sample_right():
    return np.array([-10.0, 10.0])


@sample_right.right
def score_of_right_times_reward():
    return np.array([-0.5, 1 - 0.5]) * 20


@sample_right.right
def in_whole_numbers():
    return np.array([-10, 10])


@sample_right.right
def by_unit_vectors():
    return 20 * (np.eye(2)[1] - np.full(2, 0.5))


@sample_right.mistake("This is the score alone: multiply it by the return.")
def the_score_of_right():
    return np.array([-0.5, 0.5])


@sample_right.mistake("The probabilities are missing from the score.")
def unit_vector_of_right():
    return np.array([0.0, 20.0])


@sample_right.mistake("The preference of L changes as well: it is in the sum of the softmax.")
def preference_of_right_alone():
    return np.array([0.0, 10.0])


@sample_right.mistake("This is the score of the clamp policy, minus one over the probability of R.")
def clamp_score_of_right():
    return np.array([-40.0, 0.0])


@sample_right.mistake("The sign is flipped: the reward is positive, so R becomes more probable.")
def flipped_for_right():
    return np.array([10.0, -10.0])


@sample_right.mistake("This takes the reward of L.")
def reward_of_left():
    return np.array([-5.0, 5.0])


@sample_right.mistake("This is the sample of the other trajectory.")
def that_of_left():
    return np.array([5.0, -5.0])


@sample_right.mistake("This is one number: the sample has a component for each preference.")
def one_component_of_right():
    return 10.0


@task(
    points=4,
    visible=[
        ("cubic", np.array([4.0]), 1.0, 64),
        ("lottery", np.array([0.0, 10.0, 1.0, 1.0, 0.0]), -0.5, 1000),
        ("lottery", np.array([-1.0, 1.0, 0.2, 4.0, 0.0]), 5.0, 10_000),
    ],
    hidden=[
        ("lottery", np.array([5.0, 10.0, 2.0, 3.0, 1.0]), 0.3, 20),
        ("lottery", np.array([0.0, 400.0, 0.25, 6.0, 40.0]), 6.0, 200),
        ("cubic", np.array([9.0]), -2.0, 100_000),
    ],
    reread="what bias and variance do as δ grows",
    tolerance=0.1,
    why="a mean squared error of up to 1.1 times the smallest passes, so that a search on a grid does",
    judge=near_the_best,
)
def best_delta(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    biases = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas) - slope
    variances = (variance(theta + deltas) + variance(theta - deltas)) / (4 * m * deltas**2)
    return deltas[np.argmin(biases**2 + variances)]


@best_delta.right
def one_after_another(utility, variance, theta, m):
    def error(delta):
        chord = finite_difference_gradient(lambda x: float(utility(x[0])), np.array([theta]), delta)[0]
        noise = (variance(theta + delta) + variance(theta - delta)) / m
        return (chord - slope) ** 2 + noise / (2 * delta) ** 2

    slope = finite_difference_gradient(lambda x: float(utility(x[0])), np.array([theta]), 1e-4)[0]
    return min((0.02 * 1.15**k for k in range(45)), key=error)


@best_delta.right
def by_the_third_derivative(utility, variance, theta, m):
    step = 0.02
    third = (
        utility(theta + 2 * step) - 2 * utility(theta + step) + 2 * utility(theta - step) - utility(theta - 2 * step)
    )
    return (9 * variance(theta) / (m * (third / (2 * step**3)) ** 2)) ** (1 / 6)


@best_delta.right
def one_variance_for_both_points(utility, variance, theta, m):
    deltas = np.arange(0.01, 5, 0.01)
    slope = (utility(theta + 1e-3) - utility(theta - 1e-3)) / 2e-3
    chords = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas)
    return float(deltas[((chords - slope) ** 2 + variance(theta) / (2 * m * deltas**2)).argmin()])


@best_delta.right
def by_thirds(utility, variance, theta, m):
    def error(delta):
        bias = (utility(theta + delta) - utility(theta - delta)) / (2 * delta) - slope
        return bias**2 + (variance(theta + delta) + variance(theta - delta)) / (4 * m * delta**2)

    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    low, high = np.log(0.05), np.log(8)
    for _ in range(25):
        thirds = (2 * low + high) / 3, (low + 2 * high) / 3
        low, high = (low, thirds[1]) if error(np.exp(thirds[0])) < error(np.exp(thirds[1])) else (thirds[0], high)
    return np.exp(low)


@best_delta.mistake(
    "This δ is too small: the noise of both estimates is divided by it, so the variance grows like 1/δ²."
)
def too_small(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    slope = (utility(theta + 1e-5) - utility(theta - 1e-5)) / 2e-5
    biases = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas) - slope
    return deltas[np.argmin(biases**2)]


@best_delta.mistake("This δ is too large: over so wide a distance U is no straight line, and the bias grows with δ.")
def too_large(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    return deltas[np.argmin((variance(theta + deltas) + variance(theta - deltas)) / deltas**2)]


@best_delta.mistake(
    "This is best for one trajectory at each point: the variance of a mean of m returns is m times smaller."
)
def one_trajectory(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    biases = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas) - slope
    variances = (variance(theta + deltas) + variance(theta - deltas)) / (4 * deltas**2)
    return deltas[np.argmin(biases**2 + variances)]


@best_delta.mistake("The bias is not squared here: a mean squared error is the square of the bias plus the variance.")
def bias_without_its_square(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    biases = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas) - slope
    variances = (variance(theta + deltas) + variance(theta - deltas)) / (4 * m * deltas**2)
    return deltas[np.argmin(np.abs(biases) + variances)]


@best_delta.mistake("The standard deviation is added to the squared bias: it is the variance that belongs there.")
def deviation_for_variance(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    biases = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas) - slope
    variances = (variance(theta + deltas) + variance(theta - deltas)) / (4 * m * deltas**2)
    return deltas[np.argmin(biases**2 + np.sqrt(variances))]


@best_delta.mistake("This δ is the best for a forward difference: the points of a central one lie on both sides of θ.")
def forward_difference_in_mind(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    biases = (utility(theta + deltas) - utility(theta)) / deltas - slope
    return deltas[np.argmin(biases**2 + (variance(theta + deltas) + variance(theta)) / (m * deltas**2))]


@best_delta.mistake("This is the smallest mean squared error: return the δ at which it is reached.")
def smallest_error(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    biases = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas) - slope
    return np.min(biases**2 + (variance(theta + deltas) + variance(theta - deltas)) / (4 * m * deltas**2))


@best_delta.mistake(
    "The two points are 2δ apart, so the variance is divided by (2δ)²; this δ is the best if it were δ².", points=2
)
def divided_by_delta_squared(utility, variance, theta, m):
    deltas = np.geomspace(1e-3, 10, 1000)
    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    biases = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas) - slope
    return deltas[np.argmin(biases**2 + (variance(theta + deltas) + variance(theta - deltas)) / (m * deltas**2))]


@best_delta.mistake(
    "The order is right, but a δ nearby has a clearly smaller error: try values closer together.", points=2
)
def values_too_far_apart(utility, variance, theta, m):
    deltas = 0.09 * 2.0 ** np.arange(7)
    slope = (utility(theta + 1e-4) - utility(theta - 1e-4)) / 2e-4
    biases = (utility(theta + deltas) - utility(theta - deltas)) / (2 * deltas) - slope
    variances = (variance(theta + deltas) + variance(theta - deltas)) / (4 * m * deltas**2)
    return deltas[np.argmin(biases**2 + variances)]


TASKS = [
    finite_difference_gradient,
    softmax_probabilities,
    softmax_score,
    trajectory_score,
    likelihood_ratio_gradient,
    sample_left,
    sample_right,
    best_delta,
]
