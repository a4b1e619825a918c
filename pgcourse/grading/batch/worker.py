"""What a grader does: a process of a batch that grades one submission after another with nbgrader's own converter.

The functions here run in the graders (see command.py) and return plain data; what nbgrader_config.py turns on is used.
"""

# ruff: noqa: E402
import sys

# jsonschema reads internationalised addresses by a grammar, if there is one. To build that takes as long as to import
# nbgrader and all else here, and a notebook has no such address: so Python is to say that it is not installed
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

import glob
import logging
import os
import tempfile
import threading
import warnings
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
from pgcourse.grading.batch.report import Outcome, Standing
from pgcourse.grading.coursefolder import folders
from pgcourse.grading.errors import Stopped, shared_problem
from pgcourse.grading.intake import mirror
from pgcourse.grading.intake.read import shown
from pgcourse.grading.sandbox import bubblewrap

STOPPED = ("DeadKernelError", "CellTimeoutError", "CheckTimeoutError")  # names of errors that execute.py writes
RESERVE = 1_000_000  # bytes kept on the disk, so that what was saved by halves can be undone when it is full

app = None  # nbgrader's application object with the course's settings; set by `begin`


def begin(root, folder, settings, leash):
    """Make this process a grader.

    root      Path of the course folder
    folder    Path of the batch's private folder
    settings  {class: {trait: value}} that come before those of nbgrader_config.py
    leash     Connection; when its other end is closed, or whoever holds that is killed, this process ends at once
    """
    os.setpgid(0, 0)  # Ctrl-C is for the batch, which ends its graders by their leashes
    threading.Thread(target=_end_with, args=(leash,), daemon=True).start()
    lock.join(folder)
    os.chdir(root)
    logging.raiseExceptions = False  # a full disk must not be reported once for each line that is not logged
    logging.getLogger().addHandler(logging.NullHandler())
    warnings.simplefilter("ignore", SAWarning)  # nbgrader's own way to make rows, which works
    global app
    app = AutogradeApp()
    app.initialize([])
    app.update_config(Config(settings))
    for handler in app.log.handlers[:]:
        if not isinstance(handler, logging.FileHandler):
            app.log.removeHandler(handler)


def _end_with(leash):
    leash.poll(None)
    os._exit(1)  # whatever was begun is taken up again from its start


def plan(assignment, students):
    """Find out whom there is to grade.

    assignment  name of the problem set
    students    names, or an empty list for all who handed in
    returns     list of names, sorted, and a list of those that no student can have, as they can be shown
    raises      Stopped
    """
    _refuse_without_sandbox()
    _refuse_unknown(assignment)
    directory = app.coursedir
    excluded = directory.student_id_exclude.split(",")
    found, unfit = folders(directory, directory.submitted_directory, assignment)
    handed_in = [student for student in sorted(found) if student not in excluded]
    missing = [student for student in students if student not in handed_in]
    if missing or not handed_in:
        who = ", ".join(missing) or "anybody"
        raise Stopped(f"There is no {assignment} of {who} in {Path(directory.root, directory.submitted_directory)}.", 2)
    if students:
        return sorted(set(students)), []
    return handed_in, [shown(name) for name in unfit]


def _refuse_without_sandbox():
    """Stop before anything is begun; nbgrader's converter would stop at each submission anew."""
    executor = SandboxedExecute(parent=app)
    if executor.scheduler:
        cluster.connect(executor.scheduler, executor.sandbox)
    elif executor.sandboxes_here and (reason := bubblewrap.why_not()):
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
        raise Stopped(f"The gradebook has no {assignment}: run `nbgrader generate_assignment {assignment}` first.", 2)


def grade(assignment, student, force):
    """Grade one submission, unless it is graded; the gradebook is as it was unless that succeeds.

    assignment  name of the problem set
    student     name
    force       whether to grade it again
    returns     Outcome
    """
    directory = app.coursedir
    converter = mirror.Autograde(coursedir=directory, parent=app)
    converter.force = force
    causes = _Causes()
    app.log.addHandler(causes)
    try:
        with (
            tempfile.TemporaryFile(dir=directory.root) as reserve,
            temp_attrs(directory, assignment_id=assignment, student_id=glob.escape(student)),
        ):
            reserve.write(bytes(RESERVE))
            reserve.flush()
            converter.start()
    except (Exception, SystemExit) as error:
        outcome = _outcome(causes.errors[0] if causes.errors else error)
        if converter.mirror is not None:
            outcome.problem += converter.mirror.restore_gradebook()
        return outcome
    finally:
        app.log.removeHandler(causes)
    return Outcome(was_graded=not converter.assignments)


class _Causes(logging.Handler):
    """Collects the exceptions that nbgrader logs and then replaces by one that says less."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.errors = []

    def emit(self, record):
        """Keep the exception that is being handled."""
        error = sys.exc_info()[1]
        if error is not None:
            self.errors.append(error)


def _outcome(error):
    """Return the Outcome that an exception means."""
    if sentence := shared_problem(error):
        return Outcome(sentence, is_shared=True)
    words = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, NbGraderException):
        return Outcome(words)
    return Outcome(f"{type(error).__name__}: {words}")


def _gradebook():
    return Gradebook(app.coursedir.db_url, app.coursedir.course_id)


def standings(assignment, students):
    """Return {student: Standing} of those of the students whom the gradebook has.

    assignment  name of the problem set
    students    list of names
    """
    said = mirror.report(app.coursedir, assignment)
    with _gradebook() as gradebook:
        return {
            submission.student_id: Standing(
                max(0.0, submission.score - (submission.late_submission_penalty or 0.0)),
                submission.max_score,
                bool(submission.needs_manual_grade),
                said.get(submission.student_id, []) + _what_went_wrong(assignment, submission.student_id),
            )
            for submission in gradebook.assignment_submissions(assignment)
            if submission.student_id in students
        }


def _what_went_wrong(assignment, student):
    """Return sentences on what stopped cells of a graded copy, other than students' own errors."""
    folder = app.coursedir.format_path(app.coursedir.autograded_directory, student, assignment)
    found = {}
    for path in sorted(Path(folder).glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                if output.output_type == "error" and output.ename in STOPPED:
                    found.setdefault(output.ename, output.evalue.strip().splitlines()[0])
    return list(found.values())
