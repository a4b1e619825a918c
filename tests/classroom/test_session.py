"""Lectures are handed out at each start of a user's server, and nothing of the user's is lost."""

import json
import os
from pathlib import Path

import pytest

from pgcourse.classroom import session, whole

NAME = "05_left_right.ipynb"


@pytest.fixture
def lectures(tmp_path):
    folder = tmp_path / "handed out"
    folder.mkdir()
    (folder / NAME).write_text("first edition")
    (folder / "06_policy_gradient.ipynb").write_text("another lecture")
    (folder / ".hidden.ipynb").write_text("nobody's")
    return folder


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "home" / "lectures"


def start(lectures, mine):
    """Hand out as a server's start does; return the sentences."""
    return list(session.hand_out(lectures, mine))


def seen(mine):
    """Return {name: text} of what the user sees."""
    return {path.name: path.read_text() for path in mine.iterdir() if path.name[0] != "."}


def publish(lectures, text):
    (lectures / NAME).write_text(text)


def test_a_new_user_gets_all(lectures, mine):
    assert start(lectures, mine) == []
    assert seen(mine) == {NAME: "first edition", "06_policy_gradient.ipynb": "another lecture"}


def test_nothing_is_written_at_a_start_that_brings_nothing(lectures, mine):
    start(lectures, mine)
    before = {path: path.stat().st_ino for path in mine.iterdir()}
    assert start(lectures, mine) == []
    assert {path: path.stat().st_ino for path in mine.iterdir()} == before


def test_an_unchanged_copy_gives_way_to_a_newer_one(lectures, mine):
    start(lectures, mine)
    publish(lectures, "second edition")
    start(lectures, mine)
    assert seen(mine) == {NAME: "second edition", "06_policy_gradient.ipynb": "another lecture"}


def test_a_changed_copy_stays_and_newer_ones_come_beside_it(lectures, mine):
    start(lectures, mine)
    (mine / NAME).write_text("with my notes")
    start(lectures, mine)
    assert len(seen(mine)) == 2, "what has been handed out is not handed out again"
    publish(lectures, "second edition")
    start(lectures, mine)
    start(lectures, mine)
    fresh = "05_left_right (fresh copy).ipynb"
    assert seen(mine)[NAME] == "with my notes"
    assert seen(mine)[fresh] == "second edition"
    publish(lectures, "third edition")
    start(lectures, mine)
    assert seen(mine)[fresh] == "third edition"
    (mine / fresh).write_text("with more notes")
    publish(lectures, "fourth edition")
    start(lectures, mine)
    assert seen(mine) == {
        NAME: "with my notes",
        fresh: "with more notes",
        "05_left_right (fresh copy 2).ipynb": "fourth edition",
        "06_policy_gradient.ipynb": "another lecture",
    }


def test_what_the_user_has_removed_comes_back(lectures, mine):
    start(lectures, mine)
    (mine / NAME).unlink()
    start(lectures, mine)
    assert seen(mine)[NAME] == "first edition"


def test_a_file_of_the_users_own_under_that_name_stays(lectures, mine):
    mine.mkdir(parents=True)
    (mine / NAME).write_text("my own")
    start(lectures, mine)
    assert seen(mine)[NAME] == "my own"
    assert seen(mine)["05_left_right (fresh copy).ipynb"] == "first edition"


@pytest.mark.parametrize("text", ["", "[]", "{broken", '{"05_left_right.ipynb": 3}', "\udcff"])
def test_a_record_that_is_lost_or_broken_loses_nothing(lectures, mine, text):
    start(lectures, mine)
    (mine / NAME).write_text("with my notes")
    (mine / session.RECORD).write_bytes(os.fsencode(text))
    publish(lectures, "second edition")
    assert start(lectures, mine) == []
    assert seen(mine)[NAME] == "with my notes"
    assert seen(mine)["05_left_right (fresh copy).ipynb"] == "second edition"
    assert json.loads((mine / session.RECORD).read_text())


def test_what_a_link_leads_to_is_never_written(lectures, mine, tmp_path):
    elsewhere = tmp_path / "elsewhere.ipynb"
    elsewhere.write_text("somebody's")
    start(lectures, mine)
    (mine / NAME).unlink()
    (mine / NAME).symlink_to(elsewhere)
    publish(lectures, "second edition")
    start(lectures, mine)
    assert elsewhere.read_text() == "somebody's"
    elsewhere.unlink()
    publish(lectures, "third edition")
    assert start(lectures, mine) == []
    assert not elsewhere.exists()
    assert (mine / NAME).is_symlink()


def test_other_things_under_that_name_stop_nothing(lectures, mine):
    mine.mkdir(parents=True)
    os.mkfifo(mine / NAME)
    (mine / "06_policy_gradient.ipynb").mkdir()
    assert start(lectures, mine) == []
    assert (mine / "05_left_right (fresh copy).ipynb").read_text() == "first edition"
    assert (mine / "06_policy_gradient (fresh copy).ipynb").read_text() == "another lecture"


def test_a_folder_that_cannot_be_made_is_one_sentence(lectures, mine):
    mine.parent.mkdir()
    mine.write_text("a file")
    (sentence,) = start(lectures, mine)
    fix = "make room, then start the server again."
    assert sentence == f"the lectures could not all be put into {mine} (File exists): {fix}"
    assert mine.read_text() == "a file"


def test_a_full_disk_is_one_sentence_and_costs_nothing(lectures, mine, monkeypatch):
    start(lectures, mine)
    publish(lectures, "second edition")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole.os, "replace", full)
    (sentence,) = start(lectures, mine)
    assert "(No space left on device)" in sentence
    assert seen(mine)[NAME] == "first edition"
    assert sorted(path.name for path in mine.iterdir()) == [
        session.RECORD,
        NAME,
        "06_policy_gradient.ipynb",
    ]
    monkeypatch.undo()
    assert start(lectures, mine) == []
    assert seen(mine)[NAME] == "second edition"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Start where a server does, and come back."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    umask = os.umask(0o022)
    yield home
    os.umask(umask)


def rights(path):
    return oct(path.stat().st_mode & 0o777)


def test_a_students_server_starts_at_home_and_all_is_private(lectures, elsewhere):
    assert list(session.prepare(str(lectures), "")) == []
    assert rights(elsewhere / "lectures" / NAME) == "0o600"
    assert rights(elsewhere / "lectures") == "0o700"
    assert os.umask(0) == 0o077


def test_an_instructors_starts_in_the_course_folder_and_shares_what_is_there(lectures, elsewhere, tmp_path):
    course = tmp_path / "course"
    course.mkdir()
    assert list(session.prepare(str(lectures), str(course))) == []
    assert os.getcwd() == str(course)
    assert not (elsewhere / "lectures").exists()
    for path in (course / "lectures").iterdir():
        assert rights(path) == "0o660"
    assert rights(course / "lectures") == "0o770"
    assert os.umask(0) == 0o007


def test_without_its_course_folder_an_instructors_starts_at_home_with_a_sentence(lectures, elsewhere, tmp_path):
    (sentence,) = session.prepare(str(lectures), str(tmp_path / "gone"))
    reason = "cannot be entered (No such file or directory): run `pgcourse hub --check`."
    assert sentence == f"the course folder {tmp_path}/gone {reason}"
    assert (elsewhere / "lectures" / NAME).exists()


def test_kernels_talk_through_files_wherever_the_path_of_a_home_allows_it(monkeypatch, capsys):
    longest = Path("/home", 32 * "a")  # an account's name has 32 letters at most
    monkeypatch.setattr(os, "environ", {})
    assert session.private_kernels(longest) == ["--KernelManager.transport=ipc"]
    assert os.environ.pop("JUPYTER_RUNTIME_DIR") == f"{longest}/.jupyter/run"
    assert session.private_kernels(longest / "students") == []
    assert os.environ == {}
    assert capsys.readouterr().err == f"pgcourse hub: {longest}/students is a long path, so kernels have ports.\n"
