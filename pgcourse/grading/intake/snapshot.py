"""What the gradebook has of one submission, kept so that it can be put back when grading fails."""

from nbgrader.api import Gradebook, MissingEntry, Student, SubmittedAssignment
from sqlalchemy.exc import DBAPIError


class Snapshot:
    """The rows of one submission in the gradebook, to be restored when it cannot be graded.

    coursedir   nbgrader's CourseDirectory
    assignment  name of the problem set
    student     name
    """

    def __init__(self, coursedir, assignment, student):
        self._course, self._names = (coursedir.db_url, coursedir.course_id), (assignment, student)
        with Gradebook(*self._course) as gradebook:
            self._rows = _rows(gradebook, *self._names)

    def restore(self):
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
