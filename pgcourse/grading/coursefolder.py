"""The folder of a course as nbgrader sees it, for commands that read or write beside nbgrader."""

import glob
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

SETTINGS = "nbgrader_config.py"


def course_directory() -> "CourseDirectory":
    """Find the course in which this process was started, and read its settings as nbgrader does.

    Returns
    -------
    nbgrader.coursedir.CourseDirectory
        With absolute `root`.

    Raises
    ------
    ValueError
        A sentence, if there is no nbgrader_config.py here nor in a folder above.
    """
    root = course_folder()
    put_programs_on_path()
    from nbgrader.apps.baseapp import NbGrader

    app = NbGrader()
    app.initialize([], root=str(root))
    return app.coursedir


def put_programs_on_path() -> None:
    """Put this Python's programs first on PATH: nbgrader calls `alembic` by its name."""
    own, path = str(Path(sys.executable).parent), os.environ.get("PATH")
    os.environ["PATH"] = f"{own}{os.pathsep}{path}" if path else own


def course_folder() -> Path:
    """Find the folder of the course in which this process was started; raises ValueError, a sentence, if none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SETTINGS).is_file():
            return folder
    raise ValueError(f"{here} is not in a course's folder: go to the one that holds {SETTINGS}.")


def folder_of(coursedir: "CourseDirectory", step: str, student: str, assignment: str) -> Path:
    """Return the path of a step's folder, such as `submitted/STUDENT/ASSIGNMENT`.

    Parameters
    ----------
    step
        nbgrader's name of it, such as `coursedir.submitted_directory`.
    """
    return Path(coursedir.format_path(step, student, assignment))


def folders(coursedir: "CourseDirectory", step: str, assignment: str) -> tuple[dict[str, Path], list[str]]:
    """Find the students' folders of a step for an assignment.

    Returns
    -------
    tuple
        {student: path}, and names of folders that cannot be a student's id.
    """
    pattern = coursedir.directory_structure.format(
        nbgrader_step=glob.escape(step), student_id="*", assignment_id=glob.escape(assignment)
    )
    known = re.compile(coursedir.format_path(step, "(.*)", re.escape(assignment), escape=True), re.DOTALL)
    paths = [os.path.join(coursedir.root, path) for path in sorted(glob.glob(pattern, root_dir=coursedir.root))]
    found = {match[1]: Path(match[0]) for match in map(known.fullmatch, paths) if match}
    unfit = [student for student in found if not _is_writable(student)]
    return {student: path for student, path in found.items() if student not in unfit}, unfit


def _is_writable(student):
    """Say whether an id is one line of text, as nbgrader and its gradebook expect, without HTML."""
    try:
        student.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return student.splitlines() == [student] and not set('<>"') & set(student)


def assignments(coursedir: "CourseDirectory") -> dict[str, str]:
    """Return {name of a notebook: its assignment} for all source notebooks of the course."""
    sources = folder_of(coursedir, coursedir.source_directory, ".", "x").parent
    return {path.stem: path.parent.name for path in sorted(sources.glob("*/*.ipynb"))}
