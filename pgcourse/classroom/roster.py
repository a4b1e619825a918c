"""The roster of a class: a CSV file that says who is in it, and as what."""

import csv
import dataclasses
import difflib
import grp
import io
import pwd
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from pgcourse.grading.lms.roster import EMAIL, SHORTENED, numbered_rows

COLUMNS = ("name", "id", "e-mail", "role")
HEADER = ",".join(COLUMNS)
OTHER_NAMES = {"email": "e-mail", "mail": "e-mail"}
ROLES = {"student": "student", "instructor": "instructor", "grader": "instructor", "ta": "instructor"}
ACCOUNT = re.compile(r"[a-z][a-z0-9._-]{0,30}[a-z0-9_-]|[a-z]")
PEOPLE = range(1000, 60000)  # the numbers of people's accounts; the others are the system's


@dataclasses.dataclass(frozen=True)
class Member:
    """Somebody in a class.

    Attributes
    ----------
    id
        Name of the account on the machine, by which the gradebook knows a student too.
    email
        "" where the roster has none.
    role
        "student" or "instructor"; who grades is an instructor.
    """

    name: str
    id: str
    email: str
    role: str

    @property
    def is_instructor(self) -> bool:
        """Whether this is somebody who may see solutions and points."""
        return self.role == "instructor"


def read(path: Path) -> list[Member]:
    """Read a roster: a line `name,id,e-mail,role`, then one for each person, as a spreadsheet may have saved it.

    Raises
    ------
    ValueError
        One sentence on a line of its own for each fault: the line of the file, what is wrong, and what to write.
    """
    rows = numbered_rows(path)
    if not rows:
        raise ValueError(f"{path} is empty: begin it with the line {HEADER}, then write one for each person.")
    places = _columns(path, *rows[0])
    lines = {line: Member(*(row[places[name]] for name in COLUMNS)) for line, row in rows[1:]}
    faults = list(_faults(lines))
    if not lines:
        faults.append(f"line {rows[0][0]} is the only one: write one for each person below it.")
    elif not faults and not any(ROLES[member.role.casefold()] == "instructor" for member in lines.values()):
        faults.append("nobody has the role instructor: give it to those who may see solutions and points.")
    if faults:
        raise ValueError("\n".join(f"{path}: {fault}" for fault in faults))
    return [dataclasses.replace(member, role=ROLES[member.role.casefold()]) for member in lines.values()]


def text(members: Iterable[Member]) -> str:
    """Return the text of a roster that `read` reads."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([COLUMNS, *map(dataclasses.astuple, members)])
    return file.getvalue()


def write(path: Path, members: Iterable[Member]) -> None:
    """Write a roster that `read` reads."""
    path.write_bytes(text(members).encode())


def _columns(path: Path, line: int, head: list[str]) -> dict[str, int]:
    """Return {column: its place in a row}; raise ValueError, a sentence, unless each is there exactly once."""
    names = [OTHER_NAMES.get(name.casefold(), name.casefold()) for name in head]
    for name in COLUMNS:
        if names.count(name) != 1:
            wrong = "no column" if name not in names else "more than one column"
            raise ValueError(f"{path}: line {line} names {wrong} {name}: write {HEADER} there.")
    return {name: names.index(name) for name in COLUMNS}


def _faults(lines: dict[int, Member]) -> Iterator[str]:
    """Yield a sentence for each fault."""
    first: dict[str, int] = {}
    for line, member in lines.items():
        if (before := first.setdefault(member.id, line)) != line:
            yield f"line {line} has the id {member.id} of line {before}: give each person another one."
        for fault in (_name_fault(member.name), _id_fault(member.id), _email_fault(member), _role_fault(member.role)):
            if fault:
                yield f"line {line} {fault}"


def _name_fault(name: str) -> str:
    if not name:
        return "has no name: write one."
    return "" if name.isprintable() else f"has {name!r} as a name: write it on one line."


def _id_fault(name: str) -> str:
    if SHORTENED.fullmatch(name):
        return f"has the id {name}, which a spreadsheet has shortened: write the account's name."
    if not ACCOUNT.fullmatch(name):
        rule = "up to 32 of a-z, 0-9, ., _ and -, a letter first and no full stop last"
        near = _account_near(name)
        return f"has {name!r} as an id, no name for an account: write {rule}{f', such as {near}' if near else ''}."
    return (
        f"has the id {name}, which an account or a group of the system has: choose another one."
        if is_systems(name)
        else ""
    )


def _account_near(text: str) -> str:
    """Return a name for an account that is like a text, without accents and with a letter first; "" for none."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    near = re.sub(r"[^a-z0-9._-]", "", letters).strip("._-")
    near = (f"s{near}" if near[:1].isdigit() else near)[:32].rstrip(".")
    return "" if is_systems(near) else near


def is_systems(name: str) -> bool:
    """Say whether an account or a group of this name belongs to the system, not to a person."""
    try:
        return pwd.getpwnam(name).pw_uid not in PEOPLE
    except KeyError:
        pass
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True  # a new account would need a group of its name


def _email_fault(member: Member) -> str:
    if not member.email or EMAIL.fullmatch(member.email):
        return ""
    name = _account_near(member.id) or "ann"
    return f"has {member.email!r} as an e-mail: write an address such as {name}@example.org, or nothing."


def _role_fault(role: str) -> str:
    if role.casefold() in ROLES:
        return ""
    near = difflib.get_close_matches(role.casefold(), ROLES, n=1)
    hint = f"; is it {near[0]}?" if near else "."
    return f"has the role {role!r}: write student or instructor (grader and TA mean instructor){hint}"
