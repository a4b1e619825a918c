"""What a grader does: a process of a batch that grades one submission after another with nbgrader's own converter.

The functions here run in the graders (see command.py), with the settings of nbgrader_config.py, and return plain data.
"""

import glob
import logging
import os
import sys
import tempfile
import threading
import warnings
from multiprocessing.connection import Connection
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import AutogradeApp
from nbgrader.converters import NbGraderException
from nbgrader.utils import temp_attrs
from sqlalchemy.exc import DBAPIError, SAWarning
from traitlets.config import Config

from pgcourse.grading.batch import cluster, lock
from pgcourse.grading.batch.execute import SandboxedExecute
from pgcourse.grading.batch.report import Outcome, Result
from pgcourse.grading.coursefolder import folders
from pgcourse.grading.errors import READ_ONLY, KilledFromOutside, Stopped, shared_problem
from pgcourse.grading.intake import mirror
from pgcourse.grading.intake.names import composed
from pgcourse.grading.intake.read import shown
from pgcourse.grading.sandbox import bubblewrap, cgroups
from pgcourse.grading.sandbox.provisioner import SandboxedProvisioner

STOPPED = ("DeadKernelError", "CellTimeoutError", "CheckTimeoutError")  # names of errors that execute.py writes
RESERVE = 1_000_000  # bytes set aside on the disk, so that a half-saved submission can be undone when it is full

app: AutogradeApp = None  # with the course's settings; set by `start`


def start(root: Path, folder: Path, settings: dict[str, dict], lifeline: Connection) -> None:
    """Make this process a grader.

    Parameters
    ----------
    root
        The course's folder.
    folder
        The batch's private folder.
    settings
        {class: {trait: value}} that override those of nbgrader_config.py.
    lifeline
        When its other end is closed, or the process that holds that is killed, this process ends at once.
    """
    os.setpgid(0, 0)  # Ctrl-C goes to the batch only, which ends its graders by closing their lifelines
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    lock.join(folder)
    os.chdir(root)
    logging.raiseExceptions = False  # a full disk must not be reported for each line that cannot be logged
    logging.getLogger().addHandler(logging.NullHandler())
    warnings.simplefilter("ignore", SAWarning)  # nbgrader's own way to make rows, which works
    global app
    app = AutogradeApp()
    app.initialize([])
    app.update_config(Config(settings))
    for handler in app.log.handlers[:]:
        if not isinstance(handler, logging.FileHandler):
            app.log.removeHandler(handler)


def _end_with(lifeline):
    lifeline.poll(None)
    os._exit(1)  # what was being graded is graded anew by the next batch


def plan(assignment: str, students: list[str]) -> tuple[list[str], dict[str, str]]:
    """Find out whose submissions there are to grade.

    Parameters
    ----------
    assignment
        Name of the assignment.
    students
        Ids of the students to grade; an empty list for all who handed in.

    Returns
    -------
    tuple
        The students' ids, sorted, and {folder that cannot be a student's id, as it can be shown: a sentence}.

    Raises
    ------
    Stopped
        If nothing can be graded, or there is nothing to grade.
    """
    directory = app.coursedir
    if not os.access(directory.root, os.W_OK):
        raise Stopped(f"{directory.root} {READ_ONLY}")
    _refuse_without_sandbox()
    _refuse_unknown(assignment)
    excluded = directory.student_id_exclude.split(",")
    students = list(map(composed, students))
    found, unfit = folders(directory, directory.submitted_directory, assignment)
    handed_in = [student for student in sorted(found) if student not in excluded]
    missing = [student for student in students if student not in handed_in]
    if missing or not handed_in:
        who = ", ".join(missing) or "anybody"
        remedy = "check the id" if missing else "collect what was handed in first"
        place = Path(directory.root, directory.submitted_directory)
        raise Stopped(f"There is no {assignment} of {who} in {place}: {remedy}.", 2)
    if students:
        return sorted(set(students)), {}
    return handed_in, {shown(name): fault for name, fault in unfit.items()}


def room() -> int:
    """Return how many submissions at a time the memory allows if each takes all that it may; at least one."""
    limit = SandboxedProvisioner(config=app.config).total_memory
    return max(1, cgroups.free_memory() // (limit * bubblewrap.MEGABYTE))


def _refuse_without_sandbox():
    """Stop before anything is graded; nbgrader's converter would stop at each submission anew."""
    executor = SandboxedExecute(parent=app)
    if executor.scheduler:
        cluster.connect(executor.scheduler, executor.sandbox, executor.scheduler_timeout)
    elif executor.sandboxes_here and (reason := bubblewrap.unavailable_reason()):
        raise Stopped(reason)


def _refuse_unknown(assignment):
    try:
        with _gradebook() as gradebook:
            known = bool(gradebook.find_assignment(assignment).notebooks)
    except MissingEntry:
        known = False
    except DBAPIError as error:
        raise Stopped(shared_problem(error)) from error
    if not known:
        remedy = f"run `nbgrader generate_assignment {assignment} --force` first"  # else nbgrader passes over it
        raise Stopped(f"The gradebook has no {assignment}: {remedy}.", 2)


def grade(assignment: str, student: str, force: bool) -> Outcome:
    """Grade one submission unless it is graded already; if that fails, the gradebook is left as it was.

    Parameters
    ----------
    assignment
        Name of the assignment.
    student
        Id of the student.
    force
        Whether to grade it again if it is graded.
    """
    directory = app.coursedir
    converter = mirror.Autograde(coursedir=directory, parent=app)
    converter.force = force
    logged = _LoggedErrors()
    app.log.addHandler(logged)
    try:
        with (
            tempfile.TemporaryFile(dir=directory.root) as reserve,
            temp_attrs(directory, assignment_id=assignment, student_id=glob.escape(student)),
        ):
            reserve.write(bytes(RESERVE))
            reserve.flush()
            converter.start()
    except (Exception, SystemExit) as error:
        outcome = _outcome(logged.errors[0] if logged.errors else error)
        if converter.mirror is not None:
            outcome.problem += converter.mirror.restore_gradebook()
        return outcome
    finally:
        app.log.removeHandler(logged)
    said = converter.mirror.said.get(student, []) if converter.mirror else []
    return Outcome(was_graded=not converter.assignments, remarks=said)


class _LoggedErrors(logging.Handler):
    """Collects the exceptions that nbgrader logs before it raises a less specific one."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the exception that is being handled."""
        error = sys.exc_info()[1]
        if error is not None:
            self.errors.append(error)


def _outcome(error):
    """Return the Outcome that an exception means."""
    if sentence := shared_problem(error):
        return Outcome(sentence, is_shared=True)
    if isinstance(error, KilledFromOutside):
        return Outcome(str(error), was_killed=True)
    words = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, NbGraderException):
        return Outcome(words)
    return Outcome(f"{type(error).__name__}: {words}")


def _gradebook():
    return Gradebook(app.coursedir.db_url, app.coursedir.course_id)


def results(assignment: str, students: list[str]) -> dict[str, Result]:
    """Return the result of each of these students whom the gradebook has."""
    remarks = mirror.report(app.coursedir, assignment)
    with _gradebook() as gradebook:
        return {
            submission.student_id: Result(
                max(0.0, submission.score - (submission.late_submission_penalty or 0.0)),
                submission.max_score,
                bool(submission.needs_manual_grade),
                remarks.get(submission.student_id, []) + _stopped_cells(assignment, submission.student_id),
            )
            for submission in gradebook.assignment_submissions(assignment)
            if submission.student_id in students
        }


def _stopped_cells(assignment, student):
    """Return sentences about cells of a graded copy that were stopped by something other than an error in them."""
    folder = app.coursedir.format_path(app.coursedir.autograded_directory, student, assignment)
    found: dict[str, str] = {}
    for path in sorted(Path(folder).glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                if output.output_type == "error" and output.ename in STOPPED:
                    found.setdefault(output.ename, output.evalue.strip().splitlines()[0])
    return list(found.values())
