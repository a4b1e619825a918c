"""How long does a class take to grade? Run `python benchmarks/grading.py`; `--help` lists what can be chosen.

Side by side, each in turn: nbgrader on its own, without a line of our settings but the folders' names; then ours, with
the sandbox and the checks apart, with one job and with two. All grade the same submissions of a problem set: right
answers and known mistakes of the tasks' catalogue, in turn. It prints seconds a submission, ratios, an A/A pair, how
long each command needs until it can begin, and where the time of one job goes.
"""

import argparse
import collections
import importlib
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from interleave import interleaved, report

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder of `tests`

from pgcourse.grading.batch.command import WORKER
from tests.support.course import Course, answered, solved, succeeded, tasks_of

PROBLEM_SET = "ps5_reward_to_go"
STOCK = """c = get_config()
c.CourseDirectory.course_id = "pgcourse"
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.ClearSolutions.code_stub = {{"python": "raise NotImplementedError()"}}
c.Execute.timeout = 60
"""
STARTING = {
    "nbgrader autograde": "import nbgrader.apps",
    "pgcourse grade": "import pgcourse.grading.batch.command",
    "one of its graders": f"import {WORKER}",
}
STEPS = {
    "intake": {"IntakeExporter.__init__", "Mirror._fill", "Mirror._empty"},
    "checks": {"SandboxedExecute.check"},
    "start of the kernel": {"async_start_new_kernel", "async_start_new_kernel_client"},
    "end of the kernel": {"_async_cleanup_kernel", "Checker.close"},
    "student's cells": {"SandboxedExecute.preprocess_cell"},
    "checks and cells, else": {"SandboxedExecute.run"},
    "saving points": {"SaveAutoGrades.preprocess", "AssignLatePenalties.preprocess"},
    "overwriting cells": {"OverwriteCells.preprocess"},
    "rows of the submission": {"Autograde.init_assignment", "_rows"},
}
PERIOD = 0.002  # seconds between two looks at what a grader does
LIMITS = {"ours, one job": 0.65, "ours, two jobs": 0.4}  # of PROBLEM_SET


def answers(problem_set, count):
    """Return for each submission {task: source}: the solution, then known mistakes, then other right answers."""
    tasks = tasks_of(problem_set)
    kinds = [[], *([(kind, k)] for k in range(3) for kind in ("mistakes", "rights"))]
    found = []
    for kind in kinds:
        chosen = {}
        for task in tasks:
            for name, k in kind:
                known = getattr(task, name)
                if k < len(known):
                    chosen[task.name] = known[k].source(task.name)
        found.append(chosen)
    return [found[i % len(found)] for i in range(count)]


def prepared(folder, problem_set, submissions):
    """Make a course folder, released, with submissions; return the Course."""
    folder.mkdir()
    course = Course(folder)
    succeeded(course.nbgrader("generate_assignment", problem_set))
    solution = course.read(problem_set, "solutions")
    for number, sources in enumerate(answers(problem_set, submissions)):
        notebook = answered(solved(course.read(problem_set), solution), sources)
        course.hand_in(f"student{number:02}", problem_set, notebook)
    shutil.copy(course.path / "gradebook.db", course.path / "gradebook.start")
    return course


def stock_of(course, folder):
    """Return a copy of a course in which nbgrader is on its own."""
    folder.mkdir()
    stock = Course(folder)
    shutil.rmtree(stock.path)
    shutil.copytree(course.path, stock.path)
    (stock.path / "nbgrader_config.py").write_text(STOCK.format(root=str(stock.path)))
    return stock


def grading(course, *command):
    """Return a function that grades a course afresh by a command; it fails unless all is graded."""

    def grade():
        shutil.rmtree(course.path / "autograded", ignore_errors=True)
        shutil.copy(course.path / "gradebook.start", course.path / "gradebook.db")
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=course.path, env=course.environment, capture_output=True, text=True
        )
        succeeded(done)

    return grade


def starting(course, code):
    """Return a function that runs a line of Python as a command's start does."""
    return lambda: subprocess.run([sys.executable, "-c", code], env=course.environment, check=True)


def print_steps(course, problem_set, submissions):
    """Grade once more, in one process that is looked at all the time, and print where a submission's time goes."""
    shutil.rmtree(course.path / "autograded", ignore_errors=True)
    shutil.copy(course.path / "gradebook.start", course.path / "gradebook.db")
    command = [sys.executable, __file__, "--look-into", str(course.path), "--submissions", str(submissions)]
    command += ["--problem-set", problem_set]
    subprocess.run(command, cwd=course.path, env=course.environment, check=True)


def look_into(folder, problem_set, submissions):
    """Be one grader, without the batch around it; print seconds of a submission by step."""
    began = time.perf_counter()
    importlib.import_module(WORKER)
    from pgcourse.grading.batch import lock, worker

    imported = time.perf_counter()
    held, look_into.lifeline = multiprocessing.Pipe(duplex=False)  # a grader ends when the other end is closed
    worker.start(folder, lock.acquire(folder), {}, held)
    students, _ = worker.plan(problem_set, [])
    counts, main_thread, over = collections.Counter(), threading.get_ident(), threading.Event()

    def look():
        while not over.wait(PERIOD):
            counts[step(sys._current_frames()[main_thread])] += 1

    looker = threading.Thread(target=look, daemon=True)
    looker.start()
    start = time.perf_counter()
    for student in students:
        problem = worker.grade(problem_set, student, False).problem
        assert problem is None, problem
    seconds = (time.perf_counter() - start) / submissions
    over.set()
    looker.join()
    print(
        f"where the time of one job goes: {imported - began:.2f} s of imports, {start - imported:.2f} s to begin, then"
    )
    for name, count in counts.most_common():
        share = count / counts.total()
        print(f"  {name:<34} {1e3 * share * seconds:7.0f} ms a submission  {100 * share:5.1f} %")


def step(frame):
    """Return which of STEPS a thread is in: the innermost function of the stack that one of them names."""
    while frame is not None:
        names = {frame.f_code.co_qualname, getattr(frame.f_locals.get("coro"), "__name__", "")}
        for name, functions in STEPS.items():
            if names & functions:
                return name
        frame = frame.f_back
    return "the rest"


def main():
    """Measure and print; the exit code tells whether a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem-set", default=PROBLEM_SET, metavar="NAME", help="default: %(default)s")
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--look-into", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    name = args.problem_set
    if args.look_into:
        return look_into(args.look_into, name, args.submissions)
    with tempfile.TemporaryDirectory(prefix="pgcourse-") as folder:
        ours = prepared(Path(folder, "ours"), name, args.submissions)
        stock = stock_of(ours, Path(folder, "stock"))
        grade = ("pgcourse", "grade", name, "--jobs")
        seconds = interleaved(
            {
                "nbgrader on its own": grading(stock, "nbgrader", "autograde", name),
                "ours, one job": grading(ours, *grade, "1"),
                "ours, two jobs": grading(ours, *grade, "2"),
            },
            args.rounds,
        )
        starts = interleaved({name: starting(ours, code) for name, code in STARTING.items()}, 2 * args.rounds)
        print(f"{args.submissions} submissions of {name}, {args.rounds} rounds; a submission takes")
        report({name: [value / args.submissions for value in values] for name, values in seconds.items()}, 1, "s")
        print("imports of a command, or of a process of it")
        report(starts, 1, "s")
        print_steps(ours, name, args.submissions)
    stock_seconds = statistics.median(seconds["nbgrader on its own"])
    ratios = {ours: statistics.median(seconds[ours]) / stock_seconds for ours in LIMITS}
    limits = LIMITS if name == PROBLEM_SET else {}
    for ours, ratio in ratios.items():
        limit = f"; the limit is {limits[ours]}" if ours in limits else ""
        print(f"{ours}: {ratio:.2f} of nbgrader on its own{limit}")
    return int(any(ratios[ours] > limit for ours, limit in limits.items()))


if __name__ == "__main__":
    sys.exit(main())
