"""The students' copy: what is in it, what is not, and that it works where there is nothing else."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import start
from pgcourse.tools import release
from pgcourse.tools.cli import main
from pgcourse.tools.tidy import dumps, find_notebooks, read
from tests.support import leaks
from tests.support.course import PROBLEM_SETS, ROOT, answered, notebook_path, tasks_of
from tests.support.environments import begin_set_up
from tests.support.waiting import PATIENCE
from tests.tools.test_setup import pins, run_start

LAST = PROBLEM_SETS[-1]
INSTRUCTORS_VERBS = [["visible"], ["matrix"], ["release", "again"], ["grade", LAST]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """The students' copy, in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("a b") / "students"
    with contextlib.chdir(ROOT / "lectures"):
        assert main(["release", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def installed(bundle):
    """The same after `python3 start.py setup`; a function that runs `pgcourse` in it.

    test_setup.py has brought the same pins by the same start.py from nothing; here most are there.
    """
    for name in ("start.py", "requirements.txt"):
        assert (bundle / name).read_bytes() == (ROOT / name).read_bytes()
    begin_set_up(bundle, pins("requirements.txt"))
    container = json.loads((bundle / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    python, script, *arguments = container["postCreateCommand"].split()  # which sets it up in Codespaces
    assert (python, script) == ("python3", "start.py")
    done = run_start(bundle, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Installing the packages" in done.stdout
    assert "Installing pgcourse" in done.stdout
    command = bundle / start.PYTHON.relative_to(start.ROOT).with_name("pgcourse")
    # where this course is on Python's path, its package would be found in place of the students'
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    options = {"cwd": bundle, "env": environment, "capture_output": True, "text": True, "timeout": PATIENCE}
    return lambda *arguments: subprocess.run([command, *arguments], **options)


@pytest.mark.slow
def test_a_wrong_name_of_the_students_repository_makes_a_course_unfit(monkeypatch):
    def wrong(course):
        raise ValueError("students-repository in pyproject.toml is 'a b': write OWNER/NAME, as GitHub does.")

    release.refuse_unfit(ROOT)
    monkeypatch.setattr(release._badges, "students_repository", wrong)
    with pytest.raises(ValueError, match="write OWNER/NAME"):
        release.refuse_unfit(ROOT)


def notebooks_of(folder):
    """Return the notebooks of the course in a folder, without what JupyterLab leaves beside them."""
    return find_notebooks([ROOT / folder])


@pytest.mark.slow
def test_it_holds_what_students_need_and_nothing_else(bundle):
    names = {path.name for path in bundle.iterdir()}
    own = {Path(name).parts[0] for name in release.FILES}
    assert names == own | {"README.md", "lectures", "assignments", "pgcourse"}
    assert all((bundle / name).stat().st_mode == (ROOT / name).stat().st_mode for name in release.FILES)
    for folder in ("lectures", "assignments"):
        files = [path for path in (bundle / folder).rglob("*") if path.is_file() and ".released" not in path.parts]
        sources = {path.relative_to(bundle): path for path in files}
        assert sources.keys() == {path.relative_to(ROOT) for path in notebooks_of(folder)}
        assert all(path.read_bytes() == (ROOT / name).read_bytes() for name, path in sources.items())
    released = {path.name: path.read_bytes() for path in (bundle / "assignments" / ".released").iterdir()}
    assert released == {path.name: path.read_bytes() for path in notebooks_of("assignments")}
    assert [path for path in bundle.parent.iterdir() if path.name.startswith(".")] == []


def test_its_package_is_whole_and_draws(bundle):
    files = {path.relative_to(ROOT) for path in (ROOT / "pgcourse").rglob("*") if path.is_file()}
    kept = {path for path in files if "__pycache__" not in path.parts}
    assert {path.relative_to(bundle) for path in (bundle / "pgcourse").rglob("*") if path.is_file()} == kept
    code = "import pgcourse as pg; print(pg.__file__, pg.demos.left_right.variance().caption_text)"
    where = {"cwd": bundle, "env": os.environ | {"PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1"}}
    done = subprocess.run([sys.executable, "-c", code], **where, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{bundle / 'pgcourse/__init__.py'} One gradient sample is "), done.stdout


@pytest.mark.slow  # compares all code
def test_nothing_of_the_solutions_is_in_it(bundle):
    assert leaks.leaked_code(bundle) == []
    assert leaks.leaked_inputs(bundle) == []
    for path in bundle.rglob("*"):
        if path.suffix in (".py", ".ipynb", ".json", ".md"):
            text = path.read_text(encoding="utf-8")
            assert "### BEGIN" not in text or path.name == "release.py"
            assert "hidden=True" not in text or path.parent.name == "homework"


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
    """A copy of the course that a test may spoil, in which this process is."""
    for folder in ("assignments", "lectures", "pgcourse", "solutions"):
        shutil.copytree(ROOT / folder, tmp_path / "course" / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*release.FILES, "nbgrader_config.py"):
        target = tmp_path / "course" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, target)
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course"


@pytest.mark.slow
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


def damaged(course, damage):
    """Damage a copy of the course; return words of the sentence that must say so."""
    if damage == "outdated":
        (course / "pgcourse/homework/visible.json").write_text("{}\n")
        return "the visible half of the tasks is out of date: run `pgcourse visible`."
    if damage == "old place":
        path = shutil.copy(course / "solutions" / f"{LAST}.py", course / "pgcourse" / "homework")
        return f"{path} has the name of a catalogue of solutions: move it to {course / 'solutions'}."
    path = course / {"no source": "pgcourse/homework/visible.json", "no set-up": "start.py"}[damage]
    path.unlink()
    return f"{path} is missing, which students need: go to a full copy of the course."


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["outdated", "old place", "no source", "no set-up"])
def test_a_course_that_is_not_fit_to_be_released_is_refused(copy, tmp_path, capsys, damage):
    sentence = damaged(copy, damage)
    assert main(["release", str(tmp_path / "students")]) == 1
    assert capsys.readouterr() == ("", f"pgcourse release: {sentence}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["course"]


@pytest.mark.slow
def test_what_fails_half_way_leaves_nothing(copy, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release.shutil, "copyfile", full)
    (tmp_path / "there").mkdir()
    for folder in ("students", "there"):
        assert main(["release", str(tmp_path / folder)]) == 1
        words = f"{tmp_path / folder} cannot be written (No space left on device)."
        assert capsys.readouterr() == ("", f"pgcourse release: {words}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course", "there"]
    assert list((tmp_path / "there").iterdir()) == []


@pytest.mark.slow
def test_a_folder_that_is_there_and_empty_will_do(copy, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    assert main(["release", str(tmp_path / "here")]) == 0
    assert (tmp_path / "here" / "start.py").is_file()


@pytest.mark.slow
def test_what_lies_about_is_left_behind(copy, tmp_path):
    secret = "the grade of a student"
    backup = f"assignments/{LAST}/{LAST}.before-repair-1.ipynb"
    package = ("pgcourse/old.bak", "pgcourse/notes.md")
    for name in ("gradebook.db", "assignments/grades.csv", *package, "lectures/.hidden.ipynb", backup):
        (copy / name).write_text(secret)
    notebook = read(copy / "lectures/00_map.ipynb")
    code_cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code_cell.outputs = [nbformat.v4.new_output("stream", text=secret)]
    (copy / "lectures/00_map.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    release.release(copy, tmp_path / "students")
    files = [path for path in (tmp_path / "students").rglob("*") if path.is_file()]
    assert len(files) > 50
    assert [path for path in files if secret in path.read_text(encoding="utf-8")] == []


@pytest.mark.slow
def test_doctor_is_content_after_set_up(bundle, installed):
    done = installed("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"course folder {bundle}" in done.stdout


@pytest.mark.slow
def test_what_binder_runs_finds_the_pins_and_installs_the_course(bundle, installed):
    script = Path("binder", "postBuild")
    assert os.access(bundle / script, os.X_OK)
    path = os.pathsep.join([str((bundle / start.PYTHON.relative_to(start.ROOT)).parent), os.environ["PATH"]])
    where = {"cwd": bundle, "env": os.environ | {"PATH": path}, "capture_output": True, "text": True}
    done = subprocess.run([f"./{script.as_posix()}"], **where, timeout=3 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Successfully installed pgcourse" in done.stdout
    assert installed("doctor").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_right_answers_pass_the_checks_of_students(bundle, installed, problem_set):
    tasks = tasks_of(problem_set)
    done = check(bundle, installed, problem_set, {task.name: task.reference_source() for task in tasks})
    assert done.returncode == 0, done.stdout + done.stderr
    points = sum(task.points for task in tasks)
    assert done.stdout.endswith(f"{points:g} of {points:g} points by the checks here\n")


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("arguments", INSTRUCTORS_VERBS, ids=lambda arguments: arguments[0])
def test_verbs_for_instructors_say_where_they_work(bundle, installed, arguments):
    done = installed(*arguments)
    assert (done.returncode != 0, done.stdout) == (True, "")
    sentence = f"{bundle} is not in a course's folder: go to the one that holds nbgrader_config.py."
    assert done.stderr == f"pgcourse {arguments[0]}: {sentence}\n"
