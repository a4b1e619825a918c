"""What happens in a term, as docs/instructors.md tells it: late, extended, twice, from week 3 on, and after a typo."""

import os
import re
import shlex
from datetime import datetime, timedelta
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import MissingEntry
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.tests import run_nbgrader
from nbgrader.utils import parse_utc
from traitlets.config import Config

from pgcourse.grading.batch.versions import OTHER_CELLS, OTHER_POINTS, changes
from pgcourse.grading.intake import repair
from pgcourse.tools import cli
from tests.support.course import ROOT, cell, notebook_path, succeeded, written
from tests.support.small_course import PS, WRITTEN, SmallCourse

# nbgrader's own, when a submission is added
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning")]
PAGE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
SECTION = re.search(r"^## What happens in a term$(.*?)^## ", PAGE, re.M | re.S)[1]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", SECTION, re.M | re.S)
PLUGIN, EXTENSION = [text for language, text in BLOCKS if language == "python"]
COMMANDS = [line for language, text in BLOCKS if not language for line in text.splitlines()]

CHECK, ANSWER, QUESTION = "check-clamp-policy", "clamp-policy", "task-boundaries"
RIGHT = {
    "clamp_policy": "def clamp_policy(theta):\n    return np.clip([theta, 1 - theta], 0.0, 1.0)",
    "clamp_score": "def clamp_score(theta, action):\n    chance = clamp_policy(theta)[action]\n"
    "    return [1, -1][action] / chance if 0 < theta < 1 else 0",
}
HALF = RIGHT | {"clamp_score": "def clamp_score(theta, action):\n    return 7.0"}
WORDS = {"boundaries": "It stops for good."}
DUE = datetime(2026, 11, 2, 22, 59)  # noqa: DTZ001 - the gradebook's are UTC without saying so
SETTINGS = """
c.SandboxedExecute.sandbox = False
c.Exchange.root = {!r}
c.ExchangeCollect.check_owner = False  # one account hands in for all
"""


def mended(source):
    """Return the sources of the cells that have a typo, with and without it."""
    check, answer, question = (cell(source, name).source for name in (CHECK, ANSWER, QUESTION))
    hidden = "assert clamp_policy(0.75)[0] == 0.75\n### END HIDDEN TESTS"
    right = "assert clamp_policy(0.25)[0] == 0.25\n" + check.replace("### END HIDDEN TESTS", hidden)
    return (
        {
            CHECK: right.replace("== 0.25", "== 0.52").replace("== 0.75", "== 0.57"),
            ANSWER: answer.replace("Probabilities", "Probabilties"),
            QUESTION: f"{question}\n\nTwo sentances are enough.",
        },
        {CHECK: right, ANSWER: answer, QUESTION: f"{question}\n\nTwo sentences are enough."},
    )


def renamed(source):
    """Give a check another name; return the notebook."""
    cell(source, CHECK).metadata.nbgrader.grade_id = "check-policy"
    return source


class Term(SmallCourse):
    """A course in which the page's section happens."""

    def __init__(self, path, patch):
        """Release the first version of the problem set, which has typos."""
        source = nbformat.read(ROOT / "solutions" / notebook_path(PS), 4)
        typos, self.right = mended(source)
        super().__init__(path, more=[QUESTION], sources=typos)
        self.exchange = path / "exchange"
        with self.config.open("a", encoding="utf-8") as file:
            file.write(SETTINGS.format(str(self.exchange)) + PLUGIN)
        self.earlier = self.read(PS)
        self.said = {}
        patch.chdir(self.path)
        patch.setattr(os, "environ", os.environ)  # run_nbgrader leaves a dictionary there
        for name, value in self.environment.items():
            patch.setenv(name, value)
        patch.setenv("JUPYTER_CONFIG_DIR", str(self.home))

    def run(self, start, code=0):
        """Run the command of the section that begins so; keep what it says."""
        (command,) = [line for line in COMMANDS if line.startswith(start)]
        name, *arguments = shlex.split(command)
        if name == "nbgrader":
            self.said[start] = run_nbgrader(arguments, retcode=code, stdout=arguments[-1] == "list")
        else:
            done = self.python("-m", name, *arguments)
            assert done.returncode == code, done.stdout + done.stderr
            self.said[start] = done.stdout

    def generate(self, code=0):
        """Run the command that the section names in a sentence."""
        (command,) = set(re.findall(r"`nbgrader (generate_assignment .*?)`", SECTION))
        return run_nbgrader(command.split(), retcode=code)

    def submit(self, student, time, version, answers):
        """Put into the exchange what `nbgrader submit` puts there."""
        stamp = f"{DUE + time:%Y-%m-%d %H:%M:%S.%f} UTC"
        folder = self.exchange / "pgcourse" / "inbound" / f"{student}+{PS}+{stamp}+secret"
        folder.mkdir()
        answered = {name.replace("_", "-"): source for name, source in answers.items()}
        nbformat.write(written(nbformat.from_dict(version), answered), folder / f"{PS}.ipynb")
        (folder / "timestamp.txt").write_text(stamp)

    def submissions(self):
        """Return {student: what the gradebook says of the submission}."""
        with self.gradebook() as gradebook:
            found = {}
            for one in gradebook.assignment_submissions(PS):
                grades = {grade.name: grade for grade in one.notebooks[0].grades}
                words = grades.pop(WRITTEN)
                found[one.student.id] = SimpleNamespace(
                    checks=sum(grade.auto_score for grade in grades.values()),
                    late=one.total_seconds_late,
                    extension=one.extension,
                    penalty=one.late_submission_penalty,
                    by_hand=words.manual_score,
                    waits=words.needs_manual_grade,
                    score=one.score,
                    maximum=one.max_score,
                )
            return found

    def remarks(self, student):
        """Return what grading said of a student's notebook."""
        return self.read(PS, f"autograded/{student}").metadata["pgcourse"]["said"]


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """The section, in the order in which things happen; what is to be seen on the way is kept."""
    with pytest.MonkeyPatch.context() as patch:
        term = Term(tmp_path_factory.mktemp("t"), patch)
        term.run("nbgrader db assignment add")
        term.run("nbgrader db assignment list")
        term.run("nbgrader db student add")
        source = term.read(PS, "solutions")
        term.write_source(renamed(term.read(PS, "solutions")))
        term.warned = term.generate()
        term.write_source(written(source, term.right))
        term.generate()
        term.run("nbgrader release_assignment")
        term.present = term.read(PS)
        hour, day = timedelta(hours=1), timedelta(days=1)
        term.submit("ada", -3 * hour, term.earlier, RIGHT | WORDS)
        term.submit("bob", 1.5 * hour, term.present, RIGHT | WORDS)
        term.submit("cleo", -3 * hour, term.earlier, HALF)
        term.submit("dan", 2 * day, term.present, HALF)
        run_nbgrader(["collect", PS])
        with term.gradebook() as gradebook, pytest.raises(MissingEntry, match="No such submission"):
            gradebook.grant_extension(PS, "dan", days=3)
        succeeded(term.grade())
        term.first = term.submissions()
        term.first_remarks = {student: term.remarks(student) for student in term.first}
        for student in ("bob", "cleo"):
            term.mark(student, 2, "Well said.")
        with term.gradebook() as gradebook:
            gradebook.grant_extension(PS, "cleo", hours=1)
            gradebook.grant_extension(PS, "dan", days=1)
        exec(EXTENSION)
        term.run(f"pgcourse grade {PS} --student dan --force")
        term.submit("cleo", 1.5 * day, term.present, RIGHT | WORDS)
        term.run(f"nbgrader collect {PS} --update")
        succeeded(term.grade())
        term.second = term.submissions()
        yield term


def test_every_command_of_the_section_is_run(term):
    term.run(f"nbgrader collect {PS} --before-duedate")
    stamps = {path.parent.parent.name: path.read_text() for path in term.path.glob("submitted/*/*/timestamp.txt")}
    assert stamps["cleo"] == f"{DUE - timedelta(hours=3)}.000000 UTC"  # the first one, which was in time
    assert stamps["bob"] == f"{DUE + timedelta(hours=1.5)}.000000 UTC"  # late, but there is none in time
    assert len(term.said) == len(COMMANDS)


def test_what_is_late_costs_what_the_rule_says(term):
    assert f"{PS} (due: {DUE})" in term.said["nbgrader db assignment list"]
    late = {student: (one.late, one.penalty) for student, one in term.first.items()}
    assert late == {"ada": (0, 0), "bob": (5400, 0.5), "cleo": (0, 0), "dan": (2 * 86400, 0.4)}
    assert term.second["bob"].penalty == 0.5  # nothing of the points that were given by hand later
    assert term.second["bob"].score == 7


@pytest.mark.parametrize("text", ["2026-11-02 23:59 +0200", "2026-11-02 23:59 Europe/Nowhere"])
def test_what_nbgrader_makes_of_other_due_dates(text):
    assert abs(parse_utc(text) - datetime(2026, 11, 2, 23, 59)) < timedelta(minutes=5)  # noqa: DTZ001 - nbgrader's


def test_nbgraders_own_rule_takes_all(term):
    (setting,) = re.findall(r"`(c\.LateSubmissionPlugin.*?)`", SECTION)
    config = Config()
    exec(setting, {"c": config})
    names = {"notebook": PS, "assignment": PS, "student": "bob", "db_url": f"sqlite:///{term.path}/gradebook.db"}
    step = AssignLatePenalties(config=config, plugin_class=LateSubmissionPlugin)
    step.preprocess(nbformat.v4.new_notebook(), {"nbgrader": names})
    assert term.submissions()["bob"].penalty == term.second["bob"].score


def test_an_extension_takes_the_penalty_away(term):
    assert (term.second["dan"].late, term.second["dan"].penalty) == (0, 0)
    assert term.second["dan"].extension == timedelta(days=3)  # in place of one day, and not beside it
    assert term.second["dan"].checks == term.first["dan"].checks == 2


def test_a_second_hand_in_is_graded_and_what_was_given_by_hand_stays(term):
    first, second = term.first["cleo"], term.second["cleo"]
    assert (first.checks, second.checks) == (2, 5)
    assert (second.by_hand, second.waits) == (2, True)
    assert second.extension == timedelta(hours=1)
    assert (second.late, second.penalty) == (1.5 * 86400 - 3600, 1.4)  # of seven points, on the second day


def test_a_student_who_comes_later_has_a_name_and_no_points_until_something_is_handed_in(term, capsys):
    with term.gradebook() as gradebook:
        grace = gradebook.find_student("grace")
        assert (grace.first_name, grace.last_name, grace.email) == ("Grace", "Hopper", "grace@example.org")
    cli.main(["export", PS, "points.csv", "--to", "canvas", "--unfinished"])
    exported = (term.path / "points.csv").read_text()
    assert "Hopper" not in exported
    assert "dan" in exported
    run_nbgrader(["export"])
    (row,) = [line for line in (term.path / "grades.csv").read_text().splitlines() if "Hopper" in line]
    assert row.endswith("grace@example.org,0.0,0.0,0.0,8.0")
    run_nbgrader(["db", "student", "add", "grace", "--email=hopper@example.org"])
    with term.gradebook() as gradebook:
        assert gradebook.find_student("grace").last_name is None


def test_a_student_who_renames_the_folder_of_the_earlier_version_fetches_the_mended_one(term, tmp_path, monkeypatch):
    earlier = tmp_path / PS
    earlier.mkdir()
    nbformat.write(term.earlier, earlier / f"{PS}.ipynb")
    monkeypatch.chdir(tmp_path)
    fetch = ["fetch_assignment", PS, "--course=pgcourse", f"--Exchange.root={term.exchange}"]
    assert "already have a copy" in run_nbgrader(fetch, retcode=1)
    earlier.rename(tmp_path / "earlier")
    run_nbgrader(fetch)
    assert nbformat.read(earlier / f"{PS}.ipynb", as_version=4) == term.present
    assert term.present != term.earlier == nbformat.read(tmp_path / "earlier" / f"{PS}.ipynb", as_version=4)


def test_hand_ins_of_both_versions_are_graded_alike_and_rightly(term):
    assert {student: one.checks for student, one in term.first.items()} == {"ada": 5, "bob": 5, "cleo": 2, "dan": 2}
    replaced = f"The check {CHECK} is of another version of this assignment: the present one takes its place."
    assert term.first_remarks["ada"] == [replaced]
    assert term.first_remarks["cleo"][0] == replaced
    assert term.first_remarks["bob"] == term.first_remarks["dan"] == []
    assert "Probabilties" in cell(term.earlier, ANSWER).source


def test_an_empty_answer_waits_for_a_person_only_where_its_question_has_changed(term):
    assert {student: one.waits for student, one in term.first.items()} == {
        "ada": True, "bob": True, "cleo": True, "dan": False,
    }  # fmt: skip
    assert "sentances" in cell(term.read(PS, "autograded/ada"), QUESTION).source


def test_what_must_stay_in_a_mended_source(term):
    source = term.read(PS, "solutions")
    cell(source, CHECK).metadata.nbgrader.points += 1
    term.write_source(source)
    assert OTHER_POINTS.format(CHECK, 3, 2) in term.generate()
    now = term.submissions()["ada"]
    assert (now.maximum, now.score) == (9, term.second["ada"].score)  # not refused, and not regraded
    succeeded(term.grade("--student", "ada", "--force"))
    assert term.submissions()["ada"].score == term.second["ada"].score + 1
    released = term.path / "assignments" / notebook_path(PS)
    before = released.read_bytes()
    term.write_source(renamed(nbformat.from_dict(source)))
    assert "Cannot add or remove cells" in term.generate(code=1)
    assert released.read_bytes() == before
    term.write_source(source)
    term.generate()


def test_a_renamed_cell_is_said_when_the_assignment_is_made_before_anything_is_graded(term):
    assert OTHER_CELLS.format(f"gone: {CHECK}; new: check-policy") in term.warned
    cells = {"check": 2.0, "answer": 0.0}
    assert list(changes({}, cells)) == list(changes(cells, cells)) == []
    assert list(changes(cells, {"check": 2.0})) == [OTHER_CELLS.format("gone: answer")]
    assert list(changes(cells, {**cells, "more": 1.0})) == [OTHER_CELLS.format("new: more")]
    assert list(changes(cells, {**cells, "check": 2.5})) == [OTHER_POINTS.format("check", 2.5, 2)]


@pytest.mark.parametrize("edit", [lambda check: check.metadata.nbgrader.update(points=9), lambda check: "print()"])
def test_what_a_student_edits_is_not_taken_for_another_version(term, edit):
    notebook = nbformat.from_dict(term.earlier)
    check = cell(notebook, CHECK)
    check.source += edit(check) or ""
    repaired, said = repair.repaired(notebook, term.present)
    assert f"The check {CHECK} had been edited: the original is restored." in said
    assert cell(repaired, CHECK) == cell(term.present, CHECK)
