"""Where a kernel gets its sandbox: one of its own (cold), or a fork in one that waits for kernels (warm)."""

import atexit
import functools
import json
import logging
import os
import signal
import socket
import struct

from pgcourse.grading.errors import SandboxError
from pgcourse.grading.sandbox import bubblewrap, cgroups, mounts

CREDENTIALS = struct.Struct("3i")  # process, user, group
STARTED = b"started"  # as in `forkserver`
PATIENCE = 300  # seconds that a warm sandbox may take for its imports


class Cold:
    """A sandbox that is made for one kernel; its `folders` are to be filled before `start`."""

    def __init__(self, contents: mounts.Contents):
        self.contents, self.folders = contents, bubblewrap.HostFolders()
        self._sandbox: bubblewrap.Sandbox | None = None

    def start(self, order: dict) -> bubblewrap.Processes:
        """Start a kernel; see `kernel` for the order. Raises SandboxError."""
        program = [mounts.python(), "-m", "pgcourse.grading.sandbox.kernel", json.dumps(order)]
        packages, group = self.contents.packages, cgroups.own()
        sandbox = bubblewrap.Sandbox(program, self.folders, order["work_size"], packages, group=group)
        self._sandbox = sandbox
        return sandbox.processes

    def uncounted(self) -> tuple[str, ...]:
        """Return the private folders in which the number of files is not limited by the system."""
        return bubblewrap.PRIVATE

    def killed(self) -> bool:
        """Say whether a kernel that has ended did so by SIGKILL; also if that is not known."""
        return self._sandbox is None or self._sandbox.killed()

    def release(self) -> None:
        """Kill what runs and leave nothing behind."""
        if self._sandbox is not None:
            self._sandbox.end()
        self.folders.remove()


class Warm:
    """A sandbox with a fork server, for one kernel after the other; its `folders` are to be filled before each."""

    def __init__(self, contents: mounts.Contents):
        self.contents, self.folders = contents, bubblewrap.HostFolders()
        self._kernel: bubblewrap.Processes | None = None
        self._number: int | None = None  # of the signal that ended the last kernel
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._channel.settimeout(PATIENCE)
        program = [mounts.python(), "-m", "pgcourse.grading.sandbox.forkserver", *contents.preload]
        with theirs:
            self._sandbox = bubblewrap.Sandbox(
                program, self.folders, 16, contents.packages, stdin=theirs, group=cgroups.own(), nested=True
            )
        self.start({}).kill()  # a trial
        self.killed()

    def start(self, order: dict) -> bubblewrap.Processes:
        """Start a kernel; see `kernel` for the order. Raises SandboxError."""
        self._kernel, self._number = self._fork(order), None
        return self._kernel

    def _fork(self, order):
        try:
            self._channel.send(json.dumps(order).encode())
            answer, extra, *_ = self._channel.recvmsg(1000, socket.CMSG_SPACE(CREDENTIALS.size))
        except OSError as error:
            answer, extra = str(error).encode(), []
        if answer != STARTED:
            reason = answer.decode() or self._sandbox.failure() or "its server ended"
            self.end()
            raise SandboxError(f"No kernel can be forked in a sandbox ({reason})")
        pid, *_ = CREDENTIALS.unpack(extra[0][2])
        return bubblewrap.Processes(pid)

    def uncounted(self) -> tuple[str, ...]:
        """Return no folder: the fork server limits the number of files."""
        return ()

    def killed(self) -> bool:
        """Say whether a kernel that has ended did so by SIGKILL; also if that is not known."""
        if self._number is None:
            try:
                self._number = int(self._channel.recv(1000))
            except (OSError, ValueError):  # the server was killed too
                self._number = signal.SIGKILL
                self._sandbox.processes.kill()
        return self._number == signal.SIGKILL

    def release(self) -> None:
        """Kill the kernel and wait for the next one."""
        if self._kernel is not None and self._kernel.kill():
            self.killed()  # takes the message from the channel
        if self.alive() and (self._kernel is None or self._kernel.ended()):
            self.folders.empty()
            idle(os.getpid(), self.contents).append(self)
        else:
            self.end()

    def end(self) -> None:
        """Kill everything and leave nothing behind."""
        self._sandbox.end()
        self._channel.close()
        self.folders.remove()

    def alive(self) -> bool:
        """Say whether it can take another kernel."""
        return not self._sandbox.processes.ended()


def acquire(warm: bool, contents: mounts.Contents) -> Cold | Warm:
    """Return a sandbox for one kernel; `release` it afterwards.

    Parameters
    ----------
    warm
        Whether it should be a warm one. Where a sandbox works and user namespaces inside it do not, it is cold.
    contents
        What the course adds to it.
    """
    cgroups.own()  # first, so that at exit it is removed last, when nothing runs in it any more
    waiting = idle(os.getpid(), contents) if warm else []
    while waiting:
        found = waiting.pop()
        if found.alive():
            return found
        found.end()
    if not warm:
        return Cold(contents)
    try:
        return Warm(contents)
    except SandboxError as error:
        logging.getLogger(__name__).warning(
            "%s: each kernel gets a sandbox of its own, which is as safe, but slower.", error
        )
        return Cold(contents)


@functools.cache
def idle(pid: int, contents: mounts.Contents) -> list[Warm]:
    """Return the list of a process's warm sandboxes that wait for a kernel; they end with the process."""
    waiting: list[Warm] = []
    atexit.register(_end_all, pid, waiting)
    return waiting


def _end_all(pid, waiting):
    while pid == os.getpid() and waiting:
        waiting.pop().end()
