"""Checkpoints of lecture 5: the gradient samples at theta = 0.2, a program for them, the baseline without variance.

Problem sets 4 and 6 ask the same and add these mistakes to theirs, so the functions use numpy as `np` and nothing else.
"""

from pgcourse.checkpoints import checkpoint, only_questions
from pgcourse.exact.one_decision import samples


@checkpoint(reread="section 2")
def sample_left():
    return samples(0.2, 5, 10)[2][0]


@sample_left.mistake("This is one factor alone, the score or the reward: the sample is their product.")
def one_factor():
    return 5.0


@sample_left.mistake("This is the probability times the return: the score is one over the probability.")
def probability_times_return():
    return 1.0


@sample_left.mistake("The sign is that of R: raising θ makes L more likely.")
def negative():
    return -25.0


@sample_left.mistake("This takes the return of R.")
def return_of_right():
    return 50.0


@sample_left.mistake("This takes the probability of R.")
def probability_of_right():
    return 6.25


@sample_left.mistake("This is the sample for R.")
def that_of_right():
    return -12.5


@checkpoint(reread="section 2")
def sample_right():
    return samples(0.2, 5, 10)[2][1]


@sample_right.mistake("The minus sign of the inner derivative, d(1 - θ)/dθ = -1, is missing.")
def positive():
    return 12.5


@sample_right.mistake("This is the score alone: multiply it by the return of R.")
def the_score():
    return -1.25


@sample_right.mistake("This takes the probability of L.")
def probability_of_left():
    return -50.0


@sample_right.mistake("This is the score of L times the return of R.")
def score_of_left():
    return 50.0


@sample_right.mistake("This multiplies the return by -1, the derivative of 1 - θ and not that of its logarithm.")
def no_logarithm():
    return -10.0


@sample_right.mistake("This is the sample for L.")
def that_of_left():
    return 25.0


@checkpoint(reread="section 5", inputs=[(0.2, 5.0, 10.0), (0.2, 0.0, 1.0), (0.7, -3.0, 5.0)])
def best_baseline(theta, reward_left, reward_right):
    return (1 - theta) * reward_left + theta * reward_right


@best_baseline.mistake(
    "This is the value of the state, E[R]; the best baseline weights each reward by the other's probability."
)
def the_value(theta, reward_left, reward_right):
    return theta * reward_left + (1 - theta) * reward_right


@best_baseline.mistake("This is the plain mean of the rewards.")
def plain_mean(theta, reward_left, reward_right):
    return (reward_left + reward_right) / 2


@best_baseline.mistake("The sign is flipped.")
def flipped_sign(theta, reward_left, reward_right):
    return -((1 - theta) * reward_left + theta * reward_right)


DRAWS = [(0.2, 0.1, 5.0, 10.0), (0.2, 0.7, 5.0, 10.0), (0.2, 0.4, 1.0, 2.0), (0.6, 0.55, 3.0, 1.0)]


@checkpoint(reread="section 2", inputs=DRAWS)
def gradient_sample(theta, uniform, reward_left, reward_right):
    return reward_left / theta if uniform < theta else -reward_right / (1 - theta)


@gradient_sample.mistake("L is drawn with probability 1 - θ: a uniform number lies below θ with probability θ.")
def drawn_the_wrong_way(theta, uniform, reward_left, reward_right):
    return reward_left / theta if uniform > theta else -reward_right / (1 - theta)


@gradient_sample.mistake("L is drawn with probability ½, whatever θ is.")
def drawn_by_a_coin(theta, uniform, reward_left, reward_right):
    return reward_left / theta if uniform < 0.5 else -reward_right / (1 - theta)


@gradient_sample.mistake("The minus sign of the inner derivative, d(1 - θ)/dθ = -1, is missing.")
def sample_without_minus(theta, uniform, reward_left, reward_right):
    return reward_left / theta if uniform < theta else reward_right / (1 - theta)


@gradient_sample.mistake("The two scores are mixed up: each is one over the probability of its own action.")
def sample_with_the_other_score(theta, uniform, reward_left, reward_right):
    return reward_left / (1 - theta) if uniform < theta else -reward_right / theta


@gradient_sample.mistake("The two rewards are mixed up.")
def sample_with_the_other_reward(theta, uniform, reward_left, reward_right):
    return reward_right / theta if uniform < theta else -reward_left / (1 - theta)


@gradient_sample.mistake(
    "This is the reward with a sign: 1 and -1 are the derivatives of the probabilities, not of their logarithms."
)
def sample_without_score(theta, uniform, reward_left, reward_right):
    return reward_left if uniform < theta else -reward_right


__dir__ = only_questions(globals())
