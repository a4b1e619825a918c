"""The slides: what a cell's metadata take from it, what the lecture has and how a page shows it."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from pgcourse.book import record
from pgcourse.book.pages import figure
from pgcourse.deck import page
from pgcourse.deck.parts import markup, parts
from pgcourse.deck.slides import read, slides
from pgcourse.figures import style
from pgcourse.tools.tidy import canonical
from tests.support import words
from tests.support.course import ROOT

CELL = """## 2. The bowl

The variance is

$$\\mathrm{Var}(b)=b^2,\\qquad b\\ge0.$$

**Predict.** Where is its minimum?

<details><summary>Reveal</summary>

At $b=0$.

</details>

**See.** Move $b$.
"""
PROGRAM = "a = 1\n\nfor i in range(3):\n    a = a + i\n\nprint(a)"
ON_SLIDES = {  # programs that the lecture shows, by a line of each
    "the cross-entropy loop": "mean, covariance = elite.mean(axis=0), np.cov(elite.T, ddof=0)",
    "the REINFORCE loop": "theta = theta + alpha * samples.mean(axis=0)",
    "the estimator": "samples = scores.sum(axis=1) * batch.returns(mdp.discount)[:, None]",
}
ABOUT_30 = range(28, 35)


def cell(source, *deck, code=False):
    make = new_code_cell if code else new_markdown_cell
    return make(source, id=f"cell-{len(source)}", metadata={"deck": list(deck)} if deck else {})


def made(*cells):
    return slides({"02_bowl": new_notebook(cells=list(cells))})


@pytest.fixture(scope="module")
def lecture():
    return slides(read(ROOT))


def test_the_parts_of_a_cell():
    found = parts(CELL)
    assert found.headings == ["The bowl"]
    assert found.text == ["The variance is", "$$\\mathrm{Var}(b)=b^2,\\qquad b\\ge0.$$", "**See.** Move $b$."]
    assert found.question == ["Where is its minimum?"]
    assert found.answer == ["At $b=0$."]


def test_a_discussion_without_a_bold_word_is_text():
    assert parts("### Discuss with your neighbour\n\nUp or down?").text == ["Up or down?"]


def test_formulas_are_mathml_in_pieces_that_a_narrow_screen_may_part():
    text = markup(parts(CELL).text[1])
    assert text.count("<math") == 2
    assert "$" not in text
    long = markup("$p=" + "q" * 70 + "=r$")
    assert long.count("<math") == 3
    assert markup("$f(x=1)=" + "q" * 70 + "$").count("<math") == 2  # not inside brackets
    assert markup("$p=q=r$").count("<math") == 1


def test_words_between_formulas_stay():
    assert "beside" in markup(r"$$a\qquad\text{beside}\qquad b$$")


def test_no_line_ends_between_a_formula_and_the_marks_around_it():
    found = re.findall(r"nowrap.>(.*?)</span>", markup("Where ($b=0$), and $b=1$. So $c$ is."))
    assert [re.sub("<math.*</math>", "b", one) for one in found] == ["(b),", "b."]


def test_what_is_taken_from_cells():
    text, picture, program, question, answer = made(
        cell(CELL, {"slide": "text", "blocks": [0, 1]}),
        cell("pg.demos.baselines.bowl()", {"slide": "picture", "controls": ["theta"], "answer": True}, code=True),
        cell("**See.** Move it.", {"add": "notes"}),
        cell(PROGRAM, {"slide": "code", "title": "A loop", "blocks": [1]}, code=True),
        cell(CELL.replace("bowl", "cup"), {"slide": "discuss"}, {"slide": "answer"}),
    )
    assert text.title == picture.title == "The bowl"
    assert len(text.text) == 2
    assert (picture.figure, picture.controls, picture.notes) == ("baselines.bowl", ["theta"], ["**See.** Move it."])
    assert picture.answers
    assert not picture.programs[0].shown
    assert program.title == "A loop"
    assert program.programs[0].shown
    assert program.programs[0].source == "for i in range(3):\n    a = a + i"
    assert program.programs[0].whole == PROGRAM
    assert program.programs[0].setup == []  # what makes a picture is not needed
    assert (question.text, question.title) == (["Where is its minimum?"], "The cup")
    assert (answer.text, answer.answers) == (["At $b=0$."], True)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ([cell(CELL, {"slide": "picture"})], "does not end by showing a picture of the course"),
        ([cell("a = 1", {"slide": "picture"}, code=True)], "does not end by showing a picture of the course"),
        ([cell(CELL, {"slide": "text", "blocks": [7]})], "there is no block 7: there are 3, counted from 0"),
        ([cell("Only text.", {"slide": "answer"})], "the cell has no answer"),
        ([cell(CELL, {"slide": "essay"})], "there is no slide of the kind 'essay'"),
        ([cell(CELL, {"add": "text"})], "there is no slide of this notebook before it"),
        ([cell(CELL, {"slide": "text", "take": "proof"})], "a cell has no part 'proof'"),
        ([cell(CELL, {"slide": "text", "block": [0]})], "'block' means nothing"),
        ([cell(CELL, {})], "neither 'slide' nor 'add'"),
    ],
)
def test_what_a_cell_does_not_have_is_named(cells, fault):
    with pytest.raises(ValueError, match=rf"lectures/02_bowl\.ipynb, cell cell-\d+, deck .*{fault}"):
        made(*cells)


def test_the_lecture_is_about_thirty_slides_in_the_order_of_the_notebooks(lecture):
    assert len(lecture) in ABOUT_30
    order = [slide.lecture for slide in lecture]
    assert order == sorted(order)
    assert set(order) == {path.stem for path in (ROOT / "lectures").glob("0*.ipynb")}


def test_each_discussion_is_followed_by_its_answer(lecture):
    asked = [i for i, slide in enumerate(lecture) if slide.kind == "discuss"]
    assert len(asked) >= 4
    assert all(lecture[i + 1].answers for i in asked)
    assert not any(slide.answers for slide in lecture if slide.kind == "discuss")


def test_the_audience_sees_no_checkpoint_and_no_prediction_without_its_answer(lecture):
    text = page.page(lecture, lambda name: name)
    assert not re.search(r"checkpoint|Predict|Reveal|<details|return \.\.\.", text)


@pytest.mark.parametrize("name", ON_SLIDES)
def test_the_programs_that_are_the_point_are_shown(lecture, name):
    sources = [program.source for slide in lecture if slide.kind == "code" for program in slide.programs]
    assert any(ON_SLIDES[name] in source for source in sources)


def test_all_other_code_is_hidden(lecture):
    shown = [program.shown for slide in lecture if slide.kind != "code" for program in slide.programs]
    assert shown
    assert not any(shown)


@pytest.mark.slow
def test_a_picture_shows_controls_that_it_has(lecture):
    pictures = [slide for slide in lecture if slide.figure]
    assert len({slide.figure for slide in pictures}) == len(pictures) > 8
    for slide in pictures:
        live = figure(slide.figure)
        offered = {*live.inputs, *["presets"] * bool(live.preset_values)}
        assert set(slide.controls or []) <= offered, slide.figure


def test_recorded_are_the_controls_that_are_shown():
    live = figure("baselines.bowl")
    start = live.values
    found = list(record.settings(live, ["presets", "baseline"]))
    assert {name for values in found for name in values if values[name] != start[name]} > {"baseline", "reward_left"}
    assert {values["theta"] for values in record.settings(live, ["baseline"])} == {start["theta"]}


def test_tidy_keeps_what_is_said_of_slides():
    notebook = nbformat.read(ROOT / "lectures" / "05_left_right.ipynb", 4)
    assert any("deck" in cell.metadata for cell in notebook.cells)
    assert [cell.metadata.get("deck") for cell in canonical(notebook).cells] == [
        cell.metadata.get("deck") for cell in notebook.cells
    ]


def test_the_lecturers_page_has_every_slide_and_75_minutes(lecture):
    text = (ROOT / "docs" / "lecturing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (\d+) \| (.+) \|$", text, re.MULTILINE)
    assert [title for title, _, _ in rows] == [slide.title for slide in lecture]
    assert sum(int(minutes) for _, minutes, _ in rows) == 75


@pytest.mark.slow
def test_legends_have_the_letters_of_the_ticks_and_lie_within_the_picture(lecture, monkeypatch):
    monkeypatch.setattr(style, "_chosen", "hall")
    num_legends = 0
    for name in [slide.figure for slide in lecture if slide.figure]:
        live = figure(name)
        live.png()  # which lays it out
        axes = live.figure.axes
        legends = [*live.figure.legends, *(ax.get_legend() for ax in axes if ax.get_legend())]
        num_legends += len(legends)
        ticks = min(label.get_fontsize() for ax in axes for label in ax.get_xticklabels())
        frame = live.figure.bbox
        for legend in legends:
            assert min(text.get_fontsize() for text in legend.get_texts()) >= ticks, name
            box = legend.get_window_extent()
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1, name
            assert frame.y0 <= box.y0 < box.y1 <= frame.y1, name
            assert not any(box.overlaps(ax.bbox) for ax in axes), name
    assert num_legends > 8


@pytest.mark.slow
def test_the_words_of_a_picture_lie_within_it_and_apart(lecture, monkeypatch):
    monkeypatch.setattr(style, "_chosen", "hall")
    for name in [slide.figure for slide in lecture if slide.figure]:
        live = figure(name)
        for settings in ({}, *live.preset_values):
            live.set(**settings)
            assert words.misplaced(live) == [], (name, settings)
