"""Temporary folders that are removed with their owners or, if those were killed, by the next run.

An owner holds a lock on its folder as long as it lives: two containers may share a temporary folder and not see each
other's processes.
"""

import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where nothing can be graded, as `intake.mirror` says
    fcntl = None  # type: ignore[assignment]

SOCKET_PATH = 107 if sys.platform == "linux" else 103  # bytes that the path of a socket may have
TOP, PREFIX = Path("/tmp"), "pgcourse-scratch-"  # short enough for sockets


def short_top(inside: str) -> Path:
    """Return the folder for temporary files, or TOP if its path is too long for a socket.

    Parameters
    ----------
    inside
        Path of the socket in it, or one of the same length.
    """
    folder = tempfile.gettempdir()
    return Path(folder) if len(os.fsencode(os.path.join(folder, inside))) <= SOCKET_PATH else TOP


class Scratch:
    """A temporary folder `path` that only its owner can enter; `remove()` removes it, at exit at the latest.

    Parameters
    ----------
    top
        The folder in which it is made.
    prefix
        How its name begins: `sweep` removes those of one kind.

    Attributes
    ----------
    lock : int
        The descriptor that holds the folder; a child that is given it holds the folder too, as long as it lives.
    """

    def __init__(self, top: Path | str = TOP, prefix: str = PREFIX):
        self.path, self.lock = _new_folder(top, prefix)
        self.remove = weakref.finalize(self, _remove, self.path, self.lock, os.getpid())


def _new_folder(top, prefix):
    """Make and lock a folder, again if another process swept it before it was locked; return its path and the lock."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=top))
        try:
            lock = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            return path, lock
        os.close(lock)


def _remove(path, lock, owner):
    if os.getpid() == owner:  # not in a fork
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def write_files(folder: Path, files: Mapping[str, bytes] | Mapping[Path, bytes]) -> None:
    """Write {path in a folder: content} to it, with the folders inside."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def let_read(folder: Path) -> None:
    """Let every user who can reach a folder read all that is in it, whatever the modes were."""
    for path, _, files in os.walk(folder):
        os.chmod(path, 0o755)
        for name in files:
            os.chmod(os.path.join(path, name), 0o644)


def sweep(top: Path | str = TOP, prefix: str = PREFIX) -> list[Path]:
    """Remove this user's folders whose owners are gone; return their paths."""
    swept = []
    for path in Path(top).glob(f"{prefix}*"):
        try:
            lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
        except OSError:  # not a folder, or another user's, or another process was quicker
            continue
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
                swept.append(path)
        except BlockingIOError:  # its owner lives
            pass
        finally:
            os.close(lock)
    return swept
