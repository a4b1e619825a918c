"""`pgcourse hub ROSTER`: make a class on this machine, or update it, and run its JupyterHub."""

import argparse
import os
import sys
from pathlib import Path

from pgcourse.classroom.again import again
from pgcourse.classroom.places import Places

NOT_HERE = "this needs Linux: use a machine that has it, or the Windows Subsystem for Linux."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse hub`."""
    columns = "CSV file with the columns name, id, e-mail and role; default: as last time"
    parser.add_argument("roster", nargs="?", type=Path, metavar="ROSTER", help=columns)
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="class.toml: address, login and limits; default: as last time"
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--try", action="store_true", dest="trial", help="a class to look at, for you alone; needs no root"
    )
    other.add_argument("--check", action="store_true", help="say what is wrong with the class on this machine")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="with --try: keep in this folder what is done there")


def main(args: argparse.Namespace) -> int:
    """Run `pgcourse hub`; the exit code is 1 where that fails, or where `--check` finds something."""
    try:
        _refuse_misuse(args)
        return _do(args)
    except ValueError as error:
        print(*(f"pgcourse hub: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
    except OSError as error:
        print(f"pgcourse hub: {error.filename or 'this machine'}: {error.strerror}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted; the same command takes it up again.", file=sys.stderr)
        return 130
    return 1


def _do(args: argparse.Namespace) -> int:
    """Run what the arguments ask for: imported here, since it cannot be where there are no accounts, as on Windows."""
    if args.trial:
        from pgcourse.classroom import trial

        return trial.run(args.keep)
    if args.check:
        from pgcourse.classroom import check

        return check.main(Places())
    from pgcourse.classroom import update

    return update.run(args.roster, args.settings, Places())


def _refuse_misuse(args: argparse.Namespace) -> None:
    """Raise ValueError for arguments that do not go together, and where the system or the user's rights fall short."""
    if os.name == "nt" or (sys.platform != "linux" and not args.trial):
        raise ValueError(NOT_HERE)
    if (args.trial or args.check) and (args.roster or args.settings):
        raise ValueError(f"--{'try' if args.trial else 'check'} takes neither a roster nor settings: leave them out.")
    if args.keep and not args.trial:
        raise ValueError("--keep belongs to --try: leave it out.")
    if not args.trial and os.geteuid() != 0:
        words = ["--check"] if args.check else [*map(str, filter(None, [args.roster]))]
        raise ValueError(f"only root may make others' accounts and look at them: run `{again(*words)}`.")
