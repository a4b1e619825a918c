"""Predictions in Chromium: what follows is covered until there is a guess, which is then marked in the picture."""

import contextlib
import html
import json
import re

import nbformat
import pytest
from playwright.sync_api import expect

from pgcourse.book import pages, record, site
from pgcourse.figures.question import HERE
from tests.support import screenreader
from tests.support.axe import complaints
from tests.support.labdrive import NOTEBOOK

pytestmark = pytest.mark.browser

IMPORTS = """
from pgcourse.figures.controls import slider
from pgcourse.figures.live import LiveFigure, demo
from pgcourse.predict.kinds import along, at, choice, number, point, ranking
"""
FIGURE = """
@demo
def parabola():
    live = LiveFigure(alt="A parabola", ncols=2, width=7, height=3)
    for ax in live.axes:
        ax.set(xlim=(-4, 4), ylim=(0, 10), xlabel="x", ylabel="y")
    (dot,) = live.moving(live.axes[0].plot([], [], "o"))
    (other,) = live.moving(live.axes[1].plot([], [], "o"))

    @live.controls(x=slider("x", 1, -4, 4, 1))
    def update(x):
        dot.set_data([x], [x**2])
        other.set_data([x], [x])
        return f"The square of {x:.0f} is {x**2:.0f}."

    return live
"""
PREDICTIONS = """
@number("the square of 3", digits=0, mark=along("__main__.parabola", "y"))
def square():
    return 3**2

@square.mistake("This is twice the number.")
def doubled():
    return 2 * 3

@choice("the square is smallest", {"at -1": "It is 1 there.", "at 0": "", "at 1": "It is 1 there, too."},
        mark=at("__main__.parabola", [{"x": -1}, {"x": 0}, {"x": 1}], axes=1))
def smallest():
    return "at 0"

@ranking("from the smallest square to the largest", "A square knows no sign.")
def ranked():
    return {"square of 0": 0, "square of 1": 1, "square of -2": 4}

@ranked.mistake("This is the order of the numbers, not of their squares.")
def numbers():
    return ["square of -2", "square of 0", "square of 1"]

@point("the point at x = 2", ("x", -4, 4), ("y", 0, 10), "The parabola goes elsewhere.", figure="__main__.parabola")
def on_it():
    return 2, 4
"""
KINDS = ("square", "smallest", "ranked", "on_it")
REVEAL = "<details><summary>Reveal</summary>\n\nIt is the answer to {}.\n\n</details>"


def notebook():
    """Return a notebook with a question of each kind, each followed by its answer, an output and words."""
    code, markdown = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [code((IMPORTS + FIGURE + PREDICTIONS).strip())]
    for kind in KINDS:
        cells += [
            markdown(f"## Part {kind}\n\n**Predict.** What is it?"),
            code(f"{kind}()"),
            markdown(REVEAL.format(kind)),
            code(f"print('printed after {kind}')"),
            code("parabola()"),
            markdown(f"**See.** Words after {kind}."),
        ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    cells += [markdown("## End"), code("print('printed at the end')")]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


ASK_AGAIN = "() => { localStorage.clear(); dispatchEvent(new Event('pgcourse-guessed')); }"


@pytest.fixture
def opened(lab, tmp_path):
    """Return a function that opens the notebook, with nothing guessed, and runs all its cells."""

    def run_all(**options):
        nbformat.write(notebook(), tmp_path / "notebook.ipynb")
        page = lab.run(tmp_path / "notebook.ipynb", **options)
        page.evaluate(ASK_AGAIN)
        expect(page.locator(".pgcourse-asked")).to_have_count(len(KINDS))
        return page

    yield run_all
    lab.page.evaluate("localStorage.clear()")
    lab.forget()


def question(page, kind):
    return page.locator(".pgcourse-asked").nth(KINDS.index(kind))


def what_follows(page, kind):
    """Return the answer, what is printed, the picture and the words that follow a question."""
    number = KINDS.index(kind)
    answer = page.locator("details", has_text=f"It is the answer to {kind}.")
    printed = page.locator(".jp-OutputArea-output", has_text=f"printed after {kind}")
    seen = page.locator(".jp-MarkdownCell", has_text=f"Words after {kind}.")
    return [answer, printed, page.locator(".pgcourse-picture").nth(number), seen]


def mark(page, kind):
    """Return what is drawn of a guess in the picture that follows a question."""
    return page.locator(".pgcourse-live:not(.pgcourse-asked)").nth(KINDS.index(kind)).locator(".pgcourse-guess").first


def test_what_follows_is_covered_until_there_is_a_guess(lab, opened):
    """Run All, then a guess of each kind by keyboard; the file that is saved knows nothing of it."""
    page = opened()
    for kind in KINDS:
        for part in what_follows(page, kind):
            expect(part).to_be_hidden()
    expect(page.get_by_text("printed at the end", exact=True)).to_be_visible()
    assert complaints(page, ".pgcourse-asked") == []

    field = question(page, "square").get_by_role("textbox", name="the square of 3")
    field.fill("nine")
    field.press("Enter")
    expect(question(page, "square").get_by_role("alert")).to_have_text("Write a number, such as -0.5 or 2/3.")
    field.fill("12/2")
    field.press("Enter")
    said = question(page, "square").get_by_role("status")
    expect(said).to_have_text("✗ You guessed 6. This is twice the number. It is 9.")
    expect(question(page, "square").get_by_role("button", name="Guess again")).to_be_focused()
    for part in what_follows(page, "square"):
        expect(part).to_be_visible()
    expect(page.locator("details", has_text="It is the answer to square.")).to_have_attribute("open", "")
    expect(what_follows(page, "smallest")[0]).to_be_hidden()
    expect(mark(page, "square")).to_have_text("your guess")
    described = "Your guess is marked in the picture: the square of 3 = 6."
    expect(page.get_by_role("img", name="A parabola").first).to_have_accessible_description(re.compile(described))

    question(page, "smallest").get_by_role("button", name="at 0").press("Enter")
    expect(question(page, "smallest").get_by_role("status")).to_have_text("✓ You guessed “at 0”. Yes.")
    for name in ("square of -2", "square of 0", "square of 1"):
        question(page, "ranked").get_by_role("button", name=name).press("Enter")
    question(page, "ranked").get_by_role("button", name="Guess", exact=True).press("Enter")
    expect(question(page, "ranked").get_by_role("status")).to_contain_text("the order of the numbers, not of their")
    question(page, "on_it").get_by_role("slider", name="x").press("Home")
    question(page, "on_it").get_by_role("button", name="Guess", exact=True).press("Enter")
    said = question(page, "on_it").get_by_role("status")
    expect(said).to_have_text("✗ You guessed (−4.00, 5.00). The parabola goes elsewhere. It is (2.00, 4.00).")
    for kind in KINDS:
        for part in what_follows(page, kind):
            expect(part).to_be_visible()
    assert complaints(page, ".pgcourse-asked") == []

    lab.command("docmanager:save")
    saved = (lab.root / lab.name).read_text(encoding="utf-8")
    assert "The square of 1 is 1." in saved
    for trace in ("You guessed", "our guess", '"widgets"'):
        assert trace not in saved


def test_a_guess_stands_at_its_coordinates(opened):
    """The line of a number, the line of a choice in other axes, and the diamond of a point beyond no edge."""
    page = opened()
    question(page, "square").get_by_role("textbox").fill("4")
    question(page, "square").get_by_role("textbox").press("Enter")
    assert heights(page)["line"] == pytest.approx(heights(page)["tick 4"], abs=1)
    question(page, "square").get_by_role("button", name="Guess again").click()
    expect(what_follows(page, "square")[1]).to_be_hidden()
    question(page, "square").get_by_role("textbox").fill("40")
    question(page, "square").get_by_role("button", name="Guess", exact=True).click()
    described = "Your guess is marked in the picture, at its edge: the square of 3 = 40."
    expect(page.get_by_role("img", name="A parabola").first).to_have_accessible_description(re.compile(described))


def heights(page):
    """Return how far from the top of its axes, in their coordinates, the line of a guess is, and where 4 would be."""
    return page.evaluate(
        """() => {
            const picture = document.querySelector('.pgcourse-live:not(.pgcourse-asked) .pgcourse-picture');
            const [axes] = JSON.parse(picture.querySelector('[data-axes]').dataset.axes);
            const line = picture.querySelector('.pgcourse-guess path').getAttribute('d');
            const [, y] = /M[^ ]+ ([^H]+)H/.exec(line);
            return {line: Number(y), 'tick 4': axes.bottom + 0.4 * (axes.top - axes.bottom)};
        }"""
    )


def test_skipping_shows_what_follows_and_is_remembered(lab, opened):
    """In Notebook 7, where one question and then all are skipped, and the cells run once more."""
    page = opened(place=NOTEBOOK)
    question(page, "square").get_by_role("button", name="Skip", exact=True).press("Enter")
    expect(question(page, "square").get_by_role("status")).to_have_text("Skipped.")
    for part in what_follows(page, "square"):
        expect(part).to_be_visible()
    expect(what_follows(page, "on_it")[0]).to_be_hidden()
    expect(mark(page, "square")).to_be_empty()
    lab.command("notebook:run-all-cells")
    lab.wait_idle()
    expect(question(page, "square").get_by_role("status")).to_have_text("Skipped.")
    expect(what_follows(page, "on_it")[0]).to_be_hidden()
    question(page, "on_it").get_by_role("button", name="Skip all").press("Enter")
    for kind in KINDS:
        for part in what_follows(page, kind):
            expect(part).to_be_visible()


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>
<link rel="stylesheet" href="live.css"><script src="book.js"></script><main><h1>Page</h1>{body}</main></html>"""
SECTION = """<section><h2>Part {kind}</h2><p><strong>Predict.</strong> What is it?</p>
<div class="cell"><div class="cell_output">{question}</div></div>
<details><summary>Reveal</summary><p>It is the answer to {kind}.</p></details>
<div class="cell"><div class="cell_input">code</div><div class="cell_output">{figure}</div></div></section>"""


@pytest.fixture
def book_page(lab, tmp_path):
    """A page of a book with a question of each kind, the first about a picture; as wide as a phone, and dark."""
    made = {"__name__": "__main__"}  # as in the notebook
    exec(IMPORTS + FIGURE + PREDICTIONS, made)
    recording = record.record(made["parabola"]())
    place = '<div data-figure="__main__.parabola" class="pgcourse-place"></div>'
    figures = dict.fromkeys(KINDS, "") | {"square": place}
    asked = {kind: pages.ASKED.format(asked=html.escape(json.dumps(made[kind].asked()))) for kind in KINDS}
    sections = [SECTION.format(kind=kind, figure=figures[kind], question=asked[kind]) for kind in KINDS]
    (tmp_path / "figures").mkdir()
    files = {
        "figures/__main__.parabola.js": pages.script("__main__.parabola", recording.packed()),
        "book.js": site.script(),
        "live.css": (HERE / "live.css").read_text(encoding="utf-8"),
        "page.html": PAGE.format(body="".join(sections)),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    page = lab.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    with contextlib.closing(page):
        page.goto((tmp_path / "page.html").as_uri())
        page.evaluate(ASK_AGAIN)
        yield page


def test_a_page_of_the_book_asks_in_the_same_way(book_page):
    """The picture, which is asleep while it is covered, wakes up with the mark in it; the page remembers the guess."""
    section = book_page.locator("section").first
    expect(section.locator("details")).to_be_hidden()
    expect(section.locator(".pgcourse-place")).to_be_hidden()
    assert complaints(book_page) == []
    section.get_by_role("textbox").fill("9")
    section.get_by_role("textbox").press("Enter")
    expect(section.get_by_role("status").first).to_have_text("✓ You guessed 9. Yes. It is 9.")
    expect(section.locator("details")).to_have_attribute("open", "")
    expect(section.locator(".pgcourse-guess").first).to_have_text("your guess")
    described = "Your guess is marked in the picture: the square of 3 = 9."
    expect(section.get_by_role("img", name="A parabola")).to_have_accessible_description(re.compile(described))
    assert book_page.locator("section").nth(1).locator("details").is_hidden()
    assert complaints(book_page) == []
    book_page.reload()
    expect(section.get_by_role("status").first).to_have_text("✓ You guessed 9. Yes. It is 9.")
    expect(section.locator(".pgcourse-place")).to_be_visible()


def test_paper_shows_everything(book_page):
    place = book_page.locator(".pgcourse-place")
    expect(place).to_be_hidden()
    book_page.emulate_media(media="print")
    expect(place).to_be_visible()
    expect(book_page.get_by_role("button", name="Skip", exact=True).first).to_be_hidden()
    expect(book_page.locator(".pgcourse-asked").first).to_have_css("border-left-style", "none")


def test_choices_take_the_width_there_is(book_page):
    book_page.set_viewport_size({"width": 800, "height": 844})
    asked = book_page.locator(".pgcourse-asked", has=book_page.locator(".pgcourse-choice")).first
    choices = asked.locator(".pgcourse-choice > .pgcourse-buttons")
    assert choices.bounding_box()["width"] > 0.9 * asked.bounding_box()["width"]


def test_a_screen_reader_is_told_of_a_question_and_of_its_answer(book_page):
    screenreader.listen(book_page)
    field = book_page.get_by_role("textbox", name="the square of 3")
    assert screenreader.find(book_page, role="group", name="Predict: the square of 3")
    assert screenreader.find(book_page, role="textbox")["invalid"] == "false"
    field.fill("nine")
    field.press("Enter")
    complaint = "Write a number, such as -0.5 or 2/3."
    assert screenreader.heard(book_page) == [("assertive", complaint)]
    told = screenreader.find(book_page, role="textbox")
    assert (told["invalid"], told["description"]) == ("true", complaint)
    field.fill("9")
    field.press("Enter")
    expect(book_page.get_by_role("button", name="Guess again")).to_be_focused()
    assert screenreader.wait_to_hear(book_page, "✓ You guessed 9. Yes. It is 9. What follows is shown now.") == "polite"
    book_page.keyboard.press("Enter")
    expect(field).to_be_focused()
    assert screenreader.wait_to_hear(book_page, "What follows is covered until there is a guess.") == "polite"
