"""Predictions of lecture 0: the utility of a bandit's policy, pulls to find out, three rules, and the challenges."""

import itertools
import math

import numpy as np

from pgcourse import exact, problems
from pgcourse.demos.map import exact_regret
from pgcourse.gradients.policies import SoftmaxPolicy
from pgcourse.predict import only_predictions
from pgcourse.predict.kinds import choice, number, ranking

MEANS, CHANCES = np.array([0.2, 0.5, 0.8]), np.array([1 / 2, 1 / 4, 1 / 4])
NUM_PULLS = 60


@number("U", digits=3, within=0.01)
def one_decision():
    return exact.utility(problems.bandit(MEANS), SoftmaxPolicy(1, 3), np.log(CHANCES))


@one_decision.mistake("This is the plain mean of the three: weight each arm by its probability.")
def plain_mean():
    return MEANS.mean()


@one_decision.mistake("This is the best arm's mean: the policy pulls the others, too.")
def best_arm():
    return MEANS.max()


@number(
    "pulls to find out",
    digits=0,
    within=0.3,
    low="That is too few: after so few pulls of each arm, the best average is often not that of the best arm.",
    high="That is too many: pulls of arms that already look worse cost more than they teach.",
)
def explore():
    tests = range(11)  # eleven pulls of each arm alone lose more than the best number does in all
    return len(MEANS) * min(tests, key=_lost_by_testing_first)


def _lost_by_testing_first(num_tests):
    """Return the exact mean regret of pulling each arm num_tests times, and from then on the one of best average."""
    gaps, successes = MEANS.max() - MEANS, range(num_tests + 1)
    law = [[math.comb(num_tests, x) * mean**x * (1 - mean) ** (num_tests - x) for x in successes] for mean in MEANS]
    after = 0.0
    for seen in itertools.product(successes, repeat=len(MEANS)):
        chance = math.prod(row[x] for row, x in zip(law, seen, strict=True))
        after += chance * gaps[np.array(seen) == max(seen)].mean()
    return num_tests * gaps.sum() + (NUM_PULLS - len(MEANS) * num_tests) * after


@ranking("from the smallest regret to the largest", "Over so few pulls, what counts is how soon a rule stops looking.")
def regret():
    rules = {"greedy": ("greedy", 0.0), "ε-greedy, ε = 0.1": ("ε-greedy", 0.1), "UCB1": ("UCB1", 0.0)}
    return {label: exact_regret(*rule, (0.4, 0.7))[-1] for label, rule in rules.items()}


@regret.mistake("UCB1 is made for the long run: over forty pulls its caution costs more than it saves.")
def ucb1_is_best():
    return ["UCB1", "ε-greedy, ε = 0.1", "greedy"]


@regret.mistake("Greedy can be misled by its first pulls; looking around now and then saves more than it costs.")
def greedy_is_best():
    return ["greedy", "ε-greedy, ε = 0.1", "UCB1"]


@choice(
    "A bandit has",
    {
        "exploration and exploitation": "",
        "credit assignment": "With one decision there is no other to share the credit with.",
        "generalisation": "With one state there is no other to generalise to.",
        "all three": "It has one state and one decision: two of the three need more than one.",
    },
)
def challenges():
    bandit = problems.bandit(MEANS)
    needs = {"credit assignment": bandit.horizon, "generalisation": bandit.num_states}
    more = [name for name, count in needs.items() if count > 1]
    return "all three" if more else "exploration and exploitation"


__dir__ = only_predictions(globals())
