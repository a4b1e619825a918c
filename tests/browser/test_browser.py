"""A live figure in a real JupyterLab: keyboard, mouse, errors, themes, and what a screen reader finds."""

import base64
import io
import json
import re

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter
from PIL import Image
from playwright.sync_api import expect

from pgcourse.figures.panel import HOW_TO_MOVE
from tests.support.labdrive import LAB, NOTEBOOK

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


@pytest.fixture
def page(lab):
    page = lab.run([DEMO])
    expect(page.get_by_role("status")).to_have_text("At x = 1.0 over 1 the dot is at 1.00 with seed 0.")
    return page


def picture(page):
    return page.get_by_role("img", name="A dot on a parabola")


def test_keyboard_alone_moves_the_picture(page):
    before = picture(page).inner_html()
    page.get_by_role("slider").first.press("ArrowRight")
    expect(page.get_by_role("status")).to_contain_text("At x = 1.5 over 1 the dot is at 2.25")
    assert picture(page).inner_html() != before
    page.get_by_role("button", name="New luck").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("with seed 1.")


def test_a_step_fetches_no_icon(lab, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("slider").first.press("ArrowRight")
    expect(page.get_by_role("status")).to_contain_text("At x = 1.5")
    lab.wait_idle()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert not [url for url in asked if "favicon" in url]


def test_mouse_drags_to_the_end(page):
    track = page.get_by_role("slider").first.bounding_box()
    middle = track["y"] + track["height"] / 2
    page.mouse.move(track["x"] + track["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] + 20, middle, steps=10)
    expect(page.get_by_role("status")).to_contain_text("At x = 3.0 over 1 the dot is at 9.00")
    page.mouse.up()


def test_preset_sets_all_its_controls(page):
    preset = page.get_by_role("button", name="right end")
    expect(preset).to_have_attribute("aria-pressed", "false")
    preset.click()
    expect(page.get_by_role("status")).to_contain_text("At x = 3.0 over 1")
    expect(page.get_by_role("slider").first).to_have_attribute("aria-valuetext", "3.0")
    expect(preset).to_have_attribute("aria-pressed", "true")


def test_error_is_shown_and_goes_away(page):
    divisor = page.get_by_role("slider").nth(1)
    divisor.press("Home")
    expect(page.get_by_role("alert")).to_contain_text("ZeroDivisionError")
    expect(page.get_by_role("status")).to_contain_text("over 1")
    divisor.press("ArrowRight")
    expect(page.get_by_role("alert")).to_have_count(0)


def move_three_times(page):
    """After two answers in the kernel's main thread JupyterLab asks for others in a thread beside it."""
    for value in (1.5, 2, 2.5):
        page.get_by_role("slider").first.press("ArrowRight")
        expect(page.get_by_role("status")).to_contain_text(f"At x = {value:.1f}")


READERS = """
from pgcourse.figures import written
from pgcourse.figures.controls import slider
from pgcourse.figures.live import LiveFigure, demo
written.SECONDS = 0.3

def function(x):
    while x == 3:
        pass
    return x

@demo
def what_it_gives():
    live = LiveFigure(alt="Nothing", height=2.5)

    @live.controls(x=slider("x", 1, -3, 3, 0.5, ".1f"))
    def update(x):
        value, reason = written.attempt(lambda: written.call(function, x))
        return f"At x = {x:.1f} the function gives {value}. {reason}"

    return live

what_it_gives()
"""


def test_a_readers_endless_loop_is_stopped_after_other_moves_too(lab):
    page = lab.run([READERS])
    move_three_times(page)
    page.get_by_role("slider").press("ArrowRight")
    expect(page.get_by_role("status")).to_contain_text("Stopped after computing for 0.3 seconds")
    page.get_by_role("slider").press("ArrowLeft")
    expect(page.get_by_role("status")).to_contain_text("At x = 2.5 the function gives 2.5")


@pytest.mark.parametrize("moves", [False, True])
def test_long_work_shows_a_bar_and_can_be_stopped_by_keyboard(page, moves):
    if moves:
        move_three_times(page)
    slowly = page.get_by_role("checkbox", name="slowly")
    slowly.press("Space")
    expect(page.locator(".pgcourse-live progress")).to_be_visible()
    for key in ("Escape", "i", "i"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("Stopped")
    expect(page.locator(".pgcourse-live progress")).to_have_count(0)
    slowly.press("Space")
    expect(page.get_by_role("status")).to_contain_text("At x = 2.5" if moves else "At x = 1.0")


KERNEL = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"
CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells.map(
    cell => [cell.cell_type, cell.source])"""


@pytest.mark.parametrize("place", [LAB, NOTEBOOK])
def test_keys_stay_in_the_figure(lab, place):
    page = lab.run([DEMO, "1"], place=place)
    x, caption = page.get_by_role("slider").first, page.get_by_role("status")
    cells = page.evaluate(CELLS)
    for key, value in {
        "ArrowRight": 1.5, "ArrowLeft": 1, "ArrowUp": 1.5, "ArrowDown": 1, "End": 3, "PageDown": 2.5, "Home": -3,
        "PageUp": -2.5,
    }.items():  # fmt: skip
        x.press(key)
        expect(caption).to_contain_text(f"At x = {value:.1f} ")
    kernel = page.evaluate(KERNEL)
    for control in (x, page.get_by_role("button", name="New luck"), page.get_by_role("checkbox", name="slowly")):
        control.focus()
        for key in ("d", "d", "0", "0", "x", "a", "b", "c", "v", "z", "m", "Shift+Enter"):
            page.keyboard.press(key)
        expect(control).to_be_focused()
    lab.wait_idle()
    assert (page.evaluate(CELLS), page.evaluate(KERNEL)) == (cells, kernel)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Escape")  # leaves the figure: now the keys are the notebook's
    page.keyboard.press("d")
    page.keyboard.press("d")
    page.wait_for_function(f"cells => JSON.stringify(({CELLS})()) !== cells", arg=json.dumps(cells))


def place_of_the_dot(picture):
    """Return row and column of the middle of the dot in a PNG file in base64."""
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"), int)
    return np.argwhere(np.abs(pixels - [213, 94, 0]).sum(axis=2) < 60).mean(axis=0)


def drawn_by_the_kernel(**values):
    """Return the picture of the demo's output after some controls were set."""
    namespace = {}
    exec(DEMO.removesuffix("parabola()\n"), namespace)
    live = namespace["parabola"]()
    live.set(**values)
    return live._repr_mimebundle_()[0]["image/png"]


SAVED = "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
RESTART = "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }"


@pytest.mark.parametrize("place", [LAB, NOTEBOOK])
def test_a_saved_notebook_shows_its_pictures_without_their_kernel(lab, place):
    page = lab.run([DEMO], place=place)
    expect(page.get_by_role("status")).to_contain_text("At x = 1.0 over 1")
    slider = page.get_by_role("slider").first
    slider.press("ArrowRight")
    expect(page.get_by_role("status")).to_contain_text("At x = 1.5 over 1")
    lab.command("docmanager:save")
    page.wait_for_function(SAVED)
    expect(slider).to_be_focused()  # it is still the same one
    caption = "At x = 1.5 over 1 the dot is at 2.25 with seed 0."
    name = f"A dot on a parabola. {caption}"
    (output,) = nbformat.read(lab.root / lab.name, as_version=4).cells[0].outputs
    assert output.data["text/plain"] == f"A dot on a parabola\n{caption}\n{HOW_TO_MOVE}"
    dot = place_of_the_dot(output.data["image/png"])
    assert dot == pytest.approx(place_of_the_dot(drawn_by_the_kernel(x=1.5)), abs=3)
    assert dot != pytest.approx(place_of_the_dot(drawn_by_the_kernel(x=1)), abs=30)
    html, _ = HTMLExporter().from_filename(str(lab.root / lab.name))
    assert len(re.findall('<img [^>]*src="data:image/png;base64,', html)) == 1
    lab.forget()
    lab.show(place + lab.name)
    picture = page.get_by_role("img", name=name)
    expect(picture).to_be_visible()
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    expect(page.get_by_role("slider")).to_have_count(0)
    assert picture.evaluate("image => image.naturalWidth > 0")
    page.get_by_text("parabola()").last.click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("slider")).to_have_count(2)


@pytest.mark.parametrize("place", [LAB, NOTEBOOK])
def test_a_restarted_kernel_leaves_the_picture_and_a_sentence(lab, place):
    page = lab.run([DEMO, "'restarted'"], place=place)
    page.evaluate(RESTART)
    expect(page.get_by_text("To make this picture move, run its cell.")).to_be_visible()
    expect(picture(page)).to_be_visible()
    expect(page.get_by_role("slider")).to_have_count(0)


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
    expect(picture(page)).to_have_css("background-color", "rgb(255, 255, 255)")
