"""The step of `nbgrader autograde` that runs a notebook: its cells in a sandboxed kernel, its checks in a checker.

What a kernel sends is a stranger's. None of it reaches a check's cell, none of it stops the batch, and what is kept of
it has a limit.
"""

import asyncio
import secrets
import time

import nbformat
import zmq
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute
from traitlets import Bool, Integer, Unicode, default

from pgcourse.grading.checks import protocol
from pgcourse.grading.checks.grader_side import Checker, error_output
from pgcourse.grading.errors import Stopped
from pgcourse.grading.intake.read import writable
from pgcourse.grading.sandbox.provisioner import SandboxedKernelManager, meeting

AGENT = '__import__("pgcourse.grading.checks.student_side", fromlist=["serve"]).serve({address!r})'
"""What the kernel runs while a check runs elsewhere; it leaves no name behind."""

MESSAGE, WAITING = 10 * 2**20, 100
"""Bytes that one message of a kernel may have, and how many may wait: together they bound the grader's memory."""

GRACE = 10
"""Seconds that a check may go on after the kernel has done with it."""


class SandboxedExecute(Execute):
    """nbgrader's Execute, with the kernel in a sandbox and the checks in a process of their own."""

    sandbox = Bool(True, help="Whether students' code runs in a sandbox; without one it can do all that you can.").tag(
        config=True
    )
    scheduler = Unicode("", help="A Dask scheduler on whose workers notebooks run, as in tcp://127.0.0.1:8786.").tag(
        config=True
    )
    max_output = Integer(2_000_000, help="Characters of output that are kept of one cell.").tag(config=True)

    @default("shutdown_kernel")
    def _shutdown_kernel_default(self):
        return "immediate"  # nobody waits for a student's exit handlers

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
    def sandboxes_here(self):
        """Whether this machine must have what the sandbox needs; on a cluster it is its workers that must."""
        return self.sandbox and not self.scheduler

    def create_kernel_manager(self):
        """Return the manager of a kernel that is in the sandbox, if there is one, and has to keep it short."""
        if self.sandbox:
            self.kernel_manager_class = SandboxedKernelManager
            self.ipython_hist_file = ""  # its kernel keeps no history file; told twice, IPython does not start
        manager = super().create_kernel_manager()
        manager.context.setsockopt(zmq.MAXMSGSIZE, MESSAGE)
        manager.context.setsockopt(zmq.RCVHWM, WAITING)
        return manager

    def preprocess(self, nb, resources=None, km=None):
        """Run a notebook; whatever it does, each of its cells gets outputs.

        Raises SandboxError when a kernel, and Stopped when a checker cannot be started, which is no student's fault.
        """
        cells = instructors_cells(resources["nbgrader"])
        if self.scheduler:
            from pgcourse.grading.batch import cluster  # needs a package of its own

            return cluster.execute(self, nb, resources, cells), resources
        return self.run(nb, resources, cells, km)

    def run(self, nb, resources, cells, km=None):
        """Run a notebook on this machine; cells are what `instructors_cells` gives."""
        self.checks, self.locked = cells
        self.lost, self.imported, self.checker = "", [], Checker()
        try:
            return super().preprocess(nb, resources, km)
        finally:
            self.checker.close()

    def preprocess_cell(self, cell, resources, index):
        """Run a cell, or the check that the gradebook has for it."""
        if cell.cell_type != "code":
            return cell, resources
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        self.start_counting(self.max_output)
        if self.lost:
            cell.outputs = _nodes([error_output("DeadKernelError", self.lost)])
        elif name in self.checks:
            cell.outputs = _nodes(self.check(self.checks[name], index))
            cell.execution_count = None
            self.nb.cells[index] = cell
        else:
            if name in self.locked:
                self.imported.append(self.locked[name])
                self.checker.imports(self.locked[name])
            try:
                self.run_cell(cell, index, True)
            except Exception as error:
                cell.outputs = _nodes([error_output("DeadKernelError", self.lose(error))])
            # what nbclient and nbgrader took over from the kernel without a look at it
            cell.outputs = [output for output in cell.outputs if self.is_output(output)]
            if type(cell.execution_count) is not int:
                cell.execution_count = None
        cell.outputs = [_writable(output) for output in cell.outputs]
        return cell, resources

    def run_cell(self, cell, index, store_history):
        """Run a cell in the kernel as nbclient does, and leave none of its tasks waiting when it stops early."""

        async def alone():
            others = asyncio.all_tasks()
            try:
                await self.async_execute_cell(cell, index, store_history=store_history)
            finally:
                for task in asyncio.all_tasks() - others:
                    task.cancel()

        run_sync(alone)()

    def check(self, source, index):
        """Run a check; return its outputs, none of which the kernel has made."""
        folder, inner = meeting(self.km)
        name = secrets.token_hex(8)
        try:
            self.checker.listen(source, str(folder / name))
        except (protocol.Broken, TimeoutError):
            raise Stopped("The process that runs the checks could not be started: see the lines above.") from None
        start, reason = time.monotonic(), ""
        self.start_counting(0)
        try:
            self.run_cell(nbformat.v4.new_code_cell(AGENT.format(address=f"{inner}/{name}")), index, False)
        except Exception as error:
            reason = self.lose(error)
        if self.timeout and time.monotonic() - start >= self.timeout:
            reason = f"it took longer than {self.timeout} s"
        try:
            return self.checker.outputs(reason, GRACE)
        except (protocol.Broken, TimeoutError):
            self.checker.close()
            self.checker = Checker()
            for locked in self.imported:
                self.checker.imports(locked)
            return [error_output("CheckTimeoutError", reason or "This check could not be run to its end.")]

    def lose(self, error):
        """Give the kernel up; return why, in a sentence that the cells to come will repeat."""
        ended = getattr(self.km.provisioner, "ended", "")
        if isinstance(error, CellTimeoutError):
            words = f"The notebook's process did not stop a cell that took longer than {self.timeout} s."
        elif isinstance(error, DeadKernelError):
            words = "The notebook's process ended while a cell was running."
        else:
            words = "The notebook's process sent more than can be read, or what cannot be read."
        self.lost = ended or words
        self.log.warning("%s (%r)", self.lost, error)
        run_sync(self.km.shutdown_kernel)(now=True)
        return self.lost

    def is_output(self, output):
        """Say whether an output has the form that a notebook wants, and a size that is allowed."""
        try:
            nbformat.validate(output, ref="output", version=4, version_minor=5)
        except nbformat.ValidationError:
            return False
        return len(str(output)) <= self.max_output

    def start_counting(self, room):
        """Prepare for a cell: what it sends can change no other cell's outputs, and has so many characters of room."""
        self.reset_execution_trackers()
        self.room, self.cut = room, False
        self.deadline = time.monotonic() + (self.timeout or 1e9) + self.iopub_timeout

    def process_message(self, msg, cell, cell_index):
        """Take a message of the kernel, unless the cell has sent enough; raises an exception when it does not end."""
        if time.monotonic() > self.deadline:  # a flood keeps nbclient from looking at the time
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


def instructors_cells(entry):
    """Return the code cells of a notebook that are not the student's, as the gradebook has them.

    entry    nbgrader's resources: db_url, assignment, notebook
    returns  {grade_id: source} of the checks, and of the other locked cells

    What a check says is run outside the sandbox, so it is never taken from what was handed in.
    """
    with Gradebook(entry["db_url"]) as gradebook:
        notebook = gradebook.find_notebook(entry["notebook"], entry["assignment"])
        answers = {cell.name for cell in notebook.solution_cells}
        graded = {cell.name for cell in notebook.grade_cells} - answers
        code = {cell.name: cell.source for cell in notebook.source_cells if cell.cell_type == "code"}
        locked = {cell.name for cell in notebook.source_cells if cell.locked} - graded - answers
    return {name: code[name] for name in graded & code.keys()}, {name: code[name] for name in locked & code.keys()}


def _writable(content):
    """Return an output, or a part of one, in characters that a file can hold: what cannot be saved stops nbgrader."""
    if isinstance(content, dict):
        return nbformat.from_dict({writable(name): _writable(part) for name, part in content.items()})
    if isinstance(content, list):
        return [_writable(part) for part in content]
    return writable(content) if isinstance(content, str) else content


def _nodes(outputs):
    return [nbformat.from_dict(output) for output in outputs]
