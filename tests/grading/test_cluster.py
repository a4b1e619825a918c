"""`pgcourse grade --scheduler`: notebooks run on a real Dask cluster of processes here, killed in mid-job."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys

import pytest
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

from pgcourse.grading.batch import cluster
from pgcourse.grading.batch.execute import SandboxedExecute
from pgcourse.grading.errors import Stopped
from pgcourse.grading.sandbox.provisioner import SandboxedProvisioner
from tests.grading.test_batch import HELD, hand_in, points
from tests.support.course import cell
from tests.support.small_course import FULL, PS, SmallCourse
from tests.support.waiting import PATIENCE, until

pytestmark = pytest.mark.slow
# says in which process the kernel was started, and stays until it may go on
LINGERING = """
import os
with open({path!r}, "a") as file:
    print(os.getppid(), file=file)
"""


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, course):
        self.course, self.workers = course, []
        self.file = course.temporary / "scheduler.json"
        self.file.unlink(missing_ok=True)
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(self.file))
        # written in small parts, the last of which is a bracket of its own line
        assert until(lambda: self.file.exists() and self.file.read_text().endswith("\n}"))
        self.address = json.loads(self.file.read_text())["address"]

    def _start(self, *arguments):
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        return subprocess.Popen(
            command,
            cwd=self.course.home,
            env=self.course.environment,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def add_workers(self, count):
        """Start workers and wait until the scheduler has them."""
        from distributed import Client

        self.workers += [self._start("worker", self.address, "--nthreads", "1", "--no-nanny") for _ in range(count)]
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(sum(worker.poll() is None for worker in self.workers), timeout=PATIENCE)

    def close(self):
        """End all of it."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return SmallCourse(tmp_path_factory.mktemp("c"))


@pytest.fixture
def two_workers(course):
    with contextlib.closing(Cluster(course)) as made:
        made.add_workers(2)
        yield made


def lingering(course, student):
    """Hand in the solution, held; return the path of the file that says where it runs, and of that which lets it go."""
    path, gate = course.home / f"{student}.txt", course.home / f"{student} may go on"
    solution = course.answers()
    source = (LINGERING + HELD).format(path=str(path), gate=str(gate)) + cell(solution, "clamp-policy").source
    cell(solution, "clamp-policy").source = source
    course.hand_in(student, PS, solution)
    return path, gate


def started_in(path):
    """Return the processes that have started a kernel, as far as a file says."""
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_worker_killed_in_mid_job_is_replaced_by_another_and_both_killed_are_reported(course, two_workers):
    (first, gate), (second, _) = lingering(course, "one killed"), lingering(course, "both killed")
    hand_in(course, "spared")
    options = ["--no-sandbox", "--jobs", "1", "--scheduler", two_workers.address]
    batch = course.start(*options, "--student", "spared", "--student", "one killed")
    assert until(lambda: len(started_in(first)) == 1)
    os.kill(started_in(first)[0], signal.SIGKILL)
    gate.touch()
    output, errors = batch.communicate(timeout=PATIENCE)
    assert batch.returncode == 0, output + errors
    assert "2 graded." in output
    assert len(set(started_in(first))) == 2
    assert points(course, "one killed") == points(course, "spared") == FULL

    two_workers.add_workers(1)  # two again
    batch = course.start(*options, "--student", "both killed")
    for count in (1, 2):
        assert until(lambda count=count: len(started_in(second)) == count)
        os.kill(started_in(second)[-1], signal.SIGKILL)
    output, errors = batch.communicate(timeout=PATIENCE)
    assert batch.returncode == 1
    assert "The workers that ran this notebook were killed" in output
    assert "Traceback" not in errors
    assert "both killed" not in course.grades(PS)

    with course.settings("c.SandboxedExecute.scheduler_timeout = 20"):
        alone = course.grade(*options, "--student", "both killed")
    assert alone.returncode == 1
    assert f"The scheduler at {two_workers.address} has no workers: start some with `dask worker" in alone.stderr


@pytest.mark.sandbox
def test_workers_sandbox_and_have_the_files_beside_the_notebook(course, two_workers):
    solution = course.answers()
    first = cell(solution, "clamp-policy")
    first.source += (
        "\n\nimport os\nprint(open('beside.txt').read(), os.path.exists('/proc/1/environ'), dict(os.environ))"
    )
    course.hand_in("sandboxed", PS, solution)
    (course.path / "submitted" / "sandboxed" / PS / "beside.txt").write_text("words beside the notebook")
    result = course.grade("--scheduler", two_workers.address, "--student", "sandboxed")
    assert result.returncode == 0, result.stdout + result.stderr
    assert points(course, "sandboxed") == FULL
    (output,) = cell(course.read(PS, "autograded/sandboxed"), "clamp-policy").outputs
    assert "words beside the notebook" in output.text
    assert str(course.home) not in output.text  # its environment is the sandbox's


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere"])
def test_a_wrong_address_is_said_in_a_sentence(course, address):
    hand_in(course, f"at {address[:3]}")
    with course.settings("c.SandboxedExecute.scheduler_timeout = 2"):
        result = course.grade("--no-sandbox", "--scheduler", address)
    assert result.returncode == 2
    last = result.stderr.splitlines()[-1]
    assert re.fullmatch(rf"pgcourse grade: There is no Dask scheduler at {address} \(.+\): check the address\.", last)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("limit", [500, DeferredConfigString("500")], ids=["in a file", "on the command line"])
def test_limits_that_the_course_sets_hold_on_workers(limit):
    here = SandboxedExecute(config=Config({"SandboxedProvisioner": {"memory": limit}, "Execute": {"timeout": 7}}))
    there = Config(json.loads(json.dumps(cluster.settings(here))))
    assert SandboxedProvisioner(config=there).memory == 500
    assert SandboxedProvisioner(config=there).cpu_time == SandboxedProvisioner().cpu_time
    assert SandboxedExecute(config=there).timeout == 7


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Stopped, match=r"run `pip install distributed`"):
        cluster.connect.__wrapped__("tcp://127.0.0.1:1", True, PATIENCE)


def test_workers_with_other_versions_are_refused(two_workers, monkeypatch):
    monkeypatch.setattr(cluster, "versions", lambda: {"numpy": "1.0"})
    with pytest.raises(Stopped, match=r"The worker \S+ has numpy \S+ instead of 1\.0: install the same"):
        cluster.connect.__wrapped__(two_workers.address, False, PATIENCE)
