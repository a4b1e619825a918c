"""What `configure` sets, what it leaves to the course, and how long programs wait for each other's gradebook."""

import os
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text
from traitlets.config import Config

from pgcourse.grading.configure import STEPS, configure


def test_what_a_course_has_set_before_stays_but_for_what_keeps_grading_safe():
    c = Config()
    c.Execute.timeout = 5
    c.OverwriteCells.add_missing_cells = False
    c.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.Execute"]
    configure(c)
    assert (c.Execute.timeout, c.Execute.iopub_timeout) == (5, 30)
    assert c.OverwriteCells.add_missing_cells is True
    assert c.Autograde.autograde_preprocessors == list(STEPS)


@pytest.mark.parametrize(("query", "milliseconds"), [("", 60_000), ("?timeout=0.5", 500)])
def test_programs_wait_a_minute_for_the_gradebook_unless_its_address_says_otherwise(tmp_path, query, milliseconds):
    configure(Config())
    engine = create_engine(f"sqlite:///{tmp_path}/gradebook.db{query}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == milliseconds
    engine.dispose()


@pytest.mark.slow
def test_a_new_gradebook_is_whole_where_no_environment_is_activated(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        "from pgcourse.grading.configure import configure\nconfigure(get_config())\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "nbgrader", "db", "student", "add", "ada"]
    subprocess.run(command, cwd=tmp_path, env=os.environ | {"PATH": os.defpath}, check=True, capture_output=True)
    engine = create_engine(f"sqlite:///{tmp_path}/gradebook.db")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()
    command = [sys.executable, "-m", "nbgrader", "db", "upgrade"]
    subprocess.run(command, cwd=tmp_path, env=os.environ | {"PATH": os.defpath}, check=True, capture_output=True)


@pytest.fixture
def new_gradebook():
    """A function of a gradebook's address that opens it as nbgrader does in a course."""
    configure(Config())
    return Gradebook


def test_a_gradebook_that_is_opened_again_compiles_nothing_again(new_gradebook, tmp_path):
    address = f"sqlite:///{tmp_path}/gradebook.db"
    with new_gradebook(address) as first:
        first.add_student("ada")
    compiled = len(first.engine._compiled_cache)
    with new_gradebook(address) as again:
        assert [student.id for student in again.students] == ["ada"]
    assert again.engine is first.engine
    assert len(again.engine._compiled_cache) == compiled + 1 > 2


def test_each_gradebook_is_its_own(new_gradebook, tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        with new_gradebook("sqlite:///gradebook.db") as gradebook:
            gradebook.add_student(name)
        with new_gradebook(f"sqlite:///{tmp_path}/{name}/gradebook.db") as gradebook:
            assert [student.id for student in gradebook.students] == [name]
    (tmp_path / "two" / "gradebook.db").unlink()
    with new_gradebook("sqlite:///gradebook.db") as gradebook:
        assert gradebook.students == []
    for _ in range(2):
        with new_gradebook("sqlite:///:memory:") as gradebook:
            assert gradebook.students == []
            gradebook.add_student("in memory")
