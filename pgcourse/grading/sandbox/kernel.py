"""Runs inside a sandbox before a student's kernel does: prepares files, sets limits, then becomes ipykernel.

Run as `python -m pgcourse.grading.sandbox.kernel ORDER`, where ORDER is JSON:

    arguments  list of strings for ipykernel
    limits     {name of a resource limit without RLIMIT_: number}
    work_size  megabytes that each private folder may hold
"""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pgcourse.grading.sandbox import landlock, seccomp

SOCKETS = "/sockets"
PR_SET_SECCOMP, FILTER = 22, 2  # linux/prctl.h, linux/seccomp.h

libc = ctypes.CDLL(None, use_errno=True)


def main(order: dict) -> None:
    """Become the kernel of an order; return when the kernel ends."""
    prepare_files()
    set_limits(order["limits"])
    landlock.confine(SOCKETS)
    refuse_system_calls(seccomp.own_end(os.getpid()))  # bubblewrap has applied the other filter
    kernel = application(order["arguments"])
    kernel.start()


def prepare_files() -> None:
    """Copy the submission's files and matplotlib's list of fonts to where the kernel may write, and work there."""
    work = Path.home() / "submission"
    shutil.copytree("/files", work, symlinks=True)
    shutil.copytree("/course/matplotlib", os.environ["MPLCONFIGDIR"])
    os.chdir(work)
    sys.path.remove(str(Path.home()))  # put there by Python; ipykernel adds the working directory


def set_limits(limits: dict[str, int]) -> None:
    """Set resource limits for this process and its children, and have Linux kill them first when memory runs out."""
    Path("/proc/self/oom_score_adj").write_text("1000")
    for name, value in limits.items():
        # SIGXCPU comes at the first limit, SIGKILL at the second, which would look as if it came from outside
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value + 5 * (name == "CPU")))


def refuse_system_calls(*programs: bytes) -> None:
    """Apply filters of system calls, for good; needs "no new privileges"."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))

    for steps in programs:
        program = Program(len(steps) // 8, steps)
        call("prctl", PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0)


def call(name: str, *arguments: Any) -> None:
    """Call a function of the C library; raises OSError when it fails."""
    converted = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in arguments]
    if getattr(libc, name)(*converted) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def application(arguments: list[str]) -> Any:
    """Return the kernel application, its sockets bound, without a debugger, ready to start."""
    with without_debugger():
        import ipykernel.debugger  # noqa: F401
        from ipykernel.kernelapp import IPKernelApp
    sys.argv = ["ipykernel_launcher", *arguments]
    discard_output()
    kernel = IPKernelApp.instance()
    kernel.initialize(arguments)
    return kernel


@contextlib.contextmanager
def without_debugger() -> Iterator[None]:
    """Import ipykernel without its debugger, which is slow to import and of no use here."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    yield
    del sys.modules["debugpy"]


def discard_output() -> None:
    """Discard what is written to this process's own descriptors, so that it does not reach the grader's terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
    close_standard_files()


def close_standard_files() -> None:
    """Let standard input, output and error lead nowhere; what waits to be written stays unwritten."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
