"""Work on what may be hostile, done in a process apart: a fork with limits, whose end is all that can go wrong.

Parsers take far more memory than the bytes that they read, some take quadratic time, and now and then one crashes. A
fork has everything that the work needs, and gives back plain data, in whose form the grader must not trust. On Linux it
reads only what it is told, and changes nothing but its own memory; SECURITY.md says what is left.
"""

import ctypes
import json
import logging
import os
import select
import signal
import sys
import time
import warnings
import zoneinfo
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from pgcourse.grading.errors import KilledFromOutside

try:
    import fcntl
    import mmap
    import resource

    from pgcourse.grading.sandbox import cgroups, kernel, landlock, seccomp
    from pgcourse.grading.sandbox.forkserver import PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG
except ImportError:  # Windows, where nothing can be graded, as `intake.mirror` says
    resource = None  # type: ignore[assignment]

MEGABYTE = 2**20
SECONDS, MEMORY = 60, 2_000  # of the processor, and megabytes beyond what the grader holds
GRACE = 5  # seconds of the processor after which SIGKILL ends what has ignored the signal of its limit
# megabytes, and processes with threads, that its control group may hold besides: a sandbox may wait there
BESIDE, PROCESSES = 500, 128
PATIENCE = 600  # seconds that a fork may take on a busy machine, or when it waits for ever
MOST = 256 * MEGABYTE  # bytes that it may give back
OUT_OF_MEMORY = 3  # its exit code
MAP_FIXED, NO_FILE = 0x10, 2**64 - 1  # sys/mman.h; -1
UNREADABLE = "cannot be read: ask your instructor to look at it"
# what Python may still import or look up: its packages, this one, the zones
LIBRARIES = [Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[2], *map(Path, zoneinfo.TZPATH)]
log = logging.getLogger(__name__)


class Failed(Exception):
    """The work did not come to its end; the text says why, and is to be read after what was worked on."""


def run(work: Callable[[], Any], reads: Iterable[Path] = ()) -> Any:
    """Return what a function returns, computed in a fork.

    Parameters
    ----------
    work
        It returns what JSON can hold, and changes nothing.
    reads
        Folders in which it may read, beside those of Python.

    Raises
    ------
    Failed
        If it raises an exception, crashes or reaches a limit.
    KilledFromOutside
        If the fork was killed twice, by neither the work nor a limit.
    """
    group = cgroups.own()
    for _ in range(2):
        if group is not None:
            group.limit((MEMORY + BESIDE) * MEGABYTE, PROCESSES)
        data, status = _forked(work, [*LIBRARIES, *reads], group)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            try:
                return json.loads(data)
            except (ValueError, RecursionError):  # no work of ours has written it
                raise Failed(UNREADABLE) from None
        if code == -signal.SIGXCPU:
            raise Failed(f"takes more than {SECONDS} seconds to read")
        if code == OUT_OF_MEMORY or (code == -signal.SIGKILL and group is not None and group.exhausted()):
            raise Failed(f"takes more than {MEMORY} MB of memory to read")
        if code != -signal.SIGKILL:
            raise Failed(UNREADABLE)
    raise KilledFromOutside


def _forked(work, reads, group):
    """Return what a fork gave back, as bytes, and how it ended."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # of other threads' locks, which the fork does not need; newer versions of Python warn of them
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if not pid:
        _work(work, writer, reads, group)
    os.close(writer)
    try:
        received, whole = _received(reader)
    finally:
        os.close(reader)
        os.kill(pid, signal.SIGKILL)  # it has ended, or goes on when it should not
        _, status = os.waitpid(pid, 0)
    return received, status if whole else signal.SIGXCPU


def _received(reader):
    """Return what a fork gives back, and whether that is all: not where it is too much, or PATIENCE is at an end."""
    received, part, end = bytearray(), b"...", time.monotonic() + PATIENCE
    while part and len(received) <= MOST and select.select([reader], [], [], max(0, end - time.monotonic()))[0]:
        part = os.read(reader, MEGABYTE)
        received += part
    return received, not part


def _work(work, writer, reads, group) -> NoReturn:
    """Be the fork: work within limits, write what comes of it, and end."""
    code = 1
    try:
        writer = fcntl.fcntl(writer, fcntl.F_DUPFD, 3)  # were its standard input closed, it could be that
        if sys.platform == "linux":
            kernel.call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        warnings.simplefilter("ignore")  # a parser's complaints about a hostile text would flood the instructor
        if group is not None:
            group.add(os.getpid())
        _limit()
        _confine(writer, reads)
        with open(writer, "wb", closefd=False) as pipe:  # the grader takes its end for that of the work
            pipe.write(json.dumps(work()).encode())
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    except Exception:
        log.debug("work apart failed", exc_info=True)
    finally:
        os._exit(code)  # nothing of the grader's is to be closed, or written, by its fork


def _confine(writer, reads):
    """Close the grader's files, and give up all that reading does not need, as far as this machine knows how."""
    kernel.close_standard_files()
    os.closerange(3, writer)
    os.closerange(writer + 1, os.sysconf("SC_OPEN_MAX"))
    if sys.platform == "linux":
        os.setsid()  # without a terminal
        _keep_to_itself()
        kernel.call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        landlock.read_only(reads)
        if seccomp.known():
            kernel.refuse_system_calls(seccomp.reader(os.getpid()))


def _keep_to_itself():
    """Put copies in place of memory that other processes have too, such as the locks of a pool of graders."""
    map_at = ctypes.CDLL(None, use_errno=True).mmap
    map_at.restype, map_at.argtypes = ctypes.c_void_p, [ctypes.c_void_p, *[ctypes.c_size_t] * 4, ctypes.c_long]
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, rights, *_ = line.split()
        if rights.startswith("rw") and rights.endswith("s"):
            start, end = (int(one, 16) for one in addresses.split("-"))
            held = ctypes.string_at(start, end - start)
            how = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_FIXED
            if map_at(start, len(held), mmap.PROT_READ | mmap.PROT_WRITE, how, NO_FILE, 0) != start:
                raise OSError(ctypes.get_errno(), "mmap")
            ctypes.memmove(start, held, len(held))


def _limit():
    held = Path("/proc/self/statm")  # where there is none, memory is not limited
    if held.exists():
        pages = int(held.read_text().split()[0])
        _lower(resource.RLIMIT_AS, pages * os.sysconf("SC_PAGE_SIZE") + MEMORY * MEGABYTE)
    _lower(resource.RLIMIT_CPU, SECONDS, GRACE)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind, value, grace=0):
    """Set a soft limit and, `grace` above it, the hard one, which nothing can ignore; limits that are lower stay."""
    wanted = zip((value, value + grace), resource.getrlimit(kind), strict=True)
    resource.setrlimit(kind, tuple(new if now == resource.RLIM_INFINITY else min(new, now) for new, now in wanted))
