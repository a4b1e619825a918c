"""The settings of JupyterHub: what JupyterHub itself knows of them, and whom they let in."""

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from certipy import Certipy
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator, PAMAuthenticator
from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.spawner import LocalProcessSpawner, Spawner
from systemdspawner import SystemdSpawner
from traitlets.config import Config

from pgcourse.classroom import hub, proxy, roster, settings
from pgcourse.classroom.places import Places
from pgcourse.classroom.roster import Member

KINDS = (JupyterHub, ConfigurableHTTPProxy, Spawner, SystemdSpawner, Authenticator, PAMAuthenticator)
CLASSES = {kind.__name__: kind for kind in KINDS}
ROLES = {"ada": "student", "ben": "student", "ida": "instructor"}
PEOPLE = [Member(name.capitalize(), name, "", role) for name, role in ROLES.items()]


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.setattr(proxy, "command", lambda: ("the-proxy",))
    places = Places.below(tmp_path)
    for folder in (places.state, places.settings):
        folder.mkdir()
    roster.write(places.settings / hub.ROSTER, PEOPLE)
    return places


def configured(places, text=""):
    """Return the Config that a class.toml makes."""
    (places.settings / "class.toml").write_text(text)
    c = Config()
    hub.configure(c, places.settings / "class.toml", places)
    return c


def environment(c, name):
    """Return the variables of a user's server."""
    spawner = SimpleNamespace(user=SimpleNamespace(name=name))
    return {key: value(spawner) if callable(value) else value for key, value in c.Spawner.environment.items()}


def test_jupyterhub_knows_every_setting_and_takes_its_value(places, monkeypatch):
    monkeypatch.setattr(hub, "has_systemd", lambda: False)
    c = configured(places, "[limits]\nmemory = '1.5G'")
    for section, values in c.items():
        traits = CLASSES[section].class_traits(config=True)
        for name in values:
            assert name in traits, f"{section}.{name}"
    app = JupyterHub(config=c)
    assert app.spawner_class is LocalProcessSpawner
    assert ConfigurableHTTPProxy(config=c, parent=app).command == ["the-proxy"]
    assert LocalProcessSpawner(config=c).mem_limit == 3 << 29


def test_the_roster_lets_in_its_own_and_no_others(places):
    c = configured(places)
    assert c.Authenticator.allowed_users == {"ada", "ben", "ida"}
    assert (c.Authenticator.allow_all, c.Authenticator.allow_existing_users) == (False, False)
    assert "admin_users" not in c.Authenticator
    c = configured(places, "[hub]\ninstructors_administrate = true")
    assert c.Authenticator.admin_users == {"ida"}


def test_a_server_is_told_the_role_of_its_user_and_nothing_of_roots(places):
    c = configured(places)
    ada, ida = environment(c, "ada"), environment(c, "ida")
    assert ada["PGCOURSE_LECTURES"] == ida["PGCOURSE_LECTURES"] == str(places.lectures)
    assert (ada["PGCOURSE_COURSE"], ida["PGCOURSE_COURSE"]) == ("", str(places.course))
    assert ada["JUPYTER_CONFIG_PATH"] == settings.path_of("student", places)
    assert ida["JUPYTER_CONFIG_PATH"] == settings.path_of("instructor", places)
    assert environment(c, "somebody else")["PGCOURSE_COURSE"] == ""
    assert c.Spawner.env_keep == ["LANG", "LC_ALL"]
    assert c.Spawner.cmd == [str(places.python), "-P", "-m", "pgcourse.classroom.session"]


@pytest.mark.parametrize("systemd", [True, False])
def test_systemd_limits_the_servers_where_it_runs(places, monkeypatch, systemd):
    monkeypatch.setattr(hub, "has_systemd", lambda: systemd)
    c = configured(places, '[limits]\nmemory = "512M"\nprocessors = 0.5')
    assert c.JupyterHub.spawner_class == (
        "systemdspawner.SystemdSpawner" if systemd else "jupyterhub.spawner.LocalProcessSpawner"
    )
    assert (c.Spawner.mem_limit, c.Spawner.cpu_limit) == ("512M", 0.5)


def test_instructors_may_take_what_grading_takes(places):
    c = configured(places, '[limits]\nmemory = "1G"\ninstructors_memory = "6G"\ninstructors_processors = 3')
    taken = {}
    for name in ROLES:
        spawner = LocalProcessSpawner(config=c, user=SimpleNamespace(name=name, id=1, url="", server=None))
        spawner.pre_spawn_hook(spawner)
        taken[name] = spawner.mem_limit >> 30, spawner.cpu_limit
    assert taken == {"ada": (1, 1), "ben": (1, 1), "ida": (6, 3)}


def test_the_proxys_token_is_for_root_alone_and_stays(places):
    first = configured(places).ConfigurableHTTPProxy.auth_token
    assert len(first) == 64
    assert configured(places).ConfigurableHTTPProxy.auth_token == first
    assert (places.state / "proxy_token").stat().st_mode & 0o777 == 0o600


def test_addresses_are_as_said_and_the_hubs_own_are_this_machines(places):
    c = configured(places, '[hub]\naddress = "http://127.0.0.1:8888"\nhub_port = 9001\nproxy_port = 9002')
    assert c.JupyterHub.bind_url == "http://127.0.0.1:8888"
    assert c.JupyterHub.hub_bind_url == "http://127.0.0.1:9001"
    assert c.ConfigurableHTTPProxy.api_url == "http://127.0.0.1:9002"


@pytest.mark.parametrize(
    ("address", "bound"),
    [
        ("https://hub.example.org", "https://0:443"),
        ("https://hub.example.org:8443/class/", "https://0:8443/class/"),
        ("http://192.0.2.1:8000", "http://0:8000"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_other_machines_reach_an_address_that_the_machine_itself_may_not_know(address, bound):
    assert hub._listening(address) == bound


class Health(BaseHTTPRequestHandler):
    """A hub of the class at http://hub.example.org/class/, and a page at which the same port says something else."""

    def do_GET(self):
        asked = self.path, self.headers["Host"].partition(":")[0]
        self.send_response(200 if asked == ("/class/hub/health", "hub.example.org") else 404)
        self.end_headers()

    def log_message(self, *arguments):
        """Say nothing."""


def test_whether_the_hub_answers_is_asked_of_its_own_page_on_this_machine():
    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        assert hub.answers(f"http://hub.example.org:{port}/class")
        assert hub.answers(f"http://hub.example.org:{port}/class/")
        assert not hub.answers(f"http://hub.example.org:{port}/")
        assert not hub.answers(f"http://127.0.0.1:{port}/class/")
        assert not hub.answers(f"https://hub.example.org:{port}/class/")
        server.shutdown()
    assert not hub.answers(f"http://hub.example.org:{port}/class/")


def test_a_certificate_of_the_machines_own_is_enough_for_a_hub_to_answer(tmp_path):
    files = Certipy(store_dir=str(tmp_path)).create_ca("own")["files"]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files["cert"], files["key"])
    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert hub.answers(f"https://hub.example.org:{server.server_port}/class/")
        server.shutdown()


def test_each_user_has_a_name_below_the_address_if_that_is_asked_for(places):
    assert JupyterHub(config=configured(places)).subdomain_host == ""
    text = '[hub]\naddress = "http://localhost:8000"\nsubdomains = true'
    assert JupyterHub(config=configured(places, text)).subdomain_host == "http://localhost:8000"


def test_idle_servers_are_stopped_unless_said_otherwise(places):
    (service,) = configured(places, "[limits]\nidle_hours = 0.5").JupyterHub.services
    assert service["command"][-1] == "--timeout=1800"
    assert "services" not in configured(places, "[limits]\nidle_hours = 0").JupyterHub


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda places: (places.settings / hub.ROSTER).unlink(), "roster.csv"),
        (lambda places: (places.settings / "class.toml").write_text("[hbu]"), "[hbu] is not known: did you mean hub?"),
    ],
)
def test_what_is_wrong_with_a_class_ends_the_hub_with_a_sentence(places, break_it, words):
    configured(places)
    break_it(places)
    with pytest.raises(SystemExit) as ended:
        hub.configure(Config(), places.settings / "class.toml", places)
    assert str(ended.value).startswith("pgcourse hub: ")
    assert words in str(ended.value)


def test_the_docstring_shows_a_whole_configuration_file(places, monkeypatch):
    configured(places)
    lines = "\n".join(line[4:] for line in hub.__doc__.splitlines() if line.startswith("    "))
    asked = []
    monkeypatch.setattr(hub, "configure", lambda *arguments: asked.append(arguments))
    exec(lines, {"get_config": lambda: "c"})
    assert asked == [("c", "/etc/pgcourse/class.toml")]
