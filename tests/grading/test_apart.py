"""Work on what may be hostile, in a fork: whatever happens to it, the grader goes on and says why."""

import contextlib
import errno
import faulthandler
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import psutil
import pytest

from pgcourse.grading.errors import KilledFromOutside
from pgcourse.grading.intake import apart, mirror
from pgcourse.grading.sandbox import landlock, seccomp
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


def test_what_is_killed_from_outside_is_done_once_more():
    shared = mmap.mmap(-1, 1)  # by both processes

    def work():
        if not shared[0]:
            shared[0] = 1
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


@pytest.fixture
def course(tmp_path):
    (tmp_path / "submitted").mkdir()
    (tmp_path / "submitted" / "ps.ipynb").write_text("{}")
    (tmp_path / "gradebook.db").write_text("points")
    return tmp_path


def outcome(act, *reads):
    """Return what something comes to in the fork: its value, or the name of the system's error."""

    def work():
        try:
            return act()
        except OSError as error:
            return errno.errorcode[error.errno]

    return apart.run(work, reads)


@pytest.mark.skipif(not landlock.version(), reason="there is no Landlock here")
def test_the_work_reads_what_it_is_told_and_writes_nothing(course):
    notebook, gradebook = course / "submitted" / "ps.ipynb", course / "gradebook.db"
    assert outcome(notebook.read_text, course / "submitted", course / "missing") == "{}"
    assert outcome(notebook.read_text) == "EACCES"
    assert outcome(gradebook.read_text, course / "submitted") == "EACCES"
    assert outcome(lambda: gradebook.write_text("0"), course / "submitted") == "EACCES"
    assert outcome(lambda: (course / "submitted" / "new").touch(), course / "submitted") == "EACCES"
    assert outcome(notebook.unlink, course / "submitted") == "EACCES"
    assert (notebook.read_text(), gradebook.read_text()) == ("{}", "points")


def test_no_file_of_the_graders_is_open_in_the_work(course):
    with (course / "gradebook.db").open() as file:
        assert outcome(lambda: os.read(file.fileno(), 9)) == "EBADF"
        assert file.read() == "points"


@pytest.mark.skipif(sys.platform != "linux" or not seccomp.known(), reason="this machine's calls are not known")
def test_the_work_reaches_nobody():
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()
        other = stack.enter_context(subprocess.Popen(["sleep", "600"]))
        stack.callback(other.kill)
        assert outcome(lambda: socket.create_connection(address)) == "ENOSYS"
        assert outcome(lambda: socket.socketpair()) == "ENOSYS"
        assert outcome(lambda: os.execv("/bin/true", ["true"])) in ("ENOSYS", "EACCES")
        assert outcome(os.fork) == "ESRCH"
        assert outcome(lambda: os.kill(other.pid, signal.SIGTERM)) == "ESRCH"
        assert outcome(lambda: os.kill(os.getppid(), signal.SIGTERM)) == "ESRCH"
        assert outcome(lambda: os.kill(-1, signal.SIGTERM)) == "ESRCH"
        assert other.poll() is None


def test_the_work_may_have_threads():
    done = []

    def work():
        thread = threading.Thread(target=lambda: done.append(1))
        thread.start()
        thread.join()
        return done

    assert apart.run(work) == [1]


@pytest.mark.parametrize("name", ["/etc/passwd", "../ps.ipynb", "data/../../ps.ipynb", "", ".", "a\0b"])
def test_a_place_outside_of_the_submission_is_refused(name):
    assert mirror._plain({"said": ["words"], "files": {"data/a.csv": "YQ=="}}) == (
        ["words"],
        {Path("data/a.csv"): b"a"},
    )
    with pytest.raises(apart.Failed, match=f"^{FAULT}$"):
        mirror._plain({"said": [], "files": {name: "YQ=="}})


@pytest.mark.parametrize(
    "done",
    [None, [], {}, {"said": []}, {"said": 5, "files": {}}, {"said": [5], "files": {}}]
    + [{"said": [], "files": files} for files in ([], {"a": 5}, {"a": "%"}, {"a": None}, {"a": "ż"})],
)
def test_an_answer_of_another_form_is_refused(done):
    with pytest.raises(apart.Failed, match=f"^{FAULT}$"):
        mirror._plain(done)


@pytest.mark.parametrize("answer", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_an_answer_that_is_no_json_is_refused(monkeypatch, answer):
    monkeypatch.setattr(apart, "_forked", lambda work, reads: (answer, 0))
    with pytest.raises(apart.Failed, match=f"^{FAULT}$"):
        apart.run(str)
