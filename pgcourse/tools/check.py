"""`pgcourse check`: run the visible checks of a problem set in the terminal and print the points that they give.

Where the notebook is a source, with its solutions, it is also graded on trial: see `check_source`.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import nbclient
import nbformat

from pgcourse._kernels import private_kernel
from pgcourse.grading.intake.read import read_named

SECONDS = 120  # for one cell, as in nbgrader_config.py
MARKS = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS")  # nbgrader's, in sources only
NO_NBGRADER = "nbgrader is not installed, so whether this source can be graded was not tried: {}."


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
    resources = {"metadata": {"path": str(folder)}}
    with private_kernel() as config:
        nbclient.NotebookClient(
            notebook, timeout=SECONDS, allow_errors=True, resources=resources, config=config
        ).execute()
    return [_result(cell) for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]


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
    points = _partial_credit(cell)
    if points is not None and points < entry.points:
        said = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        return Result(name, points, entry.points, said.strip() or "right in part")
    return Result(name, entry.points, entry.points, "passes the check here; the grader tries more inputs")


def _partial_credit(cell: nbformat.NotebookNode) -> float | None:
    """Return the number that a check ends in, which nbgrader takes for its points; None where it ends in none."""
    ended = [output.data.get("text/plain", "") for output in cell.outputs if output.output_type == "execute_result"]
    try:
        return max(float(ended[-1]), 0.0) if ended else None
    except ValueError:
        return None


def is_source(notebook: nbformat.NotebookNode) -> bool:
    """Say whether a notebook is an instructor's: marked as nbgrader's sources are, or without a release's checksums."""
    entries = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    graded = [entry for entry in entries if entry.get("grade") and entry.get("grade_id")]
    marked = any(mark in cell.source for cell in notebook.cells for mark in MARKS)
    return bool(graded) and (marked or not any("checksum" in entry for entry in graded))


def _can_be_graded(notebook: nbformat.NotebookNode, path: Path) -> bool:
    """Say whether a source can be graded; print why not."""
    from pgcourse.tools import packages

    if find_spec("nbgrader") is None:
        remedy = packages.remedy('"pgcourse[grading]"')
        print(f"pgcourse check: {NO_NBGRADER.format(remedy)}", file=sys.stderr)
        return True
    from pgcourse.tools.check_source import breaches

    broken, said = breaches(notebook, path)
    for sentence in [*said, *broken]:
        print(f"pgcourse check: {sentence}", file=sys.stderr)
    return not broken


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse check`."""
    parser.add_argument("notebook", type=Path, help="a notebook of a problem set; it is not changed")


def main(args: argparse.Namespace) -> int:
    """Print a line for each task, and the total.

    Returns
    -------
    int
        The exit code: 1 if a check fails, if the notebook cannot be run, or if a source cannot be graded.
    """
    try:
        notebook, said = read_named(args.notebook)
    except ValueError as error:
        print(f"pgcourse check: {error}", file=sys.stderr)
        return 1
    for sentence in said:
        print(sentence)
    if is_source(notebook) and not _can_be_graded(notebook, args.notebook):
        return 1
    try:
        rows = results(notebook, args.notebook.resolve().parent)
    except (nbclient.exceptions.DeadKernelError, nbclient.exceptions.CellTimeoutError) as error:
        reason = str(error).splitlines()[0]
        fault = f"the notebook cannot be run to the end ({reason}): run it in JupyterLab to see where it stops"
        print(f"pgcourse check: {fault}.", file=sys.stderr)
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
