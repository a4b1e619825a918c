"""Checkpoints of notebook 16: how many old samples count, and where the weight of L is clipped."""

from pgcourse.checkpoints import checkpoint, only_questions


@checkpoint(reread="section 1", inputs=[(0.5, 0.2), (0.25, 0.2), (0.3, 0.6)])
def effective_share(theta, theta_old):
    return 1 / (theta**2 / theta_old + (1 - theta) ** 2 / (1 - theta_old))


@effective_share.mistake("This is the mean of the squared weights: the share is one over it.")
def mean_square(theta, theta_old):
    return theta**2 / theta_old + (1 - theta) ** 2 / (1 - theta_old)


@effective_share.mistake("The mean of the squared weights is under the old policy: weight them by its probabilities.")
def not_averaged(theta, theta_old):
    return 1 / ((theta / theta_old) ** 2 + ((1 - theta) / (1 - theta_old)) ** 2)


@effective_share.mistake("The mean is under the old policy, whose samples these are, not under the new one.")
def under_the_new_policy(theta, theta_old):
    return 1 / (theta**3 / theta_old**2 + (1 - theta) ** 3 / (1 - theta_old) ** 2)


@effective_share.mistake("The weights are upside down: the new probability over the old one.")
def upside_down(theta, theta_old):
    return 1 / (theta_old**3 / theta**2 + (1 - theta_old) ** 3 / (1 - theta) ** 2)


@effective_share.mistake("R is missing: sum over both actions.")
def left_alone(theta, theta_old):
    return theta_old / theta**2


@checkpoint(reread="section 2", inputs=[(0.2, 0.2), (0.5, 0.1), (0.7, 0.3)])
def window_left(theta_old, epsilon):
    return theta_old * (1 - epsilon), theta_old * (1 + epsilon)


@window_left.mistake("The clip limits the ratio, not the difference: multiply θ_old by 1 - ε and 1 + ε.")
def difference(theta_old, epsilon):
    return theta_old - epsilon, theta_old + epsilon


@window_left.mistake("These are limits of the ratio: multiply them by θ_old.")
def limits_of_the_ratio(theta_old, epsilon):
    return 1 - epsilon, 1 + epsilon


@window_left.mistake("This is the window of R.")
def that_of_right(theta_old, epsilon):
    return theta_old - epsilon * (1 - theta_old), theta_old + epsilon * (1 - theta_old)


@window_left.mistake("The ratio is the new probability over the old one: multiply θ_old by the limits, do not divide.")
def divided(theta_old, epsilon):
    return theta_old / (1 + epsilon), theta_old / (1 - epsilon)


__dir__ = only_questions(globals())
