"""`kill -9` of `pgcourse grade` at random moments: whoever runs it again gets what an uninterrupted run gives.

The moments are spread over a whole run, from the imports to the last save, and a resumed run is killed like the first.
"""

import contextlib
import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from tests.support.course import succeeded
from tests.support.small_course import PS, SmallCourse, kill
from tests.support.waiting import PATIENCE, until

KILLS = 30
pytestmark = [pytest.mark.sandbox, pytest.mark.long]
WRONG = "def clamp_score(theta, action):\n    print('wrong')\n    return 7.0"
SUBMISSIONS = {"ann": {}, "bob": {"clamp_score": WRONG}, "cleo": {"boundaries": "Words."}}
MARKED = "zoe"  # graded and marked by hand before


def is_probe(path):
    """Say whether Python's tempfile made this file to try the folder: it stays if Python is killed just then."""
    return bool(re.fullmatch(r"[a-z0-9_]{8}", path.name)) and path.is_file() and path.read_bytes() in (b"", b"blat")


class Trial:
    """A course in which batches are killed, and what an uninterrupted batch leaves there."""

    def __init__(self, course):
        self.course, self.options, self.seen = course, ["--jobs", "2"], set()
        self.saved = course.path.parent / "saved"
        course.hand_in(MARKED, PS, course.answers())
        succeeded(course.grade(*self.options))
        course.mark(MARKED, 1.5, "a comment")
        for student, sources in SUBMISSIONS.items():
            course.hand_in(student, PS, course.answers(**sources))
        shutil.copytree(course.path, self.saved)
        began = time.monotonic()
        succeeded(course.grade(*self.options))
        self.seconds = time.monotonic() - began
        self.wanted = self.state()
        self.reset()

    def reset(self):
        """Go back to before the batch."""
        shutil.rmtree(self.course.path)
        shutil.copytree(self.saved, self.course.path)

    def state(self):
        """Return all that grading leaves: gradebook, graded notebooks, names of files, temporary files, mounts."""
        root = self.course.path
        return {
            "gradebook": self.course.rows(),
            "notebooks": {path: plain(path) for path in root.glob("autograded/*/*/*.ipynb")},
            "files": sorted(root.rglob("*")),
            "temporary": sorted(path for path in self.course.temporary.iterdir() if not is_probe(path)),
            "mounts": sorted(line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()),
        }

    def batch(self, moment, victims):
        """Start a batch and kill some of it.

        moment   seconds until then
        victims  function of the batch's psutil.Process that returns those to kill
        returns  whether the batch was still running
        """
        process = self.course.start(*self.options)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            batch = psutil.Process(process.pid)
            self.seen |= {batch, *batch.children(recursive=True)}
            kill_all(victims(batch))
            return True
        finally:
            if process.poll() is None or process.returncode:
                kill(process)
            else:
                process.communicate()
        assert process.returncode == 0
        return False

    def left(self):
        """Return the processes of killed batches that do not end."""
        until(lambda: not any(process.is_running() for process in self.seen))
        return [process for process in self.seen if process.is_running()]


def kill_all(processes):
    """Kill those of the processes that have not ended, perhaps with one that was killed before them."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def plain(path):
    """Return what a graded notebook says, without the places where its code lay."""
    cells = nbformat.read(path, as_version=4).cells
    for cell in cells:
        for output in cell.get("outputs", []):
            output.pop("traceback", None)
    return cells


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    # a short path: sockets lie in it
    course = SmallCourse(tmp_path_factory.mktemp("r"))
    return Trial(course)


def whole(batch):
    return [batch, *batch.children(recursive=True)]


def alone(batch):
    return [batch]


def test_killed_at_thirty_random_moments_and_resumed_it_ends_as_if_it_had_not_been(trial):
    seed = int(os.environ.get("PGCOURSE_SEED") or random.randrange(10**6))
    print(f"PGCOURSE_SEED={seed} repeats these moments; one batch takes {trial.seconds:.1f} s")
    dice, kills, ends, is_whole = random.Random(seed), 0, 0, True
    while kills < KILLS:
        began = time.monotonic()
        if trial.batch(dice.uniform(0, trial.seconds), dice.choice([alone, whole])):
            kills, is_whole = kills + 1, False
        else:
            if is_whole:  # where the machine was busier when this was measured, most moments would come too late
                trial.seconds = time.monotonic() - began
            assert trial.state() == trial.wanted
            ends, is_whole = ends + 1, True
            trial.reset()
    succeeded(trial.course.grade(*trial.options))
    assert trial.state() == trial.wanted
    assert trial.left() == []
    print(f"{ends + 1} batches were resumed to their end")


def test_a_grader_killed_in_mid_batch_is_replaced_and_nothing_is_lost(trial):
    trial.reset()
    process = trial.course.start(*trial.options)
    graders = until(lambda: begun(trial) and leaders(process))
    assert graders
    kill_all(graders)
    output, errors = process.communicate(timeout=2 * PATIENCE)
    assert process.returncode == 0, output + errors
    assert trial.state() == trial.wanted


def begun(trial):
    """Say whether a submission of the batch is being graded."""
    return [path for path in trial.course.path.glob("autograded/*") if path.name != MARKED]


def leaders(process):
    """Return the graders: those of a batch's processes that have a process group of their own."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if child.is_running() and _group(child.pid) == child.pid]


def _group(pid):
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
