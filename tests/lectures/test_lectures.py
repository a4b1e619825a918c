"""Every lecture runs from top to bottom with warnings as errors, and has the form that all share."""

import re
from pathlib import Path

import nbformat
import pytest

from pgcourse import _lectures
from tests.support.notebooks import execute

LECTURES = sorted((Path(__file__).parents[2] / "lectures").glob("*.ipynb"))
STRICT = "import warnings\nwarnings.simplefilter('error')"
LENIENT = "warnings.simplefilter('default')"  # the kernel's own shutting down is not the lecture's


@pytest.fixture(params=LECTURES, ids=lambda path: path.stem)
def lecture(request):
    return nbformat.read(request.param, 4)


@pytest.mark.slow  # starts a kernel for each
@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_runs(path):
    notebook = nbformat.read(path, 4)
    strict, lenient = (nbformat.v4.new_code_cell(source) for source in (STRICT, LENIENT))
    notebook.cells = [strict, *notebook.cells, lenient]
    execute(notebook, path.parent)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output.text
            assert "could not be updated" not in str(output.get("data", "")), cell.source


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_each_notebook_has_its_module():
    """Of pictures and of questions: `00_map` has `pgcourse.demos.map` and `pgcourse.checkpoints.map`."""
    for path, name in zip(LECTURES, _lectures.LECTURES, strict=True):
        assert path.stem[2:] == f"_{name}"
        assert nbformat.read(path, 4).cells[0].source.startswith(f"# {int(path.stem[:2])}. ")
        for package in ("demos", "checkpoints"):
            assert dir(_lectures.lecture(f"pgcourse.{package}", name)), f"{package}.{name} offers nothing"


def test_form(lecture):
    first, last = lecture.cells[0].source, lecture.cells[-1].source
    for part in ("**Guiding question", "you will be able to", "You are here", "| minutes |"):
        assert part in first, part
    assert last.startswith("## Recap")
    for part in ("**Next", "**Sources.**"):
        assert part in last, part
    assert "## Checkpoint" in text(lecture)
    assert "<details>" in text(lecture)
    assert "**Predict.**" in text(lecture)
    assert len(lecture.cells) <= 60


def test_code_cells_are_short_and_import_once(lecture):
    importing = [source for source in code(lecture) if re.search(r"^\s*(import|from) ", source, re.M)]
    assert importing == code(lecture)[:1]
    for source in code(lecture):
        assert len(source.splitlines()) <= 15, source


def test_every_demo_is_named_by_a_cell_of_its_own(lecture):
    shown = [source for source in code(lecture) if "pg.demos." in source]
    assert shown
    for source in shown:
        assert re.fullmatch(r"pg\.demos\.\w+\.\w+\(\w*\)", source), source
