"""What check cells of other courses do is graded right, or refused in a sentence that says what to write instead.

All idioms are in one notebook: it is graded as it is solved, with a wrong answer to each task, and as handed out.
"""

import nbformat
import pytest
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from pgcourse.grading.batch.contract import Trial
from pgcourse.grading.checks.idioms import UNKNOWN
from pgcourse.grading.configure import configure
from tests.support.foreign_course import answer, check
from tests.support.idioms import idioms

pytestmark = pytest.mark.sandbox
IDIOMS = idioms()
FULL = 2  # points of each check


def notebook(answers):
    """Return a source notebook with a task for each idiom, given {idiom: its answer}."""
    cells = [nbformat.v4.new_code_cell("import numpy as np")]
    for idiom, source in answers.items():
        cells += [answer(f"answer-{idiom.grade_id}", source), check(idiom.grade_id, idiom.check, FULL)]
    return nbformat.v4.new_notebook(cells=cells)


def trial(source, folder):
    """Return the trial of a source notebook in a course that has our settings."""
    config = Config()
    configure(config)
    converter = GenerateAssignment(coursedir=CourseDirectory(root=str(folder)), config=config)
    return Trial(source, {"unique_key": "idioms"}, converter, folder)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What became of the idioms: ({grade_id: sentences that refuse it}, {grade_id: points for a wrong answer})."""
    folder = tmp_path_factory.mktemp("idioms")
    (folder / "data.csv").write_text("name,age\nAda,36\n")
    (folder / "expected.json").write_text('{"five": 5}')
    tried = trial(notebook({idiom: idiom.right for idiom in IDIOMS}), folder)
    sentences = tried.broken()
    assert tried.said == []
    wrong, _ = tried.grade(notebook({idiom: idiom.wrong for idiom in IDIOMS}))
    refused = {
        name: [sentence for sentence in sentences if sentence.startswith((f"{name},", f"{name}:"))] for name in wrong
    }
    return refused, {name: grade.points for name, grade in wrong.items()}


def test_idioms_have_names_of_their_own():
    assert len({idiom.grade_id for idiom in IDIOMS}) == len(IDIOMS) >= 70


@pytest.mark.parametrize("idiom", IDIOMS, ids=lambda idiom: idiom.grade_id)
def test_an_idiom_is_graded_right_or_refused_in_words(seen, idiom):
    refused, wrong = seen
    sentences = refused[idiom.grade_id]
    if not sentences:  # the right answer gained all points, and no answer gained none
        assert not idiom.mend
        assert wrong[idiom.grade_id] == 0
    for sentence in sentences:
        assert idiom.mend in sentence
        assert UNKNOWN[1] not in sentence, "the sentence says nothing of the idiom"
        assert ": the check " in sentence


def test_most_idioms_are_graded(seen):
    refused, _ = seen
    graded = [name for name, sentences in refused.items() if not sentences]
    assert len(graded) >= 0.8 * len(refused)
    assert {"pool-of-threads", "threads-that-all-call-and-are-called"} <= {*graded}
