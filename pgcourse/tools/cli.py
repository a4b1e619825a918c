"""The `pgcourse` command: one verb for each job, each in a module of its own.

A verb's module has `add_arguments(parser)` and `main(args) -> exit code`. It is imported only when its
verb is called, so that `pgcourse --help` stays quick and the doctor runs where other verbs cannot.
"""

import argparse
import importlib
import sys
from importlib.util import find_spec
from typing import Any

from pgcourse import __version__

VERBS = {
    "lab": ("pgcourse.tools.lab", "open the lectures in JupyterLab"),
    "doctor": ("pgcourse.tools.doctor", "check the installation and say what to do"),
    "tidy": ("pgcourse.tools.tidy", "bring notebooks into their one canonical form"),
    "check": ("pgcourse.tools.check", "run the checks of a problem set and print the points"),
    "repair": ("pgcourse.grading.intake.repair", "repair a problem set's notebook before it is handed in or graded"),
    "visible": ("pgcourse.homework.visible", "write the visible half of the graded tasks for students' copies"),
    "matrix": ("pgcourse.homework.matrix", "write the page that says which check rejects which known mistake"),
    "grade": ("pgcourse.grading.batch.command", "grade what was handed in, safely and several at a time"),
    "collect": ("pgcourse.grading.lms.collect", "collect what was handed in on Canvas or Moodle from its zip file"),
    "export": ("pgcourse.grading.lms.export", "write points to a CSV file that Canvas or Moodle imports"),
    "book": ("pgcourse.book.command", "build the course as pages whose sliders move without Python"),
    "release": ("pgcourse.tools.release", "write the students' copy of the course to a new folder"),
    "hub": ("pgcourse.classroom.command", "make a class on this machine and run its JupyterHub"),
}


# what a verb needs beyond the light package: a module, and the extra that brings it
NEEDS = {
    "lab": ("jupyterlab", "lab"),
    "tidy": ("nbformat", "lab"),
    "check": ("nbclient", "lab"),
    "repair": ("nbformat", "lab"),
    "release": ("nbformat", "lab"),
    "book": ("sphinx", "book"),
    "grade": ("nbgrader", "grading"),
    "collect": ("nbgrader", "grading"),
    "export": ("nbgrader", "grading"),
    "hub": ("jupyterhub", "hub"),
}


def main(argv: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; without it, those of this process.

    Returns
    -------
    int
        Exit code: 0 done, 1 something is wrong.

    Raises
    ------
    SystemExit
        With 2, for wrong usage.
    """
    if hasattr(sys.stdout, "reconfigure"):  # a terminal's locale may lack Greek letters and a student's name
        sys.stdout.reconfigure(errors="backslashreplace")
    args = _parser().parse_args(argv)
    return _module(args.verb).main(args)


class _VerbParser(argparse.ArgumentParser):
    """The parser of one verb: it asks the verb's module for arguments once it is that verb's turn."""

    verb = ""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        _module(self.verb).add_arguments(self)
        return super().parse_known_args(args, namespace)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pgcourse", description="A workbook on policy gradients.")
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=_VerbParser)
    for verb, (_, summary) in VERBS.items():
        subparsers.add_parser(verb, help=summary, description=_sentence(summary)).verb = verb
    return parser


def _module(verb: str) -> Any:
    """Import a verb's module; exit with a sentence where the extra that it needs is not installed, or is broken."""
    from pgcourse.tools import packages

    module, extra = NEEDS.get(verb, ("", ""))
    if module and find_spec(module) is None:
        remedy = packages.remedy(f'"pgcourse[{extra}]"', extra)
        sys.exit(f"pgcourse {verb}: {module} is not installed here: {remedy}.")
    try:
        return importlib.import_module(VERBS[verb][0])
    except Exception:
        if faults := packages.faults(*filter(None, [extra])):
            sys.exit("\n".join(f"pgcourse {verb}: {fault}." for fault in faults))
        raise


def _sentence(summary: str) -> str:
    return summary[0].upper() + summary[1:] + "."
