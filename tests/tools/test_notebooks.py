"""`pgcourse tidy` and the notebooks of the course: one form, nothing lost, nothing left over from a run."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from pgcourse.tools import cli
from pgcourse.tools.tidy import FOLDERS, canonical, dumps, find_notebooks, read, tidy
from tests.support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = find_notebooks([ROOT / folder for folder in FOLDERS if (ROOT / folder).is_dir()])
GRADED = {"grade": True, "grade_id": "check one", "locked": True, "points": 2, "schema_version": 3, "solution": False}


def used_notebook():
    """A notebook as JupyterLab leaves it after a run."""
    graded = new_code_cell("assert True", metadata={"nbgrader": GRADED, "trusted": True})
    run = new_code_cell("1 + 1\n\n# ü", execution_count=7, outputs=[new_output("stream", text="out")])
    run.metadata = nbformat.from_dict({"execution": {"iopub.execute_input": "2025-01-01"}, "tags": ["keep"]})
    slide = new_markdown_cell("# Title", id="a-chosen-id", metadata={"slideshow": {"slide_type": "slide"}})
    hidden = new_code_cell("x", metadata={"jupyter": {"source_hidden": True, "outputs_hidden": True}})
    metadata = {"widgets": {"state": {}}, "kernelspec": {"name": "other", "display_name": "Other"}, "title": "T"}
    return new_notebook(cells=[slide, run, graded, hidden, new_raw_cell("raw")], metadata=metadata)


@pytest.fixture
def used(tmp_path):
    path = tmp_path / "my notes.ipynb"
    nbformat.write(used_notebook(), path)
    return path


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_notebook_is_canonical(path):
    assert not tidy(path, check=True), f"run: pgcourse tidy {path.relative_to(ROOT)}"


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_notebook_holds_nothing_of_a_run(path):
    notebook = nbformat.read(path, as_version=4)
    assert set(notebook.metadata) <= {"kernelspec", "language_info", "title", "authors"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", cell.id)
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_likes_the_code_of_the_notebooks(command):
    ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", *map(str, COMMITTED)]
    result = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 0, result.stdout + result.stderr


def test_there_are_notebooks_to_look_at():
    assert {path.relative_to(ROOT).parts[0] for path in COMMITTED} >= {"solutions", "assignments"}


def test_a_run_leaves_no_trace():
    cells = canonical(used_notebook(), "my notes").cells
    assert [cell.get("outputs") for cell in cells] == [None, [], [], [], None]
    assert [cell.get("execution_count") for cell in cells] == [None] * 5
    assert canonical(used_notebook()).metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": "T",
    }


def test_what_a_person_wrote_stays():
    before, after = used_notebook(), canonical(used_notebook(), "my notes")
    assert [cell.source for cell in after.cells] == [cell.source for cell in before.cells]
    assert [cell.cell_type for cell in after.cells] == [cell.cell_type for cell in before.cells]
    assert [cell.metadata for cell in after.cells] == [
        {"slideshow": {"slide_type": "slide"}},
        {"tags": ["keep"]},
        {"nbgrader": GRADED},
        {"jupyter": {"source_hidden": True}},
        {},
    ]


def test_ids_come_from_the_grade_id_or_a_choice_or_the_stem():
    ids = [cell.id for cell in canonical(used_notebook(), "my notes").cells]
    assert ids == ["a-chosen-id", "my-notes-01", "check-one", "my-notes-02", "my-notes-03"]


def test_ids_stay_when_a_cell_is_put_between():
    notebook = canonical(used_notebook(), "my notes")
    notebook.cells.insert(1, new_code_cell("new"))
    ids = [cell.id for cell in canonical(notebook, "my notes").cells]
    assert ids == ["a-chosen-id", "my-notes-04", "my-notes-01", "check-one", "my-notes-02", "my-notes-03"]


@pytest.mark.parametrize("random_id", ["0f3a9c1e", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "", "not valid!", "x" * 65])
def test_random_and_invalid_ids_are_replaced(random_id):
    notebook = new_notebook(cells=[new_markdown_cell("text")])
    notebook.cells[0].id = random_id
    assert canonical(notebook, "notes").cells[0].id == "notes-01"


def test_copied_cell_gets_an_id_of_its_own():
    notebook = new_notebook()
    notebook.cells = [new_markdown_cell("text", id="intro") for _ in range(2)]
    assert [cell.id for cell in canonical(notebook, "notes").cells] == ["intro", "notes-01"]


def test_grade_ids_longer_than_an_id_may_be_stay_apart():
    names = [f"{'long-' * 14}{letter}" for letter in "ab"]
    cells = [new_code_cell(metadata={"nbgrader": {**GRADED, "grade_id": name}}) for name in names]
    form = canonical(new_notebook(cells=cells))
    nbformat.validate(form)
    assert [cell.metadata.nbgrader.grade_id for cell in form.cells] == names
    assert len({cell.id for cell in form.cells}) == 2
    assert [cell.id for cell in canonical(form).cells] == [cell.id for cell in form.cells]


def test_attachments_stay():
    cell = new_markdown_cell("![](attachment:a.png)")
    cell.attachments = nbformat.from_dict({"a.png": {"image/png": "AAAA"}})
    assert canonical(new_notebook(cells=[cell])).cells[0].attachments == {"a.png": {"image/png": "AAAA"}}


metadata = st.fixed_dictionaries(
    {},
    optional={
        "tags": st.lists(st.sampled_from(["a", "hide-input"]), unique=True, max_size=2),
        "slideshow": st.just({"slide_type": "slide"}),
        "collapsed": st.booleans(),
        "vendor": st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    },
)
ids = st.sampled_from(["intro", "the-end", "notes-01", "0f3a9c1e", "12345678"])
# no lone surrogates, which UTF-8 cannot carry
sources = st.text(st.characters(codec="utf-8"), max_size=40)
cells = st.builds(
    lambda make, source, cell_id, metadata: make(source, id=cell_id, metadata=metadata),
    st.sampled_from([new_code_cell, new_markdown_cell, new_raw_cell]),
    sources,
    ids,
    metadata,
)


@pytest.mark.slow
@given(cells=st.lists(cells, max_size=6))
def test_form_is_valid_stable_and_loses_nothing(cells):
    notebook = new_notebook()
    notebook.cells = cells
    before = copy.deepcopy(notebook)
    result = canonical(notebook, "notes")
    assert notebook == before
    nbformat.validate(result)
    assert len({cell.id for cell in result.cells}) == len(cells)
    assert dumps(canonical(result, "notes")) == dumps(result)
    assert nbformat.v4.reads(dumps(result)) == result
    for old, new in zip(before.cells, result.cells, strict=True):
        assert (new.cell_type, new.source) == (old.cell_type, old.source)
        assert new.metadata.get("tags") == old.metadata.get("tags")
        assert new.metadata.get("slideshow") == old.metadata.get("slideshow")


def test_tidy_writes_once_and_then_rests(used, capsys):
    used.chmod(0o640)
    assert cli.main(["tidy", str(used), "--check"]) == 1
    assert read(used).cells[1].outputs
    assert cli.main(["tidy", str(used)]) == 0
    first = used.stat()
    assert cli.main(["tidy", str(used)]) == 0
    assert used.stat().st_mtime_ns == first.st_mtime_ns
    assert cli.main(["tidy", str(used), "--check"]) == 0
    assert capsys.readouterr().out == f"would tidy {used}\ntidied {used}\n"
    assert used.read_text(encoding="utf-8") == dumps(canonical(used_notebook(), "my notes"))
    assert used.stat().st_mode & 0o777 == 0o640
    assert list(used.parent.iterdir()) == [used]


def test_tidy_without_paths_takes_the_folders_of_the_course(used, monkeypatch, capsys):
    monkeypatch.chdir(used.parent)
    assert cli.main(["tidy"]) == 1
    assert "there are no notebooks here" in capsys.readouterr().err
    for folder in ("lectures/.ipynb_checkpoints", "submitted"):
        (used.parent / folder).mkdir(parents=True)
        (used.parent / folder / "a.ipynb").write_bytes(used.read_bytes())
    (used.parent / "lectures" / "b.ipynb").write_bytes(used.read_bytes())
    assert cli.main(["tidy"]) == 0
    assert capsys.readouterr().out == f"tidied {Path('lectures') / 'b.ipynb'}\n"


CELL_WITHOUT_TYPE = b'{"cells": [{"source": ""}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
LONE_SURROGATE = dumps(new_notebook(cells=[new_markdown_cell("@", id="a")])).replace("@", "\\ud800").encode()
DOUBLED = new_notebook(cells=[new_code_cell("", metadata={"nbgrader": GRADED}) for _ in range(2)])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b'{"cells": [', "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a notebook of format 4"),
        (b'{"worksheets": [], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}', "not a notebook of format 4"),
        (b'{"nbformat": 4}', "is not a valid notebook"),
        (CELL_WITHOUT_TYPE, "is not a valid notebook"),
        (LONE_SURROGATE, "surrogates not allowed"),
        (dumps(DOUBLED).encode(), "two cells have the grade_id check-one"),
    ],
)
def test_invalid_file_is_named_in_one_sentence_and_left_alone(tmp_path, used, capsys, data, reason):
    path = tmp_path / "broken.ipynb"
    path.write_bytes(data)
    assert cli.main(["tidy", str(path), str(used)]) == 1
    printed = capsys.readouterr()
    assert printed.out == f"tidied {used}\n"
    assert printed.err.count("\n") == 1
    assert str(path) in printed.err
    assert reason in printed.err
    assert path.read_bytes() == data


@pytest.mark.parametrize("name", ["nowhere", "nowhere.ipynb"])
def test_wrong_path_is_named(tmp_path, capsys, name):
    assert cli.main(["tidy", str(tmp_path / name)]) == 1
    assert f"{name} is neither a folder nor an .ipynb file" in capsys.readouterr().err


def test_tidy_follows_a_link_and_keeps_it(used):
    link = used.with_name("link.ipynb")
    link.symlink_to(used)
    assert tidy(link)
    assert link.is_symlink()
    assert read(used).cells[1].outputs == []


def test_interrupted_write_leaves_the_old_file(used, monkeypatch):
    before = used.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        tidy(used)
    assert used.read_bytes() == before
    assert list(used.parent.iterdir()) == [used]
