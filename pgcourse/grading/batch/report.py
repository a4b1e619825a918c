"""What `pgcourse grade` prints at its end: a table of results."""

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """How the grading of one submission ended.

    Attributes
    ----------
    problem
        A sentence that says why it could not be graded; None if it was.
    is_shared
        Whether the next submission would meet the same problem.
    was_killed
        Whether what ran it was killed from outside, so that it is to be graded again, alone.
    was_graded
        Whether an earlier batch had graded it.
    remarks
        Sentences on a submission that was left as it was graded.
    """

    problem: str | None = None
    is_shared: bool = False
    was_killed: bool = False
    was_graded: bool = False
    remarks: list[str] = field(default_factory=list)


@dataclass
class Result:
    """What the gradebook and the graded notebooks say of one submission."""

    points: float
    possible: float
    needs_manual_grade: bool
    remarks: list[str]


def summarise(outcomes: dict[str, Outcome], results: dict[str, Result]) -> None:
    """Print a table of all students' outcomes and results, and one line that counts them."""
    rows = [("student", "points", "manual grade", "remarks")]
    for student, outcome in sorted(outcomes.items()):
        result = results.get(student)
        if outcome.problem or result is None:
            rows.append((student, "-", "-", outcome.problem or "This student is not in the gradebook."))
        else:
            points = f"{result.points:g} of {result.possible:g}"
            needed = "needed" if result.needs_manual_grade else ""
            rows.append((student, points, needed, _in_short(outcome.remarks + result.remarks)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip())
    failed = sum(bool(outcome.problem) for outcome in outcomes.values())
    before = sum(outcome.was_graded for outcome in outcomes.values())
    counts = [f"{len(outcomes) - failed - before} graded"]
    counts += [f"{before} graded before"] * bool(before) + [f"{failed} could not be graded"] * bool(failed)
    print(", ".join(counts) + ".")


def _in_short(remarks):
    """Return the first of the sentences; the student's feedback has all of them."""
    more = f" (And {len(remarks) - 1} more: see the feedback.)" if len(remarks) > 1 else ""
    return "".join(remarks[:1]) + more
