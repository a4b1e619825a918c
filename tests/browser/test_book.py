"""The book in Chromium, opened from a folder: one lecture of it, built once for all tests here.

That its captions are Python's is tested in test_book_captions.py, and in test_demos.py for every figure.
"""

import gzip
import re

import pytest
from playwright.sync_api import expect

from pgcourse.book import command, pages
from tests.support.axe import complaints
from tests.support.course import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    # what builds the pages may use each other's old names
    *map(pytest.mark.filterwarnings, ("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")),
]
LECTURE, MODULE, FIGURE = "00_map", "map", "map.regret"
STACKED = "map.bandit"  # a figure whose columns stand below each other on a phone
PROBLEM_SETS = [path.stem for path in ROOT.glob("assignments/*/*.ipynb")]
LARGEST_PAGE, LARGEST_SITE = 800_000, 8_000_000  # bytes, compressed
LOCAL = ("file:", "data:", "blob:")
LOOKED_AT = [
    "index",
    f"lectures/{LECTURE}",
    "assignments/ps4_left_right/ps4_left_right",
    "glossary",
    "api/testing",
]
WIDER_THAN_THE_SCREEN = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"

FOLD_A_WIDE_FORMULA = """() => document.querySelector('article section').insertAdjacentHTML('beforeend',
    `<details><summary>Fold</summary><p id="wide">So <math><mi>${'x'.repeat(100)}</mi></math>.</p></details>`)"""

# a sticky element keeps its place in the nearest of these
SCROLLING_AROUND = """picture => {
    const found = [];
    for (let part = picture.parentElement; part !== document.body; part = part.parentElement)
        if (getComputedStyle(part).overflowY !== 'visible') found.push(part.className);
    return found;
}"""


UNDER_THE_RING = """slider => {
    const { outlineOffset, outlineWidth } = getComputedStyle(slider), { top, bottom } = slider.getBoundingClientRect();
    const reach = parseFloat(outlineOffset) + parseFloat(outlineWidth);
    return [...slider.closest('.pgcourse-controls').querySelectorAll('label, output')]
        .filter(words => {
            const box = words.getBoundingClientRect();
            return box.height && box.bottom > top - reach && box.top < bottom + reach;
        })
        .map(words => words.textContent);
}"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the book; return its folder, and what was said of it."""
    folder = tmp_path_factory.mktemp("book") / "site"
    with pytest.MonkeyPatch.context() as patched:
        said = []
        patched.setattr("pgcourse.book.site.print", lambda text, **_: said.append(text), raising=False)
        command.build(ROOT, folder, [LECTURE])
    return folder, "".join(said)


@pytest.fixture(scope="module")
def book(built):
    return built[0]


@pytest.fixture
def opened(lab, book):
    """Return a function that opens a page of the book; afterwards nothing may have gone wrong on any."""
    problems, pages = [], []

    def open_page(name, width=1280, scheme="light"):
        page = lab.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
        pages.append(page)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("request", lambda sent: None if sent.url.startswith(LOCAL) else problems.append(sent.url))
        page.goto((book / f"{name}.html").as_uri())
        return page

    yield open_page
    for page in pages:
        page.close()
    assert problems == []


def awake(page, name=FIGURE):
    """Return the place of a figure that is shown and moves."""
    place = page.locator(f'[data-figure="{name}"]')
    place.scroll_into_view_if_needed()
    expect(place.get_by_role("status")).not_to_be_empty()
    return place


def test_sphinx_has_nothing_to_say(built):
    assert built[1] == ""


@pytest.mark.parametrize("width", [1280, 390])
def test_a_figure_obeys_the_keyboard(opened, width):
    place = awake(opened(f"lectures/{LECTURE}", width))
    slider, live = place.get_by_role("slider").first, pages.figure(FIGURE)
    slider.focus()
    name, control = next(item for item in live.inputs.items() if item[1].kind == "slider")
    for key, value in (("End", control.values[-1]), ("ArrowLeft", control.values[-2]), ("Home", control.values[0])):
        slider.press(key)
        live.set(**{name: value})
        expect(place.get_by_role("status")).to_have_text(live.caption_text)
    slider.press("Escape")
    expect(slider).not_to_be_focused()


def test_on_a_phone_a_picture_keeps_its_place_while_the_page_scrolls(opened):
    picture = awake(opened(f"lectures/{LECTURE}", 390), STACKED).get_by_role("img")
    expect(picture).to_have_css("position", "sticky")
    assert picture.evaluate(SCROLLING_AROUND) == []


def test_on_a_phone_the_ring_of_a_slider_keeps_off_all_words(opened):
    place = awake(opened(f"lectures/{LECTURE}", 390))
    sliders = place.get_by_role("slider").all()
    assert sliders
    for slider in sliders:
        slider.press("ArrowRight")
        assert slider.evaluate(UNDER_THE_RING) == []


def test_a_formula_in_a_line_that_is_wider_than_a_phone_is_scrolled_by_the_keyboard(opened):
    page = opened(f"lectures/{LECTURE}", 390)
    page.evaluate(FOLD_A_WIDE_FORMULA)
    page.get_by_text("Fold", exact=True).click()
    line = page.locator("#wide")
    expect(line).to_have_attribute("tabindex", "0")
    assert line.evaluate("line => line.scrollWidth > line.clientWidth")
    assert page.evaluate(WIDER_THAN_THE_SCREEN) <= 0


def test_a_number_is_judged(opened):
    page = opened(f"lectures/{LECTURE}")
    box = page.get_by_role("textbox", name="game_regret =")
    box.fill("3.9")
    box.press("Enter")
    expect(page.get_by_text("✓ game_regret is correct.")).to_be_visible()


def test_the_way_to_jupyterlab_is_there(opened):
    page = opened("assignments/ps4_left_right/ps4_left_right")
    page.get_by_role("link", name="in JupyterLab").first.click()
    expect(page.get_by_role("heading", name="Run the course yourself")).to_be_visible()


def test_search_finds_a_function(opened):
    page = opened("index")
    page.get_by_role("textbox", name="Search").fill("optimal_baseline")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results a[href*='api/exact']").first).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_serious_and_nothing_is_cut(opened, width, scheme):
    for name in LOOKED_AT:
        page = opened(name, width, scheme)
        if name.startswith("lectures"):
            awake(page)
        assert complaints(page, impacts=("serious", "critical")) == [], name
        assert page.evaluate(WIDER_THAN_THE_SCREEN) <= 0, name


def test_a_page_with_its_pictures_and_the_site_are_small(book):
    files = [book / "lectures" / f"{LECTURE}.html", *(book / "_static" / "figures").glob(f"{MODULE}.*.js")]
    assert len(files) > 2
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < LARGEST_PAGE
    assert command.size(book)[1] < LARGEST_SITE


def test_every_formula_is_mathml(book):
    text = "".join(path.read_text(encoding="utf-8") for path in book.rglob("*.html"))
    assert "<math" in text
    assert re.findall(r"<code>[^<]*\\[a-z]+", text) == []


def test_no_page_of_the_package_shows_what_a_type_of_numpys_is_made_of(book):
    for path in (book / "api").glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert not re.search(r"alias of|numpy\._|_NestedSequence", page), path.name


def test_every_page_of_the_course_is_there(book):
    words = (book / "index.html").read_text(encoding="utf-8")
    wanted = [LECTURE, *PROBLEM_SETS, "glossary", "start", "api/index", "kill_matrix", "instructors", "cite"]
    assert [name for name in wanted if f"{name}.html" not in words] == []


def test_each_prediction_covers_its_answer_until_there_is_a_guess(opened):
    page = opened(f"lectures/{LECTURE}")
    page.evaluate("() => { localStorage.clear(); dispatchEvent(new Event('pgcourse-guessed')); }")
    questions, answers = page.locator(".pgcourse-asked"), page.locator("summary", has_text="Reveal")
    expect(questions).to_have_count(4)
    expect(answers).to_have_count(4)
    for answer in answers.all():
        expect(answer).to_be_hidden()
    expect(page.locator(f'[data-figure="{FIGURE}"]')).to_be_hidden()
    questions.first.get_by_role("textbox", name="U").fill("0.5")
    questions.first.get_by_role("button", name="Guess", exact=True).click()
    expect(questions.first.get_by_role("status")).to_contain_text("weight each arm by its probability. It is 0.425.")
    expect(answers.first).to_be_visible()
    expect(answers.last).to_be_hidden()
