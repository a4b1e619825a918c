"""The settings of JupyterHub for a class. Its jupyterhub_config.py is two lines:

    from pgcourse.classroom import hub
    hub.configure(get_config(), "/etc/pgcourse/class.toml")

What such a file sets after them takes precedence.
"""

import contextlib
import http.client
import secrets
import ssl
import sys
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pgcourse.classroom import classfile, login, proxy, roster, settings
from pgcourse.classroom.classfile import ClassFile, Limits
from pgcourse.classroom.places import Places
from pgcourse.classroom.whole import put

PATIENCE = 120  # seconds in which a user's server is to answer: thirty may start at once
START_SECONDS = 300  # in which the hub is to answer, on a machine that has other work
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"
CULLER = "idle-culler"
ROSTER = "roster.csv"


def configure(c: Any, file: str | Path, places: Places | None = None) -> None:
    """Set what a class needs in the configuration of a JupyterHub.

    Parameters
    ----------
    c : traitlets.config.Config
        What `get_config()` returns in a jupyterhub_config.py.
    file
        The class.toml.
    places
        Where the parts of the class lie; by default where a real installation has them.

    Raises
    ------
    SystemExit
        With a sentence, where something is wrong with the class.toml, the roster or the proxy.
    """
    places = places or Places()
    try:
        said = classfile.read(Path(file))
        people = roster.read(places.settings / ROSTER)
        _configure_hub(c, said, places)
        login.configure(c, said.login, people)
    except ValueError as error:
        sys.exit(f"pgcourse hub: {error}")
    instructors = {person.id for person in people if person.is_instructor}
    if said.hub.instructors_administrate:
        c.Authenticator.admin_users = instructors
    _configure_servers(c, instructors, said.limits, places)
    _stop_idle_servers(c, said.limits, places)


def _configure_hub(c: Any, said: ClassFile, places: Places) -> None:
    """Set addresses and secrets; users' servers outlive the hub, so that it may be restarted in a lesson."""
    c.JupyterHub.bind_url = _listening(said.hub.address)
    c.JupyterHub.subdomain_host = said.hub.address if said.hub.subdomains else ""
    c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = said.hub.certificate, said.hub.key
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{said.hub.hub_port}"
    c.JupyterHub.db_url = f"sqlite:///{places.state / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(places.state / "cookie_secret")  # made by JupyterHub, for its user alone
    c.JupyterHub.cleanup_servers = False
    c.ConfigurableHTTPProxy.command = list(proxy.command())
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{said.hub.proxy_port}"
    c.ConfigurableHTTPProxy.auth_token = _secret(places.state / "proxy_token")
    c.ConfigurableHTTPProxy.pid_file = str(places.state / "proxy.pid")


def _listening(address: str) -> str:
    """Return where the proxy listens: on this machine alone for an address of its own, else on all its networks.

    The machine's own name often resolves to 127.0.1.1, which no other machine reaches, and a rented machine may
    not have the IP address by which others reach it. All networks are written 0: to see whether the proxy is there,
    JupyterHub then connects to this machine. For 0.0.0.0 it would connect to the machine's name, which may not resolve.
    """
    parts = urlsplit(address)
    if parts.hostname in login.LOOPBACK:
        return address
    return parts._replace(netloc=f"0:{classfile.port_of(address)}").geturl()


def answers(address: str) -> bool:
    """Say whether a hub of this machine answers at its address, as seen from here."""
    parts = urlsplit(address)
    here = parts.netloc if parts.hostname in login.LOOPBACK else f"127.0.0.1:{classfile.port_of(address)}"
    page = parts._replace(netloc=here, path=f"{parts.path.rstrip('/')}/hub/health").geturl()
    request = urllib.request.Request(page, headers={"Host": parts.netloc})
    trusting = ssl.create_default_context()  # whose name it is does not matter: it is this machine's
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
    with contextlib.suppress(OSError, http.client.HTTPException):
        direct.open(request, timeout=5).close()
        return True
    return False


def _secret(path: Path) -> str:
    """Return what is in a file that nobody else can read, made if need be: a proxy that runs knows its token."""
    if not path.exists():
        put(path, secrets.token_hex(32).encode())
    return path.read_text(encoding="ascii")


def _configure_servers(c: Any, instructors: Iterable[str], limits: Limits, places: Places) -> None:
    """Set what starts for a user, and what it may take."""
    limited = has_systemd()
    c.JupyterHub.spawner_class = (
        "systemdspawner.SystemdSpawner" if limited else "jupyterhub.spawner.LocalProcessSpawner"
    )
    c.Spawner.cmd = [str(places.python), "-P", "-m", "pgcourse.classroom.session"]
    c.Spawner.default_url = "/lab"
    c.Spawner.start_timeout = c.Spawner.http_timeout = PATIENCE
    c.Spawner.mem_limit, c.Spawner.cpu_limit = limits.memory, limits.processors
    c.Spawner.pre_spawn_hook = _limits_of_instructors(set(instructors), limits)
    c.Spawner.env_keep = ["LANG", "LC_ALL"]  # nothing else of root's environment
    c.Spawner.environment = environment(set(instructors), places)
    c.SystemdSpawner.isolate_tmp = True
    c.SystemdSpawner.default_shell = "/bin/bash"


def _limits_of_instructors(instructors: set[str], limits: Limits) -> Callable[[Any], None]:
    """Return a function that gives the server of an instructor, before it starts, what grading takes."""

    def widen(spawner: Any) -> None:
        if spawner.user.name in instructors:
            spawner.mem_limit, spawner.cpu_limit = limits.instructors_memory, limits.instructors_processors

    return widen


def has_systemd() -> bool:
    """Say whether systemd runs here, without which a user's limits are not enforced."""
    return Path("/run/systemd/system").is_dir()


def environment(instructors: set[str], places: Places) -> dict[str, Any]:
    """Return the variables of users' servers, where need be as functions of the spawner."""

    def role(spawner: Any) -> str:
        return "instructor" if spawner.user.name in instructors else "student"

    return {
        "PATH": f"{places.python.parent}:{PROGRAMS}",
        "PGCOURSE_LECTURES": str(places.lectures),
        "PGCOURSE_COURSE": lambda spawner: str(places.course) if role(spawner) == "instructor" else "",
        "JUPYTER_CONFIG_PATH": lambda spawner: settings.path_of(role(spawner), places),
    }


def _stop_idle_servers(c: Any, limits: Limits, places: Places) -> None:
    """Let a service of the hub stop servers that nobody uses."""
    if not limits.idle_hours:
        return
    seconds = round(limits.idle_hours * 3600)
    program = [str(places.python), "-P", "-m", "jupyterhub_idle_culler", f"--timeout={seconds}"]
    c.JupyterHub.services = [{"name": CULLER, "command": program, "cwd": str(places.state)}]
    scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
    c.JupyterHub.load_roles = [{"name": CULLER, "scopes": scopes, "services": [CULLER]}]
