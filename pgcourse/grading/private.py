"""A private folder for temporary files that goes with its owner, and at the latest with the next run."""

import os
import shutil
import tempfile
import weakref
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where the folder of a run that was killed is left to the system
    fcntl = None

PREFIX = "pgcourse-intake-"


def private_folder(owner):
    """Make a folder that nobody else can read, and remove those of runs that were killed.

    owner    object; the folder is removed with it, or at the end of this process
    returns  Path, and a function without arguments that removes the folder at once
    """
    for other in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_left_behind(other):
            shutil.rmtree(other, ignore_errors=True)
    path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    return path, weakref.finalize(owner, _remove, path, _locked(path))


def _remove(path, lock):
    shutil.rmtree(path, ignore_errors=True)
    if lock is not None:
        os.close(lock)


def _locked(path):
    """Lock a folder as long as this process lives; return what to close, or None where it cannot be had."""
    if fcntl is None:
        return None
    lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _is_left_behind(path):
    """Say whether the run that made a folder is gone: no such process, and no lock from another container either."""
    number = path.name.removeprefix(PREFIX).partition("-")[0]
    if fcntl is None or path.is_symlink() or not number.isdigit():
        return False
    try:
        if path.stat().st_uid != os.getuid() or _is_running(int(number)):
            return False
        lock = _locked(path)
    except OSError:
        return False
    if lock is None:
        return False
    os.close(lock)
    return True


def _is_running(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
