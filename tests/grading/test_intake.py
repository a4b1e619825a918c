"""A batch of what students hand in, broken in every way: all is graded, it is said, and nothing stops the batch."""

import contextlib
import copy
import errno
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader import converters
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from pgcourse.grading import errors, tempfolders
from pgcourse.grading.errors import SandboxError
from pgcourse.grading.intake import apart, restore
from pgcourse.grading.intake import mirror as intake
from tests.grading.test_repair import NAME, RELEASE, cell
from tests.grading.test_restore import FILE, WORKED, make_folder, make_link, make_pipe, odd_versions, put
from tests.support.course import ROOT, Course, notebook_path, solved, succeeded

pytestmark = pytest.mark.slow


def broken(course):
    """Hand in what cannot be graded as it is, and return {student: words of the sentence about it}."""
    submitted, words = course.path / "submitted", {}
    for student, make, said in [
        ("link", make_link, "is a link and not a file of its own"),
        ("folder", make_folder, "is a folder and not a file"),
        ("pipe", make_pipe, "is a pipe and not a file"),
        ("empty", lambda path: path.touch(), "is empty"),
        ("part", lambda path: path.write_text(WORKED[:3000]), "is not a notebook, or only a part of one"),
        ("nothing", lambda path: None, "There is no notebook"),
    ]:
        (submitted / student / NAME).mkdir(parents=True)
        make(submitted / student / notebook_path(NAME))
        words[student] = said
    (submitted / "linked").mkdir()
    (submitted / "linked" / NAME).symlink_to(course.path / "solutions" / NAME)
    return words | {"linked": "is a link and not a file of its own"}


def mended(course, whole):
    """Hand in what is right but mangled, and return {student: words of the sentence about it}."""
    submitted = course.path / "submitted"
    doubled = copy.deepcopy(whole)
    doubled.cells.insert(3, copy.deepcopy(cell(RELEASE, "clamp-policy")))
    data = json.loads(nbformat.writes(whole))
    odd_versions(data)
    put(submitted / "doubled" / NAME, json.dumps(doubled).encode())
    put(submitted / "odd versions" / NAME, json.dumps(data).encode())
    put(submitted / "utf-16" / NAME, nbformat.writes(whole).encode("utf-16"))
    put(submitted / "named" / NAME, nbformat.writes(whole).encode(), f"{NAME} (1).ipynb")
    put(put(submitted / "beside" / NAME, nbformat.writes(whole).encode()), b"raise SystemExit", "numpy.py")
    put(submitted / "beside" / NAME, b"2026-11", "timestamp.txt")
    put(submitted / "named" / NAME, b"2026-11-02 02:00:00 America/Los_Angeles", "timestamp.txt")
    return {
        "doubled": "The cell clamp-policy was there twice",
        "odd versions": "had lost or changed its grading data",
        "utf-16": "was not written in UTF-8",
        "named": f"The notebook is not called {FILE}",
        "beside": "numpy.py would hide the module numpy",
    }


HONEST = ("Ann, O'Neil [a]", "żółw")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course after one batch of broken, mangled and honest submissions, without the sandbox: none is hostile."""
    course = Course(tmp_path_factory.mktemp("intake"))
    succeeded(course.nbgrader("generate_assignment", NAME))
    whole = solved(course.read(NAME), course.read(NAME, "solutions"))
    for student in HONEST:
        course.hand_in(student, NAME, whole)
    course.broken, course.mended = broken(course), mended(course, whole)
    course.handed_in = listing(course.path / "submitted")
    course.batch = autograde(course)
    return course


def autograde(course, *arguments):
    """Run `nbgrader autograde` without the sandbox, with a folder of its own for temporary files."""
    temporary = course.home / "temporary"
    temporary.mkdir(exist_ok=True)
    course.environment["TMPDIR"] = str(temporary)
    result = course.nbgrader("autograde", NAME, "--SandboxedExecute.sandbox=False", *arguments)
    result.left_behind = [path.name for path in temporary.glob(f"{tempfolders.PREFIX}*")]
    return result


def listing(folder):
    """Return {path: (time, content)} of all that lies in a folder, links and pipes unread."""
    plain = {path: path.is_file() and not path.is_symlink() for path in folder.rglob("*")}
    return {path: (path.lstat().st_mtime_ns, is_plain and path.read_bytes()) for path, is_plain in plain.items()}


def points(course, student):
    """Return the sum of a student's points."""
    return sum(score or 0 for score, _ in course.grades(NAME)[student].values())


def test_one_batch_grades_them_all_and_says_why(graded):
    succeeded(graded.batch)
    assert "Traceback" not in graded.batch.stderr
    assert graded.batch.left_behind == []
    assert graded.grades(NAME).keys() == {*HONEST, *graded.broken, *graded.mended}
    assert {student: points(graded, student) for student in graded.broken} == dict.fromkeys(graded.broken, 0)
    for student in (*HONEST, *graded.mended):
        assert graded.grades(NAME)[student] == graded.grades(NAME)[HONEST[0]]
    assert points(graded, HONEST[0]) == 16


def test_what_was_handed_in_is_as_it_was(graded):
    assert listing(graded.path / "submitted") == graded.handed_in


def test_the_graded_notebook_says_what_was_done(graded):
    said = intake.report(directory(graded), NAME)
    for student in HONEST:
        assert said[student] == []
        assert graded.read(NAME, f"autograded/{student}").cells[0].source == RELEASE.cells[0].source
    for student, words in {**graded.broken, **graded.mended}.items():
        assert words in " ".join(said[student]), student
        notebook = graded.read(NAME, f"autograded/{student}")
        assert notebook.metadata.pgcourse.set_aside == (student in graded.broken)
        assert [line[2:].replace("\\", "") for line in notebook.cells[0].source.splitlines()[2:]] == said[student]
    assert not (graded.path / "autograded/beside" / NAME / "numpy.py").exists()


def test_nbgrader_is_given_whole_timestamps_or_none(graded):
    with Gradebook(f"sqlite:///{graded.path}/gradebook.db") as gradebook:
        times = {student: gradebook.find_submission(NAME, student).timestamp for student in ("named", "beside")}
    assert (str(times["named"]), times["beside"]) == ("2026-11-02 10:00:00", None)
    stamps = {student: graded.path / "autograded" / student / NAME / "timestamp.txt" for student in times}
    assert stamps["named"].read_text(encoding="utf-8") == "2026-11-02 10:00:00 UTC"
    assert not stamps["beside"].exists()
    (sentence,) = (words for words in intake.report(directory(graded), NAME)["beside"] if "timestamp.txt" in words)
    assert sentence.endswith("such as 2026-11-02 10:00:00 UTC: it is not known when this was handed in.")


def test_feedback_says_it_too(graded):
    succeeded(graded.nbgrader("generate_feedback", NAME, "--student", "empty"))
    page = (graded.path / "feedback/empty" / notebook_path(NAME).with_suffix(".html")).read_text(encoding="utf-8")
    assert "This could not be graded" in page
    assert f"{FILE} is empty." in page
    assert "No response." in page


def test_a_second_run_grades_nothing_again(graded):
    before = listing(graded.path / "autograded")
    succeeded(autograde(graded))
    assert listing(graded.path / "autograded") == before


def directory(course, **settings):
    """Return nbgrader's view of the course folder."""
    fixed = {"root": str(course.path), "course_id": "pgcourse", "source_directory": "solutions"}
    return CourseDirectory(**fixed, release_directory="assignments", assignment_id=NAME, **settings)


def taken_in(course, force=False, **settings):
    """Do what a run does before it converts; return the students whom it would grade."""
    converter = intake.Autograde(coursedir=directory(course, **settings))
    converter.force = force
    converter.init_notebooks()
    exporter = intake.IntakeExporter(parent=converter)
    exporter.mirror.remove()
    return {Path(folder).parent.name for folder in converter.assignments}


@pytest.fixture
def course(graded, tmp_path):
    """A copy of the graded course, to be broken."""
    copied = copy.copy(graded)
    copied.path = tmp_path / "course"
    shutil.copytree(graded.path, copied.path, symlinks=True, ignore=lambda _, names: [n for n in names if n == "pipe"])
    return copied


def test_those_who_are_asked_for_are_graded(course):
    everybody = {*HONEST, *course.broken, *course.mended} - {"pipe"}
    assert taken_in(course) == set()
    assert taken_in(course, force=True) == everybody
    assert taken_in(course, force=True, student_id=HONEST[0]) == {HONEST[0]}
    assert taken_in(course, force=True, student_id="n*") == {"named", "nothing"}
    assert taken_in(course, force=True, student_id_exclude="named,link") == everybody - {"named", "link"}
    assert taken_in(course, force=True, notebook_id=NAME) == everybody
    with pytest.raises(NbGraderException, match="has no notebook ps5: check the name"):
        taken_in(course, notebook_id="ps5")


def test_the_mirror_holds_one_submission_at_a_time_and_goes_with_the_last(course):
    converter = intake.Autograde(coursedir=directory(course, student_id="n*"))
    converter.force = True
    mirror = intake.Mirror(converter)
    for _, notebooks in sorted(converter.assignments.items()):
        converter.pre_convert_hook(notebooks=notebooks)
        assert list(mirror.path.rglob("*.ipynb")) == [Path(notebooks[0])]
        converter.post_convert_hook(notebooks=notebooks)
        assert not Path(notebooks[0]).exists()
    assert not mirror.path.exists()


def test_names_that_nobody_can_have_stop_nobody(course):
    for name in (b"two\nlines", b"\xff", b"<img src=x>", b'a" onclick="b'):
        put(course.path / "submitted" / os.fsdecode(name) / NAME, b"")
    put(course.path / "submitted" / "new" / NAME, b"")
    assert taken_in(course) == {"new"}


def half_written(folder):
    path = folder / FILE
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[: len(data) // 2])


def sanitised_only(folder):
    notebook = nbformat.read(folder / FILE, 4)
    del notebook.metadata["pgcourse"]["graded"]
    (folder / FILE).unlink()
    nbformat.write(notebook, folder / FILE)


def not_begun(folder):
    (folder / FILE).unlink()


def other_timestamp(folder):
    put(folder, b"2026-11-02 10:00:00 UTC", "timestamp.txt")
    put(folder.parents[2] / "submitted" / folder.parent.name / NAME, b"2026-11-22 10:00 UTC", "timestamp.txt")


def no_timestamp(folder):
    other_timestamp(folder)
    (folder / "timestamp.txt").unlink()


def broken_timestamp(folder):
    put(folder, b"\xff", "timestamp.txt")


def partial_timestamp(folder):
    put(folder, b"2026-11", "timestamp.txt")


@pytest.mark.parametrize(
    "interrupt",
    [half_written, sanitised_only, not_begun, other_timestamp, no_timestamp, broken_timestamp, partial_timestamp],
)
def test_half_done_work_is_done_again_and_the_rest_is_not(course, interrupt):
    folder = course.path / "autograded" / "named" / NAME
    interrupt(folder)
    assert taken_in(course) == {"named"}
    assert folder.exists() == (interrupt is other_timestamp)  # which nbgrader removes itself


def test_a_broken_timestamp_is_said_of_what_is_graded_already(course, caplog):
    put(course.path / "submitted" / "named" / NAME, b"12:30", "timestamp.txt")
    assert taken_in(course) == set()
    assert "named: timestamp.txt gives no complete date and time" in caplog.text


def test_a_gradebook_from_before_is_brought_up_to_date(course):
    with Gradebook(f"sqlite:///{course.path}/gradebook.db") as gradebook:
        gradebook.remove_submission(NAME, "named")
    assert taken_in(course) == {"named"}


def test_an_interrupted_run_is_finished_and_no_persons_grade_is_lost(course):
    url = f"sqlite:///{course.path}/gradebook.db"
    with Gradebook(url) as gradebook:
        gradebook.find_grade("boundaries", NAME, NAME, "named").manual_score = 2
        gradebook.find_comment("boundaries", NAME, NAME, "named").manual_comment = "Nearly."
        gradebook.db.commit()
    half_written(course.path / "autograded" / "named" / NAME)
    before = listing(course.path / "autograded")
    succeeded(autograde(course))
    after = listing(course.path / "autograded")
    again = {path.relative_to(course.path / "autograded").parts[0] for path in after if after[path] != before[path]}
    assert again == {"named"}
    assert course.grades(NAME)["named"].items() >= {("check-clamp-policy", (2.0, False))}
    with Gradebook(url) as gradebook:
        assert gradebook.find_grade("boundaries", NAME, NAME, "named").manual_score == 2
        assert gradebook.find_comment("boundaries", NAME, NAME, "named").manual_comment == "Nearly."


def test_a_run_refuses_to_start_without_what_it_needs(course):
    unknown = directory(course)
    unknown.assignment_id = "ps9"
    with pytest.raises(NbGraderException, match="does not have ps9: run `nbgrader generate_assignment ps9 --force`"):
        intake.Mirror(intake.Autograde(coursedir=unknown))
    with pytest.raises(NbGraderException, match="The gradebook cannot be read"):
        taken_in(course, db_url=f"sqlite:///{course.path}/no/such/folder.db")


def test_a_run_refuses_to_start_on_windows():
    """Where Python lacks some modules, so that those of the checks cannot even be imported."""
    code = """
import os, sys
sys.modules |= {"fcntl": None, "resource": None}
from pgcourse.grading.intake import mirror as intake
os.name = "nt"
intake.IntakeExporter(parent=intake.Autograde())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "NbGraderException: Grading needs Linux or macOS" in done.stderr.splitlines()[-1]


def test_a_run_refuses_to_start_without_its_sandbox(course, monkeypatch):
    monkeypatch.setattr(intake.bubblewrap, "unavailable_reason", lambda: "No sandbox works here.")
    for config, refused in [({}, True), ({"SandboxedExecute": {"sandbox": False}}, False)]:
        converter = intake.Autograde(coursedir=directory(course), config=Config(config))
        converter.autograde_preprocessors = ["pgcourse.grading.batch.execute.SandboxedExecute"]
        refusal = pytest.raises(NbGraderException, match="No sandbox works here")
        with refusal if refused else contextlib.nullcontext():
            intake.Mirror(converter).remove()


class NoSandbox(NbGraderPreprocessor):
    """A step that fails as that which runs a notebook does where no sandbox can be made any more."""

    def preprocess(self, nb, resources):
        raise SandboxError("The sandbox cannot be made (no room)")


def no_room(place, files):
    raise OSError(errno.ENOSPC, "No space left on device")


def read_only(place, files):
    raise OSError(errno.EROFS, "Read-only file system", "here/new")


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own way to make rows, which works
@pytest.mark.parametrize("student", ["named", "new"])
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (NoSandbox, "The sandbox cannot be made (no room): fix that, then run the same command."),
        (no_room, errors.DISK_FULL),
        (read_only, f"here/new {errors.READ_ONLY}"),
    ],
)
def test_what_would_happen_to_everybody_stops_a_run(course, monkeypatch, caplog, fault, sentence, student):
    shutil.copytree(course.path / "submitted" / "named", course.path / "submitted" / "new")
    shutil.copytree(course.path / "submitted" / "named", course.path / "submitted" / "zoe")
    converter = converters.Autograde(coursedir=directory(course, student_id="n[ae][mw]*"))
    converter.log = logging.getLogger(__name__)
    converter.force, converter.exporter_class = student == "named", intake.IntakeExporter
    converter.autograde_preprocessors = [NoSandbox]
    if fault is not NoSandbox:
        monkeypatch.setattr(intake.tempfolders, "write_files", fault)
    before = everything(course)
    caplog.set_level("INFO")
    with pytest.raises(SystemExit):
        converter.start()
    assert everything(course) == before
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [sentence]
    assert "Traceback" not in caplog.text
    assert not list(course.path.glob(f"autograded/{student}/*/*.ipynb"))


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own way to make rows, which works
def test_what_takes_too_long_to_read_is_set_aside_and_the_next_is_graded(course, monkeypatch):
    slow = {"cell_type": "code", "source": "[" + "0," * 49_000 + "]", "metadata": {}, "outputs": []}
    bomb = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [slow] * 100}  # near an untouched answer
    put(course.path / "submitted" / "a bomb" / NAME, json.dumps(bomb).encode())
    put(course.path / "submitted" / "b bomb" / NAME, json.dumps(bomb).encode())
    shutil.copytree(course.path / "submitted" / "named", course.path / "submitted" / "c")
    converter = converters.Autograde(coursedir=directory(course, student_id="[abc]*"))
    converter.force, converter.exporter_class = False, intake.IntakeExporter
    converter.autograde_preprocessors = []
    monkeypatch.setattr(apart, "SECONDS", 2)
    converter.start()
    said = intake.report(directory(course), NAME)
    for student in ("a bomb", "b bomb"):
        assert said[student] == ["This submission takes more than 2 seconds to read.", restore.ASIDE]
    assert not course.read(NAME, "autograded/c").metadata.pgcourse.set_aside


def everything(course):
    """Return all that the gradebook says."""
    with contextlib.closing(sqlite3.connect(course.path / "gradebook.db")) as database:
        return sorted(database.iterdump())


def test_what_is_handed_out_is_rebuilt_from_the_gradebook(course):
    path = course.path / "assignments" / notebook_path(NAME)
    with Gradebook(f"sqlite:///{course.path}/gradebook.db") as gradebook:
        known = gradebook.find_notebook(NAME, NAME)
        assert restore.handed_out(known, path) == RELEASE
        bare = restore.handed_out(known, path.with_name("missing.ipynb"))
    graded_cells = [each for each in RELEASE.cells if "nbgrader" in each.metadata]
    assert sorted(each.source for each in bare.cells) == sorted(each.source for each in graded_cells)
