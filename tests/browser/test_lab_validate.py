"""nbgrader's Validate button in a real JupyterLab says what the checks in the notebook say."""

import re

import pytest
from playwright.sync_api import expect

from pgcourse.tools.check import results
from pgcourse.tools.tidy import dumps, read
from tests.support.course import ROOT, answered, notebook_path, tasks_of, without
from tests.support.labdrive import RUN_SECONDS

pytestmark = pytest.mark.browser

PS = "ps4_left_right"
RIGHT, WRONG, *UNANSWERED = tasks_of(PS)


@pytest.fixture
def notebook(tmp_path):
    """The path of a release with one right and one wrong answer; the slider is not what this tests."""
    release = without(read(ROOT / "assignments" / notebook_path(PS)), "play")
    answers = {RIGHT.name: RIGHT.reference_source(), WRONG.name: WRONG.mistakes[0].source(WRONG.name)}
    path = tmp_path / f"{PS}.ipynb"
    path.write_text(dumps(answered(release, answers)), encoding="utf-8")
    return path


def test_validate_says_what_the_checks_say(lab, notebook):
    rows = results(read(notebook), notebook.parent)
    failed = {name: sentence for name, points, _, sentence in rows if points == 0}
    written = [name for name, points, _, _ in rows if points is None]
    lab.open(notebook)
    lab.page.get_by_role("button", name="Validate").click()
    dialog = lab.page.locator(".jp-Dialog")
    expect(dialog).to_contain_text(WRONG.mistakes[0].sentence, timeout=RUN_SECONDS * 1000)
    said = re.sub(r"\s+", " ", dialog.inner_text())
    assert said.count("The following cell failed") == len(failed) + len(written)
    assert failed.keys() == {"clamp-score", *(task.name.replace("_", "-") for task in UNANSWERED)}
    for sentence in failed.values():
        assert sentence in said
    assert f"{RIGHT.name} passes" not in said
    dialog.get_by_role("button", name=re.compile("ok", re.I)).click()
    expect(dialog).to_have_count(0)
