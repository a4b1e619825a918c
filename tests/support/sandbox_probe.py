"""What a student's code can see and reach: run as a cell in a kernel, it prints a JSON object.

`HOST` is put in front of it: {"paths": of the host, "port": listening on loopback, "abstract": a listening socket}.
"""

import ctypes
import importlib.util
import json
import os
import resource
import signal
import socket
import stat
import sys
from pathlib import Path

from pgcourse.homework import catalogue

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
SYSTEM = ("/usr", "/proc", "/environment", sys.base_prefix, "/course")


def descriptors():
    """What this process has open; the list itself is closed again when it is read."""
    paths = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return [os.readlink(path) for path in paths if os.path.lexists(path)]


def tried(action):
    """Return what an action gives, or the name of its error."""
    try:
        return action()
    except Exception as error:
        return type(error).__name__


def called(name, *arguments):
    """Return the result of a function of the C library."""
    return getattr(libc, name)(*[ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments])


def new_user_namespace():
    """Try clone(2) itself; the child, if there is one, ends at once."""
    number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
    pid = libc.syscall(number, ctypes.c_ulong(CLONE_NEWUSER | signal.SIGCHLD), None, None, None, None)
    if pid == 0:
        os._exit(0)
    return pid


def reached(family, address):
    """Connect to a listening socket."""
    with socket.socket(family) as client:
        client.settimeout(2)
        client.connect(address)
        return "reached"


def walk(roots):
    """Yield every path below some folders, without following links."""
    for root in roots:
        for folder, folders, files in os.walk(root):
            yield from (os.path.join(folder, name) for name in [*folders, *files])


def writable_outside_private():
    """Return folders of the whole tree, the private ones apart, in which a file can be made."""
    private = ("/home/student", "/tmp", "/dev/shm", "/proc")
    folders = ["/", *(path for path in walk(["/"]) if os.path.isdir(path) and not os.path.islink(path))]
    return [path for path in folders if not path.startswith(private) and os.access(path, os.W_OK)]


def status(name):
    """Return a field of this process's status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith(f"{name}:"))


tops = [f"/{name}" for name in os.listdir("/") if f"/{name}" not in SYSTEM and not os.path.islink(f"/{name}")]
files = [path for path in walk(tops) if not path.startswith((*SYSTEM, "/dev/")) and not os.path.isdir(path)]
devices = [path for path in walk(["/dev"]) if not os.path.islink(path) and stat.S_ISBLK(os.stat(path).st_mode)]
package = [path for path in walk(["/course", "/environment"]) if "/pgcourse/" in path]
os.kill(1, signal.SIGKILL)  # does nothing, or this kernel answers no more

print(
    json.dumps(
        {
            "folder": os.getcwd(),
            "user": [os.getuid(), os.getgid(), os.getgroups()],
            "capabilities": [int(status(f"Cap{kind}"), 16) for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")],
            "no new privileges": status("NoNewPrivs"),
            "filter": status("Seccomp"),
            "environment": dict(os.environ),
            "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
            "host paths": [path for path in HOST["paths"] if os.path.exists(path)],  # noqa: F821
            "files": files,
            "devices": devices,
            "package": package,
            "writable": writable_outside_private(),
            "descriptors": descriptors(),
            "interfaces": [name for _, name in socket.if_nameindex()],
            "families": [f for f in range(64) for kind in (1, 2, 3, 5) if libc.socket(f, kind, 0) >= 0],
            "pyvenv.cfg": tried(lambda: Path(sys.prefix, "pyvenv.cfg").read_text()),
            "netlink": [p for p in range(23) if libc.socket(int(socket.AF_NETLINK), 3, p) >= 0],
            "loopback": tried(lambda: reached(socket.AF_INET, ("127.0.0.1", HOST["port"]))),  # noqa: F821
            "abstract socket": tried(lambda: reached(socket.AF_UNIX, "\0" + HOST["abstract"])),  # noqa: F821
            "hidden module": tried(lambda: catalogue.load("ps1_monte_carlo_utility").__file__),
            "course": importlib.util.find_spec("pgcourse").origin,
            "path": sys.path,
            "limits": {
                name: resource.getrlimit(getattr(resource, name))[1] for name in dir(resource) if "RLIMIT" in name
            },
            "new user namespace": [new_user_namespace(), called("unshare", CLONE_NEWUSER)],
            "mount": called("mount", b"none", b"/tmp", b"tmpfs", 0, None),
            "ptrace": called("ptrace", 16, 1, 0, 0),
            "memory without limit": [called("memfd_create", b"a", 0), called("shmget", 1, 4096, 0o1666)],
            "keys": called("syscall", {"x86_64": 250, "aarch64": 219}[os.uname().machine], 0, -4 & (2**64 - 1), 0),
            "secrets of process 1": [
                tried(lambda: len(os.listdir("/proc/1/fd"))),
                tried(lambda: len(Path("/proc/1/environ").read_bytes())),
                tried(lambda: os.readlink("/proc/1/root")),
            ],
            "command of process 1": Path("/proc/1/cmdline").read_text(),
        }
    )
)
