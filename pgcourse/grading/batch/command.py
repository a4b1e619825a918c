"""`pgcourse grade`: grade all that was handed in for a problem set, several submissions at a time.

Each submission is graded whole by one of several processes, the graders, with nbgrader's own converter and the settings
of nbgrader_config.py. This process imports nothing of nbgrader, so that it starts at once: a fork server imports it
once for all graders. A batch may be interrupted or killed at any point: the same command grades the rest.
"""

import importlib
import multiprocessing
import os
import sys
from collections import deque
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial

from pgcourse.grading.batch.report import Outcome, Progress, summarise
from pgcourse.grading.coursefolder import course_folder, put_programs_on_path
from pgcourse.grading.errors import NO_NAME, NOT_ON_WINDOWS, Stopped

WORKER = "pgcourse.grading.batch.worker"
LOST = "Its grader was killed twice, perhaps for want of memory: grade it alone, or with fewer --jobs."
AT_RISK = (
    "Without the sandbox, what students wrote runs under your account: it can read and change your files, the gradebook"
    " and the solutions, and use the network."
)
NO_TABLE = "The batch is over, but the process that reads the points was killed: the same command prints the table."
NOT_BEGUN = "Not begun, because of the problem above."
INTERRUPTED = "Interrupted; nothing is lost, and the same command grades the rest."


def add_arguments(parser):
    """Declare the arguments of `pgcourse grade`."""
    parser.add_argument("assignment", help="name of a problem set, as in ps5_reward_to_go")
    parser.add_argument(
        "--student", action="append", default=[], metavar="S", help="grade only this student; may be given repeatedly"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=_cores(),
        metavar="N",
        help="submissions at a time (default: one a core, %(default)s)",
    )
    parser.add_argument(
        "--force", action="store_true", help="grade again what is graded; points and comments given by hand stay"
    )
    parser.add_argument(
        "--no-sandbox", action="store_true", help="run students' code under your own account: only if you trust it"
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run students' notebooks on a Dask cluster, as in tcp://127.0.0.1:8786; the gradebook stays here",
    )


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def main(args):
    """Grade and print a summary; the exit code is 1 when something could not be graded, 2 for wrong usage."""
    if args.jobs < 1:
        return _fail("--jobs takes a number from 1 on.", 2)
    if os.name == "nt":
        return _fail(NOT_ON_WINDOWS)
    if args.no_sandbox:
        print(f"pgcourse grade: {AT_RISK}", file=sys.stderr)
    put_programs_on_path()
    from pgcourse.grading.batch.lock import occupy  # not to be had on Windows

    try:
        root = course_folder()
    except ValueError as error:
        return _fail(str(error), 2)
    try:
        return _batch(args, partial(Grader, root, occupy(root), _settings(args)))
    except Stopped as problem:
        return _fail(problem.sentence, problem.exit_code)
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, 130)


def _settings(args):
    settings = {}
    if args.no_sandbox:
        settings["sandbox"] = False
    if args.scheduler:
        settings["scheduler"] = args.scheduler
    return {"SandboxedExecute": settings}


def _fail(sentence, exit_code=1):
    print(f"pgcourse grade: {sentence}", file=sys.stderr)
    return exit_code


def _batch(args, new_grader):
    """Grade what is to be graded and print the summary; return the exit code."""
    with ExitStack() as graders:
        first = graders.enter_context(new_grader())
        try:
            students, unfit = first.do("plan", args.assignment, args.student).result()
        except BrokenProcessPool as error:
            raise Stopped("nbgrader cannot be started here: try `nbgrader autograde --help-all`.") from error
        others = [graders.enter_context(new_grader()) for _ in range(1, min(args.jobs, len(students)))]
        outcomes = {name: Outcome(NO_NAME) for name in unfit} | _graded([first, *others], args, students)
        try:
            standings = first.do("standings", args.assignment, students).result()
        except BrokenProcessPool as error:
            raise Stopped(NO_TABLE) from error
    summarise(outcomes, standings)
    return int(any(outcome.problem for outcome in outcomes.values()))


class Grader:
    """A process of its own that grades one submission after another; used in a with statement.

    root      Path of the course folder
    folder    Path of the batch's private folder
    settings  {class: {trait: value}} that come before those of nbgrader_config.py
    """

    def __init__(self, root, folder, settings):
        self._begun_with = root, folder, settings
        self._start()

    def _start(self):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([WORKER])
        held, self._leash = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            max_workers=1, mp_context=context, initializer=_call, initargs=("begin", *self._begun_with, held)
        )

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is not None:
            self._leash.close()  # it ends at once, whatever it is doing
        self._pool.shutdown()
        self._leash.close()

    def do(self, name, *arguments):
        """Call a function of pgcourse/grading/batch/worker.py there; return a Future."""
        try:
            return self._pool.submit(_call, name, *arguments)
        except BrokenProcessPool:  # it was killed when it had nothing to do
            self.restart()
            return self._pool.submit(_call, name, *arguments)

    def restart(self):
        """Replace the process, which has died, by a new one."""
        self._leash.close()
        self._pool.shutdown()
        self._start()


def _call(name, *arguments):
    """Call a function of the module that only graders import."""
    return getattr(importlib.import_module(WORKER), name)(*arguments)


def _graded(graders, args, students):
    """Let the graders grade what the students handed in; return {student: Outcome}."""
    waiting, idle, running, outcomes = deque((student, 1) for student in students), list(graders), {}, {}
    with Progress(len(students)) as progress:
        while waiting or running:
            while waiting and idle:
                grader, (student, attempt) = idle.pop(), waiting.popleft()
                running[grader.do("grade", args.assignment, student, args.force)] = grader, student, attempt
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                grader, student, attempt = running.pop(future)
                idle.append(grader)
                try:
                    outcome = future.result()
                except BrokenProcessPool:
                    grader.restart()
                    if attempt == 1:
                        waiting.appendleft((student, 2))
                        continue
                    outcome = Outcome(LOST)
                outcomes[student] = outcome
                progress.step(student, outcome)
                if outcome.is_shared:
                    outcomes |= {student: Outcome(NOT_BEGUN) for student, _ in waiting}
                    waiting.clear()
    return outcomes
