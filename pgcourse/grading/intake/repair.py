"""`pgcourse repair`: repair a notebook before it is handed in or graded, and lose nothing of the student's.

The notebook of the same name that was handed out says what it should hold. Its graded cells are found again by
grade_id, else by cell id, else by their text or by the cell above them. Known faults are corrected, and every change is
reported in one sentence. A student's text is never dropped: a second copy is kept as an ordinary cell.
"""

import argparse
import copy
import hashlib
import itertools
import re
import shutil
import sys
import textwrap
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from pgcourse.grading.coursefolder import SETTINGS, course_directory, folder_of
from pgcourse.grading.intake.astray import added, astray, is_python
from pgcourse.grading.intake.names import notebook_name
from pgcourse.grading.intake.read import read_named
from pgcourse.grading.notebooks import METADATA, dumps, read

FLAGS = ("grade", "solution", "locked")
PLACEHOLDER = "raise NotImplementedError("
RELEASED = "assignments/.released"  # in a student's copy of the course
EDITED = "had been edited: the original is restored"
MENDED = "is of another version of this assignment: the present one takes its place"


def repaired(notebook: NotebookNode, release: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return a repaired copy of a notebook, and sentences that say what was done.

    Parameters
    ----------
    notebook
        As handed in.
    release
        As handed out.
    """
    notebook, said = copy.deepcopy(notebook), []
    if notebook.metadata.get("kernelspec", {}).get("name") != METADATA["kernelspec"]["name"]:
        notebook.metadata["kernelspec"] = copy.deepcopy(METADATA["kernelspec"])
        said.append("The notebook named another kernel or none: it now uses python3.")
    graded = [cell for cell in release.cells if _grade_id(cell)]
    found = _found(graded, notebook.cells, release.cells)
    for cell in notebook.cells:
        owner = next((name for name, match in found.items() if match is cell), None)
        if "nbgrader" in cell.metadata and owner is None:
            said += _released(cell, found)
    for wanted in graded:
        name, cell = _grade_id(wanted), found[_grade_id(wanted)]
        if cell is None:
            _insert(notebook.cells, release.cells, wanted)
            lost = "" if wanted.metadata.nbgrader.locked else ", empty as it was handed out"
            said.append(f"The cell {name} was missing: it is back{lost}.")
        else:
            kept = _kept(cell, wanted)
            said += _repaired_cell(cell, wanted)
            if kept:
                notebook.cells.insert(notebook.cells.index(cell), kept)
                said.append(f"What was written into the check {name} beside it is kept in a cell above it.")
    _renumber(notebook.cells)
    if _put_checks_in_order(notebook.cells, release.cells) and not _is_shuffled(notebook.cells, release.cells):
        said.append("The checks stood in another order: they are back in their original order.")
    if _is_shuffled(notebook.cells, release.cells):
        _put_in_order(notebook.cells, release.cells)
        said.append("Some checks stood before the code that they check: the cells are back in their original order.")
    return notebook, said + astray(notebook, release)


def left_to_do(notebook: NotebookNode) -> list[str]:
    """Return sentences that say which answers of a repaired notebook are missing or unfinished."""
    said = []
    for cell in notebook.cells:
        name = _grade_id(cell)
        if name and not cell.metadata.nbgrader.locked and cell.cell_type == "code" and PLACEHOLDER in cell.source:
            unfinished = f"still has its line `{PLACEHOLDER}...`: remove it once your code is complete"
            said.append(f"The cell {name} {unfinished if _is_begun(cell.source) else 'is not written yet'}.")
    return said


def _found(graded, cells, released):
    """Return {grade_id: its cell, or None}; no cell counts twice, and a grade_id of the release decides whose it is."""
    names = {_grade_id(wanted) for wanted in graded}
    found: dict[str, NotebookNode | None] = {}
    for wanted in graded:
        taken = {id(cell) for cell in found.values()}
        others = names - {_grade_id(wanted)}
        free = [cell for cell in cells if id(cell) not in taken and _grade_id(cell) not in others]
        found[_grade_id(wanted)] = _find(wanted, free) or _below(wanted, cells, taken, released)
    return found


def _find(wanted, cells):
    """Return the wanted cell, or None; among copies of an answer the last one that was changed."""
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
    return cell.source.strip() == wanted.source.strip() or _defines(cell, wanted)


def _defines(cell, wanted):
    """Say whether a cell defines the function that is to be written in the wanted one."""
    definition = not wanted.metadata.nbgrader.locked and re.match(r"def \w+\(", wanted.source)
    return bool(definition and re.search(rf"^{re.escape(definition[0])}", cell.source, re.M))


def _below(wanted, cells, taken, released):
    """Return an ordinary new cell below the text that precedes the wanted answer in the release, or None.

    `taken` holds the id() of each cell that is known to be another one.
    """
    place = released.index(wanted)
    if wanted.metadata.nbgrader.locked or place == 0:
        return None
    above, known = released[place - 1].source.strip(), {cell.source.strip() for cell in released}
    pairs = [(over, under) for over, under in itertools.pairwise(cells) if over.source.strip() == above]
    plain = [under for _, under in pairs if under.cell_type == wanted.cell_type and "nbgrader" not in under.metadata]
    new = [cell for cell in plain if id(cell) not in taken and cell.source.strip() not in known]
    return new[0] if new else None


def _released(cell, found):
    """Turn a cell whose grade_id does not count, or counts elsewhere, into an ordinary cell; return sentences."""
    name, entry = _grade_id(cell), cell.metadata.pop("nbgrader")
    if name in found:
        counts = "the last one with work in it counts, the other is kept as an ordinary cell"
        return [f"The cell {name} was there twice: {counts}."]
    if name is None and isinstance(entry, dict) and all(entry.get(flag) is False for flag in FLAGS):
        return []  # what nbgrader's toolbar used to leave at ordinary cells
    unknown = f"{name or 'graded'}, which this assignment does not have"
    return [f"A cell claimed to be {unknown}: it is kept as an ordinary cell."]


def _repaired_cell(cell, wanted):
    """Repair one graded cell in place; return sentences."""
    name, entry, said = _grade_id(wanted), wanted.metadata.nbgrader, []
    was_handed_out = _was_handed_out(cell, wanted)
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
        if not was_handed_out:
            said.append(f"The cell {name} had lost or changed its grading data, which are restored.")
    if entry.locked and cell.source.strip() != wanted.source.strip():
        said.append(f"The check {name} {MENDED if was_handed_out else EDITED}.")
        cell.source = wanted.source
    untouched = cell.source.strip() == wanted.source.strip()
    if untouched or entry.locked or cell.cell_type != "code":  # what was handed out is nobody's answer
        return said
    if PLACEHOLDER in cell.source and _is_begun(cell.source):
        kept = "\n".join(line for line in cell.source.splitlines() if PLACEHOLDER not in line)
        if _parses(kept):
            cell.source = kept
            said.append(f"The cell {name} still had its line `{PLACEHOLDER}...` beside your code: it is removed.")
    return said


def _kept(cell, wanted):
    """Return an ordinary cell of what a locked cell holds beside the text that was handed out; None if nothing."""
    if not wanted.metadata.nbgrader.locked or _was_handed_out(cell, wanted):
        return None
    rest = textwrap.dedent(added(cell.source, wanted.source)).strip("\n")
    if not rest.strip():
        return None
    if cell.cell_type != "code":
        return nbformat.v4.new_markdown_cell(rest)
    return nbformat.v4.new_code_cell(rest) if _parses(rest) else nbformat.v4.new_raw_cell(rest)


def _was_handed_out(cell, wanted):
    """Say whether a graded cell is as this or another version of the assignment has it, apart from an answer's text.

    The checksum is nbgrader's, of the text that was handed out, and tells that from a text which a student changed.
    """
    entry, known = cell.metadata.get("nbgrader"), wanted.metadata.nbgrader
    if not isinstance(entry, dict) or "checksum" not in entry or {**entry, "checksum": known.get("checksum")} != known:
        return False
    parts = [cell.source, cell.cell_type, known.grade, known.solution, known.locked, known.grade_id]
    parts += [float(known.points)] if known.grade else []
    text = "".join(map(str, parts)).encode(errors="replace")  # as in nbgrader, which students do not have
    return not known.locked or entry["checksum"] == hashlib.md5(text, usedforsecurity=False).hexdigest()


def _is_begun(source):
    """Say whether a cell that still holds the placeholder holds code of the student's as well."""
    lines = [line for line in source.splitlines() if line.strip() and PLACEHOLDER not in line]
    return any(not re.match(r'\s*(def |"""|#|@|%)|\w+ = None', line) for line in lines)


def _parses(source):
    """Say whether a cell is Python, apart from cell magics on top and lines of magics and shell commands."""
    if is_python(source):  # or too long to say
        return True
    source = re.sub(r"\A(?:\s*%%.*\n?)+", "", source)
    return is_python(source) or is_python(re.sub(r"^([ \t]*)[%!].*", r"\1pass", source, flags=re.MULTILINE))


def _insert(cells, released, wanted):
    """Insert a missing cell after the nearest graded cell before it, or where the release has it."""
    before = [_grade_id(cell) for cell in released[: released.index(wanted)]]
    places = [i for i, cell in enumerate(cells) if _grade_id(cell) and _grade_id(cell) in before]
    missing = copy.deepcopy(wanted)
    if any(_defines(cell, wanted) for cell in cells):
        missing.source = "# The answer is in another cell."  # the placeholder would overwrite it
    cells.insert(places[-1] + 1 if places else min(released.index(wanted), len(cells)), missing)


def _is_shuffled(cells, released):
    """Say whether a check stands before an answer that is above it in the release."""
    answers = set()
    for wanted in released:
        if name := _grade_id(wanted):
            if not wanted.metadata.nbgrader.locked:
                answers.add(name)
            elif answers & set(_names_after(cells, name)):
                return True
    return False


def _names_after(cells, name):
    names = [_grade_id(cell) for cell in cells]
    return names[names.index(name) + 1 :]


def _put_checks_in_order(cells, released):
    """Let the checks change places among themselves so that they run in the release's order; say whether any did."""
    before = list(cells)
    _put_in_order(cells, [cell for cell in released if _grade_id(cell) and cell.metadata.nbgrader.locked])
    return any(cell is not other for cell, other in zip(cells, before, strict=True))


def _put_in_order(cells, released):
    """Sort the cells that have counterparts among these of the release into their order; the others stay in place."""
    order = {_grade_id(cell) or cell.id: number for number, cell in enumerate(released)}
    places = [i for i, cell in enumerate(cells) if (_grade_id(cell) or cell.id) in order]
    known = sorted((cells[i] for i in places), key=lambda cell: order[_grade_id(cell) or cell.id])
    for i, cell in zip(places, known, strict=True):
        cells[i] = cell


def _renumber(cells):
    """Give each cell whose id is missing or taken a new one: copies and parts of a cell may share its id."""
    seen = set()
    for cell in cells:
        while not cell.get("id") or cell.id in seen:
            cell.id = nbformat.v4.new_markdown_cell().id
        seen.add(cell.id)


def _grade_id(cell):
    entry = cell.metadata.get("nbgrader")
    grade_id = entry.get("grade_id") if isinstance(entry, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse repair`."""
    parser.add_argument(
        "notebook", type=Path, help="a notebook of an assignment, by the name that it was handed out with, or a copy's"
    )


def main(args: argparse.Namespace) -> int:
    """Repair one notebook in place, with a backup beside it; the exit code is 1 if that cannot be done."""
    try:
        release = read(find_release(args.notebook))
        notebook, mended = read_named(args.notebook)
    except ValueError as error:
        print(f"pgcourse repair: {error}", file=sys.stderr)
        return 1
    fixed, said = repaired(notebook, release)
    print("\n".join(mended + said + left_to_do(fixed)) or "Nothing to repair.")
    if mended or fixed != notebook:
        backup = _backup(args.notebook)
        beside = args.notebook.with_name(f".{args.notebook.name}.repair")
        beside.write_text(dumps(fixed), encoding="utf-8")
        beside.replace(args.notebook)
        print(f"{args.notebook.name} is repaired, without outputs; the notebook as it was is in {backup.name}.")
    return 0


def find_release(path: Path) -> Path:
    """Return the path, as handed out, of the notebook that a file is a copy of; ValueError where there is none."""
    known = {file.stem: file for file in _releases()}
    name = notebook_name(path.name, known)
    if name is None:
        names = ", ".join(f"{stem}.ipynb" for stem in sorted(known)) or "which there is none yet"
        raise ValueError(f"no notebook {path.name} was handed out: give it back the name that it had, of {names}.")
    if path.exists() and known[name].samefile(path):
        raise ValueError(f"{path} is itself what is handed out, so nothing says how to repair it: name a copy of it.")
    return known[name]


def _releases():
    """Return the paths of all notebooks that were handed out; ValueError where this is no course's folder.

    Students work in `assignments/`, so their copy of the course keeps other copies in `assignments/.released`.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / RELEASED).is_dir():
            return sorted((folder / RELEASED).glob("*.ipynb"))
        if (folder / SETTINGS).is_file():
            course = course_directory()
            return sorted(folder_of(course, course.release_directory, ".", "x").parent.glob("*/*.ipynb"))
    raise ValueError(f"{here} is not in a course's folder: run this in the folder that holds the assignments.")


def _backup(path):
    """Copy a file to a new name beside it; never over another file."""
    number = 1
    while (backup := path.with_name(f"{path.stem}.before-repair-{number}{path.suffix}")).exists():
        number += 1
    shutil.copy2(path, backup)
    return backup
