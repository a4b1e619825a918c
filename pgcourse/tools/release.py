"""`pgcourse release DIR`: write the students' copy of the course, which is all but its solutions, tests and records."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from pgcourse import _badges
from pgcourse.grading.coursefolder import course_folder
from pgcourse.grading.notebooks import dumps, read
from pgcourse.homework import catalogue, visible
from pgcourse.tools.tidy import canonical

ON_THE_WEB = ("binder/environment.yml", "binder/postBuild", ".devcontainer/devcontainer.json")
FILES = (
    *("start.py", "pyproject.toml", "requirements.txt", "environment.yml", "LICENSE", "jupyter_nbconvert_config.py"),
    *ON_THE_WEB,
)
PACKAGE = (
    *("**/*.py", "**/*.js", "**/*.css", "**/*.json", "**/*.j2", "book/words/*.md", "py.typed"),
    *("classroom/requirements.txt", "classroom/**/*.toml", "classroom/**/*.yaml", "classroom/**/Containerfile"),
)
"""The package's files: anything else in its folder merely lies about."""
README = """# Policy gradients: lectures and problem sets

{badges}With nothing but Python 3.11 or newer, in this folder:

```
python3 start.py          # sets up a private .venv the first time, then opens JupyterLab on the lectures
```

The first start takes a minute or two and needs a network; later ones need neither. Nothing outside this folder is
touched. With conda: `conda env create -f environment.yml`, `conda activate pgcourse`,
`pip install --no-deps --no-build-isolation -e .`, `pgcourse lab`.

Open `lectures/00_map.ipynb` and work down the folder: predict first, then move the slider, then run the checkpoint.
The problem sets that follow are in `assignments/`. Run the check beside a task as often as you like; it tries a few
inputs, and the grader tries more. Hand in the notebook itself, one file, and do not rename it.

With the environment active (`source .venv/bin/activate`, on Windows `.venv\\Scripts\\activate`):

```
pgcourse check NOTEBOOK   # the checks of a whole problem set, and the points they give
pgcourse repair NOTEBOOK  # repairs a notebook whose cells were deleted, copied or moved; keeps a backup
pgcourse doctor           # says what is wrong with an installation
```
"""
ONE_CLICK = """{badges}

The badges open the lectures on the web, with nothing to install. Binder keeps nothing of what you write: download it.

"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse release`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write it: a new or empty folder")


def main(args: argparse.Namespace) -> int:
    """Write the copy; the exit code is 1, and nothing is written, when that would overwrite or give away something."""
    try:
        lectures, assignments = release(course_folder(), args.folder.resolve())
    except ValueError as error:
        print(f"pgcourse release: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"pgcourse release: {args.folder} cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    print(f"wrote {args.folder} with {lectures} lectures and {assignments} problem sets")
    return 0


def release(course: Path, folder: Path) -> tuple[int, int]:
    """Write the students' copy of a course to a folder, whole or not at all.

    Parameters
    ----------
    course
        Folder of the course, with the solutions and the package's source.
    folder
        Made if need be.

    Returns
    -------
    tuple of int
        How many lectures and how many problem sets it holds.

    Raises
    ------
    ValueError
        For a folder that is not empty, and for what is missing from the course or not fit to hand out.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there already and not empty: name a new folder.")
    refuse_unfit(course)
    repository = _badges.students_repository(course)
    lectures, assignments = sorted(course.glob("lectures/[!.]*.ipynb")), _assignments(course)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
        _fill(Path(beside), course, lectures, assignments, repository)
        folder.mkdir(exist_ok=True)
        for path in Path(beside).iterdir():
            path.rename(folder / path.name)
    return len(lectures), len(assignments)


def package_files(root: Path) -> list[Path]:
    """Return the paths of the package's files below the folder that holds `pgcourse/`."""
    return sorted(path for pattern in PACKAGE for path in root.glob(f"pgcourse/{pattern}"))


def _assignments(course: Path) -> list[Path]:
    return [path for path in sorted(course.glob("assignments/*/*.ipynb")) if path.stem == path.parent.name]


def refuse_unfit(course: Path) -> None:
    """Raise ValueError, a sentence, for what is missing from a course or not fit to hand out."""
    solutions, half = course / "solutions", course / "pgcourse" / "homework" / visible.FILE.name
    names = catalogue.problem_sets(solutions)
    for path in [*(course / name for name in FILES), half]:
        if not path.is_file():
            raise ValueError(f"{path} is missing, which students need: go to a full copy of the course.")
    if not visible.same(half.read_text(encoding="utf-8"), visible.text(solutions)):
        raise ValueError("the visible half of the tasks is out of date: run `pgcourse visible`.")
    for path in package_files(course):
        if path.stem in names:  # where the catalogues were before version 0.2
            raise ValueError(f"{path} has the name of a catalogue of solutions: move it to {solutions}.")
    for path in _assignments(course):
        _refuse_solutions(path, solutions / path.stem / path.name)
    _badges.students_repository(course)


def _refuse_solutions(path: Path, source: Path) -> None:
    """Raise ValueError if a notebook to hand out holds an answer of its source, or a hidden test."""
    notebook, remedy = read(path), f"run `nbgrader generate_assignment {path.stem} --force`."
    if not source.is_file():
        raise ValueError(f"{path.stem} has no source in solutions/: remove it from assignments/ or bring its source.")
    answers = {cell.id: cell.source for cell in read(source).cells if _is_answer(cell)}
    for cell in notebook.cells:
        if "### BEGIN" in cell.source or (cell.source and cell.source == answers.get(cell.id)):
            raise ValueError(f"the cell {cell.id} of {path.name} in assignments/ holds a solution: {remedy}")


def _is_answer(cell: NotebookNode) -> bool:
    entry = cell.metadata.get("nbgrader", {})
    return bool(entry.get("solution") or entry.get("grade"))


def _fill(folder: Path, course: Path, lectures: list[Path], assignments: list[Path], repository: str) -> None:
    """Write the copy into an empty folder."""
    for path in [*lectures, *assignments]:
        notebook = read(path)
        if repository and path in lectures:
            _add_colab_cell(notebook, repository)
        text = dumps(canonical(notebook, path.stem))
        _write(folder / path.relative_to(course), text)
        if path in assignments:  # what `pgcourse repair` restores locked cells from
            _write(folder / "assignments" / ".released" / path.name, text)
    badges = ONE_CLICK.format(badges=_badges.markdown(repository)) if repository else ""
    _write(folder / "README.md", README.format(badges=badges))
    for path in [*(course / name for name in FILES), *package_files(course)]:
        target = folder / path.relative_to(course)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        shutil.copymode(path, target)  # Binder and people run scripts


def _add_colab_cell(notebook: NotebookNode, repository: str) -> None:
    """Put the cell that installs the package in Colab before the first cell of code."""
    first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    cell = new_code_cell(_badges.colab_cell(repository), id="colab")
    notebook.cells.insert(first, cell)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
