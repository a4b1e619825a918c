"""Where the parts of a class lie on the machine."""

import dataclasses
from pathlib import Path
from typing import Self


@dataclasses.dataclass(frozen=True)
class Places:
    """The folders of a class; without arguments, those of a real installation.

    Attributes
    ----------
    environment
        The Python environment that all share: root's, read-only for others, without solutions.
    state
        The hub's database, its secrets and what it writes: for root alone.
    settings
        The hub's settings and, below `jupyter`, those of Jupyter and nbgrader by role.
    course
        The course folder with the solutions and the gradebook: for instructors alone.
    exchange
        nbgrader's exchange.
    homes
        Where the users' home folders are.
    """

    environment: Path = Path("/opt/pgcourse")
    state: Path = Path("/var/lib/pgcourse")
    settings: Path = Path("/etc/pgcourse")
    course: Path = Path("/srv/pgcourse/course")
    exchange: Path = Path("/srv/pgcourse/exchange")
    homes: Path = Path("/home")

    @classmethod
    def below(cls, folder: Path) -> Self:
        """Return the folders of a class that lies in one folder."""
        return cls(**{field.name: folder / field.name for field in dataclasses.fields(cls)})

    @property
    def python(self) -> Path:
        """The Python of the environment."""
        return self.environment / "bin" / "python"

    @property
    def lectures(self) -> Path:
        """The lectures as they are handed out."""
        return self.environment / "share" / "pgcourse" / "lectures"

    def jupyter(self, role: str) -> Path:
        """Return the folder of settings for "student" or "instructor", for `JUPYTER_CONFIG_PATH`."""
        return self.settings / "jupyter" / role
