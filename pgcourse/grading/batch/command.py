"""`pgcourse grade`: grade everything that was handed in for an assignment, several submissions at a time.

Each submission is graded by one of several processes, the graders, with nbgrader's own converter and the settings in
nbgrader_config.py. This process imports nothing of nbgrader, so that it starts at once: a fork server imports it once
for all graders. A batch may be interrupted or killed at any point: the same command grades the rest.
"""

import argparse
import importlib
import multiprocessing
import os
import sys
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from pgcourse.grading.batch.report import Outcome, summarise
from pgcourse.grading.coursefolder import course_folder
from pgcourse.grading.errors import NOT_ON_WINDOWS, Stopped
from pgcourse.grading.progress import Progress

WORKER = "pgcourse.grading.batch.worker"
LOST = (
    "Its grader was killed twice, the second time while nothing else was graded, perhaps because memory ran out: end "
    "other programs, then run the same command."
)
AT_RISK = (
    "Without the sandbox, students' code runs under your account: it can read and change your files, the gradebook and "
    "the solutions, and use the network."
)
NO_TABLE = "Grading is finished, but the process that reads the points was killed: run the same command for the table."
TOO_LITTLE = "The memory does not allow {} submissions at a time: {} at a time. `pgcourse doctor` says more."
NOT_STARTED = "Not started, because of the problem above."
INTERRUPTED = "Interrupted. Nothing is lost: the same command grades the rest."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `pgcourse grade`."""
    parser.add_argument("assignment", help="name of the assignment, such as ps5_reward_to_go")
    parser.add_argument(
        "--student", action="append", default=[], metavar="S", help="grade this student only; may be repeated"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=_cores(),
        metavar="N",
        help="submissions at a time (default: one for each core, %(default)s)",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="grade again what is graded; points and comments given by hand are kept",
    )
    parser.add_argument(
        "--no-sandbox", action="store_true", help="run students' code under your own account: only if you trust it"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run notebooks on a Dask cluster, such as tcp://127.0.0.1:8786; the gradebook stays here",
    )


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def main(args: argparse.Namespace) -> int:
    """Grade and print a summary; the exit code is 1 if something could not be graded, 2 for wrong usage."""
    if args.jobs < 1:
        return _fail("--jobs must be at least 1.", 2)
    if os.name == "nt":
        return _fail(NOT_ON_WINDOWS)
    if args.no_sandbox:
        print(f"pgcourse grade: {AT_RISK}", file=sys.stderr)
    from pgcourse.grading.batch.lock import acquire  # not available on Windows

    try:
        root = course_folder()
    except ValueError as error:
        return _fail(str(error), 2)
    try:
        return _batch(args, partial(Grader, root, acquire(root), _settings(args)))
    except Stopped as problem:
        return _fail(problem.sentence, problem.exit_code)
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, 130)


def _settings(args):
    settings: dict[str, Any] = {"again": False}  # what was killed is run again by `_graded`, when nothing else runs
    if args.no_sandbox:
        settings["sandbox"] = False
    if args.scheduler:
        settings["scheduler"] = args.scheduler
    return {"SandboxedExecute": settings}


def _fail(sentence, exit_code=1):
    print(f"pgcourse grade: {sentence}", file=sys.stderr)
    return exit_code


def _batch(args, new_grader):
    """Grade what is not graded yet and print the summary; return the exit code."""
    with ExitStack() as graders:
        first = graders.enter_context(new_grader())
        try:
            students, unfit = first.do("plan", args.assignment, args.student).result()
        except BrokenProcessPool as error:
            raise Stopped("nbgrader does not start: `nbgrader autograde --help-all` shows why.") from error
        jobs = min(args.jobs, len(students))
        if jobs > 1 and not args.scheduler and (room := first.do("room").result()) < jobs:
            print(f"pgcourse grade: {TOO_LITTLE.format(jobs, room)}", file=sys.stderr)
            jobs = room
        others = [graders.enter_context(new_grader()) for _ in range(1, jobs)]
        outcomes = {name: Outcome(fault) for name, fault in unfit.items()} | _graded([first, *others], args, students)
        try:
            results = first.do("results", args.assignment, students).result()
        except BrokenProcessPool as error:
            raise Stopped(NO_TABLE) from error
    summarise(outcomes, results)
    return int(any(outcome.problem for outcome in outcomes.values()))


class Grader:
    """A process that grades one submission after another; used in a with statement.

    Parameters
    ----------
    root
        The course's folder.
    folder
        The batch's private folder.
    settings
        {class: {trait: value}} that override those of nbgrader_config.py.
    """

    def __init__(self, root: Path, folder: Path, settings: dict[str, dict]):
        self._arguments = root, folder, settings
        self._start()

    def _start(self):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([WORKER])
        held, self._lifeline = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            max_workers=1, mp_context=context, initializer=_call, initargs=("start", *self._arguments, held)
        )

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None:
            self._lifeline.close()  # the process ends at once, whatever it is doing
        self._pool.shutdown()
        self._lifeline.close()

    def do(self, name: str, *arguments: Any) -> Future:
        """Call a function of pgcourse/grading/batch/worker.py there."""
        try:
            return self._pool.submit(_call, name, *arguments)
        except BrokenProcessPool:  # it was killed while it was idle
            self.restart()
            return self._pool.submit(_call, name, *arguments)

    def restart(self) -> None:
        """Replace the process, which has died, by a new one."""
        self._lifeline.close()
        self._pool.shutdown()
        self._start()


def _call(name, *arguments):
    """Call a function of the module that only graders import."""
    return getattr(importlib.import_module(WORKER), name)(*arguments)


def _graded(graders, args, students):
    """Let the graders grade what the students handed in; return {student: Outcome}.

    What was killed from outside may have been the innocent neighbour of what took the memory: it is graded again when
    nothing else runs.
    """
    with Progress(len(students)) as progress:
        outcomes = _at_once(graders, args, students, progress, again=True)
        for student in [name for name in students if name not in outcomes]:
            if any(outcome.is_shared for outcome in outcomes.values()):
                outcomes[student] = Outcome(NOT_STARTED)
            else:
                outcomes |= _at_once(graders[:1], args, [student], progress, again=False)
    return outcomes


def _at_once(graders, args, students, progress, again):
    """Grade, as many at a time as there are graders; with `again`, leave out those killed from outside for a retry."""
    waiting, idle, outcomes = deque(students), list(graders), {}
    running: dict[Future, tuple[Grader, str]] = {}
    while waiting or running:
        while waiting and idle:
            grader, student = idle.pop(), waiting.popleft()
            running[grader.do("grade", args.assignment, student, args.force)] = grader, student
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            grader, student = running.pop(future)
            idle.append(grader)
            try:
                outcome = future.result()
            except BrokenProcessPool:
                grader.restart()
                outcome = Outcome(LOST, was_killed=True)
            if outcome.was_killed and again:
                continue
            outcomes[student] = outcome
            words = f"{student} could not be graded" if outcome.problem else student
            progress.step("" if outcome.was_graded else words)
            if outcome.is_shared:
                outcomes |= {student: Outcome(NOT_STARTED) for student in waiting}
                waiting.clear()
    return outcomes
