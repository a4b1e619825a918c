"""The questions at the end of the lectures: one module a lecture, one `Checkpoint` a question.

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
leave_one_out        the questions of notebook 10, beyond the lecture
what_grpo_climbs     the questions of notebook 11
divide_by_length     the questions of notebook 12
forgotten_discount   the questions of notebook 13
generalised_advantage   the questions of notebook 14
same_variance_other_fate   the questions of notebook 15
how_far_per_step     the questions of notebook 16
_version_0_1         a question of version 0.1, whose notebooks are handed out
"""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pgcourse import _lectures, _names
from pgcourse.figures import written
from pgcourse.homework.compare import Arguments, Function, Verdict
from pgcourse.homework.task import Task, verdict_on


def __getattr__(name: str) -> ModuleType:
    return _lectures.lecture(__name__, name)


def __dir__() -> list[str]:
    return [*_lectures.LECTURES]


class Checkpoint(Task):
    """A task without points and hidden inputs: calling it judges an answer, as a lecture's notebook does."""

    def __call__(self, answer: Any) -> Verdict:
        """Judge a number, an array or a function of the inputs; a list is taken as an array."""
        verdict, reason = written.attempt(lambda: verdict_on(self.name, answer, self.visible_data(), strict=False))
        return verdict or Verdict("error", f"{self.name}: {reason}")


def checkpoint(reread: str, inputs: list[Arguments] | None = None) -> Callable[[Function], Checkpoint]:
    """Make a Checkpoint of the decorated function, which says what is right.

    Parameters
    ----------
    reread
        Where to look again, such as "section 2".
    inputs
        Argument tuples on which a student's function is tried; none where the answer is a number or an array.
    """
    return lambda truth: Checkpoint(truth, reread=reread, visible=inputs or [()])


def right_answers(demo: Callable[..., Any]) -> tuple[Function, ...]:
    """Return the arguments of a picture that shows a reader's function: the right one, of the checkpoint of its name.

    Parameters
    ----------
    demo
        A picture of `pgcourse.demos`; one that takes no function gets none.
    """
    if not inspect.signature(demo).parameters:
        return ()
    question = getattr(_lectures.lecture(__name__, demo.__module__.rpartition(".")[2]), demo.__name__)
    return (question.truth,)


def only_questions(namespace: dict[str, Any]) -> Callable[[], list[str]]:
    """Return the `__dir__` of a lecture's module: it offers its questions."""
    return _names.offer(namespace, lambda value: isinstance(value, Checkpoint))
