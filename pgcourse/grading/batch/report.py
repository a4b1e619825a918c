"""What a batch of `pgcourse grade` says: what there is to grade, what became of it, and how that is shown to people."""

import sys
import time
from dataclasses import dataclass


@dataclass
class Outcome:
    """What became of one submission: None or the sentence that says why it could not be graded."""

    problem: str | None = None
    is_shared: bool = False  # the next submission would meet the same problem
    was_graded: bool = False  # by an earlier batch


@dataclass
class Standing:
    """A line of the summary, as the gradebook and the graded notebooks have it."""

    points: float
    possible: float
    needs_person: bool
    remarks: list


class Progress:
    """What there is to see while a batch runs: a bar on a terminal, else a line for each submission."""

    WIDTH = 30

    def __init__(self, total):
        self.total, self.done, self.start = total, 0, time.monotonic()
        self.is_terminal = sys.stderr.isatty()

    def __enter__(self):
        self._draw()
        return self

    def __exit__(self, kind, error, traceback):
        if self.is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def step(self, student, outcome):
        """Count one submission."""
        self.done += 1
        if self.is_terminal:
            self._draw()
        elif not outcome.was_graded:
            words = " could not be graded" if outcome.problem else ""
            print(f"{self.done} of {self.total}: {student}{words}", file=sys.stderr)

    def _draw(self):
        if self.is_terminal:
            filled = self.WIDTH * self.done // self.total
            left = (time.monotonic() - self.start) / self.done * (self.total - self.done) if self.done else None
            words = "" if left is None else f", about {left / 60:.0f} min left" if left > 90 else f", {left:.0f} s left"
            bar = "#" * filled + "." * (self.WIDTH - filled)
            print(f"\r\033[K[{bar}] {self.done} of {self.total}{words}", end="", file=sys.stderr, flush=True)


def summarise(outcomes, standings):
    """Print a table of all submissions and one line that counts them.

    outcomes   {student: Outcome}
    standings  {student: Standing}
    """
    rows = [("student", "points", "a person", "remarks")]
    for student, outcome in sorted(outcomes.items()):
        standing = standings.get(student)
        if outcome.problem or standing is None:
            rows.append((student, "-", "-", outcome.problem or "The gradebook does not have this student."))
        else:
            points = f"{standing.points:g} of {standing.possible:g}"
            rows.append((student, points, "needed" if standing.needs_person else "", _in_short(standing.remarks)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip())
    failed = sum(bool(outcome.problem) for outcome in outcomes.values())
    before = sum(outcome.was_graded for outcome in outcomes.values())
    counts = [f"{len(outcomes) - failed - before} graded"]
    counts += [f"{before} were graded before"] * bool(before) + [f"{failed} could not be graded"] * bool(failed)
    print(", ".join(counts) + ".")


def _in_short(remarks):
    """Return the first of the sentences; the student's page has them all."""
    more = f" (And {len(remarks) - 1} more: see the feedback.)" if len(remarks) > 1 else ""
    return "".join(remarks[:1]) + more
