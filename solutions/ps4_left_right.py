"""Problem set 4, the L/R exercise: clamp policy, its score, gradient samples and their exact variance."""

import numpy as np

from pgcourse.checkpoints import left_right
from pgcourse.homework.task import task

THETAS = [-3.0, -0.01, 0.0, 0.01, 0.2, 0.5, 0.6, 0.95, 1.0, 1.01, 4.0]
REWARDS = [(5.0, 10.0), (0.0, 1.0), (-3.0, 0.5), (5.0, 6.0)]


@task(
    points=2,
    visible=[(0.7,), (-0.4,), (0.0,), (1.0,)],
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
    ],
    hidden=[
        (theta, action, *rewards)
        for theta in (-0.5, 0.0, 0.1, 0.8, 1.0, 1.5)
        for action in (0, 1)
        for rewards in REWARDS
    ],
    reread="the formula of the sample: which score, and which reward?",
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


@gradient_sample.mistake("The rewards are swapped: the return is that of the action that was drawn.")
def swapped_rewards(theta, action, reward_left, reward_right):
    return clamp_score(theta, action) * (reward_right if action == 0 else reward_left)


@gradient_sample.mistake("This weights the sample by the probability of its action; drawing it does that already.")
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


@gradient_variance.mistake("The baseline is not subtracted.")
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


@gradient_variance.mistake("The baseline is subtracted from the sample, not from the reward.")
def baseline_from_the_sample(theta, reward_left, reward_right, baseline=0.0):
    probabilities = clamp_policy(theta)
    samples = np.array([gradient_sample(theta, a, reward_left, reward_right) - baseline for a in (0, 1)])
    return probabilities @ samples**2 - (probabilities @ samples) ** 2 + baseline


TASKS = [clamp_policy, clamp_score, gradient_sample, sample_left, sample_right, gradient_variance]
