"""The questions at the end of the lectures: one module a lecture, one check a question.

map                  the questions of lecture 00
policy_optimization  the questions of lecture 01
zeroth_order         the questions of lecture 02
first_order          the questions of lecture 03
log_derivative       the questions of lecture 04
left_right           the questions of lecture 05
policy_gradient      the questions of lecture 06
reward_to_go         the questions of lecture 07
baselines            the questions of lecture 08
recap                the questions of lecture 09
"""

from pgcourse import _lectures
from pgcourse.homework.compare import Check

__all__ = [
    "baselines",
    "first_order",
    "left_right",
    "log_derivative",
    "map",
    "policy_gradient",
    "policy_optimization",
    "recap",
    "reward_to_go",
    "zeroth_order",
]


def __getattr__(name):
    return _lectures.lecture(__name__, name)


def __dir__():
    return __all__


def only_questions(namespace):
    """Return the `__dir__` of a lecture's module: it offers its questions."""
    return _lectures.offer(namespace, lambda value: isinstance(value, Check))
