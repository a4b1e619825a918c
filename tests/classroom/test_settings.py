"""What Jupyter and nbgrader themselves make of the settings of each role."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pgcourse.classroom import settings
from pgcourse.classroom.places import Places
from tests.support.course import ROOT

pytestmark = pytest.mark.slow

SHOWN = """
import json
from jupyter_core import paths
from jupyter_server.extension.config import ExtensionConfigManager
from jupyterlab_server.config import get_page_config
from jupyterlab_server.settings_utils import _get_overrides
from jupyterlab.commands import get_app_dir
from nbgrader.apps import NbGrader

extensions = ExtensionConfigManager(read_config_path=paths.jupyter_config_path()).get_jpserver_extensions()
app = NbGrader()
app.initialize([])
page = get_page_config(paths.jupyter_path("labextensions"))
print(json.dumps({
    "server": sorted(name.rpartition(".")[2] for name, on in extensions.items() if on and "nbgrader" in name),
    "hidden": sorted(name.rpartition("/")[2] for name in page["disabledExtensions"]),
    "nbgrader": {name: dict(app.config[name]) for name in ("CourseDirectory", "Exchange")},
    "overrides": _get_overrides(get_app_dir())[0],
}))
"""


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    places = Places.below(tmp_path_factory.mktemp("class"))
    settings.write(places)
    return places


@pytest.fixture(scope="module", params=settings.ROLES)
def role(request):
    return request.param


@pytest.fixture(scope="module")
def shown(places, role, tmp_path_factory):
    """What Jupyter and nbgrader read in the role of a user named ada."""
    variables = {"JUPYTER_CONFIG_PATH": settings.path_of(role, places), "JUPYTERHUB_USER": "ada"}
    home = tmp_path_factory.mktemp("home")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), **variables}
    command = [sys.executable, "-c", SHOWN]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) | {"home": str(home)}


def test_students_have_the_list_of_assignments_and_instructors_the_formgrader(shown, role):
    own = {"student": ["assignment_list"], "instructor": ["formgrader"]}[role]
    assert shown["server"] == [*own, "validate_assignment"]
    hidden = {
        "student": ["course-list", "create-assignment", "formgrader"],
        "instructor": ["assignment-list", "course-list"],
    }
    icon = "application-extension:faviconbusy"  # as `pgcourse lab` does without it
    assert shown["hidden"] == [icon, "debugger-extension", *(f"nbgrader:{name}" for name in hidden[role])]


def test_the_debugger_that_is_hidden_is_jupyterlabs():
    assert Path(sys.prefix, "share/jupyter/lab/schemas", settings.DEBUGGER).is_dir()


def test_nobody_is_asked_about_news(shown):
    notification = shown["overrides"]["@jupyterlab/apputils-extension:notification"]
    assert notification == {"fetchNews": "false", "checkForUpdates": False}


def test_nbgrader_finds_the_exchange_and_the_instructors_course(shown, role, places):
    own = {"student": {"assignment_dir": f"{shown['home']}/assignments"}, "instructor": {}}[role]
    assert shown["nbgrader"]["Exchange"] == {"root": str(places.exchange)} | own
    assert [path.name for path in Path(shown["home"]).glob("assign*")] == ["assignments"][: len(own)]
    course = {"student": {"student_id": "ada"}, "instructor": {"root": str(places.course), "groupshared": True}}[role]
    assert shown["nbgrader"]["CourseDirectory"] == {"course_id": settings.COURSE_ID} | course


def test_the_course_has_that_name_in_its_own_settings():
    text = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    assert re.search(r'CourseDirectory\.course_id = "(.*)"', text)[1] == settings.COURSE_ID


def test_the_names_of_the_parts_are_nbgraders(shown):
    import nbgrader

    (script,) = Path(sys.prefix, "share/jupyter/labextensions/@jupyter/nbgrader/static").glob("161.*.js")
    named = set(re.findall(r'"@jupyter/nbgrader:([a-z-]+)"', script.read_text(encoding="utf-8")))
    assert set(settings.PARTS) <= named
    pages = Path(nbgrader.__file__).parent / "server_extensions"
    assert all((pages / name).is_dir() for name, _ in settings.PARTS.values() if name)


def test_everybody_can_read_them_and_writing_them_again_changes_nothing(places):
    before = {path: (path.stat().st_mode & 0o777, path.is_dir() or path.read_bytes()) for path in _all(places)}
    assert {mode for mode, _ in before.values()} == {0o755, 0o644}
    settings.write(places)
    assert {path: (path.stat().st_mode & 0o777, path.is_dir() or path.read_bytes()) for path in _all(places)} == before


def _all(places):
    return sorted([places.settings, *places.settings.rglob("*")])


def test_a_strict_umask_does_not_hide_them(tmp_path):
    places = Places.below(tmp_path)
    before = os.umask(0o077)
    try:
        settings.write(places)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in _all(places)} == {0o755, 0o644}
