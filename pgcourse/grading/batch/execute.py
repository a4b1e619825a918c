"""The preprocessor of `nbgrader autograde` that runs a notebook: its cells in a sandboxed kernel, its checks elsewhere.

Nothing that a kernel sends is trusted. None of it reaches the cell of a check, none of it stops the batch, and what is
kept of it has a limit.
"""

import asyncio
import contextlib
import copy
import secrets
import signal
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
import zmq
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets import Bool, Integer, List, Unicode, default
from traitlets.config import Config

from pgcourse.grading import tempfolders
from pgcourse.grading.batch import cluster
from pgcourse.grading.batch.source import InstructorVersion, instructor_version, private_paths
from pgcourse.grading.checks import protocol
from pgcourse.grading.checks.grader_side import error_output
from pgcourse.grading.checks.server import Checker, Settings
from pgcourse.grading.checks.world import Cell
from pgcourse.grading.errors import KilledFromOutside, Stopped
from pgcourse.grading.intake.read import writable
from pgcourse.grading.sandbox import cgroups, mounts
from pgcourse.grading.sandbox.mounts import Contents
from pgcourse.grading.sandbox.provisioner import SandboxedKernelManager, killed_from_outside, socket_folder

AGENT = '__import__("pgcourse.grading.checks.student_side", fromlist=["serve"]).serve({address!r}, {public!r})'
"""What the kernel runs while a check runs elsewhere; it defines no name."""

MESSAGE, WAITING = 10 * 2**20, 50
"""Bytes that a part of a kernel's message may have, and messages that may wait; the watchdog limits them in total."""

NOTHING = "Nothing was handed in that can be graded."

GRACE = 10
"""Seconds that a check may go on after the kernel has finished with it."""


_one_at_a_time = threading.Lock()


class SandboxedExecute(Execute):
    """nbgrader's Execute, with the kernel in a sandbox and the checks in a process of their own."""

    sandbox = Bool(True, help="Whether students' code runs in a sandbox; without one it can do all that you can.").tag(
        config=True
    )
    scheduler = Unicode("", help="A Dask scheduler on whose workers notebooks run, such as tcp://127.0.0.1:8786.").tag(
        config=True
    )
    scheduler_timeout = Integer(
        10, help="Seconds to wait for a Dask scheduler to answer, and for a worker to join it."
    ).tag(config=True)
    max_output = Integer(2_000_000, help="Characters of output that are kept of each cell.").tag(config=True)
    again = Bool(
        True, help="Whether a notebook whose processes were killed from outside is run once more, at once."
    ).tag(config=True)
    packages = List(
        Unicode(),
        help="Packages of the course that notebooks import. The sandbox shows copies of them, wherever they are; what "
        "is in site-packages can be seen anyway.",
    ).tag(config=True)
    kernel_preload = List(Unicode(), help="Modules that notebooks import: imported once for all kernels.").tag(
        config=True
    )
    checker_preload = List(Unicode(), help="Modules that checks import: imported once for all notebooks.").tag(
        config=True
    )
    public_module = Unicode(
        "", help="A module whose functions checks hand to students' functions: they then run in the student's process."
    ).tag(config=True)
    private_files = List(
        Unicode(),
        help="Files that checks import or read and no student may see, as paths or patterns relative to the course's "
        "root. The process of the checks finds copies of them in the folder that the environment variable "
        "NBGRADER_CHECKER_FILES names, which is on its sys.path; a sandbox never has them.",
    ).tag(config=True)

    @default("shutdown_kernel")
    def _shutdown_kernel_default(self):
        return "immediate"  # without waiting for a student's exit handlers

    @default("store_widget_state")
    def _store_widget_state_default(self):
        return False

    @default("record_timing")
    def _record_timing_default(self):
        return False

    @default("error_on_timeout")
    def _error_on_timeout_default(self):
        return error_output("CellTimeoutError", f"This cell took longer than {self.timeout} s and was interrupted.")

    @property
    def sandboxes_here(self) -> bool:
        """Whether this machine must be able to make sandboxes; with a cluster its workers must."""
        return self.sandbox and not self.scheduler

    def create_kernel_manager(self) -> AsyncKernelManager:
        """Return the manager of a kernel, in a sandbox if there is one; no message of the kernel may be long."""
        if self.sandbox:
            self.kernel_manager_class = SandboxedKernelManager
            self.ipython_hist_file = ""  # its kernel specification says so already; told twice, IPython does not start
        manager = super().create_kernel_manager()
        if self.sandbox:
            manager.contents = Contents(tuple(self.packages), tuple(self.kernel_preload))
        else:  # no ports: another program could take one before the kernel does, or connect to one
            manager.transport, manager.ip = "ipc", str(socket_folder(manager)[0] / "kernel")
        manager.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
        manager.context.setsockopt(zmq.RCVHWM, WAITING)
        return manager

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: AsyncKernelManager | None = None
    ) -> tuple[NotebookNode, Any]:
        """Run a notebook; whatever it does, each of its cells gets outputs.

        Raises
        ------
        SandboxError
            If no kernel can be started, which is not the student's fault.
        Stopped
            If no checker can be started, or private files are missing or visible in the sandbox.
        KilledFromOutside
            If the process that ran the notebook was killed, by neither the notebook nor a limit.
        """
        converter = getattr(self.parent, "parent", None)  # of an exporter, which is the parent
        coursedir = getattr(converter, "coursedir", None) or CourseDirectory(parent=self)
        if self.sandbox:
            self.refuse_visible(private_paths(Path(coursedir.root), self.private_files).values())
        version = instructor_version(coursedir, resources["nbgrader"], self.private_files)
        if self.scheduler:
            return cluster.execute(run_on_worker, self, nb, resources, version), resources
        return self.run(nb, resources, version, km)

    def refuse_visible(self, paths: Iterable[Path]) -> None:
        """Raise Stopped if one of these private files can be seen in a sandbox."""
        for path in paths:
            if seen := mounts.shows(path, tuple(self.packages)):
                raise Stopped(f"The private file {path} lies in {seen}, which a student's code can read: move it.")

    def run(
        self, nb: NotebookNode, resources: Any, version: InstructorVersion, km: AsyncKernelManager | None = None
    ) -> tuple[NotebookNode, Any]:
        """Run a notebook on this machine, with the checks of the instructor's version; raises KilledFromOutside."""
        if self.again:
            with contextlib.suppress(KilledFromOutside):
                return self._run(copy.deepcopy(nb), copy.deepcopy(resources), version, km)
        return self._run(nb, resources, version, km)

    def _run(self, nb, resources, version, km):
        if nb.metadata.get("pgcourse", {}).get("set_aside"):
            return _without_work(nb, version), resources
        self.version, self.kernel_failure = version, ""
        self.group = cgroups.own() if self.sandbox else None  # the sandbox's cgroup, which the checks' process joins
        self.lines: dict[str, int | None] = {}  # of each check, that at which it failed
        self.passed: list[Cell] = [Cell("plain", source) for source in version.plain]
        with contextlib.ExitStack() as stack:
            self.folder: Path | None = None
            if version.files:
                scratch = tempfolders.Scratch(tempfile.gettempdir())
                stack.callback(scratch.remove)
                tempfolders.write_files(scratch.path, version.files)
                self.folder = scratch.path
            self.checker = self.new_checker()
            try:
                return super().preprocess(nb, resources, km)
            finally:
                self.checker.close()

    def new_checker(self) -> Checker:
        """Return a new checker for the notebook that is being run."""
        preload, private = tuple(self.checker_preload), self.version.private_files
        checker = Checker(Settings(preload, self.public_module, private), self.folder)
        for cell in self.passed:
            checker.add(cell)
        return checker

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        """Run a cell, or the check that the gradebook has for it."""
        if cell.cell_type != "code":
            return cell, resources
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        self.start_counting(self.max_output)
        if self.kernel_failure:
            cell.outputs = _nodes([error_output("DeadKernelError", self.kernel_failure)])
        elif name in self.version.checks:
            cell.outputs = _nodes(in_range(self.check(self.version.checks[name], index), cell))
            self.lines[name] = self.checker.line
            cell.execution_count = None
            self.nb.cells[index] = cell
        else:
            if cell_of := self.version.cell(name):
                self.passed.append(cell_of)
                self.checker.add(cell_of)
            try:
                self.run_cell(cell, index, True)
            except Exception as error:
                cell.outputs = _nodes([error_output("DeadKernelError", self.end_kernel(error))])
            # nbclient and nbgrader do not examine what they take from the kernel
            cell.outputs = [output for output in cell.outputs if self.is_output(output)]
            if type(cell.execution_count) is not int:
                cell.execution_count = None
        cell.outputs = [_writable(output) for output in cell.outputs]
        return cell, resources

    def run_cell(self, cell: NotebookNode, index: int, store_history: bool) -> None:
        """Run a cell in the kernel as nbclient does, and cancel the tasks that nbclient leaves if it stops early."""

        async def alone():
            others = asyncio.all_tasks()
            try:
                await self.async_execute_cell(cell, index, store_history=store_history)
            finally:
                for task in asyncio.all_tasks() - others:
                    task.cancel()

        run_sync(alone)()

    def check(self, source: str, index: int) -> list[dict]:
        """Run a check; return its outputs, none of which comes from the kernel."""
        folder, inner = socket_folder(self.km)
        name = secrets.token_hex(8)
        try:
            pid = self.checker.listen(source, str(folder / name))
            if self.group is not None:
                self.group.add(pid)
        except (protocol.ProtocolError, TimeoutError):
            raise Stopped("The process that runs the checks could not be started: see the lines above.") from None
        start, reason = time.monotonic(), ""
        self.start_counting(0)
        try:
            agent = AGENT.format(address=f"{inner}/{name}", public=self.public_module)
            self.run_cell(nbformat.v4.new_code_cell(agent), index, False)
        except Exception as error:
            reason = self.end_kernel(error)
        if self.timeout and time.monotonic() - start >= self.timeout:
            reason = f"it took longer than {self.timeout} s"
        try:
            return self.checker.outputs(reason, GRACE)
        except (protocol.ProtocolError, TimeoutError):
            if self.checker.close() == signal.SIGKILL and not (self.group and self.group.exhausted()):
                raise KilledFromOutside from None
            self.checker = self.new_checker()
            return [error_output("CheckTimeoutError", reason or "This check could not be run to its end.")]

    def end_kernel(self, error: Exception) -> str:
        """End a kernel that failed; return why, in a sentence that is shown in all cells that follow.

        Raises KilledFromOutside if it was ended by neither the notebook nor a limit.
        """
        killed = isinstance(error, DeadKernelError) and killed_from_outside(self.km)
        ended = getattr(self.km.provisioner, "ended", "")
        if isinstance(error, CellTimeoutError):
            words = f"The notebook's process did not stop a cell that took longer than {self.timeout} s."
        elif isinstance(error, DeadKernelError):
            words = "The notebook's process ended while a cell was running."
        else:
            words = "The notebook's process sent more than can be read, or something that cannot be read."
        self.kernel_failure = ended or words
        self.log.warning("%s (%r)", self.kernel_failure, error)
        run_sync(self.km.shutdown_kernel)(now=True)
        if killed:
            raise KilledFromOutside
        return self.kernel_failure

    def is_output(self, output: NotebookNode) -> bool:
        """Say whether an output is valid and small enough."""
        try:
            nbformat.validate(output, ref="output", version=4, version_minor=5)
        except nbformat.ValidationError:
            return False
        return len(str(output)) <= self.max_output

    def start_counting(self, room: int) -> None:
        """Prepare for a cell whose output may have `room` characters, and which may not change other cells' outputs."""
        self.reset_execution_trackers()
        self.room, self.cut = room, False
        self.deadline = time.monotonic() + (self.timeout or 1e9) + self.iopub_timeout

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Process a message of the kernel unless the cell has sent too much; raises TimeoutError if it is too late."""
        if time.monotonic() > self.deadline:  # during a flood of messages nbclient does not look at the time
            raise TimeoutError
        kind = msg["msg_type"]
        if kind.startswith("comm"):
            return None
        if kind in ("stream", "display_data", "execute_result", "error", "update_display_data"):
            self.room -= 0 if self.cut else len(str(msg["content"]))
            if self.cut:
                return None
            if self.room < 0:
                self.cut = True
                words = f"\n[The rest is left out: a cell's output may have {self.max_output} characters.]\n"
                cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=words))
                return None
        return super().process_message(msg, cell, cell_index)


def run_on_worker(work: str) -> str:
    """Run a notebook on a worker of a cluster, given what `cluster.packed` returns; return its text."""
    with _one_at_a_time, contextlib.ExitStack() as stack:
        tempfolders.sweep(tempfile.gettempdir())  # what a worker that was killed left behind
        place = tempfolders.Scratch(tempfile.gettempdir())
        stack.callback(place.remove)
        notebook, files, version, settings = cluster.unpacked(work)
        folder = place.path / "submission"
        folder.mkdir(mode=0o755)  # another user reads it in the sandbox
        tempfolders.write_files(folder, files)
        executor = SandboxedExecute(config=Config(settings))
        done, _ = executor.run(notebook, {"metadata": {"path": str(folder)}}, InstructorVersion(**version))
        return nbformat.writes(done)


def in_range(outputs: list[dict], cell: NotebookNode) -> list[dict]:
    """Return a check's outputs, or an error where its last value is a number but no points that the cell can give.

    nbgrader gives all points for a negative number and for NaN, and stops at one that is too large.
    """
    most = cell.metadata.nbgrader.get("points", 0)
    for output in outputs:
        if output["output_type"] == "execute_result":
            text = output["data"]["text/plain"]
            with contextlib.suppress(ValueError):
                if not 0 <= float(text) <= most:  # also for NaN
                    return [error_output("PointsError", f"This check came to {text} points, but gives 0 to {most:g}.")]
    return outputs


def _without_work(notebook, version):
    """Return the notebook that was handed out, for a submission without one: none of its checks gives points."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            graded = cell.metadata.get("nbgrader", {}).get("grade_id") in version.checks
            cell.outputs = _nodes([error_output("NotHandedIn", NOTHING)] if graded else [])
            cell.execution_count = None
    return notebook


def _writable(content):
    """Return an output, or a part of one, without characters that UTF-8 cannot encode, which would stop nbgrader."""
    if isinstance(content, dict):
        return nbformat.from_dict({writable(name): _writable(part) for name, part in content.items()})
    if isinstance(content, list):
        return [_writable(part) for part in content]
    return writable(content) if isinstance(content, str) else content


def _nodes(outputs):
    return [nbformat.from_dict(output) for output in outputs]
