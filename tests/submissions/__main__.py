"""Run the zoo by hand; see the docstring of the package."""

import argparse
import json
import tempfile
from pathlib import Path
from types import SimpleNamespace

from tests.submissions import CASES, ours, stock, table, zoo

LIMIT = 1200
"""Seconds that a batch may take."""
BY_NAME = {case.name: case for case in CASES}


def run_stock(names):
    """Try cases on stock nbgrader, those named or else those that the page has nothing about, and write the page."""
    known = table.rows()
    names = names or [name for name in BY_NAME if known.get(name, (table.NOT_YET,))[0] == table.NOT_YET]
    for case, words in stock.outcomes([BY_NAME[name] for name in names]):
        print(f"{case.name}: {words}", flush=True)
        table.write(stock={case.name: words})


def run_alone(name, folder, template):
    """Try one case on stock nbgrader, here and now; print what was seen as JSON. For `stock`, in its cage."""
    like = SimpleNamespace(path=Path(template) / "course", home=Path(template) / "home")
    print(json.dumps(stock.alone(BY_NAME[name], Path(folder), like)))


def run_table():
    """Grade all in one batch and write the page; before that, a probe must have found itself in a sandbox."""
    with tempfile.TemporaryDirectory(prefix="zoo-") as one, tempfile.TemporaryDirectory(prefix="zoo-") as other:
        first = zoo.Zoo(Path(one))
        second = zoo.Zoo(Path(other), like=first)
        if not ours.is_caged(ours.grade(first, [ours.PROBE], limit=LIMIT)):
            raise SystemExit("What students wrote does not run in a sandbox here, so nothing hostile was tried.")
        batch = ours.grade(second, CASES, limit=LIMIT)
    print(f"exit codes {batch.code} and {batch.feedback}; left behind: {batch.left}")
    table.write(ours={name: ours.words(found) for name, found in batch.found.items()})


parser = argparse.ArgumentParser(prog="python -m tests.submissions")
commands = parser.add_subparsers(dest="command", required=True)
commands.add_parser("stock").add_argument("names", nargs="*", choices=[*BY_NAME, []], metavar="CASE")
commands.add_parser("table")
alone = commands.add_parser("alone")
for argument in ("name", "folder", "template"):
    alone.add_argument(argument)
arguments = vars(parser.parse_args())
{"stock": run_stock, "table": run_table, "alone": run_alone}[arguments.pop("command")](**arguments)
