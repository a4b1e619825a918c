"""The fork server inside a sandbox: every kernel is a fork of it that has its imports done.

Each fork has namespaces of its own (user, mount, process, IPC, network), new private directories, no capability, no
way to make another user namespace, and the filter of system calls. Four processes take part:

    server      imports, then waits for orders on its standard input, a socket
    supervisor  one an order; goes to the new user namespace and waits there
    init        first in the new process namespace; mounts, then only reaps; out of reach of
    kernel      in which the student's code runs

The grader learns init's number from the credentials of its first message; killing init kills all of the order.
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

from pgcourse.grading.sandbox import kernel as launch
from pgcourse.grading.sandbox import seccomp as system_calls

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
FILES_AT_MOST = 20_000  # in one private directory: each costs memory that no size limit counts

# linux/sched.h, sys/mount.h, sys/prctl.h, linux/capability.h, linux/seccomp.h
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 1 << 17, 1 << 27, 1 << 28, 1 << 29, 1 << 30
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1 << 5, 1 << 12, 1 << 14, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 24, 38
LAST_CAPABILITY = "/proc/sys/kernel/cap_last_cap"
CAPABILITY_VERSION = 0x20080522
FILTER = 2

libc = ctypes.CDLL(None, use_errno=True)


def serve(modules):
    """Import modules, then fork a kernel for each order until the grader closes the socket."""
    channel = socket.socket(fileno=os.dup(0))
    prepare(modules)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while text := channel.recv(1 << 16):
        fork(functools.partial(supervise, channel, json.loads(text)))


def prepare(modules):
    """Do what all kernels need, once."""
    with launch.no_debugger():
        for name in IMPORTS:
            importlib.import_module(name)
        for name in modules:
            with contextlib.suppress(ImportError):  # it only saves time; a notebook that needs it will say so
                importlib.import_module(name)
    call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    gc.collect()
    gc.freeze()


def fork(task):
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


def supervise(channel, order):
    """Start init in new namespaces and outlive it; an order without content only tries that."""
    with told(channel):
        enter()
    os.waitpid(fork(functools.partial(init, channel, order)), 0)


@contextlib.contextmanager
def told(channel):
    """Tell the grader what went wrong."""
    try:
        yield
    except OSError as error:
        channel.send(str(error).encode())
        raise


def enter():
    """Enter a new user namespace that has no further one, and others that belong to it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    user, group = os.getuid(), os.getgid()
    call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET)
    call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)  # who cannot be dumped may not write these
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{user} {user} 1")
    write("/proc/self/gid_map", f"{group} {group} 1")
    write("/proc/sys/user/max_user_namespaces", "0")


def init(channel, order):
    """Make what is seen, start the kernel, close what it needed, reap."""
    call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
    with told(channel):
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
    kernel = fork(functools.partial(become_kernel, theirs, ours, order))
    theirs.close()
    if ours.recv(1):  # the sockets are there: nothing more is to be written beside them
        flags = os.statvfs("/meeting").f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
        mount("none", "/meeting", None, MS_REMOUNT | MS_BIND | MS_RDONLY | flags)
        renounce()
        ours.send(b"1")
    while os.wait()[0] != kernel:
        pass


def become_kernel(channel, other, order):
    """Give up every right, then be an ordinary kernel."""
    other.close()
    os.setsid()
    renounce()
    call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
    launch.settle_in()
    launch.limit(order["limits"])
    refuse_system_calls()
    gc.unfreeze()
    sys.modules["numpy"].random.seed()
    kernel = launch.application(order["arguments"])
    channel.send(b"1")
    if channel.recv(1):
        channel.close()
        kernel.start()


def renounce():
    """Give up all capabilities, for good."""
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    with open(LAST_CAPABILITY) as file:
        last = int(file.read())
    for capability in range(last + 1):
        call("prctl", PR_CAPBSET_DROP, capability, 0, 0, 0)
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    call("capset", header, none)


def refuse_system_calls():
    """Put the filter in force, for good."""
    steps = system_calls.program()

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))

    program = Program(len(steps) // 8, steps)
    call("prctl", PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0)


def mount(source, target, kind, flags, options=None):
    """Call mount(2) on strings."""
    call("mount", *(text and text.encode() for text in (source, target, kind)), flags, options and options.encode())


def write(path, text):
    """Write to a file that is there."""
    with open(path, "w") as file:
        file.write(text)


def call(name, *arguments):
    """Call a function of the C library; raises OSError when it fails."""
    arguments = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in arguments]
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


if __name__ == "__main__":
    serve(sys.argv[1:])
