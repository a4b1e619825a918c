"""class.toml: how a class is run.

    [hub]
    address = "https://class.example.org"         # what students type
    certificate = "/etc/ssl/certs/class.pem"      # for https
    key = "/etc/ssl/private/class.key"
    subdomains = false                            # true: each user has a name below the address

    [limits]                                      # for each user, where systemd runs
    memory = "2G"
    processors = 1.0
    instructors_memory = "8G"                     # who grades runs students' code beside JupyterLab
    instructors_processors = 4.0
    idle_hours = 12                               # then a server that nobody uses is stopped; 0 for never

    [login]
    kind = "pam"                                  # see `login`

All of it may be left out.
"""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pgcourse.classroom import login as logins
from pgcourse.classroom.tables import check, fill

SIZE = re.compile(r"[1-9]\d*(\.\d+)?[KMGT]")
NUMBERS = re.compile(r"[\d.]+|.*:.*")  # IP addresses, of version 4 and 6, in place of a name
PORTS = range(1, 1 << 16)


@dataclasses.dataclass(frozen=True)
class Hub:
    """The table [hub].

    Attributes
    ----------
    address
        Where users find the class, which is a name of this machine: the hub's proxy listens at its port.
    certificate, key
        Files, which an address with https needs; "" for one with http.
    subdomains
        Whether each user's pages come from a name of their own, such as ada.class.example.org, so that browsers keep a
        student's pages from those of others.
    unencrypted
        Whether passwords may travel unencrypted, to an address that is not this machine's own.
    instructors_administrate
        Whether instructors may see, start and stop others' servers on the hub's own pages.
    hub_port, proxy_port
        Where the hub and the proxy reach each other, on this machine only.
    """

    address: str = "http://127.0.0.1:8000"
    certificate: str = ""
    key: str = ""
    subdomains: bool = False
    unencrypted: bool = False
    instructors_administrate: bool = False
    hub_port: int = 8081
    proxy_port: int = 8001


@dataclasses.dataclass(frozen=True)
class Limits:
    """The table [limits]: what a user may take; `idle_hours` is 0 for servers that are never stopped."""

    memory: str = "2G"
    processors: float = 1.0
    instructors_memory: str = "8G"  # a submission alone may take 4
    instructors_processors: float = 4.0
    idle_hours: float = 12.0


@dataclasses.dataclass(frozen=True)
class ClassFile:
    """What a class.toml says."""

    hub: Hub = Hub()
    limits: Limits = Limits()
    login: logins.Login = dataclasses.field(default_factory=logins.Pam)


def read(path: Path) -> ClassFile:
    """Read a class.toml.

    Raises
    ------
    ValueError
        A sentence that names the file, the table and the key, and says what to write.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}): name a file that can.") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8: save it as that.") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not TOML: {error}.") from None
    return parse(tables, str(path))


def parse(tables: dict[str, Any], file: str = "class.toml") -> ClassFile:
    """Make a ClassFile of what a TOML reader found; raises ValueError as `read` does."""
    kinds = {field.name: dict for field in dataclasses.fields(ClassFile)}
    for name, table in tables.items():
        check(f"{file}: [{name}]", name, table, kinds)
    hub = fill(Hub, tables.get("hub", {}), f"{file}: [hub]")
    limits = fill(Limits, tables.get("limits", {}), f"{file}: [limits]")
    _check_address(hub, f"{file}: [hub]")
    _check_ports(hub, f"{file}: [hub]")
    _check_limits(limits, f"{file}: [limits]")
    return ClassFile(hub, limits, logins.read(tables.get("login", {}), file))


def _check_address(hub: Hub, where: str) -> None:
    """Raise ValueError unless the address is one, and passwords reach it encrypted."""
    parts = urlsplit(hub.address)
    try:
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port in PORTS)
    except ValueError:  # a port that is no number
        known = False
    if not known or parts.query or parts.fragment or parts.username:
        raise ValueError(f'{where} address is {hub.address!r}: write one such as "https://class.example.org".')
    for name in ("certificate", "key"):
        file = getattr(hub, name)
        if bool(file) != (parts.scheme == "https"):
            fix = "remove it, or begin the address with https://" if file else "name its file"
            raise ValueError(f"{where} {name} is {file!r}, but the address is {hub.address}: {fix}.")
        if file and not (Path(file).is_absolute() and Path(file).is_file()):
            raise ValueError(f"{where} {name} is {file}, which is no file: write the whole path of one, from / on.")
    if hub.subdomains and NUMBERS.fullmatch(parts.hostname or ""):
        raise ValueError(f"{where} address is {hub.address}, below which there are no names: write a host name.")
    if parts.scheme == "http" and parts.hostname not in logins.LOOPBACK and not hub.unencrypted:
        raise ValueError(
            f"{where} address is {hub.address}, to which passwords would travel unencrypted: begin it with https:// "
            "and name a certificate and a key, or say unencrypted = true."
        )


def _check_ports(hub: Hub, where: str) -> None:
    ports = ports_of(hub)
    for name in ("hub_port", "proxy_port"):
        if ports[name] not in PORTS:
            raise ValueError(f"{where} {name} is {ports[name]}: write a number from 1 to {PORTS[-1]}.")
    if len(set(ports.values())) < len(ports):
        said = ", ".join(f"{key} {port}" for key, port in ports.items())
        raise ValueError(f"{where} has one port twice: {said}; give each its own.")


def ports_of(hub: Hub) -> dict[str, int]:
    """Return the ports that a hub takes, by what a class.toml calls them."""
    return {"the address": port_of(hub.address), "hub_port": hub.hub_port, "proxy_port": hub.proxy_port}


def port_of(address: str) -> int:
    """Return the port of a checked address."""
    parts = urlsplit(address)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _check_limits(limits: Limits, where: str) -> None:
    for name in ("memory", "instructors_memory"):
        if not SIZE.fullmatch(size := getattr(limits, name)):
            raise ValueError(f'{where} {name} is {size!r}: write a number and K, M, G or T, such as "2G".')
    for name in ("processors", "instructors_processors"):
        if not 0.01 <= (number := getattr(limits, name)) < float("inf"):
            raise ValueError(f"{where} {name} is {number}: write a number of processors, such as 1.0.")
    if not 0 <= limits.idle_hours < float("inf"):
        raise ValueError(f"{where} idle_hours is {limits.idle_hours}: write a number of hours, or 0 for never.")
