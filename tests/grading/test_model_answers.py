"""Model answers and their points: beside the student's text for whoever grades, and in feedback once it is graded."""

import copy
import os
import re
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from nbgrader.preprocessors import GetGrades
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config.loader import PyFileConfigLoader

from pgcourse.grading.pages.model_answers import ModelAnswers
from tests.support.course import PROBLEM_SETS, ROOT, notebook_path

PS, ANSWER = "ps4_left_right", "boundaries"
HEADING = "Model answer, with its points"
MINE = "I believe that the clamp is to blame."
RELEASED = nbformat.read(ROOT / "assignments" / notebook_path(PS), as_version=4)
AUTOGRADED = nbformat.v4.new_notebook(cells=[cell for cell in RELEASED.cells if cell.id in ("title", ANSWER)])
AUTOGRADED.cells[1].source = MINE


def text_of(page):
    """Return the words of a page, without tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<body")[2]).split())


def page(form, resources, **settings):
    """Return the words of a page of the notebook as this course's settings make it."""
    config = PyFileConfigLoader("nbgrader_config.py", str(ROOT)).load_config()
    config.HTMLExporter.template_name = form
    config.ModelAnswers.update(settings)
    config.HTMLExporter.extra_template_paths = [
        str(Path(handlers.static_path, "node_modules", "bootstrap", "dist", "css"))
    ]
    words = {"base_url": "", "index": 0, "total": 1, "student": "ann", "last_name": None} | resources
    exporter = HTMLExporter(config=config)
    if "nbgrader" in resources:
        exporter.register_preprocessor(GetGrades, enabled=True)
    return text_of(exporter.from_notebook_node(AUTOGRADED, resources=words)[0])


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """The address of a gradebook in which ann has handed in the notebook."""
    url, path = f"sqlite:///{tmp_path_factory.mktemp('model')}/gradebook.db", os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"  # nbgrader calls alembic by name
    try:
        with Gradebook(url) as book:
            book.add_assignment(PS)
            book.add_notebook(PS, PS)
            book.add_grade_cell(ANSWER, PS, PS, max_score=2, cell_type="markdown")
            book.add_solution_cell(ANSWER, PS, PS)
            book.add_student("ann")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # nbgrader adds the submission before it adds its notebooks
                book.add_submission(PS, "ann")
    finally:
        os.environ["PATH"] = path
    return url


def feedback(url, **settings):
    """Return the words of ann's page of feedback."""
    graded = {"notebook": PS, "assignment": PS, "student": "ann", "db_url": url}
    return page("feedback", {"nbgrader": graded | {"score": 0, "max_score": 2, "late_penalty": 0}}, **settings)


def grade(url, points):
    """Grade ann's answer as the Formgrader does; None for what nobody has looked at."""
    with Gradebook(url) as book:
        found = book.find_grade(ANSWER, PS, PS, "ann")
        found.manual_score, found.needs_manual_grade = points, points is None
        book.db.commit()


def parts():
    """Return the parts of the model answer that say their points."""
    source = nbformat.read(ROOT / "solutions" / notebook_path(PS), as_version=4)
    return re.findall(r"\(\d point[^)]*\)", next(cell.source for cell in source.cells if cell.id == ANSWER))


def test_the_formgrader_shows_the_model_answer_and_its_points_below_the_students_text():
    found = page("formgrade", {"assignment_id": PS, "notebook_id": PS})
    before, mine, after = found.partition(MINE)
    assert mine
    assert HEADING in after
    assert HEADING not in before
    assert parts()
    assert all(part in after for part in parts())


@pytest.mark.slow
def test_feedback_shows_it_once_the_answer_is_graded_and_never_before(gradebook):
    grade(gradebook, None)
    assert HEADING not in feedback(gradebook)
    grade(gradebook, 0.0)
    after = feedback(gradebook).partition(MINE)[2]
    assert HEADING in after
    assert all(part in after for part in parts())
    assert HEADING not in feedback(gradebook, in_feedback=False)


@pytest.mark.parametrize("known", [{"assignment_id": "ps0", "notebook_id": "ps0"}, {}, {"nbgrader": {"notebook": PS}}])
def test_where_there_is_no_source_the_page_is_as_it_was(known):
    assert ModelAnswers().preprocess(copy.deepcopy(AUTOGRADED), known)[0] == AUTOGRADED


@pytest.mark.parametrize("problem_set", PROBLEM_SETS)
def test_what_is_handed_out_holds_no_model_answer(problem_set):
    released = (ROOT / "assignments" / notebook_path(problem_set)).read_text(encoding="utf-8")
    source = nbformat.read(ROOT / "solutions" / notebook_path(problem_set), as_version=4)
    answers = [
        cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.metadata.nbgrader.solution
    ]
    assert answers
    for answer in answers:
        assert "1 point" in answer  # each part says what it earns
        assert [line for line in answer.splitlines() if len(line) > 30 and line[:30] in released] == []
