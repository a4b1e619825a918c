"""What `pgcourse visible` and `pgcourse matrix` have in common: they write a file of the course from its catalogues."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from pgcourse.grading.coursefolder import course_folder
from pgcourse.homework.catalogue import problem_sets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of such a verb."""
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the file would change")


def write(
    verb: str, name: Path, make: Callable[[Path], str], check: bool, same: Callable[[str, str], bool] = str.__eq__
) -> int:
    """Write the file unless it is up to date; say in one sentence what keeps it from being written.

    Parameters
    ----------
    verb
        What the user called, such as "visible".
    name
        Path of the file inside the course's folder; the folder that it lies in must be there.
    make
        Function of the folder of catalogues that returns the file's text.
    check
        Whether to change nothing.
    same
        Function of the file's present text and the new one that says whether they hold the same.

    Returns
    -------
    int
        Exit code: 1 where the file is out of date, with `check`, or cannot be written.
    """
    try:
        course = course_folder()
        file, sets = course / name, problem_sets(course / "solutions")
        if not file.parent.is_dir():
            raise ValueError(f"{course} has no folder {name.parent}: go to a full copy of the course.")
        text = make(course / "solutions")
        current = file.is_file() and same(file.read_text(encoding="utf-8"), text)
        if check:
            return int(not current)
        if current:
            print(f"{name.as_posix()} is up to date")
        else:
            _replace(file, text)
            print(f"wrote {name.as_posix()} for {', '.join(sets)}")
        return 0
    except ValueError as error:
        sentence = str(error)
    except OSError as error:
        sentence = f"{file} cannot be written ({error.strerror})."
    print(f"pgcourse {verb}: {sentence}", file=sys.stderr)
    return 1


def _replace(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
