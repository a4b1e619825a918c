"""Who may log in, and how: the table [login] of a class.toml, made into settings of JupyterHub.

Three kinds: the accounts of this machine (PAM), the single sign-on of an institution (OAuth 2 with OpenID Connect), and
a click in a learning platform (LTI 1.3). Whichever it is, only people in the roster get in, under their id there. The
second and the third say who somebody is by a claim, which is looked up in the roster and never taken for a name itself.

Imports nothing of JupyterHub: what it runs is in `authenticators`.
"""

import dataclasses
import stat
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from pgcourse.classroom.tables import check

AUTHENTICATORS = "pgcourse.classroom.authenticators"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
EMAIL, ID = MATCHES = ("e-mail", "id")
CLOCKS = 60  # seconds by which a platform's clock may be wrong
OPEN = stat.S_IRWXG | stat.S_IRWXO


class Person(Protocol):
    """What a login needs to know of a line of the roster."""

    @property
    def id(self) -> str:
        """Name of the account."""

    @property
    def email(self) -> str:
        """Address; "" for none."""


@dataclass(frozen=True)
class Pam:
    """Names and passwords of this machine's accounts."""

    service: str = "login"  # of /etc/pam.d


@dataclass(frozen=True)
class OAuth:
    """Single sign-on: a provider of OpenID Connect says who somebody is."""

    client_id: str
    client_secret_file: str  # absolute; nobody else's to read
    authorize_url: str
    token_url: str
    userdata_url: str
    claim: str = "email"
    match: str = EMAIL  # what of the roster the claim is compared with
    scope: list[str] = dataclasses.field(default_factory=lambda: ["openid", "email", "profile"])
    unverified_email: bool = False  # take an address that the provider does not say to have verified


@dataclass(frozen=True)
class Lti:
    """LTI 1.3: a learning platform says who has clicked its link to this class."""

    issuer: str
    client_id: str
    authorize_url: str
    jwks_endpoint: str
    claim: str = "email"  # `custom_NAME` is the field NAME among those that the platform was told to add
    match: str = EMAIL


Login = Pam | OAuth | Lti
KINDS: dict[str, type[Login]] = {"pam": Pam, "oauth": OAuth, "lti": Lti}


def read(table: Mapping[str, Any], file: str = "class.toml") -> Login:
    """Read the table [login].

    Parameters
    ----------
    table
        What a TOML reader makes of it; `kind` is "pam" if it is left out.
    file : str
        Where it stands, for the message.

    Returns
    -------
    Pam, OAuth or Lti

    Raises
    ------
    ValueError
        A sentence: for an unknown kind or key, a key that is missing, empty or of another type, an address without
        https, or something to match that the roster does not have.
    """
    values = dict(table)
    kind = values.pop("kind", "pam")
    where = f"{file}: [login]"
    if kind not in list(KINDS):
        raise ValueError(f"{where} kind is {kind!r}: set it to one of {', '.join(KINDS)}, in quotes.")
    types = typing.get_type_hints(KINDS[kind])
    for key, value in values.items():
        check(f"{where} {key}", key, value, types)
        _check_value(f"{where} {key}", key, value)
    required = [field.name for field in dataclasses.fields(KINDS[kind]) if _is_required(field)]
    if missing := [key for key in required if key not in values]:
        raise ValueError(f'{where} of the kind "{kind}" lacks {", ".join(missing)}: add what the provider tells you.')
    return KINDS[kind](**values)


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _check_value(name: str, key: str, value: Any) -> None:
    """Raise ValueError if a key of the right type cannot have this value."""
    if value in ("", []):
        raise ValueError(f"{name} is empty: fill it in.")
    if key == "match" and value not in MATCHES:
        raise ValueError(f'{name} is {value!r}: write "e-mail" or "id", which the roster has.')
    if key.endswith(("_url", "_endpoint")):
        _check_address(name, value)
    if key.endswith("_file") and not Path(value).is_absolute():
        raise ValueError(f"{name} is {value}: write the whole path, from / on.")


def _check_address(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        known = parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
    except ValueError:  # a bracket that is never closed
        known = False
    if not known:
        raise ValueError(f"{name} is {value}: write the whole address, from https:// on.")


def configure(c: Any, login: Login, people: Iterable[Person]) -> None:
    """Set who may log in, and how, in the configuration of a JupyterHub.

    Parameters
    ----------
    c : traitlets.config.Config
        What JupyterHub reads; nothing else in it is touched.
    login
        What `read` gives.
    people
        The roster: each has `id` and `email`.

    Raises
    ------
    ValueError
        A sentence, if the roster does not tell people apart by what is matched, or a file with a secret cannot be read
        or can be read by others.
    """
    people = list(people)
    c.JupyterHub.authenticator_class = f"{AUTHENTICATORS}.{type(login).__name__}Login"
    c.Authenticator.allowed_users = {person.id for person in people}
    c.Authenticator.allow_all = False
    c.Authenticator.allow_existing_users = False  # else whoever leaves the roster stays in for good
    c.Authenticator.auth_refresh_strict = True  # and goes on using a server that is running
    if isinstance(login, Pam):
        c.PAMAuthenticator.service = login.service
        return
    c.KnownByClaim.claim = login.claim
    c.KnownByClaim.people = known(people, login.match)
    if isinstance(login, OAuth):
        c.OAuthLogin.verified = login.match == EMAIL and not login.unverified_email
        c.GenericOAuthenticator.client_secret = secret(Path(login.client_secret_file))
        for key in ("client_id", "authorize_url", "token_url", "userdata_url", "scope"):
            c.GenericOAuthenticator[key] = getattr(login, key)
    else:
        c.LTI13Authenticator.client_id = {login.client_id}
        c.LTI13LaunchValidator.time_leeway = CLOCKS
        for key in ("issuer", "authorize_url", "jwks_endpoint"):
            c.LTI13Authenticator[key] = getattr(login, key)


def known(people: Iterable[Person], match: str) -> dict[str, str]:
    """Return {what a claim says of a person: the id in the roster}; e-mail addresses in small letters.

    Raises
    ------
    ValueError
        A sentence, if an address is missing or belongs to two people.
    """
    found: dict[str, str] = {}
    for person in people:
        key = person.email.strip().lower() if match == EMAIL else person.id
        if not key:
            raise ValueError(f'{person.id} has no e-mail in the roster: add it, or set match = "id" in [login].')
        if key in found:
            raise ValueError(f"{found[key]} and {person.id} have the same e-mail in the roster, {key}: correct one.")
        found[key] = person.id
    return found


def secret(path: Path) -> str:
    """Return what a file holds that nobody but its owner can read.

    Raises
    ------
    ValueError
        A sentence with the command that helps, if others can read it, or it is empty or not there.
    """
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise ValueError(f"The secret in {path} cannot be read ({reason}): write it there.") from None
    if mode & OPEN:
        raise ValueError(f"Others can read the secret in {path}: run `chmod 600 {path}`.")
    if not text:
        raise ValueError(f"{path} is empty: write there the secret that the provider has given you.")
    return text
