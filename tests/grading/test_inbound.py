"""What is collected from nbgrader's exchange, and what is left there: another's, links, what cannot be read."""

import getpass
import os
import shutil

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from pgcourse.grading.coursefolder import replace_alembic
from pgcourse.grading.intake.inbound import Collect, copy_files

pytestmark = pytest.mark.slow

ME = getpass.getuser()
EARLIER, LATER = "2026-11-02 10:00:00.0 UTC", "2026-11-02 11:00:00.0 UTC"


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """An empty gradebook: making one takes longer than copying it."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    replace_alembic()
    Gradebook(f"sqlite:///{path}", "pgcourse").close()
    return path


@pytest.fixture
def exchange(tmp_path, gradebook):
    """The inbound folder of a course, with an honest hand-in of this account's."""
    (tmp_path / "course").mkdir()
    shutil.copy(gradebook, tmp_path / "course")
    inbound = tmp_path / "exchange" / "pgcourse" / "inbound"
    inbound.mkdir(parents=True)
    hand_in(inbound, f"{ME}+ps4+{EARLIER}+x1", "honest")
    return inbound


def hand_in(inbound, name, words):
    """Put a hand-in into the exchange; return its folder."""
    folder = inbound / name
    folder.mkdir()
    (folder / "ps4.ipynb").write_text(words, encoding="utf-8")
    (folder / "timestamp.txt").write_text(name.split("+")[2] if "+" in name else "", encoding="utf-8")
    return folder


def collected(exchange, caplog, **settings):
    """Collect; return {student: what was collected} and the warnings."""
    course = exchange.parents[2] / "course"
    config = Config({"Exchange": {"root": str(exchange.parents[1])}, "Collect": settings})
    coursedir = CourseDirectory(root=str(course), course_id="pgcourse", assignment_id="ps4")
    Collect(coursedir=coursedir, config=config, update=True).start()
    found = {path.parts[-3]: path.read_text() for path in course.glob("submitted/*/ps4/ps4.ipynb")}
    return found, [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_the_latest_of_ones_own_is_collected_and_the_earlier_if_that_is_no_good(exchange, caplog):
    later = hand_in(exchange, f"{ME}+ps4+{LATER}+x2", "second")
    assert collected(exchange, caplog) == ({ME: "second"}, [])
    (later / "ps4.ipynb").unlink()
    (later / "ps4.ipynb").symlink_to("/etc/hostname")
    hand_in(exchange, f"{ME}+ps4+{LATER.replace('11', '12', 2)}+x3", "third").joinpath("more").symlink_to("/etc")
    found, warnings = collected(exchange, caplog)
    assert found == {ME: "second"}
    assert [warning.rpartition(": ")[2] for warning in sorted(warnings)] == [
        "ps4.ipynb in it is neither a file nor a folder.",
        "more in it is neither a file nor a folder.",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"somebody+ps4+{LATER}+x2", f"it is said to be somebody's, and {ME} has put it there."),
        (f"{ME}+ps4+yesterday+x2", "the time in its name "),
        (f"{ME}+ps4+{LATER}", "its name is not STUDENT+ASSIGNMENT+TIME+RANDOM."),
    ],
)
def test_what_is_not_the_students_own_is_left_and_stops_nobody(exchange, caplog, name, words):
    folder = hand_in(exchange, name, "forged")
    found, (warning,) = collected(exchange, caplog)
    assert found == {ME: "honest"}
    assert f"{folder} is not collected: {words}" in warning
    assert (folder / "ps4.ipynb").read_text() == "forged"


def test_in_a_class_of_one_account_it_may_be_anybodys(exchange, caplog):
    hand_in(exchange, f"somebody+ps4+{LATER}+x2", "a trial")
    assert collected(exchange, caplog, check_owner=False) == ({ME: "honest", "somebody": "a trial"}, [])


def spoil_size(folder):
    with (folder / "large").open("wb") as file:
        file.truncate(200_000_000)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_size, "it is larger than 100000 kB."),
        (lambda folder: os.mkfifo(folder / "pipe"), "pipe in it is neither a file nor a folder."),
    ],
)
def test_what_would_stop_or_hold_the_collector_is_left(exchange, caplog, spoil, words):
    spoil(hand_in(exchange, f"{ME}+ps4+{LATER}+x2", "later"))
    found, (warning,) = collected(exchange, caplog)
    assert found == {ME: "honest"}
    assert warning.endswith(f" is not collected: {words}")


def test_links_that_come_in_the_last_moment_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    (secret / "deeper").mkdir(parents=True)
    (secret / "answers.txt").write_text("secret")
    folder = hand_in(tmp_path, "handed-in", "mine")
    (folder / "answers.txt").symlink_to(secret / "answers.txt")
    (folder / "all").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    copy_files(folder, tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").rglob("*")) == ["ps4.ipynb", "timestamp.txt"]
