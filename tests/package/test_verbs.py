"""Every verb, where the package is installed apart from the course: outside of a course, and in a read-only one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pgcourse.tools.cli import VERBS
from tests.support.course import ROOT, succeeded
from tests.support.mounts import may_mount, read_only
from tests.support.small_course import PS, SmallCourse
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.slow  # a wheel is built
ARGUMENTS = {
    "lab": [],
    "doctor": [],
    "tidy": [],
    "check": ["none.ipynb"],
    "repair": ["none.ipynb"],
    "visible": [],
    "matrix": [],
    "grade": [PS],
    "collect": ["none.zip"],
    "export": [PS, "points.csv", "--to", "canvas"],
    "book": ["site"],
    "release": ["students"],
    "hub": ["--try"],
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A function that runs a verb with the package as a wheel brings it, in a folder."""
    folder = tmp_path_factory.mktemp("installed")
    copy = folder / "copy"
    shutil.copytree(ROOT / "pgcourse", copy / "pgcourse", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-compile"]
    command = [*pip, "--disable-pip-version-check", "--target", str(folder / "packages"), str(copy)]
    succeeded(subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE))

    def run(verb, *arguments, cwd, environment, start=()):
        command = [*start, sys.executable, "-P", "-m", "pgcourse", verb, *arguments]
        variables = {**environment, "PYTHONPATH": str(folder / "packages"), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL
        )

    return run


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A small course that has been released and has one submission."""
    course = SmallCourse(tmp_path_factory.mktemp("course"))
    course.hand_in("ann", PS, course.answers())
    return course


def test_all_verbs_are_tried():
    assert ARGUMENTS.keys() == VERBS.keys()


@pytest.mark.parametrize("verb", [verb for verb in ARGUMENTS if verb != "doctor"])
def test_outside_of_a_course_each_verb_says_why_it_does_nothing(installed, course, tmp_path, verb):
    done = installed(verb, *ARGUMENTS[verb], cwd=tmp_path, environment=course.environment)
    assert done.returncode in (1, 2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert done.stderr.startswith(f"pgcourse {verb}: ")
    assert "packages" not in done.stderr  # it looks for a course where it is called, not where it is installed
    assert list(tmp_path.iterdir()) == []


def test_outside_of_a_course_the_doctor_examines_the_installation(installed, course, tmp_path):
    done = installed("doctor", cwd=tmp_path, environment=course.environment)
    assert "note   no course here" in done.stdout
    assert "course folder" not in done.stdout


@pytest.mark.parametrize("verb", ["grade", "export"])  # test_wheel.py tries those that write the course
def test_a_course_that_cannot_be_written_to_is_named(installed, course, verb):
    if not may_mount(course.path):
        pytest.skip("needs the right to mount a folder read-only")
    before = {path: path.stat().st_mtime_ns for path in course.path.rglob("*")}
    done = installed(
        verb, *ARGUMENTS[verb], cwd=Path("/"), environment=course.environment, start=read_only(course.path)
    )
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    said = {"grade": f"{course.path} is read-only: copy the course to a folder", "export": "ead-only"}[verb]
    assert (done.stdout + done.stderr).count(said) == 1
    assert {path: path.stat().st_mtime_ns for path in course.path.rglob("*")} == before
