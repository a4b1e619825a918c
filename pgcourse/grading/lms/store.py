"""Puts submissions where nbgrader looks for them, `submitted/STUDENT/ASSIGNMENT/`, and loses none that was there.

What is replaced, or comes too late to count, is kept in `submitted/.replaced/STUDENT/ASSIGNMENT/`, a folder for each.
"""

import contextlib
import datetime
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from pgcourse.grading.coursefolder import folder_of
from pgcourse.grading.timestamps import TIMESTAMP, read_timestamp, written

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

REPLACED = ".replaced"


def place(
    coursedir: "CourseDirectory",
    student: str,
    assignment: str,
    contents: dict[str, bytes],
    time: datetime.datetime | None,
) -> str:
    """Make files a student's submission, unless they are that already or a later one is there.

    Parameters
    ----------
    contents
        The files, by name.
    time
        Of the submission, with a zone; None if unknown.

    Returns
    -------
    str
        What was done.
    """
    folder = _folder(coursedir, student, assignment)
    there, faults = read_timestamp(folder)
    if _holds(folder, contents):
        return "as collected before"
    if there and time and there > time:
        keep(coursedir, student, assignment, contents)
        return f"kept in {REPLACED}: there is a later submission, of {written(there)}; this one is of {written(time)}"
    stamp = {TIMESTAMP: f"{written(time)}\n".encode()} if time else {}
    replaces = folder.exists()
    with _written(coursedir, contents | stamp) as made:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if replaces:
            folder.rename(_new_place(coursedir, student, assignment))
        made.rename(folder)
    if not replaces:
        return "collected"
    return f"collected; the earlier submission is in {REPLACED}" + "".join(f"; its {fault}" for fault in faults).rstrip(
        "."
    )


def keep(coursedir: "CourseDirectory", student: str, assignment: str, contents: dict[str, bytes]) -> None:
    """Keep files beside a student's submission; once, however often they are collected."""
    place = _new_place(coursedir, student, assignment)
    if not any(_holds(folder, contents) for folder in place.parent.iterdir()):
        with _written(coursedir, contents) as made:
            made.rename(place)


def _folder(coursedir, student, assignment):
    """Return the folder of a student's submission; what was put there by hand may have its accents apart (NFD)."""
    forms = [unicodedata.normalize(form, student) for form in ("NFC", "NFD")]
    paths = [folder_of(coursedir, coursedir.submitted_directory, form, assignment) for form in forms]
    return next((path for path in paths if path.exists()), paths[0])


def _new_place(coursedir, student, assignment):
    now = datetime.datetime.now(datetime.UTC)  # the local hour comes twice when clocks are set back
    place = _root(coursedir) / REPLACED / student / assignment / f"{now:%Y-%m-%d_%H-%M-%S.%f}"
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _root(coursedir):
    return Path(coursedir.root) / coursedir.submitted_directory


def _holds(folder, contents):
    return all((folder / name).is_file() and (folder / name).read_bytes() == data for name, data in contents.items())


@contextlib.contextmanager
def _written(coursedir, contents):
    """Write files to a new folder near their place, which one rename can put there complete; yield its path."""
    root = _root(coursedir)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".collecting-") as temporary:
        folder = Path(temporary) / "submission"
        folder.mkdir()
        for name, data in contents.items():
            (folder / name).write_bytes(data)
        yield folder
