"""What a new version of an assignment changes, which matters where students may have the old one already.

Where no new version can be made, the old one stays.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import BaseConverter
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution, is_task

OTHER_CELLS = (
    "The graded cells are not those of the version before ({}). If students have that one already, give the cells "
    "their old names back: else answers may not be found, and once a submission has been graded no assignment is made."
)
OTHER_POINTS = (
    "{} has {:g} points in place of {:g}. If submissions have been graded already, grade them again with --force: they "
    "keep the points that they have until then."
)


class SaysWhatChanged(NbGraderPreprocessor):
    """A step of `nbgrader generate_assignment`: warn of what makes trouble if the assignment is out already.

    nbgrader itself refuses other cells once a submission has been graded, and says nothing of points.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook as it is; the gradebook says what the version before was."""
        if not self.parent.parent.no_database:
            for sentence in changes(before(**resources["nbgrader"]), graded(nb)):
                self.log.warning(sentence)
        return nb, resources


def keep_earlier() -> None:
    """Let `nbgrader generate_assignment --force` put back what it has removed if it fails; it would leave nothing."""

    def convert_notebooks(converter: GenerateAssignment) -> None:
        with tempfile.TemporaryDirectory(prefix="earlier-version-") as beside:
            kept = [(Path(beside, str(i)), folder) for i, folder in enumerate(_folders(converter))]
            for copy, folder in kept:
                shutil.copytree(folder, copy, symlinks=True)
            try:
                BaseConverter.convert_notebooks(converter)
            except BaseException:
                for copy, folder in kept:
                    shutil.copytree(copy, folder, symlinks=True, dirs_exist_ok=True)
                    converter.log.warning("%s is as it was: no new version was made.", folder)
                raise

    GenerateAssignment.convert_notebooks = convert_notebooks


def _folders(converter: GenerateAssignment) -> Iterator[Path]:
    """Yield the folders of assignments that are to be made anew."""
    place = converter._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
    for source in converter.assignments:
        if named := re.match(place, source):
            folder = Path(converter._format_dest(**named.groupdict()))
            if folder.is_dir():
                yield folder


def graded(notebook: NotebookNode) -> dict[str, float]:
    """Return {grade_id: points} of the cells that nbgrader keeps account of; an answer that a check judges has 0."""
    cells = [cell for cell in notebook.cells if is_grade(cell) or is_solution(cell) or is_task(cell)]
    entries = [cell.metadata.nbgrader for cell in cells]
    return {entry["grade_id"]: float(entry.get("points") or 0) for entry in entries}


def before(db_url: str, assignment: str, notebook: str, **others: str) -> dict[str, float]:
    """Return what `graded` does, of the version that the gradebook knows; {} if it knows none."""
    with Gradebook(db_url) as gradebook:
        try:
            known = gradebook.find_notebook(notebook, assignment)
        except MissingEntry:
            return {}
        answers = {cell.name: 0.0 for cell in known.solution_cells}
        return answers | {cell.name: cell.max_score for cell in (*known.grade_cells, *known.task_cells)}


def changes(old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[str]:
    """Yield a sentence if other cells are graded, and one for each that has other points; none where `old` is empty."""
    if not old:
        return
    gone, come = (", ".join(name for name in one if name not in other) for one, other in ((old, new), (new, old)))
    if gone or come:
        yield OTHER_CELLS.format(
            "; ".join(f"{words}: {names}" for words, names in (("gone", gone), ("new", come)) if names)
        )
    for name, points in new.items():
        if name in old and old[name] != points:
            yield OTHER_POINTS.format(name, points, old[name])
