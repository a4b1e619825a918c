"""The questions before the pictures of the lectures: one module a lecture, one `Prediction` a question.

    pg.predict.left_right.samples()

as the last line of a notebook cell asks it, and covers what follows until there is a guess. What is right comes from
the exact functions, and a known mistake has a sentence, as in `checkpoints`.

map                  the predictions of lecture 00
policy_optimization  the predictions of lecture 01
zeroth_order         the predictions of lecture 02
first_order          the predictions of lecture 03
log_derivative       the predictions of lecture 04
left_right           the predictions of lecture 05
policy_gradient      the predictions of lecture 06
reward_to_go         the predictions of lecture 07
baselines            the predictions of lecture 08
recap                the predictions of lecture 09
leave_one_out        the predictions of notebook 10
what_grpo_climbs     the predictions of notebook 11
divide_by_length     the predictions of notebook 12
forgotten_discount   the predictions of notebook 13
generalised_advantage   the predictions of notebook 14
same_variance_other_fate   the predictions of notebook 15
how_far_per_step     the predictions of notebook 16
kinds                number, choice, ranking and point: decorators that make a Prediction of what is right
"""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from pgcourse import _lectures, _names

HERE = Path(__file__).parent


def __getattr__(name: str) -> ModuleType:
    return _lectures.lecture(__name__, name)


def __dir__() -> list[str]:
    return [name for name in _lectures.LECTURES if (HERE / f"{name}.py").exists()]


def only_predictions(namespace: dict[str, Any]) -> Callable[[], list[str]]:
    """Return the `__dir__` of a lecture's module: it offers its predictions."""
    return _names.offer(namespace, lambda value: hasattr(value, "asked"))
