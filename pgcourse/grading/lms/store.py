"""Put submissions where nbgrader looks for them, and lose none that was there: `submitted/STUDENT/ASSIGNMENT/`.

What is replaced, or comes too late to count, is kept in `submitted/.replaced/STUDENT/ASSIGNMENT/`, a folder for each.
"""

import contextlib
import datetime
import tempfile
from pathlib import Path

from pgcourse.grading.coursefolder import folder_of
from pgcourse.grading.timestamps import TIMESTAMP, read_timestamp, written

REPLACED = ".replaced"


def place(coursedir, student, assignment, contents, time):
    """Make contents a student's submission, unless it is that already or a later one is there.

    coursedir   nbgrader's CourseDirectory
    student     id, str
    assignment  name, str
    contents    {file name: bytes}
    time        datetime of the submission, with a zone; None when unknown
    returns     str, what was done
    """
    folder = folder_of(coursedir, coursedir.submitted_directory, student, assignment)
    there, faults = read_timestamp(folder)
    if _holds(folder, contents):
        return "as collected before"
    if there and time and there > time:
        keep(coursedir, student, assignment, contents)
        return f"kept in {REPLACED}, for what is there is later"
    stamp = {TIMESTAMP: f"{written(time)}\n".encode()} if time else {}
    replaces = folder.exists()
    with _written(coursedir, contents | stamp) as made:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if replaces:
            folder.rename(_new_place(coursedir, student, assignment))
        made.rename(folder)
    if not replaces:
        return "collected"
    return f"collected; what was there is in {REPLACED}" + "".join(f"; its {fault}" for fault in faults).rstrip(".")


def keep(coursedir, student, assignment, contents):
    """Keep contents beside a student's submission; once, however often they come."""
    place = _new_place(coursedir, student, assignment)
    if not any(_holds(folder, contents) for folder in place.parent.iterdir()):
        with _written(coursedir, contents) as made:
            made.rename(place)


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
    """Write contents to a new folder near its place, so that one rename puts it there whole; give its Path."""
    root = _root(coursedir)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".collecting-") as temporary:
        folder = Path(temporary) / "submission"
        folder.mkdir()
        for name, data in contents.items():
            (folder / name).write_bytes(data)
        yield folder
