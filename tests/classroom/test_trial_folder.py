"""The folder of a trial: made, taken up again, refused."""

import os
import socket
import subprocess
import sys

import pytest

from pgcourse.classroom import classfile, hub, ports, roster, trial
from pgcourse.grading import tempfolders
from tests.support.course import ROOT
from tests.support.waiting import until

HUB = """
import pathlib, signal, time
folder = pathlib.Path(__file__).parents[1]
def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    (folder / "started").touch()
    try:
        signal.pause()
    finally:
        while not (folder / "may end").exists():
            time.sleep(0.01)
        (folder / "ended").touch()
"""
KILLED_TRIAL = """
import signal
from pgcourse.classroom import trial
own = trial._own_folder()
places = trial.TrialPlaces.below(own.path)
places.state.mkdir()
with trial._started(places, "secret", places.state / "hub.log", own.lock):
    signal.pause()
"""


@pytest.fixture
def made(tmp_path):
    return trial.make(tmp_path / "trial", ROOT)


def test_it_has_four_people_and_free_ports_on_this_machine_alone(made):
    people = roster.read(made.settings / hub.ROSTER)
    assert [person.id for person in people if not person.is_instructor] == list(trial.STUDENTS)
    assert [person.id for person in people if person.is_instructor] == [trial.INSTRUCTOR]
    said = classfile.read(made.settings / "class.toml")
    assert said.hub.address.startswith("http://127.0.0.1:")
    own = {said.hub.hub_port, said.hub.proxy_port}
    assert len(own) == 2
    assert own <= set(ports.PORTS)
    assert said.limits.idle_hours == 0
    assert len(list(made.lectures.glob("*.ipynb"))) == len(list(ROOT.glob("lectures/*.ipynb")))
    assert made.state.stat().st_mode & 0o077 == 0


@pytest.fixture
def taken(monkeypatch):
    """The usual port, which is not free. It is not the real one, at which trials of other tests begin and end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(trial, "PORT", server.getsockname()[1])
        yield trial.PORT


def test_another_port_is_taken_where_the_usual_one_is_not_free(taken, tmp_path):
    places = trial.make(tmp_path / "trial", ROOT)
    assert classfile.port_of(classfile.read(places.settings / "class.toml").hub.address) in ports.PORTS


def test_no_port_that_can_be_used_is_one_sentence(taken, tmp_path, monkeypatch):
    monkeypatch.setattr(ports, "PORTS", [taken] * 100)
    with pytest.raises(ValueError, match=r"^no port of this machine can be used: end what has taken them all"):
        trial.make(tmp_path / "trial", ROOT)
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_kept_is_taken_up_with_what_was_done_in_it(made):
    (made.course / "gradebook.db").write_text("grades")
    (made.course / "solutions" / "mine.py").write_text("an instructor's")
    again = trial.make(made.state.parent, ROOT)
    assert (again.course / "gradebook.db").read_text() == "grades"
    assert (again.course / "solutions" / "mine.py").read_text() == "an instructor's"
    settings = (again.jupyter("instructor") / "nbgrader_config.py").read_text()
    assert settings.count(trial.NO_OWNERS) == 1


def test_a_course_whose_copy_was_cut_off_is_no_course(tmp_path, monkeypatch):
    def cut_off(course, folder):
        (folder / "nbgrader_config.py").touch()
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(trial, "copy_course", cut_off)
        with pytest.raises(OSError, match="full"):
            trial.make(tmp_path / "trial", ROOT)
    assert [path.name for path in (tmp_path / "trial").glob("*course*")] == []
    assert (trial.make(tmp_path / "trial", ROOT).course / "nbgrader_config.py").stat().st_size > 0


@pytest.mark.slow
def test_a_hub_ends_in_order_when_what_started_it_is_killed_and_holds_the_folder_until_then(tmp_path):
    """The trial that is played here cannot end what it has started, nor remove its folder."""
    (tmp_path / "jupyterhub").mkdir()
    (tmp_path / "jupyterhub" / "__init__.py").touch()
    (tmp_path / "jupyterhub" / "app.py").write_text(HUB)
    script = tmp_path / "trial.py"
    script.write_text(KILLED_TRIAL)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}", "TMPDIR": f"{tmp_path}"}
    with subprocess.Popen([sys.executable, script], env=environment) as process:
        assert until((tmp_path / "started").exists)
        process.kill()
    (left,) = tmp_path.glob(f"{trial.PREFIX}*")
    assert tempfolders.sweep(tmp_path, trial.PREFIX) == []
    assert not (tmp_path / "ended").exists()
    (tmp_path / "may end").touch()
    assert until((tmp_path / "ended").exists)
    assert until(lambda: tempfolders.sweep(tmp_path, trial.PREFIX)) == [left]
    assert not left.exists()


def test_a_folder_with_something_else_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(ValueError, match=f"^{tmp_path} is there already, and no trial's: name a new folder.$"):
        trial.make(tmp_path, ROOT)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_in_which_a_trial_runs_is_refused(made):
    port = classfile.read(made.settings / "class.toml").hub.hub_port
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(ValueError, match=r" runs already, at http://127\.0\.0\.1:\d+: end that one first\.$"),
    ):
        trial.make(made.state.parent, ROOT)


def test_a_hub_that_ends_at_once_is_one_sentence(made):
    log = made.state / "hub.log"
    log.write_text("many words\nthe last words\n")
    with subprocess.Popen(["true"]) as process:
        process.wait()
        reason = r"^the hub does not start \(the last words\): with --keep DIR, DIR/state/hub\.log says more\.$"
        with pytest.raises(ValueError, match=reason):
            trial._wait(process, made, log)


def test_a_problem_set_that_cannot_be_released_is_one_sentence_and_stops_nothing(made, capsys, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "many words\nthe last words\n")
    monkeypatch.setattr(trial.subprocess, "run", lambda *arguments, **options: failed)
    trial._release(made)
    assert capsys.readouterr() == ("", f"{trial.RELEASED} could not be released (the last words).\n")
