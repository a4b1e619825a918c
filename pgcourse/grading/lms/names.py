"""How Canvas and Moodle name students and their files in the archive of all submissions of one assignment.

Canvas, "Download Submissions": one flat folder of `NAME[_LATE]_USER_UPLOAD_FILE`, where NAME is the sortable name
squeezed into lower case and USER and UPLOAD are numbers; a typed answer is `..._USER_text.html`.
Moodle, "Download all submissions": a folder `NAME_PARTICIPANT_assignsubmission_file` for each student, or the same
words before the file's name; PARTICIPANT is a number that the same student does not have in the next assignment.
Sources: Canvas's lib/content_zipper.rb, Moodle's mod/assign/classes/downloader.php.
"""

import csv
import dataclasses
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

CANVAS = re.compile(r"(?P<name>.*?)_(?P<late>LATE_)?(?P<number>\d+)_(?P<upload>\d+)_(?P<file>.+)", re.S)
CANVAS_TYPED = re.compile(r"(?P<name>.*?)_(?P<late>LATE_)?(?P<number>\d+)_(text|link)\.html", re.S)
CANVAS_ANONYMOUS = re.compile(r"(LATE_)?anon_\w+?_\d+_.+", re.S)
CANVAS_UNCLEAR = re.compile(r".*?_\d+_(LATE_)?\d+_\d+_", re.S)
# the first folder that matches: students choose the names of the folders inside it
MOODLE = re.compile(
    r"(?:.*?/)??(?P<name>[^/_]*)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?:/|(?<=_))(?P<file>.+)", re.S
)
MOODLE_ANONYMOUS = "participant"


@dataclasses.dataclass(frozen=True)
class Upload:
    """A file that a student handed in, as its name in the archive describes it.

    Attributes
    ----------
    lms
        "canvas" or "moodle".
    name
        The student's name, as the archive writes it.
    number
        Canvas's user id, or Moodle's number of a participant in this one assignment.
    file
        Its own name, without folders.
    order
        Grows from one upload to the next; 0 if the name does not tell.
    late
        Whether Canvas marks it as late.
    """

    lms: str
    name: str
    number: str
    file: str
    order: int = 0
    late: bool = False


def read_name(path: str) -> Upload:
    """Read the name of an archive's member.

    Parameters
    ----------
    path
        With `/` between folders.

    Raises
    ------
    ValueError
        A sentence, if it is not the name of a known student's file.
    """
    base = path.rsplit("/", 1)[-1]
    if found := MOODLE.fullmatch(path):
        if found["kind"] != "file":
            raise ValueError("an answer typed into Moodle, not a notebook")
        if found["name"].casefold() == MOODLE_ANONYMOUS:
            raise ValueError("an anonymous submission: reveal the students' names in Moodle and download again")
        return Upload("moodle", found["name"], found["number"], found["file"].rsplit("/", 1)[-1])
    if CANVAS_ANONYMOUS.fullmatch(base):
        raise ValueError("an anonymous submission: switch anonymous grading off in Canvas and download again")
    if CANVAS_TYPED.fullmatch(base):
        raise ValueError("an answer typed into Canvas, not a notebook")
    if CANVAS_UNCLEAR.match(base):  # a name that ends in a number could pass for another student's
        raise ValueError("three numbers in a row, so it is not certain whose it is: put it in its folder by hand")
    if found := CANVAS.fullmatch(base):
        late, order = bool(found["late"]), int(found["upload"])
        return Upload("canvas", found["name"], found["number"], found["file"], order, late)
    raise ValueError("not named the way Canvas and Moodle name submissions")


@dataclasses.dataclass(frozen=True)
class Student:
    """A student as entered in the gradebook; "" stands for what is not known.

    Attributes
    ----------
    id
        Name of their folder in `submitted/`, the same in every assignment.
    lms_user_id
        Canvas's user id.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


class Roster:
    """Finds for a name in an archive the student, whose id is unique and stays the same.

    On Canvas the id is the user id. Moodle's archives have none, so there the id is the full name, followed by the
    e-mail address if the roster has that name twice.

    Parameters
    ----------
    people
        Rows of `read_roster`.
    """

    def __init__(self, people: Sequence[dict[str, str]] = ()):
        self.people = people

    def student(self, upload: Upload, numbers: set[str]) -> Student:
        """Find the student of an upload.

        Parameters
        ----------
        numbers
            All numbers that the archive has with this name.

        Raises
        ------
        ValueError
            A sentence, if it is not certain who that is.
        """
        if upload.lms == "canvas":
            person = next((row for row in self.people if row["number"] == upload.number), None)
            names = person or {"first": "", "last": upload.name}
            email = person["email"] if person else ""
            return Student(upload.number, names["first"], names["last"], email, lms_user_id=upload.number)
        return self._participant(upload, numbers)

    def _participant(self, upload, numbers):
        same = [row for row in self.people if _key(row["full"]) == _key(upload.name)]
        if self.people and not same:
            raise ValueError(f"{upload.name} is not in the roster")
        numbered = [row for row in same if row["number"] == upload.number]
        if len(numbers) > 1 or len(same) > 1:
            if len(numbered) != 1 or not numbered[0]["email"]:
                raise ValueError(
                    f"more than one student is called {upload.name}: give this assignment's grading worksheet "
                    "from Moodle as --roster, which tells them apart"
                )
            return Student(f"{upload.name} ({numbered[0]['email']})", *_known(numbered[0]))
        first, _, last = upload.name.rpartition(" ")
        return Student(upload.name, *(_known(same[0]) if same else (first, last)))


def _known(row):
    return row["first"], row["last"], row["email"]


def _key(name):
    """Return a name in the form in which names are compared: Moodle drops some characters from file names."""
    plain = re.sub(r"""[&<>"`|':\\/_\x00-\x1f]|\.\.+""", "", unicodedata.normalize("NFC", name))
    return " ".join(plain.casefold().split())


def read_roster(path: Path) -> list[dict[str, str]]:
    """Read a list of students that Canvas or Moodle exports.

    Parameters
    ----------
    path
        A CSV file: Canvas's gradebook, or Moodle's list of participants or grading worksheet.

    Returns
    -------
    list of dict
        With the keys "full", "first", "last", "email" and "number".

    Raises
    ------
    ValueError
        A sentence, if it is none of these.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=head.count)
            rows = list(csv.DictReader(file, delimiter=delimiter))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read as a CSV file: {error}.") from None
    people = [_person({key.strip().casefold(): value or "" for key, value in row.items() if key}) for row in rows]
    people = [person for person in people if person["full"]]
    if not people:
        columns = "Canvas's `Student` and `ID`, or Moodle's `First name` and `Last name` or `Full name`"
        raise ValueError(f"{path} lists no students: its first line must name the columns {columns}.")
    return people


def _person(row):
    """Read one row; a row that is no student's gets no name."""

    def cell(*names):
        return next((row[name].strip() for name in names if row.get(name)), "")

    if "student" in row:  # Canvas's "Last, First"
        last, _, first = (part.strip() for part in cell("student").partition(","))
        full = cell("student") if cell("id").isdecimal() else ""  # other rows hold points
    else:
        first, last = cell("first name"), cell("last name", "surname")
        full = cell("full name") or f"{first} {last}".strip()
        if not (first or last):
            first, _, last = full.rpartition(" ")
    number = cell("id") or re.sub(r"\D", "", cell("identifier"))
    return {"full": full, "first": first, "last": last, "email": cell("email address", "email"), "number": number}
