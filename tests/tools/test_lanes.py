"""The two lanes of tests: which are quick, that these start nothing slow, and what becomes of those that cannot run."""

import os
import shutil
import subprocess
import sys

import pytest

import start
from pgcourse.tools.needs import NEEDS
from tests.support.course import ROOT
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.slow  # starts pytest

MARK_SLOW, MARK_LONG = "@pytest.mark.slow\n", "@pytest.mark.long\n"
MARKED = """
import pytest
@pytest.mark.slow
def test_slow(): pass
@pytest.mark.browser
def test_browser(): pass
def test_plain(): pass
"""
STARTING = """
import subprocess, sys
import pytest
from playwright.sync_api import sync_playwright
COMMANDS = [
    ["/usr/bin/chromium", "--headless"], ["google-chrome", "x"], ["bwrap", "true"], ["/usr/lib/pg/bin/initdb"],
    [sys.executable, "-m", "nbgrader", "autograde"], ["nbgrader", "autograde"], ["x/pgcourse", "grade", "ps1"],
    [sys.executable, "-m", "pgcourse", "doctor"], [sys.executable, "-P", "-m", "pgcourse.grading.checks.server"],
    [sys.executable, "-m", "dask", "worker"], [sys.executable, "-m", "venv", "x"], ["x/pip", "install", "y"],
    [sys.executable, "x/start.py", "setup"], "nbgrader autograde", ["x/pgcourse", "lab", "--no-browser"],
]
@pytest.mark.parametrize("command", COMMANDS)
def test_start(command): subprocess.run(command, shell=isinstance(command, str))
def test_playwright(): sync_playwright().start()
@pytest.fixture(scope="module")
def made(): subprocess.run([sys.executable, "-m", "nbgrader", "--version"])
def test_fixture(made): pass
@pytest.mark.slow
def test_marked(): subprocess.run([sys.executable, "-m", "venv", "--help"], check=True)
def test_words(): subprocess.run([sys.executable, "-c", "'-m nbgrader'"], check=True)
def test_settings(): subprocess.run(["cat", "nbgrader_config.py"])
"""


@pytest.fixture
def inner(tmp_path):
    """A function that runs files of tests by the rules of these ones; returns what subprocess.run returns."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "tests" / "support").mkdir(parents=True)
    (tmp_path / "tests" / "support" / "labdrive.py").touch()

    def run(*arguments, before=(), environment=(), **files):
        for name, source in files.items():
            (tmp_path / f"{name}.py").write_text(source)
        command = [*before, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
        options = {"cwd": tmp_path, "env": os.environ | dict(environment), "capture_output": True, "text": True}
        return subprocess.run([*command, *arguments], **options, timeout=PATIENCE)

    return run


def test_quick_tests_are_those_that_no_marker_says_to_be_slow(inner):
    done = inner("-m", "quick", "-v", test_it=MARKED)
    assert "test_it.py::test_plain PASSED" in done.stdout
    assert "1 passed, 2 deselected" in done.stdout


def test_a_quick_test_fails_as_soon_as_it_or_its_fixture_starts_what_is_slow(inner):
    done = inner("--tb=line", test_it=STARTING)
    assert "16 failed, 3 passed, 1 error" in done.stdout
    assert done.stdout.count("Failed: A quick test starts no `") >= 17
    assert f"mark it with one of slow, {', '.join(NEEDS)}." in done.stdout


def test_files_with_long_and_then_with_slow_tests_begin(inner):
    plain, slow, long = (
        f"import pytest\n{mark}def test_it(): pass\n" for mark in ("", MARK_SLOW, MARK_SLOW + MARK_LONG)
    )
    mixed = f"{plain}{MARK_SLOW}def test_more(): pass"
    done = inner("-v", test_a=plain, test_b=mixed, test_c=plain, test_d=long, test_e=slow)
    names = [line.split(" ")[0] for line in done.stdout.splitlines() if "PASSED" in line]
    assert names == [
        f"test_{name}"
        for name in (
            "d.py::test_it",
            "b.py::test_it",
            "b.py::test_more",
            "e.py::test_it",
            "a.py::test_it",
            "c.py::test_it",
        )
    ]


def test_what_tests_start_hears_an_interrupt_where_the_shell_has_the_tests_ignore_it(inner):
    source = "import subprocess, sys\ndef test_it(): subprocess.run([sys.executable, '-c', {!r}], check=True)"
    code = "import signal; assert signal.getsignal(signal.SIGINT) is signal.default_int_handler"
    done = inner(before=["sh", "-c", 'trap "" INT; exec "$@"', "sh"], test_it=source.format(code))
    assert "1 passed" in done.stdout


@pytest.mark.parametrize(
    ("ci", "code", "outcome"), [("false", 0, "2 passed, 1 skipped"), ("true", 1, "2 passed, 1 error")]
)
def test_a_test_without_its_program_is_skipped_loudly_and_fails_in_ci(inner, tmp_path, ci, code, outcome):
    done = inner(environment={"PATH": str(tmp_path), "CI": ci}, test_it=MARKED)
    assert done.returncode == code
    assert outcome in done.stdout
    assert "needs Chromium, enabled by: " in done.stdout
    assert ("SKIPPED 1 tests" in done.stdout) == (ci == "false")


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["-x"], ["bring_programs", "-x"]),
        (["quick"], ["-n", "2", "-m", "quick"]),
        (["quick", "-x"], ["-n", "2", "-m", "quick", "-x"]),
    ],
)
def test_start_brings_programs_unless_the_lane_is_quick(monkeypatch, arguments, given):
    done = []
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(start, "set_up", lambda *_, **__: None)
    monkeypatch.setattr(start, "bring_programs", lambda more: done.append("bring_programs"))
    monkeypatch.setattr(start, "become", lambda command: done.extend(command[1 + len(start.RUN_TESTS) :]))
    assert start.main(["test", *arguments]) is None
    assert done == given
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
