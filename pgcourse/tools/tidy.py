"""One canonical form of the course's notebooks, so that a diff shows what a person changed and nothing else.

No outputs, no execution counts, no widget state; readable cell ids that stay the same; one kernel; one JSON
layout. Cell sources and nbgrader's metadata are never touched. The command is `pgcourse tidy`.
"""

import copy
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat

from pgcourse.grading.notebooks import METADATA, VALID_ID, dumps, read

FOLDERS = ("lectures", "solutions", "assignments")
# what a person chooses; everything else is left there by a program
NOTEBOOK_KEYS = ("title", "authors")
CELL_KEYS = ("deletable", "editable", "format", "name", "nbgrader", "slideshow", "tags")
# ids drawn at random by nbformat (8 digits) and by JupyterLab (a UUID)
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?")


def canonical(notebook, stem="cell"):
    """Return a copy of a notebook in canonical form.

    notebook  version-4 NotebookNode; not changed
    stem      beginning of the ids of cells that have neither a grade_id nor a chosen id
    returns   NotebookNode of format 4.5

    Raises ValueError when two cells have the same grade_id.
    """
    result = copy.deepcopy(notebook)
    result.nbformat, result.nbformat_minor = 4, 5
    kept = {key: result.metadata[key] for key in NOTEBOOK_KEYS if key in result.metadata}
    result.metadata = nbformat.from_dict(METADATA | kept)
    for cell in result.cells:
        cell.metadata = _cell_metadata(cell.metadata)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for cell, cell_id in zip(result.cells, _cell_ids(result.cells, stem), strict=True):
        cell.id = cell_id
    return result


def tidy(path, check=False):
    """Put one notebook file into canonical form; with `check`, only look.

    path     Path of the notebook
    returns  True when the file was, or would be, changed

    Raises ValueError, and leaves the file alone, when it is not a valid notebook.
    """
    notebook = read(path)
    try:
        data = dumps(canonical(notebook, path.stem)).encode("utf-8")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    changed = data != path.read_bytes()
    if changed and not check:
        _replace(path.resolve(), data)
    return changed


def find_notebooks(paths):
    """List the notebooks in files and folders, without hidden folders such as .ipynb_checkpoints.

    Raises ValueError for a path that is neither a folder nor an .ipynb file.
    """
    found = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(path.rglob("*.ipynb"))
            found += [file for file in inside if not _is_hidden(file.relative_to(path))]
        elif path.suffix == ".ipynb" and path.is_file():
            found.append(path)
        else:
            raise ValueError(f"{path} is neither a folder nor an .ipynb file: check the path.")
    return found


def add_arguments(parser):
    """Declare the arguments of `pgcourse tidy`."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help=f"notebooks or folders; without any: {', '.join(FOLDERS)}"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; list what would change")


def main(args):
    """Run `pgcourse tidy`; the exit code is 1 when a file is invalid or, with --check, not tidy."""
    paths = args.paths or [folder for folder in FOLDERS if Path(folder).is_dir()]
    if not paths:
        print("pgcourse tidy: no notebooks here: name a path or go to the course folder.", file=sys.stderr)
        return 1
    try:
        notebooks = find_notebooks(paths)
    except ValueError as error:
        print(f"pgcourse tidy: {error}", file=sys.stderr)
        return 1
    results = [_report(path, args.check) for path in notebooks]
    return 0 if all(results) else 1


def _report(path, check):
    """Tidy one file, say what happened, and return whether all is well."""
    try:
        changed = tidy(path, check)
    except (ValueError, OSError) as error:
        print(f"pgcourse tidy: {error}", file=sys.stderr)
        return False
    if changed:
        print(f"would tidy {path}" if check else f"tidied {path}")
    return not (changed and check)


def _cell_metadata(metadata):
    """Keep what a person chose: of JupyterLab's own entry only the hidden source, not the hidden outputs."""
    kept = {key: metadata[key] for key in CELL_KEYS if key in metadata}
    if metadata.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = {"source_hidden": True}
    return nbformat.from_dict(kept)


def _cell_ids(cells, stem):
    """Give every cell its grade_id, else the id a person chose, else the stem and a number not yet used."""
    ids = [_grade_id(cell) for cell in cells]
    graded = [cell_id for cell_id in ids if cell_id]
    doubled = sorted({cell_id for cell_id in graded if graded.count(cell_id) > 1})
    if doubled:
        raise ValueError(f"two cells have the grade_id {doubled[0]}: give one of them another.")
    for index, cell in enumerate(cells):
        if ids[index] is None and _is_chosen(cell.get("id", "")) and cell.id not in ids:
            ids[index] = cell.id
    number = 0
    for index in range(len(ids)):
        while ids[index] is None:
            number += 1
            candidate = f"{_slug(stem)[:56]}-{number:02d}"
            ids[index] = candidate if candidate not in ids else None
    return ids


def _grade_id(cell):
    entry = cell.metadata.get("nbgrader")
    grade_id = entry.get("grade_id") if isinstance(entry, dict) else None
    return _slug(str(grade_id)) if grade_id else None


def _is_chosen(cell_id):
    return bool(VALID_ID.fullmatch(cell_id)) and not RANDOM_ID.fullmatch(cell_id)


def _slug(text):
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:64] or "cell"


def _is_hidden(path):
    return any(part.startswith(".") for part in path.parts)


def _replace(path, data):
    """Write the whole file beside the old one first: an interruption or a full disk leaves the old one."""
    beside = path.with_name(f".{path.name}.tidy")
    try:
        beside.write_bytes(data)
        shutil.copymode(path, beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
