"""What `pgcourse check` does with a source notebook: its solution and its release are graded, as submissions are."""

import contextlib
import logging
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from pgcourse.grading.batch.contract import Trial
from pgcourse.grading.configure import configure
from pgcourse.grading.coursefolder import SETTINGS, replace_alembic
from pgcourse.grading.errors import SandboxError, Stopped


def breaches(notebook: NotebookNode, path: Path) -> tuple[list[str], list[str]]:
    """Grade a source notebook on trial.

    Parameters
    ----------
    notebook
        As it was read.
    path
        Where it lies: with the settings of a course if a folder above has some, and with files beside it.

    Returns
    -------
    tuple
        Sentences about what cannot be graded, and about what could not be tried here.
    """
    path = path.resolve()
    root = next((folder for folder in path.parents if (folder / SETTINGS).is_file()), None)
    replace_alembic()
    beside = {"path": str(path.parent)}
    names = {"student": ".", "assignment": path.parent.name, "notebook": path.stem, "db_url": ""}
    with contextlib.chdir(root or path.parent):  # from where nbgrader reads settings
        try:
            resources = {"unique_key": path.stem, "nbgrader": names, "metadata": beside}
            trial = Trial(notebook, resources, _converter(root), path.parent)
            return trial.broken(), trial.said
        except Stopped as problem:
            return [problem.sentence], []
        except SandboxError as error:
            return [f"{path.name} could not be graded on trial ({error})."], []
        except Exception as error:  # of nbgrader's own steps: what it cannot make an assignment of
            words = " ".join(str(error).split()) or type(error).__name__
            return [f"{path.name}: nbgrader makes no assignment of it ({words}): correct that first."], []


def _converter(root: Path | None) -> GenerateAssignment:
    """Return nbgrader's converter with the settings of a course, or with ours where there is no course."""
    if root is None:
        config = Config()
        configure(config)
        course = CourseDirectory(root=str(Path.cwd()), config=config)
        converter = GenerateAssignment(coursedir=course, config=config)
    else:
        app = NbGrader()
        app.initialize([], root=str(root))
        converter = GenerateAssignment(coursedir=app.coursedir, parent=app)
    converter.log = logging.getLogger(__name__)
    converter.log.setLevel(logging.CRITICAL)  # what is wrong is said in a sentence
    return converter
