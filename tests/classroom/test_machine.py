"""The machine that the tests of a class make: real accounts on it, none on the machine below, and nothing left."""

import os
import pwd
import socket
from pathlib import Path

import pytest

from tests.support.course import ROOT
from tests.support.machine import machine, possible
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(not possible(), reason="needs root, and the right to mount")


@pytest.fixture(scope="module")
def ours():
    with machine() as ours:
        ours.run("useradd", "--create-home", "ada", check=True)
        yield ours


def test_accounts_are_real_there_and_unknown_below(ours):
    said = ours.run("sh", "-c", "id --user --name; pwd; echo $HOME; touch ~/mine", account="ada")
    assert said.stdout.split() == ["ada", "/", "/home/ada"]
    assert ours.path("/home/ada/mine").is_file()
    assert not Path("/home/ada").exists()
    with pytest.raises(KeyError):
        pwd.getpwnam("ada")


def test_the_course_that_is_tested_is_closed_to_accounts(ours):
    look = ("ls", ROOT / "solutions")
    assert ours.run(*look).returncode == 0
    assert "Permission denied" in ours.run(*look, account="ada").stderr
    assert os.access(ROOT / "solutions", os.R_OK)


def test_ports_are_its_own(ours):
    with (
        socket.create_server(("127.0.0.1", 0)) as below,
        ours.connected(socket.create_server, below.getsockname()) as there,
        ours.connected(socket.create_connection, below.getsockname()) as caller,
    ):
        connection, address = there.accept()
        connection.close()
        assert address == caller.getsockname()


def test_what_runs_there_sees_nothing_else_and_ends_with_it(tmp_path):
    with machine() as other:
        other.start("sleep", "1234", log=tmp_path / "log")
        assert len(other.processes()) <= 3
        inside = other.pid
    assert until(lambda: not Path(f"/proc/{inside}").exists())
