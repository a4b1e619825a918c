"""Work on what may be hostile, in a fork: whatever happens to it, the grader goes on and says why."""

import contextlib
import ctypes
import errno
import faulthandler
import fcntl
import mmap
import os
import resource
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
from pgcourse.grading.sandbox import cgroups, landlock, seccomp
from tests.support.waiting import until

pytestmark = pytest.mark.slow

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


def test_what_is_killed_from_outside_is_done_once_more(monkeypatch):
    works, forked = [kill_itself, lambda: "done"], apart._forked
    monkeypatch.setattr(apart, "_forked", lambda work, *rest: forked(works.pop(0), *rest))
    assert apart.run(str) == "done"
    works += [kill_itself, kill_itself]
    with pytest.raises(KilledFromOutside):
        apart.run(str)


@pytest.mark.skipif(bool(cgroups.unavailable_reason()), reason="no control group can be made here")
def test_the_work_is_in_the_submissions_control_group(monkeypatch):
    monkeypatch.setattr(apart, "MEMORY", 100)
    monkeypatch.setattr(apart, "_limit", lambda: None)  # so that it is the group's
    assert apart.run(lambda: len(b"1" * (30 << 20))) == 30 << 20
    with pytest.raises(apart.Failed, match="takes more than 100 MB"):
        apart.run(lambda: len(b"1" * (100 + apart.BESIDE + 50 << 20)))
    with pytest.raises(KilledFromOutside):
        apart.run(kill_itself)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends at its limit")
def test_the_work_ends_with_the_grader():
    code = "import time\nfrom pgcourse.grading.intake import apart\napart.run(lambda: time.sleep(600))"
    with subprocess.Popen([sys.executable, "-c", code]) as grader:
        children = psutil.Process(grader.pid).children
        assert until(lambda: any(os.getsid(child.pid) == child.pid for child in children()))  # it is confined
        [child] = children()
        grader.kill()
        assert until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


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
    assert outcome(notebook.unlink, course / "submitted") in ("EACCES", "ENOSYS")
    assert (notebook.read_text(), gradebook.read_text()) == ("{}", "points")


def test_the_work_can_read_in_every_way(course):
    folder, notebook = course / "submitted", course / "submitted" / "ps.ipynb"

    def work():
        found = [os.read(os.open(notebook, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), 9).decode()]
        with notebook.open() as text, notebook.open("rb", 0) as raw:
            found += [text.read(), raw.read().decode()]
        with os.scandir(folder) as entries:
            found += [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        return [*found, [path.name for path in folder.rglob("*")], os.path.realpath(notebook) == str(notebook)]

    assert outcome(work, folder) == ["{}", "{}", "{}", "ps.ipynb", ["ps.ipynb"], True]


def test_no_file_of_the_graders_is_open_in_the_work(course):
    with (course / "gradebook.db").open() as file:
        assert outcome(lambda: os.read(file.fileno(), 9)) == "EBADF"
        assert file.read() == "points"


KNOWN = pytest.mark.skipif(sys.platform != "linux" or not seccomp.known(), reason="this machine's calls are not known")
libc = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"


def called(number, *arguments):
    """Make a system call, which Python has no function for."""
    if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), "")
    return "done"


@KNOWN
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
        assert outcome(lambda: called(234 if X86 else 131, other.pid, other.pid, signal.SIGTERM)) == "ESRCH"
        assert outcome(lambda: os.pidfd_open(other.pid)) == "ENOSYS"
        assert outcome(lambda: os.setpriority(os.PRIO_PROCESS, other.pid, 19)) == "ENOSYS"
        assert outcome(lambda: os.sched_setaffinity(other.pid, {0})) == "ENOSYS"
        assert outcome(lambda: os.sched_setscheduler(other.pid, os.SCHED_BATCH, os.sched_param(0))) == "ENOSYS"
        assert outcome(lambda: called(251 if X86 else 30, 1, other.pid, 3 << 13)) == "ENOSYS"  # ioprio_set
        assert outcome(lambda: resource.prlimit(other.pid, resource.RLIMIT_CORE)) == "ESRCH"
        assert outcome(lambda: resource.prlimit(other.pid, resource.RLIMIT_CORE, (0, 0))) == "ENOSYS"
        assert outcome(lambda: fcntl.fcntl(0, fcntl.F_SETOWN, other.pid)) == "ENOSYS"
        assert other.poll() is None


@KNOWN
@pytest.mark.parametrize("may_read", [True, False], ids=["without Landlock", "with Landlock"])
def test_the_work_changes_no_file(course, monkeypatch, may_read):
    notebook, folder = course / "submitted" / "ps.ipynb", course / "submitted"
    if may_read:
        monkeypatch.setattr(landlock, "read_only", lambda folders: None)
    before = notebook.stat()
    assert outcome(lambda: notebook.write_text("0"), folder) == "EACCES"
    assert outcome(lambda: os.open(notebook, os.O_RDONLY | os.O_TRUNC), folder) == "EACCES"
    assert outcome(lambda: os.open(folder / "new", os.O_RDONLY | os.O_CREAT), folder) == "EACCES"
    for change in (
        lambda: os.chmod(notebook, 0o666),
        lambda: os.chmod(os.open(notebook, os.O_RDONLY), 0o666),
        lambda: os.chown(notebook, 1, 1),
        lambda: os.utime(notebook, (1, 1)),
        lambda: os.setxattr(notebook, "user.a", b"1"),
        lambda: os.removexattr(notebook, "user.a"),
        lambda: os.truncate(notebook, 0),
        lambda: os.link(notebook, folder / "new"),
        lambda: os.symlink(notebook, folder / "new"),
        lambda: os.rename(notebook, folder / "new"),
        lambda: os.mkdir(folder / "new"),
        lambda: os.mkfifo(folder / "new"),
        lambda: os.unlink(notebook),
        lambda: os.rmdir(folder),
        lambda: fcntl.flock(os.open(notebook, os.O_RDONLY), fcntl.LOCK_EX),
    ):
        assert outcome(change, folder) == "ENOSYS"
    assert (before, "{}", [notebook]) == (notebook.stat(), notebook.read_text(), list(folder.iterdir()))


@KNOWN
def test_the_work_has_no_other_way_out():
    for act in (
        lambda: os.memfd_create("a"),
        lambda: os.eventfd(0),
        lambda: os.pipe(),
        lambda: os.setsid(),
        lambda: os.chdir("/"),
        lambda: os.chroot("/"),
        lambda: os.nice(1),
        lambda: os.setuid(65534),
        lambda: os.openpty(),
        lambda: socket.if_nameindex(),
        lambda: time.clock_settime(time.CLOCK_REALTIME, 0),
        lambda: signal.setitimer(signal.ITIMER_REAL, 9),
        lambda: fcntl.fcntl(0, fcntl.F_SETPIPE_SZ, 1 << 20),
        lambda: fcntl.ioctl(0, 0x5412, b"\n"),  # TIOCSTI, which types into a terminal
        lambda: resource.setrlimit(resource.RLIMIT_CPU, (99, 99)),
        lambda: called(425, 1, 0),  # io_uring_setup
        lambda: called(435, 0, 0),  # clone3
        lambda: called(437, 0, 0, 0, 0),  # openat2
        lambda: called(250 if X86 else 219, 0, -3, 1),  # keyctl
        lambda: called(29 if X86 else 194, 0, 4096, 0o1600),  # shmget
        lambda: called(310 if X86 else 270, os.getppid(), 0, 0, 0, 0, 0),  # process_vm_readv
        lambda: called(101 if X86 else 117, 16, os.getppid(), 0, 0),  # ptrace
        lambda: called(294 if X86 else 26, 0),  # inotify_init1
        lambda: called(165 if X86 else 40, 0, 0, 0, 0, 0),  # mount
        lambda: called(157 if X86 else 167, 1, 0, 0, 0, 0),  # prctl: not to end with the grader
        lambda: called(28 if X86 else 233, 0, 4096, 100),  # madvise: break memory
    ):
        assert outcome(act) in ("ENOSYS", "EACCES")
    assert outcome(lambda: resource.getrlimit(resource.RLIMIT_CPU)[0]) == apart.SECONDS


@pytest.mark.skipif(not landlock.version(), reason="there is no Landlock here")
def test_the_work_reads_nothing_of_other_processes():
    for name in ("environ", "mem", "maps", "cmdline"):
        assert outcome(lambda name=name: Path(f"/proc/{os.getppid()}/{name}").read_bytes()) == "EACCES"
    assert outcome(lambda: os.listdir("/proc")) == "EACCES"
    assert outcome(lambda: os.open("/dev/tty", os.O_RDONLY)) == "EACCES"


def test_the_work_has_no_terminal_and_no_standard_input():
    null = os.stat(os.devnull)
    assert apart.run(lambda: [os.fstat(number).st_rdev for number in range(3)]) == [null.st_rdev] * 3
    assert apart.run(os.getpgrp) != os.getpgrp()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they are not found")
def test_the_work_shares_no_memory():
    with mmap.mmap(-1, 5) as shared:
        shared[:] = b"lock1"
        assert apart.run(lambda: [shared.write(b"held!"), bytes(shared).decode()]) == [5, "held!"]
        assert bytes(shared) == b"lock1"


def closed():
    os.closerange(0, 100)
    time.sleep(600)


def passes_over_its_signal():
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    spin()


def test_the_work_cannot_make_the_grader_wait(monkeypatch):
    with pytest.raises(KilledFromOutside):
        apart.run(closed)
    monkeypatch.setattr(apart, "SECONDS", 1)
    monkeypatch.setattr(apart, "GRACE", 0)
    with pytest.raises(KilledFromOutside):
        apart.run(passes_over_its_signal)


def test_the_work_needs_no_standard_files_of_the_grader():
    code = "import os\nos.close(0)\nfrom pgcourse.grading.intake import apart\nprint(apart.run(lambda: 5))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "5\n", done.stderr


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
    monkeypatch.setattr(apart, "_forked", lambda *_: (answer, 0))
    with pytest.raises(apart.Failed, match=f"^{FAULT}$"):
        apart.run(str)
