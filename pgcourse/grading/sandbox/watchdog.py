"""Limits that the system cannot enforce by itself: on total time, on total memory and on shared space."""

import os
import stat
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pgcourse.grading.sandbox.bubblewrap import Processes

INTERVAL = 0.2  # seconds
MEGABYTE = 1 << 20
MEMORY = "The notebook's processes held more than {} megabytes of memory and were stopped."
PAGE = os.sysconf("SC_PAGE_SIZE")
FILES_AT_MOST = 20_000  # in a private folder: each costs memory that its size does not count
SOCKETS_AT_MOST = 1_000  # each may hold some 200 kB of the system's memory, which belongs to no process
# by so much may the grader grow: a message of many parts is put together before anybody can refuse it
RECEIVED = 1_000 * MEGABYTE
SHARED_FILES, SHARED_SIZE = 64, 4 * MEGABYTE  # sockets and a small file are all that belongs there


class Watchdog(threading.Thread):
    """Checks a kernel's processes a few times a second and kills them all when they exceed a limit.

    Parameters
    ----------
    processes
        All processes of the sandbox.
    private
        Folders, by their paths inside, in which the number of files is limited by nothing else.
    sockets
        The folder that the kernel shares with the grader.
    seconds
        Time that they may take.
    memory
        Megabytes that they may hold together.
    tell
        Called with a sentence just before they are killed.
    exhausted
        Says whether their control group has reached its limit of memory; None where there is none.
    """

    def __init__(
        self,
        processes: Processes,
        private: Sequence[str],
        sockets: Path,
        seconds: float,
        memory: float,
        tell: Callable[[str], None],
        exhausted: Callable[[], bool] | None = None,
    ):
        super().__init__(name="watchdog of a sandbox", daemon=True)
        self._processes, self._private, self._sockets, self._tell = processes, private, sockets, tell
        self._seconds, self._memory, self._exhausted = seconds, memory, exhausted or (lambda: False)
        self._received = _resident(os.getpid())
        self.start()

    def run(self) -> None:
        """Check until all processes are gone."""
        end = time.monotonic() + self._seconds
        while not self._processes.ended(INTERVAL):
            if fault := self._fault(time.monotonic() > end):
                self._tell(fault)
                self._processes.kill()

    def _fault(self, late):
        if late:
            return f"The notebook as a whole took more than {self._seconds} seconds and was stopped."
        if self._exhausted() or memory_held(self._processes.pid) > self._memory * MEGABYTE:
            return MEMORY.format(self._memory)
        if _resident(os.getpid()) - self._received > RECEIVED:
            return "The notebook sent more than can be read and was stopped."
        if sockets(self._processes.pid) > SOCKETS_AT_MOST:
            return f"The notebook opened more than {SOCKETS_AT_MOST} sockets and was stopped."
        if any(files_in(folder, self._processes.pid) > FILES_AT_MOST for folder in self._private):
            return f"The notebook made more than {FILES_AT_MOST} files and was stopped."
        if overfull(self._sockets):
            return "The notebook wrote where only sockets belong and was stopped."
        return ""


def overfull(folder: Path) -> bool:
    """Say whether a folder holds more than a few sockets and small files."""
    size = 0
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                found = entry.stat(follow_symlinks=False)
                size += found.st_size
                if number >= SHARED_FILES or size > SHARED_SIZE or stat.S_ISDIR(found.st_mode):
                    return True
    except FileNotFoundError:  # removed while it was read
        pass
    return False


def files_in(folder: str, pid: int) -> int:
    """Count the files in the file system that a process sees at a folder; 0 if it is gone, or is the host's."""
    inside = f"/proc/{pid}/root{folder}"
    try:
        if os.path.exists(folder) and os.path.samestat(os.stat(folder), os.stat(inside)):
            return 0  # the sandbox is still being made
        found = os.statvfs(inside)
    except OSError:
        return 0
    return found.f_files - found.f_ffree


def sockets(pid: int) -> int:
    """Count the sockets in the network namespace of a process; 0 if it is gone, or is the host's."""
    try:
        if os.path.samestat(os.stat(f"/proc/{pid}/ns/net"), os.stat("/proc/self/ns/net")):
            return 0  # the sandbox is still being made
        with open(f"/proc/{pid}/net/sockstat") as file:
            return int(file.readline().split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


def memory_held(root: int) -> int:
    """Return the bytes of memory held by a process and its descendants.

    Shared pages are counted once, unless the sum of what each process maps is small: that is quicker to find out.
    """
    family = descendants(root)
    mapped = sum(_resident(pid) for pid in family)
    return mapped if mapped < 1000 * MEGABYTE else sum(_proportional(pid) for pid in family)


def descendants(root: int) -> list[int]:
    """Return the numbers of a process and of its descendants."""
    children: dict[int | None, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            children.setdefault(_parent(folder), []).append(int(folder.name))
    family = [root]
    for pid in family:
        family += children.get(pid, [])
    return family


def _parent(folder):
    try:  # state and parent follow the name, which is in brackets and may hold anything
        return int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return None


def _resident(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _proportional(pid):
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    except (OSError, StopIteration):
        return _resident(pid)
