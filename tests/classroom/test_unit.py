"""The hub as a service: what systemd is given, and when it is told to start it again."""

import os
import shutil
import socket
import subprocess

import pytest

from pgcourse.classroom import check, hub, unit
from pgcourse.classroom.classfile import ClassFile, Hub
from pgcourse.classroom.places import Places
from pgcourse.classroom.ports import free_ports


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """A systemctl that notes what it is told, says what is in `shown`, and fails where there is a file `broken`."""
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    (tmp_path / "shown").touch()
    lines = (f'echo "$@" >> {tmp_path}/told', f"cat {tmp_path}/shown", f"! cat {tmp_path}/broken >&2 2> {os.devnull}")
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(unit, "UNITS", tmp_path)
    return tmp_path


def told(folder):
    """Return what systemctl was told since the last time."""
    file = folder / "told"
    lines = file.read_text().splitlines()
    file.unlink()
    return [line.removesuffix(f" {unit.NAME}") for line in lines]


def test_it_is_started_anew_only_where_something_has_changed(systemctl):
    places = Places()
    unit.start(places, changed=False)
    assert told(systemctl) == ["daemon-reload", "enable", "restart"]
    unit.start(places, changed=False)
    assert told(systemctl) == ["enable", "start"]
    unit.start(places, changed=True)
    assert told(systemctl) == ["enable", "restart"]
    (systemctl / unit.NAME).write_text("an earlier version's")
    unit.start(places, changed=False)
    assert told(systemctl) == ["daemon-reload", "enable", "restart"]


def test_a_refusal_is_one_sentence_with_the_command_that_says_more(systemctl):
    (systemctl / "broken").write_text("Job failed.\n")
    with pytest.raises(ValueError, match=r"^systemd does not daemon-reload the hub \(Job failed\): run `sudo jour"):
        unit.start(Places(), changed=False)


def test_a_port_that_another_program_has_is_told_of_before_the_hub_starts(systemctl):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = Hub(f"http://127.0.0.1:{port}", **dict(zip(("hub_port", "proxy_port"), free_ports(2), strict=True)))
        (systemctl / "shown").write_text("active\n")
        unit.refuse_taken(said)
        (systemctl / "shown").write_text("inactive\n")
        with pytest.raises(ValueError, match=rf"^another program listens on port {port}, which is that of the address"):
            unit.refuse_taken(said)
    unit.refuse_taken(said)


def test_it_is_waited_for_until_the_hub_answers(systemctl):
    answers = iter([False, False, True])
    unit.wait(lambda: next(answers))
    assert list(answers) == []


@pytest.mark.parametrize(("state", "restarts"), [("activating", "1"), ("failed", "0")])
def test_a_hub_that_ends_as_it_starts_is_told_of_with_the_command_that_shows_its_log(
    systemctl, monkeypatch, state, restarts
):
    shown = {"NRestarts": iter(["0", restarts]), "ActiveState": iter([state])}
    monkeypatch.setattr(unit, "shown", lambda name: next(shown[name]))
    with pytest.raises(ValueError, match=r"^the hub ends as soon as it has started: run `sudo journalctl --unit"):
        unit.wait(lambda: False)


def test_a_hub_that_never_answers_is_told_of_too(systemctl, monkeypatch):
    monkeypatch.setattr(unit, "START_SECONDS", 0)
    with pytest.raises(ValueError, match=r"^the hub has not answered for 0 seconds: run `sudo journalctl --unit"):
        unit.wait(lambda: False)


@pytest.mark.parametrize(
    ("state", "answers", "fault"),
    [
        ("active", True, None),
        ("inactive", False, f"does not run; run `sudo systemctl start {unit.NAME}`"),
        ("active", False, f"does not answer at http://127.0.0.1:8000; run `{unit.LOG}` to see why"),
        ("activating", True, f"does not answer at http://127.0.0.1:8000; run `{unit.LOG}` to see why"),
    ],
)
def test_the_check_asks_the_hub_itself(systemctl, monkeypatch, state, answers, fault):
    (systemctl / "shown").write_text(f"{state}\n")
    monkeypatch.setattr(hub, "answers", lambda address: answers)
    assert check._hub_fault(ClassFile()) == fault


def test_nothing_of_who_installs_it_gets_into_the_unit(monkeypatch):
    monkeypatch.setenv("SECRET", "canary")
    monkeypatch.setenv("LANG", "C.UTF-8")
    text = unit.text(Places())
    assert "canary" not in text
    assert 'Environment="LANG=C.UTF-8"' in text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd's programs")
def test_systemd_understands_the_unit(tmp_path):
    places = Places.below(tmp_path)
    for path in (places.python, places.settings / "jupyterhub_config.py"):
        path.parent.mkdir(parents=True)
        path.touch(mode=0o755)
    places.state.mkdir()
    file = tmp_path / unit.NAME
    file.write_text(unit.text(places))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True)
    assert unit.NAME not in done.stdout + done.stderr, done.stderr
    file.write_text(unit.text(places).replace("Restart=always", "Restart=perhaps"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True)
    assert unit.NAME in done.stderr
