"""The environment that a class shares: made whole or made again, and by a Python that all accounts can run."""

import shutil
import stat
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from pgcourse.classroom import install
from pgcourse.classroom.places import Places
from tests.support.course import ROOT

SITE = "lib/python3.11/site-packages"


class Start:
    """In place of start.py: it notes what it is told to run, and installs one package of one file."""

    class Problem(Exception):
        """As there."""

    def __init__(self):
        self.told, self.fails = [], False

    def run(self, doing, command):
        self.told.append(doing)
        bin_folder = Path(command[-1]) / "bin"
        bin_folder.mkdir(parents=True, exist_ok=True)
        bin_folder.joinpath("python").touch()

    def bring(self, python, pinned, course):
        self.told.append([*pinned, *course[:-1]])
        if self.fails:
            raise self.Problem("The package index cannot be reached.")
        site = python.parents[1] / SITE
        info = site / "one-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        site.joinpath("one.py").write_bytes(b"")
        empty = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
        info.joinpath("RECORD").write_text(f"one.py,{empty},0\n")


@pytest.fixture
def class_of(tmp_path, monkeypatch):
    """A course with two lectures, the places of a class, and what stands in for start.py."""
    course, start = tmp_path / "course", Start()
    for name in ("pyproject.toml", *install.PINNED, "pgcourse/one.py", "lectures/00_a.ipynb", "lectures/01_b.ipynb"):
        path = course / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    monkeypatch.setattr(install, "release", lambda course, folder: shutil.copytree(course, folder))
    monkeypatch.setattr(install, "_start", lambda course: start)
    monkeypatch.setattr(install, "shared_python", lambda: Path(sys.executable))
    return SimpleNamespace(course=course, places=Places.below(tmp_path / "class"), start=start)


def make(class_of):
    class_of.start.told.clear()
    return install.environment(class_of.course, class_of.places)


def test_an_environment_is_made_once_and_again_when_the_course_has_changed(class_of):
    assert make(class_of) is True
    assert class_of.start.told == ["Making the environment", [*install.PINNED, "--force-reinstall"]]
    assert install.is_whole(class_of.places)
    assert make(class_of) is False
    assert class_of.start.told == []
    for name in ("lectures/00_a.ipynb", "pgcourse/one.py", install.PINNED[1]):
        (class_of.course / name).write_text("changed")
        assert make(class_of) is True
        assert make(class_of) is False
    lectures = {path.name: path.read_text() for path in class_of.places.lectures.iterdir()}
    assert lectures == {"00_a.ipynb": "changed", "01_b.ipynb": "lectures/01_b.ipynb"}
    assert stat.S_IMODE(class_of.places.lectures.stat().st_mode) == 0o755


def test_what_was_never_finished_is_made_again_and_the_reason_said(class_of):
    class_of.start.fails = True
    with pytest.raises(ValueError, match=r"^The package index cannot be reached\.$"):
        make(class_of)
    assert not install.is_whole(class_of.places)
    class_of.start.fails = False
    assert make(class_of) is True
    assert install.is_whole(class_of.places)


def test_what_is_damaged_is_repaired(class_of):
    make(class_of)
    file = class_of.places.environment / SITE / "one.py"
    file.write_text("changed")
    assert not install.is_whole(class_of.places)
    assert make(class_of) is True
    assert file.read_bytes() == b""
    assert install.is_whole(class_of.places)


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    def fill(*, well):
        with install.whole_folder(tmp_path / "course") as copy:
            (copy / "file").touch()
            assert not (tmp_path / "course").exists()
            if not well:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(well=False)
    assert list(tmp_path.iterdir()) == []
    fill(well=True)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["course", "course/file"]


def test_only_a_python_that_all_accounts_can_run_is_shared():
    assert install.is_open_to_all(Path("/bin/sh"))
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # tmp_path lies in a private folder
        place = Path(name, "bin")
        place.mkdir()
        (place / "python").touch(mode=0o755)
        modes = {(0o755, 0o755): True, (0o711, 0o711): True, (0o755, 0o750): False, (0o700, 0o755): False}
        for (above, mode), is_open in modes.items():
            place.parent.chmod(above)
            place.chmod(mode)
            assert install.is_open_to_all(place / "python") is is_open
        place.parent.chmod(0o755)
        (place / "python").chmod(0o750)
        assert not install.is_open_to_all(place / "python")
        assert not install.is_open_to_all(place / "none")


def test_without_such_a_python_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(install, "is_open_to_all", lambda path: False)
    with pytest.raises(ValueError, match=r"is not open to all accounts, .*: run `sudo apt-get install python3`\.$"):
        install.shared_python()


def test_a_full_copy_is_found_from_within_it(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT / "solutions")
    assert install.full_copy() == ROOT
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(install, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(ValueError, match=r"is in no full copy of the course: go to the folder that has start.py and"):
        install.full_copy()
