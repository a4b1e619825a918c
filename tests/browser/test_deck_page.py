"""The lecture's slides as a page of the book, opened from a folder: walked by one key, at three sizes."""

import os
import re

import matplotlib as mpl
import pytest
from playwright.sync_api import expect

from pgcourse.book import deck
from pgcourse.deck.parts import markup
from pgcourse.deck.slides import read, slides
from pgcourse.figures import style
from tests.support import deckwalk
from tests.support.axe import complaints
from tests.support.course import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.long]
LECTURES = [path.stem for path in sorted((ROOT / "lectures").glob("*.ipynb"))]
LOCAL = ("file:", "data:", "blob:")
SHOTS = os.environ.get("DECK_SHOTS")  # a folder for a picture of each slide, for whoever wants to look at them
with style.context("hall"):
    TICK = min(mpl.rcParams["xtick.labelsize"], mpl.rcParams["legend.fontsize"])


@pytest.fixture(scope="module")
def lecture():
    return slides(read(ROOT))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deck")
    deck.write(ROOT, folder, LECTURES)
    return (folder / "deck.html").as_uri()


@pytest.fixture
def page(lab, address):
    """Yield the deck at its first slide; afterwards nothing may have gone wrong."""
    page, problems = lab.new_page(viewport={"width": 1280, "height": 720}), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(LOCAL) else problems.append(asked.url))
    page.goto(address)
    deckwalk.begin(page, 1280, 720)
    yield page
    page.close()
    assert problems == []


def shown(page):
    return page.evaluate("Reveal.getIndices().h")


def go_to(page, lecture, found):
    """Show the first slide for which `found` holds."""
    number = next(i for i, slide in enumerate(lecture) if found(slide))
    page.evaluate(f"Reveal.slide({number})")
    return page.locator("section.present")


def test_page_down_leads_through_every_slide_and_page_up_back(page, lecture):
    for width, height in deckwalk.SIZES:
        deckwalk.begin(page, width, height)
        there = list(deckwalk.walk(page, "PageDown", len(lecture), TICK, _photographer(page, f"{width}x{height}")))
        assert [found["index"] for found in there] == list(range(len(lecture)))
        assert [found["faults"] for found in there if found["faults"]] == []
        assert min(found["smallest"] for found in there) >= deckwalk.SMALLEST
        shape = "wide" if width / height > 1.5 else "narrow"
        assert min(found["letters"] for found in there) >= deckwalk.LETTERS[shape]
        page.keyboard.press("PageDown")
        assert shown(page) == len(lecture) - 1  # the last one stays
    back = list(deckwalk.walk(page, "PageUp", len(lecture), TICK))
    assert [found["title"] for found in back] == [found["title"] for found in reversed(there)]


def _photographer(page, size):
    def photograph(number):
        page.screenshot(path=f"{SHOTS}/{size}-{number + 1:02}.png")

    return photograph if SHOTS else None


@pytest.mark.parametrize(("onward", "back"), [(" ", "Shift+ "), ("ArrowRight", "ArrowLeft")])
def test_other_keys_lead_through_every_slide_as_well(page, lecture, onward, back):
    for number in range(1, len(lecture)):
        page.keyboard.press(onward)
        assert shown(page) == number
    page.keyboard.press(back)
    assert shown(page) == len(lecture) - 2


def test_titles_are_those_of_the_notebooks(page, lecture):
    titles = page.locator("section h2").all_inner_texts()
    assert len(titles) == len(lecture)
    plain = [i for i, slide in enumerate(lecture) if markup(slide.title) == f"<p>{slide.title}</p>"]
    assert [titles[i] for i in plain] == [lecture[i].title for i in plain]


def test_a_slider_obeys_its_arrows_and_lets_page_down_lead_on(page, lecture):
    slide = go_to(page, lecture, lambda slide: slide.figure == "left_right.arrows")
    number, slider = shown(page), slide.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slide.get_by_role("status")).to_contain_text("At θ = 0.2")
    expect(slider).to_have_attribute("aria-valuetext", "0.21")
    assert shown(page) == number
    page.keyboard.press("PageDown")
    assert shown(page) == number + 1
    page.keyboard.press("PageUp")
    assert shown(page) == number
    expect(slider).to_have_attribute("aria-valuetext", "0.21")
    slider.focus()
    page.keyboard.press(" ")  # a slider makes no use of it
    assert shown(page) == number + 1
    page.keyboard.press("PageUp")
    slider.click()  # what the mouse has touched gives the keys back
    page.keyboard.press("ArrowRight")
    assert shown(page) == number + 1


def test_space_presses_a_button_that_has_the_focus(page, lecture):
    slide = go_to(page, lecture, lambda slide: slide.figure == "policy_optimization.monte_carlo")
    number, before = shown(page), slide.get_by_role("status").inner_text()
    button = slide.get_by_role("button", name="New luck")
    button.focus()
    page.keyboard.press(" ")
    expect(slide.get_by_role("status")).not_to_have_text(before)
    assert shown(page) == number
    button.click()
    page.keyboard.press(" ")
    assert shown(page) == number + 1


def test_c_shows_and_hides_code(page, lecture):
    slide = go_to(page, lecture, lambda slide: slide.kind == "code")
    code = slide.locator(".pgcourse-code")
    expect(code).to_be_visible()
    page.keyboard.press("c")
    expect(code).to_be_hidden()
    slide = go_to(page, lecture, lambda slide: slide.kind == "picture")
    code = slide.locator(".pgcourse-code")
    expect(code).to_be_hidden()
    page.keyboard.press("c")
    expect(code).to_be_visible()
    expect(code).to_be_in_viewport(ratio=1)


def test_a_discussion_counts_hands_and_time(page, lecture):
    page.clock.install()
    slide = go_to(page, lecture, lambda slide: slide.kind == "discuss")
    number, clock = shown(page), slide.get_by_role("timer")
    expect(slide.locator(".pgcourse-keys")).to_contain_text("1 to 9")
    for key in ("3", "1", "3", "3", "2", "Backspace"):
        page.keyboard.press(key)
    assert slide.locator(".pgcourse-tally li").all_inner_texts() == ["1:\n1", "2:\n0", "3:\n3"]
    expect(clock).to_have_text("2:00")
    page.keyboard.press("t")
    page.clock.run_for(30_000)
    expect(clock).to_have_text("1:30")
    page.keyboard.press("t")
    page.clock.run_for(30_000)
    expect(clock).to_have_text("1:30")
    page.keyboard.press("t")
    page.clock.run_for(200_000)
    expect(clock).to_have_text("0:00")
    assert shown(page) == number
    found = page.evaluate(deckwalk.MEASURE, TICK)
    assert found["smallest"] >= deckwalk.SMALLEST
    assert found["faults"] == []


def test_printed_each_slide_is_a_page(page, address, lecture):
    page.goto(f"{address}?print-pdf")
    expect(page.locator(".pdf-page")).to_have_count(len(lecture))
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == len(lecture)


def test_axe_finds_nothing_serious(page, lecture):
    for kind in ("text", "picture", "code", "discuss"):
        go_to(page, lecture, lambda slide, kind=kind: slide.kind == kind)
        assert complaints(page, impacts=("serious", "critical")) == [], kind


def test_the_speakers_window_says_what_the_notebook_says(page, lecture):
    go_to(page, lecture, lambda slide: slide.figure == "left_right.arrows")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    expect(opened.value.locator(".speaker-controls-notes")).to_contain_text("both samples push towards the action")
    opened.value.close()
