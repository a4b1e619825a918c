"""Reads what students handed in: regular files only, never through a link, never more than is allowed.

A notebook is built anew from the parts that are needed - text, pictures in text, nbgrader's entries - so that no
output, tag, widget or malformed structure gets past this module.
"""

import json
import os
import re
import stat
from pathlib import Path

import nbformat

from pgcourse.grading.notebooks import METADATA, VALID_ID

MEGABYTE = 2**20
# a file with its stored outputs; what is kept of it; its cells
MOST_BYTES, MOST_TEXT, MOST_CELLS = 64 * MEGABYTE, 10 * MEGABYTE, 1000
TOO_MANY_CELLS = f"has more than the {MOST_CELLS} cells that are run"
# lists and objects in a file: each takes far more memory than the two characters that it is written with
MOST_PARTS = 1_000_000
MOST_PICTURES = 1000  # pasted into all texts together
MOST_FILES, DEEPEST = 1000, 8

KINDS = {
    stat.S_IFLNK: "is a link and not a file of its own",
    stat.S_IFDIR: "is a folder and not a file",
    stat.S_IFIFO: "is a pipe and not a file",
    stat.S_IFSOCK: "is a socket and not a file",
    stat.S_IFCHR: "is a device and not a file",
    stat.S_IFBLK: "is a device and not a file",
}
# what operating systems and editors leave in a folder
LITTER = re.compile(r"\..*|__pycache__|__MACOSX|.*\.pyc|Thumbs\.db|desktop\.ini", re.IGNORECASE)


class Unusable(Exception):
    """A file or folder that cannot be used; the text says why and is to be read after its name."""


def read_file(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a regular file; raises Unusable for anything else, and for more than `most` bytes."""
    try:
        _expect(stat.S_IFREG, os.lstat(path))
        with open(path, "rb", opener=_open) as file:
            _expect(stat.S_IFREG, os.fstat(file.fileno()))
            data = file.read(most + 1)
    except OSError as error:
        raise Unusable(f"cannot be read ({error.strerror})") from None
    if len(data) > most:
        raise Unusable(f"has more than the {most / MEGABYTE:g} MB that are read")
    return data


def find_files(folder: Path) -> list[Path]:
    """List what lies in a folder and below, links and pipes too, but neither litter nor what is hidden.

    Returns
    -------
    list of Path
        Relative to the folder, in order of depth and name, at most MOST_FILES.

    Raises
    ------
    Unusable
        If the folder is a link or cannot be listed.
    """
    found: list[Path] = []
    folders = [Path()]
    try:
        _expect(stat.S_IFDIR, os.lstat(folder))
        for here in folders:  # it grows as folders are found
            with os.scandir(folder / here) as entries:
                kept = sorted((entry for entry in entries if not LITTER.fullmatch(entry.name)), key=lambda e: e.name)
            for entry in kept:
                deeper = entry.is_dir(follow_symlinks=False) and len(here.parts) < DEEPEST
                (folders if deeper and len(folders) < MOST_FILES else found).append(here / entry.name)
            if len(found) >= MOST_FILES:
                break
    except OSError as error:
        raise Unusable(f"cannot be read ({error.strerror})") from None
    return found[:MOST_FILES]


def read_notebook(path: Path) -> tuple[nbformat.NotebookNode, list[str]]:
    """Read a notebook of any format from a file that may hold anything.

    Returns
    -------
    tuple
        A notebook of format 4.5 without outputs, and what was repaired, in words to be read after the file's name.

    Raises
    ------
    Unusable
        If the file holds no notebook.
    """
    text, said = _decoded(read_file(path))
    whole = text.rstrip("\0 \t\r\n")  # what a disk that was full, or a machine that was switched off, leaves at the end
    if "\0" in text[len(whole) :]:
        said.append("ended in empty bytes, which were left out")
    text = whole
    if text.count("{") + text.count("[") > MOST_PARTS:
        raise Unusable("holds too many parts for a notebook")
    try:
        content = json.loads(text)
        if isinstance(content, dict) and content.get("nbformat") in (1, 2, 3):
            if _old_cells(content) > MOST_CELLS:  # before the upgrade, which is slow
                raise Unusable(TOO_MANY_CELLS)
            said.append(f"was of the old format {content['nbformat']}: it was upgraded")
            content = _upgraded(content)
    except RecursionError:
        raise Unusable("is nested too deeply for a notebook") from None
    except ValueError:
        raise Unusable("is not a notebook, or only a part of one: it is not valid JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        raise Unusable("is not a notebook: it has no list of cells")
    if len(content["cells"]) > MOST_CELLS:
        raise Unusable(TOO_MANY_CELLS)
    notebook = _built(content, said)
    if sum(len(cell.get("attachments", ())) for cell in notebook.cells) > MOST_PICTURES:
        raise Unusable(f"has more than {MOST_PICTURES} pictures pasted into its texts")
    size = sum(len(cell.source) + len(json.dumps(cell.get("attachments", {}))) for cell in notebook.cells)
    if size > MOST_TEXT:
        raise Unusable(f"has more than {MOST_TEXT / MEGABYTE:g} MB of text and pictures in its cells")
    return notebook, said


def read_named(path: Path) -> tuple[nbformat.NotebookNode, list[str]]:
    """Read a notebook that a person names, as `read_notebook` does.

    Returns
    -------
    tuple
        The notebook, and sentences that say what was repaired.

    Raises
    ------
    ValueError
        A sentence, if the file holds no notebook.
    """
    try:
        notebook, mended = read_notebook(path.resolve())  # one's own file may be reached through a link
    except Unusable as reason:
        raise ValueError(f"{path} {reason}{'' if path.exists() else ': check its name'}.") from None
    return notebook, [f"{path.name} {words}." for words in mended]


def shown(text: object, most: int = 80) -> str:
    """Return what students wrote or named in a form that can be shown: short, on one line, printable."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(text))
    return text if len(text) <= most else f"{text[: most - 20]}...{text[-17:]}"


def _open(path, flags):
    """Refuse a link, and do not wait for a pipe, that has replaced the file meanwhile."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _expect(kind, status):
    actual = stat.S_IFMT(status.st_mode)
    if actual != kind:
        raise Unusable(KINDS.get(actual, "is a file and not a folder"))


def _decoded(data):
    """Return the text of a file, and what is to be said about its encoding."""
    if not data.strip():
        raise Unusable("is empty")
    for encoding in (json.detect_encoding(data), "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        ours = encoding.startswith("utf-8")
        return text, [] if ours else [f"was not written in UTF-8: it was read as {encoding}"]
    raise Unusable("is not text")


def _old_cells(content):
    """Return how many cells a notebook of an old format has, in its sheets too, where there are any."""
    sheets = content.get("worksheets")
    places = [content, *(sheets if isinstance(sheets, list) else [])]
    found = [place.get("cells") for place in places if isinstance(place, dict)]
    return sum(len(cells) for cells in found if isinstance(cells, list))


def _upgraded(content):
    try:
        return nbformat.convert(nbformat.from_dict(content), 4)
    except RecursionError:
        raise
    except Exception:  # nbformat expects a valid structure, and raises many exceptions if it finds none
        raise Unusable(f"is of the old format {content['nbformat']} and too broken to be upgraded") from None


def _built(content, said):
    """Return a new notebook of the cells' text, pictures and nbgrader entries; append remarks to `said`."""
    cells = []
    for number, raw in enumerate(content["cells"], start=1):
        if not isinstance(raw, dict):
            said.append(f"had something that is no cell in place of number {number}, which was left out")
            continue
        kind, source = raw.get("cell_type"), _text(raw.get("source"))
        if kind not in ("code", "markdown", "raw"):
            said.append(f"had a cell number {number} of no known type, which was kept as plain text")
            kind = "raw"
        if source is None:
            said.append(f"had a cell number {number} whose text was broken or missing")
            source = "".join(filter(_is_text, raw["source"])) if isinstance(raw.get("source"), list) else ""
        cell = {"cell_type": kind, "id": _cell_id(raw, number), "source": writable(source)}
        cell["metadata"] = _entry(raw.get("metadata"))
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        elif pictures := _pictures(raw.get("attachments")):
            cell["attachments"] = pictures
        cells.append(cell)
    metadata = _kernel(content.get("metadata"))
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def _text(source):
    """Return the text of a source, which is a string or a list of strings; None if it is neither."""
    if isinstance(source, list) and all(map(_is_text, source)):
        source = "".join(source)
    return re.sub("\r\n?", "\n", source) if _is_text(source) else None


def _is_text(value):
    return isinstance(value, str)


def writable(text: str) -> str:
    """Return text without lone surrogates, which JSON can represent and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cell_id(raw, number):
    known = raw.get("id")
    return known if _is_text(known) and VALID_ID.fullmatch(known) else f"cell-{number}"


def _entry(metadata):
    """Keep nbgrader's entry only: a tag, for example, can prevent a cell from being run."""
    entry = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(entry, dict):
        return {}
    plain = {key: value for key, value in entry.items() if isinstance(value, bool | int | float | str)}
    return {"nbgrader": {writable(key): writable(v) if isinstance(v, str) else v for key, v in plain.items()}}


def _pictures(attachments):
    """Keep the pictures that were pasted into a text, as {name: {type: base64}}."""
    named = attachments.items() if isinstance(attachments, dict) else ()
    kept = {writable(name): _bitmap(bundle) for name, bundle in named if isinstance(bundle, dict)}
    return {name: bundle for name, bundle in kept.items() if bundle}


def _bitmap(bundle):
    types = ("image/png", "image/jpeg", "image/gif", "image/webp")
    return {key: data for key, data in bundle.items() if key in types and _is_text(data) and data.isascii()}


def _kernel(metadata):
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = kernel.get("name") if isinstance(kernel, dict) else None
    ours = name == METADATA["kernelspec"]["name"]
    return {"kernelspec": METADATA["kernelspec"]} if ours else {}
