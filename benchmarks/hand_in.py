"""How long does a class take to hand in at once? Run with `python benchmarks/hand_in.py [--students N]`, as root.

It makes a class with real accounts, a hub and an exchange on a machine of its own, in namespaces; this machine keeps
its accounts and files. Then all students begin at the same moment: each fetches the problem set, answers it and submits
it by nbgrader's own commands. It prints how many hand-ins have arrived of those asked for, and when, in seconds from
that moment; the exit code is 1 unless all have arrived within a minute. The imports of nbgrader, which come first, are
not in it, nor are browsers.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder of `tests`

from tests.support.classroom import running_class
from tests.support.hand_in import hand_in, release
from tests.support.machine import possible

LIMIT = 60  # seconds


def report(asked, arrivals):
    """Print how many hand-ins have arrived and when; return whether all of them have, in time.

    asked     number of students
    arrivals  list of (account, seconds)
    """
    seconds = sorted(time for _, time in arrivals)
    print(f"{len(seconds)} of {asked} hand-ins have arrived")
    if seconds:
        first, median, last = seconds[0], statistics.median(seconds), seconds[-1]
        print(f"first {first:.1f} s, median {median:.1f} s, last {last:.1f} s; the limit is {LIMIT} s")
    return len({account for account, _ in arrivals}) == asked and seconds[-1] <= LIMIT


def main():
    """Measure and print; the exit code tells whether a hand-in is missing or late."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=30)
    asked = parser.parse_args().students
    if not possible():
        sys.exit("Accounts are made on a machine of its own: run this as root on Linux, with the right to mount.")
    accounts = [f"student{number:03}" for number in range(1, asked + 1)]
    with (
        tempfile.TemporaryDirectory(prefix="pgcourse-") as folder,
        running_class(Path(folder), *accounts) as ours,
    ):
        release(ours.people["prof"].at_work())
        arrivals, said = hand_in(ours, accounts)
    in_time = report(asked, arrivals)
    if not in_time:
        print(said, file=sys.stderr)
    return int(not in_time)


if __name__ == "__main__":
    sys.exit(main())
