"""Opening the course on the web: badges, the files that Binder and Codespaces read, and Colab's first cell."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

import start
from pgcourse import _badges
from pgcourse.tools import release
from pgcourse.tools.tidy import read
from tests.badges import README, with_badges
from tests.support.course import ROOT, succeeded
from tests.support.waiting import PATIENCE

REPOSITORY = "someone/policy-gradients"
LECTURE = "lectures/05_left_right.ipynb"
PROBLEM_SET = "assignments/ps4_left_right/ps4_left_right.ipynb"


def setting(folder, repository):
    """Write the setting into a folder's pyproject.toml; return the folder."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count('students-repository = ""') == 1
    text = text.replace('students-repository = ""', f"students-repository = {json.dumps(repository)}")
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def students(tmp_path_factory):
    """What is released of a course with the setting."""
    course = tmp_path_factory.mktemp("course")
    for name in ("assignments", "lectures", "pgcourse", "solutions", "binder", ".devcontainer"):
        shutil.copytree(ROOT / name, course / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in release.FILES:
        shutil.copy(ROOT / name, course / name)
    setting(course, REPOSITORY)
    release.release(course, course.parent / "students")
    return course.parent / "students"


def links(repository, notebook):
    return {badge.service: badge.address for badge in _badges.badges(repository, notebook)}


def test_a_badge_opens_the_notebook_of_its_page():
    found = links(REPOSITORY, LECTURE)
    assert list(found) == ["Binder", "Colab", "Codespaces"]
    binder = urlsplit(found["Binder"])
    assert (binder.path, parse_qs(binder.query)) == (f"/v2/gh/{REPOSITORY}/main", {"labpath": [LECTURE]})
    assert found["Colab"].endswith(f"/github/{REPOSITORY}/blob/main/{LECTURE}")
    assert found["Codespaces"].endswith(f"/{REPOSITORY}")
    assert list(links(REPOSITORY, PROBLEM_SET)) == ["Binder", "Codespaces"]


def test_without_the_setting_there_are_no_badges(tmp_path):
    assert _badges.students_repository(setting(tmp_path, "")) == ""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    assert _badges.students_repository(tmp_path) == ""
    assert _badges.badges("", LECTURE) == []
    assert _badges.markdown("") == ""


@pytest.mark.parametrize("wrong", ["somebody", "https://github.com/a/b", "a/b/c", "a b/c", 3, ["a/b"], "a/b)\n"])
def test_a_setting_of_another_form_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match=r"students-repository in .* is .*: write OWNER/NAME, as GitHub does"):
        _badges.students_repository(setting(tmp_path, wrong))


@pytest.mark.parametrize(
    "address", ["https://github.com/Me/Course.git", "git@github.com:me/course", "ssh://git@x/me/course"]
)
def test_the_repository_with_the_solutions_is_refused(tmp_path, address):
    setting(tmp_path, "me/course")
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "remote", "add", "origin", address], check=True)
    assert _badges.students_repository(tmp_path) == "me/course"  # a students' copy, which has no solutions
    (tmp_path / "solutions").mkdir()
    with pytest.raises(ValueError, match="to which this folder with its solutions is pushed"):
        _badges.students_repository(tmp_path)


def test_the_readme_has_the_badges_of_the_setting():
    """Written by `python -m tests.badges`."""
    text = README.read_text(encoding="utf-8")
    assert with_badges(text, _badges.students_repository(ROOT)) == text
    there = with_badges(text, REPOSITORY)
    assert f"\n{_badges.markdown(REPOSITORY)}\n" in there
    assert with_badges(there, "") == with_badges(text, "")


@pytest.mark.slow
def test_the_students_copy_has_badges_and_a_first_cell_for_colab(students):
    assert _badges.markdown(REPOSITORY) in (students / "README.md").read_text(encoding="utf-8")
    assert _badges.students_repository(students) == REPOSITORY
    for path in students.glob("lectures/*.ipynb"):
        notebook, lecture = read(path), read(ROOT / path.relative_to(students))
        place = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
        added = notebook.cells.pop(place)
        assert (added.id, added.source) == ("colab", _badges.colab_cell(REPOSITORY))
        assert notebook.cells == lecture.cells
    assert (students / PROBLEM_SET).read_bytes() == (ROOT / PROBLEM_SET).read_bytes()


def test_binder_has_the_oldest_python_that_all_can_have_and_leaves_packages_to_the_pins():
    environment = yaml.safe_load((ROOT / "binder/environment.yml").read_text(encoding="utf-8"))
    python, *others = environment["dependencies"]
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert others == ["pip"]
    version = python.removeprefix("python=")
    assert container["image"] == f"python:{version}"
    start.check_python(tuple(map(int, version.split("."))))
    interpreter = container["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter.endswith("/.venv/bin/python")
    for path in container["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / path).is_file()


# What Colab had in August 2026, by its own list of packages.
COLAB = (
    *("anywidget==0.9.21", "ipykernel==6.17.1", "ipython==7.34.0", "ipywidgets==7.7.1", "matplotlib==3.10.0"),
    *("nbclient==0.10.4", "nbformat==5.11.1", "numpy==2.1.3", "packaging==26.3", "pillow==11.3.0", "traitlets==5.7.1"),
)
LIKE_COLAB = """
def enable_custom_widget_manager():
    _widgets._installed_url = "colab's"

class _widgets:
    _installed_url = None
"""
DRAWN = """
import pgcourse as pg
figures = {f"{part}.{name}": getattr(getattr(pg.demos, part), name)
           for part in dir(pg.demos) for name in dir(getattr(pg.demos, part))}
said = {name: make().error_text for name, make in figures.items()}
"""
RUN = f"""
import json, sys, nbclient, nbformat
from traitlets.config import Config
notebook = nbformat.read(sys.argv[1], 4)
first = nbformat.v4.new_code_cell("import google.colab.output")
last = [nbformat.v4.new_code_cell(source) for source in ({DRAWN!r}, "print(__import__('json').dumps(said))")]
notebook.cells = [first, *notebook.cells, *last]
ports = Config(KernelManager=dict(transport="ipc", ip="kernel"))  # a file is not taken by another program
nbclient.NotebookClient(notebook, config=ports, timeout={PATIENCE}, startup_timeout={PATIENCE}).execute()
print(json.dumps(notebook))
"""


@pytest.fixture(scope="module")
def colab(tmp_path_factory):
    """A fresh environment with what Colab has of what the package needs, and a stand-in for its own package."""
    folder = tmp_path_factory.mktemp("colab") / "environment"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / start.PYTHON.relative_to(start.VENV)
    command = [python, "-m", "pip", "install", "--quiet", "--no-compile", *COLAB]  # little of it is imported
    succeeded(subprocess.run(command, capture_output=True, text=True, timeout=3 * PATIENCE))
    own = folder / start.SITE.relative_to(start.VENV) / "google" / "colab"
    own.mkdir(parents=True)
    (own / "__init__.py").touch()
    (own / "output.py").write_text(LIKE_COLAB)
    return python


def published(folder, place):
    """Make a folder a repository in the place that stands for GitHub; return the settings of git that lead there."""
    repository = shutil.copytree(folder, place / REPOSITORY, ignore=shutil.ignore_patterns("__pycache__"))
    git = ["git", "-C", repository, "-c", "user.name=me", "-c", "user.email=me@localhost"]
    for command in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "x"],
    ):
        subprocess.run([*git, *command], check=True)
    lead = {"KEY_0": f"url.{place.as_uri()}/.insteadOf", "VALUE_0": "https://github.com/"}
    return {"GIT_CONFIG_COUNT": "1"} | {f"GIT_CONFIG_{name}": value for name, value in lead.items()}


@pytest.mark.slow  # makes an environment
def test_in_colab_a_lecture_brings_the_package_upgrades_nothing_and_runs(students, colab, tmp_path):
    foreign = ("PYTHON", "JUPYTER", "IPYTHON", "MPL", "PGCOURSE")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    variables |= published(students, tmp_path / "github") | {"HOME": str(tmp_path)}
    command = [colab, "-I", "-c", RUN, Path(students, LECTURE)]
    pipes = {"capture_output": True, "text": True, "timeout": 3 * PATIENCE}
    done = subprocess.run(command, cwd=tmp_path, env=variables, **pipes)
    assert done.returncode == 0, done.stderr
    *cells, last = [cell for cell in json.loads(done.stdout)["cells"] if cell["cell_type"] == "code"]
    said = json.loads("".join(last["outputs"][0]["text"]))
    assert len(said) > 40
    assert {name: error for name, error in said.items() if error} == {}
    shown = [output for cell in cells for output in cell["outputs"] if "image/png" in output.get("data", {})]
    assert len(shown) >= 2
    for output in shown:
        view = output["metadata"]["application/vnd.jupyter.widget-view+json"]
        assert view == {"colab": {"custom_widget_manager": {"url": "colab's"}}}
    listing = subprocess.run([colab, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout
    assert set(COLAB) <= set(listing.splitlines())
