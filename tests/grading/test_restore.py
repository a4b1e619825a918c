"""What students may hand in, broken in every way, one file at a time: it is mended or set aside, and it is said."""

import contextlib
import json
import os
import socket
from pathlib import Path

import nbformat
import pytest

from pgcourse.grading.intake import read, restore
from tests.grading.test_repair import NAME, RELEASE, ZOO, cell, worked
from tests.support.course import ROOT

pytestmark = pytest.mark.slow

FILE = f"{NAME}.ipynb"
WORKED = nbformat.writes(worked())
RELEASES = {NAME: RELEASE}


def content(**changes):
    """Return what the worked notebook's file says, with changes, as plain data."""
    return json.loads(WORKED) | changes


def changed(change):
    """Return the bytes of the worked notebook after a change to the plain data of it."""
    data = content()
    change(data)
    return json.dumps(data).encode()


def put(folder, data, name=FILE):
    """Write one file of a submission; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder


def restored(folder):
    """Restore the one notebook of a submission, and check that nbgrader can work with it whatever it was."""
    (one,) = restore.restore(folder, RELEASES).values()
    nbformat.validate(one.notebook)
    nbformat.writes(one.notebook).encode("utf-8")
    entries = [each.metadata["nbgrader"] for each in one.notebook.cells if "nbgrader" in each.metadata]
    wanted = [each.metadata["nbgrader"] for each in RELEASE.cells if "nbgrader" in each.metadata]
    assert sorted(entries, key=str) == sorted(wanted, key=str)
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in one.said)
    return one


def is_worked(notebook):
    """Say whether the student's work is in a notebook, as far as it is graded."""
    names = ("clamp-policy", "clamp-score", "boundaries")
    return all(cell(notebook, name).source == cell(worked(), name).source for name in names)


def make_link(path):
    path.symlink_to(ROOT / "solutions" / NAME / FILE)


def make_link_to_the_system(path):
    path.symlink_to("/etc/passwd")


def make_folder(path):
    path.mkdir()


def make_pipe(path):
    os.mkfifo(path)


def make_socket(path):
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as end:
        end.bind(path.name)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (make_link, "is a link and not a file of its own"),
        (make_link_to_the_system, "is a link and not a file of its own"),
        (make_folder, "is a folder and not a file"),
        (make_pipe, "is a pipe and not a file"),
        (make_socket, "is a socket and not a file"),
    ],
)
def test_what_is_no_plain_file_is_set_aside(tmp_path, make, words):
    make(tmp_path / FILE)
    one = restored(tmp_path)
    assert one.set_aside
    assert one.said == [f"{FILE} {words}.", restore.ASIDE]
    assert one.notebook == RELEASE


@pytest.mark.parametrize("make", [make_link, make_pipe, make_socket])
def test_a_link_or_pipe_that_takes_the_files_place_is_not_opened(tmp_path, monkeypatch, make):
    make(tmp_path / FILE)
    monkeypatch.setattr(read.os, "lstat", lambda path: os.stat(put(tmp_path / "other", b"plain") / FILE))
    with pytest.raises(read.Unusable):
        read.read_file(tmp_path / FILE)


def test_a_device_is_not_read():
    with pytest.raises(read.Unusable, match="is a device and not a file"):
        read.read_file(Path("/dev/zero"))


def test_what_may_not_be_read_is_set_aside(tmp_path):
    (put(tmp_path, b"{}") / FILE).chmod(0)
    with as_nobody(tmp_path):
        one = restored(tmp_path)
    assert one.said[0] == f"{FILE} cannot be read (Permission denied)."


@contextlib.contextmanager
def as_nobody(folder):
    """Give up the privilege to read everything, where there is one."""
    for each in (folder, *folder.parents[:-2]):
        each.chmod(each.stat().st_mode | 0o055)
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


ALBUM = {"cell_type": "markdown", "source": "", "attachments": {str(n): {"image/png": "AA=="} for n in range(501)}}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"<!DOCTYPE html><html></html>", "is not a notebook, or only a part of one: it is not valid JSON"),
        (WORKED.encode()[:2000], "it is not valid JSON"),
        (b"\x89PNG\r\n\x1a\n\x00\x81\x8d", "is not text"),
        (b"[" * 100_000, "is nested too deeply for a notebook"),
        (b"[1, 2]", "is not a notebook: it has no list of cells"),
        (b"NaN", "is not a notebook: it has no list of cells"),
        (b"{}", "is not a notebook: it has no list of cells"),
        (json.dumps(content(cells={"a": 1})).encode(), "is not a notebook: it has no list of cells"),
        (b'{"nbformat": 3, "worksheets": 7}', "is of the old format 3 and too broken to be upgraded"),
        (json.dumps(content(cells=content()["cells"] * 60)).encode(), "has more than the 1000 cells that are run"),
        (json.dumps({"nbformat": 1, "cells": [{}] * 1001}).encode(), "has more than the 1000 cells that are run"),
        (
            json.dumps({"nbformat": 3, "worksheets": [{"cells": [{}] * 501}] * 2}).encode(),
            "has more than the 1000 cells",
        ),
        (b"[]," * 1_000_001, "holds too many parts for a notebook"),
        (b'{"nbformat": ' + b"9" * 5000 + b"}", "it is not valid JSON"),
        (json.dumps({"cells": [{"cell_type": "raw", "source": "x" * 11_000_000}]}).encode(), "more than 10 MB of text"),
        (json.dumps({"cells": [ALBUM] * 2}).encode(), "has more than 1000 pictures pasted into its texts"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_what_is_no_notebook_is_set_aside(tmp_path, data, words):
    one = restored(put(tmp_path, data))
    assert one.set_aside
    assert words in one.said[0]
    assert one.notebook == RELEASE


def test_a_file_is_not_read_further_than_allowed(tmp_path):
    path = put(tmp_path, b"x" * 20) / FILE
    assert read.read_file(path, 20) == b"x" * 20
    with pytest.raises(read.Unusable, match="has more than"):
        read.read_file(path, 19)


def test_a_huge_file_costs_nothing(tmp_path):
    with open(tmp_path / FILE, "wb") as file:
        file.truncate(10**12)
    assert "has more than the 64 MB that are read" in restored(tmp_path).said[0]


def old_format():
    notebook = nbformat.convert(worked(), 3)
    return nbformat.writes(notebook, version=3).encode()


def drop_source(data):
    del data["cells"][0]["source"]


def number_in_a_source(data):
    data["cells"][0]["source"] = ["a", 7, "b"]


def half_a_character(data):
    data["cells"][0]["source"] = "a \ud800 b"


def no_cell_at_all(data):
    data["cells"].insert(3, "cell")


def unknown_type(data):
    data["cells"][4]["cell_type"] = "python"


def no_metadata(data):
    for each in data["cells"]:
        del each["metadata"]
    del data["metadata"]


def metadata_of_no_shape(data):
    data["metadata"] = [1]
    for each in data["cells"]:
        each["metadata"] = "none"


def odd_versions(data):
    data["nbformat_minor"] = 99
    for each in data["cells"]:
        if "nbgrader" in each["metadata"]:
            each["metadata"]["nbgrader"]["schema_version"] = 99


def not_a_number(data):
    cell_data = next(each for each in data["cells"] if "points" in each["metadata"].get("nbgrader", {}))
    cell_data["metadata"]["nbgrader"]["points"] = float("nan")


def deep_metadata(data):
    nested = []
    for _ in range(600):  # copying takes twice as many levels of Python's own
        nested = [nested]
    data["cells"][0]["metadata"]["nbgrader"] = {"grade_id": nested, "grade": nested}
    data["metadata"]["deep"] = nested


def unhashable_grade_id(data):
    data["cells"][0]["metadata"]["nbgrader"] = {"grade_id": {"a": 1}, "grade": True}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xef\xbb\xbf" + WORKED.encode(), None),
        (WORKED.encode("utf-16"), "was not written in UTF-8: it was read as utf-16"),
        (WORKED.encode("utf-16-le"), "was not written in UTF-8: it was read as utf-16-le"),
        (json.dumps(content()).replace("own words", "own Wörter").encode("cp1252"), "it was read as cp1252"),
        (old_format(), "was of the old format 3: it was upgraded"),
        (json.dumps(content(nbformat="four")).encode(), None),
        (changed(drop_source), "had a cell number 1 whose text was broken or missing"),
        (changed(number_in_a_source), "had a cell number 1 whose text was broken or missing"),
        (changed(half_a_character), None),
        (changed(no_cell_at_all), "had something that is no cell in place of number 4, which was left out"),
        (changed(unknown_type), "had a cell number 5 of no known type"),
        (changed(no_metadata), "had lost or changed its grading data"),
        (changed(metadata_of_no_shape), "had lost or changed its grading data"),
        (changed(odd_versions), "had lost or changed its grading data"),
        (changed(not_a_number), "had lost or changed its grading data"),
        (changed(deep_metadata), "A cell claimed to be graded"),
        (changed(unhashable_grade_id), "A cell claimed to be graded"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_what_can_be_mended_keeps_the_students_work(tmp_path, data, words):
    one = restored(put(tmp_path, data))
    assert not one.set_aside
    names = ("clamp-score", "boundaries")
    assert all(cell(one.notebook, name).source == cell(worked(), name).source for name in names)
    assert "left = min(max(theta, 0), 1)" in cell(one.notebook, "clamp-policy").source
    assert (words is None and not one.said) or (words and words in " ".join(one.said))


@pytest.mark.parametrize("mangle", ZOO, ids=lambda mangle: mangle.__name__)
def test_mangled_cells_are_mended_from_the_gradebook(tmp_path, mangle):
    notebook = worked()
    mangle(notebook)
    one = restored(put(tmp_path, json.dumps(notebook).encode()))
    assert not one.set_aside
    assert is_worked(one.notebook)


def test_nothing_but_text_comes_through(tmp_path):
    """Outputs, widgets and tags stay behind: a tag can keep a check from being run, which earns its points."""
    notebook = worked()
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    for each in notebook.cells:
        each.metadata["tags"] = ["skip-execution"]
        if each.cell_type == "code":
            each.outputs = [nbformat.v4.new_output("stream", text="x" * 2_000_000)]
            each.execution_count = 7
    notebook.cells[0].attachments = {
        "a.png": {"image/png": "aGVsbG8="},
        "b.svg": {"image/svg+xml": "<svg onload='alert(1)'/>"},
    }
    one = restored(put(tmp_path, json.dumps(notebook).encode()))
    assert one.said == []
    assert one.notebook.cells[0].attachments == {"a.png": {"image/png": "aGVsbG8="}}
    del one.notebook.cells[0]["attachments"]
    assert [(each.id, each.source) for each in one.notebook.cells] == [
        (each.id, each.source) for each in worked().cells
    ]
    assert all(not each.get("outputs") and "tags" not in each.metadata for each in one.notebook.cells)
    assert one.notebook.metadata.keys() == {"kernelspec"}


@pytest.mark.parametrize(
    "name",
    [
        f"{NAME} (1).ipynb",
        f"{NAME}-2.ipynb",
        f"{NAME}.ipynb.txt",
        f"{NAME.upper()}.IPYNB",
        f"Copy of {NAME}.ipynb",
        f"Kopie von {NAME} (2).ipynb",
        f"{NAME}_final.ipynb",
        f"{NAME}.ipynb.ipynb",
        "homework.ipynb",
        "inside/ps4.ipynb",
    ],
)
def test_the_only_notebook_is_graded_whatever_its_name(tmp_path, name):
    put((tmp_path / name).parent, WORKED.encode(), Path(name).name)
    one = restored(tmp_path)
    assert is_worked(one.notebook)
    assert one.said == [f"The notebook is not called {FILE}: {name} is graded in its place."]


def test_of_several_the_one_most_like_it_is_graded_and_of_like_ones_the_newest(tmp_path):
    put(tmp_path, b"{}", "lecture.ipynb")
    for age, (name, data) in enumerate({" (1)": WORKED.encode(), " (2)": b"{}"}.items()):
        path = put(tmp_path, data, f"{NAME}{name}.ipynb") / f"{NAME}{name}.ipynb"
        os.utime(path, (10_000 - age, 10_000 - age))
    one = restored(tmp_path)
    assert is_worked(one.notebook)
    assert one.said == [
        f"The notebook is not called {FILE}: {NAME} (1).ipynb, the most similar of 3, is graded in its place."
    ]


def test_a_copy_by_its_name_is_more_like_it_than_any_other(tmp_path):
    put(tmp_path, b"{}", f"{NAME}s of mine.ipynb")
    put(tmp_path, WORKED.encode(), f"Kopie von {NAME}.ipynb")
    assert is_worked(restored(tmp_path).notebook)


def test_a_copy_of_one_notebook_never_stands_in_for_another(tmp_path):
    put(tmp_path, WORKED.encode(), f"Copy of {NAME}.ipynb")
    found = restore.restore(tmp_path, RELEASES | {"ps4_left_right_more": RELEASE})
    assert {name: one.set_aside for name, one in found.items()} == {NAME: False, "ps4_left_right_more": True}


def test_another_notebook_stands_in_for_a_broken_one(tmp_path):
    put(put(tmp_path, b""), WORKED.encode(), f"{NAME} (1).ipynb")
    one = restored(tmp_path)
    assert is_worked(one.notebook)
    assert one.said[0] == f"{FILE} is empty."


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, f"{NAME} (1).ipynb beside {FILE} was ignored."),
        (2, f"{NAME} (1).ipynb, {NAME} (2).ipynb beside {FILE} were ignored."),
        (5, f"{NAME} (1).ipynb, {NAME} (2).ipynb, {NAME} (3).ipynb and 2 more beside {FILE} were ignored."),
    ],
)
def test_what_lies_beside_the_notebook_is_said_to_be_left_alone(tmp_path, number, words):
    put(tmp_path, WORKED.encode())
    for copy in range(number):
        put(tmp_path, b"", f"{NAME} ({copy + 1}).ipynb")
    assert restored(tmp_path).said == [words]


@pytest.mark.parametrize("hidden", [".ipynb_checkpoints", "__MACOSX", "__pycache__"])
def test_no_notebook_is_taken_from_where_nobody_put_one(tmp_path, hidden):
    put(tmp_path / hidden, WORKED.encode())
    assert restored(tmp_path).said[0] == f"There is no notebook {FILE} and none like it."


def test_a_submission_that_is_no_folder_is_set_aside(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(ROOT / "solutions" / NAME)
    assert "is a file and not a folder" in restored(tmp_path / "file").said[0]
    assert "is a link" in restored(tmp_path / "link").said[0]


def test_extra_files_come_along_unless_they_do_harm(tmp_path, monkeypatch):
    folder = put(tmp_path / "work", WORKED.encode())
    kept = {
        "data/numbers.csv": b"1,2",
        "helpers.py": b"x = 1",
        "statistics/mine.py": b"no package",
        "README": b"",
        "p.PNG": b"",
        "ü ö.txt": b"",
    }
    hiding = ["numpy.py", "json/__init__.py", "json/more.py", "pgcourse.py", "random.cpython-311-x86_64-linux-gnu.so"]
    active = ["nbgrader_config.py", "a.js", "sub/page.HTML", "picture.svg", "a.shtml", "b.xht", "c.txt.htm.", "d.mhtml"]
    for name, data in [
        *kept.items(),
        *((name, b"x") for name in [*hiding, *active, ".hidden", "a.ipynb/b.csv", "big.bin"]),
    ]:
        put((folder / name).parent, data, Path(name).name)
    (folder / "secret.txt").symlink_to("/etc/passwd")
    (folder / "system").symlink_to("/etc")
    make_pipe(folder / "pipe")
    make_socket(folder / "talk")
    put(folder, b"2026-01-01 UTC", "timestamp.txt")
    os.truncate(folder / "big.bin", restore.MOST_EXTRA + 1)
    files, said = restore.extra_files(folder)
    assert {str(name): data for name, data in files.items()} == kept
    assert sorted(sentence.split(" ", 1)[0] for sentence in said) == sorted(
        [*hiding, *active, "a.ipynb/b.csv", "big.bin", "secret.txt", "system", "pipe", "talk"]
    )
    assert "numpy.py would hide the module numpy: it was left out." in said


def test_no_name_of_a_file_is_an_order_to_the_terminal(tmp_path):
    kept = ["a b.txt", "Bildschirmfoto 10.00\u202fUhr.png", "\u06af\u200c.csv"]
    for name in (*kept, "a\nb.txt", "\x1b[2J.csv", "\x9b2J.csv", "\u202etxt.csv", "\u2066b.csv"):
        put(tmp_path, b"x", name)
    files, said = restore.extra_files(tmp_path)
    assert sorted(map(str, files)) == sorted(kept)
    assert len(said) == 5
    assert all("a terminal obeys" in sentence and sentence.isprintable() for sentence in said)


def test_extra_files_are_limited_all_together(tmp_path, monkeypatch):
    monkeypatch.setattr(restore, "MOST_EXTRA", 100)
    for name in ("a.bin", "b.bin", "c.bin"):
        put(tmp_path, b"x" * (60 if name < "c" else 40), name)
    files, said = restore.extra_files(tmp_path)
    assert [file.name for file in files] == ["a.bin", "c.bin"]
    assert [sentence.split()[0] for sentence in said] == ["b.bin"]


def test_folders_without_bottom_are_not_walked_down(tmp_path):
    for depth in (3, 30):
        put(tmp_path.joinpath(*["deeper"] * depth), b"x", "bottom.txt")
    files = read.find_files(tmp_path)
    assert [len(file.parts) for file in files if file.name == "bottom.txt"] == [4]


def test_files_without_number_are_not_all_read(tmp_path):
    for number in range(read.MOST_FILES + 10):
        (tmp_path / f"{number}.txt").touch()
    assert len(read.find_files(tmp_path)) == read.MOST_FILES


def test_names_are_shown_on_one_line(tmp_path):
    assert read.shown("a\nb\x1b[31m\udc80") == "a?b?[31m?"
    assert len(read.shown("x" * 300)) <= 80
    put(tmp_path, b"x", os.fsdecode(b"\xff.txt"))
    assert restore.extra_files(tmp_path) == ({}, ["?.txt has a name that is not text: it was left out."])


def test_a_fault_of_ours_sets_one_submission_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(restore, "repaired", lambda notebook, release: 1 / 0)
    one = restored(put(tmp_path, WORKED.encode()))
    assert one.set_aside
    assert "could not be repaired: ask your instructor" in one.said[0]
