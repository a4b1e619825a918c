"""Where the catalogues are found, how they are read, and what the commands that need them say where there are none."""

import ast
import contextlib
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from traitlets.config.loader import PyFileConfigLoader

from pgcourse import homework
from pgcourse.grading.checks import replay
from pgcourse.grading.checks.cells import IMPORTS
from pgcourse.grading.checks.protocol import PRIVATE_FILES
from pgcourse.homework import catalogue
from pgcourse.tools.cli import main
from tests.support.course import (
    PROBLEM_SETS,
    ROOT,
    SOLUTIONS,
    Course,
    catalogue_of,
    cell_name,
    notebook_path,
    succeeded,
    tasks_of,
)

PS = "ps4_left_right"
SMALL = """
import dataclasses

import numpy as np

from pgcourse.homework.task import task


@dataclasses.dataclass(frozen=True)
class Place:
    row: "int"


@task(points=1, visible=[(np.arange(3.0),)], hidden=[(np.ones(2),)], reread="the definition")
def total(values):
    return values.sum() * Place(1).row


@total.mistake("This is the mean.")
def mean(values):
    return values.mean()


TASKS = [total]
"""

LIST = """
from nbgrader.apps import NbGraderAPI
from pgcourse.grading.coursefolder import course_directory
print(sorted(NbGraderAPI(coursedir=course_directory()).get_source_assignments()))
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with one small catalogue, in which this process is, and the places of generated files."""
    for folder in ("solutions", "pgcourse/homework", "docs", "lectures/deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "solutions" / "ps1_sum.py").write_text(SMALL)
    monkeypatch.chdir(tmp_path / "lectures" / "deep")
    monkeypatch.delenv(PRIVATE_FILES, raising=False)
    return tmp_path


def test_catalogues_are_those_of_the_course_that_the_process_is_in(course):
    assert catalogue.folder() == course / "solutions"
    assert catalogue.problem_sets() == ["ps1_sum"]
    assert catalogue.load("ps1_sum").TASKS[0].name == "total"
    assert catalogue.load("ps1_sum") is catalogue.load("ps1_sum")


def test_the_variable_comes_first_and_the_folder_need_be_in_no_course(course, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("private")
    (elsewhere / "ps2_other.py").write_text(SMALL)
    monkeypatch.setenv(PRIVATE_FILES, str(elsewhere))
    assert catalogue.problem_sets() == ["ps2_other"]
    assert homework.find("ps2_other", "total").points == 1


@pytest.mark.parametrize("bytecode", [True, False])
def test_reading_leaves_nothing_behind_and_changes_no_setting(course, monkeypatch, bytecode):
    monkeypatch.setattr(sys, "dont_write_bytecode", not bytecode)
    catalogue.load("ps1_sum")
    assert [path.name for path in (course / "solutions").iterdir()] == ["ps1_sum.py"]
    assert sys.dont_write_bytecode is not bytecode


def test_sources_can_be_read(course):
    task = catalogue.load("ps1_sum").TASKS[0]
    assert inspect.getsource(task.truth).startswith("@task(points=1")
    assert task.reference_source() == "def total(values):\n    return values.sum() * Place(1).row"
    assert task.mistakes[0].source("total") == "def total(values):\n    return values.mean()"


def test_outside_of_a_course_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(PRIVATE_FILES, raising=False)
    for call in (catalogue.folder, catalogue.problem_sets, lambda: homework.find(PS, "clamp_policy")):
        with pytest.raises(ValueError, match=r"is not in a course's folder: go to the one that holds \S+\.$"):
            call()


def test_where_the_current_folder_is_gone_a_visible_check_still_works(tmp_path, monkeypatch, capsys):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    homework.check(PS, "sample_left", 25.0)
    assert "passes its check here" in capsys.readouterr().out


def test_a_catalogue_that_does_not_work_is_not_taken_for_one_that_is_not_there(course):
    (course / "solutions" / f"{PS}.py").write_text("raise ValueError('a slip of the pen')")
    with pytest.raises(ValueError, match="a slip of the pen"):  # a wrong answer, for which right ones are to be lent
        homework.check(PS, "sample_left", 1.0)
    with pytest.raises(catalogue.NoCatalogue, match=r"holds no ps5_other\.py: it holds those of ps1_sum, ps4_left"):
        catalogue.load("ps5_other")


@pytest.mark.parametrize(
    ("name", "end"),
    [("fit_gaussian", " Right answers stood in for your select_elite here."), ("select_elite", ".")],
)
def test_what_a_notebook_provides_is_not_called_the_students_answer(monkeypatch, name, end):
    @contextlib.contextmanager
    def replayed(lent):
        assert "two_hills" in lent
        yield lambda name: lambda *arguments: "another"

    monkeypatch.setattr(homework, "_lent", set())
    monkeypatch.setattr(replay, "checker", object())
    monkeypatch.setattr(replay, "replayed", replayed)
    with pytest.raises(homework.WrongAnswer) as raised:
        homework.check("ps2_cross_entropy", name, lambda *arguments: 0.0, hidden=True)
    assert str(raised.value).endswith(end)
    assert "two_hills" not in str(raised.value)


@pytest.mark.parametrize(
    ("verb", "written"), [("visible", "pgcourse/homework/visible.json"), ("matrix", "docs/kill_matrix.md")]
)
def test_generated_files_are_written_into_the_course_and_compared_with_it(course, capsys, verb, written):
    file = course / written
    assert main([verb, "--check"]) == 1
    assert main([verb]) == 0
    said, *more = capsys.readouterr().out.splitlines()
    assert said == f"wrote {written} for ps1_sum"
    assert len(more) == (verb == "visible")  # the package that is installed has the file of another course
    assert "This is the mean." in file.read_text(encoding="utf-8")
    assert main([verb, "--check"]) == 0
    assert main([verb]) == 0
    assert f"{written} is up to date\n" in capsys.readouterr().out
    assert [path.name for path in file.parent.iterdir()] == [file.name]

    file.write_text("old")
    assert main([verb, "--check"]) == 1
    capsys.readouterr()
    shutil.rmtree(file.parent)
    assert main([verb]) == 1
    sentence = f"pgcourse {verb}: {course} has no folder {Path(written).parent}: go to a full copy of the course.\n"
    assert capsys.readouterr() == ("", sentence)
    assert not file.parent.exists()


@pytest.mark.parametrize("verb", ["visible", "matrix"])
def test_a_folder_that_cannot_be_written_is_named(course, capsys, monkeypatch, verb):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    assert main([verb]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"pgcourse {verb}: {course}")
    assert error.endswith(" cannot be written (Permission denied).\n")
    assert not [path for path in course.rglob("*") if path.name.startswith(".")]


@pytest.mark.parametrize("arguments", [["visible"], ["matrix", "--check"], ["release", "students"]])
@pytest.mark.parametrize("place", ["outside", "no solutions"])
def test_verbs_that_need_solutions_say_where_there_are_none(tmp_path, monkeypatch, capsys, arguments, place):
    if place == "no solutions":
        (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    output, error = capsys.readouterr()
    assert output == ""
    words = {
        "outside": "is not in a course's folder: go to the one that holds nbgrader_config.py.",
        "no solutions": "holds no ps*.py: only an instructor's copy of the course has the solutions.",
    }
    assert error.startswith(f"pgcourse {arguments[0]}: {tmp_path}")
    assert error.endswith(f" {words[place]}\n")
    assert not (tmp_path / "students").exists()


@pytest.mark.slow
def test_nbgrader_takes_no_catalogue_for_an_assignment(tmp_path):
    course = Course(tmp_path)
    shown = course.python("-c", f"from pgcourse.homework import check; check({PS!r}, 'sample_left', 25, hidden=True)")
    succeeded(shown)  # it has read a catalogue in this folder, and in a process that may write bytecode
    assert course.environment["PYTHONDONTWRITEBYTECODE"] == ""
    listed = course.python("-c", LIST)
    assert listed.stdout == f"{PROBLEM_SETS}\n", listed.stderr
    succeeded(course.nbgrader("generate_assignment", PS))
    assert [path.name for path in (course.path / "assignments").rglob("*") if path.is_file()] == [f"{PS}.ipynb"]
    succeeded(course.nbgrader("db", "assignment", "list"))
    assert "ps4_left_right.py" not in course.nbgrader("list").stderr
    assert {path.name for path in (course.path / "solutions").iterdir()} == {
        *PROBLEM_SETS,
        *(f"{name}.py" for name in PROBLEM_SETS),
    }


def test_every_problem_set_has_a_catalogue_and_a_notebook():
    assert catalogue.problem_sets(SOLUTIONS) == PROBLEM_SETS
    assert all(tasks_of(name) for name in PROBLEM_SETS)
    folders = sorted(path.name for path in SOLUTIONS.iterdir() if path.is_dir() and path.name[0] != ".")
    assert folders == PROBLEM_SETS


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_the_catalogue_has_the_tasks_in_the_order_of_the_notebook_and_lends_all_earlier_ones(problem_set):
    names = [task.name for task in tasks_of(problem_set)]
    cells = nbformat.read(SOLUTIONS / notebook_path(problem_set), as_version=4).cells
    checks = [cell.id for cell in cells if cell.metadata.get("nbgrader", {}).get("points") and cell.cell_type == "code"]
    assert checks == [f"check-{cell_name(name)}" for name in names]
    provided = getattr(catalogue_of(problem_set), "PROVIDED", {})
    for place, name in enumerate(names):
        assert list(homework.earlier(problem_set, name)) == [*provided, *names[:place]]


@pytest.mark.slow
def test_nothing_is_graded_where_checks_have_no_catalogue(tmp_path):
    command = [sys.executable, "-c", "import pgcourse.homework.preload"]
    for folder, words in ((SOLUTIONS, ""), (tmp_path, "private_files must name the catalogues")):
        done = subprocess.run(command, env=os.environ | {PRIVATE_FILES: str(folder)}, capture_output=True, text=True)
        assert (done.returncode, words in done.stderr) == (1 if words else 0, True)


@pytest.mark.slow
def test_what_takes_long_to_import_is_imported_before_checkers_are_forked():
    """Each checker does the imports of its notebook's cells: they bring no package that is not there already."""
    modules = PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config().SandboxedExecute.checker_preload
    notebooks = [nbformat.read(SOLUTIONS / notebook_path(name), as_version=4) for name in PROBLEM_SETS]
    sources = [cell.source for notebook in notebooks for cell in notebook.cells if cell.cell_type == "code"]
    imports = [node for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, IMPORTS)]
    before, after = (
        "import sys; old = set(sys.modules)",
        "print(*{name.partition('.')[0] for name in {*sys.modules} - old})",
    )
    program = "\n".join([f"import {', '.join(modules)}", before, *map(ast.unparse, imports), after])
    environment = os.environ | {PRIVATE_FILES: str(SOLUTIONS), "PYTHONPATH": str(SOLUTIONS), "MPLBACKEND": "Agg"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    brought = {name.partition(".")[0] for name in done.stdout.split()}
    assert brought - sys.stdlib_module_names == {"pgcourse"}
