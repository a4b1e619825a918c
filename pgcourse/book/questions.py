"""What a page says below a cell that asks: a checkpoint with a number is judged there, everything else needs Python.

Right numbers, those of known mistakes and the words for each come from the checkpoints when the page is made; the page
compares. They stand in it encoded, so that nobody reads them by accident. That keeps no secret, nor does the course: a
reader who wants to find the answer can.
"""

import ast
import base64
import html
import importlib
import json
import re
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from pgcourse.checkpoints import Checkpoint
from pgcourse.homework.compare import shown

ASKED = re.compile(r"pg\.checkpoints\.(\w+\.\w+)\(")
SLOT = "{}"  # in a sentence, for what a reader has written
PLACE = '<div data-question="{data}" class="pgcourse-question"><p>{name} = …</p></div>'
NEEDS_PYTHON = '<p class="pgcourse-needs-python">{}</p>'
IN_JUPYTERLAB = '<a href="{root}start.html">in JupyterLab</a>'
FUNCTION = "<code>{name}</code> is a function: write it " + IN_JUPYTERLAB + " and run this cell to check it."
WRITE = "Write your answer here, " + IN_JUPYTERLAB + "."
CHECK = "Run this cell " + IN_JUPYTERLAB + " to check your answer."
OWN_PICTURE = "This picture is of your own function: run its cell " + IN_JUPYTERLAB + " to make it move."
RUN = "Run this cell " + IN_JUPYTERLAB + " to see what it shows."


def question(name: str) -> Checkpoint:
    """Return a checkpoint of the course, named as ``"left_right.sample_left"``."""
    lecture, task = name.split(".")
    return getattr(importlib.import_module(f"pgcourse.checkpoints.{lecture}"), task)


def answers(asked: Checkpoint) -> dict[str, Any]:
    """Return what a page needs to judge a number, or a row of numbers, as Python does.

    Parameters
    ----------
    asked : Checkpoint
        One with a number or an array.

    Returns
    -------
    dict
        The question's name; how many numbers its answer has, 0 for a single one; the tolerance, relative and absolute;
        for each known answer its numbers, whether it is right, and what is said of it; what is said of all others.
    """
    data = asked.visible_data()
    (right,) = data["wanted"]
    known = [right, *(value for _, (value,) in data["mistakes"] if value is not None)]
    unknown = np.full(np.shape(right), np.nan) if np.ndim(right) else np.nan
    return {
        "name": asked.name,
        "count": len(right) if np.ndim(right) else 0,
        "tolerance": asked.tolerance,
        "known": [
            [np.ravel(value).tolist(), verdict.correct, verdict.message]
            for value, verdict in ((value, asked(value)) for value in known)
        ],
        "other": asked(unknown).message.replace(shown(unknown), SLOT),
    }


def below(cell: NotebookNode, root: str) -> list[NotebookNode]:
    """Return the outputs that a page shows below a cell of a lecture instead of verdicts on answers not yet given.

    Parameters
    ----------
    cell : NotebookNode
        A code cell that was run.
    root : str
        The way from the page to the book's first page, such as ``"../"``.
    """
    asked = [question(name) for name in ASKED.findall(cell.source)]
    if not asked:
        return cell.outputs
    return [output for output in cell.outputs if output.output_type == "stream"] + [_place(one, root) for one in asked]


def own_picture(root: str) -> NotebookNode:
    """Return what a page says below a picture of a reader's function, which stands still there; root as for `below`."""
    return _markup(NEEDS_PYTHON.format(OWN_PICTURE.format(root=root)))


def to_do(cell: NotebookNode, root: str) -> list[NotebookNode]:
    """Return what a page says below a code cell of a problem set, which is not run; parameters as for `below`."""
    graded = cell.metadata.get("nbgrader", {})
    last = ast.parse(cell.source).body[-1:]
    if not graded and not any(isinstance(statement, ast.Expr) for statement in last):
        return []  # imports, numbers and comments, which show nothing
    words = WRITE if graded.get("solution") else CHECK if graded.get("grade") else RUN
    return [_markup(NEEDS_PYTHON.format(words.format(root=root)))]


def _place(asked: Checkpoint, root: str) -> NotebookNode:
    if not asked.is_number:
        return _markup(NEEDS_PYTHON.format(FUNCTION.format(name=html.escape(asked.name), root=root)))
    data = base64.b64encode(json.dumps(answers(asked)).encode()).decode()
    return _markup(PLACE.format(data=data, name=html.escape(asked.name)))


def _markup(text: str) -> NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/html": text})
