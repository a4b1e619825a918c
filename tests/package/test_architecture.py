"""The house as CONTRIBUTING and docs/architecture.md describe it: what imports what, and where what stands."""

import ast
import re

import pytest

from tests import architecture
from tests.architecture import BESIDE, FLOORS, ROOT, modules, wing

PACKAGES = [name for name, path in modules().items() if path.name == "__init__.py" and name != "pgcourse"]


@pytest.mark.slow
def test_nothing_imports_upwards():
    for importer, imported in architecture.imports().items():
        for other in imported:
            one, two = wing(importer), wing(other)
            if one and two not in ("", one, BESIDE):
                assert one != BESIDE, f"{importer} imports {other}, but grading stands alone"
                assert FLOORS[two] < FLOORS[one], f"{importer} imports {other}, which lies above it or beside it"


@pytest.mark.slow
def test_no_module_imports_itself_by_way_of_others():
    assert architecture.circles() == []


def test_every_wing_has_its_floor():
    folders = {path.name for path in (ROOT / "pgcourse").iterdir() if (path / "__init__.py").exists()}
    assert folders <= FLOORS.keys() | {BESIDE}


@pytest.mark.parametrize("package", PACKAGES)
def test_each_folder_says_what_its_modules_are(package):
    """One line a module: its name, then words."""
    path = modules()[package]
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    inside = {p.stem for p in path.parent.glob("*.py")} | {p.parent.name for p in path.parent.glob("*/__init__.py")}
    lines = {line.split()[0].rstrip("/"): line.split()[1:] for line in text.splitlines() if line.strip()}
    missing = {name for name in inside - {"__init__"} if len(lines.get(name, [])) < 2}
    assert not missing, f"{package} does not say what these are: {', '.join(sorted(missing))}"


def test_the_layout_in_contributing_is_true():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    layout = re.search(r"## The layout\n+```\n(.*?)```", text, re.DOTALL)[1]
    named = [line.split()[0] for line in layout.splitlines() if line.strip()]
    assert [path for path in named if not (ROOT / path).exists()] == []
    wings = {f"pgcourse/{path.parent.name}/" for path in (ROOT / "pgcourse").glob("*/__init__.py")}
    assert wings == {path for path in named if path.startswith("pgcourse/") and path != "pgcourse/"}
    top = {path.name + "/" for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    ignored = {"submitted/", "autograded/", "feedback/", "__pycache__/"}  # nbgrader's own, never in the repository
    assert top - ignored <= set(named)


@pytest.mark.slow
def test_the_picture_is_what_the_imports_say():
    """Written by `python -m tests.architecture`."""
    assert architecture.described() in architecture.PICTURE.read_text(encoding="utf-8")
