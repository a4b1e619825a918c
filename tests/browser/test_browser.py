"""A live figure in a real JupyterLab: keyboard, mouse, errors, themes, and what a screen reader finds."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DEMO = """
import time
from pgcourse import style
from pgcourse.figures.controls import integer, luck, slider, toggle
from pgcourse.figures.live import LiveFigure, demo

@demo
def parabola():
    live = LiveFigure(alt="A dot on a parabola", height=2.5)
    ax = live.axes[0]
    ax.set(xlim=(-3, 3), ylim=(-1, 9), xlabel="x", ylabel="square of x")
    grid = [k / 10 for k in range(-30, 31)]
    ax.plot(grid, [x * x for x in grid], **style.EXACT)
    (dot,) = live.moving(ax.plot([], [], **style.MARK))

    @live.controls(x=slider("x", 1, -3, 3, 0.5, ".1f"), divisor=integer("divisor", 1, 0, 3),
                   seed=luck(), slow=toggle("slowly"))
    def update(x, divisor, seed, slow):
        for _ in live.progress(range(6000 if slow else 0), "waiting"):
            time.sleep(0.1)
        dot.set_data([x], [x * x / divisor])
        return f"At x = {x:.1f} over {divisor} the dot is at {x * x / divisor:.2f} with seed {seed}."

    live.presets({"right end": {"x": 3, "divisor": 1}})
    return live

parabola()
"""

CORNER_PIXEL = """image => {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return [...context.getImageData(1, 1, 1, 1).data];
}"""


@pytest.fixture
def page(lab):
    page = lab.run([DEMO])
    expect(page.get_by_role("status")).to_have_text("At x = 1.0 over 1 the dot is at 1.00 with seed 0.")
    return page


def picture(page):
    return page.get_by_role("img", name="A dot on a parabola")


def test_keyboard_alone_moves_the_picture(page):
    before = picture(page).get_attribute("src")
    page.get_by_role("slider").first.press("ArrowRight")
    expect(page.get_by_role("status")).to_contain_text("At x = 1.5 over 1 the dot is at 2.25")
    expect(picture(page)).not_to_have_attribute("src", before)
    page.get_by_role("button", name="New luck").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("with seed 1.")


def test_mouse_drags_to_the_end(page):
    handle = page.get_by_role("slider").first.bounding_box()
    track = page.locator(".noUi-base").first.bounding_box()
    middle = handle["y"] + handle["height"] / 2
    page.mouse.move(handle["x"] + handle["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] + 20, middle, steps=10)
    expect(page.get_by_role("status")).to_contain_text("At x = 3.0 over 1 the dot is at 9.00")
    page.mouse.up()


def test_preset_sets_all_its_controls(page):
    page.get_by_role("button", name="right end").click()
    expect(page.get_by_role("status")).to_contain_text("At x = 3.0 over 1")
    expect(page.get_by_role("slider").first).to_have_attribute("aria-valuenow", re.compile(r"^3(\.0)?$"))


def test_error_is_shown_and_goes_away(page):
    divisor = page.get_by_role("slider").nth(1)
    divisor.press("Home")
    expect(page.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    expect(page.get_by_role("status")).to_contain_text("over 1")
    divisor.press("ArrowRight")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_long_work_shows_a_bar_and_can_be_stopped_by_keyboard(page):
    slowly = page.get_by_role("checkbox", name="slowly")
    slowly.press("Space")
    expect(page.locator(".pgcourse-live progress")).to_be_visible()
    for key in ("Escape", "i", "i"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("Stopped")
    expect(page.locator(".pgcourse-live progress")).to_have_count(0)
    slowly.press("Space")
    expect(page.get_by_role("status")).to_contain_text("At x = 1.0")


def test_what_goes_wrong_on_a_page_is_noticed(lab, page):
    with page.expect_request("http://elsewhere.invalid/"):
        page.evaluate("fetch('http://elsewhere.invalid/').catch(() => null)")
    with page.expect_console_message(lambda message: "Could not create a view" in message.text):
        page.evaluate("console.warn('Could not create a view for model')")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('broken'); })")
    noticed = "\n".join(lab.problems)
    lab.problems.clear()
    for words in ("http://elsewhere.invalid/", "Could not create a view", "broken"):
        assert words in noticed


def test_dark_theme_keeps_the_picture_white_and_the_words_light(lab):
    page = lab.run([DEMO], scheme="dark")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    colour = page.get_by_role("status").evaluate("element => getComputedStyle(element).color")
    assert min(map(int, re.findall(r"\d+", colour)[:3])) > 200
    assert picture(page).evaluate(CORNER_PIXEL) == [255, 255, 255, 255]
