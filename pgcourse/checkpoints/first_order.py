"""Checkpoints of lecture 3: finite differences, the stable step sizes, the best delta, and what differences cost."""

import numpy as np

from pgcourse.checkpoints import checkpoint, only_questions


def utility(theta):
    """Stand in for U: neither quadratic nor the same in each component."""
    return np.sin(theta[0]) - theta[1] ** 3 + theta[0] * theta[1] + 2 * theta[-1] ** 2


POINTS = [(utility, np.array([0.5, -1.0]), 0.1), (utility, np.array([0.2, 0.4, -0.3]), 0.25)]


def _forward(utility, theta, delta):
    return np.array([(utility(theta + step) - utility(theta)) / delta for step in delta * np.eye(len(theta))])


@checkpoint(reread="section 4", inputs=POINTS)
def finite_difference(utility, theta, delta):
    return _forward(utility, theta, delta)


@finite_difference.mistake("The difference is not divided by δ.")
def not_divided(utility, theta, delta):
    return np.array([utility(theta + step) - utility(theta) for step in delta * np.eye(len(theta))])


@finite_difference.mistake(
    "The steps pile up: take each one from theta itself. An array changed in place stays changed, so work on a copy."
)
def piled_up(utility, theta, delta):
    moved, slopes = theta.copy(), []
    for i in range(len(theta)):
        moved[i] += delta
        slopes.append((utility(moved) - utility(theta)) / delta)
    return np.array(slopes)


@finite_difference.mistake("This moves all components at once: move one at a time.")
def all_at_once(utility, theta, delta):
    return np.full(len(theta), (utility(theta + delta) - utility(theta)) / delta)


@finite_difference.mistake("The sign is flipped: U at the moved theta comes first.")
def difference_flipped(utility, theta, delta):
    return np.array([(utility(theta) - utility(theta + step)) / delta for step in delta * np.eye(len(theta))])


@finite_difference.mistake("This is the backward difference: step forward, to θ + δ.")
def backward(utility, theta, delta):
    return np.array([(utility(theta) - utility(theta - step)) / delta for step in delta * np.eye(len(theta))])


@finite_difference.mistake(
    "This is the central difference, a good one with other costs: here the step is forward only."
)
def central(utility, theta, delta):
    return (_forward(utility, theta, delta) + _forward(utility, theta, -delta)) / 2


@finite_difference.mistake("Each step has length 1 and not δ.")
def steps_of_one(utility, theta, delta):
    return np.array([(utility(theta + step) - utility(theta)) / delta for step in np.eye(len(theta))])


@checkpoint(reread="section 2", inputs=[(0.36,), (18.0,)])
def largest_stable_step(c):
    return 2 / c


@largest_stable_step.mistake("This step jumps right to the maximum; some larger ones change sides and still converge.")
def right_to_the_maximum(c):
    return 1 / c


@largest_stable_step.mistake("This is upside down: the larger the curvature, the smaller the step.")
def inverted_step(c):
    return c / 2


@largest_stable_step.mistake("The gradient is -cθ, without the factor ½ of U.")
def factor_of_utility(c):
    return 4 / c


@largest_stable_step.mistake("This is half of the step that jumps right to the maximum.")
def half_way(c):
    return 1 / (2 * c)


@largest_stable_step.mistake("The sign is flipped: c is positive at a maximum of -cθ²/2.")
def negative(c):
    return -2 / c


@checkpoint(reread="section 4", inputs=[(3.0, 0.5, 10), (10.0, 2.0, 1000)])
def best_delta(slope, variance, m):
    return (2 * variance / (m * slope**2)) ** 0.25


@best_delta.mistake("Both ends are noisy: the variance of the difference is twice that of one return.")
def one_noisy_end(slope, variance, m):
    return (variance / (m * slope**2)) ** 0.25


@best_delta.mistake("The derivative gives the fourth power of δ: take the fourth root.")
def square_root(slope, variance, m):
    return (2 * variance / (m * slope**2)) ** 0.5


@best_delta.mistake("This is the fourth power of δ.")
def no_root(slope, variance, m):
    return 2 * variance / (m * slope**2)


@best_delta.mistake("This is for a single trajectory: the mean of m has a variance m times smaller.")
def single_trajectory(slope, variance, m):
    return (2 * variance / slope**2) ** 0.25


@best_delta.mistake("The error adds the square of the bias, not the bias.")
def bias_not_squared(slope, variance, m):
    return (4 * variance / (m * slope)) ** (1 / 3)


@best_delta.mistake("This is upside down: more noise asks for a larger δ.")
def inverted_delta(slope, variance, m):
    return (m * slope**2 / (2 * variance)) ** 0.25


@checkpoint(reread="section 4", inputs=[(2, 10), (20, 100)])
def trajectories_needed(n, m):
    return (n + 1) * m


@trajectories_needed.mistake("U at θ itself is needed too, though only once.")
def no_centre(n, m):
    return n * m


@trajectories_needed.mistake("U at θ is the same for all components: evaluate it once.")
def centre_each_time(n, m):
    return 2 * n * m


@trajectories_needed.mistake("Each evaluation takes m trajectories, not one.")
def one_each(n, m):
    return n + 1


@trajectories_needed.mistake("This is one component alone.")
def one_component(n, m):
    return 2 * m


@trajectories_needed.mistake("All but one evaluation take m trajectories here; each of them does.")
def one_for_the_centre(n, m):
    return n * m + 1


__dir__ = only_questions(globals())
