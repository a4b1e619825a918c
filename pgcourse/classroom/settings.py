"""Settings of Jupyter and nbgrader for a class: what students see, and what instructors see.

They lie in a folder for each role, which takes precedence over a user's own. They are for convenience: what keeps
students out of the course folder is who owns it. `pgcourse hub` writes them anew each time, so what an administrator
wants otherwise belongs in /etc/jupyter, and what instructors want of nbgrader in the course's own nbgrader_config.py.
"""

import json
from pathlib import Path
from typing import Any

from pgcourse.classroom.places import Places
from pgcourse.classroom.whole import put

ROLES = ("student", "instructor")
COURSE_ID = "pgcourse"  # as in the course's nbgrader_config.py
# parts of nbgrader's extension of JupyterLab: the page's name and the server's, and who has it
PARTS = {
    "assignment-list": ("assignment_list", "student"),
    "course-list": ("course_list", ""),  # for several courses in one exchange
    "create-assignment": ("", "instructor"),
    "formgrader": ("formgrader", "instructor"),
}
DEBUGGER = "@jupyterlab/debugger-extension"  # opens a port through which every account could run code as the user
SERVER: dict[str, dict[str, Any]] = {  # as `pgcourse lab` starts it: nothing is fetched, and pictures wait for nothing
    "LabApp": {
        "news_url": None,
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "extension_manager": "readonly",
    },
    "ServerApp": {"kernel_websocket_connection_class": "pgcourse.tools.server.Connection"},
}
# JupyterLab shows the Formgrader in a frame, which a server of JupyterHub's forbids unless told otherwise
FRAMES = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}
NBGRADER = """# Written by `pgcourse hub`, which overwrites it.
import contextlib
import os

c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.Exchange.root = {exchange!r}
"""
BY_ROLE = {
    "student": """c.CourseDirectory.student_id = os.environ.get("JUPYTERHUB_USER", "*")
c.Exchange.assignment_dir = os.path.expanduser("~/assignments")  # where the lectures say that they are
with contextlib.suppress(OSError):  # the list of assignments needs it, whoever has removed it
    os.makedirs(c.Exchange.assignment_dir, exist_ok=True)
""",
    "instructor": """c.CourseDirectory.root = {course!r}
c.CourseDirectory.groupshared = True  # instructors write to each other's files
""",
}


def write(places: Places) -> None:
    """Write the settings of both roles into `places.settings`, for everybody to read."""
    for role in ROLES:
        for name, text in files(role, places).items():
            path = places.jupyter(role) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            put(path, text.encode(), 0o644)
            for folder in path.relative_to(places.settings).parents:
                (places.settings / folder).chmod(0o755)


def files(role: str, places: Places) -> dict[str, str]:
    """Return {path in the role's folder: text} of the settings of a role."""
    nbgrader = NBGRADER + BY_ROLE[role]
    return {
        "jupyter_server_config.json": _json(server(role)),
        "labconfig/page_config.json": _json(page(role)),
        "nbgrader_config.py": nbgrader.format(
            course_id=COURSE_ID, exchange=str(places.exchange), course=str(places.course)
        ),
    }


def server(role: str) -> dict[str, Any]:
    """Return the settings of the users' servers: which of nbgrader's pages they answer."""
    parts = {name: owner == role for name, owner in PARTS.values() if name}
    extensions = {f"nbgrader.server_extensions.{name}": enabled for name, enabled in parts.items()}
    frames = {"tornado_settings": FRAMES} if parts["formgrader"] else {}
    return {**SERVER, "ServerApp": {**SERVER["ServerApp"], "jpserver_extensions": extensions, **frames}}


def page(role: str) -> dict[str, Any]:
    """Return the settings of the users' pages: which of nbgrader's menus they show, and no debugger."""
    parts = {f"@jupyter/nbgrader:{name}": owner != role for name, (_, owner) in PARTS.items()}
    return {"disabledExtensions": parts | {DEBUGGER: True}}


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"


def path_of(role: str, places: Places) -> str:
    """Return `JUPYTER_CONFIG_PATH` of a role: its own settings, then those that silence JupyterLab's questions."""
    from pgcourse.tools.lab import NO_QUESTIONS

    folders: tuple[Path, ...] = (places.jupyter(role), NO_QUESTIONS)
    return ":".join(map(str, folders))
