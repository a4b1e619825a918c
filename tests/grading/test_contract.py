"""The contract of check cells: the course keeps to it, and what breaks it is named with its line."""

import nbformat
import pytest

from pgcourse.grading.checks.rules import breaches
from pgcourse.tools.cli import main
from tests.support.course import PROBLEM_SETS, ROOT, notebook_path


def notebook(check, answer="def mean(x):\n    return sum(x) / len(x)\nclass Frame: pass", locked="import numpy as np"):
    """Make a notebook of a locked cell, an answer and a check."""
    made = nbformat.v4.new_notebook()
    kinds = {
        "set-up": (locked, {}),
        "answer": (answer, {"solution": True}),
        "check": (check, {"grade": True, "points": 1}),
    }
    for grade_id, (source, entry) in kinds.items():
        cell = nbformat.v4.new_code_cell(source, id=grade_id)
        cell.metadata.nbgrader = nbformat.from_dict({"grade_id": grade_id, "locked": True, **entry})
        made.cells.append(cell)
    return made


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_checks_of_the_course_keep_to_the_contract(problem_set):
    assert breaches(nbformat.read(ROOT / "solutions" / notebook_path(problem_set), as_version=4)) == []


@pytest.mark.parametrize(
    "check",
    [
        "assert mean([1, 2]) == 1.5",
        "result = mean(np.ones(3))\nassert isinstance(result, (float, np.floating)) and type(result) is not str",
        "from fractions import Fraction\nassert isinstance(mean([Fraction(1)]), Fraction)",
        "class Own: pass\nassert not isinstance(mean([1]), Own) and mean.__name__ == 'mean'",
    ],
)
def test_what_is_allowed(check):
    assert breaches(notebook(check)) == []


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("x = 1\n%timeit mean([1])", "check, line 2: the check is not Python: magics and shell commands"),
        ("!ls", "check, line 1: the check is not Python"),
        ("\nimport inspect", "check, line 2: the check uses inspect"),
        ("from IPython.display import display", "uses IPython"),
        ("assert 'mean' in globals()", "uses globals"),
        ("assert 'for' not in In[-1]", "uses In,"),
        ("assert get_ipython()", "uses get_ipython"),
        ("assert mean.__code__", "reads __code__"),
        ("assert isinstance(mean([1]), Frame)", "compares with the class Frame"),
        ("assert type(mean([1])) is Frame", "compares with the class Frame"),
        ("mean = 3", "defines mean, which an answer defines too"),
        ("def Frame(): pass", "defines Frame, which an answer defines too"),
    ],
)
def test_what_is_not_is_named_with_its_line(check, words):
    (sentence,) = breaches(notebook(check))
    assert words in sentence


def test_the_command_says_it_before_anything_runs(tmp_path, capsys):
    path = tmp_path / "ps.ipynb"
    nbformat.write(notebook("import inspect\nraise SystemError('ran')"), path)
    assert main(["check", str(path)]) == 1
    seen = capsys.readouterr()
    assert seen.err.startswith("pgcourse check: check, line 1: the check uses inspect")
    assert "ran" not in seen.out
