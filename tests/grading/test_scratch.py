"""Temporary folders: they go with their owner, and with the next run when it was killed; nobody else's do."""

import os
import shutil
import subprocess
import sys

import pytest

from pgcourse.grading import tempfolders
from tests.support.course import ROOT


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_is_private_and_goes_with_its_owner(tmp_path):
    first, second = tempfolders.Scratch(tmp_path), tempfolders.Scratch(tmp_path)
    assert first.path.stat().st_mode & 0o777 == 0o700
    assert names(tmp_path) == sorted([first.path.name, second.path.name])
    first.remove()
    assert names(tmp_path) == [second.path.name]
    del second
    assert names(tmp_path) == []


def test_a_fork_removes_nothing(tmp_path):
    kept = tempfolders.Scratch(tmp_path)
    child = os.fork()
    if child == 0:
        kept.remove()
        os._exit(0)
    os.waitpid(child, 0)
    assert kept.path.is_dir()


def test_the_next_run_sweeps_what_a_killed_one_left_and_nothing_else(tmp_path):
    code = """
import os, sys
from pgcourse.grading.tempfolders import Scratch
left = Scratch(sys.argv[1])
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT)
    (left,) = names(tmp_path)
    held, prefix = tempfolders.Scratch(tmp_path), tempfolders.PREFIX
    (tmp_path / "other").mkdir()
    (tmp_path / f"{prefix}file").touch()
    (tmp_path / f"{prefix}link").symlink_to(tmp_path / "other")
    kept = ["other", f"{prefix}file", f"{prefix}link", held.path.name]
    assert names(tmp_path) == sorted([left, *kept])
    tempfolders.sweep(tmp_path)
    assert names(tmp_path) == sorted(kept)


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser has folders of others")
def test_folders_of_others_are_left_alone(tmp_path):
    theirs = tmp_path / f"{tempfolders.PREFIX}theirs"
    theirs.mkdir()
    os.chown(theirs, 4711, 4711)
    tempfolders.sweep(tmp_path)
    assert theirs.is_dir()


@pytest.mark.parametrize("moment", ["mkdtemp", "open"])
def test_a_folder_swept_before_it_is_locked_is_made_anew(tmp_path, monkeypatch, moment):
    module = {"mkdtemp": tempfolders.tempfile, "open": tempfolders.os}[moment]
    real, swept = getattr(module, moment), []

    def swept_after(*arguments, **options):
        result = real(*arguments, **options)
        if not swept:
            swept.append(names(tmp_path))
            shutil.rmtree(tmp_path / swept[0][0])
        return result

    monkeypatch.setattr(module, moment, swept_after)
    made = tempfolders.Scratch(tmp_path)
    monkeypatch.undo()
    assert made.path.is_dir()
    assert swept[0] != names(tmp_path)
