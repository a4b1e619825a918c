"""A zoo of hostile and broken submissions, each with the outcome that it must have.

    python -m tests.submissions stock [CASE ...]    those named, or those not yet on the page, through stock nbgrader
    python -m tests.submissions table               all in one batch through this course's grading
Both write docs/zoo.md; with stock nbgrader each runs alone in a cage of its own.

One file a family; `case.py` says what a submission is, `zoo.py` runs them and looks at what came out, `table.py` writes
the page. Code that could hurt a machine runs in a sandbox alone: see `only_in_a_cage` in `case.py`.
"""

from tests.submissions import broken_cells, broken_files, cheats, loops, resources, searches

FAMILIES = (loops, resources, searches, cheats, broken_cells, broken_files)
CASES = [case for family in FAMILIES for case in family.CASES]
