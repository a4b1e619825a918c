"""`pgcourse hub`: what its arguments ask for, and what is said where that cannot be."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pgcourse.classroom import command, trial
from pgcourse.tools import cli


def test_it_is_read_where_there_are_no_accounts():
    """As on Windows, which gets a sentence and no traceback."""
    without = "import sys; sys.modules |= dict.fromkeys(['fcntl', 'grp', 'pwd'])"
    program = f"{without}; from pgcourse.classroom import command; print(command.NOT_HERE)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == f"{command.NOT_HERE}\n", done.stderr


@pytest.mark.parametrize(
    ("system", "platform", "arguments"),
    [("nt", "win32", ["--try"]), ("nt", "win32", ["x.csv"]), ("posix", "darwin", ["x.csv"])],
)
def test_on_other_systems_it_says_what_it_needs(monkeypatch, system, platform, arguments):
    args = cli._parser().parse_args(["hub", *arguments])
    with monkeypatch.context() as patch:
        patch.setattr(command.sys, "platform", platform)
        patch.setattr(command.os, "name", system)
        with pytest.raises(ValueError, match=r"^this needs Linux"):
            command._refuse_misuse(args)


def test_not_as_root_it_says_what_to_type(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.chdir(tmp_path)
    for arguments in (["a roster.csv"], ["--check"], []):
        assert cli.main(["hub", *arguments]) == 1
        (typed,) = re.findall(r": run `(.*)`\.\n$", capsys.readouterr().err)
        words = {"a roster.csv": " 'a roster.csv'"}.get("".join(arguments), "".join(f" {word}" for word in arguments))
        assert typed == f"sudo {Path(sys.executable).parent / 'pgcourse'} hub{words}"


def test_a_trial_needs_no_root_and_keeps_what_it_is_told_to(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(trial, "run", lambda folder: given.append(folder) or 0)
    assert cli.main(["hub", "--try"]) == 0
    assert cli.main(["hub", "--try", "--keep", str(tmp_path)]) == 0
    assert given == [None, tmp_path]


def test_a_full_disk_is_one_sentence(monkeypatch, capsys):
    def full(folder):
        raise OSError(28, "No space left on device", "/srv/pgcourse")

    monkeypatch.setattr(trial, "run", full)
    assert cli.main(["hub", "--try"]) == 1
    assert capsys.readouterr().err == "pgcourse hub: /srv/pgcourse: No space left on device.\n"
