"""Every known mistake, graded by the real `nbgrader autograde`: it costs its own task and no other.

The k-th mistakes of all tasks of a problem set share a notebook, and so do the k-th other right solutions; each problem
set is graded in one batch. The same catalogue is judged in plain Python in test_tasks.py.
"""

import html
import inspect
import itertools
import re
from functools import cache

import numpy as np
import pytest

from pgcourse.homework.compare import call_text, outputs_of, shown
from pgcourse.tools.cli import main
from tests.support.course import (
    PROBLEM_SETS,
    Course,
    answered,
    cell,
    cell_name,
    notebook_path,
    solved,
    succeeded,
    tasks_of,
    without,
)

DISTURBING = """
import sys
import warnings

import numpy
from matplotlib import pyplot

undisturbed = {name}


def {name}(*arguments):
    print("flood " * 20_000)
    print("flood", file=sys.stderr)
    warnings.warn("careless")
    numpy.log(numpy.zeros(1))
    pyplot.plot([0, 1])
    numpy.random.seed(0)
    return undisturbed(*arguments)
"""
SHADOWING = """
import numpy
print("flood " * 20_000)
numpy.random.seed(0)
np = None
sum = 3
len = "long"
"""
MUTATING = """
unchanging_{name} = {name}


def {name}(*arguments):
    result = unchanging_{name}(*arguments)
    for argument in arguments:
        if hasattr(argument, "shape"):
            argument += 1
    return result
"""


def rows(tasks, kind):
    """Return for each k the {task's name: source} of the k-th `mistakes` or `rights` of those that have so many."""
    columns = ([(task.name, known.source(task.name)) for known in getattr(task, kind)] for task in tasks)
    return [dict(filter(None, row)) for row in itertools.zip_longest(*columns)]


def takes_arrays(task):
    """Say whether a student's function is given an array that it could change."""
    return bool(inspect.signature(task.truth).parameters) and any(
        isinstance(argument, np.ndarray) for arguments in task.visible for argument in arguments
    )


def disturbing(tasks):
    """Return the references; the first prints, warns, draws and seeds, and functions leave np and sum spoilt.

    Before a number, which the student's own cell works out, np is put back.
    """
    answers = {task.name: task.reference_source() for task in tasks}
    functions = [task.name for task in tasks if not task.is_number]
    answers[functions[0]] += DISTURBING.format(name=functions[0])
    for task, following in itertools.pairwise([*tasks, tasks[0]]):
        if not task.is_number:
            answers[task.name] += SHADOWING + "import numpy as np\n" * following.is_number
    return answers


def mutating(tasks):
    """Return answers of which every second one that is given arrays changes them."""
    chosen = [task for task in tasks if not task.is_number and takes_arrays(task)][::2]
    return {task.name: task.reference_source() + MUTATING.format(name=task.name) for task in chosen}


@cache
def submissions(problem_set):
    """Return {student: answers that differ from the solution notebook's}."""
    tasks = tasks_of(problem_set)
    leaning = {task.name: task.mistakes[0].source(task.name) for task in tasks[:2]}
    numbered = [("right", rows(tasks, "rights")), ("mistakes", rows(tasks, "mistakes"))]
    named = {"disturbing": disturbing(tasks), "mutating": mutating(tasks), "leaned on": leaning}
    named |= {f"{kind} {k}": answers for kind, lines in numbered for k, answers in enumerate(lines, 1)}
    return {"solution": {}} | {student: answers for student, answers in named.items() if answers}


def expected(problem_set, student):
    """Return {check: points} that a student should get."""
    wrong = submissions(problem_set)[student] if student.startswith(("mistakes", "leaned on", "mutating")) else ()
    earned = {task.name: task.points for task in tasks_of(problem_set)} | dict.fromkeys(wrong, 0)
    if student.startswith("mistakes"):
        earned |= {task.name: known.points for task, known in mistakes_of(problem_set, int(student.split()[1]))}
    return {check_id(task): earned[task.name] for task in tasks_of(problem_set)}


def mistakes_of(problem_set, number):
    """Return pairs of a task and its mistake of a number, from 1, of those that have so many."""
    tasks = [task for task in tasks_of(problem_set) if len(task.mistakes) >= number]
    return [(task, task.mistakes[number - 1]) for task in tasks]


def check_id(task):
    """Return the id of the cell that checks a task."""
    return f"check-{cell_name(task.name)}"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return Course(tmp_path_factory.mktemp("kill"))


@pytest.fixture(scope="module")
def graded(course):
    """A function of a problem set that grades all its submissions, once, and returns their points."""

    @cache
    def grade(problem_set):
        succeeded(course.nbgrader("generate_assignment", problem_set))
        solution = course.read(problem_set, "solutions")
        course.hand_in("untouched", problem_set, course.read(problem_set))
        for student, answers in submissions(problem_set).items():
            notebook = answered(solved(course.read(problem_set), solution), answers)
            # the slider at the end is not graded, and drawing it in so many notebooks takes time
            course.hand_in(student, problem_set, without(notebook, "play") if answers else notebook)
        succeeded(course.nbgrader("autograde", problem_set))
        return course.grades(problem_set)

    return grade


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(
    ("problem_set", "student"), [(name, student) for name in PROBLEM_SETS for student in submissions(name)]
)
def test_right_answers_get_all_points_and_a_mistake_costs_its_own_task_alone(graded, problem_set, student):
    wanted = expected(problem_set, student)
    grades = graded(problem_set)[student]
    assert {check: grades[check][0] for check in wanted} == wanted


@pytest.mark.slow
@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_the_untouched_release_gets_nothing(graded, problem_set):
    assert set(graded(problem_set)["untouched"].values()) == {(0, False)}


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_every_mistake_is_in_a_notebook(problem_set):
    handed_in = [answers for student, answers in submissions(problem_set).items() if student.startswith("mistakes")]
    for task in tasks_of(problem_set):
        sources = [answers[task.name] for answers in handed_in if task.name in answers]
        assert sources == [known.source(task.name) for known in task.mistakes]


@pytest.fixture(scope="module")
def feedback(course, graded):
    """A function of a problem set that returns the text of the feedback page on its first mistakes."""

    @cache
    def page(problem_set):
        graded(problem_set)
        succeeded(course.nbgrader("generate_feedback", problem_set, "--student", "mistakes 1"))
        path = course.path / "feedback" / "mistakes 1" / notebook_path(problem_set).with_suffix(".html")
        body = path.read_text(encoding="utf-8").partition("<body")[2]
        return html.unescape(re.sub(r"<[^>]*>", "", body))

    return page


@pytest.mark.slow
@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_feedback_shows_messages_but_no_hidden_test_and_no_solution(course, feedback, problem_set):
    page = feedback(problem_set)
    seen = [cell.source for cell in course.read(problem_set, "autograded/mistakes 1").cells]
    own = {line.strip() for source in seen for line in source.splitlines() if "hidden=True" not in line}
    for task in tasks_of(problem_set):
        assert error(course, problem_set, task).splitlines()[0] in page
        lines = {line.strip() for line in task.reference_source().splitlines() if len(line.strip()) > 12}
        assert [line for line in lines if line in page and not any(line in mine for mine in own)] == []
    for words in ("hidden=True", "HIDDEN TESTS", "SOLUTION", "hidden_verdict", "Traceback"):
        assert words not in page


@pytest.mark.slow
@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_messages_of_the_grader_do_not_say_the_answer(course, graded, problem_set):
    graded(problem_set)
    for task in filter(lambda task: not task.judge, tasks_of(problem_set)):
        message = error(course, problem_set, task)
        for arguments in [*task.visible, *task.hidden]:
            call = call_text(task.name, arguments)
            if message.startswith(call):
                said = message.removeprefix(call).replace(task.mistakes[0].sentence, "")
                (wanted,) = outputs_of(task.truth, [arguments])
                assert not re.search(rf"(?<![\w.]){re.escape(shown(wanted))}(?![\w.])", said), message


def error(course, problem_set, task):
    """Return the message of a task's check for the first mistakes."""
    notebook = course.read(problem_set, "autograded/mistakes 1")
    (output,) = [output for output in cell(notebook, check_id(task)).outputs if output.output_type == "error"]
    assert output.ename == "WrongAnswer"
    return output.evalue


@pytest.mark.slow
def test_the_page_of_the_kill_matrix_is_up_to_date():
    assert main(["matrix", "--check"]) == 0, "run: pgcourse matrix"
