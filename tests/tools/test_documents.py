"""The pages' code: it runs, and prints what the page says."""

import subprocess
import sys

import pytest

from tests.support.documents import ROOT, blocks, printed
from tests.support.waiting import PATIENCE


@pytest.mark.parametrize("page", ["README.md", "docs/your_own.md"])
def test_a_page_prints_what_it_says(page):
    namespace = {}
    assert blocks(page)
    for code, wanted in blocks(page):
        assert printed(code, namespace) == wanted


def test_six_lines_stand_near_the_top_of_the_readme():
    (code, wanted), *_ = blocks("README.md")
    assert len([line for line in code.splitlines() if line]) == 6
    assert wanted.count("\n") == 3
    above = (ROOT / "README.md").read_text(encoding="utf-8").partition("```python")[0]
    assert above.count("\n") < 20


@pytest.mark.slow  # starts pytest
def test_your_own_is_tested_as_it_says(tmp_path):
    problem, policy, _, conformance, *_ = [code for code, _ in blocks("docs/your_own.md")]
    (tmp_path / "test_river.py").write_text(problem + policy + conformance, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "test_river.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert "14 passed" in done.stdout, done.stdout
    assert "says `14 passed`" in (ROOT / "docs/your_own.md").read_text(encoding="utf-8")
