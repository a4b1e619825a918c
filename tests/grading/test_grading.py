"""The life of an assignment with the real nbgrader commands: release, validate, collect, grade, feedback, export.

Every problem set is released; one goes the whole way. What each answer earns is in test_kill_matrix.py.
"""

import csv
import hashlib

import pytest

from pgcourse.tools.tidy import canonical
from tests.support.course import (
    PROBLEM_SETS,
    ROOT,
    Course,
    cell,
    cell_name,
    notebook_path,
    solution_cell,
    solved,
    succeeded,
    tasks_of,
    without,
    written,
)

pytestmark = pytest.mark.slow
PS = "ps4_left_right"
POINTS = {f"check-{cell_name(task.name)}": task.points for task in tasks_of(PS)}
WRITTEN = "boundaries"
SLIDER = "play-samples"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return Course(tmp_path_factory.mktemp("grading"))


@pytest.fixture(scope="module")
def releases(course):
    """The bytes of each release as it was generated; that of PS is generated over its first one."""
    made = {}
    for name in [PS, *PROBLEM_SETS]:
        succeeded(course.nbgrader("generate_assignment", name, *["--force"] * (name in made)))
        made[name] = (course.path / "assignments" / notebook_path(name)).read_bytes()
    return made


def graded_cells(notebook):
    """Return {cell id: points} of the cells that count."""
    entries = {cell.id: cell.metadata.get("nbgrader", {}) for cell in notebook.cells}
    return {cell_id: entry["points"] for cell_id, entry in entries.items() if entry.get("grade")}


def test_every_source_has_its_tasks():
    sources = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())
    assert sources == PROBLEM_SETS


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_release_is_what_is_committed_and_the_same_each_time(releases, problem_set):
    committed = (ROOT / "assignments" / notebook_path(problem_set)).read_bytes()
    assert releases[problem_set] == committed, f"run: nbgrader generate_assignment {problem_set} --force"


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_release_shows_no_solution_and_no_hidden_test(course, releases, problem_set):
    stubs = ('raise NotImplementedError("This is not written yet', "*Replace this line by your answer.*")
    source, release = course.read(problem_set, "solutions"), course.read(problem_set)
    for old, new in zip(source.cells, release.cells, strict=True):
        added = [line.strip() for line in new.source.splitlines() if line not in open_lines(old)]
        assert all(line.startswith(stubs) for line in added), old.id


def open_lines(cell):
    """Return the lines of a source cell that are no solution, no hidden test and no model answer."""
    entry = cell.metadata.get("nbgrader", {})
    if entry.get("solution") and entry["grade"]:
        return []
    lines, is_open = [], True
    for line in cell.source.splitlines():
        if line.strip().startswith("### "):
            is_open = "END" in line
        elif is_open:
            lines.append(line)
    return lines


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_release_differs_from_the_source_in_answers_and_checks_alone(course, releases, problem_set):
    source, release = course.read(problem_set, "solutions"), course.read(problem_set)
    assert [cell.id for cell in release.cells] == [cell.id for cell in source.cells]
    changed = {new.id for old, new in zip(source.cells, release.cells, strict=True) if old.source != new.source}
    answers = {solution_cell(release, task.name).id for task in tasks_of(problem_set)}
    assert changed == answers | graded_cells(release).keys()
    assert release == canonical(release, problem_set)


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_points_in_the_notebook_are_those_of_its_tasks_and_of_its_title(course, releases, problem_set):
    release = course.read(problem_set)
    points = graded_cells(release)
    checked = {f"check-{cell_name(task.name)}": task.points for task in tasks_of(problem_set)}
    assert points.items() >= checked.items()
    assert all(cell(release, cell_id).cell_type == "markdown" for cell_id in points.keys() - checked.keys())
    assert f"{sum(points.values())} points" in cell(release, "title").source


def test_validate_tells_the_release_from_the_solution(course, releases):
    paths = [f"{folder}/{notebook_path(PS)}" for folder in ("assignments", "solutions")]
    release, solution = course.nbgrader("validate", *paths).stdout.split("Success! Your notebook passes all the tests.")
    assert f"VALIDATION FAILED ON {len(POINTS) + 1} CELL(S)" in release
    assert "is not answered yet" in release
    assert solution.strip() == ""


@pytest.fixture(scope="module")
def graded(course, releases):
    """The course after one batch of `nbgrader autograde`; students are named by what they handed in."""
    solution = course.read(PS, "solutions")
    half = course.read(PS)
    written(half, {cell_id: cell(solution, cell_id).source for cell_id in ("clamp-policy", "clamp-score")})
    whole = solved(course.read(PS), solution)
    course.hand_in("release", PS, course.read(PS))
    course.hand_in("half", PS, half)
    course.hand_in("solution", PS, written(whole, {WRITTEN: cell(solution, WRITTEN).source}))
    course.hand_in("edited checks", PS, written(course.read(PS), dict.fromkeys(POINTS, "pass")))
    course.hand_in("deleted checks", PS, without(whole, "check"))
    course.collected = handed_in(course)
    succeeded(course.nbgrader("autograde", PS))
    return course


def handed_in(course):
    """Return {path: hash} of everything that students handed in."""
    files = sorted((course.path / "submitted").rglob("*.ipynb"))
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def points(graded, student):
    """Return {check: points} of a student."""
    return {check: graded.grades(PS)[student][check][0] for check in POINTS}


def test_solution_gets_all_points_and_its_written_answer_waits_for_a_person(graded):
    assert points(graded, "solution") == POINTS
    assert graded.grades(PS)["solution"][WRITTEN] == (None, True)


def test_untouched_release_gets_nothing(graded):
    assert graded.grades(PS)["release"] == dict.fromkeys([*POINTS, WRITTEN], (0, False))


def test_half_done_gets_the_points_of_what_is_done(graded):
    assert points(graded, "half") == dict.fromkeys(POINTS, 0) | {"check-clamp-policy": 2, "check-clamp-score": 3}


def test_deleted_checks_are_put_back_and_edited_ones_count_for_nothing(graded):
    assert points(graded, "deleted checks") == POINTS
    cells = graded.read(PS, "autograded/deleted checks").cells
    (restored,) = (cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "check-clamp-policy")
    assert restored.source == cell(graded.read(PS, "solutions"), "check-clamp-policy").source
    assert "The cell check\\-clamp\\-policy was missing: it is back." in cells[0].source
    assert points(graded, "edited checks") == dict.fromkeys(POINTS, 0)


@pytest.mark.parametrize(
    ("student", "words"),
    [("solution", "The mean is -5.00 and the variance 225.00"), ("release", "This is not written yet")],
)
def test_slider_runs_on_the_students_functions_and_survives_missing_ones(graded, student, words):
    (output,) = cell(graded.read(PS, f"autograded/{student}"), SLIDER).outputs
    assert output.output_type == "execute_result"
    assert words in output.data["text/plain"]


def test_grading_leaves_what_was_handed_in_alone(graded):
    assert handed_in(graded) == graded.collected


def test_feedback_and_export(graded):
    succeeded(graded.nbgrader("generate_feedback", PS, "--student", "half"))
    feedback = graded.path / "feedback" / "half" / notebook_path(PS).with_suffix(".html")
    assert "(Score: 5.0 / 19.0)" in feedback.read_text(encoding="utf-8")
    succeeded(graded.nbgrader("export", "--to", "grades.csv"))
    with open(graded.path / "grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file) if row["assignment"] == PS}
    full = sum(POINTS.values())
    assert rows == {"solution": full, "half": 5, "release": 0, "deleted checks": full, "edited checks": 0}
