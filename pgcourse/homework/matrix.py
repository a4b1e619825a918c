"""`pgcourse matrix`: write the kill matrix - which check rejects which known mistake - to docs/kill_matrix.md."""

import argparse
from pathlib import Path

from pgcourse.homework import catalogue, generated
from pgcourse.homework.compare import Verdict
from pgcourse.homework.generated import add_arguments
from pgcourse.homework.task import KnownAnswer, Task

__all__ = ["add_arguments", "main", "page"]

HEAD = """# The kill matrix

Each task has two checks: the visible one, which students run, and the hidden one, which repeats the visible inputs and
adds more. For every known mistake, the tables say what the two checks make of it:

- *named*: the check rejects it and tells the student the sentence in the second column;
- *rejected*: the check rejects it with another message, about the type, the shape, an error or what came back;
- *passes*: the check accepts it, because its inputs do not reveal this mistake;
- with *2 points*: it is right in part, and the grader gives these.

Written by `pgcourse matrix`; `tests/homework/test_kill_matrix.py` grades each of these answers by the real `nbgrader
autograde`. `python benchmarks/mutation.py` goes beyond the catalogue: it changes the reference solutions in one place
at a time.
"""


def page(solutions: Path) -> str:
    """Return the text of the page for the catalogues in a folder; the verdicts are those of the checks themselves."""
    tasks = {name: catalogue.load(name, solutions).TASKS for name in catalogue.problem_sets(solutions)}
    return "\n".join([HEAD, _counts(tasks), *(_problem_set(name, tasks[name]) for name in tasks)])


def _counts(tasks_by_name: dict[str, list[Task]]) -> str:
    """Return a table of how many tasks, mistakes and right solutions there are."""
    lines = [
        "| problem set | tasks | points by checks | mistakes | right solutions |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, tasks in tasks_by_name.items():
        points, mistakes = sum(task.points for task in tasks), sum(len(task.mistakes) for task in tasks)
        rights = sum(1 + len(task.rights) for task in tasks)  # with the reference
        lines.append(f"| [`{name}`](#{name}) | {len(tasks)} | {points:g} | {mistakes} | {rights} |")
    return "\n".join(lines) + "\n"


def _problem_set(name: str, tasks: list[Task]) -> str:
    return "\n".join([f"## {name}\n", *map(_task, tasks)])


def _task(task: Task) -> str:
    """Return the section of one task."""
    alarm = f"{task.false_alarm:g}" if task.false_alarm else "0, nothing is left to chance"
    lines = [
        f"### {task.name}\n",
        f"{task.points:g} points, {len(task.visible)} visible and {len(task.hidden)} hidden inputs. Tolerance",
        f"{task.tolerance:g}, because {task.why}. False-alarm rate: {alarm}. Right solutions:",
        ", ".join(["the reference", *(known.name for known in task.rights)]) + ".\n",
        "| mistake | its name for the student | visible | hidden |",
        "| --- | --- | --- | --- |",
        *(_row(task, known) for known in task.mistakes),
    ]
    return "\n".join(lines) + "\n"


def _row(task: Task, known: KnownAnswer) -> str:
    answer = known.function() if task.is_number else known.function
    verdicts = [task.visible_verdict(answer), task.hidden_verdict(answer)]
    cells = [known.name, known.sentence.replace("|", r"\|"), *(_word(verdict, known) for verdict in verdicts)]
    if known.points:
        cells[-1] += f", {known.points:g} point{'s' * (known.points != 1)}"
    return f"| {' | '.join(cells)} |"


def _word(verdict: Verdict, known: KnownAnswer) -> str:
    if verdict.correct:
        return "passes"
    return "named" if known.sentence in verdict.message else "rejected"


def main(args: argparse.Namespace) -> int:
    """Write the page; the exit code is 1 where it is out of date or cannot be written."""
    return generated.write("matrix", Path("docs", "kill_matrix.md"), page, args.check)
