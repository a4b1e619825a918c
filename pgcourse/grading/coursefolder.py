"""The folder of a course as nbgrader sees it, for commands that read or write beside nbgrader."""

import fnmatch
import glob
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pgcourse.grading.errors import BLANK, NO_NAME, TWICE
from pgcourse.grading.intake.names import composed

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

SETTINGS = "nbgrader_config.py"
CONFINED = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"


def course_directory() -> "CourseDirectory":
    """Find the course in which this process was started, and read its settings as nbgrader does.

    Returns
    -------
    nbgrader.coursedir.CourseDirectory
        With absolute `root`.

    Raises
    ------
    ValueError
        A sentence, if there is no nbgrader_config.py here or in a folder above.
    """
    root = course_folder()
    replace_alembic()
    from nbgrader.apps.baseapp import NbGrader

    app = NbGrader()
    app.initialize([], root=str(root))
    return app.coursedir


def replace_alembic() -> None:
    """Let nbgrader have this Python's `alembic`, which it starts by its name, and not at all for a version's number.

    Where no environment is activated that ends in a traceback, and leaves a new gradebook without the number of its
    version; elsewhere it takes a second for each new gradebook.
    """
    import nbgrader.api
    import nbgrader.dbutil

    nbgrader.api.get_alembic_version = _newest_version
    nbgrader.dbutil.check_call = _run_own_alembic


def _run_own_alembic(command: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "alembic.config", *command[1:]], check=True)


def _newest_version() -> str:
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    version = ScriptDirectory(ALEMBIC_DIR).get_current_head()
    assert version is not None  # for the type checker: nbgrader has some
    return version


def course_folder() -> Path:
    """Find the folder of the course in which this process was started; raises ValueError, a sentence, if none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / SETTINGS).is_file():
            return folder
    raise ValueError(f"{here} is not in a course's folder: go to the one that holds {SETTINGS}.")


def refusal(folder: Path) -> str:
    """Return why a folder that may have to be made first cannot be written to; "" if it can."""
    existing = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    try:
        with tempfile.TemporaryDirectory(dir=existing):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def folder_of(coursedir: "CourseDirectory", step: str, student: str, assignment: str) -> Path:
    """Return the path of a step's folder, such as `submitted/STUDENT/ASSIGNMENT`.

    Parameters
    ----------
    step
        nbgrader's name of it, such as `coursedir.submitted_directory`.
    """
    return Path(coursedir.format_path(step, student, assignment))


def folders(coursedir: "CourseDirectory", step: str, assignment: str) -> tuple[dict[str, Path], dict[str, str]]:
    """Find the students' folders of a step for an assignment.

    Returns
    -------
    tuple
        {student: path}, and {name of a folder that cannot be a student's id: a sentence}. Ids are in composed letters
        (NFC): macOS may write the same name with its accents as characters of their own.
    """
    pattern = coursedir.directory_structure.format(
        nbgrader_step=glob.escape(step), student_id="*", assignment_id=glob.escape(assignment)
    )
    known = re.compile(coursedir.format_path(step, "(.*)", re.escape(assignment), escape=True), re.DOTALL)
    paths = [os.path.join(coursedir.root, path) for path in sorted(glob.glob(pattern, root_dir=coursedir.root))]
    found = {match[1]: Path(match[0]) for match in map(known.fullmatch, paths) if match}
    unfit = {student: fault for student in found if (fault := _fault(student, found))}
    return {composed(student): path for student, path in found.items() if student not in unfit}, unfit


def is_asked_for(student: str, coursedir: "CourseDirectory") -> bool:
    """Say whether nbgrader's settings ask for a student, by the id or by a pattern."""
    asked = composed(coursedir.student_id)
    excluded = composed(coursedir.student_id_exclude).split(",")
    return (student == asked or fnmatch.fnmatchcase(student, asked)) and student not in excluded


def replace_init_notebooks() -> None:
    """Let nbgrader write feedback for students whose id holds a bracket, which it reads as part of a pattern."""
    from nbgrader.converters import GenerateFeedback

    def init_notebooks(converter):
        course = converter.coursedir
        graded = folders(course, course.autograded_directory, course.assignment_id)[0]
        asked = {
            folder: sorted(folder.glob(f"{course.notebook_id}.ipynb"))
            for student, folder in graded.items()
            if is_asked_for(student, course)
        }
        converter.assignments = {str(folder): [str(path) for path in paths] for folder, paths in asked.items() if paths}
        if not converter.assignments:
            nbgraders(converter)  # it says what it looked for

    nbgraders = GenerateFeedback.init_notebooks
    GenerateFeedback.init_notebooks = init_notebooks


def confine_files() -> None:
    """Let a browser run nothing in a file that lies beside a submission, when the Formgrader serves it."""
    if "jupyter_server" not in sys.modules:  # another command of nbgrader
        return
    from nbgrader.server_extensions.formgrader.handlers import SubmissionFilesHandler

    SubmissionFilesHandler.content_security_policy = CONFINED


def _fault(student, others):
    """Return a sentence if an id is not one line of text without HTML, as nbgrader's gradebook expects; else ""."""
    try:
        student.encode("utf-8")
    except UnicodeEncodeError:
        return NO_NAME
    if student.splitlines() != [student] or set('<>"') & set(student):
        return NO_NAME
    if student != student.strip():
        return BLANK
    return TWICE if student != composed(student) and composed(student) in others else ""


def assignments(coursedir: "CourseDirectory") -> dict[str, str]:
    """Return {name of a notebook: its assignment} for all source notebooks of the course."""
    sources = folder_of(coursedir, coursedir.source_directory, ".", "x").parent
    return {path.stem: path.parent.name for path in sorted(sources.glob("*/*.ipynb"))}
