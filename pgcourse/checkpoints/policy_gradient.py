"""Checkpoints of lecture 6: the loop, one update from a batch, one by hand, and the batch that the noise asks for."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions


def simulate(theta):
    """Stand in for a simulator: a batch whose samples can be computed by hand."""
    return np.stack([theta, 2 * theta + 1, 1 - theta])


def gradient_samples(batch, theta):
    """Stand in for an estimator; it depends on the batch and on theta, as an estimator does."""
    return batch - 3 * theta + np.arange(theta.size)


@checkpoint(
    reread="section 1",
    inputs=[
        (simulate, gradient_samples, np.array([1.0, -2.0]), 0.1, 3),
        (simulate, gradient_samples, np.array([0.0, 0.5, 2.0]), 0.3, 4),
    ],
)
def reinforce(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        batch = simulate(theta)
        theta = theta + alpha * gradient_samples(batch, theta).mean(axis=0)
    return theta


@reinforce.mistake(
    "Every batch comes from the theta of the start: draw one in each round, with the theta of that round."
)
def one_batch(simulate, gradient_samples, theta, alpha, num_iterations):
    batch = simulate(theta)
    for _ in range(num_iterations):
        theta = theta + alpha * gradient_samples(batch, theta).mean(axis=0)
    return theta


@reinforce.mistake(
    "This is theta after a single step: start each round from the theta of the one before, and return after the loop."
)
def not_put_back(simulate, gradient_samples, theta, alpha, num_iterations):
    return theta + alpha * gradient_samples(simulate(theta), theta).mean(axis=0)


@reinforce.mistake("This is theta after K - 1 steps, one too few: range(1, K) has K - 1 numbers, range(K) has K.")
def one_step_too_few(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(1, num_iterations):
        theta = theta + alpha * gradient_samples(simulate(theta), theta).mean(axis=0)
    return theta


@reinforce.mistake("This is the theta of the start: the loop changes nothing.")
def unchanged(simulate, gradient_samples, theta, alpha, num_iterations):
    return theta


@reinforce.mistake("This goes downhill: the minus belongs to minimising.")
def loop_downhill(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        theta = theta - alpha * gradient_samples(simulate(theta), theta).mean(axis=0)
    return theta


@reinforce.mistake("This adds the sum of the samples: with their mean, the step does not grow with m.")
def loop_with_sum(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        theta = theta + alpha * gradient_samples(simulate(theta), theta).sum(axis=0)
    return theta


@reinforce.mistake(
    "This takes one mean of all numbers, so that every component moves by the same amount: take the mean over the "
    "trajectories alone."
)
def loop_with_one_mean(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        theta = theta + alpha * gradient_samples(simulate(theta), theta).mean()
    return theta


@reinforce.mistake("The step size is missing.")
def loop_without_step_size(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        theta = theta + gradient_samples(simulate(theta), theta).mean(axis=0)
    return theta


@reinforce.mistake("This is the last step alone; add it to theta.")
def last_step_alone(simulate, gradient_samples, theta, alpha, num_iterations):
    for _ in range(num_iterations):
        step = alpha * gradient_samples(simulate(theta), theta).mean(axis=0)
        theta = theta + step
    return step


@checkpoint(
    reread="section 1",
    inputs=[
        (np.array([1.0, -2.0]), np.array([[0.5, 1.0], [1.5, -4.0], [4.0, 0.0]]), 0.1),
        (np.array([0.0, 0.5, 1.0]), np.array([[2.0, -1.0, 0.0], [-1.0, 3.0, 0.5]]), 0.3),
    ],
)
def update(theta, samples, alpha):
    return theta + alpha * samples.mean(axis=0)


@update.mistake("This goes downhill: the minus belongs to minimising.")
def downhill(theta, samples, alpha):
    return theta - alpha * samples.mean(axis=0)


@update.mistake("This adds the sum of the samples: with their mean, the step does not grow with m.")
def sum_for_mean(theta, samples, alpha):
    return theta + alpha * samples.sum(axis=0)


@update.mistake("This uses the first sample only.")
def first_sample(theta, samples, alpha):
    return theta + alpha * samples[0]


@update.mistake("This takes one mean of all numbers: take it over the trajectories, component by component.")
def one_mean(theta, samples, alpha):
    return theta + alpha * samples.mean()


@update.mistake("This is the step; add it to theta.")
def step_alone(theta, samples, alpha):
    return alpha * samples.mean(axis=0)


@update.mistake("The step size is missing.")
def no_step_size(theta, samples, alpha):
    return theta + samples.mean(axis=0)


@checkpoint(reread="section 4 of notebook 4")
def theta_after_left():
    return np.array([0.25, -0.25])


@theta_after_left.mistake("The step size is missing.")
def whole_sample():
    return np.array([2.5, -2.5])


@theta_after_left.mistake("This takes the return of R, or a score without the probability: 1 and -1.")
def return_of_right():
    return np.array([0.5, -0.5])


@theta_after_left.mistake("The sign is flipped: a positive return makes the drawn action more likely.")
def flipped():
    return np.array([-0.25, 0.25])


@theta_after_left.mistake("This is the score of the clamp policy, 1/π; that of a softmax is 1 - π.")
def score_of_the_clamp():
    return np.array([1.0, -1.0])


@theta_after_left.mistake("The probabilities are missing from the score.")
def no_probabilities():
    return np.array([0.5, 0.0])


@theta_after_left.mistake("The preference of R changes as well.")
def preference_of_left_alone():
    return np.array([0.25, 0.0])


@checkpoint(
    reread="section 5",
    inputs=[(np.array([3.0, 4.0]), np.array([60.0, 90.0])), (np.array([0.1, -0.2, 0.4]), np.array([1.0, 2.0, 0.5]))],
)
def batch_size(mean, variance):
    return variance.sum() / (mean @ mean)


@batch_size.mistake("This is the root of what is needed: the noise falls with the square root of m.")
def square_root(mean, variance):
    return np.sqrt(variance.sum() / (mean @ mean))


@batch_size.mistake("This divides by the length of the gradient, not by its square.")
def length_not_squared(mean, variance):
    return variance.sum() / np.linalg.norm(mean)


@batch_size.mistake("This divides component by component before it sums.")
def sum_of_ratios(mean, variance):
    return (variance / mean**2).sum()


@batch_size.mistake("This is upside down.")
def inverted(mean, variance):
    return (mean @ mean) / variance.sum()


@batch_size.mistake("This takes the mean of the variances: the squared distance sums over the components.")
def mean_of_variances(mean, variance):
    return variance.mean() / (mean @ mean)


__dir__ = only_questions(globals())
