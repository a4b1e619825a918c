"""The hooks of pre-commit, run for real in a repository of their own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from pgcourse._lectures import LECTURES
from tests.support.notebooks import execute
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.slow  # starts pre-commit

ROOT = Path(__file__).resolve().parents[2]
STRIP = "strip notebooks of what a run left"


class Repository:
    """A repository with the course's settings and notebooks, in which pre-commit is installed."""

    def __init__(self, folder):
        self.folder = folder / "course"
        for name in ("lectures", "assignments", "solutions"):
            shutil.copytree(ROOT / name, self.folder / name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        for name in (".pre-commit-config.yaml", "pyproject.toml"):
            shutil.copy(ROOT / name, self.folder)
        (self.folder / "pgcourse").symlink_to(ROOT / "pgcourse")  # where ruff finds what is imported from here
        tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
        ours = {"PATH": tools, "PRE_COMMIT_HOME": str(folder / "cache"), "GIT_CONFIG_GLOBAL": os.devnull}
        self.environment = kept | ours
        self.run("git", "init", "--quiet").check_returncode()
        self.run("pre-commit", "install").check_returncode()

    def run(self, *command):
        pipes = {"capture_output": True, "text": True, "timeout": PATIENCE}
        return subprocess.run(command, cwd=self.folder, env=self.environment, **pipes)

    def commit(self):
        """Try to commit all changes; returns the exit code, what is said, and {hook: "Passed" or "Failed"}."""
        self.run("git", "add", "--all").check_returncode()
        person = ["-c", "user.name=A person", "-c", "user.email=person@example.org"]
        done = self.run("git", *person, "commit", "--quiet", "--message", "Change something")
        verdicts = re.findall(r"^([a-z ]+)\.{3,}(?:\(.*\))?([A-Z][a-z]+)$", done.stderr, re.MULTILINE)
        return done.returncode, done.stderr, dict(verdicts)

    def notebooks(self):
        return {path.relative_to(self.folder): path.read_bytes() for path in self.folder.glob("*/**/*.ipynb")}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """The repository before its first commit; {path: bytes} of its notebooks, what the commit says, and them again."""
    repository = Repository(tmp_path_factory.mktemp("hooks"))
    repository.before = repository.notebooks()
    repository.first_commit = repository.commit()
    return repository


@pytest.fixture(autouse=True)
def clean(repository):
    """Put the repository back to its first commit after a test."""
    yield
    repository.run("git", "reset", "--hard", "--quiet")


def test_the_courses_notebooks_pass_as_they_are(repository):
    assert len([path for path in repository.before if path.parts[0] == "lectures"]) == len(LECTURES)
    code, said, verdicts = repository.first_commit
    assert code == 0, said
    assert verdicts == dict.fromkeys([STRIP, "ruff check", "ruff format"], "Passed")
    assert repository.notebooks() == repository.before


def test_a_lecture_that_was_run_is_cleaned(repository):
    path = repository.folder / "lectures/00_map.ipynb"
    notebook = nbformat.read(path, as_version=4)
    execute(notebook)
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    nbformat.write(notebook, path)
    assert repository.notebooks() != repository.before
    code, said, verdicts = repository.commit()
    assert (code, verdicts[STRIP]) == (1, "Failed"), said
    assert repository.notebooks() == repository.before


@pytest.mark.parametrize(
    ("text", "hook", "after"),
    [("import os\n", "ruff check", "import os\n"), ("answer = ( 42 )\n", "ruff format", "answer = 42\n")],
)
def test_code_that_ruff_refuses_is_not_committed(repository, text, hook, after):
    (repository.folder / "new.py").write_text(f'"""A module."""\n\n{text}', encoding="utf-8")
    code, said, verdicts = repository.commit()
    assert (code, [name for name, verdict in verdicts.items() if verdict == "Failed"]) == (1, [hook]), said
    assert (repository.folder / "new.py").read_text(encoding="utf-8") == f'"""A module."""\n\n{after}'
