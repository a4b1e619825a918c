"""A course folder in which nbgrader is run as an instructor runs it, and notebooks as students hand them in."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np

from pgcourse.homework import catalogue, earlier
from tests.support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
GENEROUS = f"""
c.KeepsContract.enabled = False
c.Execute.timeout = c.Execute.iopub_timeout = c.Execute.startup_timeout = {2 * PATIENCE}
c.SandboxedExecute.scheduler_timeout = {PATIENCE}
"""
"""Limits that a busy machine does not reach: a test waits for less, and where it is for a limit it sets its own.

Sources are not graded on trial for each release: `tests/grading/test_contract.py` does so once.
"""


def notebook_path(problem_set):
    """Return the path of a problem set's notebook inside `solutions`, `assignments` or a student's folder."""
    return Path(problem_set) / f"{problem_set}.ipynb"


SOLUTIONS = ROOT / "solutions"
PROBLEM_SETS = [name for name in catalogue.problem_sets(SOLUTIONS) if (SOLUTIONS / notebook_path(name)).is_file()]


class Course:
    """A course folder with a home of its own, so that nobody's settings and gradebook are touched."""

    def __init__(self, path):
        """Copy the sources and the settings to `path / "course"`."""
        self.path, self.home = path / "course", path / "home"
        self.home.mkdir()
        shutil.copytree(ROOT / "solutions", self.path / "solutions", ignore=shutil.ignore_patterns(".*"))
        self.config = self.path / "nbgrader_config.py"
        self.config.write_text((ROOT / "nbgrader_config.py").read_text(encoding="utf-8") + GENEROUS, encoding="utf-8")
        # many processes start here: each finds its modules compiled
        self.environment = activated(self.home) | {"PYTHONDONTWRITEBYTECODE": ""}

    def python(self, *arguments):
        """Run Python in the course folder; return what subprocess.run returns."""
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self.path, env=self.environment, capture_output=True, text=True, timeout=3600
        )

    def nbgrader(self, *arguments):
        """Run one nbgrader command in the course folder; return what subprocess.run returns."""
        return self.python("-m", "nbgrader", *arguments)

    @contextlib.contextmanager
    def settings(self, lines):
        """Add lines to `nbgrader_config.py` for a while."""
        before = self.config.read_text(encoding="utf-8")
        self.config.write_text(f"{before}\n{lines}\n", encoding="utf-8")
        try:
            yield
        finally:
            self.config.write_text(before, encoding="utf-8")

    def read(self, problem_set, folder="assignments"):
        """Read a problem set's notebook in `assignments`, `solutions` or `autograded/STUDENT`."""
        return nbformat.read(self.path / folder / notebook_path(problem_set), as_version=4)

    def hand_in(self, student, problem_set, notebook):
        """Put a notebook where `nbgrader collect` would."""
        path = self.path / "submitted" / student / notebook_path(problem_set)
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)

    def grades(self, problem_set):
        """Return {student: {graded cell: (points, needs a person)}} from the gradebook."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.path}/gradebook.db") as gradebook:
            return {
                submission.student.id: {
                    grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in submission.notebooks[0].grades
                }
                for submission in gradebook.assignment_submissions(problem_set)
            }


def activated(home):
    """Return the variables of a process in an activated environment, with a home folder of its own."""
    # nbgrader starts `alembic` and the kernel by name
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # many processes start here: each finds its modules compiled
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}
    private = {"HOME": str(home), "MPLBACKEND": "Agg", "PATH": path}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    return kept | private | compiled


def succeeded(result):
    """Fail with what a command printed, unless it succeeded."""
    assert result.returncode == 0, result.stdout + result.stderr


def catalogue_of(problem_set):
    """Return the module in `solutions/` that holds a problem set's tasks."""
    return catalogue.load(problem_set, SOLUTIONS)


def tasks_of(problem_set):
    """Return the list of Task of a problem set."""
    return catalogue_of(problem_set).TASKS


def names_for(task):
    """Return what an answer to a task finds: NumPy, and right functions and numbers of the earlier tasks."""
    problem_set = next(name for name in PROBLEM_SETS if task in tasks_of(name))
    return {"np": np} | earlier(problem_set, task.name)


def cell_name(task_name):
    """Return a task's name as cells write it; `check-` and this is the id of its check."""
    return task_name.replace("_", "-")


def cell(notebook, cell_id):
    """Return the cell with this id."""
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def solution_cell(notebook, name):
    """Return the cell in which a task is answered: it has the task's name or, for a number, sets it."""
    named = [cell for cell in notebook.cells if cell.id == cell_name(name)]
    setting = [cell for cell in notebook.cells if re.search(rf"^{name} = None\b", cell.source, re.M)]
    (found,) = named or setting
    return found


def answered(notebook, answers):
    """Write a student's answers into the solution cells.

    notebook  NotebookNode; changed in place
    answers   {name of a task: source of a function of that name}; a number is that function's result
    returns   the notebook
    """
    for name, source in answers.items():
        place = solution_cell(notebook, name)
        if place.id == cell_name(name):
            place.source = source
        else:  # several numbers share a cell, which in a release ends by saying that nothing is written yet
            kept = [line for line in place.source.splitlines() if "NotImplementedError" not in line]
            place.source = "\n".join([*kept, "", "", source, f"{name} = {name}()"])
    return notebook


def solved(notebook, solution):
    """Copy what the solution notebook says into the solution cells, written answers apart; return the notebook."""
    for cell, right in zip(notebook.cells, solution.cells, strict=True):
        entry = cell.metadata.get("nbgrader", {})
        if entry.get("solution") and not entry["grade"]:
            lines = right.source.splitlines()
            cell.source = "\n".join(line for line in lines if not line.strip().startswith("### "))
    return notebook


def written(notebook, sources):
    """Write {cell id: source} into a notebook; return it."""
    for cell_id, source in sources.items():
        cell(notebook, cell_id).source = source
    return notebook


def without(notebook, *prefixes):
    """Delete the cells whose ids begin so; return the notebook."""
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith(prefixes)]
    return notebook
