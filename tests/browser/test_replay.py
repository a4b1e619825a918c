"""The front end of a live figure without Jupyter and without a kernel: recorded frames, on a page of their own."""

import itertools
import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pgcourse.figures import style
from pgcourse.figures.controls import integer, slider
from pgcourse.figures.live import LiveFigure, demo
from tests.support import screenreader
from tests.support.axe import complaints

pytestmark = pytest.mark.browser

FIGURES = Path(__file__).parents[2] / "pgcourse" / "figures"
PAGE = """<!doctype html>
<html lang="en"><title>Replay</title><style>{css}</style><main><h1>Replay</h1><div id="figure"></div></main>
<script type="module">
{module}
const {{state, frames, presets}} = {recorded};
const heard = {{}};
const model = {{
  get: (name) => state[name],
  set: (name, value) => {{ state[name] = value; }},
  on: (change, follow) => {{ heard[change] = follow; }},
  off: () => {{}},
  save_changes: () => {{
    state.frame = frames[JSON.stringify(state.at)];
    heard["change:frame"]();
  }},
  send: ({{preset}}) => {{
    state.at = {{...state.at, ...presets[preset]}};
    model.save_changes();
  }},
}};
render({{model, el: document.getElementById("figure")}});
</script></html>"""


@demo
def product():
    """A live figure with few settings."""
    live = LiveFigure(alt="A dot at a product", width=4, height=2.5)
    live.axes[0].set(xlim=(-3, 3), ylim=(-9, 9))
    (dot,) = live.moving(live.axes[0].plot([], [], **style.MARK))

    @live.controls(x=slider("x", 1, -2, 2, 1, ".1f"), y=integer("y", 1, 0, 2))
    def update(x, y):
        dot.set_data([x], [x * y])
        return f"{x:.1f} times {y} is {x * y:.1f}."

    live.presets({"largest": {"x": 2, "y": 2}})
    return live


def recorded(live):
    """Return every frame of a figure, by the positions of its controls as JSON."""
    frames = {}
    for values in itertools.product(*(control.values for control in live.inputs.values())):
        live.set(**dict(zip(live.inputs, values, strict=True)))
        frames[json.dumps(live.panel.at, separators=(",", ":"))] = live.panel.frame
    return frames


@pytest.fixture
def page(lab):
    live = product()
    start, frames = live.values, recorded(live)
    live.set(**start)
    state = {name: getattr(live.panel, name) for name in ("figure", "at", "letters", "background", "frame", "error")}
    words = json.dumps({"state": state | {"progress": ""}, "frames": frames, "presets": [{"x": 4, "y": 2}]})
    page = lab.new_page(viewport={"width": 390, "height": 844})
    module = (FIGURES / "live.js").read_text().replace("export default {render};", "")
    page.set_content(
        PAGE.format(css=(FIGURES / "live.css").read_text(), module=module, recorded=words.replace("</", "<\\/"))
    )
    yield page
    page.close()


def test_recorded_frames_move_the_picture_and_the_words(page):
    caption, picture = page.get_by_role("status"), page.get_by_role("img", name="A dot at a product")
    expect(caption).to_have_text("1.0 times 1 is 1.0.")
    before = picture.inner_html()
    page.get_by_role("slider", name="x").press("Home")
    expect(caption).to_have_text("-2.0 times 1 is -2.0.")
    assert picture.inner_html() != before
    page.get_by_role("button", name="largest").click()
    expect(caption).to_have_text("2.0 times 2 is 4.0.")
    expect(page.get_by_role("slider", name="y")).to_have_attribute("aria-valuetext", "2")
    assert complaints(page) == []


def test_a_screen_reader_is_told_once_when_a_slider_comes_to_rest(page):
    page.clock.install(time=0)
    page.clock.pause_at(1_000_000)  # from now on it goes on only as far as it is told
    screenreader.listen(page)
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.get_by_role("slider", name="x").press(key)
        page.clock.run_for(50)
    words = "1.0 times 1 is 1.0."
    expect(page.get_by_role("status")).to_have_text(words)
    assert screenreader.heard(page) == []
    page.clock.run_for(1000)
    assert screenreader.heard(page) == [("polite", words)]
    page.clock.run_for(10_000)
    assert screenreader.heard(page) == []
    nodes = screenreader.tree(page)
    (picture,) = (node for node in nodes if node["role"] == "image")
    assert (picture["name"], picture["description"]) == ("A dot at a product", words)
    assert [node["name"] for node in nodes if node["role"] == "group"] == ["A dot at a product", "Presets"]
    assert len([node for node in nodes if node["role"] == "StaticText" and node["name"] == words]) == 1
