"""Problem set 7, baselines from a group: leave-one-out, division by the standard deviation, and their exact means."""

import numpy as np

from pgcourse.homework.judges.judges import is_noisier_than_none
from pgcourse.homework.task import task

GROUPS = [
    (np.array([1.0, 0.0, 0.0, 0.0]),),
    (np.array([2.0, -1.0, 0.5]),),
    (np.array([3, 7]),),
    (np.array([5.0, 5.0, 5.0]),),
    (np.array([0, 1, 1, 0, 1, 1, 1, 1]),),
    (np.full(3, 0.1),),
    (np.array([3e-9, 1e-9, 2e-9, 3e-9]),),
]
OTHER_GROUPS = [
    (np.full(7, 0.7),),
    (np.array([1e-9, 1e-9, 5e-9]),),
    (np.array([-1.0, 1.0, 1.0, 1.0, -1.0]),),
    (np.array([0.001, 0.002, 0.001]),),
    (np.array([100, 300, 200, 100]),),
    (np.array([0.25, 4.0, -3.5, 0.0, 2.0, 2.0]),),
    (np.array([1, 1, 1, 1]),),
]


@task(
    points=2,
    visible=GROUPS,
    hidden=OTHER_GROUPS,
    reread="whose mean is subtracted from which reward",
    why="both sides are the same few operations in 64 bits",
)
def leave_one_out_advantages(rewards):
    size = len(rewards)
    return size / (size - 1) * (rewards - rewards.mean())


@leave_one_out_advantages.right
def by_deleting(rewards):
    return np.array([rewards[i] - np.mean(np.delete(rewards, i)) for i in range(len(rewards))])


@leave_one_out_advantages.right
def by_a_loop_over_pairs(rewards):
    advantages = np.zeros(len(rewards))
    for i in range(len(rewards)):
        others = [rewards[j] for j in range(len(rewards)) if j != i]
        advantages[i] = rewards[i] - sum(others) / len(others)
    return advantages


@leave_one_out_advantages.right
def by_a_matrix(rewards):
    size = len(rewards)
    weights = (1 - np.eye(size)) / (size - 1)
    return (np.eye(size) - weights) @ rewards


@leave_one_out_advantages.mistake(
    "An advantage that is already written stands among the rewards of the others: read from the old array."
)
def reads_what_it_wrote(rewards):
    advantages = rewards.astype(float)
    for i in range(len(advantages)):
        advantages[i] -= np.delete(advantages, i).mean()
    return advantages


@leave_one_out_advantages.mistake(
    "This subtracts the mean of the whole group: each reward is part of its own baseline."
)
def mean_of_the_group(rewards):
    return rewards - rewards.mean()


@leave_one_out_advantages.mistake("This is the baseline: return each reward less its baseline.")
def the_baseline_alone(rewards):
    return (np.sum(rewards) - rewards) / (len(rewards) - 1)


@leave_one_out_advantages.mistake("There are G - 1 others: divide their sum by that and not by G.")
def divided_by_all(rewards):
    return rewards - (np.sum(rewards) - rewards) / len(rewards)


@leave_one_out_advantages.mistake("The reward itself is still in the sum: take it out before you divide by G - 1.")
def own_reward_left_in(rewards):
    return rewards - np.sum(rewards) / (len(rewards) - 1)


@leave_one_out_advantages.mistake("This subtracts the sum of the others, not their mean.")
def sum_of_the_others(rewards):
    return rewards - (np.sum(rewards) - rewards)


@leave_one_out_advantages.mistake("The sign is flipped: an advantage is the reward less the baseline.")
def baseline_less_reward(rewards):
    return len(rewards) / (len(rewards) - 1) * (np.mean(rewards) - rewards)


@leave_one_out_advantages.mistake("This subtracts the median of the others: their mean is asked for.")
def median_of_the_others(rewards):
    return np.array([rewards[i] - np.median(np.delete(rewards, i)) for i in range(len(rewards))])


@leave_one_out_advantages.mistake("This subtracts the mean of the rewards drawn before, without those drawn later.")
def those_before(rewards):
    return np.array([rewards[i] - (np.mean(rewards[:i]) if i else 0.0) for i in range(len(rewards))])


@leave_one_out_advantages.mistake(
    "All answers with the same reward are left out: leave out one answer, and equal rewards are among the others."
)
def equal_rewards_left_out(rewards):
    with np.errstate(invalid="ignore"):
        others = np.array([(rewards != reward).sum() for reward in rewards])
        sums = np.array([rewards[rewards != reward].sum() for reward in rewards])
        return rewards - sums / others


@leave_one_out_advantages.mistake(
    "The rewards were whole numbers here, and so the array you wrote into cut off the digits."
)
def cut_off_digits(rewards):
    advantages = np.zeros_like(rewards)
    for i in range(len(rewards)):
        advantages[i] = rewards[i] - np.mean(np.delete(rewards, i))
    return advantages


@leave_one_out_advantages.mistake(
    "The advantages are divided by G: the mean over the group is taken later, in the update."
)
def divided_by_the_group_as_well(rewards):
    return (rewards - np.mean(rewards)) / (len(rewards) - 1)


@leave_one_out_advantages.mistake("This subtracts the best of the others: their mean is asked for.")
def best_of_the_others(rewards):
    return np.array([rewards[i] - np.max(np.delete(rewards, i)) for i in range(len(rewards))])


@leave_one_out_advantages.mistake(
    "The factor is upside down: without its own reward in the baseline an advantage is larger, not smaller."
)
def factor_upside_down(rewards):
    return (len(rewards) - 1) / len(rewards) * (rewards - rewards.mean())


@leave_one_out_advantages.mistake("This is one number: return one advantage for each reward.")
def one_number(rewards):
    return rewards[0] - np.mean(rewards[1:])


@task(
    points=3,
    visible=GROUPS,
    hidden=OTHER_GROUPS,
    reread="by what the differences from the mean are divided, and what a group of equal rewards gives",
    why="both sides are the same few operations in 64 bits",
)
def group_normalised_advantages(rewards):
    if rewards.max() == rewards.min():
        return np.zeros(len(rewards))
    return (rewards - rewards.mean()) / rewards.std()


@group_normalised_advantages.right
def with_a_root_of_the_mean_square(rewards):
    centred = rewards - rewards[0]
    centred = centred - np.mean(centred)
    spread = np.sqrt(np.mean(centred**2))
    return centred / spread if spread > 0 else np.zeros(len(rewards))


@group_normalised_advantages.right
def with_a_mask(rewards):
    centred = rewards - np.mean(rewards)
    equal = np.isclose(rewards, rewards[0], rtol=1e-12, atol=0).all()
    return np.divide(centred, np.std(rewards), out=np.zeros(len(rewards)), where=np.full(len(rewards), not equal))


@group_normalised_advantages.right
def by_a_loop(rewards):
    size = len(rewards)
    mean = sum(rewards) / size
    variance = sum((reward - mean) ** 2 for reward in rewards) / size
    if len(set(np.asarray(rewards).tolist())) == 1:
        return np.array([0.0] * size)
    return np.array([(reward - mean) / variance**0.5 for reward in rewards])


@group_normalised_advantages.mistake(
    "Rewards that are nearly equal count as equal here: only equal ones have the advantage 0."
)
def nearly_equal(rewards):
    spread = rewards.std()
    return np.zeros(len(rewards)) if spread < 1e-6 else (rewards - rewards.mean()) / spread


@group_normalised_advantages.mistake("Where all rewards are equal this divides by 0: such a group gives zeros.")
def divided_by_0(rewards):
    with np.errstate(divide="ignore", invalid="ignore"):
        return (rewards - rewards.mean()) / rewards.std()


@group_normalised_advantages.mistake(
    "Rounding makes the standard deviation of equal rewards tiny and not 0: compare the rewards with each other."
)
def compared_with_0(rewards):
    spread = rewards.std()
    return np.zeros(len(rewards)) if spread == 0 else (rewards - rewards.mean()) / spread


@group_normalised_advantages.mistake(
    "A number is added to the standard deviation: that changes every other group, too."
)
def with_an_epsilon(rewards):
    return (rewards - rewards.mean()) / (rewards.std() + 1e-4)


@group_normalised_advantages.mistake("A number is added to the standard deviation, though a small one: use none.")
def with_a_small_epsilon(rewards):
    return (rewards - rewards.mean()) / (rewards.std() + 1e-8)


@group_normalised_advantages.mistake(
    "This is the standard deviation of a sample, with G - 1: divide by G under the root."
)
def with_that_of_a_sample(rewards):
    if rewards.max() == rewards.min():
        return np.zeros(len(rewards))
    return (rewards - rewards.mean()) / rewards.std(ddof=1)


@group_normalised_advantages.mistake("This divides by the variance: take its root.")
def divided_by_the_variance(rewards):
    if rewards.max() == rewards.min():
        return np.zeros(len(rewards))
    return (rewards - rewards.mean()) / rewards.var()


@group_normalised_advantages.mistake("Nothing is divided: these are differences from the mean.")
def only_centred(rewards):
    return rewards - rewards.mean()


@group_normalised_advantages.mistake("The mean of the group is not subtracted.")
def only_divided(rewards):
    return np.zeros(len(rewards)) if rewards.max() == rewards.min() else rewards / rewards.std()


@group_normalised_advantages.mistake(
    "This divides the advantages of task 1: here the whole group's mean is subtracted."
)
def leave_one_out_divided(rewards):
    if rewards.max() == rewards.min():
        return np.zeros(len(rewards))
    return leave_one_out_advantages(rewards) / rewards.std()


@group_normalised_advantages.mistake(
    "This is the standard deviation of a sample, with G - 1, and a number is added to it: divide by G, and add none."
)
def sample_and_epsilon(rewards):
    return (rewards - rewards.mean()) / (rewards.std(ddof=1) + 1e-8)


@group_normalised_advantages.mistake("A number is added to the variance, under the root: use none.")
def epsilon_under_the_root(rewards):
    return (rewards - rewards.mean()) / np.sqrt(rewards.var() + 1e-8)


@group_normalised_advantages.mistake("The sign is flipped: a reward above the mean has a positive advantage.")
def mean_less_reward(rewards):
    if rewards.max() == rewards.min():
        return np.zeros(len(rewards))
    return (rewards.mean() - rewards) / rewards.std()


@group_normalised_advantages.mistake(
    "The 1/G under the root is missing: this divides by the root of the sum of squares."
)
def divided_by_the_length(rewards):
    if rewards.max() == rewards.min():
        return np.zeros(len(rewards))
    return (rewards - rewards.mean()) / np.sqrt(((rewards - rewards.mean()) ** 2).sum())


@group_normalised_advantages.mistake(
    "This divides by the range, the largest less the least: divide by the standard deviation."
)
def divided_by_the_range(rewards):
    if rewards.max() == rewards.min():
        return np.zeros(len(rewards))
    return (rewards - rewards.mean()) / (rewards.max() - rewards.min())


@group_normalised_advantages.mistake("A group of equal rewards gives zeros, not its rewards.")
def equal_rewards_left(rewards):
    if rewards.max() == rewards.min():
        return 1.0 * rewards
    return (rewards - rewards.mean()) / rewards.std()


@task(
    points=4,
    visible=[
        (0.25, 2, "leave-one-out"),
        (0.25, 2, "none"),
        (0.3, 3, "normalised"),
        (0.9, 8, "none"),
        (0.5, 5, "normalised"),
        (0.05, 8, "normalised"),
        (0.0, 3, "leave-one-out"),
        (1.0, 3, "none"),
        (0.3, 5, "leave-one-out"),
    ],
    hidden=[
        (0.7, 6, "none"),
        (0.7, 6, "leave-one-out"),
        (0.01, 30, "normalised"),
        (0.95, 12, "normalised"),
        (0.0, 4, "normalised"),
        (1.0, 4, "none"),
        (0.4, 2, "normalised"),
    ],
    reread="the sum over the number of successes: how probable each number is, and what its group gives",
    package=("pgcourse.exact.group_baselines:update_moments",),
)
def expected_update(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [1 - p, p])
    total = 0.0
    for successes, chance in enumerate(law):
        rewards = np.where(np.arange(num_samples) < successes, 1.0, 0.0)
        if estimator == "none":
            advantages = rewards
        elif estimator == "leave-one-out":
            advantages = leave_one_out_advantages(rewards)
        else:
            advantages = group_normalised_advantages(rewards)
        total += chance * np.mean((rewards - p) * advantages)
    return total


@expected_update.right
def by_the_share(p, num_samples, estimator):
    chances = np.array([1.0])
    for _ in range(num_samples):
        chances = np.append(chances * (1 - p), 0) + np.append(0, chances * p)
    q = np.arange(num_samples + 1) / num_samples
    spread = q * (1 - q)
    if estimator == "none":
        return chances @ q * (1 - p)
    if estimator == "leave-one-out":
        return chances @ spread * num_samples / (num_samples - 1)
    return chances @ np.sqrt(spread)


@expected_update.right
def in_closed_form_but_for_the_division(p, num_samples, estimator):
    if estimator != "normalised":
        return p * (1 - p)
    total, ways = 0.0, 1.0
    for successes in range(1, num_samples):
        ways *= (num_samples - successes + 1) / successes
        chance = ways * p**successes * (1 - p) ** (num_samples - successes)
        total += chance * (successes * (num_samples - successes)) ** 0.5 / num_samples
    return total


@expected_update.right
def by_a_table_of_groups(p, num_samples, estimator):
    counts = np.arange(num_samples + 1)
    groups = 1.0 * (np.arange(num_samples) < counts[:, None])
    rules = np.asarray, leave_one_out_advantages, group_normalised_advantages
    rule = rules[("none", "leave-one-out", "normalised").index(estimator)]
    values = [((rewards - p) * rule(rewards)).mean() for rewards in groups]
    ways = np.cumprod(np.append(1.0, (num_samples - counts[:-1]) / counts[1:]))
    return np.sum(ways * p**counts * (1 - p) ** counts[::-1] * values)


@expected_update.mistake(
    "This is the gradient of U, whatever is done to the rewards: the mean of the third is another."
)
def always_the_gradient(p, num_samples, estimator):
    return p * (1 - p)


@expected_update.mistake("Each number of successes counts the same here: weight it with its probability.")
def equally_likely(p, num_samples, estimator):
    q = np.arange(num_samples + 1) / num_samples
    by_name = {"none": q * (1 - p), "leave-one-out": q * (1 - q) * num_samples / (num_samples - 1)}
    return np.mean(by_name.get(estimator, np.sqrt(q * (1 - q))))


@expected_update.mistake("The same number of successes can come in several orders: each of them has that probability.")
def one_order_alone(p, num_samples, estimator):
    counts = np.arange(num_samples + 1)
    q = counts / num_samples
    by_name = {"none": q * (1 - p), "leave-one-out": q * (1 - q) * num_samples / (num_samples - 1)}
    return np.sum(p**counts * (1 - p) ** counts[::-1] * by_name.get(estimator, np.sqrt(q * (1 - q))))


@expected_update.mistake("This is the sum over the group: the update is its mean.")
def sum_over_the_group(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [1 - p, p])
    q = np.arange(num_samples + 1) / num_samples
    by_name = {"none": q * (1 - p), "leave-one-out": q * (1 - q) * num_samples / (num_samples - 1)}
    return num_samples * (law @ by_name.get(estimator, np.sqrt(q * (1 - q))))


@expected_update.mistake("The score is missing: these are mean advantages.")
def no_score(p, num_samples, estimator):
    return p if estimator == "none" else 0.0


@expected_update.mistake("The score of a success is 1 - p and that of a failure -p: here it is the reward itself.")
def reward_as_the_score(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [1 - p, p])
    q = np.arange(num_samples + 1) / num_samples
    by_name = {"none": q, "leave-one-out": q * (1 - q) * num_samples / (num_samples - 1)}
    return law @ by_name.get(estimator, np.sqrt(q * (1 - q)))


@expected_update.mistake("This is the update of the likeliest group alone: take the mean over all.")
def of_the_mean_group(p, num_samples, estimator):
    by_name = {"none": p * (1 - p), "leave-one-out": p * (1 - p) * num_samples / (num_samples - 1)}
    return by_name.get(estimator, np.sqrt(p * (1 - p)))


@expected_update.mistake("This subtracts the mean of the whole group where leave-one-out is asked for.")
def group_mean_for_leave_one_out(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [1 - p, p])
    q = np.arange(num_samples + 1) / num_samples
    by_name = {"none": q * (1 - p), "leave-one-out": q * (1 - q)}
    return law @ by_name.get(estimator, np.sqrt(q * (1 - q)))


@expected_update.mistake("The probabilities are swapped: p is that of a success.")
def swapped_probabilities(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [p, 1 - p])
    q = np.arange(num_samples + 1) / num_samples
    by_name = {"none": q * (1 - p), "leave-one-out": q * (1 - q) * num_samples / (num_samples - 1)}
    return law @ by_name.get(estimator, np.sqrt(q * (1 - q)))


@expected_update.mistake("The sign is flipped: the score is r - p.")
def score_flipped(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [1 - p, p])
    q = np.arange(num_samples + 1) / num_samples
    by_name = {"none": q * (1 - p), "leave-one-out": q * (1 - q) * num_samples / (num_samples - 1)}
    return -(law @ by_name.get(estimator, np.sqrt(q * (1 - q))))


@expected_update.mistake("The last group is missing: there are G + 1 numbers of successes, from 0 to G.")
def without_the_last_group(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [1 - p, p])
    q = np.arange(num_samples + 1) / num_samples
    by_name = {"none": q * (1 - p), "leave-one-out": q * (1 - q) * num_samples / (num_samples - 1)}
    return law[:-1] @ by_name.get(estimator, np.sqrt(q * (1 - q)))[:-1]


@expected_update.mistake(
    "The share of successes is subtracted: the score is r - p, and without a baseline the advantage is r alone."
)
def share_for_probability(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [1 - p, p])
    q = np.arange(num_samples + 1) / num_samples
    by_name = {"none": q * (1 - q), "leave-one-out": q * (1 - q) * num_samples / (num_samples - 1)}
    return law @ by_name.get(estimator, np.sqrt(q * (1 - q)))


@expected_update.mistake("Every answer has the score 1 - p here: that of a wrong one is -p.")
def one_score_for_all(p, num_samples, estimator):
    return (1 - p) * p if estimator == "none" else 0.0


@expected_update.mistake(
    "This is the mean score times the mean advantage: multiply answer by answer, and then take the mean."
)
def product_of_the_means(p, num_samples, estimator):
    law = np.ones(1)
    for _ in range(num_samples):
        law = np.convolve(law, [1 - p, p])
    q = np.arange(num_samples + 1) / num_samples
    return law @ ((q - p) * q) if estimator == "none" else 0.0


@task(
    points=1,
    visible=[(8,)],
    reread="which number a baseline should be close to, from notebook 8",
    judge=is_noisier_than_none,
    why="both standard deviations are sums over nine numbers of successes",
)
def noisier_than_none():
    return 0.9


@noisier_than_none.right
def just_above():
    return 0.64


@noisier_than_none.right
def nearly_always_right():
    return np.float64(0.999)


@noisier_than_none.right
def from_the_formula():
    size = 8
    return ((2 * size - 4) / (3 * size - 5) + 1) / 2


@noisier_than_none.mistake("Here leave-one-out is the less noisy one.")
def less_noisy():
    return 0.3


@noisier_than_none.mistake("Here leave-one-out is the less noisy one, though not by much.")
def not_quite():
    return 0.6


@noisier_than_none.mistake("Here every update is the same, so that there is no noise to compare.")
def no_noise():
    return 1.0


@noisier_than_none.mistake("A probability lies between 0 and 1.")
def in_per_cent():
    return 90.0


@noisier_than_none.mistake("The form is wrong: return one number.")
def an_interval():
    return 0.7, 1.0


TASKS = [leave_one_out_advantages, group_normalised_advantages, expected_update, noisier_than_none]
