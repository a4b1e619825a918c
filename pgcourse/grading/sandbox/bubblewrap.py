"""A program in a sandbox that bubblewrap makes, and whether that works here.

A program inside sees what `mounts` shows, read-only; private, size-limited folders to write to; and one folder shared
with the grader, for sockets. It has no network, sees no other process, inherits no environment variable and has no
privilege outside.
"""

import concurrent.futures
import contextlib
import functools
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import weakref

from pgcourse.grading.errors import SandboxError
from pgcourse.grading.sandbox import cgroups, mounts, seccomp
from pgcourse.grading.tempfolders import Scratch

# paths inside
SOCKETS = "/sockets"
FILES = "/files"
PRIVATE = (mounts.HOME, "/tmp", "/dev/shm")

NOBODY = 65534
MEGABYTE = 1 << 20
OPEN = "use --no-sandbox, with which a student's code can read and change all that you can, the gradebook included."
ALTERNATIVES = (
    "Install bubblewrap (`apt-get install bubblewrap`), or grade in a container that has it (see Containerfile), or "
    f"{OPEN}"
)
LOST_ITS_CHILD = "/ns/ns failed"  # bubblewrap inside another, which looks for its child in the /proc outside
NOT_AS_ROOT = (
    "a sandbox made by root does not work where processes have numbers of their own, as in a container. Grade from an "
    f"ordinary account, or {OPEN}"
)


@functools.cache
def unavailable_reason() -> str:
    """Try once whether a sandbox works here; return "" if so, else a sentence that says why not and what to do."""
    if importlib.util.find_spec("ipykernel") is None:
        return "Grading in a sandbox needs the package ipykernel: install what grading needs, the extra `grading`."
    fault = _fault()
    if os.geteuid() == 0 and LOST_ITS_CHILD in fault:
        return f"{fault}: {NOT_AS_ROOT}"
    return fault and f"{fault}. {ALTERNATIVES}"


def _fault():
    if not sys.platform.startswith("linux"):
        return "Grading in a sandbox needs Linux"
    if not seccomp.known():
        return "Grading in a sandbox needs an x86-64 or ARM64 processor"
    for program in ("bwrap", "setpriv") if os.geteuid() == 0 else ("bwrap",):
        if shutil.which(program) is None:
            return f"Grading in a sandbox needs the program {program}, which is not installed"
    folders = HostFolders()
    try:
        reason = Sandbox([mounts.python(), "-P", "-c", "import ipykernel"], folders, work_size=16).failure()
    except SandboxError as error:
        return str(error)
    finally:
        folders.remove()
    return reason and f"Python does not start in a sandbox ({reason})"


class HostFolders:
    """Two folders of the host that a sandbox sees: `sockets`, which it shares, and `files`, which it can only read.

    They lie in the folder `path`, which only the grader can enter.
    """

    def __init__(self):
        self._scratch = Scratch()
        self.path = self._scratch.path
        self.sockets, self.files = self.path / "sockets", self.path / "files"
        for folder in (self.sockets, self.files):
            folder.mkdir()
        if os.geteuid() == 0:
            os.chown(self.sockets, NOBODY, NOBODY)

    def empty(self) -> None:
        """Remove what is in them."""
        for folder in (self.sockets, self.files):
            for path in folder.iterdir():
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def remove(self) -> None:
        """Remove them."""
        self._scratch.remove()


class Processes:
    """All processes of a process namespace, which end with the first of them.

    Parameters
    ----------
    pid
        Process number of the first one on the host.
    """

    def __init__(self, pid: int):
        self.pid = pid
        self._handle: int | None = None
        with contextlib.suppress(ProcessLookupError):
            self._handle = os.pidfd_open(pid)
            weakref.finalize(self, os.close, self._handle).atexit = False

    def ended(self, wait: float = 0.0) -> bool:
        """Say whether all are gone; wait for that up to so many seconds."""
        return self._handle is None or bool(select.select([self._handle], [], [], wait)[0])

    def kill(self, wait: float = 10.0) -> bool:
        """Kill them all; say whether they were gone within so many seconds."""
        with contextlib.suppress(ProcessLookupError):
            if self._handle is not None and not self.ended():
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        return self.ended(wait)


class Sandbox:
    """A program that runs in a sandbox.

    Parameters
    ----------
    program
        The command and its arguments.
    folders
        What of the host it sees besides the system and Python.
    work_size
        Megabytes that each private folder may hold.
    packages
        Names of the course's packages that can be imported.
    stdin
        What the program reads; by default nothing.
    group
        The control group that everything inside is counted in, if there is one.
    nested
        Whether it may make user namespaces and use every system call; it must forbid both to what it starts.

    Attributes
    ----------
    processes
        All processes inside.

    Raises
    ------
    SandboxError
        When bubblewrap fails.
    """

    def __init__(
        self,
        program: list[str],
        folders: HostFolders,
        work_size: int,
        packages: tuple[str, ...] = (),
        stdin: int | socket.socket = subprocess.DEVNULL,
        group: cgroups.Group | None = None,
        nested: bool = False,
    ):
        parts = _arguments(folders, work_size, packages, nested)
        arguments = [b"".join(word.encode() + b"\0" for word in part) for part in parts]
        status, written = os.pipe()
        passed = [written, *(_readable(text) for text in [*arguments, seccomp.program()])]
        *argument_files, filter_file = map(str, passed[1:])
        filtered = [] if nested else ["--seccomp", filter_file]
        command = ["bwrap", "--args", argument_files[-1], *filtered, "--", *program]
        if os.geteuid() == 0:
            nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            command = ["bwrap", "--args", argument_files[0], "--", *nobody, *command]
        command[1:1] = ["--info-fd", str(written)]
        command, variables = group.entered_by(command) if group else (command, {})
        try:
            self._process = _start(command, stdin, passed, variables)
        finally:
            for descriptor in passed:
                os.close(descriptor)
        with open(status, "rb") as file:
            information = file.read()
        if not information:
            raise SandboxError(f"The sandbox cannot be made ({self.failure()})")
        self.processes = Processes(json.loads(information)["child-pid"])

    def failure(self) -> str:
        """Wait for the end; return the last line on stderr if the program failed, else ""."""
        _, text = self._process.communicate()
        if self._process.returncode == 0:
            return ""
        lines = text.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self._process.returncode}"

    def killed(self, wait: float = 10.0) -> bool:
        """Say whether a program that has ended did so by SIGKILL; also if that is not known within so many seconds."""
        try:
            return self._process.wait(wait) in (-signal.SIGKILL, 128 + signal.SIGKILL)
        except subprocess.TimeoutExpired:
            return True

    def end(self) -> None:
        """Kill all that runs inside and wait until it is gone."""
        self.processes.kill()
        self._process.kill()
        self._process.wait()
        self._process.stderr.close()


def _arguments(folders, work_size, packages, nested):
    """Return bubblewrap's arguments: in one part, or for the superuser in two.

    The number of the superuser's processes cannot be limited, and other users may not be able to enter the folders
    that lead to the environment. So the superuser mounts what is seen, and the user `nobody` does the rest inside.
    """
    size = ["--perms", "1777", "--size", str(work_size * MEGABYTE), "--tmpfs"]
    seen = ["--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-net", "--unshare-uts"]
    seen += ["--unshare-cgroup-try", "--hostname", "grader", *mounts.arguments(packages)]
    seen += ["--dev", "/dev"] + [word for folder in PRIVATE for word in (*size, folder)]
    seen += ["--ro-bind", str(folders.files), FILES, "--bind", str(folders.sockets), SOCKETS]
    closed = ["--remount-ro", "/dev", "--remount-ro", "/"]
    processes = ["--unshare-user", "--unshare-pid", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"]
    processes += [] if nested else ["--disable-userns"]
    processes += ["--chdir", mounts.HOME, "--clearenv"]
    processes += [word for name, value in mounts.variables().items() for word in ("--setenv", name, value)]
    if os.geteuid() != 0:
        return [[*seen, "--proc", "/proc", *closed, *processes]]
    # a new /proc can be mounted only where a complete one is visible; and since the superuser's bubblewrap may not kill
    # the processes of `nobody`, they are in a process namespace and end with it
    seen += ["--unshare-pid", "--dev-bind", "/proc", "/proc", *closed]
    return [seen, ["--die-with-parent", "--dev-bind", "/", "/", "--proc", "/proc", *processes]]


def _start(command, stdin, passed, variables):
    """Start bubblewrap from a thread that lives as long as this process, since bubblewrap dies with its thread."""
    options = {
        "stdin": stdin,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.PIPE,
        "pass_fds": passed,
        "start_new_session": True,
        "cwd": "/",
        "env": {"PATH": os.environ.get("PATH", os.defpath)} | variables,
    }
    return _thread(os.getpid()).submit(subprocess.Popen, command, **options).result()


@functools.cache
def _thread(pid):
    return concurrent.futures.ThreadPoolExecutor(1, f"sandboxes of {pid}")


def _readable(data):
    """Return a descriptor from which these bytes, few enough for a pipe, can be read."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading
