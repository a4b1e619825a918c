"""The hub as a service of systemd, which starts it with the machine and again should it die."""

import os
import shlex
import subprocess
from pathlib import Path

from pgcourse.classroom.hub import PROGRAMS
from pgcourse.classroom.places import Places
from pgcourse.classroom.whole import put
from pgcourse.tools.needs import last_line

NAME = "pgcourse-hub.service"
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
    """Return the variables with which it runs: nothing of who starts it but the language."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    return {**kept, "HOME": "/root", "PATH": f"{places.python.parent}:/usr/local/sbin:/usr/sbin:/sbin:{PROGRAMS}"}


def text(places: Places) -> str:
    """Return the unit's file."""
    lines = [f'Environment="{name}={value}"' for name, value in environment(places).items()]
    return UNIT.format(name=NAME, command=shlex.join(command(places)), state=places.state, environment="\n".join(lines))


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


def is_active() -> bool:
    """Say whether systemd has it running."""
    return subprocess.run(["systemctl", "is-active", "--quiet", NAME]).returncode == 0


def _systemctl(*words: str) -> None:
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True)
    if done.returncode != 0:
        reason = last_line(done.stderr).rstrip(".")
        raise ValueError(f"systemd does not {words[0]} the hub ({reason}): run `journalctl --unit {NAME}` to see why.")
