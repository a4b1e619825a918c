"""`pgcourse.grading` can be used by any nbgrader course: it imports nothing else of this package."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from pgcourse import grading

FOLDER = Path(grading.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
ALL = sorted({".".join(("pgcourse.grading", *file.relative_to(FOLDER).with_suffix("").parts)) for file in FILES})
MODULES = [name.removesuffix(".__init__") for name in ALL]


def imported(tree):
    """Return the names of modules that a tree imports, relative ones as they are written."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += ["." * node.level + f"{node.module or ''}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(FOLDER).as_posix())
def test_a_module_imports_nothing_else_of_this_package(file):
    text = file.read_text(encoding="utf-8")
    own = [name for name in imported(ast.parse(text)) if name.startswith((".", "pgcourse"))]
    assert [name for name in own if not name.startswith("pgcourse.grading.")] == []


@pytest.mark.slow
def test_a_process_that_imports_all_of_it_has_nothing_else_of_this_package():
    assert len(MODULES) > 25  # it did look
    program = f"import sys\nimport {', '.join(MODULES)}\nprint(*(name for name in sys.modules if 'pgcourse' in name))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    others = [name for name in done.stdout.split() if not f"{name}.".startswith("pgcourse.grading.")]
    assert sorted(others) == ["pgcourse", "pgcourse._aliases"]
