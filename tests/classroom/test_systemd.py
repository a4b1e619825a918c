"""A class where systemd runs: its unit, and what a user may take at most. systemd is the first process of a machine."""

import signal
import socket

import pytest

from pgcourse.classroom import unit
from tests.support.classroom import ENVIRONMENT, STATE, STUDENTS, running_class
from tests.support.machine import machine_with_systemd, possible_with_systemd
from tests.support.small_course import PS
from tests.support.waiting import until

pytestmark = [
    pytest.mark.long,
    pytest.mark.hub,
    pytest.mark.sandbox,
    pytest.mark.skipif(not possible_with_systemd(), reason="needs root, systemd, and its control groups of version 1"),
]
SETTINGS = '[limits]\nmemory = "1G"\nprocessors = 0.5\n'
TAKE = "python3 -c 'print(len(bytearray(2 << 30)))'"  # bytes
SERVER = "jupyter-{}-singleuser.service"


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    with running_class(tmp_path_factory.mktemp("class"), machine=machine_with_systemd, settings=SETTINGS) as ours:
        yield ours


@pytest.fixture(scope="module")
def ada(ours):
    return ours.people["ada"].at_work()


def shown(ours, name, *properties):
    """Return what systemd says of a unit."""
    lines = ours.machine.run("systemctl", "show", name, *(f"--property={name}" for name in properties)).stdout
    return dict(line.split("=", 1) for line in lines.splitlines())


def check(ours):
    """Run `pgcourse hub --check` as root; return what subprocess.run returns."""
    return ours.machine.run("env", "LANG=C.UTF-8", f"{ENVIRONMENT}/bin/pgcourse", "hub", "--check")


def test_the_hub_is_a_service_that_nothing_is_wrong_with(ours):
    assert ours.machine.run("systemctl", "is-enabled", unit.NAME).stdout == "enabled\n"
    checked = check(ours)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"ok     {unit.NAME}\n" in checked.stdout
    assert "systemd" not in checked.stdout.replace(unit.NAME, "")  # no note that nothing limits users


def test_a_user_may_take_so_much_memory_and_processor_time_and_no_more(ours, ada):
    group = shown(ours, SERVER.format("ada"), "ControlGroup")["ControlGroup"]
    quota, period = (
        int(ours.machine.path(f"/sys/fs/cgroup/cpu{group}/cpu.cfs_{name}_us").read_text())
        for name in ("quota", "period")
    )
    assert quota / period == 0.5
    for place, code in ((f"/sys/fs/cgroup/memory{group}", -signal.SIGKILL), ("/sys/fs/cgroup/memory", 0)):
        enter = f"echo $$ > {place}/cgroup.procs && exec {TAKE}"
        assert ours.machine.run("sh", "-c", enter).returncode == code
    assert ada.ask("GET", "api").ok


def test_a_dead_hub_comes_back_and_users_servers_live_on(ours, ada):
    servers, hub = ada.servers(), shown(ours, unit.NAME, "MainPID")["MainPID"]
    ours.machine.run("kill", "-KILL", hub, check=True)
    assert until(lambda: shown(ours, unit.NAME, "MainPID")["MainPID"] not in ("0", hub))
    assert until(ours.answers)
    assert ada.servers() == servers
    assert ada.ask("GET", "api").ok


def test_a_hub_that_does_not_start_is_told_of_in_a_sentence_and_found_by_the_check(ours):
    database = ours.machine.path(f"{STATE}/jupyterhub.sqlite")
    ours.machine.run("systemctl", "stop", unit.NAME, check=True)
    kept = database.read_bytes()
    database.write_text("no database")
    done = ours.hub()
    assert (done.returncode, done.stderr.splitlines()[-1].partition(":")[0]) == (1, "pgcourse hub")
    assert done.stderr.endswith(f"the hub ends as soon as it has started: run `{unit.LOG}` to see why.\n")
    assert "The class of" not in done.stdout
    assert f"WRONG  {unit.NAME}: does not answer at http://127.0.0.1:8000; run" in check(ours).stdout
    ours.machine.run("systemctl", "stop", unit.NAME, check=True)
    assert f"WRONG  {unit.NAME}: does not run; run `sudo systemctl start" in check(ours).stdout
    database.write_bytes(kept)
    with ours.machine.connected(socket.create_server, ("127.0.0.1", 8000)):
        done = ours.hub()
    assert (done.returncode, done.stdout) == (1, "")
    assert "another program listens on port 8000" in done.stderr
    done = ours.hub()
    assert (done.returncode, ours.answers()) == (0, True), done.stderr


def test_a_hand_in_is_graded_in_its_sandbox(ours, ada):
    prof = ours.people["prof"].at_work()
    for action in ("assign", "release"):
        assert prof.api("POST", f"formgrader/api/assignment/{PS}/{action}")["success"]
    ada.nbgrader("fetch")
    ada.nbgrader("submit")
    assert prof.api("POST", f"formgrader/api/assignment/{PS}/collect")["success"]
    graded = prof.api("POST", f"formgrader/api/submission/{PS}/ada/autograde")
    assert graded["success"], graded
    (row,) = [row for row in prof.api("GET", f"formgrader/api/submissions/{PS}") if row["autograded"]]
    assert (row["student"], row["score"]) == (STUDENTS[0], 0)
