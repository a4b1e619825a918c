"""Checkpoints with a number, answered in Chromium: the page says what Python says."""

import importlib

import nbformat
import numpy as np
import pytest
from playwright.sync_api import expect

from pgcourse._lectures import LECTURES
from pgcourse.book import questions, site
from pgcourse.checkpoints import Checkpoint
from tests.support.axe import complaints

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><title>Questions</title><main><h1>Questions</h1>{}</main>
<script>{}</script></html>"""
# answers a question as a reader does, and returns what the page says
ANSWER = """([place, text]) => {
    place.querySelector('input').value = text;
    place.querySelector('button').click();
    return place.querySelector('[role=status]').textContent;
}"""


def asked():
    """Return the checkpoints with a number, by the names of their lectures and their own."""
    modules = {name: importlib.import_module(f"pgcourse.checkpoints.{name}") for name in LECTURES}
    found = [
        (f"{lecture}.{name}", one)
        for lecture, module in modules.items()
        for name, one in vars(module).items()
        if isinstance(one, Checkpoint)
    ]
    return {name: one for name, one in found if one.is_number}


def written(value):
    """Return a number, or a row of them, as a reader writes it."""
    return f"[{', '.join(map(repr, value.tolist()))}]" if np.ndim(value) else repr(float(value))


@pytest.fixture
def page(lab):
    source = "\n".join(f"pg.checkpoints.{name}(...)" for name in asked())
    places = questions.below(nbformat.v4.new_code_cell(source), "../")
    page = lab.new_page()
    page.set_content(PAGE.format("".join(place["data"]["text/html"] for place in places), site.script()))
    yield page
    page.close()


def test_a_page_judges_numbers_as_python_does(page):
    """The right number, those of the mistakes, and all of them within and beyond the tolerance."""
    places = page.locator("[data-question]").element_handles()
    kinds = []
    for place, question in zip(places, asked().values(), strict=True):
        data = question.visible_data()
        for known in (*data["wanted"], *(value for _, (value,) in data["mistakes"])):
            for off in (0, 0.4, 3):
                value = np.asarray(known) + off * question.tolerance * np.maximum(np.abs(known), 1)
                verdict = question(value if np.ndim(value) else float(value))
                said = page.evaluate(ANSWER, [place, written(value)])
                meaning = verdict.message.partition("not right.")[2]
                assert said.startswith("✓" if verdict.correct else "✗")
                assert said.removeprefix("✓ ") == verdict.message if verdict.correct else said.endswith(meaning)
                kinds.append((verdict.correct, meaning.count(". ")))
    assert {(True, 0), (False, 0), (False, 1)} <= set(kinds)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("left_right.sample_left", "50/2", "✓ sample_left is correct."),
        ("left_right.sample_left", " −2.5e1 ", "✗ sample_left is -25, which is not right. The sign is that of R"),
        ("left_right.sample_left", "24.9", "✗ sample_left is 24.9, which is not right. Reread section 2."),
        ("left_right.sample_left", "", "✗ Write a number, such as -0.5 or 2/3."),
        ("left_right.sample_left", "12,5", "✗ Write a number, such as -0.5 or 2/3."),
        ("policy_gradient.theta_after_left", "0.25 -0.25", "✓ theta_after_left is correct."),
        ("policy_gradient.theta_after_left", "(1/4, -1/4)", "✓ theta_after_left is correct."),
        ("policy_gradient.theta_after_left", "1, 2", "✗ theta_after_left is [1, 2], which is not right. Reread"),
        ("policy_gradient.theta_after_left", "0.25", "✗ Write 2 numbers, such as -0.5, 2/3."),
    ],
)
def test_numbers_are_read_as_people_write_them(page, name, text, words):
    place = page.locator("[data-question]").nth(list(asked()).index(name))
    box = place.get_by_role("textbox", name=f"{name.partition('.')[2]} =")
    box.fill(text)
    box.press("Enter")
    expect(place.get_by_role("status")).to_contain_text(words)
    expect(box).to_have_attribute("aria-invalid", str("Write" in words).lower())


def test_axe_finds_nothing(page):
    assert complaints(page) == []
