"""The students of a roster in the gradebook of their class."""

import pytest
from nbgrader.api import Gradebook

from pgcourse.classroom import gradebook
from pgcourse.classroom.roster import Member
from pgcourse.grading.coursefolder import replace_alembic


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Lovelace, Ada", "Ada", "Lovelace"),
        ("Ada Augusta King", "Ada Augusta", "King"),
        ("van der Berg, Jan", "Jan", "van der Berg"),
        ("Grace", "", "Grace"),
    ],
)
def test_a_name_has_a_first_and_a_last_part(name, first, last):
    assert gradebook.described(Member(name, "x", "", "student")) == {"first_name": first, "last_name": last}


@pytest.mark.slow
def test_what_the_gradebook_says_already_stays(tmp_path):
    replace_alembic()
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as found:
        found.add_student("ada", last_name="Countess", email=None)
        found.add_student("zoe")
        said = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}
        for _ in range(2):
            gradebook.fill(found, {"ada": said, "ben": {"first_name": "Ben", "last_name": "Bach"}})
        rows = {student.id: (student.first_name, student.last_name, student.email) for student in found.students}
    assert rows == {
        "ada": ("Ada", "Countess", "ada@example.org"),
        "ben": ("Ben", "Bach", None),
        "zoe": (None, None, None),
    }
