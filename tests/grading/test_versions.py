"""An earlier version of an assignment stays where a new one cannot be made."""

import pytest

from tests.support.course import succeeded, written
from tests.support.small_course import PS, SmallCourse

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]


def files(folder):
    """Return {path: bytes} of all files of a folder."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_students_have_is_put_back_where_no_new_version_can_be_made(tmp_path):
    course = SmallCourse(tmp_path)
    released = course.path / "assignments" / PS
    (released / "data").mkdir()
    (released / "data" / "rewards.csv").write_text("5, 10\n")
    before, source = files(released), course.read(PS, "solutions")
    course.write_source(written(source, {"clamp-policy": "def clamp_policy(theta):\n    return theta"}))
    with course.settings("c.KeepsContract.enabled = True"):
        failed = course.nbgrader("generate_assignment", PS, "--force")
    assert failed.returncode == 1
    assert f"{PS} is as it was: no new version was made." in failed.stderr
    assert files(released) == before
    assert list(course.temporary.iterdir()) == []
    course.write_source(source)
    succeeded(course.nbgrader("generate_assignment", PS, "--force"))
    assert sorted(map(str, files(released))) == [f"{PS}.ipynb"]  # as nbgrader does: the source has no such data
