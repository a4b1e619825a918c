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
from functools import partial
from typing import Any

from pgcourse.homework import catalogue, visible
from pgcourse.homework.compare import Verdict
from pgcourse.homework.task import Task, verdict_on

__all__ = ["Task", "WrongAnswer", "check", "find"]


class WrongAnswer(AssertionError):
    """What a check says of an answer that is not right; a notebook shows the sentence alone, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in place of a traceback through the check."""
        return [f"{type(self).__name__}: {self}"]


def check(problem_set: str, name: str, answer: Any, hidden: bool = False) -> None:
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

    Raises
    ------
    WrongAnswer
        With one sentence - the input, what came back, what to reread - when the answer is not right.
    ValueError
        Where there is no such task.
    """
    if hidden:
        tried = _passed.pop((problem_set, name, False), _NOTHING) is answer
        judge = partial(find(problem_set, name).hidden_verdict, answer, tried=tried)
    else:
        judge = partial(verdict_on, name, answer, visible.load(problem_set, name))
    found = _with_few_replaced(judge, answer, problem_set, name)
    # Not an assert statement: Python can be told to leave those out.
    if not found.correct:
        raise WrongAnswer(found.message) from None
    _passed[problem_set, name, hidden] = answer
    print(f"✓ {name} passes {'every check' if hidden else 'its check here; the grader tries more inputs'}.")


_NOTHING = object()
_passed: dict[tuple[str, str, bool], Any] = {}
"""What passed a check last in this process: {(problem set, task, whether hidden inputs were tried): the answer}."""


def _with_few_replaced(judge: Callable[..., Verdict], answer: Any, problem_set: str, name: str) -> Verdict:
    """Return a verdict that a mistake in an earlier task does not change.

    The right functions of earlier tasks stand in for the student's; in students' copies there are none. One that has
    itself passed every check can stay, so that a grader need not answer its calls; only "correct" is found so.
    """
    try:
        right = find(problem_set, name).given
    except catalogue.NoCatalogue:
        right = {}
    needed = {earlier: right[earlier] for earlier in right if not _has_passed(answer, problem_set, earlier)}
    found = judge(given=needed)
    return found if found.correct or len(needed) == len(right) else judge(given=right)


def _has_passed(answer: Any, problem_set: str, earlier: str) -> bool:
    """Say whether what an answer calls by the name of an earlier task is what passed every check of that."""
    passed = _passed.get((problem_set, earlier, True), _NOTHING)
    try:
        return passed is not _NOTHING and answer.__globals__[earlier] is passed
    except (AttributeError, KeyError):
        return False


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
