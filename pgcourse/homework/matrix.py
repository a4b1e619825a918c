"""`pgcourse matrix`: write the kill matrix - which check rejects which known mistake - to docs/kill_matrix.md."""

from importlib import import_module
from pathlib import Path

from pgcourse.homework.write import problem_sets

PAGE = Path(__file__).resolve().parents[2] / "docs" / "kill_matrix.md"
HEAD = """# The kill matrix

Every known mistake, and which check of its task rejects it: the visible one, which students run, or the hidden one,
which tries the visible inputs and more. *Named* means that the student is told the sentence in the second column;
*rejected*, another one (on the type, the shape, an error, or only what came back); *passes*, that these inputs do not
show it.

Written by `pgcourse matrix`; `tests/test_kill_matrix.py` grades each of these answers by the real `nbgrader autograde`.
`python benchmarks/mutation.py` goes beyond the catalogue: it changes the reference solutions in one place at a time.
"""


def page():
    """Return the text of the page; the verdicts are those of the checks themselves."""
    return "\n".join([HEAD, _counts(), *(_problem_set(name) for name in problem_sets())])


def _tasks(name):
    return import_module(f"pgcourse.homework.{name}").TASKS


def _counts():
    """Return a table of how many tasks, mistakes and right solutions there are."""
    lines = [
        "| problem set | tasks | points by checks | mistakes | right solutions |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in problem_sets():
        tasks = _tasks(name)
        points, mistakes = sum(task.points for task in tasks), sum(len(task.mistakes) for task in tasks)
        rights = sum(1 + len(task.rights) for task in tasks)  # with the reference
        lines.append(f"| [`{name}`](#{name}) | {len(tasks)} | {points:g} | {mistakes} | {rights} |")
    return "\n".join(lines) + "\n"


def _problem_set(name):
    return "\n".join([f"## {name}\n", *map(_task, _tasks(name))])


def _task(task):
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


def _row(task, known):
    answer = known.function() if task.is_number else known.function
    verdicts = [task.visible_verdict(answer), task.hidden_verdict(answer)]
    cells = [known.name, known.sentence.replace("|", r"\|"), *(_word(verdict, known) for verdict in verdicts)]
    return f"| {' | '.join(cells)} |"


def _word(verdict, known):
    if verdict.correct:
        return "passes"
    return "named" if known.sentence in verdict.message else "rejected"


def add_arguments(parser):
    """Declare the arguments of `pgcourse matrix`."""
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the page would change")


def main(args):
    """Write the page; the exit code is 1 with --check when it is out of date."""
    text = page()
    if args.check:
        return int(not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote docs/{PAGE.name} for {', '.join(problem_sets())}")
    return 0
