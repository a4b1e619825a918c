"""The Littlest JupyterHub: copy this to /opt/tljh/config/jupyterhub_config.d/. What servers start with, by role."""

from typing import Any

INSTRUCTORS = {"grace"}
LECTURES, COURSE = "/srv/pgcourse/lectures", "/srv/pgcourse/course"


def role(spawner: Any) -> str:
    """Return "instructor" or "student"; `pgcourse.classroom.settings` has written a folder for each."""
    return "instructor" if spawner.user.name in INSTRUCTORS else "student"


c = get_config()  # noqa: F821 - JupyterHub's
c.Spawner.cmd = ["/opt/tljh/user/bin/python3", "-P", "-m", "pgcourse.classroom.session"]
c.Spawner.environment = {
    "PGCOURSE_LECTURES": LECTURES,
    "PGCOURSE_COURSE": lambda spawner: COURSE if role(spawner) == "instructor" else "",
    "JUPYTER_CONFIG_PATH": lambda spawner: f"/etc/pgcourse/jupyter/{role(spawner)}",
}
