"""What a sandbox uses beyond what the system limits by itself: time as a whole, memory as a whole, shared space."""

import os
import stat
import threading
import time
from pathlib import Path

INTERVAL = 0.2  # seconds
MEGABYTE = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
FILES_AT_MOST = 20_000  # in a private folder: each costs memory that its size does not count
SHARED_FILES, SHARED_SIZE = 64, 4 * MEGABYTE  # sockets and a small file are all that belongs there


class Watch(threading.Thread):
    """Looks at a kernel's processes a few times a second and kills them all when they take too much.

    processes  Processes
    private    folders, by their paths inside, to which the kernel writes whose number of files nothing else limits
    meeting    Path of the directory that the kernel shares with the grader
    seconds    that they may take
    memory     megabytes that they may hold together
    tell       called with a sentence just before they are killed
    """

    def __init__(self, processes, private, meeting, seconds, memory, tell):
        super().__init__(name="watch of a sandbox", daemon=True)
        self._processes, self._private, self._meeting, self._tell = processes, private, meeting, tell
        self._seconds, self._memory = seconds, memory
        self.start()

    def run(self):
        """Look until all is gone."""
        end = time.monotonic() + self._seconds
        while not self._processes.ended(INTERVAL):
            if fault := self._fault(time.monotonic() > end):
                self._tell(fault)
                self._processes.kill()

    def _fault(self, late):
        if late:
            return f"The notebook as a whole took more than {self._seconds} seconds and was stopped."
        if memory_held(self._processes.pid) > self._memory * MEGABYTE:
            return f"The notebook's processes held more than {self._memory} megabytes of memory and were stopped."
        if any(files_in(folder, self._processes.pid) > FILES_AT_MOST for folder in self._private):
            return f"The notebook made more than {FILES_AT_MOST} files and was stopped."
        if overfull(self._meeting):
            return "The notebook wrote where only sockets belong and was stopped."
        return ""


def overfull(folder):
    """Say whether a directory holds more than a few sockets and small files."""
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


def files_in(folder, pid):
    """Return the number of files in the file system of a folder of a process; 0 when that is gone, or the host's."""
    inside = f"/proc/{pid}/root{folder}"
    try:
        if os.path.exists(folder) and os.path.samestat(os.stat(folder), os.stat(inside)):
            return 0  # the sandbox is still being made
        found = os.statvfs(inside)
    except OSError:
        return 0
    return found.f_files - found.f_ffree


def memory_held(root):
    """Return the bytes of memory held by a process and all that descend from it.

    What several of them share is counted once, if more is known than how much each of them maps.
    """
    family = descendants(root)
    mapped = sum(_resident(pid) for pid in family)
    return mapped if mapped < 1000 * MEGABYTE else sum(_proportional(pid) for pid in family)


def descendants(root):
    """Return the numbers of a process and of all that descend from it."""
    children = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            children.setdefault(_parent(folder), []).append(int(folder.name))
    family = [root]
    for pid in family:
        family += children.get(pid, [])
    return family


def _parent(folder):
    try:  # after the name, which may hold anything, in brackets: state, parent
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
