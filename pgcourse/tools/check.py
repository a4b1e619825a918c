"""`pgcourse check`: run the visible checks of a problem set in the terminal and print the points that they give."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import nbclient
import nbformat
from traitlets.config import Config

from pgcourse.grading.checks.rules import breaches
from pgcourse.grading.intake.read import read_named

SECONDS = 120  # for one cell, as in nbgrader_config.py
LONGEST_FOLDER = 70  # bytes; a socket's path has at most 103 on macOS, 107 on Linux, its name in the folder 31


class Result(NamedTuple):
    """What a graded cell came to.

    Attributes
    ----------
    name : str
        The task's name, as in the ids of the cells.
    points : float or None
        None if the cell is graded by hand.
    possible : float
        The largest number of points.
    sentence : str
        The reason.
    """

    name: str
    points: float | None
    possible: float
    sentence: str


def results(notebook: nbformat.NotebookNode, folder: Path) -> list[Result]:
    """Run a notebook from top to bottom and return the results of its graded cells.

    Parameters
    ----------
    notebook : NotebookNode
        Its outputs are replaced.
    folder : Path
        The folder to run in.

    Raises
    ------
    nbclient.exceptions.DeadKernelError, nbclient.exceptions.CellTimeoutError
        If the notebook cannot be run to the end.
    """
    with tempfile.TemporaryDirectory(prefix="pgcourse-", dir=_temporary_folder()) as sockets:
        client = nbclient.NotebookClient(
            notebook,
            timeout=SECONDS,
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
            config=_private(sockets),
        )
        client.execute()
    return [_result(cell) for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


def _temporary_folder() -> str:
    """Return a folder for temporary files whose path leaves room for a socket's name: TMPDIR may be too long."""
    folder = tempfile.gettempdir()
    return folder if os.name == "nt" or len(os.fsencode(folder)) <= LONGEST_FOLDER else "/tmp"


def _private(folder: str) -> Config:
    """Return settings for a kernel that listens on sockets in a folder instead of TCP; not on Windows."""
    if os.name == "nt":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "kernel"))}})


def _result(cell: nbformat.NotebookNode) -> Result:
    entry = cell.metadata.nbgrader
    name = entry.grade_id.removeprefix("check-")
    if entry.solution:
        return Result(name, None, entry.points, "graded by hand")
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        return Result(name, 0, entry.points, errors[0].evalue.strip() or errors[0].ename)
    if cell.execution_count is None:
        return Result(name, 0, entry.points, "not run")
    return Result(name, entry.points, entry.points, "passes the check here; the grader tries more inputs")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse check`."""
    parser.add_argument("notebook", type=Path, help="a notebook of a problem set; it is not changed")


def main(args: argparse.Namespace) -> int:
    """Print a line for each task, and the total.

    Returns
    -------
    int
        The exit code: 1 if a check fails, if the notebook cannot be run, or if a check cell cannot be graded.
    """
    try:
        notebook, said = read_named(args.notebook)
    except ValueError as error:
        print(f"pgcourse check: {error}", file=sys.stderr)
        return 1
    for sentence in said:
        print(sentence)
    for sentence in breaches(notebook):
        print(f"pgcourse check: {sentence}", file=sys.stderr)
    if breaches(notebook):
        return 1
    try:
        rows = results(notebook, args.notebook.resolve().parent)
    except (nbclient.exceptions.DeadKernelError, nbclient.exceptions.CellTimeoutError) as error:
        reason = str(error).splitlines()[0]
        print(f"pgcourse check: the notebook cannot be run to the end ({reason}).", file=sys.stderr)
        return 1
    if not rows:
        print(f"pgcourse check: {args.notebook} has no graded cells: give a notebook of assignments/.", file=sys.stderr)
        return 1
    for name, points, possible, sentence in rows:
        print(f"{'-' if points is None else f'{points:g}':>4} of {possible:<3g} {name}: {sentence}")
    reached = sum(points for _, points, _, _ in rows if points is not None)
    possible = sum(possible for _, points, possible, _ in rows if points is not None)
    print(f"{reached:g} of {possible:g} points by the checks here")
    return int(reached < possible)
