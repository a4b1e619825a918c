"""Temporary folders with short paths, removed with their owner or, if that was killed, by the next one."""

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from pathlib import Path

TOP, PREFIX = Path("/tmp"), "pgcourse-sandbox-"  # short: the path of a socket has at most 107 bytes


class Scratch:
    """A temporary folder `path` that only its owner can enter; `remove()` removes it, at the latest at exit."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=TOP))
        lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.remove = weakref.finalize(self, _remove, self.path, lock, os.getpid())


def _remove(path, lock, owner):
    if os.getpid() == owner:  # not in a fork
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def let_read(folder):
    """Let every user who can get to a folder read all that is in it, whatever the modes were."""
    for path, _, files in os.walk(folder):
        os.chmod(path, 0o755)
        for name in files:
            os.chmod(os.path.join(path, name), 0o644)


def sweep(age=60):
    """Remove this user's folders whose owners are gone, if they are older than so many seconds."""
    for path in TOP.glob(f"{PREFIX}*"):
        try:
            found = path.lstat()
            if found.st_uid != os.geteuid() or found.st_mtime > time.time() - age:
                continue
            lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        except OSError:  # somebody else was quicker
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(lock)
