"""`pgcourse hub` as root types it, on a machine of its own: make a class, update it, run its hub, look what is wrong.

The environment that all share has the packages of the tests here; another test installs one.
"""

import re
import shlex
import sys

import pytest
import requests

from tests.support.course import ROOT
from tests.support.machine import machine, possible
from tests.support.waiting import until

pytestmark = [
    pytest.mark.hub,
    pytest.mark.skipif(not possible(), reason="needs root, and the right to mount"),
]
ROSTER = "name,id,e-mail,role\nAda,ada,,student\nGrace,grace,,instructor\n"
SANDBOX = (
    "sandbox of the instructors' graders"  # which sees the packages in an environment itself, and these lie outside
)
ADDRESS = "http://127.0.0.1:8000/hub/"
ENVIRONMENT = """
import sys, sysconfig, venv
from pathlib import Path
from pgcourse.classroom import install
course, place = Path(sys.argv[1]), Path("/opt/pgcourse")
venv.create(place, symlinks=True)
site = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(place)}))
(site / "course.pth").write_text(f"{course}\\n{sysconfig.get_path('purelib')}\\n")
(place / install.STAMP).write_text(install._wanted(course, install.shared_python()))
"""


class Hub:
    """A machine, and `pgcourse hub` on it."""

    def __init__(self, ours, folder):
        self.machine, self.log, self.roster = ours, folder / "log", ours.path("/root/roster.csv")

    def words(self, *arguments):
        return [*("env", f"--chdir={ROOT}", "LANG=C.UTF-8"), sys.executable, "-m", "pgcourse", "hub", *arguments]

    def run(self, *arguments, **options):
        return self.machine.run(*self.words(*arguments), **options)

    def start(self, *arguments):
        """Start it, and wait until the hub answers; return what has been said so far."""
        self.machine.start(*self.words(*arguments), log=self.log)
        assert until(self.answers), self.log.read_text()
        return self.log.read_text()

    def answers(self):
        try:
            return self.machine.connected(requests.get, f"{ADDRESS}health", timeout=5).ok
        except requests.RequestException:
            return False

    def process(self):
        (process,) = self.machine.processes("jupyterhub --config")
        return process

    def end(self):
        """End the hub as Ctrl+C does, and wait until it is gone."""
        self.machine.run("kill", "-INT", str(self.process()), check=True)
        assert until(lambda: not self.machine.processes("jupyterhub --config"))

    def wrong(self):
        """Return {what: fault} that --check finds, but for what is always wrong with this environment."""
        done = self.run("--check")
        found = dict(re.findall(r"^WRONG  (.*?): (.*)$", done.stdout, re.M))
        assert done.returncode == bool(found), done.stdout + done.stderr
        assert "No module named 'ipykernel'" in found.pop(SANDBOX, "No module named 'ipykernel'")
        return found


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with machine() as ours:
        for folder in ROOT.parents:  # which is closed there: these accounts use its packages
            ours.path(folder).chmod(ours.path(folder).stat().st_mode | 0o055)
        ours.path(ROOT).chmod(0o755)
        for name in {"solutions", ".git"} & {path.name for path in ROOT.iterdir()}:
            ours.path(ROOT / name).chmod(0o700)
        ours.run(sys.executable, "-c", ENVIRONMENT, ROOT, check=True)
        hub = Hub(ours, tmp_path_factory.mktemp("hub"))
        hub.roster.write_text(ROSTER)
        yield hub


def test_only_root_makes_a_class(hub):
    done = hub.run("roster.csv", account="daemon")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert re.search(r": run `sudo \S+/pgcourse hub roster\.csv`\.$", done.stderr)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a roster, a CSV file that begins with name,id,e-mail,role"),
        (["/root/none.csv"], "/root/none.csv cannot be read as a CSV file"),
        (["/root/bad.csv"], "/root/bad.csv: line 2 has the id root,"),
        (["/root/roster.csv", "--settings", "/root/none.toml"], "/root/none.toml cannot be read"),
        (["/root/roster.csv", "--settings", "/root/bad.toml"], "/root/bad.toml: [hub] adress is not known"),
        (["/root/roster.csv", "--check"], "--check takes neither a roster nor settings"),
        (["/root/roster.csv", "--try"], "--try takes neither a roster nor settings"),
        (["/root/roster.csv", "--keep", "/root/x"], "--keep belongs to --try: leave it out."),
    ],
)
def test_what_is_wrong_with_the_files_is_said_before_anything_is_done(hub, arguments, words):
    hub.machine.path("/root/bad.csv").write_text("name,id,e-mail,role\nAda,root,,student\nGrace,grace,,instructor\n")
    hub.machine.path("/root/bad.toml").write_text('[hub]\nadress = "http://127.0.0.1:8000"\n')
    done = hub.run(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"pgcourse hub: {words}")
    assert not hub.machine.path("/var/lib/pgcourse").exists()
    assert hub.machine.run("getent", "passwd", "grace").returncode == 2


def test_no_class_is_made_from_a_copy_whose_answers_every_account_can_read(hub):
    solutions = hub.machine.path(ROOT / "solutions")
    solutions.chmod(0o711)  # a name is enough, where the list is closed
    done = hub.run("/root/roster.csv")
    solutions.chmod(0o700)
    assert (done.returncode, done.stdout) == (1, "")
    fault = f"every account can read the answers in {ROOT}/solutions; run `sudo chmod 700 {ROOT}/solutions`"
    assert done.stderr == f"pgcourse hub: {fault}, then this again.\n"
    assert not hub.machine.path("/var/lib/pgcourse").exists()


def test_a_course_that_is_not_fit_to_hand_out_is_refused_before_anything_is_made(hub):
    half = hub.machine.path(ROOT / "pgcourse/homework/visible.json")
    fit = half.read_text()
    half.write_text("{}")
    done = hub.run("/root/roster.csv")
    half.write_text(fit)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "pgcourse hub: the visible half of the tasks is out of date: run `pgcourse visible`.\n"
    assert not hub.machine.path("/var/lib/pgcourse").exists()
    assert hub.machine.run("getent", "passwd", "grace").returncode == 2


def test_without_a_class_the_check_says_how_to_make_one(hub):
    (fault,) = hub.wrong().values()
    assert re.fullmatch(r"there is none; run `sudo \S+/pgcourse hub ROSTER`", fault)


def test_a_class_runs_is_found_right_and_takes_one_more(hub):
    said = hub.start("/root/roster.csv")
    assert "2 new: ada, grace.\n" in said
    assert "The class of 1 student and 1 instructor is at http://127.0.0.1:8000.\n" in said
    assert hub.machine.connected(requests.get, f"{ADDRESS}login").ok
    assert hub.wrong() == {}
    private = hub.machine.run("stat", "--format=%a", "/etc/pgcourse/class.toml", "/etc/pgcourse/roster.csv")
    assert private.stdout.split() == ["600", "600"]
    process = hub.process()
    once_more = hub.run("/root/roster.csv")
    assert once_more.returncode == 0
    assert once_more.stdout.splitlines()[-1] == f"Its hub runs already, as process {process}."
    hub.roster.write_text(f"{ROSTER}Bob,bob,,student\n")
    added = hub.run("/root/roster.csv")
    assert added.returncode == 0
    assert "1 new: bob.\n" in added.stdout
    assert "End it with Ctrl+C and start it again" in added.stdout
    assert hub.process() == process
    hub.end()
    hub.start()  # with the roster of the last time
    assert hub.wrong() == {}
    hub.end()


def test_a_students_account_reads_and_writes_no_more_than_it_must(hub):
    """Of what a class has besides its environment and homes."""
    places = ("/etc/pgcourse", "/srv/pgcourse", "/var/lib/pgcourse")

    def found(*test):
        return hub.machine.run("find", *places, *test, account="ada").stdout.splitlines()

    readable = found("-type", "f", "-readable")
    assert len(readable) >= 6
    assert all(place.startswith("/etc/pgcourse/jupyter/") for place in readable)
    exchange = "/srv/pgcourse/exchange"
    assert found("-writable") == [exchange, f"{exchange}/pgcourse/inbound"]
    assert hub.machine.run("mv", f"{exchange}/pgcourse", f"{exchange}/x", account="ada").returncode == 1


def test_settings_stay_until_others_are_named(hub):
    hub.machine.path("/root/class.toml").write_text('[hub]\naddress = "http://127.0.0.1:8765"\n')
    hub.machine.start(*hub.words("/root/roster.csv", "--settings", "/root/class.toml"), log=hub.log)
    assert until(lambda: "is at http://127.0.0.1:8765." in hub.log.read_text())
    assert until(lambda: hub.machine.processes("jupyterhub --config"))
    hub.end()
    kept = hub.machine.path("/etc/pgcourse/class.toml")
    assert "8765" in kept.read_text()
    kept.write_text("[limits]\nidle_hours = 1\n")  # by an administrator, who is not overwritten
    hub.start("/root/roster.csv")
    hub.end()
    assert kept.read_text() == "[limits]\nidle_hours = 1\n"


BROKEN = {
    "chmod 755 /var/lib/pgcourse": ("/var/lib/pgcourse", "has the rights 755 and the group root, not root's 700 and"),
    "rmdir /srv/pgcourse/exchange/pgcourse/feedback": ("/srv/pgcourse/exchange/pgcourse/feedback", "is not there;"),
    "chmod o+rx /home/ada": ("homes", "others may enter /home/ada; run `sudo chmod o= /home/ada`"),
    "gpasswd --add ada pgcourse-instructors": ("group pgcourse-instructors", "differs from the roster by ada;"),
    "userdel bob": ("accounts", "there is none for bob;"),
    "rm /opt/pgcourse/installed.txt": ("/opt/pgcourse", "is damaged, or was never finished;"),
    f"chmod 755 {ROOT}/solutions": ("answers in root's copy of the course", "every account can read the answers in "),
    "chmod 777 /srv/pgcourse": ("folders above these", "/srv/pgcourse may be written by others than root;"),
}


def test_the_check_names_each_fault_and_the_command_that_mends_it(hub):
    for command in BROKEN:
        hub.machine.run("sh", "-c", command, check=True)
    found = hub.wrong()
    assert found.keys() == {what for what, _ in BROKEN.values()}
    for what, words in BROKEN.values():
        assert found[what].startswith(words)
    commands = {command for fault in found.values() for command in re.findall(r"`sudo (.*?)`", fault)}
    update = {command for command in commands if command.endswith("pgcourse hub")}
    assert len(update) == 1
    for command in commands - update:
        hub.machine.run(*shlex.split(command), check=True)
    hub.machine.run(sys.executable, "-c", ENVIRONMENT, ROOT, check=True)
    hub.start()
    assert hub.wrong() == {}
    hub.end()


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("class.toml", "[limits]\nmemory = 2\n", "[limits] memory is 2: write text in quotes"),
        ("roster.csv", "name,id,e-mail,role\n", "line 1 is the only one"),
    ],
)
def test_the_check_reads_the_files_that_the_hub_reads(hub, file, text, words):
    place = hub.machine.path(f"/etc/pgcourse/{file}")
    before = place.read_text()
    place.write_text(text)
    assert words in hub.wrong()[f"/etc/pgcourse/{file}"]
    place.write_text(before)


def test_what_all_use_must_not_be_written_by_others(hub):
    hub.machine.run("chmod", "o+w", "/opt/pgcourse/pyvenv.cfg", check=True)
    fault = hub.wrong()["/opt/pgcourse"]
    assert fault.startswith("/opt/pgcourse/pyvenv.cfg may be written by others than root; run `sudo chown root")
    hub.machine.run("chmod", "o-w", "/opt/pgcourse/pyvenv.cfg", check=True)
