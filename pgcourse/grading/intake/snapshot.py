"""The gradebook's rows of one submission, kept so that they can be restored if grading fails."""

from nbgrader.api import Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import DBAPIError


class Snapshot:
    """The gradebook's rows of one submission, as they are when this is made.

    Parameters
    ----------
    coursedir
        nbgrader's settings of the course's folder.
    assignment, student
        Whose submission it is.
    """

    def __init__(self, coursedir: CourseDirectory, assignment: str, student: str):
        self._course, self._names = (coursedir.db_url, coursedir.course_id), (assignment, student)
        with Gradebook(*self._course) as gradebook:
            self._rows = _rows(gradebook, *self._names)

    def restore(self) -> str:
        """Undo what was written since; return "" if that succeeds, else a sentence that says so."""
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
            return " The gradebook keeps what had been saved of this submission until then."
        return ""


def _rows(gradebook, assignment, student):
    """Return {(row's class, its id): {column: value}} of a student and of this submission, as far as they exist."""
    rows = []
    try:
        rows += [gradebook.find_student(student)]
        submission = gradebook.find_submission(assignment, student)
        rows += [submission, *submission.notebooks]
        rows += [row for notebook in submission.notebooks for row in (*notebook.grades, *notebook.comments)]
    except MissingEntry:
        pass
    return {(type(row), row.id): {column.key: getattr(row, column.key) for column in row.__table__.c} for row in rows}
