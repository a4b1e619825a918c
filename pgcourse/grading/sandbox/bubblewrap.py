"""The sandbox of a student's kernel: bubblewrap, and whether it works here.

A program inside sees what `view` shows, read-only; private, size-limited directories to write to; and one directory
shared with the grader, for sockets. It has no network, sees no other process, gets no environment variable of the
caller and has no right over anything outside.
"""

import concurrent.futures
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import weakref

from pgcourse.grading.errors import SandboxError
from pgcourse.grading.sandbox import mounts
from pgcourse.grading.sandbox import seccomp as system_calls
from pgcourse.grading.tempfolders import Scratch

# paths inside
MEETING = "/meeting"
FILES = "/files"
PRIVATE = (mounts.HOME, "/tmp", "/dev/shm")

NOBODY = 65534
MEGABYTE = 1 << 20
WAYS_OUT = (
    "Install bubblewrap (`apt-get install bubblewrap`), or grade in the course's container (see Containerfile), or "
    "use --no-sandbox, with which a student's code can read and change all that you can, the gradebook included."
)


@functools.cache
def why_not():
    """Return "" if a sandbox works here, which is tried once; else a sentence that says why not and what to do."""
    fault = _fault()
    return fault and f"{fault}. {WAYS_OUT}"


def _fault():
    if not sys.platform.startswith("linux"):
        return "Grading in a sandbox needs Linux"
    if not system_calls.known():
        return "Grading in a sandbox needs an x86-64 or ARM64 processor"
    for program in ("bwrap", "setpriv") if os.geteuid() == 0 else ("bwrap",):
        if shutil.which(program) is None:
            return f"Grading in a sandbox needs the program {program}, which is not installed"
    place = Place()
    try:
        complaint = Sandbox([mounts.python(), "-P", "-c", "import ipykernel"], place, work_size=16).complaint()
    except SandboxError as error:
        return str(error)
    finally:
        place.remove()
    return complaint and f"Python does not start in a sandbox ({complaint})"


class Place:
    """The directories of the host that a sandbox sees: `meeting`, shared, and `files`, read-only.

    They lie in `path`, which only the grader can enter.
    """

    def __init__(self):
        self._scratch = Scratch()
        self.path = self._scratch.path
        self.meeting, self.files = self.path / "meeting", self.path / "files"
        for folder in (self.meeting, self.files):
            folder.mkdir()
        if os.geteuid() == 0:
            os.chown(self.meeting, NOBODY, NOBODY)

    def empty(self):
        """Remove what is in them."""
        for folder in (self.meeting, self.files):
            for path in folder.iterdir():
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def remove(self):
        """Remove them."""
        self._scratch.remove()


class Processes:
    """All processes of a process namespace: they end with the first of them.

    pid  the first one's number, outside
    """

    def __init__(self, pid):
        self.pid = pid
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = None
        else:
            weakref.finalize(self, os.close, self._handle).atexit = False

    def ended(self, wait=0.0):
        """Say whether all are gone, after waiting for it at most so many seconds."""
        return self._handle is None or bool(select.select([self._handle], [], [], wait)[0])

    def kill(self, wait=10.0):
        """Kill them all; say whether they were gone within so many seconds."""
        try:
            if not self.ended():
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return self.ended(wait)


class Sandbox:
    """A program that runs in a sandbox.

    program    list of strings
    place      Place
    work_size  megabytes that each private directory may hold
    packages   tuple of names of the course's packages that can be imported
    stdin      what the program reads; default nothing
    nested     whether it may make user namespaces and call all of the system; it must close both to what it starts

    Attribute `processes`: all that run inside. Raises SandboxError when bubblewrap fails.
    """

    def __init__(self, program, place, work_size, packages=(), stdin=subprocess.DEVNULL, nested=False):
        parts = _arguments(place, work_size, packages, nested)
        arguments = [b"".join(word.encode() + b"\0" for word in part) for part in parts]
        news, announced = os.pipe()
        passed = [announced, *(_readable(text) for text in [*arguments, system_calls.program()])]
        *argument_files, seccomp = map(str, passed[1:])
        command = ["bwrap", "--args", argument_files[-1], *([] if nested else ["--seccomp", seccomp]), "--", *program]
        if os.geteuid() == 0:
            nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            command = ["bwrap", "--args", argument_files[0], "--", *nobody, *command]
        command[1:1] = ["--info-fd", str(announced)]
        try:
            self._process = _start(command, stdin, passed)
        finally:
            for descriptor in passed:
                os.close(descriptor)
        with open(news, "rb") as file:
            announcement = file.read()
        if not announcement:
            raise SandboxError(f"The sandbox cannot be made ({self.complaint()})")
        self.processes = Processes(json.loads(announcement)["child-pid"])

    def complaint(self):
        """Wait for the end; return the last line that was written to stderr if the program failed, else ""."""
        _, text = self._process.communicate()
        if self._process.returncode == 0:
            return ""
        lines = text.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit code {self._process.returncode}"

    def end(self):
        """Kill all that runs inside; comes back when it is gone."""
        self.processes.kill()
        self._process.kill()
        self._process.wait()
        self._process.stderr.close()


def _arguments(place, work_size, packages, nested):
    """Return bubblewrap's arguments: in one part, or for the superuser in two.

    The number of the superuser's processes cannot be limited, and nobody else may enter the folders that lead to the
    environment. So the superuser makes what is seen, and in it nobody makes the rest.
    """
    size = ["--perms", "1777", "--size", str(work_size * MEGABYTE), "--tmpfs"]
    seen = ["--die-with-parent", "--new-session", "--unshare-ipc", "--unshare-net", "--unshare-uts"]
    seen += ["--unshare-cgroup-try", "--hostname", "grader", *mounts.arguments(packages)]
    seen += ["--dev", "/dev"] + [word for folder in PRIVATE for word in (*size, folder)]
    seen += ["--ro-bind", str(place.files), FILES, "--bind", str(place.meeting), MEETING]
    closed = ["--remount-ro", "/dev", "--remount-ro", "/"]
    processes = ["--unshare-user", "--unshare-pid", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"]
    processes += [] if nested else ["--disable-userns"]
    processes += ["--chdir", mounts.HOME, "--clearenv"]
    processes += [word for name, value in mounts.variables().items() for word in ("--setenv", name, value)]
    if os.geteuid() != 0:
        return [[*seen, "--proc", "/proc", *closed, *processes]]
    # a /proc of one's own can be mounted only where a whole one is in sight; and as the superuser's bubblewrap may not
    # kill nobody's processes, they are in a process namespace whose end is theirs
    seen += ["--unshare-pid", "--dev-bind", "/proc", "/proc", *closed]
    return [seen, ["--die-with-parent", "--dev-bind", "/", "/", "--proc", "/proc", *processes]]


def _start(command, stdin, passed):
    """Start bubblewrap from a thread that lives as long as this process: bubblewrap ends with its thread."""
    options = {
        "stdin": stdin,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.PIPE,
        "pass_fds": passed,
        "start_new_session": True,
        "cwd": "/",
        "env": {"PATH": os.environ.get("PATH", os.defpath)},
    }
    return _thread(os.getpid()).submit(subprocess.Popen, command, **options).result()


@functools.cache
def _thread(pid):
    return concurrent.futures.ThreadPoolExecutor(1, f"sandboxes of {pid}")


def _readable(data):
    """Return a descriptor from which some bytes, few enough for a pipe, can be read."""
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading
