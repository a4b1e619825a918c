"""The instructor's part of a notebook, read from the gradebook and the course's folder, never from a submission."""

import contextlib
import glob
import os
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files

from pgcourse.grading import notebooks
from pgcourse.grading.checks.world import Cell
from pgcourse.grading.errors import Stopped


@dataclass
class InstructorVersion:
    """What decides the points of one notebook.

    Attributes
    ----------
    checks
        Source of each check (nbgrader's autograder tests), by its cell's grade_id.
    locked
        Source of each other locked code cell, by its grade_id.
    files
        Content of each file that lies beside the source notebook, by its path there.
    private_files
        Content of each private file of the course, by its name.
    answers
        Text of each answer (nbgrader's solution cells), first with its solution and then as it was handed out, by its
        cell's grade_id.
    plain
        Source of each code cell that has no grade_id.
    """

    checks: dict[str, str] = field(default_factory=dict)
    locked: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    private_files: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)

    def cell(self, name: str | None) -> Cell | None:
        """Return the locked cell or the answer with a grade_id; None if there is none."""
        if name in self.answers:
            return Cell("answer", *self.answers[name])
        return Cell("locked", self.locked[name]) if name in self.locked else None


def instructor_version(coursedir: CourseDirectory, entry: dict, private: list[str]) -> InstructorVersion:
    """Read the instructor's version of a notebook.

    Parameters
    ----------
    coursedir
        nbgrader's settings of the course's folder.
    entry
        nbgrader's resources of the notebook: db_url, assignment, notebook.
    private
        Paths or patterns of private files, relative to the course's root.

    Raises
    ------
    Stopped
        A sentence, where private files are missing or two have one name.
    """
    checks, locked, released = graded_and_locked(entry)
    files, hidden = files_beside(coursedir, entry["assignment"]), read_private(Path(coursedir.root), private)
    folders = [coursedir.format_path(layout, ".", entry["assignment"]) for layout in _layouts(coursedir)]
    return InstructorVersion(checks, locked, files, hidden, *taught(_first(folders, entry["notebook"]), released))


def _layouts(coursedir):
    return coursedir.source_directory, coursedir.release_directory


def _first(folders, name):
    """Return the notebook of this name in the first folder where it can be read; an empty one if there is none."""
    for folder in folders:
        with contextlib.suppress(ValueError):
            return notebooks.read(Path(folder, f"{name}.ipynb"))
    return nbformat.v4.new_notebook()


def taught(notebook: nbformat.NotebookNode, released: dict[str, str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return what a source notebook says outside of its checks and locked cells.

    Parameters
    ----------
    notebook
        The source, with its solutions.
    released
        Text of each answer as it was handed out, by its cell's grade_id.

    Returns
    -------
    tuple
        The answers and the plain cells of an InstructorVersion.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    named = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in code}
    answers = {name: [named.get(name, text), text] for name, text in released.items()}
    return answers, [cell.source for cell in code if not cell.metadata.get("nbgrader", {}).get("grade_id")]


def graded_and_locked(entry: dict) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return {grade_id: source} of a notebook's checks, other locked code cells and answers, by the gradebook."""
    with Gradebook(entry["db_url"]) as gradebook:
        notebook = gradebook.find_notebook(entry["notebook"], entry["assignment"])
        answers = {cell.name for cell in notebook.solution_cells}
        graded = {cell.name for cell in notebook.grade_cells} - answers
        code = {cell.name: cell.source for cell in notebook.source_cells if cell.cell_type == "code"}
        locked = {cell.name for cell in notebook.source_cells if cell.locked} - graded - answers
    checks, others, answered = (
        {name: code[name] for name in names & code.keys()} for names in (graded, locked, answers)
    )
    return checks, others, answered


def files_beside(coursedir: CourseDirectory, assignment: str) -> dict[str, bytes]:
    """Read the files beside an assignment's source notebooks, those that nbgrader copies beside each submission."""
    return files_in(Path(coursedir.format_path(coursedir.source_directory, ".", assignment)), coursedir.ignore)


def files_in(folder: Path, ignore: list[str]) -> dict[str, bytes]:
    """Read the files in a folder of source notebooks, those that nbgrader's patterns do not ignore."""
    paths = map(Path, find_all_files(str(folder), [*ignore, "*.ipynb"]))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def private_paths(root: Path, patterns: list[str]) -> dict[str, Path]:
    """Find the private files of a course.

    Returns
    -------
    dict
        The path of each, by the name under which a checker finds it.

    Raises
    ------
    Stopped
        A sentence, where a pattern matches no file, and where two files have one name.
    """
    found: dict[str, Path] = {}
    for pattern in patterns:
        # an absolute pattern stays what it is
        paths = [Path(name) for name in sorted(glob.glob(os.path.join(root, pattern), recursive=True))]
        files = [path for path in paths if path.is_file()]
        if not files:
            named = f"c.SandboxedExecute.private_files names {pattern}"
            raise Stopped(f"{named}, but {root} has no such file: restore the file, or correct the setting.")
        for path in files:
            if not found.setdefault(path.name, path).samefile(path):
                raise Stopped(f"Two private files are called {path.name}: rename one of them.")
    return found


def read_private(root: Path, patterns: list[str]) -> dict[str, bytes]:
    """Read the private files of a course; returns their content by name, raises what `private_paths` raises."""
    return {name: path.read_bytes() for name, path in private_paths(root, patterns).items()}
