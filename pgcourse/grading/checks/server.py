"""The grader's end: the process that checkers are forked from, started once, and one checker for each notebook.

Checks run in forks of one process that has its imports done. That is not multiprocessing's fork server, because that
one runs the main script anew in each fork: with nbgrader three seconds for each notebook.
"""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pgcourse.grading.checks import protocol
from pgcourse.grading.checks.world import Cell
from pgcourse.grading.tempfolders import Scratch, write_files

PATIENCE = 300
"""Seconds that a checker may take to start: it forks at once, unless its server is still importing."""


@dataclass(frozen=True)
class Settings:
    """What all checkers of a course have in common.

    Attributes
    ----------
    preload
        Names of modules that are imported once, before checkers are forked.
    public_module
        Name of the module whose functions the student's side has too; "" for none.
    private_files
        Content of each private file, by its name in the folder that the environment variable `PRIVATE_FILES` names.
    """

    preload: tuple[str, ...] = ()
    public_module: str = ""
    private_files: dict[str, bytes] = field(default_factory=dict)


class Server:
    """A process that has done its imports and forks a checker when asked; it ends when this process does."""

    def __init__(self, settings: Settings):
        self.settings, self.owner, self._lock = settings, os.getpid(), threading.Lock()
        self._files = Scratch(tempfile.gettempdir())
        write_files(self._files.path, settings.private_files)
        self._socket, theirs = socket.socketpair()
        plain = json.dumps({"preload": settings.preload, "public_module": settings.public_module})
        module = "pgcourse.grading.checks.grader_side"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(theirs.fileno()), plain],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=os.environ | {protocol.PRIVATE_FILES: str(self._files.path), "MPLBACKEND": "Agg"},
        )
        theirs.close()
        atexit.register(self.end)

    def end(self) -> None:
        """Kill it, at the end of the process that started it."""
        if self.owner == os.getpid():
            self._socket.close()
            self._process.kill()
            self._process.wait()
            self._files.remove()

    def alive(self) -> bool:
        """Say whether this process can use it."""
        return self.owner == os.getpid() and self._process.poll() is None

    def fork(self) -> socket.socket:
        """Return a socket to a new checker."""
        ours, theirs = socket.socketpair()
        with self._lock:
            socket.send_fds(self._socket, [bytes(4)], [theirs.fileno()])
        theirs.close()
        return ours

    def end_checker(self, pid: int) -> int:
        """Let a checker's parent end it: nobody else can be sure that the number is still the checker's.

        Returns the number of the signal that ended it, 0 if it had ended by itself; SIGKILL if that is not known.
        """
        with self._lock, contextlib.suppress(OSError):
            self._socket.sendall(pid.to_bytes(4, "little"))
            if answer := self._socket.recv(1):
                return answer[0]
        return signal.SIGKILL


_servers: list[Server] = []
_starting = threading.Lock()


def server(settings: Settings) -> Server:
    """Return this process's server with these settings, started when there is none."""
    with _starting:
        if not _servers or not _servers[-1].alive() or _servers[-1].settings != settings:
            for other in _servers:
                other.end()
            _servers[:] = [Server(settings)]
        return _servers[-1]


class Checker:
    """The grader's end of a notebook's checker.

    Parameters
    ----------
    settings
        What all checkers of the course have in common.
    folder
        Working directory of the checks, from which they can import; None for the grader's.

    Attributes
    ----------
    pid
        Its process number, once it has begun a check.
    """

    def __init__(self, settings: Settings, folder: Path | None = None):
        self._server = server(settings)
        self.pid: int | None = None
        self.line: int | None = None  # at which the last check failed
        self._socket = self._server.fork()
        self._channel = protocol.Channel(self._socket)
        if folder is not None:
            self._channel.send({"folder": str(folder)})

    def add(self, cell: Cell) -> None:
        """Let the checks that follow have what a cell of the instructor's gives them."""
        self._channel.send({"cell": asdict(cell)})

    def listen(self, source: str, address: str) -> int:
        """Begin a check, and return its process's number as soon as the kernel can connect to the address."""
        self._socket.settimeout(PATIENCE)
        self._channel.send({"check": source, "address": address})
        pid = self.pid = self.pid or self._channel.receive()["pid"]
        self._channel.receive()
        return pid

    def outputs(self, reason: str, seconds: float) -> list[dict]:
        """Return a check's outputs, after the kernel has finished with it.

        Parameters
        ----------
        reason
            Why the kernel stopped answering too early; "" if it did not.
        seconds
            Time that the check may still take.

        Raises
        ------
        TimeoutError, protocol.ProtocolError
            If the check does not come to its end.
        """
        self._socket.settimeout(seconds)
        self._channel.send({"over": reason})
        answer = self._channel.receive()
        self.line = answer["line"]
        return answer["outputs"]

    def close(self) -> int:
        """End it; before it has sent its process number it is idle and ends by itself.

        Returns the number of the signal that ended it, which is SIGKILL if somebody else had killed it.
        """
        number = self._server.end_checker(self.pid) if self.pid else 0
        self.pid = None
        self._channel.close()
        return number
