"""The accounts of a class on the machine: made where they are missing, and never changed where somebody has one."""

import csv
import grp
import io
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from pgcourse.classroom.places import Places
from pgcourse.classroom.roster import PEOPLE, Member
from pgcourse.classroom.whole import put
from pgcourse.grading.progress import Progress
from pgcourse.tools.needs import last_line

INSTRUCTORS = "pgcourse-instructors"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another one
NO_PASSWORD = ("", "!", "!!", "*", "!*")  # in place of one, in /etc/shadow
SHADOW = Path("/etc/shadow")
SYSTEM_PROGRAMS = "/usr/sbin:/sbin"  # which `su` leaves out of PATH
HEAD = ("id", "name", "e-mail", "password")


def make(members: Iterable[Member], places: Places) -> list[str]:
    """Make the accounts that are missing, each with a group and a home folder that nobody else may enter.

    What an earlier call left unfinished is finished.

    Returns
    -------
    list of str
        The ids of those that are new.

    Raises
    ------
    ValueError
        A sentence, if an account cannot be made.
    """
    members = list(members)
    _ensure_group()
    new = [member for member in members if _account(member.id) is None]
    if new:
        with Progress(len(new)) as progress:
            for member in new:
                _add(member, places.homes / member.id)
                progress.step(member.id)
    for member in members:
        _ensure_home(member.id)
    return [member.id for member in new]


def share(members: Iterable[Member]) -> list[str]:
    """Let the group of instructors hold those who are instructors, and nobody else.

    Returns
    -------
    list of str
        The ids of those who were in it and are no longer. A server of theirs that is running keeps the right until it
        ends.
    """
    wanted = {member.id for member in members if member.is_instructor}
    found = set(grp.getgrnam(INSTRUCTORS).gr_mem)
    if found != wanted:
        _run("gpasswd", "--members", ",".join(sorted(wanted)), INSTRUCTORS)
    return sorted(found - wanted)


def give_passwords(members: Iterable[Member], places: Places) -> Path | None:
    """Give those who have no password a first one, and write it down for root, before it counts.

    Returns
    -------
    Path
        Of the file; None if everybody has one.
    """
    without = [member for member in members if _has_no_password(member.id)]
    if not without:
        return None
    path = places.state / "passwords.csv"
    rows = {row["id"]: row for row in _written(path)}
    for member in without:
        known = rows.get(member.id, {}).get("password") or _password()
        rows[member.id] = dict(zip(HEAD, (member.id, member.name, member.email, known), strict=True))
    _write(path, rows.values())
    _run("chpasswd", given="".join(f"{member.id}:{rows[member.id]['password']}\n" for member in without))
    return path


def _ensure_group() -> None:
    try:
        grp.getgrnam(INSTRUCTORS)
    except KeyError:
        _run("groupadd", "--system", INSTRUCTORS)


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _add(member: Member, home: Path) -> None:
    """Make an account. For a home that is there already, as on a disk from before, it gets the number of that owner."""
    comment = " ".join(member.name.replace(":", " ").replace(",", " ").split())  # they have a meaning in /etc/passwd
    words = ["--user-group", "--shell", "/bin/bash", "--comment", comment, "--home-dir", str(home)]
    words += ["--create-home", "--key", "HOME_MODE=0700"]
    if home.is_dir() and not home.is_symlink():
        owner = home.stat().st_uid
        if owner not in PEOPLE or owner in {account.pw_uid for account in pwd.getpwall()}:
            raise ValueError(
                f"{home} is there already and belongs to somebody else: move it away, or give {member.name} another id."
            )
        words += ["--uid", str(owner)]
    _run("useradd", *words, member.id)


def _ensure_home(name: str) -> None:
    """Make an account's home where there is none."""
    account = pwd.getpwnam(name)
    home = Path(account.pw_dir)
    if not home.exists():
        home.mkdir(mode=0o700)
        os.chown(home, account.pw_uid, account.pw_gid)


def _has_no_password(name: str) -> bool:
    """Say whether an account never had a password; one that an administrator has locked had one."""
    for line in SHADOW.read_text(encoding="utf-8").splitlines():
        account, password, *_ = line.split(":")
        if account == name:
            return password in NO_PASSWORD
    return False


def _password() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def _written(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Iterable[dict[str, str]]) -> None:
    """Write the passwords, for root alone."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, HEAD)
    writer.writeheader()
    writer.writerows(rows)
    put(path, file.getvalue().encode())


def _run(program: str, *arguments: str, given: str = "") -> None:
    """Run a program of the system; raises ValueError, a sentence, if it fails or is missing."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM_PROGRAMS}")
    if path is None:
        raise ValueError(f"{program} is not installed: run `sudo apt-get install passwd`.")
    done = subprocess.run([path, *arguments], input=given, capture_output=True, text=True)
    if done.returncode != 0:
        reason = last_line(done.stderr).rstrip(".")
        about = f" for {arguments[-1]}" if arguments else ""
        raise ValueError(f"{program}{about} has failed ({reason}): mend that, then run the same command again.")
