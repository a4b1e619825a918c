"""A class on a machine of its own, as `pgcourse hub` makes it: three students and two instructors, a hub and a proxy.

with running_class(tmp_path) as ours:
    ada = ours.people["ada"].at_work()          # logged in, with a server of her own
    ada.ask("GET", "/user/bob/api/contents").status_code
    ada.run("id").stdout                        # as in a terminal of her JupyterLab
"""

import contextlib
import csv
import json
import shlex
import sys
import time
from urllib.parse import urljoin, urlsplit

import nbformat
import requests

from tests.support.course import ROOT, notebook_path
from tests.support.machine import machine
from tests.support.small_course import KEPT, NO_PICTURES, PS
from tests.support.waiting import PATIENCE, until

ADDRESS = "http://127.0.0.1:8000/"
ENVIRONMENT, STATE = "/opt/pgcourse", "/var/lib/pgcourse"
COURSE, EXCHANGE = "/srv/pgcourse/course", "/srv/pgcourse/exchange"
INSTRUCTORS, STUDENTS = ("prof", "tara"), ("ada", "bob", "eve")
CANARY = "canary-in-the-solutions"
SERVER = "jupyterhub.singleuser"  # in the command of a user's server
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
COPIED = """
set -e
mkdir -p "$2" /run/environment/written /run/environment/work
mount -t overlay overlay -o "lowerdir=$1,upperdir=/run/environment/written,workdir=/run/environment/work" "$2"
grep -rlI "$1" "$2/bin" | xargs sed -i "s|$1|$2|g"
sed -i -E 's|^((../)+bin/[^,]*),.*|\\1,,|' "$2"/lib/python*/site-packages/*.dist-info/RECORD  # scripts of another size
"""
"""Makes the environment beforehand from that of the tests, in an instant: pip finds its pins there, and only checks."""

SEARCH = """
began=$1 places=$2; shift 2
find $places -path /proc -prune -o -path /sys -prune -o -type f -newerct "@$began" -print0 2>/dev/null |
    xargs -0 -r grep -HoaF "$@" 2>/dev/null
"""
LOOK = """
import glob, json

seen = {}
for place in [*glob.glob("/proc/[0-9]*/cmdline"), *glob.glob("/proc/[0-9]*/environ")]:
    try:
        with open(place, "rb") as file:
            seen[place] = file.read().decode(errors="replace")
    except OSError:
        pass
print(json.dumps(seen))
"""


class Person:
    """Somebody in the class: what their browser and their terminal do.

    Attributes
    ----------
    id : str
        Name of the account.
    """

    def __init__(self, classroom, account):
        self.classroom, self.machine, self.id = classroom, classroom.machine, account
        self.session = requests.Session()
        self._variables = ()

    def ask(self, method, place, **options):
        """Ask for a place at the hub's address or, without a leading slash, at this person's own server.

        returns  requests.Response
        """
        address = urljoin(f"{ADDRESS}user/{self.id}/", place)
        return self.machine.connected(self._ask, method, address, options)

    def _ask(self, method, address, options):
        path = urlsplit(address).path
        tokens = [cookie for cookie in self.session.cookies if cookie.name == "_xsrf" and path.startswith(cookie.path)]
        headers = {"X-XSRFToken": tokens[-1].value} if tokens else {}
        return self.session.request(method, address, headers=headers, timeout=PATIENCE, **options)

    def log_in(self):
        """Log in with the password that `pgcourse hub` gave; return the requests.Response."""
        self.ask("GET", "/hub/login")
        token = next(cookie.value for cookie in self.session.cookies if cookie.name == "_xsrf")
        form = {"username": self.id, "password": self.password(), "_xsrf": token}
        return self.ask("POST", "/hub/login?next=%2Fhub%2Fhome", data=form)

    def password(self):
        """Return the password that `pgcourse hub` gave."""
        with self.machine.path(f"{STATE}/passwords.csv").open(encoding="utf-8", newline="") as file:
            return next(row["password"] for row in csv.DictReader(file) if row["id"] == self.id)

    def at_work(self):
        """Log in, start this person's server and wait until it answers; return the person."""
        assert self.log_in().ok
        self.ask("GET", f"/hub/spawn/{self.id}")
        assert until(lambda: f"/user/{self.id}/" in self.ask("GET", f"/hub/spawn-pending/{self.id}").url)
        return self

    def api(self, method, place, **options):
        """Ask this person's server for a place; return what its JSON says."""
        answer = self.ask(method, place, **options)
        assert answer.ok, (answer.status_code, answer.text)
        return answer.json()

    def nbgrader(self, action, assignment=PS):
        """Do what a button of the list of assignments does: fetch, submit or fetch_feedback."""
        said = self.api("POST", f"assignments/{action}?course_id=pgcourse&assignment_id={assignment}")
        assert said["success"], said
        return said["value"]

    def servers(self):
        """Return the process ids of this person's servers."""
        listing = self.machine.run("ps", "-u", self.id, "-o", "pid=,args=").stdout.splitlines()
        return [int(line.split()[0]) for line in listing if SERVER in line]

    def run(self, *command, **options):
        """Run a command as in a terminal of this person's JupyterLab; return what subprocess.run returns."""
        (server,) = self.servers()
        place = self.machine.path("/proc") / str(server)
        variables = (place / "environ").read_bytes().decode().split("\0")
        umask = next(line.split()[1] for line in (place / "status").read_text().splitlines() if line[:5] == "Umask")
        words = f"umask {umask}; cd {shlex.quote(self.folder())}; exec {shlex.join(map(str, command))}"
        return self.machine.run("env", "-i", *filter(None, variables), "sh", "-c", words, account=self.id, **options)

    def folder(self):
        """Return the folder that this person's server shows."""
        return COURSE if self.id in INSTRUCTORS else f"/home/{self.id}"

    def read(self, place):
        """Read a notebook in this person's folder."""
        return nbformat.read(self.machine.path(f"{self.folder()}/{place}"), as_version=4)

    def save(self, place, notebook):
        """Save a notebook, as JupyterLab does."""
        self.api("PUT", f"api/contents/{place}", json={"type": "notebook", "content": notebook})


class Classroom:
    """A class that runs.

    Attributes
    ----------
    machine : tests.support.machine.Machine
    log : pathlib.Path
        What `pgcourse hub` and the hub say.
    people : dict
        {account: Person}
    """

    def __init__(self, machine, folder):
        self.machine, self.log, self.began = machine, folder / "hub.log", time.time()
        self.people = {account: Person(self, account) for account in (*STUDENTS, *INSTRUCTORS)}

    def enrol(self, *accounts, without=()):
        """Write the roster: the three students, more or fewer if need be, and the instructors."""
        students = [name for name in (*STUDENTS, *accounts) if name not in without]
        roles = dict.fromkeys(students, "student") | dict.fromkeys(INSTRUCTORS, "instructor")
        rows = [f"{name.title()} Test,{name},{name}@example.org,{role}" for name, role in roles.items()]
        text = "\n".join(["name,id,e-mail,role", *rows, ""])
        self.machine.path("/root/roster.csv").write_text(text, encoding="utf-8")
        self.people |= {account: Person(self, account) for account in accounts}

    def hub(self, *options, **more):
        """Run `pgcourse hub` with the roster as root, from the folder of the course that is tested."""
        return self.machine.run(*self._words(*options), **more)

    def _words(self, *options):
        where = ["env", f"--chdir={ROOT}", f"PATH={PATH}", "LANG=C.UTF-8"]
        return [*where, sys.executable, "-P", "-m", "pgcourse", "hub", "/root/roster.csv", *options]

    def begin(self, settings=""):
        """Start `pgcourse hub`, perhaps with a class.toml, and wait until the hub answers."""
        file = "/root/class.toml"
        self.machine.path(file).write_text(settings, encoding="utf-8")
        self.machine.start(*self._words(*["--settings", file] * bool(settings)), log=self.log)
        assert until(self.answers), self.log.read_text(encoding="utf-8")

    def search(self, account, words, places="/"):
        """Search files that have changed since the machine began, as an account; return {(place, word)}."""
        patterns = [part for word in words for part in ("-e", word)]
        done = self.machine.run("sh", "-c", SEARCH, "sh", self.began, places, *patterns, account=account)
        return {tuple(line.rsplit(":", 1)) for line in done.stdout.splitlines()}

    def look_at_processes(self, account):
        """Return {place below /proc: text} of the arguments and variables of processes that an account may read."""
        done = self.machine.run(f"{ENVIRONMENT}/bin/python", "-c", LOOK, account=account)
        return json.loads(done.stdout)

    def answers(self):
        """Say whether the hub is there, behind its proxy."""
        try:
            return self.machine.connected(requests.get, f"{ADDRESS}hub/health", timeout=5).ok
        except requests.RequestException:
            return False


@contextlib.contextmanager
def running_class(folder, *more_students, machine=machine, settings=""):
    """Make a machine and a class on it, with a short problem set and canaries in what students must not see."""
    with machine() as ours:
        classroom = Classroom(ours, folder)
        source = ours.path(ROOT / "solutions" / notebook_path(PS))
        notebook = nbformat.read(source, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if cell.id in KEPT]
        nbformat.write(notebook, source)
        for catalogue in source.parents[1].glob("*.py"):
            catalogue.write_text(f"{catalogue.read_text(encoding='utf-8')}\n\nCANARY = {CANARY!r}\n", encoding="utf-8")
        with ours.path(ROOT / "nbgrader_config.py").open("a", encoding="utf-8") as file:
            file.write(NO_PICTURES)
        shown = ours.path("/etc/jupyter/jupyter_server_config.json")  # the tests ask JupyterLab what it does
        shown.parent.mkdir(exist_ok=True)
        shown.write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
        ours.run("sh", "-c", COPIED, "sh", sys.prefix, ENVIRONMENT, check=True)
        classroom.enrol(*more_students)
        classroom.begin(settings)
        yield classroom
