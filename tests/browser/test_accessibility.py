"""What a lecture shows in Jupyter, for readers with a screen reader, a phone, large letters or a dark theme."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_browser import DEMO
from tests.support import screenreader
from tests.support.axe import complaints
from tests.support.labdrive import NOTEBOOK

pytestmark = pytest.mark.browser

LECTURES = sorted((Path(__file__).parents[2] / "lectures").glob("*.ipynb"))
OURS = ".jp-OutputArea, .jp-RenderedMarkdown"  # the rest of the page is Jupyter's
DESKTOP, DOUBLED, PHONE = (1280, 900), (640, 450), (390, 844)  # CSS pixels; DOUBLED is a desktop at 200 % zoom
CUT = """() => [...document.querySelectorAll('.pgcourse-live')].flatMap(figure => {
    const {left, right} = figure.getBoundingClientRect();
    return [...figure.querySelectorAll('button, label, span, input, output, summary, [role]')].filter(element => {
        const box = element.getBoundingClientRect();
        return box.left < left - 1 || box.right > right + 1 || element.scrollWidth > element.clientWidth + 1
            && getComputedStyle(element).display !== 'inline';
    }).map(element => element.outerHTML.slice(0, 200));
})"""
# how much larger than side by side the columns are that stand below each other, and their part of the page's height
STACKED = """() => [...document.querySelectorAll('.pgcourse-stacked')].filter(svg => svg.checkVisibility()).map(svg => {
    const {width, height} = svg.viewBox.baseVal, wide = svg.parentElement.firstChild.viewBox.baseVal.width;
    const scale = Math.min(svg.clientWidth / width, svg.clientHeight / height);
    return [scale / (svg.parentElement.clientWidth / wide), svg.clientHeight / innerHeight];
})"""
DRAWN_ANEW = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
MOVES = """() => [...document.querySelectorAll('.pgcourse-live, .pgcourse-live *')].filter(element => {
    const {animationName, transitionDuration} = getComputedStyle(element);
    return animationName !== 'none' || transitionDuration !== '0s';
}).length"""


@pytest.fixture
def sized(lab):
    """Return a function that gives the page another size; afterwards it has that of a desktop again."""
    yield lambda size: lab.page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    lab.page.set_viewport_size(dict(zip(("width", "height"), DESKTOP, strict=True)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_lecture(lab, scheme):
    page = lab.run(LECTURES[5], scheme)
    assert complaints(page, OURS) == []


def test_axe_finds_a_slider_without_a_name(lab):
    page = lab.run([DEMO])
    page.get_by_role("slider").first.evaluate("slider => { slider.id = 'nameless'; }")
    assert ["label" in complaint for complaint in complaints(page, OURS)] == [True]
    lab.forget()


@pytest.mark.parametrize("lecture", [LECTURES[0], LECTURES[5], LECTURES[9]], ids=lambda path: path.stem)
def test_nothing_is_cut_on_a_desktop_nor_with_doubled_letters(lab, sized, lecture):
    sized(DESKTOP)
    page = lab.run(lecture)
    assert page.locator(".pgcourse-live").count() >= 2
    assert page.evaluate(CUT) == page.evaluate(STACKED) == []
    assert page.locator(".pgcourse-stacked use").count() == 0, "copies that nobody sees cost time at each frame"
    sized(DOUBLED)
    page.evaluate(DRAWN_ANEW)
    assert page.evaluate(CUT) == []


@pytest.mark.parametrize("lecture", [LECTURES[0], LECTURES[5], LECTURES[9]], ids=lambda path: path.stem)
def test_nothing_is_cut_on_a_phone_where_columns_stack(lab, sized, lecture):
    sized(PHONE)
    page = lab.run(lecture, place=NOTEBOOK)
    assert page.locator(".pgcourse-live").count() >= 2
    assert page.evaluate(CUT) == []
    stacked = page.evaluate(STACKED)
    assert stacked
    assert page.locator(".pgcourse-stacked use").count() >= 4 * len(stacked)
    for larger, height in stacked:
        assert larger > 1.1
        assert height < 0.66


def test_on_a_phone_the_picture_is_in_sight_of_its_controls(lab, sized):
    sized(PHONE)
    page = lab.run([DEMO], place=NOTEBOOK)
    picture, last = page.get_by_role("img", name="A dot on a parabola"), page.get_by_role("button", name="New luck")
    last.focus()
    expect(last).to_be_in_viewport(ratio=1)
    expect(picture).to_be_in_viewport(ratio=1)
    assert picture.bounding_box()["y"] < page.get_by_role("slider").first.bounding_box()["y"]


def test_on_a_phone_a_stacked_picture_stays_in_sight_of_its_last_control(lab, sized):
    sized(PHONE)
    page = lab.run(["import pgcourse as pg\npg.demos.left_right.variance()"], place=NOTEBOOK)
    picture, last = page.get_by_role("img", name="Histograms"), page.get_by_role("button", name="New luck")
    for control in (last, page.get_by_role("slider").first, last):
        control.focus()
        expect(control).to_be_in_viewport(ratio=1)
        expect(picture).to_be_in_viewport(ratio=0.99)
        below = picture.bounding_box()["y"] + picture.bounding_box()["height"]
        assert below <= control.bounding_box()["y"] + 1


def test_nothing_moves_by_itself(lab):
    page = lab.run([DEMO])
    page.get_by_role("slider").first.focus()
    assert page.evaluate(MOVES) == 0


def test_a_screen_reader_is_told_what_a_control_did(lab):
    page = lab.run([DEMO])
    screenreader.listen(page)

    def hears(words, politeness="polite"):
        assert screenreader.wait_to_hear(page, words) == politeness

    page.get_by_role("slider", name="x").press("ArrowRight")
    hears("At x = 1.5 over 1 the dot is at 2.25 with seed 0.")
    picture = screenreader.find(page, role="image", name="A dot on a parabola")
    assert picture["description"] == "At x = 1.5 over 1 the dot is at 2.25 with seed 0."
    page.get_by_role("button", name="right end").press("Enter")
    hears("At x = 3.0 over 1")
    page.get_by_role("button", name="New luck").press("Enter")
    hears("with seed 1.")
    page.get_by_role("slider", name="divisor").press("Home")
    hears("ZeroDivisionError", "assertive")
    page.get_by_role("slider", name="divisor").press("End")
    hears("At x = 3.0 over 3")
    page.get_by_role("checkbox", name="slowly").press("Space")
    hears("waiting: ")
    bars = [node["name"] for node in screenreader.tree(page) if node["role"] == "progressbar"]
    assert [name for name in bars if name.startswith("waiting: ")]
    lab.forget()
