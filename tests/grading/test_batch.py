"""`pgcourse grade`: everybody is graded once, whatever happens to one submission, its grader or the disk."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from types import SimpleNamespace

import nbformat
import pytest

from pgcourse.grading.batch import command as batch
from pgcourse.grading.batch.command import NOT_STARTED, WORKER
from pgcourse.grading.batch.report import Outcome, Result, summarise
from pgcourse.grading.errors import NO_NAME, TWICE, Stopped
from pgcourse.tools.cli import main
from tests.support.course import ROOT, cell, succeeded
from tests.support.notebooks import TRANSPORT
from tests.support.small_course import FULL, PS, WRITTEN, SmallCourse
from tests.support.waiting import PATIENCE, until

pytestmark = pytest.mark.slow
KILLED_WHEN_IDLE = """
import os, signal
from pathlib import Path
from pgcourse.grading.batch.command import Grader
from pgcourse.grading.batch.lock import acquire
from tests.support.waiting import until
if __name__ == "__main__":
    root = Path.cwd()
    with Grader(root, acquire(root), {"SandboxedExecute": {"sandbox": False}}) as grader:
        before = grader.do("plan", PS, []).result()
        (pid,) = grader._pool._processes
        os.kill(pid, signal.SIGKILL)
        assert until(lambda: grader._pool._broken)
        print(before == grader.do("plan", PS, []).result())
"""
KILL_GRADER = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
HELD = """
import os, time
while not os.path.exists({gate!r}):
    time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A small course in which nothing is handed in."""
    return SmallCourse(tmp_path_factory.mktemp("released"))


@pytest.fixture
def course(released):
    """The same, emptied of what an earlier test handed in."""
    for name in ("submitted", "autograded"):
        shutil.rmtree(released.path / name, ignore_errors=True)
    with released.gradebook() as gradebook:
        for student in gradebook.students:
            gradebook.remove_student(student.id)
    return released


def hand_in(course, *students, **sources):
    for student in students:
        course.hand_in(student, PS, course.answers(**sources))


def points(course, student):
    return {check: course.grades(PS)[student][check][0] for check in FULL}


def modified(course):
    """Return {path: time of its last change} of the graded copies."""
    return {path: path.stat().st_mtime_ns for path in (course.path / "autograded").rglob("*.ipynb")}


def table(result):
    """Return {student: (points, manual grade, remarks)} of a summary."""
    lines = [line for line in result.stdout.splitlines() if line]
    starts = [lines[0].index(word) for word in ("student", "points", "manual grade", "remarks")]
    ends = [*starts[1:], None]
    rows = [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines[1:-1]]
    return {student: tuple(rest) for student, *rest in rows}


def test_grades_everybody_and_never_twice(course):
    hand_in(course, "ann", "bob")
    hand_in(course, "cleo", clamp_score="def clamp_score(theta, action):\n    return 7.0")
    first = course.grade("--jobs", "2", "--no-sandbox")
    assert first.returncode == 0, first.stderr
    assert table(first) == {
        "ann": ("5 of 8", "needed", ""),
        "bob": ("5 of 8", "needed", ""),
        "cleo": ("0 of 8", "", ""),
    }
    assert "3 of 3: " in first.stderr
    assert points(course, "ann") == FULL
    rows, times = course.rows(), modified(course)
    second = course.grade("--no-sandbox")
    assert second.returncode == 0
    assert table(second) == table(first)
    assert "0 graded, 3 graded before." in second.stdout
    assert (course.rows(), modified(course)) == (rows, times)


def test_a_folder_for_temporary_files_may_be_too_long_for_sockets(course, tmp_path, monkeypatch):
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    monkeypatch.setitem(course.environment, "TMPDIR", str(folder))
    hand_in(course, "ann")
    succeeded(course.grade("--no-sandbox"))
    assert points(course, "ann") == FULL


def test_a_kernel_without_a_sandbox_is_given_no_port(course):
    """Another program may take a port between Jupyter's choice and the kernel's start, which then ends at once."""
    hand_in(course, "ann", clamp_policy=TRANSPORT)
    succeeded(course.grade("--no-sandbox"))
    assert cell(course.read(PS, "autograded/ann"), "clamp-policy").outputs[0].text == "ipc\n"


def test_a_missing_package_is_named_once(course, tmp_path, monkeypatch):
    (tmp_path / "nh3.py").write_text("raise ModuleNotFoundError(\"No module named 'nh3'\", name='nh3')")
    monkeypatch.setitem(course.environment, "PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    hand_in(course, "ann", "bob")
    result = course.grade("--no-sandbox", "--jobs", "1")
    assert result.returncode == 1
    sentence = "The package nh3 is missing: `pgcourse doctor` says how to install it."
    assert {name: row[2] for name, row in table(result).items()} == {"ann": sentence, "bob": NOT_STARTED}


def test_what_is_handed_in_again_later_is_graded_again_and_nothing_else(course):
    hand_in(course, "ann", "bob")
    stamp = course.path / "submitted" / "ann" / PS / "timestamp.txt"
    stamp.write_text("2030-01-01 10:00:00 UTC")
    succeeded(course.grade("--no-sandbox"))
    before = modified(course)
    stamp.write_text("2030-01-02 10:00:00 UTC")
    again = course.grade("--no-sandbox")
    assert "1 graded, 1 graded before." in again.stdout
    changed = [path.parts[-3] for path, moment in modified(course).items() if before[path] != moment]
    assert changed == ["ann"]


def test_an_earlier_time_stamp_on_a_later_hand_in_is_said(course):
    hand_in(course, "ann")
    stamp = course.path / "submitted" / "ann" / PS / "timestamp.txt"
    stamp.write_text("2030-01-01 10:00:00 UTC")
    succeeded(course.grade("--no-sandbox"))
    stamp.write_text("2029-12-31 10:00:00 UTC")
    again = course.grade("--no-sandbox")
    assert "earlier time stamp (2029-12-31 10:00:00 UTC) than what is graded (2030-01-01" in table(again)["ann"][2]
    assert "1 graded before." in again.stdout


def test_a_written_answer_beside_its_cell_and_code_in_a_check_are_not_lost(course):
    notebook = course.answers()
    answer, place = cell(notebook, WRITTEN), cell(notebook, "check-clamp-score")
    notebook.cells.append(nbformat.v4.new_code_cell(f"# {answer.source}"))
    answer.source = cell(course.read(PS), WRITTEN).source
    own = cell(notebook, "clamp-score")
    place.source, own.source = f"{own.source}\n\n{place.source}", cell(course.read(PS), "clamp-score").source
    course.hand_in("ann", PS, notebook)
    hand_in(course, "bob", clamp_policy="def clamp_policy(theta):\n    return 7.0")
    result = course.grade("--no-sandbox")
    assert [row[:2] for row in table(result).values()] == [("5 of 8", "needed"), ("0 of 8", "")]
    graded = course.read(PS, "autograded/ann")
    assert "may be the answer" in cell(graded, WRITTEN).source
    assert "Before this was graded" in graded.cells[0].source


def test_accents_brackets_and_blanks_in_ids(course):
    """A student whose accents are written in two ways is one, brackets are no pattern, blanks at an end are refused."""
    hand_in(course, "Bo [b]", "Zoe\u0308", "ann ", "Jose\u0301", "Jos\u00e9")
    result = course.grade("--no-sandbox")
    assert result.returncode == 1
    assert {student: words for student, (_, _, words) in table(result).items()} == {
        "Bo [b]": "",
        "Zo\u00eb": "",
        "ann": "This name begins or ends with a blank, which nbgrader cuts off: rename the folder.",
        "Jos\u00e9": "",
        "Jose\u0301": TWICE,
    }
    assert course.grades(PS).keys() == {"Bo [b]", "Zo\u00eb", "Jos\u00e9"}
    succeeded(course.nbgrader("generate_feedback", PS))
    pages = {path.parts[-3] for path in (course.path / "feedback").rglob("*.html")}
    assert pages == {"Bo [b]", "Zo\u00eb", "Jos\u00e9"}
    shutil.rmtree(course.path / "feedback")
    succeeded(course.nbgrader("generate_feedback", PS, "--student", "Bo [b]"))
    assert len(list((course.path / "feedback").rglob("*.html"))) == 1


def test_force_grades_again_and_keeps_points_and_comments_given_by_hand(course):
    hand_in(course, "ann", "bob")
    succeeded(course.grade("--no-sandbox"))
    course.mark("ann", 2.5, "well put")
    before, times = course.rows(), modified(course)
    result = course.grade("--force", "--student", "ann", "--no-sandbox")
    assert table(result) == {"ann": ("7.5 of 8", "needed", "")}
    # nbgrader asks a person to look again at what was marked by hand
    assert course.rows() == before | {("grade", "ann", WRITTEN): (None, 2.5, None, True)}
    assert before["comment", "ann", WRITTEN] == (None, "well put")
    changed = {path.parts[-3] for path, moment in modified(course).items() if times[path] != moment}
    assert changed == {"ann"}


def test_names_that_nobody_can_have_cost_nobody_else(course):
    hand_in(course, "ann", "two\nlines", "<b>")
    result = course.grade("--no-sandbox")
    assert result.returncode == 1
    assert table(result) == {
        "<b>": ("-", "-", NO_NAME),
        "ann": ("5 of 8", "needed", ""),
        "two?lines": ("-", "-", NO_NAME),
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--student", "nobody"], f"There is no {PS} of nobody in "),
        (["--jobs", "0"], "--jobs must be at least 1."),
        (["--student", "ann", "--student", "x[y]"], f"There is no {PS} of x[y] in "),
    ],
)
def test_wrong_usage_is_said_in_a_sentence(course, arguments, words):
    hand_in(course, "ann")
    result = course.grade("--no-sandbox", *arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not (course.path / "autograded").exists()


def test_an_unknown_problem_set_and_a_foreign_folder_are_said_in_a_sentence(course, tmp_path, monkeypatch, capsys):
    unknown = course.grade("--no-sandbox").stderr
    assert f"There is no {PS} of anybody in " in unknown
    command = [sys.executable, "-m", "pgcourse", "grade", "ps0", "--no-sandbox"]
    result = subprocess.run(command, cwd=course.path, env=course.environment, capture_output=True, text=True)
    assert result.returncode == 2
    assert "The gradebook has no ps0: run `nbgrader generate_assignment ps0 --force` first." in result.stderr
    monkeypatch.chdir(tmp_path)
    assert main(["grade", PS]) == 2
    assert "is not in a course's folder: go to the one that holds nbgrader_config.py." in capsys.readouterr().err


def test_a_grader_that_is_killed_once_is_replaced_and_the_submission_graded(course, tmp_path):
    marker = tmp_path / "killed"
    once = (
        f"import pathlib\nif not pathlib.Path({str(marker)!r}).exists():\n    pathlib.Path({str(marker)!r}).touch()\n"
    )
    hand_in(course, "ann", clamp_policy=once + "    " + KILL_GRADER.replace("\n", "\n    "))
    hand_in(course, "bob")
    result = course.grade("--no-sandbox", "--jobs", "1")
    assert result.returncode == 0, result.stderr
    assert marker.exists()
    assert "2 graded." in result.stdout


def test_a_grader_that_is_killed_twice_costs_its_own_submission_alone(course):
    hand_in(course, "ann", "cleo")
    hand_in(course, "bob", clamp_policy=KILL_GRADER)
    result = course.grade("--no-sandbox", "--jobs", "2")
    assert result.returncode == 1
    assert "Its grader was killed twice" in table(result)["bob"][2]
    assert "2 graded, 1 could not be graded." in result.stdout
    assert points(course, "ann") == points(course, "cleo") == FULL


def test_a_grader_that_is_killed_when_it_has_nothing_to_do_is_replaced(course, tmp_path):
    hand_in(course, "ann")
    program = tmp_path / "program.py"  # graders are told the main program's path
    program.write_text(KILLED_WHEN_IDLE.replace("PS", repr(PS)))
    environment = course.environment | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, program], cwd=course.path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


def test_a_grader_that_is_killed_when_all_is_done_is_said_in_a_sentence():
    class Dying(contextlib.nullcontext):
        def __enter__(self):
            return self

        def do(self, name, *arguments):
            future = Future()
            future.set_result(([], {})) if name == "plan" else future.set_exception(BrokenProcessPool())
            return future

    arguments = SimpleNamespace(assignment=PS, student=[], jobs=1, force=False)
    with pytest.raises(Stopped, match="run the same command for the table"):
        batch._batch(arguments, Dying)


def test_what_is_killed_from_outside_is_graded_again_when_nothing_else_runs():
    killed, running = Outcome("killed", was_killed=True), set()
    fates = {"ann": [Outcome()], "bob": [killed, Outcome()], "cleo": [killed, killed], "dan": [Outcome()]}

    class Scripted:
        def do(self, name, assignment, student, force):
            future = Future()
            seen.append((student, len(running)))
            running.add(student)
            future.add_done_callback(lambda _: running.discard(student))
            threading.Timer(0.02, future.set_result, [fates[student].pop(0)]).start()
            return future

    seen = []
    arguments = SimpleNamespace(assignment=PS, force=False)
    outcomes = batch._graded([Scripted(), Scripted()], arguments, list(fates))
    assert {student: outcome.problem for student, outcome in outcomes.items()} == dict.fromkeys(fates) | {
        "cleo": "killed"
    }
    assert seen[-2:] == [("bob", 0), ("cleo", 0)]
    assert len(seen) == 6


@pytest.mark.parametrize(("jobs", "room", "made"), [(3, 2, 2), (3, 9, 3), (1, 9, 1)])
def test_there_are_no_more_jobs_than_the_memory_allows(capsys, jobs, room, made):
    graders = []

    class Grader(contextlib.nullcontext):
        def __enter__(self):
            graders.append(self)
            return self

        def do(self, name, *arguments):
            future = Future()
            answers = {"plan": (["ann", "bob", "cleo", "dan"], {}), "room": room, "grade": Outcome(), "results": {}}
            future.set_result(answers[name])
            return future

    batch._batch(SimpleNamespace(assignment=PS, student=[], jobs=jobs, force=False, scheduler=None), Grader)
    assert len(graders) == made
    assert ("does not allow 3 submissions at a time: 2 at a time" in capsys.readouterr().err) == (room < jobs)


def test_a_second_batch_in_the_same_folder_is_refused(course, tmp_path):
    gate = tmp_path / "gate"
    hand_in(course, "ann", clamp_policy=HELD.format(gate=str(gate)))
    first = course.start("--no-sandbox")
    assert until((course.path / "autograded").exists)
    second = course.grade("--no-sandbox")
    gate.touch()
    assert second.returncode == 1
    assert "Another `pgcourse grade` is running in " in second.stderr
    _, errors = first.communicate(timeout=PATIENCE)
    assert first.returncode == 0, errors


def test_an_interrupted_batch_says_so_and_the_next_one_grades_the_rest(course):
    hand_in(course, "ann")
    hand_in(course, "bob", clamp_policy=HELD.format(gate="/never there"))
    batch = course.start("--no-sandbox", "--jobs", "1")
    assert until((course.path / "autograded" / "bob").exists)
    batch.send_signal(signal.SIGINT)
    _, errors = batch.communicate(timeout=PATIENCE)  # less than the cell is given
    assert batch.returncode == 130
    sentence = "pgcourse grade: Interrupted. Nothing is lost: the same command grades the rest."
    assert sentence in errors.splitlines()  # a kernel may have its say after it
    assert "Traceback" not in errors
    shutil.rmtree(course.path / "submitted" / "bob")
    hand_in(course, "bob")
    rest = course.grade("--no-sandbox")
    assert "1 graded, 1 graded before." in rest.stdout
    assert points(course, "ann") == points(course, "bob") == FULL


def test_a_locked_gradebook_is_one_sentence_and_stays_as_it_was(course):
    hand_in(course, "ann", "bob")
    before = course.rows()
    impatient = course.settings(f"c.CourseDirectory.db_url = 'sqlite:///{course.path}/gradebook.db?timeout=0.5'")
    with impatient, contextlib.closing(sqlite3.connect(course.path / "gradebook.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        result = course.grade("--no-sandbox", "--jobs", "1")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "pgcourse grade: Another program holds the gradebook locked: close it, then run the same command."
    )
    assert "Traceback" not in result.stderr
    assert course.rows() == before
    assert course.grade("--no-sandbox").returncode == 0


IN_SMALL_FOLDER = """
mount -t tmpfs -o size=60m tmpfs "$1" && cp -r "$2"/. "$1" && cd "$1" || exit 3
head -c "$3" /dev/zero > filler
shift 3
"$@"
status=$?
rm filler && cp gradebook.db "$SAVED"
exit $status
"""
FILL = """
try:
    with open({filler!r}, "ab", buffering=0) as file:
        while True:
            file.write(bytes(10_000))
except OSError:
    pass
"""


@pytest.mark.sandbox  # a namespace with a small disk takes what the sandbox takes
@pytest.mark.parametrize("when", ["from the start", "while a notebook runs"])
def test_a_full_disk_is_one_sentence_and_the_gradebook_stays_as_it_was(course, tmp_path, when):
    small, saved = tmp_path / "small", tmp_path / "gradebook.db"
    small.mkdir()
    from_start = when == "from the start"
    hand_in(course, "ann", **({} if from_start else {"clamp_policy": FILL.format(filler=str(small / "filler"))}))
    hand_in(course, "bob")
    before = course.rows()
    command = [sys.executable, "-m", "pgcourse", "grade", PS, "--no-sandbox", "--jobs", "1"]
    script = ["unshare", "--map-root-user", "--mount", "sh", "-c", IN_SMALL_FOLDER, "sh"]
    result = subprocess.run(
        [*script, str(small), str(course.path), "60M" if from_start else "1K", *command],
        env=course.environment | {"SAVED": str(saved)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1, result.stderr
    assert table(result)["ann"][2].startswith("The disk is full: make room for the course folder")
    assert "0 graded, 2 could not be graded." in result.stdout
    assert "Traceback" not in result.stderr
    shutil.copy(saved, course.path / "gradebook.db")
    assert course.rows() == before


@pytest.mark.sandbox
def test_a_sandbox_that_works_no_more_stops_the_batch_in_a_sentence(course, tmp_path):
    hand_in(course, "ann", "bob")
    once = tmp_path / "bwrap"  # for the look at the start whether it works
    once.write_text(
        f'#!/bin/sh\nmkdir {tmp_path}/used && exec {shutil.which("bwrap")} "$@"\necho no room >&2; exit 1\n'
    )
    once.chmod(0o755)
    before = course.rows()
    path = course.environment["PATH"]
    course.environment["PATH"] = f"{tmp_path}{os.pathsep}{path}"
    try:
        result = course.grade("--jobs", "1")
    finally:
        course.environment["PATH"] = path
    assert result.returncode == 1
    sentence = "The sandbox cannot be made (no room): fix that, then run the same command."
    assert {student: row[2] for student, row in table(result).items()} == {"ann": sentence, "bob": NOT_STARTED}
    assert "Traceback" not in result.stderr
    assert course.rows() == before
    assert not list(course.path.glob("autograded/*/*"))


def test_the_command_line_itself_imports_nothing_of_nbgrader():
    heavy = {"nbgrader", "sqlalchemy", "nbformat", "zmq"}
    code = f"import sys, pgcourse.grading.batch.command; print({heavy} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout == "set()\n"


def test_the_summary_has_one_sentence_for_each_student(capsys):
    said = {"ada": ["One."], "bob": ["One.", "Two.", "Three."], "eve": []}
    results = {student: Result(1, 2, False, remarks) for student, remarks in said.items()}
    summarise(dict.fromkeys(said, Outcome()), results)
    _, *rows, counts = capsys.readouterr().out.splitlines()
    said = ["ada 1 of 2 One.", "bob 1 of 2 One. (And 2 more: see the feedback.)", "eve 1 of 2"]
    assert [" ".join(row.split()) for row in rows] == said
    assert counts == "3 graded."


def test_nothing_builds_the_grammar_of_internationalised_addresses():
    """Newer releases of jsonschema build it at each import, which takes longer than importing nbgrader."""
    code = f"import sys, nbgrader.apps, {WORKER}; print('jsonschema._format' in sys.modules, 'lark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
