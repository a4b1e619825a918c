"""The code on a Markdown page, and what it prints."""

import contextlib
import io
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# a block of Python, and the block right below it, if that has no language: what it prints
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


def blocks(page):
    """Return (code, what the page says it prints) of each block of Python on a page of the course."""
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def printed(code, namespace):
    """Run code in a namespace; returns what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        exec(code, namespace)
    return stream.getvalue()
