"""Problem set 4, the L/R exercise: clamp policy, score, gradient samples, their variance, steps the wrong way."""

import numpy as np

from pgcourse.checkpoints import left_right
from pgcourse.homework.judges.judges import goes_the_wrong_way, knows_where_it_goes_wrong
from pgcourse.homework.task import task

THETAS = [-3.0, -0.01, 0.0, 0.01, 0.2, 0.5, 0.6, 0.95, 1.0, 1.01, 4.0]
REWARDS = [(5.0, 10.0), (0.0, 1.0), (-3.0, 0.5), (5.0, 6.0)]


@task(
    points=2,
    visible=[
        (0.7,),
        (-0.4,),
        (0.0,),
        (1.0,),
        (1.3,),
    ],
    hidden=[(theta,) for theta in THETAS],
    reread="the two formulas of the policy, and which action comes first",
    package=("pgcourse.gradients.policies:ClampPolicy.probabilities",),
)
def clamp_policy(theta):
    return np.clip([theta, 1 - theta], 0.0, 1.0)


@clamp_policy.right
def two_clips(theta):
    left = float(np.clip(theta, 0, 1))
    return np.array([left, 1 - left])


@clamp_policy.right
def with_min_and_max(theta):
    left = min(max(theta, 0.0), 1.0)
    return np.asarray((left, 1.0 - left), dtype=np.float64)


@clamp_policy.right
def by_cases(theta):
    probabilities = np.zeros(2)
    if theta <= 0:
        probabilities[1] = 1
    elif theta >= 1:
        probabilities[0] = 1
    else:
        probabilities[:] = theta, 1 - theta
    return probabilities


@clamp_policy.mistake("This limits θ from below alone: a probability is at most 1 as well.")
def limited_from_below(theta):
    left = max(theta, 0.0)
    return np.array([left, 1 - left])


@clamp_policy.mistake("The clamp is missing: a probability is outside [0, 1].")
def no_clamp(theta):
    return np.array([theta, 1 - theta])


@clamp_policy.mistake("The probabilities are swapped: the first is that of L.")
def swapped(theta):
    return np.clip([1 - theta, theta], 0.0, 1.0)


@clamp_policy.mistake("Both entries are the probability of L: one minus it is missing.")
def forgotten_one_minus(theta):
    return np.clip([theta, theta], 0.0, 1.0)


@clamp_policy.mistake("This returns only the probability of L: return both, in one array.")
def a_number(theta):
    return np.clip(theta, 0.0, 1.0)


@clamp_policy.mistake("This is a list: return a NumPy array.")
def a_list(theta):
    return [min(max(theta, 0.0), 1.0), min(max(1 - theta, 0.0), 1.0)]


@clamp_policy.mistake("This is right for the worked example alone.")
def hard_coded(theta):
    return np.array([0.7, 0.3]) if theta == 0.7 else np.array([0.0, 1.0])


@task(
    points=3,
    visible=[
        (0.25, 0),
        (0.25, 1),
        (1.2, 0),
        (-0.3, 1),
        *((theta, action) for theta in (0.0, 1.0) for action in (0, 1)),
    ],
    hidden=[(theta, action) for theta in THETAS for action in (0, 1)],
    reread='the chain rule for log, and "At the boundaries"',
    package=("pgcourse.gradients.policies:ClampPolicy.score",),
)
def clamp_score(theta, action):
    if theta <= 0 or theta >= 1:
        return 0.0
    return 1 / theta if action == 0 else -1 / (1 - theta)


@clamp_score.right
def derivative_over_probability(theta, action):
    inside = 0 < theta < 1
    probability = theta if action == 0 else 1 - theta
    slope = 1.0 if action == 0 else -1.0
    return slope / probability if inside else 0.0


@clamp_score.right
def from_an_array(theta, action):
    with np.errstate(divide="ignore"):
        scores = np.array([np.divide(1.0, theta), np.divide(-1.0, 1 - theta)])
    return np.where(0 < theta < 1, scores, 0.0)[action]


@clamp_score.right
def a_zero_dimensional_array(theta, action):
    if not 0 < theta < 1:
        return np.array(0.0)
    return np.array(1 / theta) if action == 0 else np.array(1 / (theta - 1))


@clamp_score.mistake("The minus sign of the inner derivative of 1 - θ is missing for R.")
def no_inner_derivative(theta, action):
    if theta <= 0 or theta >= 1:
        return 0.0
    return 1 / theta if action == 0 else 1 / (1 - theta)


@clamp_score.mistake("This is the derivative of the probability, not of its logarithm.")
def derivative_of_the_probability(theta, action):
    if theta <= 0 or theta >= 1:
        return 0.0
    return 1.0 if action == 0 else -1.0


@clamp_score.mistake("The score continues outside [0, 1], where the clamp is flat and its derivative is 0.")
def not_flat_outside(theta, action):
    return 1 / theta if action == 0 else -1 / (1 - theta)


@clamp_score.mistake("The actions are swapped: 0 is L and 1 is R.")
def swapped_actions(theta, action):
    if theta <= 0 or theta >= 1:
        return 0.0
    return 1 / theta if action == 1 else -1 / (1 - theta)


@clamp_score.mistake("This is the logarithm of the probability, not its derivative.")
def the_logarithm(theta, action):
    if theta <= 0 or theta >= 1:
        return 0.0
    return np.log(theta) if action == 0 else np.log(1 - theta)


@clamp_score.mistake("This is the score of a softmax or sigmoid of θ: here θ itself is the probability.")
def score_of_a_sigmoid(theta, action):
    return (1 - theta if action == 0 else -theta) if 0 < theta < 1 else 0.0


@clamp_score.mistake("The sign is flipped.")
def flipped_sign(theta, action):
    if theta <= 0 or theta >= 1:
        return 0.0
    return -1 / theta if action == 0 else 1 / (1 - theta)


@clamp_score.mistake("At the kinks θ = 0 and θ = 1 this course treats the clamp as flat.")
def open_kinks(theta, action):
    if theta < 0 or theta > 1:
        return 0.0
    if theta in (0, 1):
        return 1.0 if action == 0 else -1.0
    return 1 / theta if action == 0 else -1 / (1 - theta)


@task(
    points=2,
    visible=[
        (0.25, 0, 2.0, 3.0),
        (0.25, 1, 2.0, 3.0),
        (0.5, 0, -1.0, 1.0),
        (0.5, 1, 0.0, 2.0),
        *((theta, 0, 2.0, 3.0) for theta in (-0.2, 0.0, 1.0)),
        (1.4, 1, 2.0, 3.0),
    ],
    hidden=[
        (theta, action, *rewards)
        for theta in (-0.5, 0.0, 0.1, 0.8, 1.0, 1.5)
        for action in (0, 1)
        for rewards in REWARDS
    ],
    reread="the formula of the sample: which score stands there, and which reward",
    package=("pgcourse.exact.one_decision:samples",),
)
def gradient_sample(theta, action, reward_left, reward_right):
    reward = reward_left if action == 0 else reward_right
    if theta <= 0 or theta >= 1:
        return 0.0 * reward
    return reward / theta if action == 0 else -reward / (1 - theta)


@gradient_sample.right
def by_the_score(theta, action, reward_left, reward_right):
    return clamp_score(theta, action) * (reward_left, reward_right)[action]


@gradient_sample.right
def by_arrays(theta, action, reward_left, reward_right):
    rewards = np.array([reward_left, reward_right])
    return np.float64(rewards[action]) * clamp_score(theta, action)


@gradient_sample.right
def a_numpy_scalar(theta, action, reward_left, reward_right):
    reward = reward_right if action else reward_left
    return np.multiply(clamp_score(theta, action), reward)


@gradient_sample.mistake(
    "This is the gradient itself, the mean of both samples: return the one of the action that was drawn."
)
def the_gradient_itself(theta, action, reward_left, reward_right):
    return reward_left - reward_right


@gradient_sample.mistake("The mean reward of both actions stands here: take the reward of the action that was drawn.")
def mean_reward(theta, action, reward_left, reward_right):
    return clamp_score(theta, action) * float(clamp_policy(theta) @ [reward_left, reward_right])


@gradient_sample.mistake("This takes the reward of L whichever action was drawn.")
def always_the_reward_of_left(theta, action, reward_left, reward_right):
    return clamp_score(theta, action) * reward_left


@gradient_sample.mistake("The value is subtracted from the reward, as a baseline: here the reward stands alone.")
def less_the_value(theta, action, reward_left, reward_right):
    value = clamp_policy(theta) @ np.array([reward_left, reward_right])
    return clamp_score(theta, action) * ((reward_left, reward_right)[action] - value)


@gradient_sample.mistake("The rewards are swapped: the return is that of the action that was drawn.")
def swapped_rewards(theta, action, reward_left, reward_right):
    return clamp_score(theta, action) * (reward_right if action == 0 else reward_left)


@gradient_sample.mistake(
    "This is the derivative of the probability times the reward: take that of its logarithm, since drawing the action "
    "weights the sample already."
)
def weighted_by_the_probability(theta, action, reward_left, reward_right):
    reward = reward_left if action == 0 else reward_right
    return clamp_policy(theta)[action] * clamp_score(theta, action) * reward


@gradient_sample.mistake("This is the score alone: the reward is missing.")
def no_reward(theta, action, reward_left, reward_right):
    return clamp_score(theta, action)


@gradient_sample.mistake("This is the reward alone: the score is missing.")
def no_score(theta, action, reward_left, reward_right):
    return reward_left if action == 0 else reward_right


@gradient_sample.mistake("The sign is flipped: utility is maximised, so the sample is score times reward.")
def descent(theta, action, reward_left, reward_right):
    return -clamp_score(theta, action) * (reward_left if action == 0 else reward_right)


@task(points=1, visible=[()], reread="the formula of the sample in task 3", mistakes=left_right.sample_left.mistakes)
def sample_left():
    return 1 / 0.2 * 5


@sample_left.right
def a_product():
    return 5.0 * 5.0


@sample_left.right
def a_whole_number():
    return 25


@sample_left.right
def a_scalar():
    return np.float32(25)


@task(points=1, visible=[()], reread="the formula of the sample in task 3", mistakes=left_right.sample_right.mistakes)
def sample_right():
    return -1 / (1 - 0.2) * 10


@sample_right.right
def a_fraction():
    return -100 / 8


@sample_right.right
def a_decimal():
    return -12.5


@sample_right.right
def an_array():
    return np.array(-12.5)


@task(
    points=3,
    visible=[
        (0.25, 2.0, 3.0),
        (0.25, 2.0, 3.0, 2.25),
        (0.5, 0.0, 1.0, -2.0),
        (0.5, 1.0, 4.0, 0.0),
        (0.25, -1.0, 2.0, 0.5),
        *((theta, 2.0, 3.0, 1.5) for theta in (-0.2, 0.0, 1.0)),
        (1.2, 2.0, 3.0, 1.5),
    ],
    hidden=[
        *(
            (theta, *rewards, baseline)
            for theta in (0.1, 0.5, 0.8)
            for rewards in REWARDS
            for baseline in (-1.0, 0.0, 0.7)
        ),
        *((theta, 1.0, 2.0, 0.4) for theta in (-0.5, 0.0, 1.0, 1.5)),
    ],
    reread="the formula of the variance: the probabilities, the mean, the baseline",
    package=("pgcourse.exact.one_decision:variance",),
)
def gradient_variance(theta, reward_left, reward_right, baseline=0.0):
    if theta <= 0 or theta >= 1:
        return 0.0
    best = (1 - theta) * reward_left + theta * reward_right
    return (baseline - best) ** 2 / (theta * (1 - theta))


@gradient_variance.right
def mean_of_squares(theta, reward_left, reward_right, baseline=0.0):
    probabilities = clamp_policy(theta)
    samples = np.array([gradient_sample(theta, a, reward_left - baseline, reward_right - baseline) for a in (0, 1)])
    return (probabilities * samples**2).sum() - (probabilities * samples).sum() ** 2


@gradient_variance.right
def squared_distances(theta, reward_left, reward_right, baseline=0.0):
    left, right = clamp_policy(theta)
    a = gradient_sample(theta, 0, reward_left - baseline, reward_right - baseline)
    b = gradient_sample(theta, 1, reward_left - baseline, reward_right - baseline)
    mean = left * a + right * b
    return float(left * (a - mean) ** 2 + right * (b - mean) ** 2)


@gradient_variance.right
def by_the_difference(theta, reward_left, reward_right, baseline=0.0):
    left, right = clamp_policy(theta)
    a = gradient_sample(theta, 0, reward_left - baseline, reward_right - baseline)
    b = gradient_sample(theta, 1, reward_left - baseline, reward_right - baseline)
    return left * right * (a - b) ** 2


@gradient_variance.mistake(
    "This is the variance without a baseline: subtract it from the reward, since from the sample it changes nothing."
)
def no_baseline(theta, reward_left, reward_right, baseline=0.0):
    left, right = clamp_policy(theta)
    a, b = gradient_sample(theta, 0, reward_left, reward_right), gradient_sample(theta, 1, reward_left, reward_right)
    return left * right * (a - b) ** 2


@gradient_variance.mistake("This is the mean of the squares: the squared mean is not subtracted.")
def second_moment(theta, reward_left, reward_right, baseline=0.0):
    probabilities = clamp_policy(theta)
    samples = np.array([gradient_sample(theta, a, reward_left - baseline, reward_right - baseline) for a in (0, 1)])
    return probabilities @ samples**2


@gradient_variance.mistake("This weights both samples equally: weight each by the probability of its action.")
def no_probabilities(theta, reward_left, reward_right, baseline=0.0):
    return np.var([gradient_sample(theta, a, reward_left - baseline, reward_right - baseline) for a in (0, 1)])


@gradient_variance.mistake("This is the standard deviation: the variance is its square.")
def standard_deviation(theta, reward_left, reward_right, baseline=0.0):
    left, right = clamp_policy(theta)
    a = gradient_sample(theta, 0, reward_left - baseline, reward_right - baseline)
    b = gradient_sample(theta, 1, reward_left - baseline, reward_right - baseline)
    return np.sqrt(left * right) * abs(a - b)


@gradient_variance.mistake("The baseline is added, not subtracted.")
def baseline_added(theta, reward_left, reward_right, baseline=0.0):
    left, right = clamp_policy(theta)
    a = gradient_sample(theta, 0, reward_left + baseline, reward_right + baseline)
    b = gradient_sample(theta, 1, reward_left + baseline, reward_right + baseline)
    return left * right * (a - b) ** 2


@task(
    points=1,
    visible=[
        (0.25, 2.0, 3.0, 0.1),
        (0.25, 3.0, 2.0, 0.1),
        (0.25, -3.0, -2.0, 0.01),
        (0.75, -2, 1, 0.1),
        (0.25, 0.0, 1.0, 0.1),
        (0.5, -1.0, 0.0, 2.0),
        (0.5, 1, 0, 1),
        (0.5, 2.0, 2.0, 1.0),
        *((theta, 2.0, 3.0, 0.1) for theta in (-0.2, 0.0, 1.0)),
    ],
    hidden=[
        *((theta, *rewards, 0.05) for theta in (0.1, 0.5, 0.8) for rewards in REWARDS),
        *((theta, right, left, 1.0) for theta in (0.1, 0.6) for left, right in [*REWARDS, (-1.0, -4.0)]),
        *((theta, -1.0, -2.0, 0.4) for theta in (-0.5, 0.0, 0.3, 0.9, 1.0)),
        (0.5, -2.0, -2.0, 1.0),
        (0.6, 0.2, 0.1, 0.3),
    ],
    reread="what the wrong way means, and the sign of each of the two samples",
    package=("pgcourse.homework.judges.wrong_way:chance",),
)
def wrong_way_probability(theta, reward_left, reward_right, step_size):
    samples = [gradient_sample(theta, action, reward_left, reward_right) for action in (0, 1)]
    wrong = np.array(samples) * (reward_left - reward_right) < 0
    return clamp_policy(theta)[wrong].sum()


@wrong_way_probability.right
def by_the_utility_after_the_step(theta, reward_left, reward_right, step_size):
    rewards, probabilities = np.array([reward_left, reward_right]), clamp_policy(theta)
    total = 0.0
    for action in (0, 1):
        following = theta + step_size * gradient_sample(theta, action, reward_left, reward_right)
        if clamp_policy(following) @ rewards < probabilities @ rewards - 1e-12:
            total += probabilities[action]
    return total


@wrong_way_probability.right
def by_cases_of_the_signs(theta, reward_left, reward_right, step_size):
    if theta <= 0 or theta >= 1 or reward_left == reward_right:
        return 0
    after_left = theta if reward_left * (reward_left - reward_right) < 0 else 0.0
    after_right = 1 - theta if reward_right * (reward_right - reward_left) < 0 else 0.0
    return after_left + after_right


@wrong_way_probability.right
def the_action_that_is_not_best(theta, reward_left, reward_right, step_size):
    best = 0 if reward_left > reward_right else 1
    probabilities = clamp_policy(theta)
    if not 0 < theta < 1 or reward_left == reward_right:
        return np.float64(0.0)
    worse, better = sorted((reward_left, reward_right))
    return probabilities[1 - best] if worse > 0 else probabilities[best] if better < 0 else 0.0


@wrong_way_probability.mistake("This is how often a step goes the right way.")
def how_often_the_right_way(theta, reward_left, reward_right, step_size):
    samples = [gradient_sample(theta, action, reward_left, reward_right) for action in (0, 1)]
    return clamp_policy(theta)[np.array(samples) * (reward_left - reward_right) > 0].sum()


@wrong_way_probability.mistake(
    "This is how often the worse action is drawn: with a negative reward a step leads away from it."
)
def how_often_the_worse_action(theta, reward_left, reward_right, step_size):
    if theta <= 0 or theta >= 1 or reward_left == reward_right:
        return 0.0
    return theta if reward_left < reward_right else 1 - theta


@wrong_way_probability.mistake("This is how often L is drawn: whether that is wrong depends on the rewards.")
def how_often_left(theta, reward_left, reward_right, step_size):
    return clamp_policy(theta)[0]


@wrong_way_probability.mistake("A step of length 0 lowers nothing: it is not the wrong way.")
def counts_steps_of_no_length(theta, reward_left, reward_right, step_size):
    samples = [gradient_sample(theta, action, reward_left, reward_right) for action in (0, 1)]
    return clamp_policy(theta)[np.array(samples) * (reward_left - reward_right) <= 0].sum()


@wrong_way_probability.mistake("This counts steps that lower θ: ask whether they lower the utility.")
def counts_steps_to_the_right(theta, reward_left, reward_right, step_size):
    samples = [gradient_sample(theta, action, reward_left, reward_right) for action in (0, 1)]
    return clamp_policy(theta)[np.array(samples) < 0].sum()


@wrong_way_probability.mistake("At the boundaries every step has the length 0.")
def steps_at_the_boundaries(theta, reward_left, reward_right, step_size):
    wrong = np.array([reward_left, -reward_right]) * (reward_left - reward_right) < 0
    return clamp_policy(theta)[wrong].sum()


@wrong_way_probability.mistake("This compares with the reward of the action: compare with the mean reward, U.")
def compares_with_the_reward(theta, reward_left, reward_right, step_size):
    rewards, total = np.array([reward_left, reward_right]), 0.0
    for action in (0, 1):
        following = theta + step_size * gradient_sample(theta, action, reward_left, reward_right)
        total += clamp_policy(theta)[action] * (clamp_policy(following) @ rewards < rewards[action])
    return total


@wrong_way_probability.mistake("Both samples count the same here: weight each by the probability of its action.")
def half_of_the_actions(theta, reward_left, reward_right, step_size):
    samples = [gradient_sample(theta, action, reward_left, reward_right) for action in (0, 1)]
    return np.mean(np.array(samples) * (reward_left - reward_right) < 0)


@task(
    points=1,
    visible=[(0.9,)],
    reread="the two samples for negative rewards, and which way each moves θ",
    judge=goes_the_wrong_way,
    why="the law of the step has two outcomes, both known",
)
def wrong_way_example():
    return 0.05, -2.0, -1.0


@wrong_way_example.right
def right_is_worse():
    return 0.95, -1, -9


@wrong_way_example.right
def just_often_enough():
    return np.array([0.1]).item(), -3.0, np.float64(-2.5)


@wrong_way_example.right
def three_numbers_in_a_list():
    return [0.99, -0.5, -1.0]


@wrong_way_example.right
def three_numbers_in_an_array():
    return np.array([0.05, -2, -1])


@wrong_way_example.mistake("With these numbers a step goes the right way that often.")
def the_right_way():
    return 0.95, -2.0, -1.0


@wrong_way_example.mistake("Both rewards must be negative here, from -10 up to but not including 0.")
def rewards_that_are_not_negative():
    return 0.95, 5.0, 10.0


@wrong_way_example.mistake("Here a step goes the wrong way, but with a probability below 0.9.")
def not_often_enough():
    return 0.2, -2.0, -1.0


@wrong_way_example.mistake("With equal rewards no way is wrong.")
def equal_rewards():
    return 0.05, -1.0, -1.0


@wrong_way_example.mistake("At the boundaries every step has the length 0: take θ between 0 and 1.")
def at_the_boundary():
    return 0.0, -2.0, -1.0


@wrong_way_example.mistake("The form is wrong: return three numbers, θ and the two rewards.")
def theta_alone():
    return 0.05


PAIRS = (2.0, 3.0), (5.0, 1.0), (-3.0, -2.0), (-1.0, -4.0), (-1.0, 2.0), (0.0, 1.0), (-1.0, 0.0), (2.0, 2.0)
OTHER_PAIRS = [(9.0, 1.0), (1.0, 1.5), (-1.0, -0.5), (-7.0, -8.0), (9.0, -1.0), (0.0, -2.0), (3.0, 0.0), (-3.0, -3.0)]
OTHER_PAIRS += [(4.0, 4.0)]


def regions(pairs):
    """Return the ends of the region for pairs of rewards, by the name of a mistake."""
    answers = {"": wrong_way_region.truth} | {known.name: known.function for known in wrong_way_region.mistakes}
    answers.pop("one number", None)
    return {name: np.array([answer(*pair) for pair in pairs]) for name, answer in answers.items()}


@task(
    points=2,
    visible=[],
    reread="the rule that task 6 asks for, and what a negative reward changes",
    judge=knows_where_it_goes_wrong,
    why="an end may be off by 0.01, as a scan of θ in a hundred steps finds it",
)
def wrong_way_region(reward_left, reward_right):
    if reward_left * reward_right <= 0 or reward_left == reward_right:
        return np.zeros(2)
    return np.array([0.5, 1.0] if abs(reward_left) < abs(reward_right) else [0.0, 0.5])


@wrong_way_region.right
def by_a_scan(reward_left, reward_right):
    thetas = np.arange(1, 1000) / 1000
    wrong = [theta for theta in thetas if wrong_way_probability(theta, reward_left, reward_right, 0.1) > 0.5]
    return np.array([wrong[0], wrong[-1]]) if wrong else np.zeros(2)


@wrong_way_region.right
def by_three_thetas(reward_left, reward_right):
    low, high = (wrong_way_probability(theta, reward_left, reward_right, 1.0) > 0.5 for theta in (0.25, 0.75))
    return np.array([0.0 if low else 0.5, 0.5 if low else 1.0]) if low or high else np.array([0.0, 0.0])


@wrong_way_region.right
def by_all_cases(reward_left, reward_right):
    upper, lower, none = np.array([0.5, 1.0]), np.array([0.0, 0.5]), np.array([0.0, 0.0])
    if 0 < reward_left < reward_right or reward_right < reward_left < 0:
        return upper
    return lower if 0 < reward_right < reward_left or reward_left < reward_right < 0 else none


@wrong_way_region.mistake("This is where a step goes the right way more often: it is the other half.")
def the_other_half(reward_left, reward_right):
    if reward_left * reward_right <= 0 or reward_left == reward_right:
        return np.zeros(2)
    return np.array([0.0, 0.5] if abs(reward_left) < abs(reward_right) else [0.5, 1.0])


@wrong_way_region.mistake("For two negative rewards there is a region too.", points=1)
def positive_rewards_alone(reward_left, reward_right):
    if min(reward_left, reward_right) <= 0 or reward_left == reward_right:
        return np.zeros(2)
    return np.array([0.5, 1.0] if reward_left < reward_right else [0.0, 0.5])


@wrong_way_region.mistake(
    "For two negative rewards it is the other half: a step leads away from what is drawn.", points=1
)
def the_larger_reward_decides(reward_left, reward_right):
    if reward_left * reward_right <= 0 or reward_left == reward_right:
        return np.zeros(2)
    return np.array([0.5, 1.0] if reward_left < reward_right else [0.0, 0.5])


@wrong_way_region.mistake("Where the rewards have different signs, no step goes the wrong way.", points=1)
def different_signs_too(reward_left, reward_right):
    if reward_left == reward_right or 0 in (reward_left, reward_right):
        return np.zeros(2)
    return np.array([0.5, 1.0] if abs(reward_left) < abs(reward_right) else [0.0, 0.5])


@wrong_way_region.mistake("An action that earns 0 moves nothing, and the other one moves θ the right way.", points=1)
def a_reward_of_0_too(reward_left, reward_right):
    if reward_left * reward_right < 0 or reward_left == reward_right:
        return np.zeros(2)
    return np.array([0.5, 1.0] if abs(reward_left) < abs(reward_right) else [0.0, 0.5])


@wrong_way_region.mistake("With equal rewards no way is wrong.")
def equal_rewards_too(reward_left, reward_right):
    if reward_left * reward_right <= 0:
        return np.zeros(2)
    return np.array([0.5, 1.0] if abs(reward_left) <= abs(reward_right) else [0.0, 0.5])


@wrong_way_region.mistake("This is where a step can go the wrong way at all: more often than not is half of it.")
def wherever_it_can_happen(reward_left, reward_right):
    if reward_left * reward_right <= 0 or reward_left == reward_right:
        return np.zeros(2)
    return np.array([0.0, 1.0])


@wrong_way_region.mistake("This holds for the first example alone: look at which reward is larger, and at the signs.")
def the_first_example_alone(reward_left, reward_right):
    return np.array([0.5, 1.0])


@wrong_way_region.mistake("The form is wrong: return both ends of the interval, in an array.")
def one_number(reward_left, reward_right):
    return 0.5


wrong_way_region.visible = [(PAIRS, regions(PAIRS))]
wrong_way_region.hidden = [(OTHER_PAIRS, regions(OTHER_PAIRS))]

TASKS = [
    clamp_policy,
    clamp_score,
    gradient_sample,
    sample_left,
    sample_right,
    gradient_variance,
    wrong_way_probability,
    wrong_way_example,
    wrong_way_region,
]
