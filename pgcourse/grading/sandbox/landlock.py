"""A second line of defence: Landlock, by which a process gives up the right to write, to read or to start programs.

It cannot take that right back. A student's kernel may then write in its private folders alone. The first line of
defence is that all other folders are mounted read-only. In a cold sandbox that does not hold for the folder of the
sockets: there Landlock lets only sockets be made, so that no file can fill the grader's disk. Older kernels of Linux
lack Landlock.

A kernel's reading is left free: each file of proc(5) and of Python's packages that honest work reads would need a rule,
and a rule on a file in /proc holds only as long as Linux remembers the file. A fork that reads a submission needs few
folders, and has rules for them.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

# linux/landlock.h; the numbers are the same on x86-64 and ARM64
CREATE, ADD, RESTRICT = 444, 445, 446
GIVE_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE, READ, MAKE_SOCKET = 1 << 0, 1 << 1, 1 << 2 | 1 << 3, 1 << 9
REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
REFER, TRUNCATE = 1 << 13, 1 << 14  # known from the second and from the third version
WRITABLE = ("/home/student", "/tmp", "/dev", "/proc")

libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return the version of Landlock that this machine has; 0 if none."""
    return max(0, _call(CREATE, None, 0, GIVE_VERSION))


def unavailable_reason() -> str:
    """Return "" if there is Landlock here, else why not."""
    return "" if version() else "Linux has it from 5.13 on, unless it is turned off"


def confine(sockets: str) -> None:
    """Let this process, and what it starts, write in private folders only, and make sockets in one more.

    Does nothing where there is no Landlock. Needs "no new privileges"; raises OSError when it fails.

    Parameters
    ----------
    sockets
        Path of the folder of the sockets.
    """
    rights = _writing()
    _restrict(rights, [*((folder, rights) for folder in WRITABLE), (sockets, MAKE_SOCKET)])


def read_only(folders: Iterable[Path]) -> None:
    """Let this process read in some folders alone, write nowhere and start no program.

    Does nothing where there is no Landlock. Needs "no new privileges"; raises OSError when it fails.

    Parameters
    ----------
    folders
        Those that are missing are passed over.
    """
    _restrict(EXECUTE | READ | _writing(), [(str(folder), READ) for folder in folders if folder.is_dir()])


def _writing():
    known = version()
    return WRITE | REMOVE_AND_MAKE | (REFER if known >= 2 else 0) | (TRUNCATE if known >= 3 else 0)


def _restrict(rights, allowances):
    """Give up rights but for those that are allowed in a folder, a list of (path, rights)."""
    if not version():
        return
    rules = _checked(_call(CREATE, struct.pack("Q", rights), 8, 0))
    try:
        for folder, allowed in allowances:
            opened = os.open(folder, os.O_PATH)
            try:
                _checked(_call(ADD, rules, PATH_BENEATH, struct.pack("=Qi", allowed, opened), 0))
            finally:
                os.close(opened)
        _checked(_call(RESTRICT, rules, 0))
    finally:
        os.close(rules)


def _call(number, *arguments):
    converted = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return libc.syscall(ctypes.c_long(number), *converted)


def _checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), f"landlock: {os.strerror(ctypes.get_errno())}")
    return result
