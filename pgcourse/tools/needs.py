"""Programs other than Python that parts of the course need, and how to install them.

One table for the tests (which to skip), for `pgcourse doctor`, and for `start.py`, which runs
`python -m pgcourse.tools.needs tests` to learn which Debian or Ubuntu packages are missing; with `hub`, those that only
tests need are left out.
"""

import dataclasses
import functools
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TURKISH = Path("/usr/share/i18n/locales/tr_TR")  # what a Turkish locale is made of
CHROMIUM_ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@dataclasses.dataclass(frozen=True)
class Need:
    """A program that some tests need.

    Attributes
    ----------
    what : str
        Its name, for a reader.
    present : callable
        Returns whether it works here.
    packages : callable
        Returns the names of the distribution's packages that contain it.
    users : str
        What needs it, besides tests.
    fault : callable
        Returns one sentence that says why it does not work and what to do, if more is known than `command`; else "".
    """

    what: str
    present: Callable[[], bool]
    packages: Callable[[], list[str]]
    users: str = ""
    fault: Callable[[], str] = lambda: ""

    def command(self) -> str:
        """Return the command that installs the program."""
        if shutil.which("apt-get"):
            return "sudo apt-get install " + " ".join(self.packages())
        return f"install {self.what} by hand, in a folder that PATH names"


@functools.cache
def find_chromium(temporary: str | None = None) -> str | None:
    """Return the path of a Chromium or Chrome that starts here, or None.

    Parameters
    ----------
    temporary : str, optional
        Its folder for temporary files, where it makes a socket; without it, that of this process.

    Notes
    -----
    That the program exists is not enough: Ubuntu's package only refers to a snap, which does not run in a container.
    """
    paths = filter(None, map(shutil.which, CHROMIUM_NAMES))
    return next((path for path in paths if _starts(path, temporary)), None)


def _starts(path: str, temporary: str | None) -> bool:
    command = [path, *CHROMIUM_ARGUMENTS, "--dump-dom", "about:blank"]
    settings = os.environ | ({"TMPDIR": temporary} if temporary else {})
    try:
        done = subprocess.run(command, capture_output=True, timeout=300, env=settings)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"<html>" in done.stdout


def chromium_fault() -> str:
    """Return why a Chromium that would start elsewhere does not start here, and what to do; "" if it is missing."""
    folder = tempfile.gettempdir()
    if folder == "/tmp" or find_chromium() or not find_chromium("/tmp"):
        return ""
    return f"it does not start with its temporary files in {folder}: set TMPDIR to another folder, such as /tmp"


def _chromium_packages() -> list[str]:
    return ["chromium-browser" if _distribution() == "ubuntu" else "chromium"]


@functools.cache
def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's server programs, which Debian does not put on PATH, or None."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += Path("/usr/lib/postgresql").glob("*/bin")
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


def shifts_clocks() -> bool:
    """Say whether `faketime` starts programs on another day here, and `localedef` can make another country's locale."""
    if not (shutil.which("faketime") and shutil.which("localedef") and TURKISH.exists()):
        return False
    code = "import time; print(time.localtime()[:3])"
    done = subprocess.run(["faketime", "2028-02-29 12:00", sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout == "(2028, 2, 29)\n"


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["ID"]
    except OSError:
        return ""


def has_proxy() -> bool:
    """Say whether JupyterHub's proxy is installed; `pgcourse hub --check` says whether it runs."""
    return shutil.which("configurable-http-proxy") is not None


@functools.cache
def sandbox_fault(part: str = "bubblewrap") -> str:
    """Try a part of the sandbox as the grader does, and return why it does not work here, or "".

    It is tried in a process of its own, since `pgcourse doctor` asks too and must not import what may be broken. For
    "bubblewrap" it is the sentence with which grading would be refused.
    """
    program = f"from pgcourse.grading.sandbox import {part}; print({part}.unavailable_reason())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else f"it cannot be tried ({last_line(done.stderr)})"


def last_line(text: str) -> str:
    """Return the last line that a failed program wrote: in Python's messages, the reason."""
    return (text.strip().splitlines() or ["no reason given"])[-1]


# The keys are the names of the pytest markers.
NEEDS = {
    "browser": Need("Chromium", lambda: find_chromium() is not None, _chromium_packages, fault=chromium_fault),
    "postgres": Need("PostgreSQL", lambda: find_postgres() is not None, lambda: ["postgresql"]),
    "calendar": Need("faketime with the sources of locales", shifts_clocks, lambda: ["faketime", "locales"]),
    "hub": Need("configurable-http-proxy", has_proxy, lambda: ["node-configurable-http-proxy"], users="`pgcourse hub`"),
    "sandbox": Need(
        "bubblewrap", lambda: not sandbox_fault(), lambda: ["bubblewrap"], users="safe grading", fault=sandbox_fault
    ),
}

if __name__ == "__main__":
    for need in NEEDS.values():
        if (need.users or sys.argv[1:] != ["hub"]) and not need.present():
            print(*need.packages(), sep="\n")
