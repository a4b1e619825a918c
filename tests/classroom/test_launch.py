"""A real hub on loopback, without a proxy, and a learning platform or a provider of single sign-on in the test."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from http.cookiejar import CookieJar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from pgcourse.classroom.ports import free_ports
from tests.support.course import ROOT
from tests.support.waiting import PATIENCE, until

pytestmark = pytest.mark.slow  # starts a hub
CLIENT, KEY = "the class", "key 1"
LTI = "https://purl.imsglobal.org/spec/lti/claim"
CONFIG = """
from collections import namedtuple
from jupyterhub.proxy import Proxy
from pgcourse.classroom import login


class NoProxy(Proxy):
    should_start = False

    async def add_route(self, routespec, target, data):
        pass

    async def get_all_routes(self):
        return {{}}


Person = namedtuple("Person", "id email")
people = [Person(name, f"{{name}}@example.org") for name in ("ada", "bob")]
login.configure(c, login.read({table!r}), people)
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.hub_bind_url = {address!r}
c.JupyterHub.db_url = "sqlite://"
"""


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows none, so that the test sees each."""

    def redirect_request(self, *arguments):
        """Return no request."""


class Browser:
    """Cookies, and requests without a proxy."""

    def __init__(self, address):
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar()), Redirects]
        self.address, self.opener = address, urllib.request.build_opener(*handlers)

    def ask(self, path, **form):
        """Return (status, address of a redirection, text of the page)."""
        url = path if "://" in path else self.address + path
        try:
            answer = self.opener.open(url, urlencode(form).encode() if form else None, timeout=PATIENCE)
        except HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()

    def name(self):
        """Return the name under which the hub knows this browser; "" for none."""
        status, _, page = self.ask("/hub/home")
        return re.search(r'\buser: "(\w+)"', page)[1] if status == 200 else ""


@pytest.fixture(scope="module")
def provider():
    """Answer what is put into `answers`, by path; return the address and that dict."""
    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.dumps(answers[urlsplit(self.path).path]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}", answers
        server.shutdown()


@contextlib.contextmanager
def hub(folder, table):
    """Run a hub with this table [login]; gives its address."""
    address = f"http://127.0.0.1:{free_ports()[0]}"
    (folder / "jupyterhub_config.py").write_text(CONFIG.format(table=table, address=address))
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    log = folder / "hub.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub"],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        assert until(lambda: process.poll() is not None or "JupyterHub is now running" in log.read_text())
        assert process.poll() is None, log.read_text()
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def classroom(provider, key, tmp_path_factory):
    """A hub that a learning platform links to."""
    platform, answers = provider
    answers["/keys"] = {"keys": [{**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": KEY, "use": "sig"}]}
    table = {
        "kind": "lti",
        "issuer": platform,
        "client_id": CLIENT,
        "authorize_url": f"{platform}/authorize",
        "jwks_endpoint": f"{platform}/keys",
    }
    with hub(tmp_path_factory.mktemp("lti"), table) as address:
        yield address


def begun(browser, platform):
    """Click the link in the platform; return what the hub then asks the platform for."""
    first = {"iss": platform, "login_hint": "7", "target_link_uri": f"{browser.address}/hub/", "client_id": CLIENT}
    status, there, _ = browser.ask("/hub/lti13/oauth_login", **first)
    assert (status, there.split("?")[0]) == (302, f"{platform}/authorize")
    return dict(parse_qsl(urlsplit(there).query))


def claims_of(platform, asked, **changes):
    """Return what a platform says of ada, but for some changes; None leaves a claim out."""
    now = int(time.time())
    claims = {
        "iss": platform,
        "aud": asked["client_id"],
        "sub": "7",
        "nonce": asked["nonce"],
        "iat": now,
        "exp": now + 600,
        "email": "Ada@example.org",
        f"{LTI}/version": "1.3.0",
        f"{LTI}/message_type": "LtiResourceLinkRequest",
        f"{LTI}/deployment_id": "1",
        f"{LTI}/target_link_uri": asked["redirect_uri"],
        f"{LTI}/resource_link": {"id": "1"},
        f"{LTI}/roles": [],
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def launched(browser, asked, token):
    """Post what the platform answers, as a browser does; return (status, page)."""
    status, _, page = browser.ask(urlsplit(asked["redirect_uri"]).path, id_token=token, state=asked["state"])
    return status, page


def test_a_launch_logs_in_who_is_in_the_roster(classroom, provider, key):
    browser = Browser(classroom)
    asked = begun(browser, provider[0])
    token = jwt.encode(claims_of(provider[0], asked), key, "RS256", {"kid": KEY})
    assert launched(browser, asked, token)[0] == 302
    assert browser.name() == "ada"
    # a stolen token is of no use in another browser, nor a second time
    other = Browser(classroom)
    assert launched(other, begun(other, provider[0]) | {"state": asked["state"]}, token)[0] == 400
    assert launched(other, begun(other, provider[0]), token)[0] == 400
    assert (launched(browser, asked, token)[0], other.name()) == (400, "")


@pytest.mark.parametrize("seconds", [-30, 30])
def test_a_platforms_clock_may_be_a_little_wrong(classroom, provider, key, seconds):
    browser = Browser(classroom)
    asked = begun(browser, provider[0])
    now = int(time.time()) + seconds
    token = jwt.encode(claims_of(provider[0], asked, iat=now, exp=now + 10), key, "RS256", {"kid": KEY})
    assert launched(browser, asked, token)[0] == 302


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"iss": "https://elsewhere.example.org"}, 400),
        ({"aud": "another class"}, 401),
        ({"exp": 1_000_000_000}, 400),
        ({"iat": 1_000_000_000}, 400),
        ({"nonce": "0" * 64}, 400),
        ({"email": "eve@example.org"}, 403),
        ({"email": None, "sub": "bob"}, 403),
        ({"email": "bob"}, 403),
    ],
    ids=str,
)
def test_a_launch_from_elsewhere_or_of_somebody_else_is_refused(classroom, provider, key, changes, status):
    browser = Browser(classroom)
    asked = begun(browser, provider[0])
    token = jwt.encode(claims_of(provider[0], asked, **changes), key, "RS256", {"kid": KEY})
    assert (launched(browser, asked, token)[0], browser.name()) == (status, "")


@pytest.mark.parametrize("forgery", ["another key", "another key of its own name", "no signature"])
def test_a_forged_launch_is_refused(classroom, provider, key, forgery):
    browser = Browser(classroom)
    asked = begun(browser, provider[0])
    claims = claims_of(provider[0], asked)
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if forgery == "no signature":
        token = jwt.encode(claims, None, "none", {"kid": KEY})
    else:
        token = jwt.encode(claims, own, "RS256", {"kid": KEY if forgery == "another key" else "key 2"})
    assert (launched(browser, asked, token)[0], browser.name()) == (400, "")


def test_a_stranger_is_told_whom_to_ask(classroom, provider, key):
    browser = Browser(classroom)
    asked = begun(browser, provider[0])
    claims = claims_of(provider[0], asked, email="<b>eve</b>@example.org")
    _, page = launched(browser, asked, jwt.encode(claims, key, "RS256", {"kid": KEY}))
    assert "is not in this class: ask your instructor to add it to the roster." in page
    assert "<b>eve" not in page


@pytest.fixture(scope="module")
def single_sign_on(provider, tmp_path_factory):
    """A hub whose users log in elsewhere."""
    there, answers = provider
    answers["/token"] = {"access_token": "a token", "token_type": "bearer"}
    folder = tmp_path_factory.mktemp("oauth")
    path = folder / "client_secret"
    path.touch(mode=0o600)
    path.write_text("hush")
    table = {
        "kind": "oauth",
        "client_id": CLIENT,
        "client_secret_file": str(path),
        "authorize_url": f"{there}/authorize",
        "token_url": f"{there}/token",
        "userdata_url": f"{there}/userinfo",
    }
    with hub(folder, table) as address:
        yield address


@pytest.mark.parametrize(
    ("said", "status", "name"),
    [
        ({"email": "bob@example.org", "email_verified": True}, 302, "bob"),
        ({"email": "bob@example.org", "email_verified": False}, 403, ""),
        ({"email": "eve@example.org", "email_verified": True}, 403, ""),
        ({"preferred_username": "bob", "email_verified": True}, 403, ""),
    ],
)
def test_single_sign_on_lets_in_who_is_in_the_roster(single_sign_on, provider, said, status, name):
    provider[1]["/userinfo"] = said
    browser = Browser(single_sign_on)
    asked = dict(parse_qsl(urlsplit(browser.ask("/hub/oauth_login")[1]).query))
    assert asked["redirect_uri"] == f"{single_sign_on}/hub/oauth_callback"
    back = urlencode({"code": "a code", "state": asked["state"]})
    assert Browser(single_sign_on).ask(f"/hub/oauth_callback?{back}")[0] == 400  # another browser's login
    assert (browser.ask(f"/hub/oauth_callback?{back}")[0], browser.name()) == (status, name)
