"""What can happen from each state in one decision, or in several in a row, and what it adds to a gradient sample."""

from typing import NamedTuple

import numpy as np

from pgcourse._types import Floats, Ints
from pgcourse.gradients import pairs
from pgcourse.problems.mdp import TabularMDP, entries


class Events(NamedTuple):
    """What can happen from each state in one decision, or in several in a row; each array (S, K)."""

    probability: Floats
    following: Ints
    """the state after them"""
    score: Floats
    """sum of their scores f_k"""
    score_sum: Floats
    """sum of gamma**k f_k, where k = 0 is the first of them"""
    reward: Floats
    """sum of gamma**k r_k"""
    reward_to_go: Floats
    """sum over k of f_k gamma**k r_{k,to-go}, of their own rewards alone"""
    noise: Floats
    """standard deviation of the reward; where there is any, decisions are drawn one by one"""

    def and_then(self, later: "Events", discount: float) -> "Events":
        """Return these events followed by later ones, whose first reward counts `discount` times."""
        then, (size, mine) = self.following, self.score.shape

        def flat(part: Floats) -> Floats:
            return part.reshape(size, mine * later.score.shape[1])

        score, reward = self.score[:, :, None], self.reward[:, :, None]
        return Events(
            flat(self.probability[:, :, None] * later.probability[then]),
            later.following[then].reshape(size, -1),
            flat(score + later.score[then]),
            flat(self.score_sum[:, :, None] + discount * later.score_sum[then]),
            flat(reward + discount * later.reward[then]),
            flat(self.reward_to_go[:, :, None] + discount * (later.reward_to_go[then] + score * later.reward[then])),
            flat(self.noise[:, :, None] + later.noise[then]),
        )


def one_decision(mdp: TabularMDP, table: Floats, score: Floats) -> Events:
    """Return the Events of one decision, from a table pi (S, A) and the scores of one component (S, A)."""
    mdp = pairs.tabular_problem(mdp)
    next_state, weight = branches(mdp.transitions)
    alive = ~mdp.terminal[:, None, None]

    def each(part: Floats) -> Floats:
        return np.broadcast_to(alive * part, weight.shape).reshape(len(weight), -1)

    step = (*np.ogrid[: mdp.num_states, : mdp.num_actions, :1][:2], next_state)
    rewards, noise = each(entries(mdp.rewards, *step)), each(entries(mdp.reward_std, *step))
    scores = each(score[:, :, None])
    following = np.where(alive, next_state, np.arange(mdp.num_states)[:, None, None]).reshape(len(weight), -1)
    weight = (table[:, :, None] * weight).reshape(len(weight), -1)
    return Events(weight, following, scores, scores, rewards, scores * rewards, noise)


def branches(transitions: Floats) -> tuple[Ints, Floats]:
    """Return the possible next states of each (s, a), and their probabilities, each (S, A, B), padded by weight 0."""
    width = int((transitions > 0).sum(axis=2).max())
    order = np.argsort(-transitions, axis=2, kind="stable")[:, :, :width]
    return order, np.take_along_axis(transitions, order, axis=2)
