"""`pgcourse export`: an assignment's points as a CSV file that Canvas or Moodle imports.

nbgrader's own `export` writes its own columns, gives 0 points for answers that nobody has marked yet, and does not
quote. Columns and rules are those of Canvas's lib/gradebook_importer.rb and of Moodle's grade/import/csv: Canvas finds
a student by ID, else by login; Moodle by e-mail address, and refuses the whole file because of one address that it does
not have. Students who handed in nothing are left out, so that the platform's own rule for missing work applies.
"""

import argparse
import contextlib
import csv
import datetime
import os
import re
import sys
from pathlib import Path

from pgcourse.grading.coursefolder import course_directory, folders
from pgcourse.grading.timestamps import read_timestamp


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse export`."""
    parser.add_argument("assignment", help="name of the assignment, such as ps4_left_right")
    parser.add_argument("file", type=Path, help="the CSV file to write")
    parser.add_argument("--to", choices=sorted(TABLES), required=True, help="the platform that is to import it")
    parser.add_argument(
        "--column", metavar="TITLE", help="the platform's title of the assignment, such as 'Problem set 4 (98765)'"
    )
    parser.add_argument(
        "--unfinished", action="store_true", help="include students whose answers are not all marked or graded yet"
    )


def main(args: argparse.Namespace) -> int:
    """Write the file; the exit code is 1 if somebody's points are left out or not final."""
    try:
        course = course_directory()
        with _gradebook(course) as gradebook:
            assignment = _assignment(gradebook, args.assignment)
            graded = sorted(assignment.submissions, key=lambda one: (one.student.last_name or "", one.student.id))
            ungraded, undated = _ungraded(course, args.assignment, graded)
            unmarked = [one.student.id for one in graded if one.needs_manual_grade and one.student.id not in ungraded]
            left = [] if args.unfinished else ungraded + unmarked
            results = [(one.student, _points(one)) for one in graded if one.student.id not in left]
            table, nameless = TABLES[args.to](results, args.column or args.assignment, assignment.max_score)
        _write(args.file, table)
    except ValueError as problem:
        print(f"pgcourse export: {problem}", file=sys.stderr)
        return 1
    verb, or_add = ("Not final", "") if args.unfinished else ("Left out", ", or add --unfinished")
    _say(f"{verb} because some answers are not marked yet", unmarked, f"Mark them in the Formgrader{or_add}.")
    _say(f"{verb} because the last submission is not graded yet", ungraded, f"Run `pgcourse grade`{or_add}.")
    _say("Perhaps handed in again (timestamp.txt is broken)", undated, "`pgcourse grade` says what is wrong with it.")
    _say("Left out because Moodle needs an e-mail address", nameless, "`pgcourse collect --roster` reads them.")
    print(f"{args.file}: the points of {len(results) - len(nameless)} students.")
    return int(bool(unmarked or ungraded or nameless))


def _say(what, students, remedy):
    if students:
        print(f"{what}: {', '.join(students)}. {remedy}")


def _gradebook(course):
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return Gradebook(course.db_url, course.course_id)
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"the gradebook {course.db_url} cannot be opened ({reason}): check this address.") from None


def _assignment(gradebook, name):
    from nbgrader.api import MissingEntry

    try:
        return gradebook.find_assignment(name)
    except MissingEntry:
        known = ", ".join(sorted(assignment.name for assignment in gradebook.assignments)) or "none"
        raise ValueError(f"the gradebook has no assignment {name}; it has {known}.") from None


def _points(submission):
    return max(0, submission.score - (submission.late_submission_penalty or 0))


def _ungraded(course, assignment, graded):
    """Return the ids of those whose last submission is not graded, and of those of whom that is not known."""
    times = {submission.student.id: submission.timestamp for submission in graded}
    found, undated = [], []
    for student, folder in sorted(folders(course, course.submitted_directory, assignment)[0].items()):
        time, faults = read_timestamp(folder)
        if student not in times or (time and times[student] and time > times[student].replace(tzinfo=datetime.UTC)):
            found.append(student)
        elif faults:
            undated.append(student)
    return found, undated


def _canvas(results, column, maximum):
    """Return the rows of Canvas's gradebook, and an empty list: Canvas needs no address of a student."""
    rows = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", column]]
    rows.append(["Points Possible", "", "", "", "", _number(maximum)])
    for student, points in results:
        number = student.lms_user_id or (student.id if student.id.isdecimal() else "")
        name = ", ".join(filter(None, [student.last_name, student.first_name])) or student.id
        rows.append([name, number, "", "" if number else student.id, "", _number(points)])
    return rows, []


def _moodle(results, column, maximum):
    """Return rows with e-mail addresses, and the ids of students who have none."""
    rows, nameless = [["First name", "Last name", "Email address", column]], []
    for student, points in results:
        email = student.email or (student.id if "@" in student.id else "")
        if email and _text(email) == email:
            rows.append([student.first_name or "", student.last_name or "", email, _number(points)])
        else:
            nameless.append(student.id)
    return rows, nameless


# where a cell begins, for a spreadsheet that parts it at any usual separator; signs of full width count there too
FORMULA = re.compile(r"(^|[,;|\t\r\n])([\s\"]*[=+@\uff1d\uff0b\uff0d\uff20-])")
TABLES = {"canvas": _canvas, "moodle": _moodle}


def _number(points):
    return f"{points:.2f}".rstrip("0").rstrip(".")


def _write(path, rows):
    """Write a CSV file completely or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([[_text(cell) for cell in row] for row in rows])
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # a folder that cannot be written to refuses that as well
            beside.unlink()
        raise ValueError(f"{path} cannot be written ({error.strerror}): name another file.") from None


def _text(cell):
    """Return a cell of which no spreadsheet reads a part as a formula, since students choose their names.

    A spreadsheet may take another sign than the comma for the separator.
    """
    return FORMULA.sub(r"\1'\2", cell)
