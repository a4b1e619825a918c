"""Which parts of which cells are on which slide: the cells' own metadata say it, in the order of the notebooks.

A cell's metadata may hold `deck`, a list of what is taken from the cell:

    {"slide": "text"}                        a new slide; also "picture", "code", "discuss" and "answer"
    {"add": "code"}                          something more for the slide before it; also "text" and "notes"

and with either

    "title": "Both push towards L"           else the heading of the cell or, if it has none, the one before it
    "take": "question"                       instead of the part that the kind is named after: "text" or "answer"
    "blocks": [0, 2]                         of that part, or of a program; else all
    "controls": ["theta", "seed"]            of a picture, and "presets"; else all
    "answer": true                           of a picture: it answers the slide before it

Code that was added, and the line that makes a picture, is hidden until somebody asks for it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from pgcourse.deck.parts import Parts, parts

FIGURE = re.compile(r"^pg\.demos\.(\w+\.\w+)\(\)\s*\Z", re.MULTILINE)
TAKEN = {"discuss": "question", "answer": "answer"}  # the part, by the kind; else the text
KINDS = ("text", "picture", "code", "discuss", "answer")
KEYS = ("slide", "add", "title", "take", "blocks", "controls", "answer")
NOT_NEEDED = ("pg.demos.", "pg.checkpoints.", "pg.predict", "= ...", "return ...")  # by the programs of a slide


@dataclass
class Program:
    """A program on a slide.

    Attributes
    ----------
    source : str
        What is shown.
    whole : str
        The cell that it is from.
    setup : list of str
        The programs before it in its notebook.
    shown : bool
        Whether it is seen at once.
    """

    source: str
    whole: str
    setup: list[str]
    shown: bool


@dataclass
class Slide:
    """What is on a slide.

    Attributes
    ----------
    kind : str
        One of KINDS.
    title : str
        In Markdown.
    lecture : str
        The name of the notebook.
    text : list of str
        Blocks of Markdown.
    programs : list of Program
    figure : str
        The name of its picture, as ``"left_right.variance"``, or an empty string.
    controls : list of str, optional
        The controls of the picture that are shown, and "presets"; None for all.
    notes : list of str
        Blocks of Markdown, for the lecturer.
    answers : bool
        Whether it answers the slide before it.
    """

    kind: str
    title: str
    lecture: str
    text: list[str] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    figure: str = ""
    controls: list[str] | None = None
    notes: list[str] = field(default_factory=list)
    answers: bool = False


def read(course: Path, lectures: Iterable[str] | None = None) -> dict[str, NotebookNode]:
    """Return the notebooks of a course by their names, all of them or only the lectures that are named."""
    found = sorted((course / "lectures").glob("*.ipynb"))
    chosen = {path.stem for path in found} if lectures is None else set(lectures)
    return {path.stem: nbformat.read(path, as_version=4) for path in found if path.stem in chosen}


def slides(notebooks: dict[str, NotebookNode]) -> list[Slide]:
    """Return the slides of the lecture.

    Parameters
    ----------
    notebooks : dict of str to NotebookNode
        By their names, in the order of the lecture.

    Raises
    ------
    ValueError
        If the metadata of a cell ask for something that the cell does not have; the message names both.
    """
    found: list[Slide] = []
    for lecture, notebook in notebooks.items():
        for cell, placement, heading in _placements(notebook):
            try:
                _place(found, lecture, notebook, cell, placement, heading)
            except ValueError as error:
                raise ValueError(f"lectures/{lecture}.ipynb, cell {cell.id}, deck {dict(placement)}: {error}") from None
    return found


def _placements(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, dict[str, Any], str]]:
    """Yield each cell with what is taken from it and the heading that it stands under."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = [heading, *parts(cell.source).headings][-1]
        for placement in cell.metadata.get("deck", []):
            yield cell, placement, heading


def _place(
    found: list[Slide],
    lecture: str,
    notebook: NotebookNode,
    cell: NotebookNode,
    placement: dict[str, Any],
    heading: str,
) -> None:
    """Make a new slide, or add to the last one."""
    if unknown := placement.keys() - set(KEYS):
        raise ValueError(f"{min(unknown)!r} means nothing: the words are {', '.join(KEYS)}")
    kind = placement.get("slide") or placement.get("add")
    if "slide" in placement:
        if kind not in KINDS:
            raise ValueError(f"there is no slide of the kind {kind!r}: there are {', '.join(KINDS)}")
        answers = kind == "answer" or placement.get("answer", False)
        found.append(Slide(kind, placement.get("title", heading), lecture, answers=answers))
    elif kind is None:
        raise ValueError("it has neither 'slide' nor 'add': give it one of them")
    elif not found or found[-1].lecture != lecture:
        raise ValueError("there is no slide of this notebook before it to add to: make one first")
    slide = found[-1]
    if kind == "picture":
        name = FIGURE.search(cell.source)
        if not name:
            raise ValueError(
                "the cell does not end by showing a picture of the course, as pg.demos.LECTURE.NAME() does"
            )
        slide.figure, slide.controls = name[1], placement.get("controls")
    if cell.cell_type == "code":
        slide.programs.append(_program(notebook, cell, placement, shown=slide.kind == "code"))
    else:
        (slide.notes if kind == "notes" else slide.text).extend(_blocks(cell, kind, placement))


def _blocks(cell: NotebookNode, kind: str, placement: dict[str, Any]) -> list[str]:
    part = placement.get("take", TAKEN.get(kind, "text"))
    if part not in Parts._fields:
        raise ValueError(f"a cell has no part {part!r}: the parts are {', '.join(Parts._fields)}")
    blocks = _chosen(getattr(parts(cell.source), part), placement)
    if not blocks:
        raise ValueError(f"the cell has no {part}")
    return blocks


def _program(notebook: NotebookNode, cell: NotebookNode, placement: dict[str, Any], shown: bool) -> Program:
    chosen = _chosen(re.split(r"\n{2,}", cell.source), placement)
    before = notebook.cells[: notebook.cells.index(cell)]
    setup = [
        other.source
        for other in before
        if other.cell_type == "code" and not any(words in other.source for words in NOT_NEEDED)
    ]
    return Program("\n\n".join(chosen), cell.source, setup, shown)


def _chosen(blocks: list[str], placement: dict[str, Any]) -> list[str]:
    numbers = placement.get("blocks", range(len(blocks)))
    if missing := [number for number in numbers if not 0 <= number < len(blocks)]:
        raise ValueError(f"there is no block {missing[0]}: there are {len(blocks)}, counted from 0")
    return [blocks[number] for number in numbers]
