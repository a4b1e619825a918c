"""What `configure` sets, what it leaves to the course, and how long programs wait for each other's gradebook."""

import pytest
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
