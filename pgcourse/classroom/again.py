"""The command that makes a class, or brings it up to date, as somebody who may become root types it."""

import shlex
import sys
from pathlib import Path


def again(*arguments: str) -> str:
    """Return the command that makes the class or updates it, as root types it."""
    program = Path(sys.executable).parent / "pgcourse"
    near = program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program
    return shlex.join(["sudo", str(near), "hub", *arguments])
