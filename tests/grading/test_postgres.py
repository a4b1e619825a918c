"""PostgreSQL as the gradebook: the documented setting, a real server, several graders at once."""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pgcourse.tools.needs import find_postgres
from tests.support.course import ROOT, Course, cell, solved, succeeded, tasks_of, written
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.postgres

PS = "ps4_left_right"
FULL = sum(task.points for task in tasks_of(PS))
POINTS = {"all": FULL, "half": 5, "nothing": 0}
WRITTEN = "boundaries"


class Server:
    """A server of its own, that listens on a socket in its own folder and nowhere else."""

    def __init__(self, folder):
        """Set up in an empty folder and start."""
        self.folder, self.data = folder, folder / "data"
        # it refuses to be run by root
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(folder, "postgres", "postgres")
        # local users are who the system says they are, as on a Debian server
        self._run("initdb", "--pgdata", self.data, "--auth", "peer", "--encoding", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=20"
        self._control("--log", folder / "log", "--options", options, "start")
        me = pwd.getpwuid(os.geteuid()).pw_name
        if self.user:
            self._run("createuser", "--host", folder, me)
        self._run("createdb", "--host", folder, "--owner", me, "pgcourse")

    def stop(self):
        """End it, whoever is connected."""
        self._control("--mode", "immediate", "stop")

    def _control(self, *arguments):
        self._run("pg_ctl", "--pgdata", self.data, "--wait", "--timeout", str(PATIENCE), *arguments)

    def _run(self, program, *arguments):
        command = [find_postgres() / program, *arguments]
        kept = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        # a server keeps its parent's pipes open for as long as it lives, hence a file
        with open(os.devnull) as nothing, tempfile.TemporaryFile() as said:
            pipes = {"stdin": nothing, "stdout": said, "stderr": said}
            done = subprocess.run(command, cwd=self.folder, env=kept, timeout=2 * PATIENCE, **pipes, **self.user)
            said.seek(0)
            assert done.returncode == 0, said.read().decode()


@pytest.fixture(scope="module")
def server():
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # the path of a socket must be short
    server = Server(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def course(server, tmp_path_factory):
    """A course that keeps its gradebook there, with three submissions."""
    course = Course(tmp_path_factory.mktemp("postgres"))
    page = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    (setting,) = re.findall(r"^c\.CourseDirectory\.db_url = .*postgres.*$", page, re.M)
    with open(course.path / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(f"\n{setting}\n")
    course.environment["PGHOST"] = str(server.folder)
    succeeded(course.nbgrader("generate_assignment", PS))
    solution, half = course.read(PS, "solutions"), course.read(PS)
    whole = written(solved(course.read(PS), solution), {WRITTEN: cell(solution, WRITTEN).source})
    course.hand_in("all", PS, whole)
    course.hand_in("nothing", PS, course.read(PS))
    half = written(half, {cell_id: cell(solution, cell_id).source for cell_id in ("clamp-policy", "clamp-score")})
    course.hand_in("half", PS, half)
    return course


def start(course, *arguments):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen([sys.executable, *arguments], cwd=course.path, env=course.environment, **pipes)


def grades(server):
    """Return {student: points}, and those who wait for a person."""
    from nbgrader.api import Gradebook

    with Gradebook(f"postgresql+psycopg:///pgcourse?host={server.folder}", "pgcourse") as gradebook:
        found = gradebook.assignment_submissions(PS)
        return {one.student.id: one.score for one in found}, {one.student.id for one in found if one.needs_manual_grade}


def test_graders_at_the_same_time_lose_nothing(server, course):
    graders = [start(course, "-m", "nbgrader", "autograde", PS, "--student", student) for student in POINTS]
    for grader in graders:
        output, _ = grader.communicate(timeout=2 * PATIENCE)
        assert grader.returncode == 0, output
    assert grades(server) == (POINTS, {"all"})
    assert not list(course.path.glob("gradebook.db*"))


def test_a_manual_grade_survives_regrading_by_a_batch(server, course):
    from nbgrader.api import Gradebook

    with Gradebook(f"postgresql+psycopg:///pgcourse?host={server.folder}", "pgcourse") as gradebook:
        gradebook.find_grade(WRITTEN, PS, PS, "all").manual_score = 2.5
        gradebook.db.commit()
    batch = start(course, "-m", "pgcourse", "grade", PS, "--jobs", "2", "--force")
    output, _ = batch.communicate(timeout=2 * PATIENCE)
    assert batch.returncode == 0, output
    assert grades(server)[0] == {**POINTS, "all": FULL + 2.5}


def test_nbgrader_finds_nothing_to_upgrade(course):
    succeeded(course.nbgrader("db", "upgrade"))


def test_points_are_exported(course):
    done = start(course, "-m", "pgcourse", "export", PS, "points.csv", "--to", "canvas", "--unfinished")
    output, _ = done.communicate(timeout=PATIENCE)
    assert "the points of 3 students" in output
    assert (course.path / "points.csv").read_text().count("\n") == 5
