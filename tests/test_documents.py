"""The pages' code: it runs, and prints what the page says."""

import subprocess
import sys

from tests.documents import ROOT, blocks, printed
from tests.waiting import PATIENCE


def test_your_own_prints_what_it_says():
    namespace = {}
    for code, wanted in blocks("docs/your_own.md"):
        assert printed(code, namespace) == wanted


def test_your_own_is_tested_as_it_says(tmp_path):
    problem, policy, _, conformance, *_ = [code for code, _ in blocks("docs/your_own.md")]
    (tmp_path / "test_river.py").write_text(problem + policy + conformance, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "test_river.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert "14 passed" in done.stdout, done.stdout
    assert "says `14 passed`" in (ROOT / "docs/your_own.md").read_text(encoding="utf-8")
