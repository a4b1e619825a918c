"""Files of the instructor's that checks read: they are where checks run, and never where a student's code runs."""

import json
import marshal
import os
import py_compile
import socket
import subprocess
import sys
import textwrap

import nbformat
import pytest

from pgcourse.grading.batch import cluster
from pgcourse.grading.batch.source import InstructorVersion, private_paths, read_private
from pgcourse.grading.checks import protocol
from pgcourse.grading.errors import SandboxError, Stopped
from pgcourse.grading.sandbox import mounts
from tests.grading.test_split import Graded, check, locked, made, preprocessor
from tests.support.waiting import PATIENCE, until

pytestmark = pytest.mark.slow
PRIVATE = {"answers.py": b"right = 42"}
BESIDE = {"helper.py": b"def twice(x):\n    return 2 * x", "data/numbers.csv": b"1,2,3"}
SEEKING = """
import os, subprocess, sys
def found():
    tops = ("/home", "/tmp", "/sockets", "/course")
    walked = {name for top in tops for _, _, names in os.walk(top) for name in names}
    listed = subprocess.run(["env"], capture_output=True, text=True).stdout
    return walked & {"answers.py", "helper.py", "protocol.py"}, "NBGRADER_CHECKER_FILES" in listed
"""


@pytest.fixture
def graded(tmp_path):
    """A function that runs cells beside private files and files beside the source; returns Graded."""

    def run(*cells, **settings):
        notebook, version = made(cells)
        version.private_files, version.files = PRIVATE, BESIDE
        resources = {"metadata": {"path": str(tmp_path)}}
        return Graded(preprocessor(**settings).run(notebook, resources, version)[0])

    return run


@pytest.mark.slow
def test_checks_have_private_files_and_those_beside_the_source(graded):
    reading = "import os\nassert sorted(os.listdir(os.environ['NBGRADER_CHECKER_FILES'])) == ['answers.py']"
    done = graded(
        locked("from helper import twice"),
        check("import answers\nassert answers.right == 42 and twice(2) == 4"),
        check("assert open('data/numbers.csv').read() == '1,2,3'"),
        check(reading),
    )
    assert done.points == [1, 1, 1], done.errors


@pytest.mark.slow
def test_they_are_in_no_module_path_of_the_next_notebook_and_leave_no_bytecode(graded, tmp_path):
    here = "import helper, os\nassert 'numbers.csv' in os.listdir('data') and not os.path.exists('__pycache__')"
    assert graded(check(here)).points == [1]
    notebook, version = made([check("import helper")])
    assert Graded(preprocessor().run(notebook, {"metadata": {"path": str(tmp_path)}}, version)[0]).points == [0]


@pytest.mark.sandbox
@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
def test_a_sandbox_has_neither(graded, warm):
    settings = {"sandbox": True, "public_module": "helper"}
    done = graded(SEEKING, check("assert found() == ({'protocol.py'}, False), found()"), **settings)
    assert done.points == [1], done.errors


def test_patterns_are_relative_to_the_root_and_each_must_fit(tmp_path):
    for name in ("solutions/ps1.py", "solutions/ps2.py", "solutions/ps1/ps1.ipynb", "other/ps1.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert read_private(tmp_path, ["solutions/ps*.py"]) == {
        "ps1.py": b"solutions/ps1.py",
        "ps2.py": b"solutions/ps2.py",
    }
    assert private_paths(tmp_path, [str(tmp_path / "other/*.py")]) == {"ps1.py": tmp_path / "other" / "ps1.py"}
    with pytest.raises(Stopped, match=r"private_files names secrets/\*\.py, but .* has no such file: restore"):
        private_paths(tmp_path, ["secrets/*.py"])
    with pytest.raises(Stopped, match=r"Two private files are called ps1\.py: rename one of them\."):
        private_paths(tmp_path, ["solutions/*.py", "other/*.py"])


def test_a_private_file_that_a_sandbox_would_show_is_refused(tmp_path, monkeypatch):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    executor = preprocessor(sandbox=True, packages=["package"])
    executor.refuse_visible([tmp_path / "outside.py"])
    with pytest.raises(Stopped, match=r"The private file .*package/answers\.py lies in .*, which a student's code"):
        executor.refuse_visible([tmp_path / "package" / "answers.py"])


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(SandboxError, match=r"c\.SandboxedExecute\.packages names no_such_package, which is not inst"):
        mounts.copies(("no_such_package",))


def test_copies_of_modules_are_compiled_as_they_are_now_and_do_not_say_where_they_come_from(tmp_path, monkeypatch):
    module = tmp_path / "compiled_before.py"
    module.write_text("def inner():\n    return 1")
    py_compile.compile(str(module))
    module.write_text("def inner():\n    return 22")
    (tmp_path / "no_python.py").write_text("1 +")
    monkeypatch.syspath_prepend(tmp_path)
    folder = mounts.copies(("compiled_before", "no_python"))
    (path,) = folder.glob("__pycache__/compiled_before.*.pyc")
    assert bytes(tmp_path) not in path.read_bytes()
    found = {}
    exec(marshal.loads(path.read_bytes()[16:]), found)
    assert found["inner"]() == 22
    assert found["inner"].__code__.co_filename == "/course/compiled_before.py"
    python = [sys.executable, "-v", "-c", "import compiled_before"]
    done = subprocess.run(python, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=True)
    assert f"matches {folder / 'compiled_before.py'}" in done.stderr  # it is taken for the bytecode of that text
    own = list((folder / "pgcourse").rglob("*.py"))
    assert len(list((folder / "pgcourse").rglob("*.pyc"))) == len(own) > 100


@pytest.mark.slow
def test_a_module_that_cannot_be_preloaded_is_named(tmp_path, capfd):
    notebook, version = made([check("1")])
    with pytest.raises(Stopped, match="could not be started"):
        preprocessor(checker_preload=["no_such_module"]).run(notebook, {"metadata": {"path": str(tmp_path)}}, version)
    assert "c.SandboxedExecute.checker_preload names no_such_module, which cannot be imported" in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("killed", [True, False])
def test_a_checkers_parent_whose_grader_was_killed_says_nothing_of_files_that_are_gone(tmp_path, killed):
    source = f"""
        import pathlib, time
        folder = pathlib.Path({str(tmp_path)!r})
        (folder / "importing").touch()
        while (folder / "importing").exists():
            time.sleep(0.01)
        (folder / "gone").read_text()
    """
    (tmp_path / "late.py").write_text(textwrap.dedent(source))
    ours, theirs = socket.socketpair()
    settings = json.dumps({"preload": ["late"], "public_module": ""})
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "pgcourse.grading.checks.grader_side", str(theirs.fileno()), settings],
        pass_fds=[theirs.fileno()],
        env=os.environ | {protocol.PRIVATE_FILES: str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    theirs.close()
    assert until((tmp_path / "importing").exists)
    if killed:
        ours.close()
    (tmp_path / "importing").unlink()
    _, said = process.communicate(timeout=PATIENCE)
    ours.close()
    assert (process.returncode == 0, said == "") == (killed, killed)


def test_all_of_it_travels_to_a_worker(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="one")])
    (tmp_path / "base64").write_bytes(b"\0\xff")
    version = InstructorVersion({"one": "assert 1"}, {}, {"base64": b"\xfe"}, PRIVATE)
    executor = preprocessor(sandbox=True, packages=["numpy"], private_files=["*.py"])
    executor.config.SandboxedProvisioner.memory = 1234
    *content, settings = cluster.unpacked(cluster.packed(notebook, tmp_path, version, cluster.settings(executor)))
    assert content == [notebook, {"base64": b"\0\xff"}, vars(version)]
    assert settings["SandboxedExecute"]["packages"] == ["numpy"]
    assert settings["SandboxedExecute"].keys().isdisjoint({"private_files", "scheduler"})
    assert settings["SandboxedProvisioner"]["memory"] == 1234
