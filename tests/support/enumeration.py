"""Brute force over all trajectories of a tiny MDP: the oracle that `pgcourse.exact` is tested against.

Written from the definitions alone and sharing no code with the package: it walks every trajectory, with its
probability, and hands over the scores, discounted rewards and rewards-to-go of its steps.
"""

import numpy as np


def trajectories(mdp, probabilities, score):
    """Yield (probability, states, scores (K, n), rewards (K,)) of every trajectory that can happen."""

    def walk(state, probability, states, scores, rewards):
        if len(states) == mdp.horizon or mdp.terminal[state]:
            yield probability, states, np.array(scores), np.array(rewards)
            return
        for action in range(probabilities.shape[1]):
            for following in range(len(mdp.initial)):
                factor = probabilities[state, action] * mdp.transitions[state, action, following]
                if factor == 0:
                    continue
                for chance, reward in earned(mdp, state, action, following):
                    yield from walk(
                        following,
                        probability * factor * chance,
                        [*states, state],
                        [*scores, score[state, action]],
                        [*rewards, reward],
                    )

    for start in np.flatnonzero(mdp.initial):
        yield from walk(start, mdp.initial[start], [], [], [])


def earned(mdp, state, action, following):
    """Return pairs (probability, reward) for the reward of one step.

    For a normal reward two values that have its mean and variance: all that a variance of something linear in the
    rewards can tell.
    """
    mean, std = (table_entry(table, state, action, following) for table in (mdp.rewards, mdp.reward_std))
    return [(1, mean)] if std == 0 else [(0.5, mean - std), (0.5, mean + std)]


def table_entry(table, state, action, following):
    """Return the entry of a table (S, A) or (S, A, S)."""
    return table[state, action] if table.ndim == 2 else table[state, action, following]


def to_go(rewards, discount):
    """Return the discounted reward-to-go of each step, straight from its definition."""
    return np.array(
        [sum(discount ** (j - k) * rewards[j] for j in range(k, len(rewards))) for k in range(len(rewards))]
    )


def sample_of(estimator, discount, base, states, scores, rewards):
    """Return the gradient sample (n,) of one trajectory; base(k, s) is the baseline, a number or (n,)."""
    if estimator == "total_return":
        total = sum(discount**k * r for k, r in enumerate(rewards))
        return scores.sum(axis=0) * (total - base(0, states[0]))
    ahead = to_go(rewards, discount)
    return sum(discount**k * f * (ahead[k] - base(k, states[k])) for k, f in enumerate(scores))


def mean_and_variance(mdp, probabilities, score, statistic):
    """Return the mean and variance of statistic(states, scores, rewards) over all trajectories."""
    weights, values = [], []
    for probability, states, scores, rewards in trajectories(mdp, probabilities, score):
        weights.append(probability)
        values.append(statistic(states, scores, rewards))
    weights, values = np.array(weights), np.array(values)
    mean = np.tensordot(weights, values, 1)
    return mean, np.tensordot(weights, (values - mean) ** 2, 1)
