"""The hub as a service of systemd, which starts it with the machine and again should it die."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from pgcourse.classroom.classfile import Hub, ports_of
from pgcourse.classroom.hub import PROGRAMS, START_SECONDS
from pgcourse.classroom.places import Places
from pgcourse.classroom.ports import is_taken
from pgcourse.classroom.whole import put
from pgcourse.tools.needs import last_line

NAME = "pgcourse-hub.service"
LOG = f"sudo journalctl --unit {NAME}"
UNITS = Path("/etc/systemd/system")
UNIT = """# Written by `pgcourse hub`, which overwrites it: `systemctl edit {name}` keeps what you add.
[Unit]
Description=JupyterHub of the class
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command}
WorkingDirectory={state}
{environment}
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
"""


def command(places: Places) -> list[str]:
    """Return the command that runs the hub."""
    return [str(places.python), "-P", "-m", "jupyterhub", "--config", str(places.settings / "jupyterhub_config.py")]


def environment(places: Places) -> dict[str, str]:
    """Return the variables with which it runs: of those of whoever starts it, only the language."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    return {**kept, "HOME": "/root", "PATH": f"{places.python.parent}:/usr/local/sbin:/usr/sbin:/sbin:{PROGRAMS}"}


def text(places: Places) -> str:
    """Return the unit's file."""
    lines = [f'Environment="{name}={value}"' for name, value in environment(places).items()]
    return UNIT.format(name=NAME, command=shlex.join(command(places)), state=places.state, environment="\n".join(lines))


def refuse_taken(said: Hub) -> None:
    """See to it that a hub that is not running will find its ports free: else it only fails to answer, and late.

    Raises
    ------
    ValueError
        A sentence, if another program listens on one of them.
    """
    if shown("ActiveState") in ("inactive", "failed"):
        for name, port in ports_of(said).items():
            if is_taken(port):
                raise ValueError(
                    f"another program listens on port {port}, which is that of {name} in class.toml: "
                    f"run `sudo ss -ltnp sport = :{port}` to see which, then end it or name another port."
                )


def start(places: Places, changed: bool) -> None:
    """Put the unit in place and see to it that the hub runs, anew if something has changed.

    Raises
    ------
    ValueError
        A sentence, if systemd does not start it.
    """
    path, content = UNITS / NAME, text(places).encode()
    if not path.exists() or path.read_bytes() != content:
        put(path, content, 0o644)
        _systemctl("daemon-reload")
        changed = True
    _systemctl("enable", NAME)
    _systemctl("restart" if changed else "start", NAME)


def wait(answers: Callable[[], bool]) -> None:
    """Wait until the hub answers, which systemd has just started.

    Raises
    ------
    ValueError
        A sentence, if it ends before it answers, or takes too long.
    """
    starts, end = shown("NRestarts"), time.monotonic() + START_SECONDS
    print("Waiting until the hub answers ...", flush=True)
    while not answers():
        if shown("NRestarts") != starts or shown("ActiveState") == "failed":
            raise ValueError(f"the hub ends as soon as it has started: run `{LOG}` to see why.")
        if time.monotonic() > end:
            raise ValueError(f"the hub has not answered for {START_SECONDS} seconds: run `{LOG}` to see why.")
        time.sleep(0.2)


def shown(name: str) -> str:
    """Return what systemd says of the hub: the value of one of the properties of a service."""
    return _systemctl("show", f"--property={name}", "--value", NAME).strip()


def _systemctl(*words: str) -> str:
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True)
    if done.returncode != 0:
        reason = last_line(done.stderr).rstrip(".")
        raise ValueError(f"systemd does not {words[0]} the hub ({reason}): run `{LOG}` to see why.")
    return done.stdout
