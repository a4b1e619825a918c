"""A wheel built from the full copy of the course: nothing of `solutions/` is in it, and with it instructors can grade.

It is installed once, into an environment that a student and an instructor share.
"""

import ast
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest

from pgcourse.tools.release import FILES
from tests.support import leaks
from tests.support.course import PROBLEM_SETS, ROOT, succeeded, tasks_of
from tests.support.mounts import may_mount, read_only
from tests.support.small_course import FULL, PS, SmallCourse
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.slow  # a wheel is built, and comparing all code takes a while
TASKS = [task for problem_set in PROBLEM_SETS for task in tasks_of(problem_set)]
NUMBERS = {"sample_left", "sample_right", "wrong_way_example", "noisier_than_none", "best_pair"}
ONE_FORMULA = {"softmax_probabilities", "clamp_policy", "reward_to_go", "causality_loses", "best_left_right_baseline"}
ONE_FORMULA |= {"importance_weights"}
"""Tasks whose reference is a formula that a lecture shows; it is found only as the whole function that it is."""
FOLDERS = ("assignments", "docs", "lectures", "pgcourse", "solutions", "tests")
COPIED = (*FOLDERS, *FILES, "README.md", "nbgrader_config.py")
NO_CLAMP = "def clamp_policy(theta):\n    return np.array([theta, 1 - theta])"
CANARY = "canary-in-the-catalogue"
NOBODY = "65534"
STUDENT = """
import json, os
import pgcourse
from pgcourse.homework import catalogue, check

def tried(action):
    try:
        return f"got {action()}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"

def searched(place):
    files = [os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names]
    return len(files), [file for file in files if CANARY.encode() in open(file, "rb").read()]

check(PS, "sample_left", 25.0)
said = {
    "account": os.getuid() if hasattr(os, "getuid") else None,
    "package": pgcourse.__file__,
    "hidden": tried(lambda: check(PS, "sample_left", 25.0, hidden=True)),
    "listed": tried(lambda: os.listdir(COURSE)),
    "opened": tried(lambda: open(f"{COURSE}/solutions/{PS}.py").read()),
    "searched": searched(os.path.dirname(os.path.dirname(pgcourse.__file__))),
}
os.environ["NBGRADER_CHECKER_FILES"] = f"{COURSE}/solutions"
print(json.dumps(said | {"told where": tried(lambda: catalogue.load(PS))}))
"""
AS_NOBODY = f"""
mount --bind "$1" "$3/python" && mount --bind "$2" "$3/packages" && cd "$3/home" &&
exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --no-new-privs env -i HOME="$3/home" \\
    PYTHONPATH="$3/environment:$3/packages" "$3/python/bin/$4" -c "$5"
"""


@pytest.fixture(scope="module")
def machine():
    """A folder that all accounts can read: the environment with the wheel, the instructor's course and two homes."""
    with tempfile.TemporaryDirectory(prefix="pgcourse-machine-") as path:
        machine = Path(path)
        machine.chmod(0o755)
        copy = machine / "copy"
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                (copy / name).parent.mkdir(exist_ok=True)
                shutil.copy(ROOT / name, copy / name)
        for catalogue in copy.glob("solutions/*.py"):
            with open(catalogue, "a", encoding="utf-8") as file:
                file.write(f"\n\nCANARY = {CANARY!r}\n")
        pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", machine, copy)
        (wheel,) = machine.glob("*.whl")
        pip("install", "--no-deps", "--no-compile", "--target", machine / "environment", wheel)
        yield machine


def pip(*arguments):
    """Run pip."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    succeeded(subprocess.run(command, capture_output=True, text=True, timeout=3 * PATIENCE))


def test_it_holds_no_code_and_no_hidden_input_of_the_solutions(machine):
    package = machine / "environment"
    assert len(list(package.rglob("*.py"))) > 100
    assert (package / "pgcourse/homework/visible.json").is_file()
    assert leaks.leaked_code(package) == []
    assert leaks.leaked_inputs(package) == []


def literal(values):
    """Return numbers as Python code: infinity has no name there."""
    return repr(values).replace("inf", "1e999")


def can_be_told(body):
    """Say whether some statements of a catalogue are large enough to be told from anybody's, and not public."""
    return not leaks.secret_code().keys().isdisjoint(leaks.units(leaks.parsed("\n".join(map(ast.unparse, body)))))


def body_of(source):
    """Return the statements of a function."""
    return ast.parse(source).body[0].body


@pytest.mark.parametrize("task", [pytest.param(task, id=task.name) for task in TASKS if task.name not in NUMBERS])
def test_a_planted_solution_would_be_found(tmp_path, task):
    """Under other names, with a docstring, inside of a class; a large one in the middle of something else as well."""
    tree = ast.parse(task.reference_source())
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = f"other_{node.id}"
        elif isinstance(node, ast.arg):
            node.arg = f"other_{node.arg}"
    added = '"""Help."""' if task.name in ONE_FORMULA else '"""Help."""\nunrelated = 0'
    tree.body[0].body[:0] = ast.parse(added).body
    (tmp_path / "help.py").write_text("class Help:\n" + textwrap.indent(ast.unparse(tree), "    "))
    assert leaks.leaked_code(tmp_path)


def test_most_solutions_can_be_told_from_other_code():
    small = {task.name for task in TASKS if not can_be_told(body_of(task.reference_source()))}
    assert small == NUMBERS | ONE_FORMULA
    known = [known for task in TASKS for known in (*task.rights, *task.mistakes)]
    assert sum(can_be_told(body_of(answer.source("answer"))) for answer in known) > 0.8 * len(known)


@pytest.mark.parametrize(("form", "text"), [("json", json.dumps), ("py", literal)])
def test_a_planted_hidden_input_would_be_found(tmp_path, form, text):
    hidden = [a for task in TASKS for a in task.hidden if not leaks.secret_rows().keys().isdisjoint(leaks.rows(a))]
    assert len(hidden) > 0.6 * sum(len(task.hidden) for task in TASKS)
    (tmp_path / f"data.{form}").write_text(text([list(map(leaks.numbers, arguments)) for arguments in hidden]))
    assert {row for _, _, row in leaks.leaked_inputs(tmp_path)} == leaks.secret_rows().keys()


def test_what_is_let_pass_is_in_the_package():
    there = set().union(*(leaks.parts(tree) for _, tree in leaks.trees(ROOT / "pgcourse")))
    for source in leaks.PUBLIC:
        assert there & leaks.parts(leaks.parsed(source)).keys(), source


def as_nobody(machine, code):
    """Run Python under an account of nobody's with a home of its own; return what it prints, None where that cannot be.

    The interpreter may lie in somebody's private folder, so it is mounted where all can read it.
    """
    if not may_mount(machine) or not shutil.which("setpriv"):
        return None
    for name in ("python", "packages", "home"):
        (machine / name).mkdir(exist_ok=True)
    os.chown(machine / "home", int(NOBODY), int(NOBODY))
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    places = [sys.base_prefix, Path(np.__file__).parents[1], machine, python.name]
    command = ["unshare", "--mount", "sh", "-c", AS_NOBODY, "sh", *map(str, places), code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    succeeded(done)
    return done.stdout


def verb(machine, *arguments, before=()):
    """Run a verb of the installed package in the full copy; return what subprocess.run returns."""
    options = {"cwd": machine / "copy", "env": os.environ | {"PYTHONPATH": str(machine / "environment")}}
    command = [*before, sys.executable, "-P", "-m", "pgcourse", *arguments]  # not the package in the folder
    return subprocess.run(command, **options, capture_output=True, text=True, timeout=PATIENCE)


def test_verbs_work_on_a_full_copy_that_is_not_what_is_installed(machine):
    for arguments in (["visible", "--check"], ["matrix", "--check"], ["release", "../students"]):
        succeeded(verb(machine, *arguments))
    assert not (machine / "students" / "solutions").exists()
    assert leaks.leaked_code(machine / "students") == []
    catalogue = machine / "copy" / "solutions" / f"{PS}.py"
    kept = catalogue.read_text(encoding="utf-8")
    try:
        catalogue.write_text(kept.replace("The clamp is missing", "There is no clamp"), encoding="utf-8")
        assert verb(machine, "visible", "--check").returncode == 1
        written = verb(machine, "visible")
        place = machine / "environment" / "pgcourse"
        sentence = f"The package that is installed, {place}, has another visible.json: install it anew."
        assert written.stdout.splitlines()[-1] == sentence
        assert "There is no clamp" in (machine / "copy/pgcourse/homework/visible.json").read_text(encoding="utf-8")
    finally:
        catalogue.write_text(kept, encoding="utf-8")
        verb(machine, "visible")


@pytest.fixture
def old_files(machine):
    """The files that two verbs write, out of date, so that there is something to write."""
    paths = [machine / "copy" / name for name in ("pgcourse/homework/visible.json", "docs/kill_matrix.md")]
    kept = [path.read_text(encoding="utf-8") for path in paths]
    for path in paths:
        path.write_text("{}", encoding="utf-8")
    yield
    for path, text in zip(paths, kept, strict=True):
        path.write_text(text, encoding="utf-8")


def refused_as_read_only(machine, *arguments):
    """Whether a verb says that the folder is read-only, and leaves it as it was."""
    if not may_mount(machine):
        pytest.skip("needs the right to mount a folder read-only")
    before = sorted((machine / "copy").rglob("*"))
    done = verb(machine, *arguments, before=read_only(machine / "copy"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pgcourse {arguments[0]}: ")
    assert done.stderr.endswith(" cannot be written (Read-only file system).\n")
    assert done.stderr.count("\n") == 1
    return sorted((machine / "copy").rglob("*")) == before


@pytest.mark.parametrize("name", ["visible", "matrix"])
def test_verbs_say_that_a_file_is_read_only(machine, old_files, name):
    assert refused_as_read_only(machine, name)


def test_release_says_that_a_folder_is_read_only(machine):
    assert refused_as_read_only(machine, "release", "students")


@pytest.fixture(scope="module")
def course(machine):
    """An instructor's course folder beside the environment, private, with no source of the package in it."""
    place = machine / "instructor"
    place.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(machine / "environment"))
        course = SmallCourse(place)
    for catalogue in machine.glob("copy/solutions/*.py"):
        shutil.copy(catalogue, course.path / "solutions")
    return course


def test_a_students_account_can_read_none_of_the_solutions(machine, course, capsys):
    known = f"PS, COURSE, CANARY = {PS!r}, {str(course.path)!r}, {CANARY!r}\n"
    printed = as_nobody(machine, known + STUDENT)
    with capsys.disabled():
        print(f"\n[{'a real account looked' if printed else 'no account could be made: the environment is searched'}]")
    if printed is None:
        files = [path for path in (machine / "environment").rglob("*") if path.is_file()]
        assert len(files) > 100
        assert [path for path in files if CANARY.encode() in path.read_bytes()] == []
        assert stat.S_IMODE(course.path.parent.stat().st_mode) == 0o700
        return
    passed, _, said = printed.partition("\n")
    said = json.loads(said)
    assert passed == "✓ sample_left passes its check here; the grader tries more inputs."
    assert said["account"] == int(NOBODY)
    assert said["package"] == str(machine / "environment/pgcourse/__init__.py")
    assert said["hidden"].startswith("NoCatalogue: ")
    assert said["listed"].startswith("PermissionError: ")
    assert said["opened"].startswith("PermissionError: ")
    assert said["told where"].startswith("NoCatalogue: ")
    assert said["searched"][0] > 100
    assert said["searched"][1] == []


@pytest.mark.sandbox
def test_an_instructors_folder_generates_grades_makes_feedback_and_exports(machine, course):
    where = course.python("-c", "import pgcourse; print(pgcourse.__file__)").stdout
    assert where == f"{machine / 'environment/pgcourse/__init__.py'}\n"
    assert sorted(path.name for path in course.path.iterdir() if path.name[0] != ".") == [
        *("assignments", "gradebook.db", "nbgrader_config.py", "solutions")
    ]
    for student in ("ann", "bob"):
        course.hand_in(student, PS, course.answers())
    course.hand_in("cleo", PS, course.answers(clamp_policy=NO_CLAMP))
    succeeded(course.nbgrader("autograde", PS, "--student", "ann"))
    succeeded(course.grade("--student", "bob", "--student", "cleo"))
    succeeded(course.nbgrader("generate_feedback", PS))
    exported = course.python("-m", "pgcourse", "export", PS, "points.csv", "--to", "canvas", "--unfinished")
    assert exported.stdout.endswith("points.csv: the points of 3 students.\n"), exported.stdout + exported.stderr
    full = sum(FULL.values())
    grades = course.grades(PS)
    reached = {student: sum(points or 0 for points, _ in grades[student].values()) for student in grades}
    assert reached == {"ann": full, "bob": full, "cleo": 0}
    assert "The clamp is missing" in (course.path / "feedback" / "cleo" / PS / f"{PS}.html").read_text(encoding="utf-8")
    assert (course.path / "points.csv").read_text(encoding="utf-8").count(f"{full}") >= 2
    assert not list(course.path.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["visible"], "has no folder pgcourse/homework: go to a full copy of the course."),
        (["matrix"], "has no folder docs: go to a full copy of the course."),
        (["release", "students"], "start.py is missing, which students need: go to a full copy of the course."),
    ],
)
def test_verbs_that_write_the_courses_own_files_say_what_is_missing(course, arguments, words):
    before = sorted(course.path.rglob("*"))
    done = course.python("-m", "pgcourse", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pgcourse {arguments[0]}: {course.path}")
    assert done.stderr.endswith(f"{words}\n")
    assert sorted(course.path.rglob("*")) == before
