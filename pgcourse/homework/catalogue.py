"""Where the catalogues of graded tasks are, `solutions/psN_name.py`, and how they are read.

They hold reference solutions and hidden inputs, so they are no part of the package, which anybody may install. They are
loaded by path, and no bytecode is written: nbgrader would take a `__pycache__` in `solutions/` for an assignment.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from pgcourse.grading.checks.protocol import PRIVATE_FILES
from pgcourse.grading.coursefolder import course_folder

PATTERN = "ps*.py"


class NoCatalogue(ValueError):
    """Raised where the solutions are not at hand, as in a student's copy of the course."""


def folder() -> Path:
    """Find the folder of the catalogues.

    Returns
    -------
    Path
        Where grading has put private copies for its checks, else `solutions/` of the course folder that this process
        is in.

    Raises
    ------
    NoCatalogue
        Outside of a course folder.
    """
    if os.environ.get(PRIVATE_FILES):
        return Path(os.environ[PRIVATE_FILES])
    try:
        return course_folder() / "solutions"
    except (ValueError, OSError) as error:  # the current folder may have been deleted
        raise NoCatalogue(str(error)) from None


def problem_sets(place: Path | None = None) -> list[str]:
    """List the problem sets that have a catalogue which can be read.

    Parameters
    ----------
    place
        Folder of the catalogues; by default the one that `folder` finds.

    Returns
    -------
    list of str
        Names such as "ps5_reward_to_go", sorted; at least one.

    Raises
    ------
    NoCatalogue
        Where there is none.
    """
    place, names = place or folder(), []
    with suppress(PermissionError):  # a student may be in a course's folder whose solutions are not for all
        names = sorted(path.stem for path in place.glob(PATTERN) if os.access(path, os.R_OK))
    if not names:
        raise NoCatalogue(f"{place} holds no {PATTERN}: only an instructor's copy of the course has the solutions.")
    return names


def load(problem_set: str, place: Path | None = None) -> ModuleType:
    """Load the catalogue of a problem set, once per process.

    Parameters
    ----------
    problem_set
        Name, such as "ps5_reward_to_go".
    place
        As for `problem_sets`.

    Returns
    -------
    module
        Its `TASKS` is the list of `Task`.

    Raises
    ------
    NoCatalogue
        Where there is none of this name.
    """
    place = place or folder()
    names = problem_sets(place)
    if problem_set not in names:
        raise NoCatalogue(f"{place} holds no {problem_set}.py: it holds those of {', '.join(names)}.")
    return _module(place.resolve() / f"{problem_set}.py")


@cache
def _module(path: Path) -> ModuleType:
    loader = _NothingWritten(path.stem, str(path))
    spec = spec_from_file_location(path.stem, path, loader=loader)
    assert spec is not None  # a loader makes one
    module = sys.modules[path.stem] = module_from_spec(spec)  # where `inspect` and `dataclasses` look for it
    loader.exec_module(module)
    return module


class _NothingWritten(SourceFileLoader):
    """Loads a module by its path, and keeps no bytecode."""

    def set_data(self, *_: Any, **__: Any) -> None:
        """Write nothing."""
