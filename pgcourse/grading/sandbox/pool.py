"""Where a kernel gets its sandbox: one of its own, or a fork in one that is warm."""

import atexit
import functools
import json
import logging
import os
import socket
import struct

from pgcourse.grading.errors import SandboxError
from pgcourse.grading.sandbox import bubblewrap, mounts

CREDENTIALS = struct.Struct("3i")  # process, user, group
STARTED = b"started"  # as in `warm`
PATIENCE = 300  # seconds until a warm sandbox must have done its imports


class Cold:
    """A sandbox with these Contents that is made for one kernel.

    Attribute `place` is its Place, to be filled before `start`.
    """

    def __init__(self, contents):
        self.contents, self.place = contents, bubblewrap.Place()
        self._sandbox = None

    def start(self, order):
        """Start a kernel; see `launch` for the order. Returns its Processes; raises SandboxError."""
        program = [mounts.python(), "-m", "pgcourse.grading.sandbox.kernel", json.dumps(order)]
        self._sandbox = bubblewrap.Sandbox(program, self.place, order["work_size"], self.contents.packages)
        return self._sandbox.processes

    def uncounted(self):
        """Return the private folders whose number of files is not limited inside."""
        return bubblewrap.PRIVATE

    def release(self):
        """Kill what runs and leave nothing."""
        if self._sandbox is not None:
            self._sandbox.end()
        self.place.remove()


class Warm:
    """A sandbox with these Contents and a fork server, for one kernel after the other.

    Attribute `place` is its Place, to be filled before each `start`.
    """

    def __init__(self, contents):
        self.contents, self.place = contents, bubblewrap.Place()
        self._kernel = None
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._channel.settimeout(PATIENCE)
        program = [mounts.python(), "-m", "pgcourse.grading.sandbox.forkserver", *contents.preload]
        with theirs:
            self._sandbox = bubblewrap.Sandbox(program, self.place, 16, contents.packages, stdin=theirs, nested=True)
        self._fork({}).kill()  # a trial

    def start(self, order):
        """Start a kernel; see `launch` for the order. Returns its Processes; raises SandboxError."""
        self._kernel = self._fork(order)
        return self._kernel

    def _fork(self, order):
        try:
            self._channel.send(json.dumps(order).encode())
            answer, extra, *_ = self._channel.recvmsg(1000, socket.CMSG_SPACE(CREDENTIALS.size))
        except OSError as error:
            answer, extra = str(error).encode(), []
        if answer != STARTED:
            reason = answer.decode() or self._sandbox.complaint() or "its server ended"
            self.end()
            raise SandboxError(f"No kernel can be forked in a sandbox ({reason})")
        pid, *_ = CREDENTIALS.unpack(extra[0][2])
        return bubblewrap.Processes(pid)

    def uncounted(self):
        """Return no folder: a warm sandbox limits the number of files itself."""
        return ()

    def release(self):
        """Kill the kernel; be ready for the next one."""
        if self.alive() and (self._kernel is None or self._kernel.kill()):
            self.place.empty()
            idle(os.getpid(), self.contents).append(self)
        else:
            self.end()

    def end(self):
        """Kill all and leave nothing."""
        self._sandbox.end()
        self._channel.close()
        self.place.remove()

    def alive(self):
        """Say whether it can take another kernel."""
        return not self._sandbox.processes.ended()


def acquire(warm, contents):
    """Return a sandbox for one kernel; `release` it afterwards.

    warm      whether it should be a warm one; it is not where a sandbox can be made and one inside another cannot
    contents  mounts.Contents of the course
    """
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
        logging.getLogger(__name__).warning("%s: each gets a sandbox of its own, which is as safe and slower.", error)
        return Cold(contents)


@functools.cache
def idle(pid, contents):
    """Return the list of this process's warm sandboxes with these contents that wait for a kernel; they end with it."""
    waiting = []
    atexit.register(_end_all, pid, waiting)
    return waiting


def _end_all(pid, waiting):
    while pid == os.getpid() and waiting:
        waiting.pop().end()
