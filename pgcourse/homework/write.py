"""`pgcourse visible`: write what students' copies need of the graded tasks to `visible.json`."""

from pkgutil import iter_modules

from pgcourse.homework import __path__ as folder
from pgcourse.homework import visible


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
    text = visible.text(problem_sets())
    if args.check:
        return int(visible.FILE.read_text(encoding="utf-8") != text)
    visible.FILE.write_text(text, encoding="utf-8")
    print(f"wrote {visible.FILE.name} for {', '.join(problem_sets())}")
    return 0
