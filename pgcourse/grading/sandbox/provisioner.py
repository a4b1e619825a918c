"""A Jupyter kernel that runs in a sandbox, is watched, and is killed whole."""

import asyncio
import contextlib
import json
import logging
import math
import queue
import shutil
import signal
import time
import weakref
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Instance, Integer, Type, default

from pgcourse.grading.errors import SandboxError
from pgcourse.grading.sandbox import bubblewrap, cgroups, mounts, pool, watchdog
from pgcourse.grading.sandbox.watchdog import Watchdog
from pgcourse.grading.tempfolders import Scratch, let_read

NAME = "pgcourse-sandbox"  # the entry point in pyproject.toml
GRADERS_OWN = 64  # processes and threads of a group that are the sandbox's and the checker's
NOT_FOR_STUDENTS = ("*.ipynb", "*.db", "submission_secret.txt")


class SandboxedProvisioner(LocalProvisioner):
    """Starts a kernel in a sandbox; its sockets are files in a folder that the grader sees too."""

    warm = Bool(True, help="Whether kernels are forked from a process that has done its imports.").tag(config=True)
    memory = Integer(3000, help="Megabytes of address space that one process may have.").tag(config=True)
    total_memory = Integer(4000, help="Megabytes that all processes may hold together.").tag(config=True)
    cpu_time = Integer(300, help="Seconds of processor time that one process may use.").tag(config=True)
    processes = Integer(64, help="Processes and threads that there may be at a time.").tag(config=True)
    file_size = Integer(64, help="Megabytes that one file may hold.").tag(config=True)
    open_files = Integer(256, help="Files that one process may have open.").tag(config=True)
    wall_time = Integer(600, help="Seconds that a notebook may take as a whole.").tag(config=True)
    work_size = Integer(128, help="Megabytes that each private folder may hold.").tag(config=True)

    ended = ""
    """A sentence if the sandbox was killed because of what its processes did, else ""."""

    process: Any = None  # the Processes inside
    _host: pool.Cold | pool.Warm = None  # type: ignore[assignment] # before the start and after the end
    _group: cgroups.Group | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Get a sandbox: the sockets' paths must be known before the connection file is written."""
        manager: Any = self.parent
        self._host = pool.acquire(self.warm, manager.contents)
        folders = self._host.folders
        manager.transport, manager.ip = "ipc", str(folders.sockets / "k")
        manager.connection_file = str(folders.path / "kernel.json")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the sandbox with the kernel in it; raises SandboxError."""
        try:
            return self._launch(cmd, kwargs.get("cwd"))
        except BaseException:  # Jupyter cleans up only after a kernel that was started
            await self.cleanup()
            raise

    def _launch(self, cmd, folder):
        manager: Any = self.parent
        folders = self._host.folders
        if folder is not None:  # the folder of a submission, never the grader's working directory
            self._copy(Path(folder).resolve())
        inner = json.loads(Path(manager.connection_file).read_text()) | {"ip": f"{bubblewrap.SOCKETS}/k"}
        connection_file = folders.sockets / "kernel.json"
        connection_file.write_text(json.dumps(inner))
        connection_file.chmod(0o644)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        arguments[arguments.index("-f") + 1] = f"{bubblewrap.SOCKETS}/kernel.json"
        order = {"arguments": arguments, "limits": self._limits(), "work_size": self.work_size}
        self._group = cgroups.own()
        if self._group is not None:
            self._group.limit(self.total_memory * bubblewrap.MEGABYTE, self.processes + GRADERS_OWN)
        self.process = self._host.start(order)
        private = self._host.uncounted()
        held = None if self._group is None else self._group.exhausted
        Watchdog(self.process, private, folders.sockets, self.wall_time, self.total_memory, self._end, held)
        return self.connection_info

    def _copy(self, folder):
        manager: Any = self.parent
        files = self._host.folders.files
        if seen := mounts.shows(folder, manager.contents.packages):
            raise SandboxError(f"{folder} lies in {seen}, which a student's code can read: move the course.")
        shutil.copytree(folder, files, ignore=_not_for_students, dirs_exist_ok=True)
        let_read(files)

    @property
    def folders(self) -> bubblewrap.HostFolders | None:
        """The folders of the host that the sandbox sees; None before the start and after the end."""
        return None if self._host is None else self._host.folders

    def _limits(self):
        megabyte = bubblewrap.MEGABYTE
        return {
            "AS": self.memory * megabyte,
            "CPU": self.cpu_time,
            "NPROC": self.processes,
            "FSIZE": self.file_size * megabyte,
            "NOFILE": self.open_files,
            "CORE": 0,
        }

    def _end(self, sentence):
        self.ended = sentence

    def killed_from_outside(self) -> bool:
        """Say whether a kernel that has ended was killed, by neither itself nor a limit of the sandbox."""
        if not self.ended and self._group is not None and self._group.exhausted():
            self.ended = watchdog.MEMORY.format(self.total_memory)
        return self._host is not None and not self.ended and self._host.killed()

    async def poll(self) -> int | None:
        """Return None while the kernel runs, else an exit code."""
        return None if self.process is not None and not self.process.ended() else 0

    async def wait(self) -> int | None:
        """Wait for the end."""
        while await self.poll() is None:
            await asyncio.sleep(0.01)
        self.process = None
        return 0

    async def send_signal(self, signum: int) -> None:
        """Do nothing: these kernels are interrupted by a message."""

    async def kill(self, restart: bool = False) -> None:
        """Kill all that runs inside and wait until it is gone."""
        if self.process is not None:
            self.process.kill()

    async def terminate(self, restart: bool = False) -> None:
        """Kill at once: no student's code is asked to end by itself."""
        await self.kill(restart)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Kill at once: nobody waits for a student's exit handlers."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Leave nothing behind."""
        if self._host is not None:
            self._host.release()
            del self._host


class SandboxedKernelClient(AsyncKernelClient):
    """Talks to a kernel in a sandbox."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and its output arrives; Jupyter's client would then wait 0.2 s for silence.

        Parameters
        ----------
        timeout
            Seconds; None for ever.

        Raises
        ------
        RuntimeError
            When the kernel ends or the time is up.
        """
        end = math.inf if timeout is None else time.monotonic() + timeout
        while time.monotonic() < end:
            self.kernel_info()
            with contextlib.suppress(queue.Empty):
                await self.get_shell_msg(timeout=1)
                await self.get_iopub_msg(timeout=0.2)  # nothing arrives until the kernel knows of the subscription
                return
            if not await self.is_alive():
                manager: Any = self.parent
                raise RuntimeError(manager.provisioner.ended or "The kernel ended before it was ready.")
        raise RuntimeError(f"The kernel was not ready after {timeout} seconds.")


class SandboxedKernelManager(AsyncKernelManager):
    """Manages one kernel in a sandbox, whatever kernel a notebook names; it needs no installed kernel specification."""

    client_factory = Type(SandboxedKernelClient)

    contents = Instance(mounts.Contents, ())
    """What the course adds to the sandbox."""

    @default("log")
    def _log_default(self):
        log = logging.getLogger(__name__)
        log.disabled = True  # Jupyter logs a traceback of what it raises, which is said in a sentence later
        return log

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification of the one kernel there is."""
        return KernelSpec(
            argv=[
                "python",
                "-m",
                "ipykernel_launcher",
                "-f",
                "{connection_file}",
                "--HistoryManager.hist_file=:memory:",
            ],
            display_name="Python in a sandbox",
            language="python",
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": NAME}},
        )


def _not_for_students(folder, names):
    """Return the names that are not copied: notebooks, into which nbgrader puts hidden tests, and what is no file."""
    paths = {name: Path(folder, name) for name in names}
    ignored = shutil.ignore_patterns(*NOT_FOR_STUDENTS)(folder, names)
    return ignored | {
        name for name, path in paths.items() if path.is_symlink() or not (path.is_file() or path.is_dir())
    }


def killed_from_outside(kernel_manager: AsyncKernelManager) -> bool:
    """Say whether a kernel that has ended was killed, by neither itself nor a limit.

    Without a sandbox each SIGKILL looks as if it came from outside.
    """
    provisioner = kernel_manager.provisioner
    if isinstance(provisioner, SandboxedProvisioner):
        return provisioner.killed_from_outside()
    return getattr(getattr(provisioner, "process", None), "returncode", None) == -signal.SIGKILL


def socket_folder(kernel_manager: AsyncKernelManager) -> tuple[Path, str]:
    """Return the folder in which the grader can listen on a socket that a kernel can connect to.

    A socket there needs mode 0o666, since the kernel may run as another user. Nobody else can reach it.

    Parameters
    ----------
    kernel_manager
        Of a kernel that was started: SandboxedKernelManager, or any that runs its kernel on this host.

    Returns
    -------
    tuple
        The folder's path on the host, and its path as the kernel sees it.
    """
    folders = getattr(kernel_manager.provisioner, "folders", None)
    if folders is not None:
        return folders.sockets, bubblewrap.SOCKETS
    folder = _local.setdefault(kernel_manager, Scratch()).path
    return folder, str(folder)


_local: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()  # a folder is removed with its manager
