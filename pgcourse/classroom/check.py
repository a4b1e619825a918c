"""`pgcourse hub --check`: what is wrong with a class on this machine, and what to do."""

import grp
import os
import pwd
import shlex
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from traitlets.config import Config

from pgcourse.classroom import accounts, classfile, hub, install, login, proxy, roster, unit
from pgcourse.classroom.again import again
from pgcourse.classroom.classfile import ClassFile
from pgcourse.classroom.places import Places
from pgcourse.classroom.roster import Member
from pgcourse.tools.doctor import say
from pgcourse.tools.needs import last_line

Result = TypeVar("Result")
Finding = tuple[str, str | None]
ROOM = 1 << 30  # bytes that are to be free where users write
NO_LIMITS = "note   no systemd: nothing limits a user's memory and processors"
SANDBOX = "from pgcourse.grading.sandbox import bubblewrap; print(bubblewrap.unavailable_reason())"


def main(places: Places) -> int:
    """Print a line for each part of the class; return 1 if anything is wrong, else 0."""
    healthy = say(findings(places))
    if not hub.has_systemd():
        print(NO_LIMITS)
        if not _answers(places):
            print(f"note   the hub does not run: run `{again()}`")
    return 0 if healthy else 1


def findings(places: Places) -> Iterator[Finding]:
    """Yield what was looked at, and None or one sentence on what is wrong there and what mends it."""
    settings, members = places.settings / "class.toml", places.settings / hub.ROSTER
    if not members.exists():
        yield f"class in {places.settings}", f"there is none; run `{again('ROSTER')}`"
        return
    said, fault = _tried(lambda: classfile.read(settings))
    yield str(settings), fault
    people, fault = _tried(lambda: roster.read(members))
    yield str(members), fault
    if said and people:
        yield "login", _tried(lambda: login.configure(Config(), said.login, people))[1]
    yield "proxy", _tried(proxy.command)[1]
    yield from _accounts(people or [], said)
    for path, (mode, group) in install.rights(places).items():
        yield str(path), _rights_fault(path, mode, group)
    if course := _tried(install.full_copy)[0]:
        yield "answers in root's copy of the course", install.answers_fault(course)
    yield "folders above these", next(_folders_above(places), None)
    yield str(places.environment), _environment_fault(places)
    yield "sandbox of the instructors' graders", _sandbox_fault(people or [], places)
    yield "room on the disks", next(_room(places), None)
    if hub.has_systemd():
        yield unit.NAME, _hub_fault(said or ClassFile())


def _tried(action: Callable[[], Result]) -> tuple[Result | None, str | None]:
    """Return what an action gives, and None or the sentence with which it was refused."""
    try:
        return action(), None
    except ValueError as error:
        return None, "; ".join(str(error).splitlines()).rstrip(".")


def _accounts(people: list[Member], said: ClassFile | None) -> Iterator[Finding]:
    known = {account.pw_name: account for account in pwd.getpwall()}
    missing = [person.id for person in people if person.id not in known]
    yield "accounts", f"there is none for {', '.join(missing)}; run `{again()}`" if missing else None
    wanted = {person.id for person in people if person.is_instructor}
    try:
        found = set(grp.getgrnam(accounts.INSTRUCTORS).gr_mem)
    except KeyError:
        found = set()
    strange = ", ".join(sorted(found ^ wanted))
    differs = f"differs from the roster by {strange}; run `{again()}`"
    yield f"group {accounts.INSTRUCTORS}", differs if strange else None
    homes = [Path(known[person.id].pw_dir) for person in people if person.id in known]
    gone = [str(home) for home in homes if not home.is_dir()]
    open_to_all = [str(home) for home in homes if home.is_dir() and home.stat().st_mode & stat.S_IRWXO]
    fault = f"there is no {', no '.join(gone)}; run `{again()}`" if gone else None
    if open_to_all:
        fault = f"others may enter {', '.join(open_to_all)}; run `{shlex.join(['sudo', 'chmod', 'o=', *open_to_all])}`"
    yield "homes", fault


def _rights_fault(path: Path, mode: int, group: str) -> str | None:
    try:
        found = install.rights_of(path)
    except FileNotFoundError:
        return f"is not there; run `{again()}`"
    if found == (0, mode, group):
        return None
    return f"has the rights {found[1]:o} and the group {found[2]}, not root's {mode:o} and {group}; run `{again()}`"


def _folders_above(places: Places) -> Iterator[str]:
    """Yield a fault for each folder above those of a class whose contents others than root could replace."""
    ours = install.rights(places)
    above = {folder for path in (*ours, places.environment, places.homes) for folder in path.parents} - ours.keys()
    for folder in sorted(above):
        if fault := _written_by_others(folder):
            yield f"{folder} {fault}"


def _environment_fault(places: Places) -> str | None:
    if not places.python.exists():
        return f"is not there; run `{again()}`"
    if not install.is_whole(places):
        return f"is damaged, or was never finished; run `{again()}`"
    inside = (Path(folder, name) for folder, names, files in os.walk(places.environment) for name in (*names, *files))
    paths = [places.environment, *(path for path in inside if not path.is_symlink())]
    return next((f"{path} {fault}" for path in paths if (fault := _written_by_others(path))), None)


def _written_by_others(path: Path) -> str | None:
    """Say so if others than root may write to a file, or replace what is in a folder."""
    found = path.stat()
    if found.st_uid == 0 and (found.st_mode & stat.S_ISVTX or not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        return None
    place = shlex.quote(str(path))
    return f"may be written by others than root; run `sudo chown root {place}` and `sudo chmod go-w {place}`"


def _sandbox_fault(people: list[Member], places: Places) -> str | None:
    """Say why an instructor's grader would not work, as an instructor finds it."""
    for person in people:
        try:
            account = pwd.getpwnam(person.id)
        except KeyError:
            continue
        if person.is_instructor and places.python.exists():
            done = subprocess.run(
                [places.python, "-P", "-c", SANDBOX],
                cwd="/",
                user=account.pw_uid,
                group=account.pw_gid,
                extra_groups=[],
                capture_output=True,
                text=True,
            )
            return (done.stdout.strip() if done.returncode == 0 else last_line(done.stderr)) or None
    return None


def _room(places: Places) -> Iterator[str]:
    """Yield a fault for each folder on a disk that is almost full."""
    for path in (places.homes, places.exchange, places.course, places.state):
        if path.is_dir() and (free := shutil.disk_usage(path).free) < ROOM:
            yield f"{free >> 20} MB are free for {path}; make room there"


def _hub_fault(said: ClassFile) -> str | None:
    """Say so if systemd does not have the hub running, or it does not answer."""
    if unit.shown("ActiveState") == "inactive":
        return f"does not run; run `sudo systemctl start {unit.NAME}`"
    if unit.shown("ActiveState") == "active" and hub.answers(said.hub.address):
        return None
    return f"does not answer at {said.hub.address}; run `{unit.LOG}` to see why"


def _answers(places: Places) -> bool:
    """Say whether the hub answers at the address of the class."""
    said, _ = _tried(lambda: classfile.read(places.settings / "class.toml"))
    return said is not None and hub.answers(said.hub.address)
