"""The graded tasks of the problem sets: what is right, what is tried, and the catalogue of known mistakes.

A check cell of a problem set says

    from pgcourse.tasks import check

    check("ps5_reward_to_go", "reward_to_go", reward_to_go)

One module a problem set holds its tasks (see `pgcourse.tasks.task`). What a *visible* check needs - its inputs, and
what is right and what each known mistake gives on them - is also written to `visible.json` by `pgcourse visible`, and
the visible check reads that file alone. So a student's copy of the course does without the modules, which hold
solutions and hidden inputs.
"""

from importlib import import_module

from pgcourse.tasks import encoding
from pgcourse.tasks.task import Task, Visible

__all__ = ["Task", "check", "find"]


def check(problem_set, name, answer, hidden=False):
    """Run a task's check on a student's answer; print what it says.

    problem_set  such as "ps5_reward_to_go"
    name         of the task, such as "reward_to_go"
    answer       the student's function, or number
    hidden       whether to try the hidden inputs; only where the course has its solutions

    Raises AssertionError with one sentence - the input, what came back, what to reread - when the answer is not right.
    """
    if hidden:
        verdict = find(problem_set, name).hidden_verdict(answer)
    else:
        verdict = Visible(name, encoding.load(problem_set, name)).verdict(answer, _given(problem_set, name))
    # Not an assert statement: Python can be told to leave those out.
    if not verdict.correct:
        raise AssertionError(verdict.message) from None
    print(f"✓ {name} passes {'every check' if hidden else 'its check here; the grader tries more inputs'}.")


def _given(problem_set, name):
    """Return the right functions of earlier tasks, which keep a mistake to its own task; {} in students' copies."""
    try:
        return find(problem_set, name).given
    except ModuleNotFoundError:
        return {}


def find(problem_set, name):
    """Return the Task of a problem set by name; ValueError where there is none."""
    tasks = import_module(f"pgcourse.tasks.{problem_set}").TASKS
    found = next((task for task in tasks if task.name == name), None)
    if found is None:
        raise ValueError(f"{problem_set} has no task {name!r}: it has {', '.join(task.name for task in tasks)}.")
    return found
