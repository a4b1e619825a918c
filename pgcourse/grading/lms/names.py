"""How Canvas and Moodle name students and their files in the archive of all submissions of one assignment.

Canvas, "Download Submissions": one flat folder of `NAME[_LATE]_USER_UPLOAD_FILE`, where NAME is the sortable name
squeezed into lower case and USER and UPLOAD are numbers; a typed answer is `..._USER_text.html`.
Moodle, "Download all submissions": a folder `NAME_PARTICIPANT_assignsubmission_file` for each student, or the same
words before the file's name; PARTICIPANT is a number that the same student does not have in the next assignment. Where
groups hand in, NAME is `GROUP-STUDENT`; since Moodle 4 it is the group alone, and the number is the group's.
Sources: Canvas's lib/content_zipper.rb, Moodle's mod/assign/classes/downloader.php.
"""

import dataclasses
import re
from collections.abc import Collection, Sequence

from pgcourse.grading.intake.names import composed
from pgcourse.grading.lms.roster import Person

CANVAS = re.compile(r"(?P<name>.*?)_(?P<late>LATE_)?(?P<number>\d+)_(?P<upload>\d+)_(?P<file>.+)", re.S)
CANVAS_TYPED = re.compile(r"(?P<name>.*?)_(?P<late>LATE_)?(?P<number>\d+)_(text|link)\.html", re.S)
CANVAS_ANONYMOUS = re.compile(r"(LATE_)?anon_\w+?_\d+_.+", re.S)
CANVAS_UNCLEAR = re.compile(r".*?_\d+_(LATE_)?\d+_\d+_", re.S)
# the first folder that matches: students choose the names of the folders inside it
MOODLE = re.compile(
    r"(?:.*?/)??(?P<name>[^/_]*)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?:/|(?<=_))(?P<file>.+)", re.S
)
MOODLE_NO_GROUP = re.compile(r"(?:.*?/)??[^/_]*_assignsubmission_[a-z]+[_/].+", re.S)
# what Moodle calls a student whose name it hides, in its languages, as it writes that in names of files
MOODLE_ANONYMOUS = re.compile(
    "participante?|partecipante|teilnehmer(in)?|deelnemer|deltager|deltaker|deltagare|osallistuja|uczestnik|účastník|"
    "résztvevő|sudionik|sodelujoči|partaidea|учасник|участник|katılımcı|συμμετέχων|משתתף|مشارك|参加者|参与者|參與者|참가자",
    re.IGNORECASE,
)
ANONYMOUS = "an anonymous submission: reveal the students' names in Moodle and download again"
TYPED = "typed into {} by {}, and no notebook: grade the text there, or ask for the notebook's file"


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
        name = composed(found["name"]).strip()
        if found["kind"] != "file":
            raise ValueError(TYPED.format("Moodle", name))
        if MOODLE_ANONYMOUS.fullmatch(name.rpartition("-")[2]):
            raise ValueError(ANONYMOUS)
        return Upload("moodle", name, found["number"], found["file"].rsplit("/", 1)[-1])
    if MOODLE_NO_GROUP.fullmatch(path):
        raise ValueError("handed in without a group, so Moodle does not say whose it is: put it in its folder by hand")
    if CANVAS_ANONYMOUS.fullmatch(base):
        raise ValueError("an anonymous submission: switch anonymous grading off in Canvas and download again")
    if found := CANVAS_TYPED.fullmatch(base):
        raise ValueError(TYPED.format("Canvas", found["name"]))
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


def are_grouped(uploads: Collection[Upload]) -> bool:
    """Say whether the names in an archive of Moodle's begin with a group's, as in `Group A-Ada Lovelace`.

    That is so where all of several names have a hyphen, or one has a digit before it.
    """
    names = {upload.name for upload in uploads if upload.lms == "moodle"}
    return (len(names) > 1 and all("-" in name for name in names)) or any(re.search(r"\d.*-", name) for name in names)


class Roster:
    """Finds the student for a name in an archive; the student's id is unique and stays the same.

    On Canvas the id is the user id. Moodle's archives have none, so there the id is the full name, followed by the
    e-mail address if the roster has that name twice.

    Parameters
    ----------
    people
        Rows of `pgcourse.grading.lms.roster.read_roster`.
    """

    def __init__(self, people: Sequence[Person] = ()):
        self.people = people

    def students(self, upload: Upload, numbers: set[str], grouped: bool) -> list[Student]:
        """Find the students of an upload: one, or the members of the group that handed it in.

        Parameters
        ----------
        numbers
            All numbers that the archive has with this name.
        grouped
            Whether the archive's names begin with a group's.

        Raises
        ------
        ValueError
            A sentence, if it is not certain who that is.
        """
        if upload.lms == "canvas":
            return [self._user(upload)]
        if same := self._called(upload.name):
            return [self._participant(upload.name, upload.number, same, numbers)]
        if not self.people:
            return [self._unlisted(upload, numbers, grouped)]
        if members := self._members(upload.name):
            return [self._member(person) for person in members]
        for hyphen in re.finditer("-", upload.name):  # GROUP-STUDENT
            name = upload.name[hyphen.end() :].strip()
            same = self._called(name)
            certain = grouped or any(person.participant == upload.number for person in same)
            if same and certain:
                return [self._participant(name, upload.number, same, numbers)]
        raise ValueError(f"{upload.name} is not in the roster")

    def _called(self, name):
        """Return the people of this name; sites differ in which part of it comes first."""
        return [person for person in self.people if _key(name) in map(_key, person.names)]

    def _members(self, name):
        """Return the people of a group of this name; another column of the roster may happen to hold the same word."""
        members = [
            (place, person) for person in self.people for place, group in person.groups if _key(group) == _key(name)
        ]
        if len({place for place, _ in members}) > 1:
            raise ValueError(
                f"{name} stands in more than one column of the roster, so it is not certain who is in that group: "
                "leave only the column of groups beside names and addresses"
            )
        return list(dict.fromkeys(person for _, person in members))

    def _user(self, upload):
        person = next((person for person in self.people if person.number == upload.number), None)
        first, last, email = (person.first, person.last, person.email) if person else ("", upload.name, "")
        return Student(upload.number, first, last, email, lms_user_id=upload.number)

    def _unlisted(self, upload, numbers, grouped):
        """Return the student of a name about which no roster says more."""
        if len(numbers) > 1 and " " not in upload.name:
            raise ValueError(ANONYMOUS)
        if grouped or re.search(r"\d$", upload.name):
            raise ValueError(
                f"{upload.name} seems to name a group: give Moodle's list of participants with their groups, or this "
                "assignment's grading worksheet, as --roster"
            )
        if len(numbers) > 1:
            raise ValueError(_namesakes(upload.name))
        first, _, last = upload.name.rpartition(" ")
        return Student(upload.name, first, last)

    def _participant(self, name, number, same, numbers):
        """Return the person of this name who has this number, or the only person of this name."""
        if len(numbers) == len(same) == 1:
            return Student(name, same[0].first, same[0].last, same[0].email)
        numbered = [person for person in same if person.participant == number]
        if len(numbered) != 1 or not numbered[0].email:
            raise ValueError(_namesakes(name))
        return self._member(numbered[0], name)

    def _member(self, person, name=""):
        name = name or composed(person.names[0])
        alone = len(self._called(name)) == 1
        if not (alone or person.email):
            raise ValueError(_namesakes(name))
        return Student(name if alone else f"{name} ({person.email})", person.first, person.last, person.email)


def _namesakes(name):
    return (
        f"more than one student is called {name}: give this assignment's grading worksheet from Moodle as --roster, "
        "which tells them apart"
    )


def _key(name):
    """Return a name in the form in which names are compared: in file names Moodle drops or replaces characters."""
    plain = re.sub(r"""[&<>"`|':\\/\x00-\x1f]|\.\.+""", "", composed(name).replace("_", " "))
    return " ".join(plain.casefold().split())
