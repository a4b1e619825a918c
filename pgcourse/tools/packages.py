"""Whether the course's packages are installed and whole, and are what Python finds by name; imports none of them."""

import base64
import csv
import hashlib
import importlib.util
import operator
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

PURPOSES = {  # of each extra that users may want; an extra counts as installed if its first package is
    "lab": "`pgcourse lab`",
    "slides": "`pgcourse lab --present`",
    "grading": "grading",
    "cluster": "grading on several machines",
    "postgres": "a gradebook in PostgreSQL",
    "hub": "`pgcourse hub`",
    "book": "`pgcourse book`",
}
EXTRAS_OF_START = ("lab", "grading", "slides")  # that start.py brings, by requirements.txt
MORE_OF_START = ("hub",)  # that it brings when it is told to
OPERATORS = {">=": operator.ge, "<": operator.lt}  # those in pyproject.toml


class Requirement(NamedTuple):
    """What pyproject.toml asks of one package."""

    text: str
    """as pip understands it, such as "psycopg[binary]>=3.2,<4\""""
    name: str
    range: str
    """of versions, such as ">=3.2,<4\""""
    extra: str
    """of which extra it is; an empty string for what everybody needs"""

    def holds(self, version: str) -> bool:
        """Say whether a version is in the range."""
        parts = re.findall(r"([<>=!~]+)([\w.]+)", self.range)
        return all(OPERATORS[sign](_release(version), _release(bound)) for sign, bound in parts)

    def argument(self) -> str:
        """Return the argument with which pip installs it: an extra comes as a whole."""
        return f'"pgcourse[{self.extra}]"' if self.extra else f'"{self.text}"'

    def is_installed(self) -> bool:
        """Say whether any version of the package is there."""
        return _found(self.name) is not None


def requirements() -> list[Requirement]:
    """Return the Requirements of the installed course, in the order of pyproject.toml."""
    pattern = r"""(([\w.-]+)(?:\[.*?\])?\s*([^;\s]*))\s*(?:;\s*extra == ["'](.*)["'])?"""
    lines = distribution("pgcourse").requires or []
    return [Requirement(*(part.strip() for part in re.findall(f"^{pattern}$", line)[0])) for line in lines]


def missing_extras() -> dict[str, list[Requirement]]:
    """Return {extra: its Requirements} of those that users may want and of which the first is not installed."""
    extras: dict[str, list[Requirement]] = {}
    for requirement in requirements():
        extras.setdefault(requirement.extra, []).append(requirement)
    return {extra: extras[extra] for extra in PURPOSES if extra in extras and not extras[extra][0].is_installed()}


def check(*needed: str) -> Iterator[tuple[str, str | None]]:
    """Check what the course needs, and all that that needs; an extra of which the first package is missing is left out.

    Parameters
    ----------
    *needed : str
        Extras that must be there all the same.

    Yields
    ------
    (str, None) or (str, str)
        A package's name; what is wrong with it, and what to do.
    """
    try:
        wanted = requirements()
    except PackageNotFoundError:
        course = shlex.quote(str(Path(__file__).resolve().parents[2]))
        yield "pgcourse", f"not installed; {remedy(f'--editable {course}')}"
        return
    brought = EXTRAS_OF_START if _course_of_start() else ()
    extras = {"", *needed, *brought} | (PURPOSES.keys() - missing_extras().keys())
    wanted = [requirement for requirement in wanted if requirement.extra in extras]
    seen = {_normal(requirement.name) for requirement in wanted}
    for requirement in wanted:
        yield from _check(requirement, seen)


def faults(*needed: str) -> list[str]:
    """Return what `check` finds wrong, one sentence each."""
    return [f"{name}: {fault}" for name, fault in check(*needed) if fault]


def remedy(arguments: str, extra: str = "") -> str:
    """Say how to repair this environment: with the program that made it, or with pip.

    Parameters
    ----------
    arguments : str
        Of ``pip install``.
    extra : str
        The extra that is missing, if one is.
    """
    if course := _course_of_start():
        start = "start.py" if course == Path.cwd() else shlex.quote(str(course / "start.py"))
        return f"run `python3 {start} setup{f' {extra}' if extra in MORE_OF_START else ''}`"
    return f"run `{pip()} install {arguments}`"


def _course_of_start() -> Path | None:
    """Return the folder of the course whose start.py has made this environment; None for another one."""
    course = Path(sys.prefix).parent
    return course if (Path(sys.prefix) / "set-up.txt").is_file() and (course / "start.py").is_file() else None


def pip() -> str:
    """Return the words that call the pip of this environment."""
    found = shutil.which("pip")
    is_own = found and Path(found).parent.resolve() == Path(sys.executable).parent.resolve()
    return "pip" if is_own else f"{shlex.quote(sys.executable)} -m pip"


def damage(dist: Distribution, thorough: bool = False) -> str:
    """Return the name of a file of a package that is missing or, `thorough`, not as it was installed; "" for none."""
    for name, digest, *_ in _rows(dist) or [["RECORD", "unknown" * thorough]]:  # conda leaves the list out
        path = _place(dist, name)
        if digest and not (_sha256(path) == digest if thorough else os.path.exists(path)):
            return name
    return ""


def _rows(dist: Distribution) -> list[list[str]]:
    """Return the list of a package's files: rows of name, SHA-256 or "", size."""
    return [row for row in csv.reader((dist.read_text("RECORD") or "").splitlines()) if row]


def _place(dist: Distribution, name: str) -> Path:
    """Return the path of a package's file."""
    return Path(str(dist.locate_file(name)))


def _sha256(path: Path) -> str | None:
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return None
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _check(requirement: Requirement, seen: set[str]) -> Iterator[tuple[str, str | None]]:
    """Check one package that pyproject.toml names, then what it needs itself, of which only faults are worth a line."""
    found = _found(requirement.name)
    if found is None:
        yield requirement.name, f"not installed; {remedy(requirement.argument())}"
    elif not requirement.holds(found.version):
        way_out = _way_out(_place(found, "")) or remedy(requirement.argument())
        yield f"{requirement.name} {found.version}", f"the course needs {requirement.range}; {way_out}"
    else:
        yield f"{requirement.name} {found.version}", _fault(found)
        yield from _check_below(found, seen)


def _check_below(dist: Distribution, seen: set[str]) -> Iterator[tuple[str, str | None]]:
    for line in dist.requires or []:
        if ";" in line:  # it depends on the system, or is optional
            continue
        name = re.findall(r"[\w.-]+", line)[0]
        if _normal(name) in seen:
            continue
        seen.add(_normal(name))
        found = _found(name)
        fault = _fault(found) if found else f"not installed, but {dist.name} needs it; {remedy(name)}"
        if fault:
            yield name, fault
        if found:
            yield from _check_below(found, seen)


def _found(name: str) -> Distribution | None:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return None
    return found if found.version else None  # an empty folder is left where a removal went wrong


def _fault(dist: Distribution) -> str | None:
    """Say what is wrong with an installed package: a file is missing, or Python finds another module of its name."""
    if name := damage(dist):
        return f"its file {name} is missing; {remedy(f'--force-reinstall --no-deps {dist.name}=={dist.version}')}"
    for name in sorted({name for name, *_ in _rows(dist) if re.fullmatch(r"\w+(/__init__)?\.py", name)}):
        module = name.removesuffix(".py").removesuffix("/__init__")
        spec = importlib.util.find_spec(module)
        if spec and spec.origin and spec.has_location and not os.path.samefile(spec.origin, _place(dist, name)):
            return f"Python finds {spec.origin} in its place; {_way_out(Path(spec.origin)) or 'rename or remove that'}"
    return None


def _way_out(path: Path) -> str:
    """Say what to do about something in a folder of PYTHONPATH; "" for anything else."""
    folders = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    if any(path.resolve().is_relative_to(Path(folder).resolve()) for folder in folders):
        return "PYTHONPATH names its folder: run `unset PYTHONPATH`"
    return ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _release(version: str) -> list[int]:
    """Return the numbers of a version, without zeros at the end."""
    numbers = [int(number) for number in re.findall(r"[\d.]*\d", version)[0].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers
