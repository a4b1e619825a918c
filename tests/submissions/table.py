"""The page docs/zoo.md: every case, what stock nbgrader made of it, and what this course's grading does."""

import re
from datetime import UTC, datetime
from importlib.metadata import version

from tests.submissions import CASES, FAMILIES
from tests.submissions.case import EARNED
from tests.support.course import ROOT

PAGE = ROOT / "docs" / "zoo.md"
HEAD = f"""# The zoo

Submissions that are hostile or broken, and what happens to each of them under stock nbgrader and under the grading of
this course. Most contain two honest answers, worth {EARNED:g} of 12 points, besides what the second column says; the
correct result is then {EARNED:g} points, or fewer where the honest part cannot be read. *Sees* means that what is named
stood in the autograded notebook or in the feedback; points in **bold** were not earned.

Written by `python -m tests.submissions table`, which grades all of them in one batch, honest students between them;
`tests/grading/test_zoo.py` does the same and compares the last column with this page. The column of stock nbgrader was
made by `python -m tests.submissions stock`: each alone with an honest neighbour graded after it, in a throw-away
sandbox, with 8 seconds for a cell. There *sees* counts what the student's own cells print and files that were copied:
hidden tests are shown to everybody who fails one.
"""
MADE = "Last run: nbgrader {version}, {date}."
NOT_YET = "not run yet"


def rows():
    """Return {case: (words on stock, words on ours)} as the page has them; empty where it has none yet."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    found = re.findall(r"^\| (.+?) \| (.+) \| (.+) \| (.+) \|$", text, re.M)
    return {name: (stock, ours) for name, _, stock, ours in found if name not in ("case", "---")}


def made():
    """Return the line of the page that says when and by what the column of stock nbgrader was made."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    found = re.search(MADE.format(version=r"\S+", date=r"\S+").replace(".", "[.]", 0), text)
    return found[0] if found else ""


def page(known, line):
    """Return the text of the page.

    known  {case: (words on stock, words on ours)}
    line   when and by what the column of stock nbgrader was made
    """
    parts = [HEAD.rstrip() + "\n" + line + "\n"]
    for family in FAMILIES:
        parts.append(f"## {family.__doc__.splitlines()[0]}\n")
        parts.append("| case | what it does | stock nbgrader | ours |\n| --- | --- | --- | --- |")
        parts += [_row(case, *known.get(case.name, (NOT_YET, NOT_YET))) for case in family.CASES]
        parts[-1] += "\n"
    return "\n".join(parts)


def _row(case, stock, ours):
    sentence = case.sentence.replace("|", r"\|")
    return f"| {case.name} | {sentence} | {stock} | {ours} |"


def write(stock=None, ours=None):
    """Write the page with new words, {case: words}, for one column or both; other words stay."""
    known = rows()
    for case in CASES:
        old = known.get(case.name, (NOT_YET, NOT_YET))
        known[case.name] = (stock or {}).get(case.name, old[0]), (ours or {}).get(case.name, old[1])
    line = MADE.format(version=version("nbgrader"), date=datetime.now(UTC).date()) if stock else made()
    PAGE.write_text(page(known, line), encoding="utf-8", newline="\n")
