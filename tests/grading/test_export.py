"""`pgcourse export`: what Canvas and Moodle get to import, and what they do not."""

import csv
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook

from pgcourse.grading.lms.export import _text
from pgcourse.tools import cli
from pgcourse.tools.lab import environment

# nbgrader's own, when a submission is added
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning"),
]

PS = "ps4_left_right"
SETTINGS = 'c = get_config()\nc.CourseDirectory.course_id = "pgcourse"\n'


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Make a gradebook with one assignment of 10 points and one written answer of 5; return bytes."""
    path = tmp_path_factory.mktemp("export") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch, Gradebook(_findable(patch, path), "pgcourse") as gradebook:
        gradebook.add_assignment(PS)
        gradebook.add_notebook(PS, PS)
        for name, points in (("check", 10), ("answer", 5)):
            gradebook.add_grade_cell(name, PS, PS, max_score=points, cell_type="code")
    return path.read_bytes()


def _findable(patch, path):
    """Return the URL of a gradebook; nbgrader makes it with `alembic`, which it calls by name."""
    patch.setenv("PATH", environment(present=False)["PATH"])
    return f"sqlite:///{path}"


@pytest.fixture
def course(graded, tmp_path, monkeypatch):
    (tmp_path / "gradebook.db").write_bytes(graded)
    (tmp_path / "nbgrader_config.py").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return SimpleNamespace(path=tmp_path)


def grade(course, student, points=10, answer=2.5, late=0, **about):
    """Enter a student's grades; answer None for one that nobody has marked."""
    with Gradebook(f"sqlite:///{course.path}/gradebook.db", "pgcourse") as gradebook:
        gradebook.add_student(student, **about)
        submission = gradebook.add_submission(PS, student)
        submission.notebooks[0].late_submission_penalty = late
        for name, score in (("check", points), ("answer", answer)):
            cell = gradebook.find_grade(name, PS, PS, student)
            cell.auto_score, cell.manual_score = (score, None) if name == "check" else (None, score)
            cell.needs_manual_grade = score is None
        gradebook.db.commit()


def hand_in(course, student, time="2026-11-02 10:00:00 UTC"):
    folder = course.path / "submitted" / student / PS
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text(time)


def export(capsys, platform, *options, assignment=PS):
    """Run `pgcourse export`; return its exit code, the file's rows and what it printed and complained of."""
    code = cli.main(["export", assignment, "points.csv", "--to", platform, *options])
    said = capsys.readouterr()
    try:
        with open("points.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError:
        rows = None
    return code, rows, said.out + said.err


def test_canvas_gets_its_own_columns(course, capsys):
    grade(course, "ada", first_name="Ada", last_name="Lovelace, Countess", lms_user_id="11")
    grade(course, "alan@example.org", points=7, late=1.25)
    code, rows, said = export(capsys, "canvas", "--column", "Problem set 4 (98765)")
    assert (code, said) == (0, "points.csv: the points of 2 students.\n")
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Problem set 4 (98765)"],
        ["Points Possible", "", "", "", "", "15"],
        ["alan@example.org", "", "", "alan@example.org", "", "8.25"],
        ["Lovelace, Countess, Ada", "11", "", "", "", "12.5"],
    ]


def test_moodle_gets_e_mail_addresses_and_nobody_without_one(course, capsys):
    grade(course, "Ada Lovelace", first_name="Ada", last_name="Lovelace", email="ada@example.org")
    grade(course, "alan@example.org", points=0, answer=0)
    grade(course, "Nobody Known")
    grade(course, "Eve", email="=eve@example.org")
    code, rows, said = export(capsys, "moodle")
    assert code == 1
    assert rows == [
        ["First name", "Last name", "Email address", PS],
        ["", "", "alan@example.org", "0"],
        ["Ada", "Lovelace", "ada@example.org", "12.5"],
    ]
    assert "Left out because Moodle needs an e-mail address" in said
    assert "Eve, Nobody Known." in said
    assert "the points of 2 students" in said


def test_no_penalty_makes_points_negative(course, capsys):
    grade(course, "11", points=1, answer=0, late=5)
    assert export(capsys, "canvas")[1][-1][-1] == "0"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", " =", "\t=", "\r="])
def test_no_name_is_a_formula(course, capsys, sign):
    name = f'{sign}HYPERLINK("x","a,b")'
    grade(course, "11", last_name=name)
    grade(course, f"{sign}12")
    _, rows, _ = export(capsys, "canvas", "--column", f"{sign}1")
    assert {row[0] for row in rows[2:]} == {f"'{name}", f"'{sign}12"}
    assert f"'{sign}12" in [row[3] for row in rows]
    assert rows[0][-1] == f"'{sign}1"


@pytest.mark.parametrize("separator", [";", "\t", "|", "\r", ",", "; ", '";"'])
def test_no_part_of_a_name_is_a_formula_whatever_parts_it(separator):
    for sign in "=+-@＝":
        assert _text(f"Ann{separator}{sign}1+1") not in (f"Ann{separator}{sign}1+1", f"'Ann{separator}{sign}1+1")
    for name in ("Ann-Marie O'Neil", "a+b@example.org", "Ada; Lovelace", "Problem set 4 - the gridworld (98765)"):
        assert _text(name) == name


def test_points_that_are_not_final_are_left_out_unless_they_are_wanted(course, capsys):
    grade(course, "11", answer=None)
    grade(course, "12")
    code, rows, said = export(capsys, "canvas")
    assert (code, [row[1] for row in rows[2:]]) == (1, ["12"])
    assert "Left out because some answers are not marked yet" in said
    assert said.count("11") == 1
    code, rows, said = export(capsys, "canvas", "--unfinished")
    assert (code, [(row[1], row[-1]) for row in rows[2:]]) == (1, [("11", "10"), ("12", "12.5")])
    assert "Not final because some answers are not marked yet" in said


def test_what_is_not_graded_or_handed_in_again_is_said(course, capsys):
    for student in ("11", "12", "13"):
        hand_in(course, student)
    hand_in(course, ".replaced")
    for student, time in (("11", "2026-11-02 10:00:00 UTC"), ("12", "2026-11-01 10:00:00 UTC")):
        grade(course, student, answer=None if student == "12" else 2.5)
        with Gradebook(f"sqlite:///{course.path}/gradebook.db", "pgcourse") as gradebook:
            gradebook.update_or_create_submission(PS, student, timestamp=time)
    code, rows, said = export(capsys, "canvas")
    assert (code, [row[1] for row in rows[2:]]) == (1, ["11"])
    assert "the last submission is not graded yet: 12, 13. Run `pgcourse grade`" in said
    assert "not marked yet" not in said  # once is enough


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        ("2026-11-02 11:30:00 Europe/Berlin", "not graded yet"),
        ("2026-11-02 12:30:00 +02:30", None),
        (
            "2026-11",
            "Perhaps handed in again (timestamp.txt is broken): 11. `pgcourse grade` says what",
        ),
    ],
)
def test_what_was_handed_in_later_is_known_in_every_zone_and_said_where_it_cannot_be(course, capsys, stamp, words):
    hand_in(course, "11", stamp)
    grade(course, "11")
    with Gradebook(f"sqlite:///{course.path}/gradebook.db", "pgcourse") as gradebook:
        gradebook.update_or_create_submission(PS, "11", timestamp="2026-11-02 10:00:00 UTC")
    _, _, said = export(capsys, "canvas")
    assert (words or "1 students") in said
    assert ("1 students" in said) == (words != "not graded yet")


@pytest.mark.parametrize(("assignment", "words"), [("ps9", f"it has {PS}")])
def test_an_unknown_problem_set_is_refused_in_one_sentence(course, capsys, assignment, words):
    code, rows, said = export(capsys, "canvas", assignment=assignment)
    assert (code, rows, said.count("\n")) == (1, None, 1)
    assert words in said


def test_a_broken_gradebook_is_refused_in_one_sentence(course, capsys):
    (course.path / "gradebook.db").write_text("no database, but long enough to be looked at as if it were one")
    code, rows, said = export(capsys, "canvas")
    assert (code, rows, said.count("\n")) == (1, None, 1)
    assert "gradebook.db cannot be opened" in said


def test_a_file_that_cannot_be_written_leaves_nothing_behind(course, capsys):
    grade(course, "11")
    (course.path / "points.csv").mkdir()
    assert cli.main(["export", PS, "points.csv", "--to", "canvas"]) == 1
    assert "points.csv cannot be written (Is a directory): name another file." in capsys.readouterr().err
    assert [path.name for path in course.path.iterdir() if "points" in path.name] == ["points.csv"]
