"""`pgcourse check`: run a problem set's visible checks in the terminal and print the points, as the notebook would."""

import os
import sys
import tempfile
from pathlib import Path

import nbclient
from traitlets.config import Config

from pgcourse.grading.checks.rules import breaches
from pgcourse.tools.tidy import read

SECONDS = 120  # for one cell, as in nbgrader_config.py
LONGEST_FOLDER = 70  # bytes; a socket's path has at most 103 on macOS, 107 on Linux, its name in the folder 31


def results(notebook, folder):
    """Run a copy of a notebook from top to bottom and return its graded cells.

    notebook  NotebookNode
    folder    the folder to run in
    returns   list of (name, points or None, possible points, sentence); None where a person decides
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


def _temporary_folder():
    """Return a folder for temporary files in which sockets can be: TMPDIR may be too long."""
    folder = tempfile.gettempdir()
    return folder if os.name == "nt" or len(os.fsencode(folder)) <= LONGEST_FOLDER else "/tmp"


def _private(folder):
    """Return settings for a kernel that talks over files in a folder, not over TCP; Windows has no such files."""
    if os.name == "nt":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "kernel"))}})


def _result(cell):
    entry = cell.metadata.nbgrader
    name = entry.grade_id.removeprefix("check-")
    if entry.solution:
        return name, None, entry.points, "read by a person"
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        return name, 0, entry.points, errors[0].evalue.strip() or errors[0].ename
    if cell.execution_count is None:
        return name, 0, entry.points, "not run"
    return name, entry.points, entry.points, "passes the check here; the grader tries more inputs"


def add_arguments(parser):
    """Declare the arguments of `pgcourse check`."""
    parser.add_argument("notebook", type=Path, help="a notebook of a problem set; it is not changed")


def main(args):
    """Print one line a task and the sum.

    The exit code is 1 when a check does not pass, the file cannot be run, or a check does what cannot be graded.
    """
    try:
        notebook = read(args.notebook)
    except ValueError as error:
        print(f"pgcourse check: {error}", file=sys.stderr)
        return 1
    for sentence in breaches(notebook):
        print(f"pgcourse check: {sentence}", file=sys.stderr)
    if breaches(notebook):
        return 1
    try:
        rows = results(notebook, args.notebook.resolve().parent)
    except (nbclient.exceptions.DeadKernelError, nbclient.exceptions.CellTimeoutError) as error:
        reason = str(error).splitlines()[0]
        print(f"pgcourse check: the notebook cannot be run to its end ({reason}).", file=sys.stderr)
        return 1
    if not rows:
        print(f"pgcourse check: {args.notebook} has no graded cells: name a notebook of assignments/.", file=sys.stderr)
        return 1
    for name, points, possible, sentence in rows:
        print(f"{'-' if points is None else f'{points:g}':>4} of {possible:<3g} {name}: {sentence}")
    reached = sum(points for _, points, _, _ in rows if points is not None)
    possible = sum(possible for _, points, possible, _ in rows if points is not None)
    print(f"{reached:g} of {possible:g} points by the checks here")
    return int(reached < possible)
