"""The package without its extras: what a wheel declares, and what works in a fresh environment that has it alone."""

import base64
import json
import os
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from packaging.metadata import Metadata
from packaging.utils import canonicalize_name
from PIL import Image

import pgcourse as pg
import start
from pgcourse.figures import png
from tests.support.waiting import PATIENCE
from tests.tools.test_setup import ROOT, pins

PYTHON = start.PYTHON.relative_to(start.VENV)
LEFT_OUT = {"ipykernel", "jupyterlab", "nbformat", "nbgrader", "notebook"}
VIEW = "application/vnd.jupyter.widget-view+json"
pytestmark = pytest.mark.slow

LIST = "import importlib.metadata as m, json; print(json.dumps([d.name for d in m.distributions()]))"
MOMENTS = """
import json
import pgcourse as pg
moments = pg.exact.moments(pg.problems.left_right(5, 10), pg.ClampPolicy(), [0.2])
print(json.dumps([moment.tolist() for moment in moments]))
"""
EVERYTHING = """
import json
import pgcourse as pg
for part in (pg, pg.demos, pg.checkpoints):
    for name in dir(part):
        getattr(part, name)
print(json.dumps(dir(pg)))
"""
PICTURE = """
import json, pathlib
import pgcourse as pg
figure = pg.demos.left_right.variance()
words = []
for name, values in {"before": {}, "after": {"theta": 0.7, "num_trajectories": 100}}.items():
    figure.set(**values)
    pathlib.Path(f"{name}.png").write_bytes(figure.png())
    words.append((figure.caption_text, figure.error_text))
print(json.dumps(words))
"""
NOTEBOOK = f"""
import json, nbclient, nbformat
from pgcourse._kernels import private_kernel
cell = nbformat.v4.new_code_cell("import pgcourse as pg\\nfigure = pg.demos.left_right.variance()\\nfigure")
notebook = nbformat.v4.new_notebook(cells=[cell])
with private_kernel() as config:
    limits = dict(timeout={PATIENCE}, startup_timeout={PATIENCE})
    nbclient.NotebookClient(notebook, config=config, **limits).execute()
print(json.dumps(notebook))
"""


def pip(*arguments):
    """Run pip; Python compiles what a test imports, which is little of what is installed."""
    command = [sys.executable, "-m", "pip", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr


def run(environment, code, folder, *options):
    """Run code with an environment's Python, in a folder that is also its home; return what it prints, as JSON."""
    foreign = ("PYTHON", "JUPYTER", "IPYTHON", "MPL", "PGCOURSE")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    command = [environment / PYTHON, "-I", *options, "-c", code]
    pipes = {"capture_output": True, "text": True, "timeout": 3 * PATIENCE}
    done = subprocess.run(command, cwd=folder, env=variables | {"HOME": str(folder)}, **pipes)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def constraints(tmp_path_factory):
    """The course's pins without their hashes, which pip does not take as constraints."""
    path = tmp_path_factory.mktemp("pins") / "constraints.txt"
    found = [pin for package in pins("requirements.txt").values() for pin, _ in package]
    for pin in found:
        pin.extras.clear()  # a constraint has none
    path.write_text("".join(f"{pin}\n" for pin in found))
    return path


@pytest.fixture(scope="module")
def light(wheel, constraints, tmp_path_factory):
    """A fresh environment with the wheel and what it declares as needed."""
    folder = tmp_path_factory.mktemp("light") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip("--python", folder / PYTHON, "install", "--no-compile", "--constraint", constraints, wheel)
    return folder


@pytest.fixture(scope="module")
def with_kernel(light, constraints, tmp_path_factory):
    """A copy of the light environment, with links for files, to which what runs a notebook was added."""
    place = tmp_path_factory.mktemp("kernel") / "environment"
    folder = shutil.copytree(light, place, symlinks=True, copy_function=os.link)
    packages = ("ipykernel", "nbclient", "nbformat")
    pip("--python", folder / PYTHON, "install", "--no-compile", "--constraint", constraints, *packages)
    return folder


def test_the_wheel_declares_what_an_index_shows_and_what_pip_brings(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (path,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = Metadata.from_email(archive.read(path))
        names = archive.namelist()
        assert {"pgcourse/py.typed", "pgcourse/figures/live.js", "pgcourse/figures/live.css"} <= set(names)
        assert any(name.endswith(".data/data/share/jupyter/labextensions/pgcourse/static/saved.js") for name in names)
    assert metadata.author or metadata.author_email
    assert metadata.classifiers
    assert metadata.project_urls
    assert {"lab", "grading", "cluster", "postgres"} <= set(metadata.provides_extra)
    always = [need for need in metadata.requires_dist if need.marker is None or need.marker.evaluate({"extra": ""})]
    assert {need.name for need in always} == {"numpy", "matplotlib", "ipywidgets", "anywidget", "packaging"}


def test_it_brings_neither_a_kernel_nor_jupyterlab_nor_nbgrader(light, tmp_path):
    installed = {canonicalize_name(name) for name in run(light, LIST, tmp_path)}
    assert "pgcourse" in installed
    assert installed & LEFT_OUT == set()


def test_the_exact_moments_come_out(light, tmp_path):
    mean, variance = run(light, MOMENTS, tmp_path, "-W", "error")
    assert mean == pytest.approx([-5])
    assert variance == pytest.approx([225])


def test_every_name_of_the_front_door_is_there(light, tmp_path):
    assert run(light, EVERYTHING, tmp_path, "-W", "error") == dir(pg)


def test_a_live_figure_moves_and_is_saved_in_plain_python(light, tmp_path):
    (before, no_error), (after, still_none) = run(light, PICTURE, tmp_path, "-W", "error")
    assert no_error == still_none == ""
    assert before != after
    pictures = [np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("before", "after")]
    assert not np.array_equal(*pictures)


def test_a_notebook_shows_the_figure_once_there_is_a_kernel(with_kernel, tmp_path):
    notebook = run(with_kernel, NOTEBOOK, tmp_path)
    (output,) = notebook["cells"][0]["outputs"]
    assert "One gradient sample is" in output["data"]["text/plain"]
    widgets = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    panel = widgets[output["data"][VIEW]["model_id"]]
    assert panel["model_module"] == "anywidget"
    assert "<path" in panel["state"]["frame"]["moving"]
    assert base64.b64decode(output["data"]["image/png"]).startswith(png.SIGNATURE)
