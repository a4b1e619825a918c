"""`pgcourse collect`: put what a learning platform's archive holds where nbgrader looks for it.

nbgrader's own `zip_collect` unpacks the archive before it examines it, needs a regular expression from the instructor,
and deletes what was collected before, or stops because of it. Here nothing is unpacked: a file is read from the
archive, within limits, if its name says whose work on which notebook it is. What was collected earlier and differs is
moved to `submitted/.replaced/STUDENT/ASSIGNMENT/`; nothing is ever overwritten.
"""

import argparse
import dataclasses
import datetime
import math
import os
import re
import stat
import sys
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pgcourse.grading.coursefolder import assignments, course_directory
from pgcourse.grading.errors import shared_problem
from pgcourse.grading.intake.names import is_notebook, notebook_name
from pgcourse.grading.lms.names import Roster, Student, Upload, are_grouped, read_name
from pgcourse.grading.lms.roster import read_roster
from pgcourse.grading.lms.store import REPLACED, keep, place

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

FILE_BYTES = 50 << 20  # of one notebook, unpacked; most have some 30 kB
ARCHIVE_BYTES = 4 << 30  # of all notebooks together
IGNORED = re.compile(
    r"(.*/)?((__MACOSX|\.ipynb_checkpoints)/.*|\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)", re.DOTALL
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse collect`."""
    parser.add_argument("archive", type=Path, help="the zip file with all submissions, from Canvas or Moodle")
    parser.add_argument(
        "--assignment",
        metavar="NAME",
        help="collect only this assignment; a student's only notebook may then have any name",
    )
    parser.add_argument(
        "--roster", type=Path, metavar="FILE", help="CSV file with names and e-mail addresses, from the same platform"
    )


def main(args: argparse.Namespace) -> int:
    """Collect and print a table; the exit code is 1 if something was not collected."""
    try:
        course = course_directory()
        known = assignments(course)
        if args.assignment and args.assignment not in known.values():
            names = ", ".join(sorted(set(known.values())))
            raise ValueError(f"there is no assignment {args.assignment}; there are {names}.")
        roster = Roster(read_roster(args.roster) if args.roster else ())
        with opened(args.archive) as archive:
            rows = collect(archive, course, known, roster, args.assignment)
    except ValueError as error:
        print(f"pgcourse collect: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        fault = shared_problem(error) or f"stopped ({error}); nothing is lost, collect again."
        print(f"pgcourse collect: {fault}", file=sys.stderr)
        return 1
    _print(rows)
    return int(any(row.refused for row in rows))


def opened(path: Path) -> zipfile.ZipFile:
    """Open an archive; raises ValueError, a sentence, if it cannot be read."""
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise ValueError(f"there is no {path}: name the archive that you downloaded from the platform.") from None
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise ValueError(f"{path} cannot be read as a zip file ({error}): download it again.") from None


@dataclasses.dataclass
class Row:
    """A line of the table: whose file it is, its name, and what was done with it."""

    who: str
    file: str
    what: str
    refused: bool = True


@dataclasses.dataclass(frozen=True)
class Member:
    """A file of the archive of which it is known whose it is, and of which notebook.

    Attributes
    ----------
    notebook
        Name of the released notebook, without `.ipynb`.
    """

    info: zipfile.ZipInfo
    upload: Upload
    notebook: str
    assignment: str

    @property
    def rank(self) -> tuple:
        """A key that is larger for the later of two files."""
        return self.upload.order, self.info.date_time, self.info.header_offset


def collect(
    archive: zipfile.ZipFile,
    coursedir: "CourseDirectory",
    known: dict[str, str],
    roster: Roster,
    only: str | None = None,
) -> list[Row]:
    """Put the notebooks of an archive into `submitted/`.

    Parameters
    ----------
    known
        The assignment of each released notebook.
    roster
        Who is who.
    only
        The one assignment to collect; None for all.
    """
    members, rows = _members(archive, known, only)
    numbers, groups = defaultdict(set), defaultdict(list)
    students: dict[str, Student] = {}
    room, grouped = ARCHIVE_BYTES, are_grouped({member.upload for member in members})
    for member in members:
        numbers[member.upload.name].add(member.upload.number)
    for member in members:
        try:
            owners = roster.students(member.upload, numbers[member.upload.name], grouped)
            for student in owners:
                _check_folder_name(student.id)
        except ValueError as problem:
            rows.append(Row(member.upload.name, member.info.filename, f"not collected: {problem}"))
            continue
        for student in owners:
            students[student.id] = student
            groups[student.id, member.assignment].append(member)
    for (student_id, assignment), group in groups.items():
        for row, size in _put(archive, coursedir, students[student_id], assignment, group, room):
            rows.append(row)
            room -= size
    _introduce(coursedir, students.values(), overwrite=bool(roster.people))
    return sorted(rows, key=lambda row: (row.who, row.file))


def _put(archive, coursedir, student, assignment, group, room):
    """Put one student's files into place; return a list of (Row, number of bytes read)."""
    done: list[tuple[Row, int]] = []
    chosen: dict[str, tuple[Row, bytes, Member]] = {}
    for member in sorted(group, key=lambda member: member.rank):
        row, data = Row(_who(student), member.info.filename, ""), b""
        try:
            data = _read(archive, member.info, room)
        except ValueError as problem:
            row.what = f"not collected: {problem}"
        else:
            if member.notebook in chosen:
                earlier, old, _ = chosen[member.notebook]
                keep(coursedir, student.id, assignment, {f"{member.notebook}.ipynb": old})
                earlier.what, earlier.refused = f"{assignment}: kept in {REPLACED}: there is a later file", False
            chosen[member.notebook] = row, data, member
        room -= len(data)
        done.append((row, len(data)))
    if chosen:
        contents = {f"{notebook}.ipynb": data for notebook, (_, data, _) in chosen.items()}
        times = [_time(member.info) for _, _, member in chosen.values()]
        what = place(coursedir, student.id, assignment, contents, max(filter(None, times), default=None))
        for row, _, member in chosen.values():
            row.what, row.refused = f"{assignment}: {what}" + "; late" * member.upload.late, False
    return done


def _members(archive, known, only):
    """Return Members, and Rows for files that are none."""
    found, rows, left = [], [], []
    for info in archive.infolist():
        if info.is_dir() or IGNORED.fullmatch(info.filename):
            continue
        try:
            _check(info)
            upload = read_name(info.filename)
            if not is_notebook(upload.file):
                packed = PurePosixPath(upload.file).suffix.lower() in (".zip", ".gz", ".7z", ".rar", ".tar")
                raise ValueError("an archive: the notebook itself must be handed in" if packed else "not a notebook")
        except ValueError as problem:
            rows.append(Row("", info.filename, f"not collected: {problem}"))
            continue
        notebook = notebook_name(upload.file, known)
        if notebook is None:
            left.append((info, upload))
        elif only in (None, known[notebook]):
            found.append(Member(info, upload, notebook, known[notebook]))
        else:
            rows.append(Row(upload.name, info.filename, f"not collected: this is {known[notebook]}"))
    wanted = [notebook for notebook, assignment in known.items() if assignment == only]
    for info, upload in left:
        others = [member.upload for member in found if member.upload.number == upload.number]
        others += [other for _, other in left if other.number == upload.number and other is not upload]
        if len(wanted) == 1 and not others:
            found.append(Member(info, upload, wanted[0], only))
        else:
            advice = "" if only else "; if it is its student's only notebook, --assignment NAME collects it"
            rows.append(Row(upload.name, info.filename, f"not collected: not named like any assignment{advice}"))
    return found, rows


def _check(info):
    """Raise ValueError, a sentence, for a member that no platform would write."""
    parts = info.filename.replace("\\", "/").split("/")
    mode = info.external_attr >> 16
    if ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", parts[0]):
        raise ValueError("its name points out of the archive")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise ValueError("a link or a special file")
    if info.flag_bits & 1:
        raise ValueError("encrypted")


def _read(archive, info, room):
    """Return a member's bytes; raises ValueError, a sentence, if it is too large or damaged."""
    try:
        with archive.open(info) as file:
            data = file.read(FILE_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"damaged in the archive ({error})") from None
    if len(data) > FILE_BYTES:
        raise ValueError(f"larger than {FILE_BYTES >> 20} MB")
    if len(data) > room:
        raise ValueError(f"the archive holds more than {ARCHIVE_BYTES >> 30} GB of notebooks")
    return data


def _check_folder_name(student_id):
    """Raise ValueError, a sentence, for an id that cannot name a folder."""
    try:
        size: float = len(os.fsencode(student_id))
    except UnicodeEncodeError:
        size = math.inf
    if not student_id.isprintable() or re.search(r"[/\\]|^[.\s]|\s$", student_id) or size > 200:
        raise ValueError("the student's name cannot be the name of a folder: put the file by hand in one that you name")


def _time(info):
    """Return when the platform wrote a member, which for most is the time of the download; None where it says none.

    A zip file holds the platform's clock without its zone, here taken for UTC: which of two downloads is the later
    can be wrong only in the hour when clocks are set back, and then both are kept.
    """
    year, month, day, hour, minute, second = info.date_time
    try:
        return datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
    except ValueError:
        return None


def _introduce(coursedir, students, overwrite):
    """Add the students' names to the gradebook; names that it has are kept, unless they are to be overwritten."""
    from nbgrader.api import Gradebook, MissingEntry
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
            for student in students:
                try:
                    known = gradebook.find_student(student.id)
                except MissingEntry:
                    known = None
                fields = {name: value for name, value in dataclasses.asdict(student).items() if value and name != "id"}
                news = {name: value for name, value in fields.items() if overwrite or not getattr(known, name, None)}
                gradebook.update_or_create_student(student.id, **news)
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"the files are collected, but not the names: the gradebook refused them ({reason})."
        ) from None


def _who(student):
    name = f"{student.first_name} {student.last_name}".strip()
    return student.id if name in ("", student.id) else f"{student.id} ({name})"


def _print(rows):
    """Print the table; characters of a name that are not printable are shown as Python escapes them."""
    cells = [[_plain(text) for text in (row.who or "?", row.file, row.what)] for row in rows]
    widths = [max((len(line[i]) for line in cells), default=0) for i in range(2)]
    for who, file, what in cells:
        print(f"{who:{widths[0]}}  {file:{widths[1]}}  {what}")
    collected = sum(not row.refused for row in rows)
    print(f"{collected} of {len(rows)} files collected." if rows else "The archive holds no files.")


def _plain(text):
    return text if text.isprintable() else repr(text)[1:-1]
