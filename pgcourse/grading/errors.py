"""What goes wrong for everybody alike: said in one sentence, and the gradebook put back as it was."""

import errno

from nbgrader.api import Gradebook, MissingEntry, Student, SubmittedAssignment
from sqlalchemy.exc import DBAPIError

from pgcourse.grading.batch.report import Stopped
from pgcourse.grading.sandbox.bubblewrap import SandboxError

DISK_FULL = "The disk is full: make room for the course folder and for temporary files, then run the same command."
LOCKED = "Another program holds the gradebook locked: close it, then run the same command."


def everybodys(error):
    """Return the sentence for an exception that the next submission would meet too; "" for any other."""
    if isinstance(error, DBAPIError):
        return _database_sentence(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if isinstance(error, Stopped):
        return error.sentence
    if isinstance(error, SandboxError):
        words = str(error).strip().splitlines()[0]
        return words if words.endswith(".") else f"{words}: mend that, then run the same command."
    return ""


def _database_sentence(error):
    """Return what a refusal of the database means, whichever it is."""
    words = str(error.orig).strip().splitlines()[0]
    if "locked" in words:
        return LOCKED
    if "full" in words:
        return DISK_FULL
    return f"The gradebook cannot be used ({words}): mend that, then run the same command."


class Saved:
    """What the gradebook has of one submission, to be put back when it cannot be graded.

    coursedir   nbgrader's CourseDirectory
    assignment  name of the problem set
    student     name
    """

    def __init__(self, coursedir, assignment, student):
        self._course, self._names = (coursedir.db_url, coursedir.course_id), (assignment, student)
        with Gradebook(*self._course) as gradebook:
            self._rows = _rows(gradebook, *self._names)

    def put_back(self):
        """Undo what was written since; return words to add to a sentence, which are none when that succeeds."""
        assignment, student = self._names
        try:
            with Gradebook(*self._course) as gradebook:
                classes = {row_class for row_class, _ in _rows(gradebook, *self._names).keys() - self._rows.keys()}
                if Student in classes:
                    gradebook.remove_student(student)
                elif SubmittedAssignment in classes:
                    gradebook.remove_submission(assignment, student)
                for (row_class, identity), columns in self._rows.items():
                    row = gradebook.db.get(row_class, identity)
                    for name, value in columns.items():
                        setattr(row, name, value)
                gradebook.db.commit()
        except DBAPIError:
            return " Of this submission the gradebook has what was saved until then."
        return ""


def _rows(gradebook, assignment, student):
    """Return {(row's class, its id): {column: value}} of a student and of this submission, as far as there are any."""
    rows = []
    try:
        rows += [gradebook.find_student(student)]
        submission = gradebook.find_submission(assignment, student)
        rows += [submission, *submission.notebooks]
        rows += [row for notebook in submission.notebooks for row in (*notebook.grades, *notebook.comments)]
    except MissingEntry:
        pass
    return {(type(row), row.id): {column.key: getattr(row, column.key) for column in row.__table__.c} for row in rows}
