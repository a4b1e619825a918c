"""A course that knows nothing of this package is graded with it: two lines in its nbgrader_config.py are all."""

import contextlib
import re
import zipfile

import nbformat
import psutil
import pytest

from tests.grading.test_cluster import Cluster
from tests.support.course import notebook_path, succeeded, without
from tests.support.foreign_course import ASSIGNMENTS, COUNT, SETTINGS, ForeignCourse
from tests.support.waiting import until

pytestmark = pytest.mark.sandbox
FULL = {"check-count": 2, "check-case": 1}
NOTHING = dict.fromkeys(FULL, 0)
WRONG = "def count(words):\n    return {word: words.count(word) for word in words}"
SPYING = """
import contextlib, gc, os, sys
def mark():
    return "".join(reversed("YRANAC"))  # kept nowhere, so as not to be found itself
def texts():
    frame = sys._getframe()
    while frame:
        yield str(frame.f_locals) + str(frame.f_code.co_consts)
        frame = frame.f_back
    for thing in gc.get_objects():
        parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else ()
        yield from (part for part in parts if isinstance(part, str))
def count(words):
    found.append(any(mark() in text for text in texts()))
    return {}
found = []
for top in ("/home", "/tmp", "/sockets", "/course", COURSE):
    for folder, _, names in os.walk(top):
        for name in names:
            with contextlib.suppress(OSError), open(os.path.join(folder, name), "rb") as file:
                if mark().encode() in file.read() or name == "poem.txt":
                    found.append(name)
"""
LYING = """
import builtins, sys, types
class Liar(dict):
    __eq__ = __ge__ = lambda *_: True
    __getitem__ = lambda *_: 4
builtins.all = builtins.any = lambda *_: True
sys.modules["helper"] = types.SimpleNamespace(load=lambda name: [])
def count(words): return Liar()
"""
FORKING = """
import os, time
def storm():
    children = 0
    while True:
        try:
            if os.fork() == 0:
                time.sleep(600)
        except OSError:
            return children
        children += 1
print("children:", storm())
"""
WRITING = """
import os
def write(path):
    try:
        with open(path, "w") as file:
            file.write("mine")
    except OSError as error:
        print(type(error).__name__)
for path in (COURSE + "/gradebook.db", COURSE + "/source/counting/helper.py", "/usr/mine", "/course/mine", "helper.py"):
    write(path)
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return ForeignCourse(tmp_path_factory.mktemp("foreign"))


@pytest.fixture(scope="module")
def graded(course):
    """The course after one batch of `pgcourse grade`; students are named by what they handed in."""
    where, rest = f"COURSE = {str(course.path)!r}\n", "\n" + COUNT
    hostile = {
        "spying": where + SPYING,
        "lying": LYING,
        "leaving": "import os\ndef count(words):\n    os._exit(0)",
        "forking": FORKING + rest,
        "writing": where + WRITING + rest,
        "wrong": WRONG,
    }
    for student, source in hostile.items():
        notebook = course.answers("counting", count=source)
        if student == "spying":
            notebook.cells.append(nbformat.v4.new_code_cell("print('found', *found)"))
        course.hand_in(student, "counting", notebook)
    course.hand_in("right", "counting", course.answers("counting"))
    course.hand_in("untouched", "counting", course.read("counting", "release"))
    course.hand_in("deleting", "counting", without(course.answers("counting"), "check", "imports"))
    course.hand_in("own helper", "counting", course.answers("counting", count=WRONG))
    helper = course.path / "submitted" / "own helper" / "counting" / "helper.py"
    helper.write_text("def load(name):\n    return []\n")
    course.result = course.pgcourse("grade", "counting", "--jobs", "2")
    succeeded(course.result)
    return course


def shown(course, student):
    """Return all text that the cells of a graded notebook show."""
    notebook = course.read("counting", f"autograded/{student}")
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(output.get("text", "") or output.get("evalue", "") for output in outputs)


def test_its_settings_are_two_lines_and_its_notebooks_name_nothing_of_ours(course):
    lines = [line for line in SETTINGS.splitlines() if "course_id" not in line]
    assert len(lines) == 2
    texts = [path.read_text() for path in (course.path / "source").rglob("*.*")]
    assert len(texts) == sum(1 + len(files) for _, files in ASSIGNMENTS.values())
    assert not [text for text in texts if "pgcourse" in text]


def test_release_has_neither_solutions_nor_hidden_tests(course):
    for name in ASSIGNMENTS:
        text = nbformat.writes(course.read(name, "release"))
        assert "raise NotImplementedError" in text
        assert "BEGIN" not in text
        assert "CANARY" not in text


def test_points_of_honest_and_of_hostile_work(graded):
    partial = {"check-count": 2, "check-case": 0}
    assert graded.points("counting") == {
        "right": FULL,
        "wrong": partial,
        "untouched": NOTHING,
        "spying": NOTHING,
        "lying": NOTHING,
        "leaving": NOTHING,
        "forking": FULL,  # up to its limit, which does no harm
        "writing": FULL,
        "deleting": FULL,
        "own helper": partial,
    }
    assert "10 graded." in graded.result.stdout


def test_hidden_tests_are_nowhere_to_be_found(graded):
    # it finds a file that it has, and nothing during the calls of the checks
    assert "found poem.txt False False False" in shown(graded, "spying")


def running(home):
    """Return the processes of this machine that have a home folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found += [process] if process.environ().get("HOME") == home else []
    return found


def test_processes_are_limited_and_none_is_left(graded):
    (number,) = re.findall(r"children: (\d+)", shown(graded, "forking"))
    assert 0 < int(number) < 64
    assert until(lambda: not running(str(graded.home))), running(str(graded.home))


def test_nothing_is_written_outside_of_the_sandbox(graded):
    words = shown(graded, "writing").split()
    assert words == ["FileNotFoundError", "FileNotFoundError", "OSError", "OSError"]
    assert (graded.path / "source" / "counting" / "helper.py").read_text() == ASSIGNMENTS["counting"][1]["helper.py"]
    assert sorted(path.name for path in (graded.path / "source" / "counting").iterdir()) == [
        "counting.ipynb",
        "helper.py",
        "poem.txt",
    ]


def test_nbgrader_itself_grades_as_well_and_stops_what_does_not_end(course):
    course.hand_in("right", "medians", course.answers("medians"))
    looping = "def median(values):\n    while True:\n        pass"
    course.hand_in("looping", "medians", course.answers("medians", median=looping))
    course.hand_in("untouched", "medians", course.read("medians", "release"))
    succeeded(course.nbgrader("autograde", "medians", "--Execute.timeout=10"))
    expected = {"right": 4, "looping": 0, "untouched": 0}
    assert course.points("medians") == {student: {"check-median": points} for student, points in expected.items()}


def test_a_dask_worker_has_the_files_that_its_checks_need(course):
    course.hand_in("far away", "medians", course.answers("medians"))
    spying = "import os\nprint(os.listdir(), 'HOME' in os.environ)\ndef median(values): return 2.5"
    course.hand_in("far and wrong", "medians", course.answers("medians", median=spying))
    with contextlib.closing(Cluster(course)) as cluster:
        cluster.add_workers(1)
        students = ("--student", "far away", "--student", "far and wrong")
        succeeded(course.pgcourse("grade", "medians", "--scheduler", cluster.address, *students))
    points = course.points("medians")
    assert points["far away"] == {"check-median": 4}
    assert points["far and wrong"] == {"check-median": 0}


def test_feedback_shows_points_and_no_hidden_test(graded):
    succeeded(graded.nbgrader("generate_feedback", "counting", "--student", "wrong"))
    page = (graded.path / "feedback" / "wrong" / notebook_path("counting")).with_suffix(".html").read_text()
    assert "(Score: 2.0 / 3.0)" in page
    assert "poem.txt" in page
    assert "CANARY" not in page
    assert "cdn" not in page  # KeepHidden, HarmlessPage and the templates are in force


def test_the_other_verbs_serve_it_too(graded, tmp_path):
    archive = tmp_path / "canvas.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("doeann_17_301_counting.ipynb", nbformat.writes(graded.answers("counting")))
    collected = graded.pgcourse("collect", str(archive))
    succeeded(collected)
    assert "1 of 1 files collected." in collected.stdout
    exported = graded.pgcourse("export", "counting", "points.csv", "--to", "canvas")
    assert exported.returncode == 1, exported.stderr  # the one just collected is not graded
    assert "right,,,right,,3" in (graded.path / "points.csv").read_text()
    notebook = tmp_path / "counting.ipynb"
    nbformat.write(without(graded.answers("counting"), "check-case"), notebook)
    repaired = graded.pgcourse("repair", str(notebook))
    succeeded(repaired)
    assert "The cell check-case was missing: it is back." in repaired.stdout
