"""Turns a submission into what nbgrader expects: every notebook present and complete, and only harmless files beside.

What the gradebook has of an assignment decides; the student's text is kept, and whatever was done is reported.
"""

import copy
import dataclasses
import difflib
import importlib.machinery
import logging
import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Notebook
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme
from nbgrader.utils import compute_checksum
from traitlets.config import Configurable

from pgcourse.grading.intake.names import is_notebook, notebook_name, stem
from pgcourse.grading.intake.read import MEGABYTE, Unusable, find_files, read_file, read_notebook, shown
from pgcourse.grading.intake.repair import repaired
from pgcourse.grading.notebooks import METADATA, VALID_ID, read
from pgcourse.grading.timestamps import TIMESTAMP

MOST_EXTRA = 20 * MEGABYTE
# graded copies lie where the Formgrader serves files, and it runs configuration files in folders that it opens
SETTINGS = re.compile(r".*_config(\.d)?\.(py|json)", re.IGNORECASE | re.DOTALL)
# nbgrader prints names as they are: these move the cursor, clear the screen or turn the order of letters round
UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# what notebooks read, and no browser runs: data, text, code, pictures, archives
ENDINGS = """
    arrow avro bib bin bmp bz2 c cc cfg conf cpp csv cu dat data db dta ecsv f90 feather fits fwf gif gml graphml gz
    h h5 hdf hdf5 hpp ini ipc java jl joblib jpeg jpg json jsonl ll log m mat md ndjson nc npy npz onnx orc parquet
    pdf pgm pickle pkl png ppm pt pth py pyx r rda rds rst safetensors sas7bdat sav sh sql sqlite sqlite3 tab tar
    tex tif tiff toml tsv txt wav webp wkt xls xlsx xz yaml yml zip zst
"""
ASIDE = "The original notebook is shown here instead: nothing is graded until another one is handed in."
log = logging.getLogger(__name__)


@dataclasses.dataclass
class Restored:
    """One notebook of a submission, ready to be graded.

    Attributes
    ----------
    said
        Sentences on what was wrong with it and what was done.
    set_aside
        Whether nothing of the student's could be used.
    """

    notebook: nbformat.NotebookNode
    said: list[str]
    set_aside: bool = False


def handed_out(known: Notebook, layout: Path, parent: Configurable | None = None) -> nbformat.NotebookNode:
    """Build a notebook as it was handed out, without hidden tests, from what the gradebook has of it.

    Parameters
    ----------
    known
        nbgrader's row of the notebook, in an open gradebook.
    layout
        The released notebook, whose order and ordinary cells are used; it may be missing.
    parent
        From which nbgrader's preprocessors take their configuration.
    """
    cells = {cell.name: cell for cell in known.source_cells}
    points = {cell.name: cell.max_score for cell in [*known.grade_cells, *known.task_cells]}
    flags = {
        "grade": {cell.name for cell in known.grade_cells},
        "solution": {cell.name for cell in known.solution_cells},
        "task": {cell.name for cell in known.task_cells},
    }
    notebook = nbformat.v4.new_notebook(metadata=nbformat.from_dict(METADATA))
    for placed in _cells(layout):
        name = placed.metadata.get("nbgrader", {}).get("grade_id")
        if name in cells:
            notebook.cells.append(_released(cells.pop(name), placed.id, flags, points))
        elif name is None:
            placed.metadata.pop("nbgrader", None)  # nbgrader's toolbar used to leave one without a grade_id
            notebook.cells.append(placed)
    notebook.cells += [_released(cell, name, flags, points) for name, cell in cells.items()]
    for step in (ClearHiddenTests(parent=parent), ClearMarkScheme(parent=parent)):
        notebook, _ = step.preprocess(notebook, {})
    for cell in notebook.cells:
        if entry := cell.metadata.get("nbgrader"):
            entry.checksum = compute_checksum(cell)
    return notebook


def restore(folder: Path, releases: dict[str, nbformat.NotebookNode]) -> dict[str, Restored]:
    """Make notebooks that can be graded from what lies in a submission's folder.

    Parameters
    ----------
    folder
        Of the submission.
    releases
        The notebooks as they were handed out, by name.
    """
    try:
        files = find_files(folder)
        notebooks = [file for file in files if is_notebook(file.name)]
    except Unusable as reason:
        aside = f"The folder of this submission {reason}."
        return {name: set_aside(release, [aside]) for name, release in releases.items()}
    exact = {Path(f"{name}.ipynb") for name in releases}
    others = [file for file in notebooks if file not in exact]
    named = {file: notebook_name(file.name, releases) for file in others}
    return {
        name: _restored(folder, name, release, [file for file in others if named[file] in (name, None)])
        for name, release in releases.items()
    }


def set_aside(release: nbformat.NotebookNode, said: list[str]) -> Restored:
    """Return the original notebook for a submission that cannot be graded, with the sentences that say why."""
    return Restored(copy.deepcopy(release), [*said, ASIDE], set_aside=True)


def extra_files(folder: Path) -> tuple[dict[Path, bytes], list[str]]:
    """Read what lies beside the notebooks of a submission.

    Returns
    -------
    tuple
        {path in the folder: content}, and sentences about what was left out.
    """
    kept: dict[Path, bytes] = {}
    said, left = [], MOST_EXTRA
    try:
        files = [file for file in find_files(folder) if file != Path(TIMESTAMP)]
    except Unusable:
        return {}, []  # the notebooks' remarks say so
    packages = {file.parts[0] for file in files if len(file.parts) == 2 and file.name.startswith("__init__.")}
    for file in files:
        if is_notebook(file.name):
            continue
        try:
            _check_name(file, packages)
            kept[file] = read_file(folder / file, left)
        except Unusable as reason:
            said.append(f"{shown(file)} {reason}: it was left out.")
        else:
            left -= len(kept[file])
    return kept, said


def _cells(path):
    try:
        return read(path).cells
    except ValueError:
        return []


def _released(cell, cell_id, flags, points):
    """Return a graded cell as a notebook holds it, from the gradebook's."""
    entry: dict[str, Any] = {name: cell.name in named for name, named in flags.items()}
    entry |= {"grade_id": cell.name, "locked": bool(cell.locked), "schema_version": 3, "cell_type": cell.cell_type}
    if cell.name in points:
        entry["points"] = points[cell.name]
    metadata = {"deletable": False, "nbgrader": entry} | ({"editable": False} if cell.locked else {})
    known_id = {"id": cell_id} if VALID_ID.fullmatch(cell_id) else {}
    make = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
    return make(cell.source, metadata=nbformat.from_dict(metadata), **known_id)


def _restored(folder, name, release, others):
    """Restore one notebook from the file of its name, else from the file with the most similar name."""
    wanted, said = Path(f"{name}.ipynb"), []
    candidates = [wanted] if os.path.lexists(folder / wanted) else []
    candidates += sorted(others, key=lambda file: _likeness(folder, file, name), reverse=True)
    for file in candidates:
        try:
            notebook, mended = read_notebook(folder / file)
            notebook, repairs = repaired(notebook, release)
        except Unusable as reason:
            said.append(f"{shown(file)} {reason}.")
            continue
        except MemoryError:
            raise
        except Exception:  # a fault of this program must not stop the others' grading
            log.debug("repairing %s failed", folder / file, exc_info=True)
            said.append(f"{shown(file)} could not be repaired: ask your instructor to look at it.")
            continue
        if file == wanted and others:
            more, verb = f" and {len(others) - 3} more" * (len(others) > 3), "were" if len(others) > 1 else "was"
            said.append(f"{', '.join(map(shown, others[:3]))}{more} beside {wanted} {verb} ignored.")
        elif file != wanted:
            which = f", the most similar of {len(others)}," if len(others) > 1 else ""
            said.append(f"The notebook is not called {wanted}: {shown(file)}{which} is graded in its place.")
        return Restored(notebook, [*said, *(f"{shown(file)} {words}." for words in mended), *repairs])
    return set_aside(release, said or [f"There is no notebook {wanted} and none like it."])


def _likeness(folder, file, name):
    """Return a key that is largest for the file whose name is most similar, and among equals for the newest."""
    known, own = notebook_name(file.name, [name]) is not None, stem(file.name).lower()
    alike = 1 if known else round(difflib.SequenceMatcher(None, own, name.lower(), autojunk=False).ratio(), 1)
    return known, own.startswith(name.lower()) or known, alike, (folder / file).lstat().st_mtime, file.as_posix()


def _check_name(file, packages):
    """Raise Unusable for a name that cannot be written, and for one that would hide a module from the notebook."""
    try:
        str(file).encode("utf-8")
    except UnicodeEncodeError:
        raise Unusable("has a name that is not text") from None
    if UNSHOWN.search(str(file)):
        raise Unusable("has a name with characters that a terminal obeys and does not show")
    if is_notebook(file.parts[0]):
        raise Unusable("lies in a folder that is named like a notebook")
    if SETTINGS.fullmatch(file.name) or not _is_inert(file.name):
        raise Unusable("is of a kind that the Formgrader's server or a browser might run")
    module = file.parts[0].split(".")[0]
    importable = file.name.endswith(tuple(importlib.machinery.all_suffixes()))
    hides = module in packages if len(file.parts) > 1 else importable
    if hides and _is_installed(module):
        raise Unusable(f"would hide the module {shown(module)}")


def _is_inert(name):
    """Say whether a name has a known ending, or none."""
    _, dot, ending = name.rstrip(". ").rpartition(".")
    return not dot or ending.lower() in ENDINGS.split()


def _is_installed(module):
    if module in {*sys.stdlib_module_names, "pgcourse", "sitecustomize", "usercustomize"}:
        return True
    places = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    return importlib.machinery.PathFinder.find_spec(module, places) is not None
