"""A course with one short problem set, so that grading it many times takes little: for tests of `pgcourse grade`."""

import shutil
import signal
import subprocess
import sys

import nbformat
import psutil

from tests.support.course import Course, cell, notebook_path, succeeded, written
from tests.support.waiting import PATIENCE

PS = "ps4_left_right"
KEPT = ("imports", "clamp-policy", "check-clamp-policy", "clamp-score", "check-clamp-score", "boundaries")
FULL = {"check-clamp-policy": 2, "check-clamp-score": 3}
WRITTEN = "boundaries"
COLUMNS = ("auto_score", "manual_score", "extra_credit", "needs_manual_grade")
NO_PICTURES = """
c.SandboxedExecute.kernel_preload = ["pgcourse.homework"]
c.SandboxedExecute.checker_preload = ["pgcourse.homework.preload"]
"""
"""What is imported beforehand: this notebook draws nothing, and many graders start."""


class SmallCourse(Course):
    """A course folder whose one problem set has two checks and a written answer, released."""

    def __init__(self, path, more=(), sources=None):
        """Make the folder and release the problem set.

        more     ids of cells that are kept as well
        sources  {cell id: source} of cells that are written otherwise
        """
        super().__init__(path)
        # a test that looks for what is left behind sees only what is its own
        self.temporary = path / "t"
        self.temporary.mkdir()
        self.environment |= {"TMPDIR": str(self.temporary)}
        with self.config.open("a", encoding="utf-8") as file:
            file.write(NO_PICTURES)
        for path in (self.path / "solutions").iterdir():
            if path.is_dir() and path.name != PS:
                shutil.rmtree(path)
        source = self.read(PS, "solutions")
        source.cells = [cell for cell in source.cells if cell.id in (*KEPT, *more)]
        self.write_source(written(source, sources or {}))
        succeeded(self.nbgrader("generate_assignment", PS))

    def write_source(self, source):
        """Make a notebook the source of the problem set."""
        nbformat.write(source, self.path / "solutions" / notebook_path(PS))

    def answers(self, **sources):
        """Return what a student hands in: the release with some cells written; without arguments the solution."""
        solution = self.read(PS, "solutions")
        names = ("clamp-policy", "clamp-score", WRITTEN)
        sources = sources or {name: cell(solution, name).source for name in names}
        return written(self.read(PS), {name.replace("_", "-"): source for name, source in sources.items()})

    def start(self, *arguments):
        """Start `pgcourse grade PS` with arguments; return the Popen."""
        return subprocess.Popen(
            [sys.executable, "-m", "pgcourse", "grade", PS, *arguments],
            cwd=self.path,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def grade(self, *arguments):
        """Run `pgcourse grade PS` with arguments; return what subprocess.run returns."""
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=2 * PATIENCE)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def gradebook(self):
        """Return nbgrader's Gradebook of the course."""
        from nbgrader.api import Gradebook

        return Gradebook(f"sqlite:///{self.path}/gradebook.db", "pgcourse")

    def rows(self):
        """Return all that the gradebook says about students, by names: two equal ones mean two equal gradebooks."""
        with self.gradebook() as gradebook:
            found = {("student", student.id): (student.first_name, student.email) for student in gradebook.students}
            for submission in gradebook.assignment_submissions(PS):
                who = submission.student.id
                found["submission", who] = submission.timestamp, submission.extension
                for notebook in submission.notebooks:
                    found["notebook", who, notebook.name] = notebook.late_submission_penalty
                    for grade in notebook.grades:
                        found["grade", who, grade.name] = tuple(getattr(grade, column) for column in COLUMNS)
                    for comment in notebook.comments:
                        found["comment", who, comment.name] = comment.auto_comment, comment.manual_comment
        return found

    def mark(self, student, points, words):
        """Give a student's written answer points and a comment, as a person does in the Formgrader."""
        with self.gradebook() as gradebook:
            grade = gradebook.find_grade(WRITTEN, PS, PS, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.find_comment(WRITTEN, PS, PS, student).manual_comment = words
            gradebook.db.commit()

    def processes(self):
        """Return the processes that belong to this course: those that have its home."""
        home, found = str(self.home), []
        for process in psutil.process_iter():
            try:
                if process.pid != psutil.Process().pid and home in (
                    process.environ().get("HOME"),
                    process.environ().get("TMPDIR"),
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found


def kill(process):
    """End a process as `kill -9` does, and wait for it."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
