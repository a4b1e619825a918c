"""The graded tasks of the problem sets: what is right, what is tried, and the catalogue of known mistakes.

A check cell of a problem set says

    from pgcourse.homework import check

    check("ps5_reward_to_go", "reward_to_go", reward_to_go)

The catalogue of a problem set, `solutions/psN_name.py`, holds its tasks with their solutions and hidden inputs; only an
instructor's copy of the course has it. What a *visible* check needs - its inputs, and what is right and what each known
mistake gives on them - `pgcourse visible` writes to `visible.json`, and the visible check reads that file alone.

task       what one task consists of, and how it judges an answer
compare    an answer against what is right, and what a wrong one means
catalogue  where the catalogues are, and how they are read
visible    `pgcourse visible`: the visible half of the tasks, as plain JSON
matrix     `pgcourse matrix`: which check rejects which known mistake
generated  what these two have in common: each writes a file of the course
preload    imported once by the process that checkers are forked from
public     functions that checks hand to students' functions
judges     what is wrong with an answer where the right one is not unique
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from pgcourse.grading.checks import replay
from pgcourse.grading.checks.protocol import ProtocolError
from pgcourse.homework import catalogue, visible
from pgcourse.homework.compare import Verdict
from pgcourse.homework.task import Task, verdict_on

__all__ = ["Task", "WrongAnswer", "check", "earlier", "find"]


class WrongAnswer(AssertionError):
    """What a check says of an answer that is not right; a notebook shows the sentence alone, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in place of a traceback through the check."""
        return [f"{type(self).__name__}: {self}"]


def check(problem_set: str, name: str, answer: Any, hidden: bool = False) -> float | None:
    """Run a task's check on a student's answer and print what it says.

    Parameters
    ----------
    problem_set
        Such as "ps5_reward_to_go".
    name
        Of the task, such as "reward_to_go".
    answer
        The student's function, or number.
    hidden
        Whether to try the hidden inputs as well, which only an instructor's copy of the course has.

    Returns
    -------
    float or None
        Points, where the answer is right in part: nbgrader and `pgcourse check` take the value in which a check
        cell ends. None where it is right, which gives all points.

    Raises
    ------
    WrongAnswer
        With one sentence - the input, what came back, what to reread - when the answer earns nothing.
    ValueError
        Where there is no such task.
    """
    if (problem_set, name) in _lent:
        sentence = "the check of a later task was run before this one, which gives no points now"
        raise WrongAnswer(f"{name}: {sentence}: put the check cells back in their order.")
    if hidden:
        tried = _passed.pop((problem_set, name, False), _NOTHING) is answer
        task = find(problem_set, name)
        judge, points = partial(task.hidden_verdict, tried=tried), task.points
    else:
        data = visible.load(problem_set, name)
        judge, points = partial(verdict_on, name, data=data), data["points"]
    found = Verdict("unanswered", f"{name} is not defined.") if answer is NOT_DEFINED else judge(answer)
    if not found.correct:
        found = _with_right_ones(judge, problem_set, name, found)
    # Not an assert statement: Python can be told to leave those out.
    if not found.share:
        raise WrongAnswer(found.message) from None
    if not found.correct:
        print(f"◐ {found.share:.0%} of the points. {found.message}")
        return points * found.share
    _passed[problem_set, name, hidden] = answer
    print(f"✓ {name} passes {'every check' if hidden else 'its check here; the grader tries more inputs'}.")
    return None


_NOTHING = object()
NOT_DEFINED = object()
"""What the grader's check gets as the answer where no cell of the notebook defines it."""
_passed: dict[tuple[str, str, bool], Any] = {}
"""What passed a check last in this process: {(problem set, task, whether hidden inputs were tried): the answer}."""


_lent: set[tuple[str, str]] = set()
"""Tasks whose right functions a notebook could call in this process: these are not judged any more."""


def _with_right_ones(judge: Callable[[Any], Verdict], problem_set: str, name: str, found: Verdict) -> Verdict:
    """Return a verdict that a mistake in an earlier task does not change.

    Where an answer is wrong, the notebook's cells run again with right functions of all earlier tasks in place of the
    student's. In a student's copy there are none, and outside of grading no cell can be run again: the verdict stays.
    """
    try:
        lent = earlier(problem_set, name)
        if not lent or replay.checker is None:
            return found
        _lent.update((problem_set, task) for task in lent)
        with replay.replayed(lent) as value:
            again = judge(value(name))
    except (catalogue.NoCatalogue, KeyError, ConnectionError, TimeoutError, ProtocolError):
        return found
    if again.share < found.share:
        return found
    answers = ", ".join(task.name for task in catalogue.load(problem_set).TASKS if task.name in lent)
    if again.correct or again.message == found.message or not answers:
        return again
    return replace(again, message=f"{again.message} Right answers stood in for your {answers} here.")


def earlier(problem_set: str, name: str) -> dict[str, Any]:
    """Return the right functions and numbers of all tasks before this one, and what the notebook provides, by name."""
    tasks = catalogue.load(problem_set).TASKS
    before = tasks[: tasks.index(find(problem_set, name))]
    return getattr(catalogue.load(problem_set), "PROVIDED", {}) | {task.name: task.lent for task in before}


def find(problem_set: str, name: str) -> Task:
    """Return a task of a problem set.

    Raises
    ------
    ValueError
        Where there is none of this name; it names those that there are.
    """
    tasks = catalogue.load(problem_set).TASKS
    found = next((task for task in tasks if task.name == name), None)
    if found is None:
        raise ValueError(f"{problem_set} has no task {name!r}: it has {', '.join(task.name for task in tasks)}.")
    return found
