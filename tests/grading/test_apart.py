"""Work on what may be hostile, in a fork: whatever happens to it, the grader goes on and says why."""

import faulthandler
import os
import signal
import subprocess
import sys
import time
import warnings

import psutil
import pytest

from pgcourse.grading.errors import KilledFromOutside
from pgcourse.grading.intake import apart
from tests.support.waiting import until

FAULT = "cannot be read: ask your instructor to look at it"


def spin():
    while True:
        pass


def crash():
    faulthandler.disable()
    os.abort()


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_the_work_returns_comes_back_from_another_process():
    pid, words = apart.run(lambda: [os.getpid(), "żółw \ud800"])
    assert pid != os.getpid()
    assert words == "żółw \ud800"
    assert not psutil.pid_exists(pid)


def test_the_work_changes_nothing_here(monkeypatch):
    monkeypatch.setitem(os.environ, "APART", "as it was")
    assert apart.run(lambda: os.environ.__setitem__("APART", "changed")) is None
    assert os.environ["APART"] == "as it was"


@pytest.mark.parametrize(
    ("work", "limits", "reason"),
    [
        (spin, {"SECONDS": 1}, "takes more than 1 seconds to read"),
        (lambda: time.sleep(600), {"PATIENCE": 0.2}, f"takes more than {apart.SECONDS} seconds to read"),
        (lambda: "x" * 5000, {"MOST": 1000}, f"takes more than {apart.SECONDS} seconds to read"),
        (lambda: len(bytearray(200 << 20)), {"MEMORY": 100}, "takes more than 100 MB of memory to read"),
        (lambda: 1 / 0, {}, FAULT),
        (lambda: object(), {}, FAULT),
        (crash, {}, FAULT),
        (lambda: os._exit(9), {}, FAULT),
        (sys.exit, {}, FAULT),
    ],
)
def test_a_limit_a_crash_and_an_exception_are_said_in_words(monkeypatch, work, limits, reason):
    for name, value in limits.items():
        monkeypatch.setattr(apart, name, value)
    with pytest.raises(apart.Failed, match=f"^{reason}$"):
        apart.run(work)


def test_what_a_parser_warns_of_is_not_said(recwarn, capfd):
    assert apart.run(lambda: warnings.warn("not valid", stacklevel=1)) is None
    assert capfd.readouterr().err == ""


def test_there_is_room_beyond_what_the_grader_holds(monkeypatch):
    held = bytearray(200 << 20)
    monkeypatch.setattr(apart, "MEMORY", 150)
    assert apart.run(lambda: len(bytearray(100 << 20)) + len(held)) == 300 << 20


def test_what_is_killed_from_outside_is_done_once_more(tmp_path):
    def work():
        if not (tmp_path / "before").exists():
            (tmp_path / "before").touch()
            kill_itself()
        return "done"

    assert apart.run(work) == "done"
    with pytest.raises(KilledFromOutside):
        apart.run(kill_itself)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends at its limit")
def test_the_work_ends_with_the_grader():
    code = (
        "import os, time\nfrom pgcourse.grading.intake import apart\n"
        "apart.run(lambda: (print(os.getpid(), flush=True), time.sleep(600)))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as grader:
        pid = int(grader.stdout.readline())
        assert psutil.pid_exists(pid)
        grader.kill()
        assert until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
