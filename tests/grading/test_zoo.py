"""The zoo: every hostile or broken submission has the outcome it must have, and nobody else notices.

All are graded by one real `nbgrader autograde`, after a batch of the honest students alone. Before anything hostile is
run, a probe must have found itself in a sandbox.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

from tests.submissions import CASES, table
from tests.submissions.case import EARNED, PS, half, save
from tests.submissions.ours import PROBE, grade, is_caged, words
from tests.submissions.zoo import NEIGHBOURS, SECRETS, Zoo, hidden_lines, runs_scripts, watched

LIMIT = 1800
"""Seconds that a batch may take on a busy machine, after which it counts as one that does not end."""
pytestmark = [pytest.mark.sandbox, pytest.mark.long]


@pytest.fixture(scope="module")
def folders():
    """A function that makes a temporary folder with a short name, for sockets have theirs in it."""
    made = []

    def folder():
        made.append(Path(tempfile.mkdtemp(prefix="zoo-")))
        return made[-1]

    yield folder
    for path in made:
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def empty(folders):
    """A Zoo with a release, in which nobody has handed in anything."""
    return Zoo(folders())


@pytest.fixture(scope="module")
def alone(empty, folders):
    """The Batch of honest students and of a probe, which must have been in a sandbox: what is hostile comes after."""
    batch = grade(Zoo(folders(), like=empty), [PROBE], limit=LIMIT)
    assert is_caged(batch), batch.output
    return batch


@pytest.fixture(scope="module")
def batch(alone, empty, folders):
    """The Batch of everybody."""
    return grade(Zoo(folders(), like=empty), CASES, limit=LIMIT)


def test_there_are_many_and_each_has_a_name_of_its_own():
    assert len({case.name for case in CASES}) == len(CASES) >= 40


def test_the_batch_ends_and_so_does_its_feedback(batch):
    assert (batch.code, batch.feedback) == (0, 0), batch.output


def test_honest_students_get_what_they_get_without_it(alone, batch):
    assert [alone.rows[student][0] for student in NEIGHBOURS] == [12, EARNED, 0, 12]
    assert {student: batch.rows[student] for student in NEIGHBOURS} == {
        student: alone.rows[student] for student in NEIGHBOURS
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_points_are_those_of_the_honest_part(batch, case):
    points = batch.found[case.name].points
    assert points is not None
    assert points == case.points or (not case.exact and points < case.points), batch.rows[case.name]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_is_given_away(batch, case):
    assert batch.found[case.name].leaks == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_script_would_run(batch, case):
    assert not batch.found[case.name].scripts


@pytest.mark.parametrize("case", [case for case in CASES if case.says], ids=lambda case: case.name)
def test_what_happened_is_said(batch, case):
    assert re.search(case.says, batch.found[case.name].text)


@pytest.mark.parametrize("what", ["processes", "mounts", "files"])
def test_nothing_is_left_behind(batch, what):
    assert batch.left[what] == []


def test_what_was_handed_in_is_as_it_was(batch):
    assert batch.left["changed"] == []


def test_nobody_called(batch):
    assert batch.heard == 0


def test_the_page_says_what_happened(batch):
    ours = {case.name: words(batch.found[case.name]) for case in CASES}
    assert {name: row[1] for name, row in table.rows().items()} == ours, "run: python -m tests.submissions table"


def test_the_page_is_up_to_date():
    assert table.PAGE.read_text(encoding="utf-8") == table.page(table.rows(), table.made())
    assert table.NOT_YET not in table.PAGE.read_text(encoding="utf-8")


# That these tests can fail: what they look for is seen where it is.


def looked_at(zoo, student, text="", page=""):
    """Return what is Found when a student's graded notebook has printed a text, and the feedback is this page."""
    notebook = half(zoo)
    notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text=text)]
    save(notebook, zoo.path / "autograded" / student / PS)
    feedback = zoo.path / "feedback" / student / PS / f"{PS}.html"
    feedback.parent.mkdir(parents=True, exist_ok=True)
    feedback.write_text(page)
    return zoo.found(student, {})


@pytest.mark.parametrize(("what", "secret"), [*SECRETS.items(), ("the hidden module", hidden_lines()[0])])
def test_a_leak_would_be_seen(empty, what, secret):
    assert looked_at(empty, "s").leaks == []
    assert looked_at(empty, "s", text=f"a {secret} b").leaks == [what]
    assert looked_at(empty, "s", page=f"<b>{secret[:5]}</b>{secret[5:]}").leaks == [what]


def test_a_path_of_the_host_would_be_seen(empty):
    for path in (empty.path, empty.home, Path(sys.prefix), Path(sys.base_prefix)):
        assert looked_at(empty, "s", text=f"{path}/x").leaks == ["paths of the host"]


@pytest.mark.parametrize(
    "markup",
    [
        "<script>document.title = 'zoo'</script>",
        "<img src=x onerror=\"document.title = 'zoo'\">",
        "<a href=\"javascript:document.title='zoo'\">",
    ],
)
def test_a_script_would_be_seen(markup):
    assert runs_scripts(f"<p>{markup}</p>")
    assert not runs_scripts(f"<p>{markup.replace('<', '&lt;')}</p>")


def test_what_is_left_behind_would_be_seen(empty):
    save(half(empty), empty.folder("s"))
    with watched(empty, patience=3) as left:
        subprocess.run(["sh", "-c", "setsid sleep 100 & exit"], check=True)
        (empty.temporary / "forgotten").touch()
        (empty.home / empty.known["mark"]).touch()
        save(half(empty), empty.folder("s"))
    assert left["processes"] == ["sleep 100"]
    assert sorted(map(Path, left["files"])) == sorted([empty.temporary / "forgotten", empty.home / empty.known["mark"]])
    assert left["changed"] == [str(empty.folder("s") / f"{PS}.ipynb")]


def test_a_probe_outside_a_sandbox_would_be_seen(empty, folders):
    zoo = Zoo(folders(), stock=True, like=empty)
    assert not is_caged(grade(zoo, [PROBE], limit=LIMIT))
