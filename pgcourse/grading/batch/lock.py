"""The private folder of a batch: its temporary files, and locks that tell a running batch from an interrupted one.

Its name is derived from the course's folder. A batch that was killed leaves its folder behind; the next one in the same
course takes it over, once the last grader of the old one has ended, and removes it at its own end.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from multiprocessing.util import Finalize
from pathlib import Path

from pgcourse.grading import tempfolders
from pgcourse.grading.errors import Stopped

GRADERS = "graders"  # a folder in it, on which each grader holds a lock
PATIENCE = 120  # seconds for the graders of a killed batch to end; each notices soon that its batch is gone
SOCKET = "pymp-12345678/listener-12345678"  # as long as the name that multiprocessing gives its socket


def acquire(root: Path) -> Path:
    """Lock a course's folder for one batch until this process ends, and keep all temporary files in one folder.

    Returns
    -------
    Path
        The private folder, which is removed at the end of this process.

    Raises
    ------
    Stopped
        If another batch is running in this course.
    """
    name = f"pgcourse-{os.getuid()}-{hashlib.sha256(str(root).encode()).hexdigest()[:8]}"
    folder = tempfolders.short_top(f"{name}/{SOCKET}") / name
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    lock = _opened(folder)  # never closed: the end of this process releases it, however it comes
    if not _locked(lock, fcntl.LOCK_EX) or not _is_same(folder, lock):
        raise Stopped(f"Another `pgcourse grade` is running in {root}: wait for it, or stop it.")
    _await_end_of_graders(folder)
    _empty(folder)
    (folder / GRADERS).mkdir()
    _use_for_temporary_files(folder)
    # after multiprocessing has removed its own temporary files, which is at priority -100
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=-200)
    return folder


def join(folder: Path) -> None:
    """Join a batch as one of its graders, until this process ends."""
    _locked(os.open(folder / GRADERS, os.O_RDONLY), fcntl.LOCK_SH)
    _use_for_temporary_files(folder)


def _opened(folder):
    """Open a folder that must be this user's own: in a shared temporary folder, others can choose its name first."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise Stopped(f"{folder} is in the way: remove it.") from error
    if os.fstat(lock).st_uid != os.getuid():
        os.close(lock)
        raise Stopped(f"{folder} belongs to somebody else: have it removed, or set TMPDIR to a folder of your own.")
    return lock


def _locked(lock, kind):
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_same(folder, lock):
    """Say whether a folder was not removed, by the batch that held it, between being opened and being locked."""
    try:
        return os.path.samestat(os.stat(folder), os.fstat(lock))
    except FileNotFoundError:
        return False


def _await_end_of_graders(folder):
    try:
        graders = os.open(folder / GRADERS, os.O_RDONLY)
    except FileNotFoundError:
        return
    deadline = time.monotonic() + PATIENCE
    try:
        while not _locked(graders, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise Stopped("Graders of an interrupted run are still running: end them, then run this again.")
            time.sleep(0.05)
    finally:
        os.close(graders)


def _empty(folder):
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _use_for_temporary_files(folder):
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
