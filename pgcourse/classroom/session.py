"""What the hub starts for a user, as that user: hand out the lectures, then become the user's JupyterLab.

The hub says by variables who it is: see `hub`. Nothing that goes wrong here keeps a user out.
"""

import contextlib
import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pgcourse.classroom.whole import put

UMASKS = {"student": 0o077, "instructor": 0o007}  # instructors share the course folder with their group
RECORD = ".handed_out.json"


def main() -> None:
    """Prepare the user's folder, and become the server; the arguments are those of `jupyterhub-singleuser`."""
    role = os.environ["PGCOURSE_ROLE"]
    os.umask(UMASKS[role])
    prepare = enter if role == "instructor" else hand_out
    for sentence in prepare(Path(os.environ["PGCOURSE_FOLDER"])):
        print(f"pgcourse hub: {sentence}", file=sys.stderr, flush=True)
    # -P: a notebook's neighbour that is named like a module must not keep the server from starting
    os.execv(sys.executable, [sys.executable, "-P", "-m", "jupyterhub.singleuser", *sys.argv[1:]])


def enter(course: Path) -> Iterator[str]:
    """Go to the course folder: nbgrader's Formgrader reads the settings of where the server starts, and no others.

    Yields
    ------
    str
        A sentence, if that is not possible.
    """
    try:
        os.chdir(course)
    except OSError as error:
        yield f"the course folder {course} cannot be entered ({error.strerror}): run `pgcourse hub --check`."


def hand_out(lectures: Path, target: Path | None = None) -> Iterator[str]:
    """Give a user the lectures, and lose nothing of the user's.

    A lecture that is not there is copied; one that is as it was handed out gives way to a newer one; one that the user
    has changed, or only run, stays, and a newer one gets a name beside it.

    Parameters
    ----------
    lectures
        Folder of the lectures.
    target
        The user's folder, made if need be; by default `lectures` in the home folder.

    Yields
    ------
    str
        A sentence for what could not be done.
    """
    target = target or Path.home() / "lectures"
    record, faults = _read(target / RECORD), set()
    before = dict(record)
    for lecture in sorted(lectures.glob("[!.]*.ipynb")):
        try:
            target.mkdir(parents=True, exist_ok=True)
            _give(lecture.read_bytes(), target / lecture.name, record)
        except OSError as error:
            faults.add(str(error.strerror))
    try:
        if record != before:
            put(target / RECORD, json.dumps(record, indent=1).encode())
    except OSError as error:
        faults.add(str(error.strerror))
    if faults:
        yield f"the lectures could not all be put into {target} ({'; '.join(sorted(faults))}): make room, start again."


def _give(content: bytes, path: Path, record: dict[str, str]) -> None:
    """Write a lecture to a path or beside it, and note in `record`, {name: mark}, what has been handed out."""
    new = _mark(content)
    if place := _place(path, new, record):
        put(place, content)
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
    """Return the mark of a file; "" for what is none, or cannot be read: it is the user's."""
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
