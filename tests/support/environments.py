"""Environments for tests that need one of their own, without installing everything once more."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.utils import canonicalize_name

import start


def begin_set_up(folder, names):
    """Make the `.venv` of a course as a set-up that was cut off leaves it: some packages are there, and it goes on.

    Their files are links to those of the environment that runs the tests, so nothing may write into one; pip and
    `start.py` do not, since they remove a file and make another. A package of another version than is pinned is
    replaced by the set-up.

    folder  of the course, which has a `start.py`
    names   canonical names of the packages
    """
    venv = folder / start.VENV.relative_to(start.ROOT)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    for distribution in distributions():
        if canonicalize_name(distribution.name) in names:
            for file in distribution.files:
                source = Path(os.path.abspath(distribution.locate_file(file)))
                target = venv / os.path.relpath(source, sys.prefix)
                # a package that another one has brought along lists its files, too
                if source.is_relative_to(sys.prefix) and source.exists() and not target.exists():
                    link(source, target)
    place = "Python {}.{} with pip in {}".format(*sys.version_info[:2], folder)
    (venv / start.STAMP.name).write_text(place, encoding="utf-8")


def link(source, target):
    """Give a file a second name or, on another disk, copy it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
