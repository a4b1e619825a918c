"""Folders in which the notebook is not what a notebook should be, not where it should be, or not there."""

import json
import os
import socket

import nbformat

from tests.submissions.case import EARNED, PS, files, half, save


def bytes_of(zoo):
    """Return the bytes of a half-done notebook."""
    return nbformat.writes(half(zoo)).encode()


def written(change):
    """Return a function that hands in a changed text of a half-done notebook: change(bytes) -> bytes."""

    def write(folder, zoo):
        folder.mkdir(parents=True)
        (folder / f"{PS}.ipynb").write_bytes(change(bytes_of(zoo)))

    return write


def accented(notebook):
    """Return the text of a notebook with a word that is not ASCII in it, as latin-1."""
    return notebook.replace(b"# Problem set 4", "# Probl\xe8me 4".encode("latin-1"), 1)


def old_format(folder, zoo):
    """Hand in the notebook in nbformat 3."""
    folder.mkdir(parents=True)
    old = nbformat.convert(half(zoo), 3)
    (folder / f"{PS}.ipynb").write_text(json.dumps(old), encoding="utf-8")


def another_name(folder, zoo):
    """Hand in under the name that a browser gives to a second download."""
    save(half(zoo), folder).rename(folder / f"{PS} (1).ipynb")


def a_directory(folder, zoo):
    """Make a directory named like the notebook."""
    (folder / f"{PS}.ipynb").mkdir(parents=True)
    (folder / f"{PS}.ipynb" / f"{PS}.ipynb").write_bytes(bytes_of(zoo))


def a_fifo(folder, zoo):
    """Make a fifo, which blocks who opens it, and a device where that is allowed."""
    folder.mkdir(parents=True)
    os.mkfifo(folder / f"{PS}.ipynb")
    os.mkfifo(folder / "data.csv")


def a_socket(folder, zoo):
    """Make a socket, by a short path."""
    folder.mkdir(parents=True)
    here = os.open(folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(f"/proc/self/fd/{here}/{PS}.ipynb")
    os.close(here)


def fifo_beside(folder, zoo):
    """Hand in honest work with a fifo beside it."""
    save(half(zoo), folder)
    os.mkfifo(folder / "data.csv")


def unreadable(folder, zoo):
    """Hand in a file that nobody may read; it hinders an ordinary user alone."""
    save(half(zoo), folder).chmod(0)


def nothing(folder, zoo):
    """Hand in a folder without a notebook."""
    folder.mkdir(parents=True)
    (folder / "homework.txt").write_text("My dog ate it.")


def bad_timestamp(folder, zoo):
    """Hand in honest work with a time that is none."""
    save(half(zoo), folder)
    (folder / "timestamp.txt").write_bytes(b"the day before \xff yesterday")


def large_beside(folder, zoo):
    """Hand in honest work with 200 MB beside it; the file has holes."""
    save(half(zoo), folder)
    with open(folder / "data.bin", "wb") as file:
        file.truncate(200_000_000)


def odd_names(folder, zoo):
    """Hand in honest work with file names that are hard to handle."""
    save(half(zoo), folder)
    for name in ("a\nb.txt", "-rf", "[a-z]*?.txt", "$HOME", "é" * 100, " ", os.fsdecode(b"not-UTF-8-\xff")):
        (folder / name).write_text("x")


def lists(notebook):
    """Return a notebook whose parts have the wrong types."""
    parts = json.loads(notebook)
    parts["cells"][2]["source"] = 7
    parts["cells"][4]["cell_type"] = "poem"
    parts["cells"].append("no cell")
    return json.dumps(parts).encode()


def no_numbers(notebook):
    """Return a notebook with numbers in it that JSON does not have."""
    parts = json.loads(notebook)
    parts["metadata"]["odd"] = [float("nan"), float("inf"), -float("inf")]
    return json.dumps(parts).encode()


FIFTY = 50_000_000
CASES = [
    files("invalid JSON", "The file is cut off in the middle.", written(lambda text: text[: len(text) // 2])),
    files("empty file", "The file is empty.", written(lambda text: b"")),
    files("no notebook's JSON", "The file is a list.", written(lambda text: b"[1, 2, 3]")),
    files("wrong types", "Cells are not cells, and sources are not text.", written(lists), points=EARNED, exact=False),
    files("NaN", "Its metadata hold NaN and infinity.", written(no_numbers), points=EARNED),
    files("deep JSON", "The file is 100 000 nested lists.", written(lambda text: b"[" * 100_000 + b"]" * 100_000)),
    files("random bytes", "The file is 10 kB of random bytes.", written(lambda text: bytes(range(256)) * 40)),
    files("latin-1", "The file is not UTF-8.", written(accented), points=EARNED, exact=False),
    files(
        "UTF-16",
        "The file is UTF-16.",
        written(lambda text: text.decode().encode("utf-16")),
        points=EARNED,
        exact=False,
    ),
    files(
        "byte order mark",
        "The file begins with a byte order mark.",
        written(lambda text: b"\xef\xbb\xbf" + text),
        points=EARNED,
    ),
    files(
        "50 MB",
        "The file has 50 MB, because it holds one long text.",
        written(lambda text: text.replace(b"Problem set 4", b"x" * FIFTY, 1)),
        points=EARNED,
        exact=False,
    ),
    files("nbformat 3", "The notebook is in a format of 2013.", old_format, points=EARNED),
    files(
        "nbformat 99",
        "The notebook is in a format of the future.",
        written(lambda text: text.replace(b'"nbformat": 4', b'"nbformat": 99', 1)),
        points=EARNED,
        exact=False,
    ),
    files("another name", "The file's name has (1) in it.", another_name, points=EARNED),
    files("a directory", "A directory is named like the notebook, which is in it.", a_directory, points=EARNED),
    files("a fifo", "The notebook is a fifo, on which a reader waits.", a_fifo),
    files("a socket", "The notebook is a socket.", a_socket),
    files("a fifo beside", "A fifo lies beside it.", fifo_beside, points=EARNED),
    files("unreadable", "Nobody may read the file.", unreadable, points=EARNED, exact=False),
    files("no notebook", "A folder without a notebook is handed in.", nothing),
    files("bad timestamp", "The time stamp is not a time.", bad_timestamp, points=EARNED),
    files("200 MB beside", "A file of 200 MB lies beside it.", large_beside, points=EARNED),
    files("odd file names", "Files with awkward names lie beside it.", odd_names, points=EARNED),
]
