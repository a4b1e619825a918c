"""Accounts, groups and folders of a class, made on a machine of their own and looked at by the accounts themselves."""

import csv
import io
import sys

import pytest

from pgcourse.classroom import roster
from pgcourse.classroom.roster import Member
from tests.support.course import ROOT
from tests.support.machine import machine, possible

pytestmark = [
    pytest.mark.slow,  # a machine of its own
    pytest.mark.skipif(not possible(), reason="needs root, and the right to mount"),
]
CLASS = [
    Member("Lovelace, Ada: Countess", "ada", "ada@example.org", "student"),
    Member("Émilie du Châtelet", "e.milie", "", "student"),
    Member("Grace Hopper", "grace", "", "instructor"),
]
MAKE = """
import os, sys
from pathlib import Path
from pgcourse.classroom import accounts, install, roster
from pgcourse.classroom.places import Places
os.umask(0o022)
members, places = roster.read(Path("/root/roster.csv")), Places()
print(*accounts.make(members, places), sep=",")
print(*accounts.share(members), sep=",")
install.folders(places)
print(accounts.give_passwords(members, places))
print(install.course_folder(Path(sys.argv[1]), places))
"""
SECRETS = ("/etc/shadow", "/etc/gshadow", "/var/lib/pgcourse/passwords.csv")


class Class:
    """A class that is made on a machine."""

    def __init__(self, ours):
        self.machine, self.run = ours, ours.run

    def make(self, members):
        """Make or update it; return (new accounts, those that left the instructors, file of passwords, new folder)."""
        roster.write(self.machine.path("/root/roster.csv"), members)
        done = self.try_to_make()
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def try_to_make(self):
        return self.run(sys.executable, "-c", MAKE, ROOT)

    def passwords(self):
        """Return {id: password} that root finds written down."""
        text = self.run("cat", "/var/lib/pgcourse/passwords.csv").stdout
        return {row["id"]: row["password"] for row in csv.DictReader(io.StringIO(text))}

    def hashes(self):
        """Return {account: what /etc/shadow has of its password}."""
        return dict(line.split(":")[:2] for line in self.run("cat", "/etc/shadow").stdout.splitlines())

    def may(self, account, command):
        """Say whether a command succeeds for an account."""
        return self.run("sh", "-c", command, account=account).returncode == 0


@pytest.fixture(scope="module")
def made():
    """A class, with the umask of a careful administrator."""
    with machine() as ours:
        the_class = Class(ours)
        ours.run("sh", "-c", "useradd --create-home prof && echo prof:old | chpasswd", check=True)
        assert the_class.make(CLASS) == ["ada,e.milie,grace", "", "/var/lib/pgcourse/passwords.csv", "True"]
        yield the_class


def test_each_has_an_account_with_a_password_that_only_root_has_read(made):
    assert made.run("getent", "passwd", "ada").stdout.split(":")[4:] == [
        *("Lovelace Ada Countess", "/home/ada", "/bin/bash\n")
    ]
    assert made.run("getent", "passwd", "e.milie").stdout.split(":")[4] == "Émilie du Châtelet"
    given = made.passwords()
    assert given.keys() == {member.id for member in CLASS}
    assert len(set(given.values())) == len(CLASS)
    assert made.run("stat", "--format=%a %U", "/var/lib/pgcourse/passwords.csv").stdout == "600 root\n"
    assert all(made.hashes()[name].startswith("$") for name in given)


def test_a_student_takes_another_password_and_keeps_it(made):
    before, typed = made.hashes()["ada"], (made.passwords()["ada"], "plum-tart-42", "plum-tart-42")
    done = made.run("passwd", account="ada", input="\n".join((*typed, "")))
    assert done.returncode == 0, done.stderr
    changed = made.hashes()["ada"]
    assert changed != before
    assert made.make(CLASS)[2] == "None"
    assert made.hashes()["ada"] == changed


def test_nobody_reads_what_is_another_ones(made):
    for account in ("ada", "grace"):
        assert not any(made.may(account, f"cat {path}") for path in SECRETS)
        assert not made.may(account, "ls /home/e.milie")
        assert not made.may(account, "ls /var/lib/pgcourse")


def test_only_instructors_enter_the_course_folder_and_share_its_files(made):
    assert not made.may("ada", "ls /srv/pgcourse/course")
    assert not made.may("ada", "cat /srv/pgcourse/course/nbgrader_config.py")
    assert made.may("grace", "umask 007 && cd /srv/pgcourse/course && echo >> nbgrader_config.py && mkdir x")
    found = made.run("sh", "-c", "cd /srv/pgcourse && find course -printf '%U %g %m %y\n' | sort -u").stdout
    grace = made.run("id", "-u", "grace").stdout.strip()
    assert set(found.splitlines()) == {
        "0 pgcourse-instructors 2770 d",
        "0 pgcourse-instructors 660 f",
        f"{grace} pgcourse-instructors 2770 d",
    }
    assert made.may("grace", "rmdir /srv/pgcourse/course/x")
    assert made.may("grace", "test -w /srv/pgcourse/course/gradebook.db")  # SQLite would make it its maker's


def test_the_exchange_takes_hand_ins_and_lists_none(made):
    inbound = "/srv/pgcourse/exchange/pgcourse/inbound"
    assert made.may("ada", f"mkdir {inbound}/ada+ps1+now")
    assert not made.may("e.milie", f"ls {inbound}")
    assert made.run("ls", inbound, account="grace").stdout == "ada+ps1+now\n"
    assert not made.may("ada", "touch /srv/pgcourse/exchange/pgcourse/outbound/x")
    assert not made.may("ada", "mv /srv/pgcourse/exchange/pgcourse /srv/pgcourse/exchange/x")
    assert made.may("grace", "touch /srv/pgcourse/exchange/pgcourse/outbound/x")


def test_once_more_changes_nothing_and_one_more_person_is_added(made):
    assert made.may("ada", "echo mine > ~/work && chmod 755 ~")
    assert made.may("grace", "echo hers > /srv/pgcourse/course/solutions/x")
    files = ("/etc/passwd", "/etc/shadow", "/etc/group", "/var/lib/pgcourse/passwords.csv", "/srv/pgcourse/course")
    before = made.run("stat", "--format=%n %Y %Z %i", *files).stdout
    assert made.make(CLASS) == ["", "", "None", "False"]
    assert made.run("stat", "--format=%n %Y %Z %i", *files).stdout == before
    hashes, given = made.hashes(), made.passwords()
    later = [*CLASS, Member("Alan Turing", "alan", "", "student"), Member("A professor", "prof", "", "instructor")]
    assert made.make(later) == ["alan", "", "/var/lib/pgcourse/passwords.csv", "False"]
    assert {name: made.hashes()[name] for name in hashes} == hashes  # the professor's own password too
    assert {name: made.passwords()[name] for name in given} == given
    assert made.passwords().keys() - given.keys() == {"alan"}
    assert made.run("cat", "/home/ada/work", "/srv/pgcourse/course/solutions/x").stdout == "mine\nhers\n"
    assert made.may("prof", "ls /srv/pgcourse/course")


def test_who_is_no_instructor_any_more_is_kept_out(made):
    demoted = [*CLASS[:2], Member("Grace Hopper", "grace", "", "student"), Member("P", "prof", "", "instructor")]
    assert made.make(demoted)[1] == "grace"
    assert not made.may("grace", "ls /srv/pgcourse/course")
    assert made.make([*CLASS])[1] == "prof"
    assert made.may("grace", "ls /srv/pgcourse/course")


def test_what_was_interrupted_is_ended(made):
    """After the account, before its home and its password."""
    cleo = Member("Cleo", "cleo", "", "student")
    made.run("useradd", "--no-create-home", "cleo", check=True)
    assert made.make([*CLASS, cleo])[0] == ""
    assert made.run("stat", "--format=%a %U", "/home/cleo").stdout == "700 cleo\n"
    assert made.passwords()["cleo"]
    assert made.hashes()["cleo"].startswith("$")


def test_an_account_that_was_locked_stays_locked(made):
    made.run("usermod", "--lock", "ada", check=True)
    locked = made.hashes()["ada"]
    assert made.make(CLASS)[2] == "None"
    assert made.hashes()["ada"] == locked


def test_a_home_from_before_is_taken_by_its_owner_and_nobody_elses(made):
    made.run("sh", "-c", "mkdir /home/dan /home/eve && echo kept > /home/dan/work", check=True)
    made.run("sh", "-c", "chown -R 4711 /home/dan && chown -R ada /home/eve", check=True)
    dan = Member("Dan", "dan", "", "student")
    assert made.make([*CLASS, dan])[0] == "dan"
    assert made.run("cat", "/home/dan/work", account="dan").stdout == "kept\n"
    roster.write(made.machine.path("/root/roster.csv"), [*CLASS, dan, Member("Eve", "eve", "", "student")])
    said = made.try_to_make().stderr.splitlines()[-1]
    sentence = "/home/eve is there already and belongs to somebody else: move it away, or give Eve another id."
    assert said == f"ValueError: {sentence}"
    assert made.run("id", "eve").returncode == 1


def test_what_the_system_refuses_is_one_sentence(made):
    made.run("groupadd", "fay", check=True)
    text = made.run("cat", "/root/roster.csv").stdout
    made.machine.path("/root/roster.csv").write_text(text.replace(",eve,", ",fay,"))
    assert "has the id fay, which an account or a group of the system has" in made.try_to_make().stderr
