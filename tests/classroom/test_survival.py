"""What a class survives: a server, the hub or the proxy killed, students more or fewer, thirty who hand in at once."""

import nbformat
import pytest

from tests.support.classroom import running_class
from tests.support.course import cell, notebook_path
from tests.support.hand_in import hand_in, release
from tests.support.machine import possible
from tests.support.small_course import PS, WRITTEN
from tests.support.waiting import until

pytestmark = [
    pytest.mark.long,
    pytest.mark.hub,
    pytest.mark.skipif(not possible(), reason="accounts are made: this needs root, and the right to mount"),
]
LISTENING = "0A"  # in /proc/net/tcp
HUB, PROXY = "-m jupyterhub --config", "configurable-http-proxy"
THIRTY = tuple(f"student{number:02}" for number in range(1, 31))
NOTEBOOK = f"assignments/{notebook_path(PS)}"


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    with running_class(tmp_path_factory.mktemp("class")) as ours:
        yield ours


@pytest.fixture(scope="module")
def ada(ours):
    """Ada at work: a notebook with an answer of hers is saved, and a kernel runs."""
    ada = ours.people["ada"].at_work()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("my_answer = 25")])
    ada.save("mine.ipynb", notebook)
    ada.api("POST", "api/kernels", json={"name": "python3"})
    return ada


def answers(person):
    """Say whether a person's server is reached as the person is logged in now."""
    return person.ask("GET", "api/kernels").ok


def kill(ours, words):
    """Kill the one process whose command holds some words."""
    (process,) = ours.machine.processes(words)
    ours.machine.run("kill", "-KILL", process, check=True)


def kept(ada):
    """Return what must not be lost: the notebook, the kernels, the server."""
    cells = ada.read("mine.ipynb").cells
    kernels = [kernel["id"] for kernel in ada.api("GET", "api/kernels")]
    return [cell.source for cell in cells], kernels, ada.servers()


def test_a_kernel_talks_through_files_in_the_home_and_at_no_port_but_one_for_its_own_forks(ours, ada):
    """That one is ipykernel's: whoever does not know its 16 random bytes is not heard there, and hears nothing."""
    (kernel,) = ada.api("GET", "api/kernels")
    run = ours.machine.path("/home/ada/.jupyter/run")
    assert until(lambda: len(list(run.glob(f"kernel-{kernel['id']}-ipc-*"))) == 5)
    number = ada.run("id", "-u").stdout.strip()
    rows = [line.split() for line in ada.run("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout.splitlines()]
    assert len([row for row in rows if row[3] == LISTENING and row[7] == number]) == 2  # her server's, and that one
    assert ours.machine.run("ls", "/home/ada/.jupyter/run", account="bob").returncode != 0


def test_a_killed_proxy_comes_back_with_its_routes(ours, ada):
    before = kept(ada)
    kill(ours, PROXY)
    assert until(lambda: ours.answers() and answers(ada))
    assert kept(ada) == before


def end_hub(ours, how):
    (process,) = ours.machine.processes(HUB)
    ours.machine.run("kill", f"-{how}", process, check=True)
    assert until(lambda: not ours.machine.processes(HUB))


@pytest.mark.parametrize("how", ["TERM", "KILL"])
def test_users_servers_and_logins_outlive_the_hub(ours, ada, how):
    before = kept(ada)
    end_hub(ours, how)
    ours.begin()
    assert until(lambda: answers(ada))
    assert kept(ada) == before


def test_a_killed_server_loses_nothing_that_was_saved(ours, ada):
    words, _, (server,) = kept(ada)
    ours.machine.run("kill", "-KILL", server, check=True)
    assert until(lambda: ada.ask("GET", "/hub/spawn/ada").ok and answers(ada))
    assert ada.servers() != [server]
    assert kept(ada)[0] == words


def test_thirty_more_are_enrolled_and_hand_in_at_once(ours, ada):
    before = kept(ada)
    ours.enrol(*THIRTY)
    done = ours.hub()
    assert done.returncode == 0, done.stdout + done.stderr
    assert kept(ada) == before
    prof = ours.people["prof"].at_work()
    release(prof)
    arrivals, said = hand_in(ours, THIRTY)
    assert sorted(account for account, _ in arrivals) == list(THIRTY), said
    assert prof.api("POST", f"formgrader/api/assignment/{PS}/collect")["success"]
    found = {account: prof.read(f"submitted/{account}/{notebook_path(PS)}") for account in THIRTY}
    assert {account: cell(notebook, WRITTEN).source for account, notebook in found.items()} == {
        account: f"written by {account}" for account in THIRTY
    }


def test_whoever_leaves_the_roster_is_logged_out_and_keeps_the_home(ours, ada):
    before, eve = kept(ada), ours.people["eve"]
    assert eve.log_in().ok
    assert eve.ask("GET", "/hub/home").url.endswith("/hub/home")
    ours.enrol(*THIRTY, without=["eve"])
    end_hub(ours, "TERM")
    ours.begin()
    assert "/hub/login" in eve.ask("GET", "/hub/home").url
    assert eve.log_in().status_code == 403
    assert ours.machine.path("/home/eve").is_dir()
    assert until(lambda: answers(ada))
    assert kept(ada) == before
