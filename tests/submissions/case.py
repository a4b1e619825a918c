"""What one submission of the zoo is, and how notebooks for it are made."""

from collections.abc import Callable
from dataclasses import dataclass

import nbformat

PS = "ps4_left_right"
HONEST = {
    "clamp-policy": "def clamp_policy(theta):\n    return np.clip([theta, 1 - theta], 0.0, 1.0)",
    "clamp-score": (
        "def clamp_score(theta, action):\n"
        "    if theta <= 0 or theta >= 1:\n"
        "        return 0.0\n"
        "    return 1 / theta if action == 0 else -1 / (1 - theta)"
    ),
}
EARNED = 5.0
"""What these two answers, the honest part of most submissions, are worth."""
FIRST = """
import os

COURSE, HOME, MARK = (bytes.fromhex(text).decode() for text in "{course} {home} {mark}".split())
PORT = {port}
caged = not os.path.exists(COURSE) or os.environ.get("ZOO") == "throw-away"


def only_in_a_cage():
    if not caged:
        raise RuntimeError("This could hurt the machine outside a sandbox, and this is none.")
"""
"""The first cell of a submission that runs code: what its author knows of the instructor's machine, unreadable so that
only what the grader gives away is found by a search for it."""


@dataclass(frozen=True)
class Case:
    """Hold one submission and the outcome that it must have.

    name      of the student who hands it in
    sentence  what it does
    write     function of (path of the student's folder for the problem set, not yet made; Zoo) that hands it in
    points    that it must get: what its honest part earned
    exact     False where the honest part may be lost as well, so that fewer points are right too
    says      a word or two that its autograded notebook must hold, such as what was mended
    unsafe    why stock nbgrader is not tried with it; empty when it is
    """

    name: str
    sentence: str
    write: Callable
    points: float = EARNED
    exact: bool = True
    says: str = ""
    unsafe: str = ""


def half(zoo):
    """Return the release with the two honest answers, and nothing that is slow to run."""
    notebook = zoo.read(PS)
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith("play")]
    for cell in notebook.cells:
        cell.source = HONEST.get(cell.id, cell.source)
    return notebook


def save(notebook, folder):
    """Write a notebook where it is looked for in a student's folder, which is made if need be; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{PS}.ipynb"
    nbformat.write(notebook, path)
    return path


def cells(name, sentence, sources, beside=None, **settings):
    """Return the Case of a half-done notebook with code of its own.

    sources   {cell id: source, or "last": source of a new cell at the end}
    beside    {name: text} of files in the student's folder
    settings  other fields of Case
    """

    def write(folder, zoo):
        notebook = half(zoo)
        first = FIRST.format(port=zoo.port, **{key: text.encode().hex() for key, text in zoo.known.items()})
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first, id="first"))
        notebook.cells.append(nbformat.v4.new_code_cell(sources.get("last", ""), id="last"))
        for cell in notebook.cells:
            cell.source = sources.get(cell.id, cell.source)
        save(notebook, folder)
        for file, text in (beside or {}).items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")

    return Case(name, sentence, write, **settings)


def mangled(name, sentence, mangle, **settings):
    """Return the Case of a half-done notebook that a function changes in place."""

    def write(folder, zoo):
        notebook = half(zoo)
        mangle(notebook)
        save(notebook, folder)

    return Case(name, sentence, write, **settings)


def files(name, sentence, write, **settings):
    """Return the Case of a folder with something else in it; `write` as for Case. It gets nothing, unless said."""
    return Case(name, sentence, write, **{"points": 0.0} | settings)
