"""The folders of a class: the environment that all share, the course folder, the exchange, and the hub's own."""

import contextlib
import grp
import hashlib
import importlib.util
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from pgcourse.classroom.accounts import INSTRUCTORS
from pgcourse.classroom.places import Places
from pgcourse.classroom.settings import COURSE_ID
from pgcourse.tools.release import package_files, refuse_unfit, release
from pgcourse.tools.setting_up import damaged

PINNED = ("requirements.txt", "pgcourse/classroom/requirements.txt")
COURSE = ("nbgrader_config.py", "solutions", "assignments")  # what nbgrader needs of a course
DEBRIS = ("__pycache__", ".ipynb_checkpoints")
STAMP = "installed.txt"  # in the environment: what was installed; without it the installation was never finished
EXCHANGE = {"": 0o2775, "inbound": 0o2773, "outbound": 0o2775, "feedback": 0o2771}  # as nbgrader makes them


def full_copy() -> Path:
    """Find the nearest full copy of the course, from here upwards, else that of this package.

    Raises
    ------
    ValueError
        A sentence, if there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if all((folder / name).exists() for name in ("start.py", *COURSE)):
            return folder
    raise ValueError(f"{here} is in no full copy of the course: go to the folder that has start.py and solutions/.")


def answers_fault(course: Path) -> str | None:
    """Say so if every account of the machine reaches the answers in a full copy of the course; else return None.

    The history of a repository has them too.
    """
    folders = [path for path in (course / "solutions", course / ".git") if path.is_dir()]
    reached = [
        str(path) for path in folders if all(p.stat().st_mode & stat.S_IXOTH for p in (path, *path.resolve().parents))
    ]
    if not reached:
        return None
    command = shlex.join(["sudo", "chmod", "700", *reached])
    return f"every account can read the answers in {' and '.join(reached)}; run `{command}`"


def rights(places: Places) -> dict[Path, tuple[int, str]]:
    """Return {folder: (mode, group)} for the folders that a class must have; root owns them all."""
    parts = {places.exchange / COURSE_ID / name: (mode, INSTRUCTORS) for name, mode in EXCHANGE.items()}
    return {
        places.state: (0o700, "root"),
        places.settings: (0o755, "root"),
        places.exchange: (0o1777, "root"),  # nbgrader asks for a folder that all may write to
        **parts,
        places.course: (0o2770, INSTRUCTORS),
    }


def folders(places: Places) -> None:
    """Make the folders of the hub and the exchange, and give each its owner and its rights."""
    for path in (places.homes, places.course.parent, places.exchange.parent):
        path.mkdir(parents=True, exist_ok=True)
    for path, (mode, group) in rights(places).items():
        if path != places.course or path.exists():  # which `course_folder` makes whole
            _make(path, mode, group)


def _make(path: Path, mode: int, group: str) -> None:
    """Make a folder of root's with these rights, or give them to the one that is there."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if rights_of(path) != (0, mode, group):
        shutil.chown(path, "root", group)
        path.chmod(mode)


def rights_of(path: Path) -> tuple[int, int, str]:
    """Return the number of a folder's owner, its mode, and its group."""
    found = path.stat()
    try:
        group = grp.getgrgid(found.st_gid).gr_name
    except KeyError:
        group = str(found.st_gid)
    return found.st_uid, stat.S_IMODE(found.st_mode), group


def course_folder(course: Path, places: Places) -> bool:
    """Make the course folder from a full copy of the course, for instructors alone.

    One that is there is left as it is, since instructors have worked in it.

    Returns
    -------
    bool
        Whether it is new.
    """
    if places.course.exists():
        return False
    with whole_folder(places.course) as copy:
        copy_course(course, copy)
        (copy / "gradebook.db").touch()  # SQLite would make one that only its first user may write to
        for path in (copy, *copy.rglob("*")):
            shutil.chown(path, "root", INSTRUCTORS)
            path.chmod(0o2770 if path.is_dir() else 0o660)
    return True


def copy_course(course: Path, folder: Path) -> None:
    """Copy what nbgrader needs of a course into a folder."""
    for name in COURSE:
        source = course / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns(*DEBRIS))
        else:
            shutil.copyfile(source, folder / name)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a new private folder beside `path`, which gets that name once all has gone well, else is removed.

    Parameters
    ----------
    path
        Where nothing is yet.

    Yields
    ------
    Path
        The folder.
    """
    copy = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield copy
        copy.rename(path)
    except BaseException:
        shutil.rmtree(copy, ignore_errors=True)
        raise


def environment(course: Path, places: Places) -> bool:
    """Make the environment that all share, or make it what the copy of the course is now; repair what is damaged.

    It has the pinned packages and pgcourse as a plain package, made from what `pgcourse release` would give to
    students. It is root's; everybody reads it.

    Parameters
    ----------
    course
        A full copy of the course.

    Returns
    -------
    bool
        Whether there was anything to do.

    Raises
    ------
    ValueError
        A sentence, for a course that is not fit to hand out, a Python that others cannot run, and what pip lacks.
    """
    python = shared_python()
    wanted = _wanted(course, python)
    broken = damaged(_installed(places))
    if _stamp(places) == wanted and not broken:
        return False
    start = _start(course)
    (places.environment / STAMP).unlink(missing_ok=True)
    for folder in broken:
        shutil.rmtree(folder)  # so that pip takes it for not installed
    try:
        with tempfile.TemporaryDirectory() as temporary:
            students = Path(temporary) / "course"
            release(course, students)
            start.run("Making the environment", [str(python), "-m", "venv", "--without-pip", str(places.environment)])
            start.bring(places.python, PINNED, ["--force-reinstall", str(students)])
            _hand_out(students / "lectures", places.lectures)
    except start.Problem as problem:
        raise ValueError(str(problem)) from None
    (places.environment / STAMP).write_text(wanted, encoding="utf-8")
    return True


def refuse(course: Path, places: Places) -> None:
    """Raise ValueError, a sentence, where `environment` would raise it later, after the accounts have been made."""
    python, found = shared_python(), _stamp(places)
    if not found or found != _wanted(course, python):
        refuse_unfit(course)


def is_whole(places: Places) -> bool:
    """Say whether the environment was finished, and all of its packages' files are as they were installed."""
    return bool(_stamp(places)) and not damaged(_installed(places))


def _stamp(places: Places) -> str:
    path = places.environment / STAMP
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _installed(places: Places) -> list[Path]:
    """Return the .dist-info folders of the packages in the environment."""
    return sorted(places.environment.glob("lib/python*/site-packages/*.dist-info"))


def _wanted(course: Path, python: Path) -> str:
    """Return the stamp of what would be installed: which Python, and the contents of what decides."""
    lectures = sorted(course.glob("lectures/[!.]*.ipynb"))
    decides = [course / "pyproject.toml", *(course / name for name in PINNED), *package_files(course), *lectures]
    digest = hashlib.sha256()
    for path in decides:
        digest.update(f"{path.relative_to(course)}\0".encode() + path.read_bytes() + b"\0")
    return f"{python}\n{digest.hexdigest()}\n"


def _start(course: Path) -> ModuleType:
    """Import the start.py of a copy of the course, which knows how to install."""
    spec = importlib.util.spec_from_file_location("start", course / "start.py")
    if spec is None or spec.loader is None or not (course / "start.py").is_file():
        raise ValueError(f"{course} has no start.py: go to a full copy of the course.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _hand_out(source: Path, target: Path) -> None:
    """Put the lectures where users' servers find them."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    with whole_folder(target) as copy:
        for path in source.glob("*.ipynb"):
            shutil.copyfile(path, copy / path.name)
        copy.chmod(0o755)


def shared_python() -> Path:
    """Find a Python that every account on the machine can run: this one, or else the system's.

    Raises
    ------
    ValueError
        A sentence, if there is none that is new enough.
    """
    own = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    for python in (own, Path("/usr/bin/python3")):
        if is_open_to_all(python) and (library := _library(python)) and is_open_to_all(library):
            return python
    raise ValueError(
        f"{own} lies in a folder that is not open to all accounts, and there is no /usr/bin/python3 of version 3.11 or "
        "newer: run `sudo apt-get install python3`."
    )


def _library(python: Path) -> Path | None:
    """Return the folder that a Python's library lies in; None if it is too old."""
    program = "import os, sys; print(os.path.dirname(os.__file__) if sys.version_info >= (3, 11) else '')"
    found = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True).stdout.strip()
    return Path(found) if found else None


def is_open_to_all(path: Path) -> bool:
    """Say whether every account may read a file or a folder, and enter all folders above it."""
    try:
        modes = [folder.stat().st_mode for folder in (path, *path.resolve().parents)]
    except OSError:
        return False
    return all(mode & stat.S_IXOTH for mode in modes) and bool(modes[0] & stat.S_IROTH)
