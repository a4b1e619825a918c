"""The sandbox: what a student's kernel sees and reaches, what it may use, that nothing outlives it.

Everything that must hold for one kernel is tried in both kinds of sandbox: made for it, and warm.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import pytest
from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config

from pgcourse.grading import tempfolders
from pgcourse.grading.errors import SandboxError
from pgcourse.grading.sandbox import bubblewrap, landlock, mounts, pool, seccomp, watchdog
from pgcourse.grading.sandbox.provisioner import SandboxedKernelManager, socket_folder
from tests.support.waiting import PATIENCE, completed, until

pytestmark = pytest.mark.sandbox
ROOT = Path(__file__).resolve().parents[2]
PROBE = (ROOT / "tests/support/sandbox_probe.py").read_text(encoding="utf-8")
KINDS = pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
SUPERUSER = pytest.mark.skipif(os.geteuid() != 0, reason="the tests run as an ordinary user anyway")


class Kernel:
    """A kernel in a sandbox, driven from a test; `said` is what the last cell has printed so far."""

    def __init__(self, folder, warm, **limits):
        self.config = Config(SandboxedProvisioner={"warm": warm, **limits})
        self.folder = {} if folder is None else {"cwd": str(folder)}
        self.manager, self.said = None, ""

    async def __aenter__(self):
        self.manager = SandboxedKernelManager(config=self.config)
        await self.manager.start_kernel(**self.folder)
        self.client = self.manager.client()
        self.client.start_channels()
        try:
            await self.client.wait_for_ready(timeout=PATIENCE)
        except RuntimeError:
            await self.__aexit__()
            raise
        self.provisioner = self.manager.provisioner
        self.folders = self.provisioner.folders
        self.processes = self.provisioner.process
        return self

    async def __aexit__(self, *_):
        self.client.stop_channels()
        if self.manager.provisioner.folders is not None:
            await self.manager.shutdown_kernel()

    async def run(self, code):
        """Run a cell; return what it printed, or its error as `name: message`."""
        self.said = ""

        def hear(message):
            content = message["content"]
            if "ename" in content:
                self.said += f"{content['ename']}: {content['evalue']}"
            self.said += content.get("text", "")

        await self.client.execute_interactive(code, output_hook=hear, timeout=PATIENCE)
        return self.said


def cells(folder, warm, *codes, **limits):
    """Run cells in one kernel; return what each printed."""

    async def work():
        async with Kernel(folder, warm, **limits) as kernel:
            return [await kernel.run(code) for code in codes]

    return completed(work())


def stopped(folder, warm, code, **limits):
    """Run a cell for which the sandbox is to be killed; return the reason given."""

    async def work():
        async with Kernel(folder, warm, **limits) as kernel:
            kernel.client.execute(code)
            assert await asyncio.to_thread(kernel.processes.ended, PATIENCE), "was not killed"
            return kernel.provisioner.ended

    try:
        return completed(work())
    except RuntimeError as error:  # a slow machine: not even ready by then
        return str(error)


def ended_from_outside(folder, warm, code):
    """Run a cell that ends its kernel, or for None kill the kernel; say what the grader makes of it."""

    async def work():
        async with Kernel(folder, warm) as kernel:
            if code is None:
                os.kill(max(watchdog.descendants(kernel.processes.pid)), signal.SIGKILL)
            else:
                kernel.client.execute(code)
            assert await asyncio.to_thread(kernel.processes.ended, PATIENCE), "goes on"
            return kernel.provisioner.killed_from_outside()

    return completed(work())


def running(word):
    """Return the numbers of processes of this machine with a word in their command."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and word.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def gone(word):
    """Wait until no process has the word in its command; say whether that came."""
    return until(lambda: not running(word))


def there(word):
    """Wait until a process has the word in its command, a moment after its start; say whether just one has."""
    return len(until(lambda: running(word))) == 1


def told(name, root):
    """Return what a file of proc(5) says of a process and of each that descends from it."""
    texts = []
    for pid in watchdog.descendants(root):
        with contextlib.suppress(OSError):
            texts.append(Path(f"/proc/{pid}/{name}").read_text())
    return texts


def left_running(word):
    """Return a cell that leaves a process of another session behind, a word in its command; it ignores hints to end."""
    script = f"import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(600)  # {word}"
    return f"""
import os, subprocess, sys
if os.fork() == 0:
    os.setsid()
    subprocess.Popen([sys.executable, "-c", {script!r}], start_new_session=True)
    os._exit(0)
os.wait()
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """What there is to find on the host: files, a port on loopback, an abstract socket."""
    secret = tmp_path_factory.mktemp("secret") / "gradebook.db"
    secret.write_text("points")
    name = f"pgcourse-{uuid.uuid4()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0" + name)
        abstract.listen()
        paths = [str(ROOT), str(ROOT / "solutions"), str(secret), str(Path.home() / ".bashrc"), "/etc/shadow", "/sys"]
        yield {"paths": paths, "port": server.getsockname()[1], "abstract": name}


@pytest.fixture(scope="module", params=[False, True], ids=["cold", "warm"])
def seen(request, host, tmp_path_factory):
    """What the probe saw in a kernel of each kind."""
    folder = tmp_path_factory.mktemp("submission")
    (printed,) = cells(folder, request.param, f"HOST = {host!r}\n{PROBE}")
    assert printed.startswith("{"), printed
    return json.loads(printed)


def test_kernel_is_nobody_and_has_no_rights(seen):
    assert seen["user"][:2] == [1000, 1000]
    assert 0 not in seen["user"][2]
    assert seen["capabilities"] == [0] * 5
    assert seen["no new privileges"] == "1"
    assert seen["filter"] == "2"


def test_kernel_sees_none_of_the_hosts_files(seen):
    assert seen["host paths"] == []
    expected = ("/home/student/", "/sockets/", "/etc/alternatives/", "/etc/fonts/", "/etc/ld.so.cache", "/etc/passwd")
    assert [path for path in seen["files"] if not path.startswith((*expected, "/tmp/"))] == []
    assert seen["devices"] == []
    assert "command" not in seen["pyvenv.cfg"]
    assert sys.prefix not in seen["pyvenv.cfg"]


def test_kernel_has_the_students_package_and_no_hidden_module(seen):
    assert seen["course"] == f"{mounts.COURSE}/pgcourse/__init__.py"
    assert seen["hidden module"] == "NoCatalogue"
    names = {Path(path).name for path in seen["package"]}
    assert {"compare.py", "visible.json", "kernel.py"} <= names  # it did look
    assert not [name for name in names if name.startswith("ps")]


def test_kernel_can_write_only_in_private_folders(seen):
    allowed = [bubblewrap.SOCKETS] if "/sockets" in seen["writable"] else []  # of a cold sandbox: watched
    assert seen["writable"] == allowed


def test_kernel_inherits_no_variable_and_no_open_file(seen):
    environment = seen["environment"]
    names = {*mounts.variables(), "JPY_PARENT_PID", "PYDEVD_USE_FRAME_EVAL", "TERM", "CLICOLOR", "FORCE_COLOR"}
    names |= {"CLICOLOR_FORCE", "PAGER", "GIT_PAGER", "PWD", "LC_CTYPE"}  # set by bubblewrap, Python and ipykernel
    assert environment.keys() - names == set()
    assert [
        path for path in seen["descriptors"] if not path.startswith(("pipe:", "socket:", "anon_inode:", "/dev/"))
    ] == []


def test_kernel_sees_no_other_process(seen):
    assert len(seen["processes"]) <= 3
    assert str(ROOT) not in seen["command of process 1"]
    assert str(ROOT) not in seen["path"]


def test_kernel_reaches_no_network(seen):
    assert seen["interfaces"] == ["lo"]
    assert seen["netlink"] == [0]
    assert {*seen["families"]} <= {
        *seccomp.FAMILIES,
        socket.AF_NETLINK,
    }  # vsock, for one, would reach the host whatever the namespace
    assert seen["loopback"] != "reached"
    assert seen["abstract socket"] != "reached"


def test_kernel_makes_no_namespace_and_uses_no_refused_call(seen):
    assert seen["new user namespace"] == [-1, -1]
    assert seen["mount"] == seen["ptrace"] == seen["keys"] == -1
    assert seen["memory without limit"] == [-1, -1]


def test_warm_kernel_cannot_look_into_its_init(seen):
    if seen["command of process 1"].startswith("bwrap"):
        return  # of a cold sandbox: process 1 holds nothing, and no right
    assert seen["secrets of process 1"] == ["PermissionError"] * 3


COUNT_PROCESSES = """
import os, time
started = []
try:
    while len(started) < 300:
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
            os._exit(0)
        started.append(pid)
except OSError as error:
    print(type(error).__name__, len(started))
for pid in started:
    os.kill(pid, 9)
"""


@KINDS
def test_processes_are_limited(tmp_path, warm):
    (printed,) = cells(tmp_path, warm, COUNT_PROCESSES, processes=40)
    error, number = printed.split()
    assert error == "BlockingIOError"
    assert 5 < int(number) < 40


USES = {
    "address space": ("import numpy as np; np.ones(10**9)", "MemoryError", {"memory": 2000}),
    "size of a file": ("open('a', 'wb').write(bytes(10**7))", "OSError: [Errno 27]", {"file_size": 5}),
    "size of the folder": (
        "for i in range(9): open(f'{i}', 'wb').write(bytes(4 * 10**6))",
        "OSError: [Errno 28]",
        {"work_size": 20},
    ),
    "open files": ("kept = [open('/dev/null') for i in range(300)]", "OSError: [Errno 24]", {}),
}


@KINDS
def test_limits_hold_and_the_kernel_lives_on(tmp_path, warm):
    for name, (code, error, limits) in USES.items():
        first, second = cells(
            tmp_path, warm, code, "for f in globals().get('kept', []): f.close()\nprint(6 * 7)", **limits
        )
        assert error in first, name
        assert second == "42\n", name


@KINDS
def test_number_of_files_is_limited(tmp_path, warm):
    code = "import os\nfor i in range(10**6): os.close(os.open(f'/tmp/{i}', os.O_CREAT))"
    if warm:
        (printed,) = cells(tmp_path, warm, code)
        assert "Errno 28" in printed
    else:
        assert "files" in stopped(tmp_path, warm, code)


@KINDS
def test_time_as_a_whole_is_limited(tmp_path, warm):
    assert "3 seconds" in stopped(tmp_path, warm, "import time\nwhile True: time.sleep(1)", wall_time=3)


@KINDS
def test_memory_as_a_whole_is_limited(tmp_path, warm):
    code = """
import os, time
for i in range(6):
    if os.fork() == 0:
        held = b"1" * 300_000_000
        time.sleep(60)
time.sleep(60)
"""
    assert "1000 megabytes" in stopped(tmp_path, warm, code, total_memory=1000)


def test_shared_folder_cannot_be_filled_with_sockets_when_cold(tmp_path):
    code = """
import socket, time
kept = [socket.socket(socket.AF_UNIX) for _ in range(80)]
for number, one in enumerate(kept):
    one.bind(f"/sockets/{number}")
time.sleep(600)
"""
    assert "where only sockets belong" in stopped(tmp_path, False, code)


@KINDS
def test_no_file_can_be_written_to_the_shared_folder(tmp_path, warm):
    if not (warm or landlock.version()):
        pytest.skip("no Landlock here: the watchdog alone looks at the folder of a cold sandbox")
    everywhere = """
import os
for action in (lambda: open("/sockets/a", "wb"), lambda: os.mkdir("/sockets/b"), lambda: os.symlink("/", "/sockets/c")):
    try:
        action()
        print("written")
    except OSError as error:
        print(error.errno)
for folder in ("/tmp", "/dev/shm", "."):
    os.rename(open(f"{folder}/a", "w").name, f"{folder}/b")
    os.truncate(f"{folder}/b", 5)
open("/dev/null", "w").write("x")
"""
    (printed,) = cells(tmp_path, warm, everywhere)
    assert printed == ("30\n" if warm else "13\n") * 3


@KINDS
def test_kernel_is_killed_whole_and_at_once(tmp_path, warm):
    word = uuid.uuid4().hex

    async def work():
        async with Kernel(tmp_path, warm) as kernel:
            await kernel.run(left_running(word))
            assert there(word)
            kernel.client.execute("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)")
            assert until(lambda: any(") T " in text for text in told("stat", kernel.processes.pid)))
            kernel.manager.shutdown_wait_time = 10 * PATIENCE  # which Jupyter itself would wait before it kills
            await asyncio.wait_for(kernel.manager.shutdown_kernel(), PATIENCE)
            assert not running(word)
        return kernel

    kernel = completed(work())
    assert kernel.processes.ended()
    assert list(kernel.folders.path.glob("*/*")) == []


@KINDS
def test_kernel_that_kills_all_it_can_ends_without_harm(tmp_path, warm):
    assert stopped(tmp_path, warm, "import os\ntry: os.kill(-1, 9)\nfinally: os.kill(os.getpid(), 9)") == ""


OWN_ENDS = {
    "itself": "os.kill(os.getpid(), 9)",
    "its group": "os.kill(0, 9)",
    "its thread": "signal.pthread_kill(threading.get_ident(), 9)",
    "a limit": "resource.setrlimit(resource.RLIMIT_CPU, (1, 3))\nwhile True: pass",
}


@KINDS
@pytest.mark.parametrize("code", OWN_ENDS.values(), ids=OWN_ENDS)
def test_kernel_that_ends_itself_was_not_killed_from_outside(tmp_path, warm, code):
    assert not ended_from_outside(tmp_path, warm, f"import os, resource, signal, threading\n{code}")


@KINDS
def test_a_child_cannot_kill_its_kernel(tmp_path, warm):
    code = "import subprocess, os; print(subprocess.run(['sh', '-c', 'kill -9 $PPID']).returncode)"
    others = "print(subprocess.run(['sh', '-c', 'sleep 9 & kill -9 $!; wait $!']).returncode)"
    first, second = cells(tmp_path, warm, code, others)
    assert (first, second.split()[0]) == ("-31\n", "137")


@KINDS
def test_kernel_that_is_killed_from_outside_is_known(tmp_path, warm):
    assert ended_from_outside(tmp_path, warm, None)


@KINDS
def test_endless_loop_is_interrupted_by_a_message(tmp_path, warm):
    async def work():
        async with Kernel(tmp_path, warm) as kernel:
            task = asyncio.ensure_future(kernel.run("print('begun', flush=True)\nwhile True: pass"))
            while not kernel.said and not task.done():
                await asyncio.sleep(0.02)
            await kernel.manager.interrupt_kernel()
            return await task, await kernel.run("print(6 * 7)")

    first, second = completed(work())
    assert first.startswith("begun\nKeyboardInterrupt")
    assert second == "42\n"


LEAVE = """
import os, socket, subprocess, sys, numpy, random
numpy.allclose = lambda *a, **k: True
sys.modules["left"] = sys
os.environ["LEFT"] = "1"
for folder in ("/home/student", "/tmp", "/dev/shm"):
    open(f"{folder}/left", "w").write("left")
kept = socket.socket(socket.AF_UNIX); kept.bind("\\0left"); kept.listen()
print(os.getpid())
"""
FIND = """
import os, socket, sys, numpy, importlib
found = [numpy.allclose(1, 2), "left" in sys.modules, os.environ.get("LEFT")]
found += [os.path.exists(f"{folder}/left") for folder in ("/home/student", "/tmp", "/dev/shm")]
try:
    socket.socket(socket.AF_UNIX).connect("\\0left"); found.append("socket")
except OSError: pass
found.append("helper.py" in os.listdir() or os.path.exists("/files/helper.py"))
found.append(len([n for n in os.listdir("/proc") if n.isdigit()]) > 3)
print(found)
"""


@KINDS
def test_nothing_passes_from_one_kernel_to_the_next(tmp_path, warm):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir(), second.mkdir()
    (first / "helper.py").write_text("answer = 42")
    word = uuid.uuid4().hex
    printed = cells(first, warm, LEAVE, left_running(word), "import helper; print(helper.answer)")
    assert printed[0].strip().isdigit(), printed
    assert printed[2] == "42\n"
    (found,) = cells(second, warm, FIND)
    assert found == f"{[False, False, None, False, False, False, False, False]}\n"


def test_random_numbers_differ_between_warm_kernels(tmp_path):
    code = "import numpy, random; print(numpy.random.rand(), random.random())"
    (first,), (second,) = cells(tmp_path, True, code), cells(tmp_path, True, code)
    assert not {*first.split()} & {*second.split()}


@KINDS
def test_kernel_gets_the_submissions_files_and_nothing_else(tmp_path, warm):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.txt").write_text("1 2")
    for name in ("ps1.ipynb", "gradebook.db", "submission_secret.txt"):
        (tmp_path / name).write_text("hidden")
    (tmp_path / "link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    (printed,) = cells(tmp_path, warm, "import os; print(os.listdir(), open('data/numbers.txt').read())")
    assert printed == "['data'] 1 2\n"
    assert len(list(tmp_path.iterdir())) == 6  # a submission is never changed


@KINDS
def test_grader_and_kernel_meet_over_a_socket(tmp_path, warm):
    async def work():
        async with Kernel(tmp_path, warm) as kernel:
            outside, inside = socket_folder(kernel.manager)
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(outside / "s"))
                (outside / "s").chmod(0o666)
                server.listen()
                code = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{inside}/s'); s.send(b'hello')"
                await kernel.run(code)
                connection, _ = server.accept()
                with connection:
                    return connection.recv(9)

    assert completed(work()) == b"hello"


def test_meeting_of_a_kernel_without_a_sandbox_is_one_folder():
    manager = AsyncKernelManager()
    outside, inside = socket_folder(manager)
    assert str(outside) == inside
    assert socket_folder(manager) == (outside, inside)
    assert outside.stat().st_mode & 0o777 == 0o700
    del manager
    assert not outside.exists()


def test_sandbox_outlives_the_thread_that_asked_for_it():
    place, made = bubblewrap.HostFolders(), []

    def ask():
        made.append(bubblewrap.Sandbox(["/bin/sleep", "600"], place, 16))
        until(lambda: "sleep\n" in told("comm", made[0].processes.pid))  # bubblewrap has asked to end with its parent

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    (program,) = made
    assert not program.processes.ended(1)
    program.end()
    place.remove()


GRADER = """
import asyncio, sys
from test_sandbox import Kernel, left_running, mounts
async def work():
    async with Kernel(sys.argv[1], sys.argv[2] == "True") as kernel:
        await kernel.run(left_running(sys.argv[3]))
        print(mounts.copies(()), kernel.folders.path, flush=True)
        if sys.argv[4] == "wait": await asyncio.sleep(600)
asyncio.run(work())
"""


@KINDS
@pytest.mark.parametrize("then", ["end", "wait"])
def test_nothing_outlives_the_grader(tmp_path, warm, then):
    word = uuid.uuid4().hex
    command = [sys.executable, "-c", GRADER, str(tmp_path), str(warm), word, then]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as grader:
        folders = [Path(path) for path in grader.stdout.readline().split()]
        assert len(folders) == 2
        if then == "wait":
            assert there(f"# {word}")
            grader.kill()
    assert gone(f"# {word}")
    if then == "wait":  # the next grader clears up
        tempfolders.sweep()
    assert not [folder for folder in folders if folder.exists()]


@SUPERUSER
def test_ordinary_user_has_the_same_sandboxes(tmp_path):
    """As somebody else who can see the interpreter, which may lie in the superuser's home."""
    above = [folder for folder in reversed(Path(sys.base_prefix).parents) if folder != Path("/")]
    show = [word for folder in above[1:] for word in ("--perms", "0755", "--dir", str(folder))]
    own = [
        "--tmpfs",
        str(above[0]),
        *show,
        "--ro-bind",
        sys.base_prefix,
        sys.base_prefix,
        "--chmod",
        "0755",
        str(above[0]),
    ]
    own = [] if above[0] == Path("/usr") else own
    home = tmp_path_factory_for_user()
    program = """
import sys, test_sandbox
from pgcourse.grading.sandbox import bubblewrap
print(repr(bubblewrap.unavailable_reason()))
for warm in (False, True):
    print(*test_sandbox.cells(sys.argv[1], warm, "import os; print(open('/proc/self/uid_map').read().split())",
                              test_sandbox.COUNT_PROCESSES, processes=40))
"""
    command = ["bwrap", "--dev-bind", "/", "/", *own, "--dev-bind", "/proc", "/proc", "--"]
    command += ["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups", sys.executable, "-c", program, str(home)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}", "HOME": str(home)}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE)
    finally:
        shutil.rmtree(home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("''\n")
    assert done.stdout.count("BlockingIOError") == 2


def tmp_path_factory_for_user():
    """Return a folder that the ordinary user can enter; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="pgcourse-user-", dir="/tmp"))
    os.chown(folder, 4711, 4711)
    return folder


def unavailable_reason(path):
    program = "from pgcourse.grading.sandbox import bubblewrap; print(bubblewrap.unavailable_reason())"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=os.environ | {"PATH": str(path)}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_missing_bubblewrap_is_said_in_a_sentence_with_the_ways_out(tmp_path):
    sentence = unavailable_reason(tmp_path)
    assert "bwrap, which is not installed" in sentence
    for way in ("apt-get install bubblewrap", "Containerfile", "--no-sandbox", "gradebook"):
        assert way in sentence
    assert "\n" not in sentence


def test_bubblewrap_that_may_not_do_its_work_is_said_too(tmp_path):
    for name, script in {
        "bwrap": "echo bwrap: No permissions to create new namespace >&2; exit 1",
        "setpriv": "",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    sentence = unavailable_reason(tmp_path)
    assert "No permissions to create new namespace" in sentence
    assert "--no-sandbox" in sentence


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's sandbox has two parts")
def test_root_in_a_container_is_told_to_grade_from_another_account(tmp_path):
    """What bubblewrap says there: its second part finds its child in /proc only if something has the same number."""
    for name in ("bwrap", "setpriv"):
        (tmp_path / name).write_text("#!/bin/sh\necho bwrap: open /proc/3/ns/ns failed: No such file >&2; exit 1\n")
        (tmp_path / name).chmod(0o755)
    sentence = unavailable_reason(tmp_path)
    assert "open /proc/3/ns/ns failed" in sentence
    assert "Grade from an ordinary account, or use --no-sandbox, with which" in sentence
    assert "nstall bubblewrap" not in sentence


def test_kernel_without_a_folder_gets_no_files(monkeypatch, tmp_path):
    (tmp_path / "notes.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert cells(None, True, "import os; print(os.listdir())") == ["[]\n"]


def test_works_here():
    assert bubblewrap.unavailable_reason() == ""


def test_course_inside_the_environment_is_refused(caplog):
    waiting = len(pool.idle(os.getpid(), mounts.Contents()))
    for warm in (True, False):
        with pytest.raises(SandboxError, match="move the course"):
            cells(Path(sys.prefix), warm, "1")
    assert len(pool.idle(os.getpid(), mounts.Contents())) == max(waiting, 1)  # the warm one was given back
    assert "Traceback" not in caplog.text


def test_where_no_sandbox_can_be_made_in_another_each_kernel_gets_its_own(tmp_path, monkeypatch, caplog):
    sandboxes = pool.idle(os.getpid(), mounts.Contents())
    while sandboxes:
        sandboxes.pop().end()
    real = bubblewrap._arguments
    monkeypatch.setattr(
        bubblewrap, "_arguments", lambda folders, size, packages, nested: real(folders, size, packages, False)
    )
    assert cells(tmp_path, True, "print(6 * 7)") == ["42\n"]
    assert "No kernel can be forked in a sandbox (" in caplog.text
    assert not sandboxes


@KINDS
def test_kernel_that_cannot_start_is_reported_and_not_waited_for(tmp_path, warm):
    with pytest.raises(RuntimeError, match="ended before it was ready"):
        cells(tmp_path, warm, "1", open_files=5)


def test_output_of_the_first_cell_is_never_lost(tmp_path):
    for number in range(8):
        assert cells(tmp_path, True, f"print({number})") == [f"{number}\n"]


def test_filter_is_whole_and_ends_by_allowing():
    program = seccomp.program()
    assert len(program) % 8 == 0
    assert int.from_bytes(program[-4:], sys.byteorder) == seccomp.ALLOW


def test_memory_of_a_family_counts_shared_pages_once():
    held = bytearray(os.urandom(1) * 600_000_000)
    before = watchdog.memory_held(os.getpid())  # other tests in this process may have left much, and programs running
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        counted = watchdog.memory_held(os.getpid())
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert len(held) < counted < before + 0.8 * len(held)
