"""All submissions of the zoo in one batch of this course's grading, with honest students between them."""

from dataclasses import dataclass

from tests.submissions.case import PS, cells
from tests.submissions.zoo import Listener, watched

PROBE = cells("a probe", "It says where it is.", {"gradient-sample": "print('caged:', caged)"})


@dataclass
class Batch:
    """Hold what came of one batch.

    code      exit code of `nbgrader autograde`; None if it did not end
    feedback  exit code of `nbgrader generate_feedback`
    output    what both printed
    rows      the gradebook, as `Zoo.rows`
    found     {student: Found}
    left      what `watched` has seen
    heard     how often somebody connected to the sockets of this machine
    """

    code: int | None
    feedback: int | None
    output: str
    rows: dict
    found: dict
    left: dict
    heard: int


def grade(zoo, cases, limit):
    """Hand in honest work and these cases, grade all, and return the Batch; the Zoo is made by the caller."""
    listener = Listener(zoo)
    try:
        zoo.hand_in_neighbours()
        for case in cases:
            case.write(zoo.folder(case.name), zoo)
        with watched(zoo) as left:
            done = zoo.nbgrader("autograde", PS, limit=limit)
        feedback = zoo.nbgrader("generate_feedback", PS, limit=limit)
        rows = zoo.rows()
        found = {student: zoo.found(student, rows) for student in [case.name for case in cases]}
    finally:
        listener.close()
    output = done.stdout + feedback.stdout
    return Batch(done.returncode, feedback.returncode, output, rows, found, left, listener.heard)


def is_caged(batch):
    """Say whether the probe, graded in this Batch, found itself in a sandbox."""
    return "caged: True" in batch.found[PROBE.name].text


def words(found):
    """Return in a few words what this course's grading makes of a case."""
    points = "no row in the gradebook" if found.points is None else f"{found.points:g} points"
    return ". ".join([points, *found.said[:1]]).replace("|", r"\|")
