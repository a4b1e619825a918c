"""`pgcourse visible`: write what students' copies need of the graded tasks to `visible.json`."""

from pkgutil import iter_modules

from pgcourse.tasks import __path__ as folder
from pgcourse.tasks import encoding


def problem_sets():
    """Return the names of the problem sets whose tasks are here, in order."""
    return sorted(module.name for module in iter_modules(folder) if module.name.startswith("ps"))


def add_arguments(parser):
    """Declare the arguments of `pgcourse visible`."""
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the file would change")


def main(args):
    """Write the file; the exit code is 1 with --check when it is out of date, and where the tasks are not here."""
    if not problem_sets():
        print("pgcourse visible: this is a student's copy, which has no tasks to write from.")
        return 1
    text = encoding.text(problem_sets())
    if args.check:
        return int(encoding.FILE.read_text(encoding="utf-8") != text)
    encoding.FILE.write_text(text, encoding="utf-8")
    print(f"wrote {encoding.FILE.name} for {', '.join(problem_sets())}")
    return 0
