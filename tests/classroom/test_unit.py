"""The hub as a service: what systemd is given, and when it is told to start it again."""

import os
import shutil
import subprocess

import pytest

from pgcourse.classroom import unit
from pgcourse.classroom.places import Places


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """A systemctl that notes what it is told, and fails where there is a file `broken`."""
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n! cat {tmp_path}/broken >&2 2> {os.devnull}\n')
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
    with pytest.raises(ValueError, match=r"^systemd does not daemon-reload the hub \(Job failed\): run `journalctl"):
        unit.start(Places(), changed=False)
    assert not unit.is_active()


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
