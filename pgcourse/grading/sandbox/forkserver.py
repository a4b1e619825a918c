"""The fork server inside a sandbox: every kernel is forked from it, after its imports.

Each fork has namespaces of its own (user, mount, process, IPC, network), new private folders, no capability, no way to
make another user namespace, and the filter of system calls. Four processes take part:

    server      imports, then waits for orders on its standard input, a socket
    supervisor  one for each order; enters a new user namespace and waits there
    init        the first in the new process namespace; mounts, then only reaps; the kernel cannot reach it
    kernel      in which the student's code runs

The grader learns init's number from the credentials of its first message; killing init kills all that belongs to the
order. The supervisor's last message is the number of the signal that ended the kernel, else its exit code.
"""

import contextlib
import ctypes
import functools
import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator

from pgcourse.grading.sandbox import kernel, landlock, seccomp
from pgcourse.grading.sandbox.kernel import call

IMPORTS = (
    "numpy.random",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "pygments.formatters.terminal256",
    "stack_data",
    "tornado.platform.asyncio",
    "tornado.queues",
    "sqlite3",
    "IPython.extensions.storemagic",
    "IPython.core.completerlib",
    "jedi",
    "pgcourse.grading.checks.student_side",
)
STARTED = b"started"
PRIVATE = ("/home/student", "/tmp", "/dev/shm")
FILES_AT_MOST = 20_000  # in one private folder: each costs memory that no size limit counts

# linux/sched.h, sys/mount.h, sys/prctl.h, linux/capability.h, linux/seccomp.h
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 1 << 17, 1 << 27, 1 << 28, 1 << 29, 1 << 30
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1 << 5, 1 << 12, 1 << 14, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
LAST_CAPABILITY = "/proc/sys/kernel/cap_last_cap"
CAPABILITY_VERSION = 0x20080522


def serve(modules: list[str]) -> None:
    """Import modules, then fork a kernel for each order until the grader closes the socket."""
    channel = socket.socket(fileno=os.dup(0))
    prepare(modules)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while text := channel.recv(1 << 16):
        fork(functools.partial(supervise, channel, json.loads(text)))


def prepare(modules: list[str]) -> None:
    """Do once what all kernels need."""
    with kernel.without_debugger():
        for name in IMPORTS:
            importlib.import_module(name)
        for name in modules:
            with contextlib.suppress(ImportError):  # this only saves time; a notebook that needs it will say so
                importlib.import_module(name)
    call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    gc.collect()
    gc.freeze()


def fork(task: Callable[[], None]) -> int:
    """Run a function in a new process; return the process's number."""
    number = os.fork()
    if number:
        return number
    try:
        task()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(0)


def supervise(channel: socket.socket, order: dict) -> None:
    """Start init in new namespaces and wait for its end; an empty order only tries whether that works."""
    with report_errors(channel):
        enter_namespaces()
    _, status = os.waitpid(fork(functools.partial(init, channel, order)), 0)
    channel.send(str(_number(status)).encode())


def _number(status):
    """Return the number of the signal that ended a process, else its exit code."""
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


@contextlib.contextmanager
def report_errors(channel: socket.socket) -> Iterator[None]:
    """Send the grader the text of an error."""
    try:
        yield
    except OSError as error:
        channel.send(str(error).encode())
        raise


def enter_namespaces() -> None:
    """Enter a new user namespace in which no further one can be made, and others that belong to it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    user, group = os.getuid(), os.getgid()
    call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET)
    call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # a process that cannot be dumped may not write these files
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{user} {user} 1")
    write("/proc/self/gid_map", f"{group} {group} 1")
    write("/proc/sys/user/max_user_namespaces", "0")


def init(channel: socket.socket, order: dict) -> None:
    """Mount what is seen, start the kernel, make the folder of its sockets read-only, then reap."""
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    with report_errors(channel):
        mount("none", "/", None, MS_REC | MS_PRIVATE)
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        for folder in PRIVATE:
            size = f"size={order.get('work_size', 1)}m,nr_inodes={FILES_AT_MOST},mode=1777"
            mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, size)
    channel.send(STARTED)
    channel.close()
    if not order:
        return
    ours, theirs = socket.socketpair()
    child = fork(functools.partial(become_kernel, theirs, ours, order))
    theirs.close()
    if ours.recv(1):  # the sockets exist: nothing else may be written beside them
        flags = os.statvfs("/sockets").f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
        mount("none", "/sockets", None, MS_REMOUNT | MS_BIND | MS_RDONLY | flags)
        drop_privileges()
        ours.send(b"1")
    while (ended := os.wait())[0] != child:
        pass
    os._exit(_number(ended[1]))


def become_kernel(channel: socket.socket, other: socket.socket, order: dict) -> None:
    """Drop all privileges, then become an ordinary kernel."""
    other.close()
    os.setsid()
    drop_privileges()
    call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
    kernel.prepare_files()
    kernel.set_limits(order["limits"])
    landlock.confine(kernel.SOCKETS)
    kernel.refuse_system_calls(seccomp.program(), seccomp.own_end(os.getpid()))
    gc.unfreeze()
    sys.modules["numpy"].random.seed()
    application = kernel.application(order["arguments"])
    channel.send(b"1")
    if channel.recv(1):
        channel.close()
        application.start()


def drop_privileges() -> None:
    """Drop all capabilities for good."""
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    with open(LAST_CAPABILITY) as file:
        last = int(file.read())
    for capability in range(last + 1):
        call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    call("capset", header, none)


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Call mount(2)."""
    call("mount", *(text and text.encode() for text in (source, target, kind)), flags, options and options.encode())


def write(path: str, text: str) -> None:
    """Write to a file that exists."""
    with open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    serve(sys.argv[1:])
