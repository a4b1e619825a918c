"""One control group (cgroup) for all that a submission causes: its memory, its processes, its share of the processor.

A limit of a process counts only that process, and the watchdog looks a few times a second. A group counts everything -
forks, files in private folders, sockets' buffers - and Linux enforces it. Each grader has one group, for the submission
that it is grading. Both versions of cgroups are supported: the first (tested) where the superuser may make groups, the
second where the grader's own group can be divided: a delegated one, such as that of `systemd-run --user --scope -p
Delegate=yes`. Where there is neither, the other limits hold alone, and `pgcourse doctor` says so.
"""

import atexit
import contextlib
import functools
import itertools
import os
import secrets
import sys
from pathlib import Path

CONTROLLERS = ("memory", "pids", "cpu")
PREFIX = "pgcourse-"
LEAF = "pgcourse.grader"  # second version: where processes go, since a group that is divided may hold none
PROCESSES = "cgroup.procs"
AT_ONCE = 2**20  # bytes: what is asked for at once and refused does not count in the most that was used
ENTER = 'for place in $PLACES; do echo 0 > "$place"; done; exec "$@"'  # before a command that forks at once


class Unavailable(Exception):
    """No group can be made; the text says why."""


class Group:
    """A group of processes, made empty.

    Parameters
    ----------
    folders
        {controller: the folder of cgroups in which the group is made}; for the second version it is always the same.
    version
        1 or 2.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, folders: dict[str, Path], version: int):
        name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
        self.version, self.folders = version, {controller: path / name for controller, path in folders.items()}
        for folder in set(self.folders.values()):
            folder.mkdir()
        self._before = (0, 0)

    def limit(self, memory: int, processes: int) -> None:
        """Set the bytes that all may hold and the processes there may be, and begin to count anew."""
        if self.version == 1:
            self._lift("memory", "memory.memsw.limit_in_bytes", -1)  # it may not be the smaller of the two
            self._write("memory", "memory.limit_in_bytes", memory)
            self._lift("memory", "memory.memsw.limit_in_bytes", memory)
            self._lift("memory", "memory.max_usage_in_bytes", 0)
        else:
            self._write("memory", "memory.max", memory)
            self._lift("memory", "memory.swap.max", 0)
            self._lift("memory", "memory.oom.group", 1)
        self._write("pids", "pids.max", processes)
        self._before = self._events()

    def entered_by(self, command: list[str]) -> tuple[list[str], dict[str, str]]:
        """Return a command that enters the group and becomes another, and the environment variables that it needs."""
        places = " ".join(str(folder / PROCESSES) for folder in sorted(set(self.folders.values())))
        return ["/bin/sh", "-c", ENTER, "sh", *command], {"PLACES": places}

    def add(self, pid: int) -> None:
        """Put a process into the group; one that has ended is passed over."""
        for folder in set(self.folders.values()):
            with contextlib.suppress(ProcessLookupError):
                (folder / PROCESSES).write_text(str(pid))

    def processes(self) -> set[int]:
        """Return the numbers of its processes."""
        return {int(pid) for pid in (self.folders["memory"] / PROCESSES).read_text().split()}

    def exhausted(self) -> bool:
        """Say whether something was killed because the group reached its limit of memory, since that was set."""
        return all(now > then for now, then in zip(self._events(), self._before, strict=True))

    def remove(self) -> None:
        """Remove it, if nothing runs in it."""
        for folder in set(self.folders.values()):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _events(self):
        """Return how often the limit was reached (in version 1 whether it was), and how often something was killed."""
        folder = self.folders["memory"]
        if self.version == 1:  # newer kernels do not count in memory.failcnt
            most, limit = (int((folder / f"memory.{name}_in_bytes").read_text()) for name in ("max_usage", "limit"))
            return int(most > limit - AT_ONCE), _numbers(folder / "memory.oom_control")["oom_kill"]
        events = _numbers(folder / "memory.events")
        return events["max"], events["oom_kill"]

    def _write(self, controller, file, value):
        (self.folders[controller] / file).write_text(str(value))

    def _lift(self, controller, file, value):
        """Write what some machines do not have."""
        with contextlib.suppress(OSError):
            self._write(controller, file, value)


def own() -> Group | None:
    """Return this process's group, made when it is first asked for; None where there can be none."""
    return _own(os.getpid())


@functools.cache
def _own(pid):
    try:
        group = new()
    except Unavailable:
        return None
    atexit.register(group.remove)
    return group


def new() -> Group:
    """Return a new group beside or below that of this process; raises Unavailable with the reason."""
    folders, version = _parents(Path("/proc/self"))
    sweep(folders)
    try:
        if version == 2:
            _divide(folders["memory"])
        return Group(folders, version)
    except OSError as error:
        raise Unavailable(f"{error.filename or folders['memory']} cannot be used ({error.strerror})") from None


def unavailable_reason() -> str:
    """Make a group and remove it; return "" if that works, else why not."""
    try:
        new().remove()
    except Unavailable as reason:
        return str(reason)
    return ""


def free_memory() -> int:
    """Return the bytes that programs may take now: the machine's, and what this process's own groups leave of it."""
    found = [1024 * value for value in _meminfo("MemAvailable")]
    with contextlib.suppress(Unavailable):
        folders, version = _parents(Path("/proc/self"))
        names = {1: ("limit_in_bytes", "usage_in_bytes"), 2: ("max", "current")}[version]
        limit, used = (_words(folders["memory"] / f"memory.{name}") for name in names)
        if limit and used and limit[0] != "max":
            found.append(int(limit[0]) - int(used[0]))
    return min(found, default=sys.maxsize)


def _meminfo(name):
    words = _words(Path("/proc/meminfo"))
    return [int(value) for key, value in itertools.pairwise(words) if key == f"{name}:"]


def sweep(folders: dict[str, Path] | None = None) -> None:
    """Remove the empty groups of processes that are gone; by default where this process makes its own."""
    with contextlib.suppress(Unavailable):
        for folder in set((folders or _parents(Path("/proc/self"))[0]).values()):
            for group in folder.glob(f"{PREFIX}*"):
                if not Path("/proc", group.name.removeprefix(PREFIX).split("-")[0]).exists():
                    with contextlib.suppress(OSError):
                        group.rmdir()


def _parents(process):
    """Return {controller: folder in which a process may make groups}, and the version, from what proc(5) says."""
    try:
        memberships = [line.split(":", 2) for line in (process / "cgroup").read_text().splitlines()]
        mounts = [line.split() for line in (process / "mountinfo").read_text().splitlines()]
    except OSError:
        raise Unavailable("this system has no control groups") from None
    first = {name: path for _, names, path in memberships for name in names.split(",")}
    found: dict[str, Path] = {}
    for fields in mounts:
        kind, options, root, place = fields[fields.index("-") + 1], fields[-1].split(","), fields[3], fields[4]
        if kind == "cgroup":
            found |= {name: _below(place, root, first[name]) for name in CONTROLLERS if name in options}
    if found.keys() >= set(CONTROLLERS):
        return found, 1
    for fields in mounts:
        if fields[fields.index("-") + 1] == "cgroup2":
            folder = _below(fields[4], fields[3], first.get("", "/"))
            folder = folder.parent if folder.name == LEAF else folder
            if set(CONTROLLERS) <= set(_words(folder / "cgroup.controllers")):
                return dict.fromkeys(CONTROLLERS, folder), 2
    raise Unavailable("this system does not let its groups limit memory, processes and processor")


def _below(place, root, path):
    """Return the folder of a group in a mount, which may show only a part of the tree."""
    return Path(place, os.path.relpath(path, root)) if path.startswith(root) else Path(place)


def _divide(folder):
    """Let a group of the second version have groups below it: its processes move to one of these."""
    if not set(CONTROLLERS) <= set(_words(folder / "cgroup.subtree_control")):
        (folder / LEAF).mkdir(exist_ok=True)
        for pid in _words(folder / PROCESSES):
            with contextlib.suppress(ProcessLookupError):
                (folder / LEAF / PROCESSES).write_text(pid)
        (folder / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in CONTROLLERS))


def _words(path):
    try:
        return path.read_text().split()
    except OSError:
        return []


def _numbers(path):
    return {name: int(value) for name, value in (line.split() for line in path.read_text().splitlines())}
