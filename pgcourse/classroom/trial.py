"""`pgcourse hub --try`: a class to look at, on this machine and for whoever starts it.

Its four users are one account of the system, so it shows the way that a problem set takes, and keeps nobody from
anything.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pgcourse.classroom import classfile, gradebook, hub, proxy, roster, settings
from pgcourse.classroom.install import copy_course, full_copy, whole_folder
from pgcourse.classroom.places import Places
from pgcourse.classroom.ports import free_ports
from pgcourse.classroom.roster import Member
from pgcourse.grading import tempfolders
from pgcourse.grading.coursefolder import SETTINGS
from pgcourse.grading.progress import Progress
from pgcourse.tools.needs import last_line

NAMES = {"ada": "Ada Lovelace", "ben": "Ben Bach", "cleo": "Cleo Clark"}
STUDENTS, INSTRUCTOR = tuple(NAMES), "instructor"
RELEASED = "ps4_left_right"
PREFIX = "pgcourse-trial-"  # of a folder that is not kept
PORT = 8000  # of the class, if it is free
KEEPS_NOBODY_APART = "This is a trial: its four users are one account of this machine, and it keeps nobody apart."
ROOT = "You are root, and so is whatever they start: give the address and the password to nobody."
NO_OWNERS = "c.ExchangeCollect.check_owner = False  # in a trial all files are one account's\n"
CLASS = """[hub]
address = "{address}"
hub_port = {hub_port}
proxy_port = {proxy_port}
[limits]
idle_hours = 0
"""
CONFIG = """from pgcourse.classroom import trial
trial.configure(get_config(), {folder!r})
"""


class TrialPlaces(Places):
    """The places of a trial, which runs in the environment that starts it."""

    @property
    def python(self) -> Path:
        """The Python that runs this."""
        return Path(sys.executable)


def run(folder: Path | None = None) -> int:
    """Run a trial until Ctrl+C; return the exit code.

    Parameters
    ----------
    folder
        Where to keep the trial, so that the same command takes it up again; None to remove it when it ends.

    Raises
    ------
    ValueError
        A sentence, where it cannot start or ends by itself.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    left = f"; {folder} has what was done in it" if folder else " and left nothing"
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        proxy.command()
        course = full_copy()
        if folder:
            _run(make(folder.resolve(), course))
        else:
            own = _own_folder()
            stack.callback(own.remove)
            _run(make(own.path.resolve(), course), own.lock)
    print(f"\nThe trial has ended{left}.")
    return 0


def _own_folder() -> tempfolders.Scratch:
    """Make a folder that is removed when the trial ends, or else when the next one begins."""
    top = tempfile.gettempdir()
    for path in tempfolders.sweep(top, PREFIX):
        print(f"A trial that was killed had left {path}, which is removed now.", flush=True)
    return tempfolders.Scratch(top, PREFIX)


def make(folder: Path, course: Path) -> TrialPlaces:
    """Make the folder of a trial, or take it up as it was left; return its places.

    Raises
    ------
    ValueError
        A sentence, where a trial runs in that folder, or it has something else in it.
    """
    places = TrialPlaces.below(folder)
    _refuse_in_use(places)
    port, hub_port, proxy_port = free_ports(3, [PORT])
    address = f"http://127.0.0.1:{port}"
    places.settings.mkdir(parents=True, exist_ok=True)
    table = CLASS.format(address=address, hub_port=hub_port, proxy_port=proxy_port)
    (places.settings / "class.toml").write_text(table, encoding="utf-8")
    for path in (places.homes, places.exchange):
        path.mkdir(parents=True, exist_ok=True)
    places.state.mkdir(mode=0o700, exist_ok=True)
    if not places.course.exists():
        with whole_folder(places.course) as copy:
            copy_course(course, copy)
    shutil.copytree(course / "lectures", places.lectures, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
    settings.write(places)
    with (places.jupyter("instructor") / SETTINGS).open("a", encoding="utf-8") as file:
        file.write(NO_OWNERS)
    people = [Member(name, student, "", "student") for student, name in NAMES.items()]
    roster.write(places.settings / hub.ROSTER, [*people, Member(INSTRUCTOR, INSTRUCTOR, "", "instructor")])
    (places.settings / "jupyterhub_config.py").write_text(CONFIG.format(folder=str(folder)), encoding="utf-8")
    return places


def _refuse_in_use(places: TrialPlaces) -> None:
    """Raise ValueError if a folder belongs to a trial that runs, or to something else."""
    file = places.settings / "class.toml"
    if not file.exists():
        if places.state.parent.exists() and any(places.state.parent.iterdir()):
            raise ValueError(f"{places.state.parent} is there already, and no trial's: name a new folder.")
        return
    said = classfile.read(file).hub
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", said.hub_port), timeout=5):
        raise ValueError(f"the trial in {places.state.parent} runs already, at {said.address}: end that one first.")


def configure(c: Any, folder: str) -> None:
    """Set what differs in a trial, after what it shares with a class.

    Parameters
    ----------
    c : traitlets.config.Config
        What `get_config()` returns.
    folder
        Of the trial.
    """
    places = TrialPlaces.below(Path(folder))
    hub.configure(c, places.settings / "class.toml", places)
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = os.environ["PGCOURSE_PASSWORD"]
    c.JupyterHub.spawner_class = "jupyterhub.spawner.SimpleLocalProcessSpawner"
    c.SimpleLocalProcessSpawner.home_dir_template = str(places.homes / "{username}")
    c.JupyterHub.cleanup_servers = True
    c.JupyterHub.template_vars = {"announcement_login": KEEPS_NOBODY_APART}
    if os.geteuid() == 0:
        c.Spawner.args = ["--allow-root"]


def _run(places: TrialPlaces, lock: int | None = None) -> None:
    """Run the hub of a trial until it ends; raise ValueError, a sentence, if it ends by itself.

    Parameters
    ----------
    places
        Of the trial.
    lock
        Holds its folder, if that is not kept; the hub, which may outlive this process by seconds, holds it too.
    """
    password = secrets.token_hex(4)
    log = places.state / "hub.log"
    with _started(places, password, log, *[] if lock is None else [lock]) as process:
        address = _wait(process, places, log)
        people = f"{', '.join(STUDENTS)} (students) or {INSTRUCTOR}"
        print(f"The class is at {address}: log in as {people}, password {password} (Ctrl+C ends it).")
        print(KEEPS_NOBODY_APART, *[ROOT] * (os.geteuid() == 0))
        until = "stays" if lock is None else "is removed when it ends"
        print(f"All that is done there is in {places.state.parent}, which {until}.")
        sys.stdout.flush()
        _release(places)
        process.wait()
        raise ValueError(f"the hub has ended by itself ({_last(log)}): try it again.")


@contextlib.contextmanager
def _started(places: TrialPlaces, password: str, log: Path, *held: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start the hub of a trial, which inherits the descriptors `held`; then end it, with all that it has started."""
    command = [
        sys.executable,
        "-P",
        "-m",
        "pgcourse.classroom.lifeline",
        "--config",
        str(places.settings / "jupyterhub_config.py"),
    ]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=places.state,
            env=os.environ | {"PGCOURSE_PASSWORD": password},
            stdin=subprocess.PIPE,  # its lifeline
            pass_fds=held,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl+C is for this process, which ends that one in order
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait(process: subprocess.Popen[bytes], places: TrialPlaces, log: Path) -> str:
    """Wait until the hub's page for logging in is there; return the class's address."""
    said = classfile.read(places.settings / "class.toml").hub
    steps = {
        "the hub runs": f"http://127.0.0.1:{said.hub_port}",
        "its page answers": said.address,
    }
    end = time.monotonic() + hub.START_SECONDS
    with Progress(len(steps)) as progress:
        for words, address in steps.items():
            while not hub.answers(address):
                if process.poll() is not None or time.monotonic() > end:
                    raise ValueError(
                        f"the hub does not start ({_last(log)}): with --keep DIR, DIR/state/{log.name} says more."
                    )
                time.sleep(0.1)
            progress.step(words)
    return said.address


def _last(log: Path) -> str:
    return last_line(log.read_text(encoding="utf-8", errors="replace"))


def _release(places: TrialPlaces) -> None:
    """Release a problem set, as an instructor does, so that there is something to fetch."""
    if (places.exchange / settings.COURSE_ID / "outbound" / RELEASED).exists():
        return
    environment = os.environ | {"JUPYTER_CONFIG_PATH": str(places.jupyter("instructor"))}
    steps = (["generate_assignment", "--force", "--KeepsContract.enabled=False"], ["release_assignment"])
    try:
        with Progress(len(steps) + 1) as progress:
            for step in steps:
                command = [sys.executable, "-P", "-m", "nbgrader", *step, RELEASED]
                done = subprocess.run(command, cwd=places.course, env=environment, capture_output=True, text=True)
                if done.returncode != 0:
                    raise ValueError(f"{RELEASED} could not be released ({last_line(done.stderr)}).")
                progress.step(f"nbgrader {step[0]} {RELEASED}")
            fault = gradebook.enter(roster.read(places.settings / hub.ROSTER), places)
            progress.step("the students' names are in the gradebook")
    except ValueError as error:
        fault = str(error)
    else:
        print(f"{RELEASED} is released: students find it under Nbgrader > Assignment List.", flush=True)
    if fault:
        print(fault, file=sys.stderr, flush=True)
