"""What the hub starts for a user, as that user: hand out the lectures, then become the user's JupyterLab.

Environment variables of the hub say who that is: see `hub`. Nothing that goes wrong here keeps a user out.
"""

import contextlib
import hashlib
import itertools
import json
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from pgcourse.classroom.whole import put
from pgcourse.grading.tempfolders import SOCKET_PATH

RECORD = ".handed_out.json"


def main() -> None:
    """Prepare the user's folder, and become the server; the arguments are those of `jupyterhub-singleuser`."""
    for sentence in prepare(os.environ["PGCOURSE_LECTURES"], os.environ["PGCOURSE_COURSE"]):
        print(f"pgcourse hub: {sentence}", file=sys.stderr, flush=True)
    # -P: a notebook's neighbour that is named like a module must not keep the server from starting
    command = [sys.executable, "-P", "-m", "jupyterhub.singleuser", *private_kernels(Path.home()), *sys.argv[1:]]
    os.execv(sys.executable, command)


def private_kernels(home: Path) -> list[str]:
    """Let kernels talk through sockets in a user's home, since every account can connect to a port of the machine.

    Returns
    -------
    list of str
        Options of the server; none where the path of such a socket would be longer than Linux allows.
    """
    folder = home / ".jupyter" / "run"
    if len(os.fsencode(folder / f"kernel-{uuid.UUID(int=0)}-ipc-5")) > SOCKET_PATH:
        print(f"pgcourse hub: {home} is a long path, so kernels have ports.", file=sys.stderr, flush=True)
        return []
    os.environ["JUPYTER_RUNTIME_DIR"] = str(folder)
    return ["--KernelManager.transport=ipc"]


def prepare(lectures: str, course: str) -> Iterator[str]:
    """Go to where the server is to start, and hand out the lectures there.

    Parameters
    ----------
    lectures
        Folder of the lectures.
    course
        The course folder, for an instructor; "" for a student, whose server starts in the home folder.

    Yields
    ------
    str
        A sentence for what could not be done.
    """
    umask = 0o007 if course else 0o077  # instructors share the course folder with their group
    os.umask(umask)
    if course:
        yield from enter(Path(course))
    yield from hand_out(Path(lectures), Path.cwd() / "lectures", 0o666 & ~umask)


def enter(course: Path) -> Iterator[str]:
    """Go to the course folder: nbgrader's Formgrader reads the settings of where the server starts, and no others."""
    try:
        os.chdir(course)
    except OSError as error:
        yield f"the course folder {course} cannot be entered ({error.strerror}): run `pgcourse hub --check`."


def hand_out(lectures: Path, target: Path, mode: int = 0o600) -> Iterator[str]:
    """Give a user the lectures, and lose nothing of the user's.

    A lecture that is not there is copied; one that is as it was handed out gives way to a newer one; one that the user
    has changed, or only run, stays, and a newer one gets a name beside it.

    Parameters
    ----------
    lectures
        Folder of the lectures.
    target
        The user's folder, made if need be.
    mode
        Who may read and write the copies.

    Yields
    ------
    str
        A sentence for what could not be done.
    """
    record, faults = _read(target / RECORD), set()
    before = dict(record)
    for lecture in sorted(lectures.glob("[!.]*.ipynb")):
        try:
            target.mkdir(parents=True, exist_ok=True)
            _give(lecture.read_bytes(), target / lecture.name, record, mode)
        except OSError as error:
            faults.add(str(error.strerror))
    try:
        if record != before:
            put(target / RECORD, json.dumps(record, indent=1).encode(), mode)
    except OSError as error:
        faults.add(str(error.strerror))
    if faults:
        reasons = "; ".join(sorted(faults))
        yield f"the lectures could not all be put into {target} ({reasons}): make room, then start the server again."


def _give(content: bytes, path: Path, record: dict[str, str], mode: int) -> None:
    """Write a lecture to a path or beside it, and note in `record`, {name: mark}, what has been handed out."""
    new = _mark(content)
    if place := _place(path, new, record):
        put(place, content, mode)
        record[place.name] = new
    record[path.name] = new


def _place(path: Path, new: str, record: dict[str, str]) -> Path | None:
    """Return where a lecture with the mark `new` is to be written, if anywhere."""
    if not os.path.lexists(path):
        return path
    found, given = _mark_of(path), record.get(path.name)
    if new in (found, given):  # it is there, or has been handed out and then changed
        return None
    return path if found == given else _beside(path, new, record)


def _beside(path: Path, new: str, record: dict[str, str]) -> Path:
    """Return a path beside a lecture that the user has changed: nothing is there, or nothing of the user's."""
    for number in itertools.count(1):
        beside = path.with_name(f"{path.stem} (fresh copy{f' {number}' if number > 1 else ''}){path.suffix}")
        if not os.path.lexists(beside) or _mark_of(beside) in (record.get(beside.name), new):
            return beside
    raise AssertionError("there is always a next number")


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mark_of(path: Path) -> str:
    """Return the mark of a file, a hash; "" for what is no file, or cannot be read: it is the user's."""
    with contextlib.suppress(OSError):
        if path.is_file():
            return _mark(path.read_bytes())
    return ""


def _read(path: Path) -> dict[str, str]:
    """Return what has been handed out; nothing, if the user has removed or changed that file."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if isinstance(found, dict):
            return {name: mark for name, mark in found.items() if isinstance(mark, str)}
    return {}


if __name__ == "__main__":
    main()
