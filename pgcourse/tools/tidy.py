"""`pgcourse tidy`: the canonical form of the course's notebooks, so that a diff shows only what a person changed.

No outputs, execution counts or widget state; readable cell ids that stay the same; one kernel; one JSON layout. Cell
sources and nbgrader's metadata are never touched.
"""

import argparse
import copy
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

import nbformat

from pgcourse.grading.notebooks import METADATA, VALID_ID, dumps, read

FOLDERS = ("lectures", "solutions", "assignments")
# metadata that people choose; all the rest is left behind by programs
NOTEBOOK_KEYS = ("title", "authors")
CELL_KEYS = ("deck", "deletable", "editable", "format", "name", "nbgrader", "slideshow", "tags")
# ids drawn at random by nbformat (8 digits) and by JupyterLab (a UUID)
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?")


def canonical(notebook: nbformat.NotebookNode, stem: str = "cell") -> nbformat.NotebookNode:
    """Return a copy of a notebook in canonical form.

    Parameters
    ----------
    notebook : NotebookNode
        Of format 4; it is not changed.
    stem : str
        The beginning of the ids of cells that have neither a grade_id nor an id that a person chose.

    Returns
    -------
    NotebookNode
        Of format 4.5.

    Raises
    ------
    ValueError
        If two cells have the same grade_id.
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


def tidy(path: Path, check: bool = False) -> bool:
    """Bring a notebook file into canonical form.

    Parameters
    ----------
    path : Path
    check : bool
        Only look, and change nothing.

    Returns
    -------
    bool
        Whether the file was changed or, with `check`, would be.

    Raises
    ------
    ValueError
        If it is not a valid notebook; the file is left as it was.
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


def find_notebooks(paths: Iterable[str | Path]) -> list[Path]:
    """Return the notebooks among files and in folders, except in hidden folders such as .ipynb_checkpoints.

    Raises
    ------
    ValueError
        If a path is neither a folder nor an .ipynb file.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(path.rglob("*.ipynb"))
            found += [file for file in inside if not _is_hidden(file.relative_to(path))]
        elif path.suffix == ".ipynb" and path.is_file():
            found.append(path)
        else:
            raise ValueError(f"{path} is neither a folder nor an .ipynb file: check the path.")
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse tidy`."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help=f"notebooks or folders; without any: {', '.join(FOLDERS)}"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; list what would change")


def main(args: argparse.Namespace) -> int:
    """Run `pgcourse tidy`.

    Returns
    -------
    int
        The exit code: 1 if a notebook is invalid or, with --check, not in canonical form.
    """
    paths = args.paths or [folder for folder in FOLDERS if Path(folder).is_dir()]
    if not paths:
        print("pgcourse tidy: there are no notebooks here: give a path or go to the course folder.", file=sys.stderr)
        return 1
    try:
        notebooks = find_notebooks(paths)
    except ValueError as error:
        print(f"pgcourse tidy: {error}", file=sys.stderr)
        return 1
    results = [_report(path, args.check) for path in notebooks]
    return 0 if all(results) else 1


def _report(path: Path, check: bool) -> bool:
    """Tidy a file, print what happened, and return whether all is well."""
    try:
        changed = tidy(path, check)
    except OSError as error:
        fault = f"{path} cannot be tidied ({error.strerror}): copy it to a folder that can be written to."
        print(f"pgcourse tidy: {fault}", file=sys.stderr)
        return False
    except ValueError as error:
        print(f"pgcourse tidy: {error}", file=sys.stderr)
        return False
    if changed:
        print(f"would tidy {path}" if check else f"tidied {path}")
    return not (changed and check)


def _cell_metadata(metadata: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Keep what a person chose: of JupyterLab's own entry only that the source is hidden, not that outputs are."""
    kept = {key: metadata[key] for key in CELL_KEYS if key in metadata}
    if metadata.get("jupyter", {}).get("source_hidden"):
        kept["jupyter"] = {"source_hidden": True}
    return cast(nbformat.NotebookNode, nbformat.from_dict(kept))


def _cell_ids(cells: Sequence[nbformat.NotebookNode], stem: str) -> list[str]:
    """Return for each cell its grade_id, else the id that a person chose, else the stem and an unused number."""
    ids = [_grade_id(cell) for cell in cells]
    graded = [cell_id for cell_id in ids if cell_id]
    doubled = sorted({cell_id for cell_id in graded if graded.count(cell_id) > 1})
    if doubled:
        raise ValueError(f"two cells have the grade_id {doubled[0]}: change one of the two.")
    for index, cell in enumerate(cells):
        if ids[index] is None and _is_chosen(cell.get("id", "")) and cell.id not in ids:
            ids[index] = cell.id
    number = 0
    for index in range(len(ids)):
        while ids[index] is None:
            number += 1
            candidate = f"{_slug(stem)[:56]}-{number:02d}"
            ids[index] = candidate if candidate not in ids else None
    return cast(list[str], ids)  # none is None by now


def _grade_id(cell: nbformat.NotebookNode) -> str | None:
    entry = cell.metadata.get("nbgrader")
    grade_id = entry.get("grade_id") if isinstance(entry, dict) else None
    return _slug(str(grade_id)) if grade_id else None


def _is_chosen(cell_id: str) -> bool:
    return bool(VALID_ID.fullmatch(cell_id)) and not RANDOM_ID.fullmatch(cell_id)


def _slug(text: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "cell"
    if len(slug) <= 64:
        return slug
    return f"{slug[:55]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"  # names may differ in their last letters only


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _replace(path: Path, data: bytes) -> None:
    """Write a new file and put it in the place of the old one, which an interruption or a full disk leaves intact."""
    beside = path.with_name(f".{path.name}.tidy")
    try:
        beside.write_bytes(data)
        shutil.copymode(path, beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
