"""What of a notebook is the instructor's, read from the gradebook and the course's folder, never from a submission."""

import glob
import os
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files

from pgcourse.grading.errors import Stopped


@dataclass
class InstructorVersion:
    """What decides the points of one notebook.

    Attributes
    ----------
    checks
        Source of each check, by its cell's grade_id.
    locked
        Source of each other locked code cell.
    files
        Content of each file that lies beside the source notebook, by its path there.
    private_files
        Content of each private file of the course, by its name.
    """

    checks: dict[str, str] = field(default_factory=dict)
    locked: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    private_files: dict[str, bytes] = field(default_factory=dict)


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
    checks, locked = graded_and_locked(entry)
    return InstructorVersion(
        checks, locked, files_beside(coursedir, entry["assignment"]), read_private(Path(coursedir.root), private)
    )


def graded_and_locked(entry: dict) -> tuple[dict[str, str], dict[str, str]]:
    """Return {grade_id: source} of a notebook's checks, and of its other locked code cells, by the gradebook."""
    with Gradebook(entry["db_url"]) as gradebook:
        notebook = gradebook.find_notebook(entry["notebook"], entry["assignment"])
        answers = {cell.name for cell in notebook.solution_cells}
        graded = {cell.name for cell in notebook.grade_cells} - answers
        code = {cell.name: cell.source for cell in notebook.source_cells if cell.cell_type == "code"}
        locked = {cell.name for cell in notebook.source_cells if cell.locked} - graded - answers
    return {name: code[name] for name in graded & code.keys()}, {name: code[name] for name in locked & code.keys()}


def files_beside(coursedir: CourseDirectory, assignment: str) -> dict[str, bytes]:
    """Read the files beside an assignment's source notebooks, those that nbgrader copies beside each submission."""
    folder = coursedir.format_path(coursedir.source_directory, ".", assignment)
    paths = map(Path, find_all_files(folder, [*coursedir.ignore, "*.ipynb"]))
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
        A sentence, where a pattern fits no file, and where two files have one name.
    """
    found: dict[str, Path] = {}
    for pattern in patterns:
        # an absolute pattern stays what it is
        paths = [Path(name) for name in sorted(glob.glob(os.path.join(root, pattern), recursive=True))]
        files = [path for path in paths if path.is_file()]
        if not files:
            raise Stopped(f"c.SandboxedExecute.private_files names {pattern}, but {root} has no such file.")
        for path in files:
            if not found.setdefault(path.name, path).samefile(path):
                raise Stopped(f"Two private files are called {path.name}: rename one of them.")
    return found


def read_private(root: Path, patterns: list[str]) -> dict[str, bytes]:
    """Read the private files of a course; returns their content by name, raises what `private_paths` raises."""
    return {name: path.read_bytes() for name, path in private_paths(root, patterns).items()}
