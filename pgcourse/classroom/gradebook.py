"""The students of a class in its gradebook: the Formgrader shows their names from the first day.

Not root but an instructor's account writes to the gradebook: root would run whatever an instructor has put into
nbgrader_config.py.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from pgcourse.classroom import settings
from pgcourse.classroom.places import Places
from pgcourse.classroom.roster import Member
from pgcourse.grading.coursefolder import course_directory
from pgcourse.tools.needs import last_line

GROUP_WRITES = 0o007  # umask: all instructors share the gradebook


def enter(members: Iterable[Member], places: Places, account: str | None = None) -> str:
    """Enter the students of a roster into the gradebook; what it already says of a student stays.

    Parameters
    ----------
    members
        The class.
    places
        Of the class.
    account
        An instructor's; None for the account that runs this.

    Returns
    -------
    str
        A sentence, if that was not possible; else "".
    """
    students = {member.id: described(member) for member in members if not member.is_instructor}
    done = subprocess.run(
        [places.python, "-P", "-m", __name__],
        input=json.dumps(students),
        cwd=places.course,
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(places.course),
            "JUPYTER_CONFIG_PATH": settings.path_of("instructor", places),
        },
        capture_output=True,
        text=True,
        **_as_account(account),
    )
    if done.returncode == 0:
        return ""
    return f"The students' names are not in the gradebook yet ({last_line(done.stderr)}): run the same command again."


def _as_account(name: str | None) -> dict[str, Any]:
    """Return the options of subprocess.run that make a process an account's."""
    if name is None:
        return {}
    import pwd

    account = pwd.getpwnam(name)
    groups = os.getgrouplist(name, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": groups, "umask": GROUP_WRITES}


def described(member: Member) -> dict[str, str]:
    """Return what the gradebook says of a student: "Lovelace, Ada" and "Ada Lovelace" are one name."""
    last, comma, first = member.name.partition(",")
    if not comma:
        first, _, last = member.name.strip().rpartition(" ")
    said = {"first_name": first.strip(), "last_name": last.strip()}
    return said | ({"email": member.email} if member.email else {})


def fill(gradebook: Any, students: Mapping[str, Mapping[str, str]]) -> None:
    """Add the students that a gradebook does not have, and fill in what it does not say of the others.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
        An open one.
    students
        {id: {name of a column: value}}.
    """
    known = {student.id: student for student in gradebook.students}
    for name, said in students.items():
        if name not in known:
            gradebook.add_student(name, **said)
        elif missing := {field: value for field, value in said.items() if getattr(known[name], field) is None}:
            gradebook.update_or_create_student(name, **missing)


def main() -> None:
    """Fill the gradebook of the course in which this runs with what standard input says."""
    coursedir = course_directory()
    from nbgrader.api import Gradebook

    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        fill(gradebook, json.load(sys.stdin))


if __name__ == "__main__":
    main()
