"""The model answer to a question that a person grades, below what the student wrote.

The source notebook has it, with the points of each part. It is put in while a page is made and kept nowhere: the
Formgrader shows it always, a page of feedback once the answer is graded, and what is handed out never holds it.
"""

import re
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_solution, is_task
from traitlets import Bool

from pgcourse.grading.notebooks import read

HEADING = "**Model answer, with its points**"
MARKERS = re.compile(r"^.*(###|===) (BEGIN|END) (SOLUTION|MARK SCHEME).*\n?", re.MULTILINE)


class ModelAnswers(Preprocessor):
    """A preprocessor of the Formgrader's and the feedback's pages: puts model answers below the students'."""

    in_feedback = Bool(True, help="Whether pages of feedback show model answers, each once that answer is graded.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with a model answer below each answer that has one and may be shown with it."""
        feedback = resources.get("nbgrader")
        if feedback is None:  # the Formgrader calls them so
            answers = self.answers(resources.get("assignment_id"), resources.get("notebook_id"))
        else:
            answers = self.answers(feedback.get("assignment"), feedback.get("notebook")) if self.in_feedback else {}
            answers = {name: answers[name] for name in graded(feedback, answers)}
        cells: list[NotebookNode] = []
        for cell in nb.cells:
            cells.append(cell)
            answer = answers.pop(cell.metadata.get("nbgrader", {}).get("grade_id"), None)
            if answer is not None:
                cells += shown(answer, cell.id)
        nb.cells = cells
        return nb, resources

    def answers(self, assignment: str | None, notebook: str | None) -> dict[str, NotebookNode]:
        """Return the cells of the source notebook that a person grades, by grade_id; none where it cannot be read."""
        if not assignment or not notebook:
            return {}
        coursedir = CourseDirectory(parent=self)
        folder = coursedir.format_path(coursedir.source_directory, ".", assignment)
        try:
            cells = read(Path(folder, f"{notebook}.ipynb")).cells
        except (OSError, ValueError):
            return {}
        return {cell.metadata.nbgrader.grade_id: cell for cell in cells if _by_a_person(cell)}


def graded(feedback: dict[str, Any], names: dict[str, NotebookNode]) -> list[str]:
    """Return those grade_ids of a student's answers that a person has graded, or that need no person."""
    found = []
    if names:
        with Gradebook(feedback["db_url"]) as gradebook:
            for name in names:
                try:
                    grade = gradebook.find_grade(
                        name, *(feedback[key] for key in ("notebook", "assignment", "student"))
                    )
                except MissingEntry:
                    continue
                found += [name] if not grade.needs_manual_grade else []
    return found


def shown(answer: NotebookNode, place: str) -> list[NotebookNode]:
    """Return the cells that show a model answer below the cell of this id."""
    text = MARKERS.sub("", answer.source)
    if answer.cell_type == "code":
        heading = new_markdown_cell(HEADING, id=f"{place}-model")
        return [heading, new_code_cell(text, id=f"{place}-model-code")]
    return [new_markdown_cell(f"{HEADING}\n\n{text}", id=f"{place}-model")]


def _by_a_person(cell):
    return (is_grade(cell) and is_solution(cell)) or is_task(cell)
