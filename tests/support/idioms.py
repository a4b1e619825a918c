"""Idioms of check cells in public nbgrader courses, each with a right and a wrong answer in words of our own."""

import re
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_suffix(".txt")
"""One idiom after the other: `# its name`, a right answer, then parts that `--- wrong` and `--- check` begin.

Where a part `--- mend` follows, the check cannot be graded, and the sentence that refuses it holds these words. Each
idiom uses names of its own, since all of them are graded in one notebook.
"""


class Idiom(NamedTuple):
    """A check cell and two answers to its task."""

    name: str
    right: str
    wrong: str
    check: str
    mend: str = ""

    @property
    def grade_id(self) -> str:
        """The name as that of a cell."""
        return re.sub(r"\W+", "-", self.name)


def idioms() -> list[Idiom]:
    """Read all idioms."""
    text = re.sub(r"^== .*\n", "", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = []
    for block in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        right, *others = re.split(r"^--- (\w+)\n", rest, flags=re.MULTILINE)
        parts = dict(zip(others[::2], (part.strip("\n") for part in others[1::2]), strict=True))
        found.append(Idiom(name, right.strip("\n"), **parts))
    return found
