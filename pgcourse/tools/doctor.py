"""`pgcourse doctor`: check the installation, one line per check, and say what to do.

It imports only the standard library: what it looks at may be missing, broken or not what it seems.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata

from pgcourse.tools import packages
from pgcourse.tools.lab import course_root
from pgcourse.tools.needs import NEEDS, last_line, sandbox_fault

NO_GROUPS = (
    "no control groups ({}): a submission's memory is limited for each process, and for all of them by looking a few "
    "times a second; on Linux with systemd, grade in `systemd-run --user --scope -p Delegate=yes`"
)

NO_LANDLOCK = (
    "no Landlock ({}): a submission is read within the same limits, but the process that reads it could read "
    "your files if a notebook took it over"
)
NO_FILTER = (
    "no filter of system calls ({}): a submission is read within the same limits, but the process that reads it "
    "could do what you can if a notebook took it over"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse doctor`: it has none."""


def main(args: argparse.Namespace) -> int:
    """Run every check; return 1 if anything is wrong that the course needs, else 0."""
    if not say(_findings()):
        return 1
    for note in _notes():
        print(note, flush=True)
    return 0


def say(findings: Iterator[tuple[str, str | None]]) -> bool:
    """Print what was checked, a line each, as (name, None or what is wrong); return whether all is well."""
    healthy = True
    for name, fault in findings:
        print(f"ok     {name}" if fault is None else f"WRONG  {name}: {fault}", flush=True)
        healthy = healthy and fault is None
    return healthy


def _findings() -> Iterator[tuple[str, str | None]]:
    """Yield pairs: what was checked, and None or what is wrong and what to do."""
    yield from _python()
    faults = 0
    for name, fault in packages.check():
        faults += fault is not None
        yield name, fault
    if not faults and "lab" not in packages.missing_extras():  # else it could only fail for the same reason
        yield from _examined()
    yield from _course_folder()


def _notes() -> Iterator[str]:
    """Yield lines on what only some need."""
    if course_root() is None:
        yield "note   no course here: run this in its folder to have that examined too"
    for extra, (first, *_) in packages.missing_extras().items():
        by_pip = f"run `{packages.pip()} install {first.argument()}`"
        remedy = packages.remedy(first.argument(), extra) if extra in packages.MORE_OF_START else by_pip
        yield f"note   no {first.name}, which {packages.PURPOSES[extra]} needs: {remedy}"
    for need in NEEDS.values():
        present = need.present()
        users = f"{need.users} needs" if need.users else "only tests need"
        remedy = "" if present else need.fault() or need.command()
        yield f"ok     {need.what}" if present else f"note   no {need.what} that works, which {users}: {remedy}"
    if "sandbox" in NEEDS and sys.platform == "linux":
        yield from _walls()


def _walls() -> Iterator[str]:
    """Yield lines on what keeps a submission within its limits besides the sandbox."""
    for name, part, missing in (
        ("control groups", "cgroups", NO_GROUPS),
        ("Landlock", "landlock", NO_LANDLOCK),
        ("a filter of system calls", "seccomp", NO_FILTER),
    ):
        fault = sandbox_fault(part)
        yield f"note   {missing.format(fault)}" if fault else f"ok     {name}"


def _python() -> Iterator[tuple[str, str | None]]:
    try:
        wanted = metadata("pgcourse")["Requires-Python"]
    except PackageNotFoundError:  # which the check of packages says
        return
    found = platform.python_version()
    fits = packages.Requirement("", "python", wanted, "").holds(found)
    yield f"Python {found}", None if fits else f"the course needs {wanted}; install one and run start.py with it"


def _examined() -> Iterator[tuple[str, str | None]]:
    """Yield what a process of its own finds by importing the packages; where it dies, its last words."""
    done = subprocess.run([sys.executable, "-m", "pgcourse.tools.examine"], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        name, fault = json.loads(line)
        yield name, fault
    if done.returncode != 0:
        everything = [wanted.argument() for wanted in packages.requirements() if not wanted.extra]
        remedy = packages.remedy(f"--force-reinstall {' '.join(everything)}")
        yield "importing the packages", f"{last_line(done.stderr)}; {remedy}"


def _course_folder() -> Iterator[tuple[str, str | None]]:
    root = course_root()
    if root is None:  # this package is installed somewhere else, which is no fault
        return
    name = f"course folder {root}"
    try:
        with tempfile.TemporaryFile(dir=root):
            yield name, None
    except OSError as error:
        yield name, f"cannot be written to ({error.strerror}); copy the course to a folder of your own"
