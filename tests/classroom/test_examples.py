"""The example files for classes of other sizes, each read by what reads it in earnest, as far as no cluster is needed.

What no package brings is written down here: the keys of The Littlest JupyterHub 2.0 and of the chart 4.4 of Zero to
JupyterHub that the files use, as their schemas had them in November 2026.
"""

import importlib.util
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from pgcourse import __version__
from pgcourse.classroom import settings
from pgcourse.classroom.places import Places
from tests.support.course import ROOT
from tests.support.waiting import PATIENCE

EXAMPLES = ROOT / "pgcourse" / "classroom" / "examples"
INSTRUCTOR, STUDENT = "grace", "ada"
TEXT, NUMBER, TEXTS = str, (int, float), [str]
TLJH = {
    "users": {"admin": TEXTS, "allowed": TEXTS, "extra_user_groups": {"pgcourse-instructors": TEXTS}},
    "limits": {"memory": TEXT, "cpu": NUMBER},
    "https": {"enabled": bool, "letsencrypt": {"email": TEXT, "domains": TEXTS}},
    "auth": dict,  # checked by the classes themselves
}
CHART = {
    "hub": {
        "config": dict,
        "services": {"ngshare": {"url": TEXT, "oauth_no_confirm": bool, "apiToken": TEXT}},
        "loadRoles": {"user": {"scopes": TEXTS}},
        "extraConfig": {"pgcourse.py": TEXT},
    },
    "proxy": {"https": {"enabled": bool, "hosts": TEXTS, "letsencrypt": {"contactEmail": TEXT}}},
    "singleuser": {
        "image": {"name": TEXT, "tag": TEXT},
        "cmd": TEXTS,
        "defaultUrl": TEXT,
        "memory": {"guarantee": TEXT, "limit": TEXT},
        "cpu": {"guarantee": NUMBER, "limit": NUMBER},
        "storage": {"capacity": TEXT, "homeMountPath": TEXT},
        "networkPolicy": {"egressAllowRules": {"privateIPs": bool}},
    },
    "cull": {"timeout": int},
}
NGSHARE = {"ngshare": {"hub_api_token": TEXT, "admins": TEXTS}, "pvc": {"storage": TEXT}}


def read(name):
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


def check(values, known, place=""):
    """Fail at a key that is not known, or holds something else."""
    for key, value in values.items():
        assert key in known, f"{place}{key}"
        if isinstance(known[key], dict):
            check(value, known[key], f"{place}{key}.")
        elif isinstance(known[key], list):
            assert all(isinstance(part, str) for part in value), f"{place}{key}"
        else:
            assert isinstance(value, known[key]), f"{place}{key}"


def authenticator(settings):
    """Return the authenticator of settings by class, as TLJH and the chart hand them to JupyterHub."""
    from jupyterhub.app import JupyterHub

    name = settings.pop("type", None) or settings.pop("JupyterHub")["authenticator_class"]
    config = Config(settings | {"JupyterHub": {"authenticator_class": name}})
    return JupyterHub(config=config).authenticator_class(config=config)


def environment_of(config, name, section):
    """Return the variables of a user's server."""
    spawner = SimpleNamespace(user=SimpleNamespace(name=name))
    variables = config[section].environment
    variables = variables if isinstance(variables, dict) else variables.get_value({})
    return {key: value(spawner) if callable(value) else value for key, value in variables.items()}


@pytest.mark.parametrize(
    ("name", "known"),
    [("tljh/config.yaml", TLJH), ("kubernetes/zero_to_jupyterhub.yaml", CHART), ("kubernetes/ngshare.yaml", NGSHARE)],
)
def test_each_key_is_one_that_its_reader_knows(name, known):
    check(read(name), known)


@pytest.mark.parametrize(
    ("name", "path"),
    [("tljh/config.yaml", ["auth"]), ("kubernetes/zero_to_jupyterhub.yaml", ["hub", "config"])],
)
def test_each_authenticator_takes_its_settings(name, path, caplog):
    tables = read(name)
    for key in path:
        tables = tables[key]
    one = authenticator(tables)
    assert (one.issuer, one.client_id) == ("https://moodle.example.org", {"q4GqUXrkCjRqVxw"})
    assert not one.allow_existing_users
    assert not caplog.records


def asked_for():
    """Return the variables that a user's server asks for."""
    source = (ROOT / "pgcourse" / "classroom" / "session.py").read_text(encoding="utf-8")
    return set(re.findall(r'os\.environ\["(PGCOURSE_\w+)"\]', source))


def test_servers_of_tljh_know_their_role():
    config = PyFileConfigLoader("servers.py", str(EXAMPLES / "tljh")).load_config()
    of_student, of_instructor = (environment_of(config, name, "Spawner") for name in (STUDENT, INSTRUCTOR))
    assert asked_for() <= of_student.keys()
    assert (of_student["PGCOURSE_COURSE"], of_instructor["PGCOURSE_COURSE"]) == ("", str(Places().course))
    folders = [of["JUPYTER_CONFIG_PATH"] for of in (of_student, of_instructor)]
    assert folders == [str(Places().jupyter(role)) for role in ("student", "instructor")]
    users = read("tljh/config.yaml")["users"]
    assert users["extra_user_groups"]["pgcourse-instructors"] == [INSTRUCTOR]
    assert importlib.util.find_spec(config.Spawner.cmd[-1])


def test_servers_on_kubernetes_know_their_role():
    values = read("kubernetes/zero_to_jupyterhub.yaml")
    config = Config()
    exec(values["hub"]["extraConfig"]["pgcourse.py"], {"c": config})
    instructor, *students = values["hub"]["config"]["Authenticator"]["allowed_users"]
    home = values["singleuser"]["storage"]["homeMountPath"]
    of_instructor = environment_of(config, instructor, "KubeSpawner")
    assert asked_for() <= of_instructor.keys()
    assert of_instructor["PGCOURSE_COURSE"] == f"{home}/course"
    assert of_instructor["JUPYTER_CONFIG_PATH"] == str(Places().jupyter("instructor"))
    for student in students:
        found = environment_of(config, student, "KubeSpawner")
        assert (found["PGCOURSE_COURSE"], found["JUPYTER_CONFIG_PATH"]) == ("", str(Places().jupyter("student")))
    assert importlib.util.find_spec(values["singleuser"]["cmd"][-1])
    assert instructor in read("kubernetes/ngshare.yaml")["ngshare"]["admins"]


def test_the_page_names_each_file_for_larger_classes():
    page = (ROOT / "docs" / "class_sizes.md").read_text(encoding="utf-8")
    files = {
        path.relative_to(ROOT).as_posix() for path in EXAMPLES.rglob("*.*") if path.suffix not in (".toml", ".pyc")
    }
    files |= {"pgcourse/classroom/examples/kubernetes/Containerfile"}
    assert {path for path in files if f"](../{path})" not in page} == set()
    assert re.findall(r"pgcourse-(\d\S+?)-py3", page) == [__version__]


def test_the_image_is_made_of_files_that_are_there():
    text = (EXAMPLES / "kubernetes" / "Containerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (\S+) ", text, re.M)
    assert copied
    assert [path for path in copied if not (ROOT / path).exists()] == []
    values = read("kubernetes/zero_to_jupyterhub.yaml")
    assert f"{values['singleuser']['image']['name']}:{values['singleuser']['image']['tag']}" in text


@pytest.mark.parametrize("page", ["pgcourse/classroom/examples/kubernetes/Containerfile", "docs/class_sizes.md"])
def test_the_line_that_writes_the_settings_does(page, monkeypatch):
    written = []
    monkeypatch.setattr(settings, "write", written.append)
    text = (ROOT / page).read_text(encoding="utf-8")
    (code,) = re.findall(r"(?m)python3? -c ([\"'])(.*)\1", text)
    exec(code[1], {})
    assert [places.settings for places in written] == [Places().settings]


def test_dask_takes_the_workers_and_the_schedulers_arguments():
    from distributed.cli import dask_scheduler, dask_worker

    parts = list(yaml.safe_load_all((EXAMPLES / "kubernetes" / "dask.yaml").read_text(encoding="utf-8")))
    kinds = [part["kind"] for part in parts]
    assert kinds == ["Service", "Deployment", "Deployment", "NetworkPolicy", "NetworkPolicy"]
    commands = [part["spec"]["template"]["spec"]["containers"][0]["command"] for part in parts[1:3]]
    assert [command[:2] for command in commands] == [["dask", "scheduler"], ["dask", "worker"]]
    dask_scheduler.main.make_context("scheduler", commands[0][2:])
    context = dask_worker.main.make_context("worker", commands[1][2:])
    service = parts[0]
    address = f"tcp://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    assert context.params["scheduler"] == address
    labels = [part["spec"]["template"]["metadata"]["labels"] for part in parts[1:3]]
    assert labels == [part["spec"]["selector"]["matchLabels"] for part in parts[1:3]]
    assert labels == [part["spec"]["podSelector"]["matchLabels"] for part in parts[3:]]
    assert labels[0] == service["spec"]["selector"]


def test_nbgrader_takes_the_settings_of_a_large_course():
    from nbgrader.coursedir import CourseDirectory
    from sqlalchemy import make_url

    from pgcourse.grading.batch.execute import SandboxedExecute
    from pgcourse.grading.sandbox.provisioner import SandboxedProvisioner

    config = PyFileConfigLoader("large_course.py", str(EXAMPLES)).load_config()
    takers = [CourseDirectory, SandboxedExecute, SandboxedProvisioner]
    assert config.keys() == {taker.__name__ for taker in takers}
    for taker in takers:
        for name, value in config[taker.__name__].items():
            assert name in taker.class_trait_names(config=True)
            assert getattr(taker(config=config), name) == value
    url = make_url(config.CourseDirectory.db_url)
    assert (url.get_backend_name(), url.get_dialect().driver) == ("postgresql", "psycopg")


@pytest.fixture(scope="module")
def exchange_of_ngshare(tmp_path_factory):
    """The package as its users install it, without what it asks for: that is too old for JupyterLab 4."""
    folder = tmp_path_factory.mktemp("ngshare")
    text = (EXAMPLES / "kubernetes" / "Containerfile").read_text(encoding="utf-8")
    (wanted,) = re.findall(r'--no-deps "(ngshare-exchange==.*?)"', text)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    subprocess.run([*pip, wanted, "rapidfuzz"], check=True, timeout=PATIENCE)
    return folder


@pytest.mark.slow
def test_nbgrader_finds_ngshare_as_its_exchange(exchange_of_ngshare, tmp_path):
    program = (
        "from nbgrader.apps import ListApp; app = ListApp(); app.initialize([]); factory = app.config.ExchangeFactory;"
        "print(factory.list.__module__, factory.exchange(config=app.config).ngshare_url, app.coursedir.course_id)"
    )
    page = (ROOT / "docs" / "class_sizes.md").read_text(encoding="utf-8")
    verbs = re.findall(r"ngshare-course-management (\w+)", page)
    source = (exchange_of_ngshare / "ngshare_exchange" / "course_management.py").read_text(encoding="utf-8")
    assert verbs
    assert [verb for verb in verbs if f"'{verb}'" not in source] == []
    path = os.pathsep.join([str(exchange_of_ngshare), str(ROOT)])
    variables = {"PYTHONPATH": path, "JUPYTER_CONFIG_PATH": str(EXAMPLES / "kubernetes"), "JUPYTERHUB_USER": STUDENT}
    variables["JUPYTER_CONFIG_DIR"] = str(tmp_path)  # in which Jupyter leaves a file
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout.split() == ["ngshare_exchange.list", "http://ngshare:8080/services/ngshare", "pgcourse"], done
