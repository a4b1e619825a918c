"""The students' copy: what is in it, what is not, and that it works where there is nothing else."""

import ast
import json
import os
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

import start
from pgcourse.homework import visible
from pgcourse.tools import release
from pgcourse.tools.cli import main
from pgcourse.tools.tidy import dumps, find_notebooks, read
from tests.course import PROBLEM_SETS, ROOT, answered, notebook_path, tasks_of
from tests.test_setup import run_start

LIBRARY = ("problems", "gradients", "exact", "optimisers")
LAST = PROBLEM_SETS[-1]
INSTRUCTORS_VERBS = [["visible"], ["matrix"], ["release", "again"]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The students' copy, in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("a b") / "students"
    assert main(["release", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def installed(bundle):
    """The same after `python3 start.py setup`; a function that runs `pgcourse` in it."""
    done = run_start(bundle, "setup")
    assert done.returncode == 0, done.stdout + done.stderr
    command = bundle / start.PYTHON.relative_to(start.ROOT).with_name("pgcourse")
    # where this course is on Python's path, its package would be found in place of the students'
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    options = {"cwd": bundle, "env": environment, "capture_output": True, "text": True, "timeout": 300}
    return lambda *arguments: subprocess.run([command, *arguments], **options)


def code(path):
    """Return the stripped lines of a file; of a notebook, those of its cells."""
    if path.suffix == ".ipynb":
        text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
    else:
        text = path.read_text(encoding="utf-8")
    return "\n".join(line.strip() for line in text.splitlines())


def openings(source):
    """Return every two lines that follow each other in a function's body, or its only one."""
    statements = ast.parse(source).body[0].body
    lines = [line.strip() for line in "\n".join(map(ast.unparse, statements)).splitlines()]
    return ["\n".join(lines[k : k + 2]) for k in range(max(1, len(lines) - 1))]


def notebooks_of(folder):
    """Return the notebooks of the course in a folder, without what JupyterLab leaves beside them."""
    return find_notebooks([ROOT / folder])


def test_it_holds_what_students_need_and_nothing_else(bundle):
    names = {path.name for path in bundle.iterdir()}
    assert names == {*release.FILES, "README.md", "lectures", "assignments", "pgcourse"}
    for folder in ("lectures", "assignments"):
        files = [path for path in (bundle / folder).rglob("*") if path.is_file() and ".released" not in path.parts]
        sources = {path.relative_to(bundle): path for path in files}
        assert sources.keys() == {path.relative_to(ROOT) for path in notebooks_of(folder)}
        assert all(path.read_bytes() == (ROOT / name).read_bytes() for name, path in sources.items())
    released = {path.name: path.read_bytes() for path in (bundle / "assignments" / ".released").iterdir()}
    assert released == {path.name: path.read_bytes() for path in notebooks_of("assignments")}
    assert not list(bundle.glob("pgcourse/**/ps[0-9]*"))


def test_no_solution_of_a_task_is_in_it(bundle):
    # The mathematics is the library that the lectures explain; all else must not answer a task.
    library = {path for wing in LIBRARY for path in bundle.glob(f"pgcourse/{wing}/*.py")}
    texts = {path: code(path) for path in bundle.rglob("*") if path.suffix in (".py", ".ipynb", ".json", ".md")}
    for path, text in texts.items():
        assert "BEGIN SOLUTION" not in text
        assert "HIDDEN TESTS" not in text
        assert "hidden=True" not in text or path.name in ("__init__.py",)
    for problem_set in PROBLEM_SETS:
        for task in tasks_of(problem_set):
            for source in [task.reference_source(), *(known.source(task.name) for known in task.rights)]:
                wanted = [lines for lines in openings(source) if len(lines) > 20]
                found = [(path, lines) for path in texts.keys() - library for lines in wanted if lines in texts[path]]
                assert found == []


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_no_hidden_input_is_in_it(bundle, problem_set):
    written = json.loads((bundle / "pgcourse/homework/visible.json").read_text(encoding="utf-8"))
    for task in tasks_of(problem_set):
        data = written[problem_set][task.name]["dict"]
        assert data["inputs"] == visible.encode(task.visible)
        assert all(len(outputs) == len(task.visible) for outputs in mistakes_written(data))


def mistakes_written(data):
    """Return the outputs written down for each mistake; a judge needs none."""
    pairs = visible.decode(data["mistakes"])
    return [] if data["judge"] else [outputs for _, outputs in pairs]


def test_a_folder_that_is_not_empty_is_refused(tmp_path, capsys):
    theirs = tmp_path / "mine.txt"
    theirs.write_text("mine")
    for target in (tmp_path, theirs):
        assert main(["release", str(target)]) == 1
        assert (
            capsys.readouterr().err
            == f"pgcourse release: {target} is there already and not empty: name a new folder.\n"
        )
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the course that a test may spoil, released in place of this one."""
    for folder in ("assignments", "lectures", "pgcourse", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / "course" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in release.FILES:
        shutil.copy(ROOT / name, tmp_path / "course")
    monkeypatch.setattr(release, "ROOT", tmp_path / "course")
    return tmp_path / "course"


@pytest.mark.parametrize("kind", ["the source", "a written answer"])
def test_a_solution_among_the_assignments_is_refused(copy, tmp_path, capsys, kind):
    path = copy / "assignments" / notebook_path(LAST)
    source = read(copy / "solutions" / notebook_path(LAST))
    notebook = source if kind == "the source" else read(path)
    for cell, answer in zip(notebook.cells, source.cells, strict=True):
        if cell.cell_type == "markdown" and "nbgrader" in cell.metadata:
            cell.source = answer.source
    path.write_text(dumps(notebook), encoding="utf-8")
    assert main(["release", str(tmp_path / "students")]) == 1
    assert f"holds a solution: run `nbgrader generate_assignment {LAST} --force`" in capsys.readouterr().err
    assert not (tmp_path / "students").exists()


def test_an_outdated_visible_half_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(visible, "FILE", tmp_path / "visible.json")
    visible.FILE.write_text("{}\n")
    assert main(["release", str(tmp_path / "students")]) == 1
    assert "run `pgcourse visible`" in capsys.readouterr().err
    assert not (tmp_path / "students").exists()


def test_what_lies_about_is_left_behind(copy, tmp_path):
    secret = "the grade of a student"
    backup = f"assignments/{LAST}/{LAST}.before-repair-1.ipynb"
    for name in ("gradebook.db", "assignments/grades.csv", "pgcourse/old.bak", "lectures/.hidden.ipynb", backup):
        (copy / name).write_text(secret)
    notebook = read(copy / "lectures/00_map.ipynb")
    code_cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code_cell.outputs = [nbformat.v4.new_output("stream", text=secret)]
    (copy / "lectures/00_map.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    release.release(tmp_path / "students")
    files = [path for path in (tmp_path / "students").rglob("*") if path.is_file()]
    assert len(files) > 50
    assert [path for path in files if secret in path.read_text(encoding="utf-8")] == []


def test_doctor_is_content_after_set_up(bundle, installed):
    done = installed("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"course folder {bundle}" in done.stdout


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_right_answers_pass_the_checks_of_students(bundle, installed, problem_set):
    tasks = tasks_of(problem_set)
    done = check(bundle, installed, problem_set, {task.name: task.reference_source() for task in tasks})
    assert done.returncode == 0, done.stdout + done.stderr
    points = sum(task.points for task in tasks)
    assert done.stdout.endswith(f"{points:g} of {points:g} points by the checks here\n")


def test_a_mistake_is_named_by_the_checks_of_students(bundle, installed):
    task = next(task for task in tasks_of(LAST) if not task.is_number)
    known = next(known for known in task.mistakes if known.sentence in task.visible_verdict(known.function).message)
    done = check(bundle, installed, LAST, {task.name: known.source(task.name)})
    assert done.returncode == 1
    assert f"{task.name} " in done.stdout or f"{task.name}(" in done.stdout
    assert known.sentence in done.stdout


def check(bundle, installed, problem_set, answers):
    """Run `pgcourse check` on an assignment with these answers."""
    notebook = answered(read(bundle / "assignments" / notebook_path(problem_set)), answers)
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith("play")]
    path = Path(bundle.parent, f"{problem_set}.ipynb")
    path.write_text(dumps(notebook), encoding="utf-8")
    return installed("check", str(path))


@pytest.mark.parametrize("arguments", INSTRUCTORS_VERBS, ids=lambda arguments: arguments[0])
def test_instructors_verbs_say_so_in_one_sentence(installed, arguments):
    done = installed(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    sentence = "this is a student's copy of the course; only an instructor's can do that."
    assert done.stderr == f"pgcourse {arguments[0]}: {sentence}\n"
