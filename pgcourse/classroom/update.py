"""Make a class on this machine, or bring it up to date, and run its hub."""

import fcntl
import os
import sys
from pathlib import Path

from traitlets.config import Config

from pgcourse.classroom import accounts, classfile, gradebook, hub, install, login, proxy, roster, settings, unit
from pgcourse.classroom.classfile import ClassFile
from pgcourse.classroom.places import Places
from pgcourse.classroom.roster import Member
from pgcourse.classroom.whole import put
from pgcourse.tools.setting_up import alone

NO_SETTINGS = """# How this class is run: the page docs/class.md says what may be written here. It is yours:
# `pgcourse hub` writes it only where --settings names another one.
"""
CONFIG = """from pgcourse.classroom import hub
hub.configure(get_config(), {file!r})
"""


def run(people: Path | None, file: Path | None, places: Places) -> int:
    """Make the class or update it, then run its hub; return the exit code.

    Parameters
    ----------
    people, file
        The roster and the class.toml; None for those of the last time.

    Raises
    ------
    ValueError
        A sentence, or several on lines of their own; what is wrong with the files is said before anything is done.
    """
    os.umask(0o022)
    course = install.full_copy()
    if fault := install.answers_fault(course):
        raise ValueError(f"{fault}, then this again.")
    members, said = _read(people, file, places)
    install.refuse(course, places)
    if hub.has_systemd():
        unit.refuse_taken(said.hub)
    places.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone(places.state / "set-up.lock"):
        changed = _update(members, said, course, places)
        changed |= _put_files(members, file, places)
        if hub.has_systemd():
            unit.start(places, changed)
            unit.wait(lambda: hub.answers(said.hub.address))
        _tell(members, said)
    return 0 if hub.has_systemd() else become_hub(places, changed)


def _read(people: Path | None, file: Path | None, places: Places) -> tuple[list[Member], ClassFile]:
    """Read the roster and the settings, and see whether a hub could start with them."""
    last = places.settings / hub.ROSTER
    if people is None and not last.exists():
        raise ValueError(f"name a roster, a CSV file that begins with {roster.HEADER}, or look at a class with --try.")
    members = roster.read(people or last)
    kept = places.settings / "class.toml"
    said = classfile.read(file or kept) if file or kept.exists() else ClassFile()
    login.configure(Config(), said.login, members)
    proxy.command()
    return members, said


def _update(members: list[Member], said: ClassFile, course: Path, places: Places) -> bool:
    """Bring the machine up to date; return whether a hub that runs should be started again."""
    print("Looking at accounts, folders and the environment ...", flush=True)
    new = accounts.make(members, places)
    for name in accounts.share(members):
        print(f"{name} is no longer an instructor, except in a running server: stop it on the hub's admin page.")
    install.folders(places)
    if isinstance(said.login, login.Pam) and (path := accounts.give_passwords(members, places)):
        print(f"First passwords are in {path}, which nobody but root can read: hand them out.")
    if new:
        print(f"{len(new)} new: {', '.join(new)}.")
    if install.course_folder(course, places):
        print(f"The course folder of the instructors is {places.course}.")
    changed = install.environment(course, places)
    settings.write(places)
    instructor = next(member.id for member in members if member.is_instructor)
    if fault := gradebook.enter(members, places, instructor):
        print(fault)
    return changed


def _put_files(members: list[Member], file: Path | None, places: Places) -> bool:
    """Write what the hub reads when it starts, for root alone; return whether any of it is new."""
    kept = places.settings / "class.toml"
    text = file.read_bytes() if file else kept.read_bytes() if kept.exists() else NO_SETTINGS.encode()
    config = CONFIG.format(file=str(kept))
    files = {hub.ROSTER: roster.text(members).encode(), "class.toml": text, "jupyterhub_config.py": config.encode()}
    found = {name: path.read_bytes() for name in files if (path := places.settings / name).exists()}
    for name, content in files.items():
        if found.get(name) != content:
            put(places.settings / name, content)
    return found != files


def _tell(members: list[Member], said: ClassFile) -> None:
    instructors = sum(member.is_instructor for member in members)
    counts = {"student": len(members) - instructors, "instructor": instructors}
    people = " and ".join(f"{number} {role}{'s' * (number != 1)}" for role, number in counts.items())
    print(f"The class of {people} is at {said.hub.address}.", flush=True)
    if not hub.has_systemd():
        print("There is no systemd here, so nothing limits a user's memory and processors.", flush=True)


def become_hub(places: Places, changed: bool) -> int:
    """Replace this process by the hub, unless one runs; its users' servers, and their work, outlive it."""
    lock = os.open(places.state / "hub.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Its hub runs already, as process {os.read(lock, 20).decode()}.")
        if changed:
            print(
                "End it with Ctrl+C and start it again, for it to know of the changes: users' servers go on meanwhile."
            )
        return 0
    os.truncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    os.set_inheritable(lock, True)
    print("Ctrl+C ends the hub; users' servers and their work stay.", flush=True)
    os.chdir(places.state)
    command = unit.command(places)
    sys.stdout.flush()
    os.execve(command[0], command, unit.environment(places))
