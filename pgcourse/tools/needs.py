"""Programs from outside Python that some tests need, and how a machine gets them.

One table, used by the tests (what to skip), by `pgcourse doctor` and by `start.py`, which runs
`python -m pgcourse.tools.needs` to learn which Debian or Ubuntu packages are missing.
"""

import dataclasses
import functools
import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@dataclasses.dataclass(frozen=True)
class Need:
    """A program that some tests need.

    what      its name for a reader
    present   () -> bool, whether it works here
    packages  () -> list of the distribution's packages that bring it
    users     what needs it, besides tests
    fault     () -> str, a sentence on what keeps it from working and what to do, where more is known than its command
    """

    what: str
    present: Callable
    packages: Callable
    users: str = ""
    fault: Callable = lambda: ""

    def command(self):
        """Give the one command that brings the program."""
        if shutil.which("apt-get"):
            return "sudo apt-get install " + " ".join(self.packages())
        return f"install {self.what} by hand, so that it can be found on PATH"


@functools.cache
def find_chromium():
    """Find a Chromium or Chrome that really starts; its path, or None.

    Starting it matters: Ubuntu's package is only a signpost to a snap, which does not run in a container.
    """
    paths = filter(None, map(shutil.which, CHROMIUM_NAMES))
    return next((path for path in paths if _starts(path)), None)


def _starts(path):
    command = [path, *CHROMIUM_ARGUMENTS, "--dump-dom", "about:blank"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"<html>" in done.stdout


def _chromium_packages():
    return ["chromium-browser" if _distribution() == "ubuntu" else "chromium"]


@functools.cache
def find_postgres():
    """Find the folder of PostgreSQL's server programs, which Debian does not put on PATH; its path, or None."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += Path("/usr/lib/postgresql").glob("*/bin")
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


def _distribution():
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return ""


@functools.cache
def sandbox_fault():
    """Make a sandbox as a grader does; return what grading would refuse with, or "".

    In a process of its own, since `pgcourse doctor` asks too and must not import what may be broken.
    """
    program = "from pgcourse.grading.sandbox import bubblewrap; print(bubblewrap.unavailable_reason())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else f"it cannot be tried ({last_line(done.stderr)})"


def last_line(text):
    """Return the last line of what a failed program wrote: in Python's messages, the reason."""
    return (text.strip().splitlines() or ["no reason given"])[-1]


# The keys are the names of the pytest markers.
NEEDS = {
    "browser": Need("Chromium", lambda: find_chromium() is not None, _chromium_packages),
    "postgres": Need("PostgreSQL", lambda: find_postgres() is not None, lambda: ["postgresql"]),
}
if importlib.util.find_spec("pgcourse.grading"):  # not in the students' copy
    NEEDS["sandbox"] = Need(
        "bubblewrap", lambda: not sandbox_fault(), lambda: ["bubblewrap"], users="safe grading", fault=sandbox_fault
    )

if __name__ == "__main__":
    for need in NEEDS.values():
        if not need.present():
            print(*need.packages(), sep="\n")
