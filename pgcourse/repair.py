"""`pgcourse repair`: mend a problem set's notebook before it is handed in or graded, and lose nothing of the student's.

The release of the same name in `assignments/` says what the notebook should hold. Its graded cells are found again by
grade_id, else by cell id, else by what they say; what is known to be wrong is put right, and everything is reported in
one sentence a cell. A student's text is never dropped: a second copy stays as an ordinary cell.
"""

import copy
import re
import shutil
import sys
from pathlib import Path

import nbformat

from pgcourse.lab import course_root
from pgcourse.notebooks import METADATA, dumps, read

STUB = "raise NotImplementedError("


def repaired(notebook, release):
    """Return a mended copy of a notebook, and a list of sentences that say what was done or is left to do.

    notebook  NotebookNode as handed in
    release   NotebookNode as handed out
    """
    notebook, said = copy.deepcopy(notebook), []
    if notebook.metadata.get("kernelspec", {}).get("name") != METADATA["kernelspec"]["name"]:
        notebook.metadata["kernelspec"] = copy.deepcopy(METADATA["kernelspec"])
        said.append("The notebook named another kernel: it now names python3.")
    graded = [cell for cell in release.cells if "nbgrader" in cell.metadata]
    found = {_grade_id(wanted): _find(wanted, notebook.cells) for wanted in graded}
    for cell in notebook.cells:
        owner = next((name for name, match in found.items() if match is cell), None)
        if "nbgrader" in cell.metadata and owner is None:
            said.append(_released(cell, found))
    for wanted in graded:
        name, cell = _grade_id(wanted), found[_grade_id(wanted)]
        if cell is None:
            _insert(notebook.cells, release.cells, wanted)
            lost = "" if wanted.metadata.nbgrader.locked else ", empty as it was handed out"
            said.append(f"The cell {name} was missing: it is back{lost}.")
        else:
            said += _mended(cell, wanted)
    _renumber(notebook.cells)
    return notebook, [sentence for sentence in said if sentence]


def _find(wanted, cells):
    """Return the cell that is the wanted one, or None; among copies of a solution cell the last one with work in it."""
    name = _grade_id(wanted)
    ways = (
        lambda cell: _grade_id(cell) == name,
        lambda cell: cell.get("id") == wanted.id and "nbgrader" not in cell.metadata,
        lambda cell: _says_the_same(cell, wanted),
    )
    for way in ways:
        matches = [cell for cell in cells if way(cell)]
        worked = [cell for cell in matches if cell.source.strip() != wanted.source.strip()]
        if matches:
            return matches[0] if wanted.metadata.nbgrader.locked else (worked or matches)[-1]
    return None


def _says_the_same(cell, wanted):
    """Say whether a cell without the wanted one's name holds its text, or defines its function."""
    if cell.source.strip() == wanted.source.strip():
        return True
    definition = re.match(r"def \w+\(", wanted.source)
    solution = not wanted.metadata.nbgrader.locked
    return bool(solution and definition and re.search(rf"^{re.escape(definition[0])}", cell.source, re.M))


def _released(cell, found):
    """Make a cell with a grade_id that is not, or no longer, the one that counts an ordinary cell."""
    name = _grade_id(cell)
    del cell.metadata["nbgrader"]
    if name in found:
        return f"The cell {name} was there twice: the last one with work in it counts, the other stays as a plain cell."
    return f"A cell claimed to be {name or 'graded'}, which this problem set does not have: it stays as a plain cell."


def _mended(cell, wanted):
    """Put one graded cell right in place; return sentences."""
    name, entry, said = _grade_id(wanted), wanted.metadata.nbgrader, []
    if cell.cell_type != wanted.cell_type:
        said.append(f"The cell {name} had been turned into {cell.cell_type}: it is {wanted.cell_type} again.")
        cell.cell_type = wanted.cell_type
        cell.pop("attachments", None)
        if wanted.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    if cell.metadata.get("nbgrader") != entry:
        cell.metadata["nbgrader"] = copy.deepcopy(entry)
        said.append(f"The cell {name} had lost or changed its grading data: they are as handed out.")
    if entry.locked and cell.source.strip() != wanted.source.strip():
        said.append(f"The check {name} had been edited: it is as handed out.")
        cell.source = wanted.source
    if not entry.locked and cell.cell_type == "code" and STUB in cell.source:
        cell.source, words = _without_stub(cell.source, name)
        said.append(words)
    return said


def _without_stub(source, name):
    """Return the source without the line that says that nothing is written yet, if something is; and a sentence."""
    lines = source.splitlines()
    kept = [line for line in lines if STUB not in line]
    body = [line for line in kept if line.strip() and not re.match(r'\s*(def |"""|#|@)|\w+ = None', line)]
    if not body:
        return source, f"The cell {name} is not written yet."
    try:
        compile("\n".join(kept), name, "exec")
    except SyntaxError:
        return source, f"The cell {name} still has its line `{STUB}...`: remove it once your code is complete."
    return "\n".join(kept), f"The cell {name} still had its line `{STUB}...` beside your code: it is removed."


def _insert(cells, released, wanted):
    """Put a missing cell back after the nearest graded cell before it, or where the release has it."""
    before = [_grade_id(cell) for cell in released[: released.index(wanted)]]
    places = [i for i, cell in enumerate(cells) if _grade_id(cell) and _grade_id(cell) in before]
    cells.insert(places[-1] + 1 if places else min(released.index(wanted), len(cells)), copy.deepcopy(wanted))


def _renumber(cells):
    """Give a cell whose id another one has an id of its own; copies and splits leave such."""
    seen = set()
    for cell in cells:
        while not cell.get("id") or cell.id in seen:
            cell.id = nbformat.v4.new_markdown_cell().id
        seen.add(cell.id)


def _grade_id(cell):
    entry = cell.metadata.get("nbgrader")
    return entry.get("grade_id") if isinstance(entry, dict) else None


def add_arguments(parser):
    """Declare the arguments of `pgcourse repair`."""
    parser.add_argument(
        "notebook", type=Path, help="a notebook of a problem set, with the name it was handed out under"
    )


def main(args):
    """Repair one notebook in place, with a backup beside it; the exit code is 1 when that cannot be done."""
    try:
        notebook, release = read(args.notebook), read(find_release(args.notebook))
    except ValueError as error:
        print(f"pgcourse repair: {error}", file=sys.stderr)
        return 1
    mended, said = repaired(notebook, release)
    print("\n".join(said) or "Nothing to mend.")
    if mended != notebook:
        backup = _backup(args.notebook)
        beside = args.notebook.with_name(f".{args.notebook.name}.repair")
        beside.write_text(dumps(mended), encoding="utf-8")
        beside.replace(args.notebook)
        print(f"{args.notebook.name} is mended; what it was is in {backup.name}.")
    return 0


def find_release(path):
    """Return the path of the problem set with this file name as it was handed out; ValueError where there is none.

    Students work in `assignments/`, so their copy of the course keeps other copies in `assignments/.released`.
    """
    folder = course_root() / "assignments"
    found = [file for file in (folder / ".released" / path.name, folder / path.stem / path.name) if file.is_file()]
    if not found:
        known = sorted(file.name for file in folder.glob("ps*/*.ipynb"))
        raise ValueError(f"{path.name} is no problem set's name: give it back the one it had, of {', '.join(known)}.")
    if path.exists() and found[0].samefile(path):
        raise ValueError(f"{path} is itself what is handed out, so there is nothing to mend it by: name a copy of it.")
    return found[0]


def _backup(path):
    """Copy a file to a new name beside it; never over another file."""
    number = 1
    while (backup := path.with_name(f"{path.stem}.before-repair-{number}{path.suffix}")).exists():
        number += 1
    shutil.copy2(path, backup)
    return backup
