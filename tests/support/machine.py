"""A Linux machine of its own for tests of a class: real accounts, homes and ports, and the machine below untouched.

Everything that this machine has is there, and what is written stays in memory and ends with the test: accounts,
packages, the services' files. Processes see only each other, and the network is the loopback alone.

    with machine() as ours:
        ours.run("useradd", "--create-home", "ada")
        ours.run("id", account="ada").stdout
        ours.path("/home/ada").is_dir()            # as root sees it from outside
        ours.connected(requests.get, "http://127.0.0.1:8000")
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.course import ROOT
from tests.support.waiting import PATIENCE, until

CLONE_NEWNET = 0x40000000
PROGRAMS = ("unshare", "nsenter", "pivot_root", "setpriv", "useradd")
LOOPBACK = """
import fcntl, socket, struct
interface = struct.pack("16sh14x", b"lo", 1)  # IFF_UP
fcntl.ioctl(socket.socket(), 0x8914, interface)  # SIOCSIFFLAGS
"""
BOOT = f"""
import signal
{LOOPBACK}
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever's parent has ended leaves nothing behind
print("up", flush=True)
signal.pause()
"""
MAKE = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
eval "$3"
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs run
case "$2" in /tmp/*)  # the course that is tested is seen nevertheless
    mkdir "$1/course" "$1/.course"
    mkdir -p ".$2"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/course,workdir=$1/.course" ".$2"
esac
mkdir tmp/below
pivot_root . tmp/below
umount -l /tmp/below
rmdir /tmp/below
cd /
shift 3
exec "$@"
"""
DEVICES = """
mount --rbind /dev dev
mount --rbind /sys sys
"""
GROUPS = Path("/sys/fs/cgroup")  # version 1
CONTROLLERS = ("cpu", "cpuacct", "memory", "pids", "blkio", "devices")
OWN_DEVICES = f"""
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do
    touch dev/$name
    mount --bind /dev/$name dev/$name
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
for name in {" ".join(CONTROLLERS)}; do
    mkdir sys/fs/cgroup/$name
    mount -t cgroup -o $name cgroup sys/fs/cgroup/$name
done
mkdir sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
"""
"""What systemd may change, and the machine below does not notice."""
SYSTEMD = ("/lib/systemd/systemd", "--system", "--unit=basic.target", "--log-target=null")
STARTED = ("running", "degraded")  # degraded: a unit that wants hardware has failed
NAMESPACES = ("--mount", "--pid", "--net", "--ipc", "--uts")


class Machine:
    """A running machine; all that was started on it ends with it.

    Attributes
    ----------
    pid : int
        Its first process, as the machine below numbers it.
    """

    def __init__(self, pid, namespaces=NAMESPACES):
        self.pid, self._namespaces, self._started = pid, namespaces, []
        self._inside = ThreadPoolExecutor(1, initializer=self._enter_network)

    def _enter_network(self):
        with open(f"/proc/{self.pid}/ns/net") as network:
            if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")

    def connected(self, function, *arguments, **named):
        """Call a function in a thread whose sockets are this machine's; return its result."""
        return self._inside.submit(function, *arguments, **named).result()

    def path(self, place):
        """Return the path below which root finds an absolute path of this machine from outside."""
        return Path(f"/proc/{self.pid}/root{place}")

    def words(self, *command, account="root"):
        """Return the words of a command that runs on this machine under an account, with nothing of our environment."""
        enter = ["nsenter", "--target", str(self.pid), *self._namespaces]
        become = ["setpriv", f"--reuid={account}", f"--regid={account}", "--init-groups", "--reset-env"]
        return [*enter, *become, *map(str, command)]

    def run(self, *command, account="root", **options):
        """Run a command under an account; return what subprocess.run returns."""
        usual = {"capture_output": True, "text": True, "timeout": 2 * PATIENCE}
        return subprocess.run(self.words(*command, account=account), **usual | options)

    def start(self, *command, log, account="root"):
        """Start a command whose output goes to a file outside; return the Popen, of which only the output is of use."""
        with open(log, "ab") as output:
            words = self.words(*command, account=account)
            self._started.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output))
            return self._started[-1]

    def connecting(self, program, place):
        """Write a script that starts a program of the machine below, here, with this machine's network; return it."""
        place.write_text(f'#!/bin/sh\nexec nsenter --net=/proc/{self.pid}/ns/net "{program}" "$@"\n', encoding="utf-8")
        place.chmod(0o755)
        return place

    def processes(self, words=""):
        """Return {process id there: its command} of those whose command holds some words."""
        listing = self.run("ps", "-eo", "pid=,args=").stdout.splitlines()
        found = dict(line.strip().split(" ", 1) for line in listing)
        return {int(pid): command for pid, command in found.items() if words in command}

    def close(self):
        """End everything that runs there."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        for process in self._started:
            process.wait(PATIENCE)
        self._inside.shutdown()


@contextlib.contextmanager
def machine():
    """Start a machine; end it with all that runs on it."""
    python = str(Path(sys.base_prefix, "bin", "python3"))
    with _made(DEVICES, [python, "-c", BOOT], stdout=subprocess.PIPE, text=True) as (ours, starter):
        assert starter.stdout.readline() == "up\n"
        _open_and_close(ours)
        yield ours


@contextlib.contextmanager
def machine_with_systemd():
    """Start a machine whose first process is systemd; end it with all that runs on it."""
    groups = [GROUPS / name / f"pgcourse-test-{os.getpid()}" for name in (*CONTROLLERS, "systemd")]
    for group in groups:
        group.mkdir()

    def enter():
        for group in groups:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    first = ["env", "-i", "container=unshare", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *SYSTEMD]
    try:
        with _made(OWN_DEVICES, first, (*NAMESPACES, "--cgroup"), preexec_fn=enter) as (ours, _):
            assert until(lambda: ours.run("systemctl", "is-system-running").stdout.strip() in STARTED)
            ours.run("systemctl", "start", "systemd-user-sessions", check=True)  # before it PAM lets nobody in
            ours.run(sys.executable, "-c", LOOPBACK, check=True)
            _open_and_close(ours)
            yield ours
    finally:
        for group in groups:
            for folder in (*sorted(group.rglob("*/"), reverse=True), group):
                assert until(lambda folder=folder: _removed(folder)), folder


def _removed(group):
    """Say whether a control group is gone, or could be removed: whatever was in it has ended."""
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()


@contextlib.contextmanager
def _made(devices, first, namespaces=NAMESPACES, **options):
    """Make a machine with a first process; give it, and the process outside that has started it."""
    with tempfile.TemporaryDirectory(prefix="pgcourse-namespaces-") as folder:
        begin = ["unshare", *namespaces, "--fork", "--kill-child"]
        words = [*begin, "sh", "-c", MAKE, "sh", folder, str(ROOT), devices, *first]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, **options) as starter:
            try:
                children = Path(f"/proc/{starter.pid}/task/{starter.pid}/children")
                assert until(lambda: children.read_text().split() or starter.poll() is not None)
                (pid,) = children.read_text().split()
                with contextlib.closing(Machine(int(pid), namespaces)) as ours:
                    yield ours, starter
            finally:
                starter.kill()  # and with it whatever has begun


def _open_and_close(ours):
    """Let all accounts run this Python, and keep them out of the course that is tested, as out of an owner's folder."""
    prefix = Path(sys.base_prefix)
    for folder in prefix.parents:
        ours.path(folder).chmod(ours.path(folder).stat().st_mode | 0o111)
    open_to_all = (prefix, Path("/tmp/x"))
    folders = reversed((ROOT, *ROOT.parents))
    private = next(folder for folder in folders if not any(place.is_relative_to(folder) for place in open_to_all))
    ours.path(private).chmod(0o700)


def possible():
    """Say whether this process may make such a machine here."""
    if sys.platform != "linux" or os.geteuid() != 0 or not all(map(shutil.which, PROGRAMS)):
        return False
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "unshare",
            *NAMESPACES,
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            MAKE,
            "sh",
            folder,
            str(ROOT),
            DEVICES,
            "true",
        ]
        return subprocess.run(words, capture_output=True, timeout=PATIENCE).returncode == 0


def possible_with_systemd():
    """Say whether the first process of such a machine may be systemd, which needs control groups of version 1 here."""
    groups = all((GROUPS / name / "cgroup.procs").exists() for name in (*CONTROLLERS, "systemd"))
    return groups and Path(SYSTEMD[0]).exists() and possible()
