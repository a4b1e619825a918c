"""The `pgcourse` command: one verb for each job, each in a module of its own.

A verb's module has `add_arguments(parser)` and `main(args) -> exit code`. It is imported only when its
verb is called, so that `pgcourse --help` stays quick.
"""

import argparse
import importlib
import sys
from importlib.metadata import version

VERBS = {
    "lab": ("pgcourse.tools.lab", "open the lectures in JupyterLab"),
    "doctor": ("pgcourse.tools.doctor", "check the installation and say what to do"),
    "tidy": ("pgcourse.tools.tidy", "bring notebooks into their one canonical form"),
    "check": ("pgcourse.tools.check", "run the checks of a problem set and print the points"),
    "repair": ("pgcourse.grading.intake.repair", "mend a problem set's notebook before it is handed in or graded"),
    "visible": ("pgcourse.homework.visible", "write the visible half of the graded tasks for students' copies"),
    "matrix": ("pgcourse.homework.matrix", "write the page that says which check rejects which known mistake"),
    "grade": ("pgcourse.grading.batch.command", "grade what was handed in, safely and several at a time"),
    "collect": ("pgcourse.grading.lms.collect", "collect what was handed in on Canvas or Moodle from its zip file"),
    "export": ("pgcourse.grading.lms.export", "write points to a CSV file that Canvas or Moodle imports"),
    "release": ("pgcourse.tools.release", "write the students' copy of the course to a new folder"),
}


def main(argv=None):
    """Run the command line.

    argv     list of arguments; default those of this process
    returns  exit code: 0 done, 1 something is wrong, 2 wrong usage (raised as SystemExit)
    """
    argv = sys.argv[1:] if argv is None else argv
    args = _parser(argv).parse_args(argv)
    return _module(args.verb).main(args)


def _parser(argv):
    parser = argparse.ArgumentParser(prog="pgcourse", description="A workbook on policy gradients.")
    parser.add_argument("--version", action="version", version=version("pgcourse"))
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, (_, summary) in VERBS.items():
        subparser = subparsers.add_parser(verb, help=summary, description=_sentence(summary))
        if verb in argv:
            _module(verb).add_arguments(subparser)
    return parser


def _module(verb):
    module_name, _ = VERBS[verb]
    return importlib.import_module(module_name)


def _sentence(summary):
    return summary[0].upper() + summary[1:] + "."
