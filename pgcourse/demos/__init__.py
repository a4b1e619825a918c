"""The live pictures of the lectures: one module a lecture, one function a picture.

    pg.demos.left_right.variance()

as the last line of a notebook cell shows the picture with its sliders.

map                  00: exploration, credit assignment, generalisation
policy_optimization  01: U, and U estimated from m trajectories
zeroth_order         02: genetic algorithm, pattern search, cross-entropy
first_order          03: gradient ascent, step sizes, finite differences
log_derivative       04: the log-derivative trick, and where it fails
left_right           05: the L/R exercise
policy_gradient      06: the policy-gradient loop
reward_to_go         07: causality
baselines            08: what to subtract
recap                09: all methods on one axis, and CartPole
leave_one_out        10, beyond the lecture: a baseline from the group
what_grpo_climbs     11: division by the standard deviation of the group
divide_by_length     12: the mean over the tokens of an answer
forgotten_discount   13: the update without gamma^k, and where it leads
generalised_advantage   14: which lambda is best, for which critic
same_variance_other_fate   15: two baselines of one variance, and where they lead
how_far_per_step     16: how far theta may go from its samples
_left_right          parts of the pictures of 05
_regulator_plane     the plane of two parameters in which 02 and 03 climb
_cart_pole           the cart with its pole, and the trainings, that 09 shows
_own_estimator       an estimator that the reader has written, in 07 to 09
_own_step            a step that the reader has written, in 02 and 03
_own_score           a score that the reader has written, in 04
_short_corridor      the corridor of 07 to 09 whose trajectories can all be listed
_training_runs       the runs that 06 shows
_words               what several captions say
"""

from collections.abc import Callable
from typing import Any

from pgcourse import _lectures, _names


def __getattr__(name: str) -> Any:
    return _lectures.lecture(__name__, name)


def __dir__() -> list[str]:
    return [*_lectures.LECTURES]


def only_pictures(namespace: dict[str, Any]) -> Callable[[], list[str]]:
    """Return the `__dir__` of a lecture's module: it offers its pictures."""
    return _names.offer(namespace, lambda value: getattr(value, "is_demo", False))
