"""`pgcourse release DIR`: write the students' copy of the course, without solutions and hidden inputs."""

import shutil
import sys
from pathlib import Path

from pgcourse.homework import visible
from pgcourse.homework.write import problem_sets
from pgcourse.tools.tidy import canonical, dumps, read

ROOT = Path(__file__).resolve().parents[2]
FILES = ("start.py", "pyproject.toml", "requirements.txt", "environment.yml", "LICENSE")
# what holds, or is made from, solutions and hidden inputs
KEPT_BACK = (
    "pgcourse/tools/release.py",
    "pgcourse/homework/ps*.py",
    "pgcourse/homework/write.py",
    "pgcourse/homework/matrix.py",
)
README = """# Policy gradients: lectures and problem sets

With nothing but Python 3.11 or newer, in this folder:

```
python3 start.py          # sets up a private .venv the first time, then opens JupyterLab on the lectures
```

The first start takes a minute or two and needs a network; later ones need neither. Nothing outside this folder is
touched. With conda: `conda env create -f environment.yml`, `conda activate pgcourse`,
`pip install --no-deps --no-build-isolation -e .`, `pgcourse lab`.

Open `lectures/00_map.ipynb` and work down the folder: predict first, then move the slider, then run the checkpoint.
The problem sets that follow are in `assignments/`. Run the check beside a task as often as you like; it tries a few
inputs, the grader tries more. Hand in the notebook itself, one file, under the name that it has.

With the environment active (`source .venv/bin/activate`, on Windows `.venv\\Scripts\\activate`):

```
pgcourse check NOTEBOOK   # the checks of a whole problem set, and the points they give
pgcourse repair NOTEBOOK  # mends a notebook whose cells were deleted, copied or moved; keeps a backup
pgcourse doctor           # says what is wrong with an installation
```
"""


def add_arguments(parser):
    """Declare the arguments of `pgcourse release`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where to write it: a new or empty folder")


def main(args):
    """Write the copy; the exit code is 1, and nothing is written, when that would overwrite or give away something."""
    try:
        lectures, assignments = release(args.folder)
    except ValueError as error:
        print(f"pgcourse release: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"pgcourse release: {args.folder} cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    print(f"wrote {args.folder} with {lectures} lectures and {assignments} problem sets")
    return 0


def release(folder):
    """Write the students' copy to a folder.

    folder   Path; made if need be
    returns  how many lectures and how many problem sets it holds

    Raises ValueError, before anything is written, for a folder that is not empty and for what is not fit to hand out.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there already and not empty: name a new folder.")
    if visible.FILE.read_text(encoding="utf-8") != visible.text(problem_sets()):
        raise ValueError("the visible half of the tasks is out of date: run `pgcourse visible`.")
    lectures = sorted(ROOT.glob("lectures/[!.]*.ipynb"))
    assignments = [path for path in sorted(ROOT.glob("assignments/*/*.ipynb")) if path.stem == path.parent.name]
    texts = {path: dumps(canonical(read(path), path.stem)) for path in [*lectures, *assignments]}
    for path in assignments:
        _refuse_solutions(path)
    for path, text in texts.items():
        _write(folder / path.relative_to(ROOT), text)
        if path in assignments:  # what `pgcourse repair` mends by
            _write(folder / "assignments" / ".released" / path.name, text)
    _write(folder / "README.md", README)
    for path in [*(ROOT / name for name in FILES), *package_files()]:
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return len(lectures), len(assignments)


def package_files():
    """Return the paths of the package's files that students get."""
    files = {path for suffix in ("py", "json", "j2") for path in ROOT.glob(f"pgcourse/**/*.{suffix}")}
    return sorted(files - {path for pattern in KEPT_BACK for path in ROOT.glob(pattern)})


def _refuse_solutions(path):
    """Raise ValueError if a notebook to hand out holds an answer of its source, or a hidden test."""
    notebook, mend = read(path), f"run `nbgrader generate_assignment {path.stem} --force`."
    source = ROOT / "solutions" / path.stem / path.name
    if not source.is_file():
        raise ValueError(f"{path.stem} has no source in solutions/: remove it from assignments/ or bring its source.")
    answers = {cell.id: cell.source for cell in read(source).cells if _is_answer(cell)}
    for cell in notebook.cells:
        if "### BEGIN" in cell.source or (cell.source and cell.source == answers.get(cell.id)):
            raise ValueError(f"the cell {cell.id} of {path.name} in assignments/ holds a solution: {mend}")


def _is_answer(cell):
    entry = cell.metadata.get("nbgrader", {})
    return entry.get("solution") or entry.get("grade")


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
