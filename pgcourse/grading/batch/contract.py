"""The contract of check cells, put to the test: a source notebook is graded as it is solved, and as it is handed out.

Checks do not run in the student's process, so not everything that passes in JupyterLab can be graded. What can be is
not listed but tried: the solution must gain every point of every check, and the release none. `pgcourse check` tries
that with a source notebook, and so does `KeepsContract`, a step of `nbgrader generate_assignment`.
"""

import copy
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import IncludeHeaderFooter, InstantiateTests, NbGraderPreprocessor, SaveCells
from nbgrader.utils import determine_grade, is_solution
from traitlets import Bool
from traitlets.utils.importstring import import_item

from pgcourse.grading import tempfolders
from pgcourse.grading.batch.execute import SandboxedExecute
from pgcourse.grading.batch.source import InstructorVersion, files_in, read_private, taught
from pgcourse.grading.batch.versions import SaysWhatChanged
from pgcourse.grading.checks import idioms
from pgcourse.grading.errors import NOT_ON_WINDOWS
from pgcourse.grading.sandbox import bubblewrap

COMPLETING = (IncludeHeaderFooter, InstantiateTests)  # nbgrader's steps that add to the source
NOT_TRIED = "Whether it can be graded was not tried. {}"
NO_SANDBOX = "It was tried without a sandbox, so what a sandbox forbids was not: {}"


@dataclass(frozen=True)
class Grade:
    """What a check gave to a notebook.

    Attributes
    ----------
    points, possible
        What it gave, of what it can give.
    error
        "" where it ended without one, else the error's name and words.
    line
        Number of the check's line at which that happened; None if at none.
    """

    points: float
    possible: float
    error: str = ""
    line: int | None = None


class KeepsContract(NbGraderPreprocessor):
    """The first step of `nbgrader generate_assignment`: refuse what could not be graded."""

    enabled = Bool(True, help="Whether the solution and the release are graded before an assignment is made.").tag(
        config=True
    )

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook as it is; raises NbGraderException, the reasons logged."""
        converter = self.parent.parent  # of the exporter
        course = converter.coursedir
        folder = Path(course.format_path(course.source_directory, ".", resources["nbgrader"]["assignment"]))
        trial = Trial(nb, resources, converter, folder)
        broken = trial.broken()
        for sentence in trial.said:
            self.log.warning(sentence)
        for sentence in broken:
            self.log.error(sentence)
        if broken:
            raise NbGraderException(f"{resources['unique_key']} cannot be graded as it is: see the sentences above.")
        return nb, resources


class Trial:
    """A source notebook that is graded on trial.

    Parameters
    ----------
    source
        With its solutions and hidden tests; it is not changed.
    resources
        nbgrader's of this notebook.
    converter
        With the settings of the course.
    folder
        In which the source notebook lies, with the files that are handed out with it.

    Attributes
    ----------
    said
        Sentences about what could not be tried here.

    Raises
    ------
    Stopped
        If files of the course are missing.
    """

    def __init__(self, source: NotebookNode, resources: dict, converter: GenerateAssignment, folder: Path):
        self.solution, self.release = solved_and_untouched(source, resources, converter)
        course, self.executor = converter.coursedir, SandboxedExecute(parent=converter)
        checks, locked = (_sources(self.solution, grade) for grade in (True, False))
        code = [cell for cell in self.release.cells if cell.cell_type == "code" and is_solution(cell)]
        released = {cell.metadata.nbgrader.grade_id: cell.source for cell in code}
        files, private = files_in(folder, course.ignore), read_private(Path(course.root), self.executor.private_files)
        self.version = InstructorVersion(checks, locked, files, private, *taught(self.solution, released))
        self.said: list[str] = []

    def broken(self) -> list[str]:
        """Return sentences about what cannot be graded: the cell and line, what is done there, what to do instead."""
        answers = self._answers()
        copied = idioms.has_classes([*self.version.locked.values(), *self.version.plain])
        unseen = {name: idioms.unseen(source, answers, copied) for name, source in self.version.checks.items()}
        found = [_sentence(name, breach) for name, breaches in unseen.items() for breach in breaches]
        if not unseen or not self._possible():
            return found
        (solved, ended), (untouched, _) = self.grade(self.solution), self.grade(self.release)
        for name in (name for name, breaches in unseen.items() if not breaches):
            if solved[name].error or solved[name].points < solved[name].possible:
                found.append(self._lost(name, solved[name]))
            if untouched[name].points and not untouched[name].error:
                found.append(_gained(name, untouched[name]))
        return [*ended, *found] if found else []

    def grade(self, notebook: NotebookNode) -> tuple[dict[str, Grade], list[str]]:
        """Run a notebook as a submission; return {check: Grade}, and a sentence for each other cell that failed."""
        scratch = tempfolders.Scratch(tempfile.gettempdir())
        try:
            folder = scratch.path / "submission"
            folder.mkdir(mode=0o755)
            tempfolders.write_files(folder, self.version.files)
            done, _ = self.executor.run(copy.deepcopy(notebook), {"metadata": {"path": str(folder)}}, self.version)
        finally:
            scratch.remove()
        grades, ended = {}, []
        for number, cell in enumerate(done.cells, 1):
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            error = next((_words(output) for output in cell.get("outputs", []) if output.output_type == "error"), "")
            if name in self.version.checks:
                points, possible = determine_grade(cell)
                grades[name] = Grade(points, possible, error, self.executor.lines.get(name))
            elif error:
                ended.append(f"{name or f'cell {number}'}: this cell of the solution ends with {error}.")
        return grades, ended

    def _lost(self, name, grade):
        """Return a sentence for a check that does not give all its points to the solution."""
        if not grade.error:
            gains = f"the check gives {grade.points:g} of {grade.possible:g} points to the solution"
            return f"{name}: {gains}: let its last line come to {grade.possible:g} for a right answer."
        breach = idioms.reason(self.version.checks[name], grade.line, grade.error, self._answers())
        return _sentence(name, breach, f" ({grade.error})")

    def _answers(self):
        """Return the names that answers define."""
        return set().union(*(idioms.names_set(source) for source, _ in self.version.answers.values()))

    def _possible(self):
        """Say whether it can be tried on this machine; without a sandbox the instructor's own account has to do."""
        if os.name == "nt":
            self.said = [NOT_TRIED.format(NOT_ON_WINDOWS)]
            return False
        if self.executor.sandbox and (reason := bubblewrap.unavailable_reason()):
            self.executor.sandbox = False
            self.said = [NO_SANDBOX.format(reason)]
        return True


def solved_and_untouched(
    source: NotebookNode, resources: dict, converter: GenerateAssignment
) -> tuple[NotebookNode, NotebookNode]:
    """Return a source notebook as it is solved, and as nbgrader with the course's settings would hand it out."""
    solution, resources = copy.deepcopy(source), copy.deepcopy(resources)
    steps = [import_item(step) if isinstance(step, str) else step for step in converter.preprocessors]
    steps = [step for step in steps if not issubclass(step, (KeepsContract, SaysWhatChanged, SaveCells))]
    for step in [step for step in steps if step in COMPLETING]:
        solution, resources = step(parent=converter)(solution, resources)
    release = copy.deepcopy(solution)
    for step in [step for step in steps if step not in COMPLETING]:
        release, resources = step(parent=converter)(release, resources)
    return solution, release


def _words(output):
    """Return an error in one line."""
    words = f"{output.ename}: {output.evalue}" if output.evalue else output.ename
    return " ".join(words.split())[:300].rstrip(".")


def _sources(notebook, grade):
    """Return {grade_id: source} of the checks of a notebook, or of its other locked code cells."""
    entries = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebook.cells if cell.cell_type == "code"]
    return {
        entry["grade_id"]: cell.source
        for cell, entry in entries
        if isinstance(entry.get("grade_id"), str)
        and not entry.get("solution")
        and bool(entry.get("grade")) == grade
        and (grade or entry.get("locked"))
    }


def _sentence(name, breach, also=""):
    return f"{name}, line {breach.line}: the check {breach.does}{also}: {breach.mend}."


def _gained(name, grade):
    """Return a sentence for a check that gives points to what was handed out."""
    gains = f"the check gives {grade.points:g} of {grade.possible:g} points to the release, where nothing is answered"
    return f"{name}: {gains}: assert what only an answer makes true, and let no `except` swallow a failure."
