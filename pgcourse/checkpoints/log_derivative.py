"""Checkpoints of lecture 4: the scores of a normal density, a softmax and the regulator's policy, and one sample."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions


@checkpoint(reread="section 2", inputs=[(2.5, 2.0, 0.6), (-1.0, 0.5, 2.0)])
def normal_score(x, mean, deviation):
    return (x - mean) / deviation**2


@normal_score.mistake("The sign is flipped: a larger mean makes an x above the mean more likely.")
def flipped(x, mean, deviation):
    return (mean - x) / deviation**2


@normal_score.mistake("This divides by the standard deviation, not by its square.")
def not_squared(x, mean, deviation):
    return (x - mean) / deviation


@normal_score.mistake("This is the gradient of p, not that of log p.")
def gradient_of_density(x, mean, deviation):
    density = np.exp(-((x - mean) ** 2) / (2 * deviation**2)) / (deviation * np.sqrt(2 * np.pi))
    return density * (x - mean) / deviation**2


@normal_score.mistake("This is log p itself, up to a constant: differentiate it with respect to the mean.")
def log_density(x, mean, deviation):
    return -((x - mean) ** 2) / (2 * deviation**2)


def _one_hot(probabilities, action):
    return np.eye(len(probabilities))[action]


DRAWN = [(np.array([0.2, 0.5, 0.3]), 2), (np.array([0.7, 0.3]), 0), (np.array([0.1, 0.2, 0.3, 0.4]), 1)]


@checkpoint(reread="section 4", inputs=DRAWN)
def softmax_score(probabilities, action):
    return _one_hot(probabilities, action) - probabilities


@softmax_score.mistake("The sign is flipped: a step along the score must make the drawn action more likely.")
def less_likely(probabilities, action):
    return probabilities - _one_hot(probabilities, action)


@softmax_score.mistake("The 1 of the drawn action is missing.")
def no_one(probabilities, action):
    return -probabilities


@softmax_score.mistake("The other actions are missing: their preferences are in the denominator of the softmax.")
def drawn_action_alone(probabilities, action):
    return _one_hot(probabilities, action) * (1 - probabilities)


@softmax_score.mistake("This is the gradient of π, not that of log π.")
def gradient_of_probability(probabilities, action):
    return probabilities[action] * (_one_hot(probabilities, action) - probabilities)


@softmax_score.mistake(
    "This is one over the probability, the score for a policy whose parameters are the probabilities."
)
def one_over_probability(probabilities, action):
    return _one_hot(probabilities, action) / probabilities


@checkpoint(reread="section 2", inputs=[(0.5, 0.4, np.array([-0.5, 0.6])), (-1.0, 2.0, np.array([0.3, 2.0]))])
def regulator_score(state, action, theta):
    error = action - theta[0] * state
    return np.array([error * state / theta[1] ** 2, error**2 / theta[1] ** 3 - 1 / theta[1]])


@regulator_score.mistake(
    "The standard deviation is also in the factor 1/σ before the exponential: its logarithm has a derivative too."
)
def factor_forgotten(state, action, theta):
    error = action - theta[0] * state
    return np.array([error * state / theta[1] ** 2, error**2 / theta[1] ** 3])


@regulator_score.mistake("The derivative of -log σ is -1/σ: its sign is flipped.")
def factor_with_plus(state, action, theta):
    error = action - theta[0] * state
    return np.array([error * state / theta[1] ** 2, error**2 / theta[1] ** 3 + 1 / theta[1]])


@regulator_score.mistake("The derivative of -log σ is -1/σ, not -1/σ².")
def factor_squared(state, action, theta):
    error = action - theta[0] * state
    return np.array([error * state / theta[1] ** 2, error**2 / theta[1] ** 3 - 1 / theta[1] ** 2])


@regulator_score.mistake("The mean of the action is θ₁s: its derivative in θ₁ is s, which is missing.")
def state_forgotten(state, action, theta):
    error = action - theta[0] * state
    return np.array([error / theta[1] ** 2, error**2 / theta[1] ** 3 - 1 / theta[1]])


@regulator_score.mistake("The derivative of 1/(2σ²) in σ is -1/σ³, not -1/(2σ³).")
def half_left_over(state, action, theta):
    error = action - theta[0] * state
    return np.array([error * state / theta[1] ** 2, error**2 / (2 * theta[1] ** 3) - 1 / theta[1]])


@regulator_score.mistake("Both signs are flipped.")
def both_flipped(state, action, theta):
    error = action - theta[0] * state
    return np.array([-error * state / theta[1] ** 2, 1 / theta[1] - error**2 / theta[1] ** 3])


def _discounted(rewards, discount):
    return discount ** np.arange(len(rewards)) * rewards


@checkpoint(
    reread="section 4",
    inputs=[
        (np.array([[1.0, 0.0], [-0.5, 2.0], [0.25, -1.0]]), np.array([1.0, 2.0, -3.0]), 0.9),
        (np.array([[0.5, -0.5, 3.0], [1.5, 0.0, -1.0]]), np.array([-1.0, 4.0]), 0.5),
    ],
)
def gradient_sample(scores, rewards, discount):
    return scores.sum(axis=0) * _discounted(rewards, discount).sum()


@gradient_sample.mistake("The rewards are not discounted.")
def not_discounted(scores, rewards, discount):
    return scores.sum(axis=0) * rewards.sum()


@gradient_sample.mistake(
    "This multiplies each score by the reward of its own decision only; every score is multiplied by the whole return."
)
def own_reward_only(scores, rewards, discount):
    return _discounted(rewards, discount) @ scores


@gradient_sample.mistake(
    "This is divided by the number of decisions: log p is a sum over them, and so is the return; neither is a mean."
)
def mean_of_scores(scores, rewards, discount):
    return scores.mean(axis=0) * _discounted(rewards, discount).sum()


@gradient_sample.mistake("This takes the score of the first decision only.")
def first_score(scores, rewards, discount):
    return scores[0] * _discounted(rewards, discount).sum()


@gradient_sample.mistake("This is the sum of the scores: multiply it by the return.")
def no_return(scores, rewards, discount):
    return scores.sum(axis=0)


@gradient_sample.mistake(
    "This leaves out the rewards that came before each decision, the trick of lecture 7: here every score is "
    "multiplied by the whole return."
)
def reward_to_go(scores, rewards, discount):
    return np.cumsum(scores, axis=0).T @ _discounted(rewards, discount)


__dir__ = only_questions(globals())
