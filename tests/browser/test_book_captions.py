"""Recorded figures in Chromium, one of each lecture: the page says what Python says, at each preset and each end."""

import pytest
from playwright.sync_api import expect

from pgcourse.book import pages, record, site
from pgcourse.figures.controls import NumberSlider, ends

pytestmark = pytest.mark.browser

FIGURES = [
    "map.regret",
    "policy_optimization.truncation",
    "zeroth_order.pattern_search",
    "first_order.step_size",
    "log_derivative.trajectory",
    "left_right.variance",
    "policy_gradient.noise",
    "reward_to_go.histograms",
    "baselines.bowl",
    "recap.tricks",
]
PAGE = """<!doctype html><html lang="en"><title>Figures</title><link rel="stylesheet" href="live.css">
<script src="book.js"></script><main>{}</main></html>"""
# presses the preset, then moves the control; returns where all controls are, and what the page says
MOVE = """([place, preset, control, at]) => {
    const controls = [...place.querySelectorAll('.pgcourse-slider input, .pgcourse-choice [role=group], '
        + '.pgcourse-toggle input, .pgcourse-single button')];
    const press = (buttons, number) => buttons[number].click();
    if (preset !== null) press(place.querySelectorAll('.pgcourse-presets button'), preset);
    const moved = controls[control];
    if (moved?.type === 'range') {
        moved.value = at;
        moved.dispatchEvent(new Event('input'));
    } else if (moved?.type === 'checkbox') {
        if (moved.checked !== Boolean(at)) moved.click();
    } else if (moved) {
        press(moved.matches('button') ? [moved] : moved.querySelectorAll('button'), moved.matches('button') ? 0 : at);
    }
    const positions = controls.map((element) => element.type === 'range' ? Number(element.value)
        : element.type === 'checkbox' ? Number(element.checked)
        : [...element.querySelectorAll('button')].findIndex((button) => button.ariaPressed === 'true'));
    return [positions, place.querySelector('[role=status]').textContent];
}"""


def offered(live):
    """Yield the number of each preset, None for the start, and the values that it sets."""
    return [(None, {}), *enumerate(live.preset_values)]


def wanted(live):
    """Return the settings that are recorded here: each control at its ends, from the start and from each preset."""
    moves = [{name: value} for name, control in live.inputs.items() for value in ends(control)]
    bases = [live.values | preset for _, preset in offered(live)]
    return [base | move for base in bases for move in ({}, *moves)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    (folder / "figures").mkdir()
    (folder / "book.js").write_text(site.script(), encoding="utf-8")
    (folder / "live.css").write_text((site.FIGURES / "live.css").read_text(encoding="utf-8"), encoding="utf-8")
    for name in FIGURES:
        live = pages.figure(name)
        packed = record.record(live, wanted(live)).packed()
        (folder / "figures" / f"{name}.js").write_text(pages.script(name, packed), encoding="utf-8")
    places = "".join(f'<div data-figure="{name}"></div>' for name in FIGURES)
    (folder / "index.html").write_text(PAGE.format(places), encoding="utf-8")
    return folder


@pytest.fixture
def page(lab, folder):
    """A page with the figures; afterwards nothing may have gone wrong on it."""
    page, problems = lab.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((folder / "index.html").as_uri())
    yield page
    page.close()
    assert problems == []


@pytest.mark.parametrize(("width", "names"), [(1280, FIGURES[::2]), (390, FIGURES[1::2])])
def test_the_page_says_what_python_says(page, width, names):
    page.set_viewport_size({"width": width, "height": 844})
    for name in names:
        place = page.wait_for_selector(f'[data-figure="{name}"]')
        place.scroll_into_view_if_needed()
        place.wait_for_selector("[role=status]")
        assert len(set(_compared(page, place, pages.figure(name)))) >= 3, name


def test_a_page_says_which_controls_went_back(page):
    place, live = page.locator('[data-figure="left_right.variance"]'), pages.figure("left_right.variance")
    place.scroll_into_view_if_needed()
    (_, one), (name, other), *_ = [item for item in live.inputs.items() if isinstance(item[1], NumberSlider)]
    place.get_by_role("slider", name=one.description, exact=True).press("End")
    expect(place.locator(".pgcourse-went-back")).to_have_count(0)
    place.get_by_role("slider", name=other.description, exact=True).press("End")
    expect(place.locator(".pgcourse-went-back")).to_contain_text(f"went back: {one.description}.")
    live.set(**{name: other.values[-1]})
    expect(place.get_by_role("status")).to_have_text(live.caption_text)


def _compared(page, place, live):
    """Yield the captions of a figure, each of which is Python's at the positions where the page's controls are."""
    drawn = sorted(live.inputs, key=lambda name: live.inputs[name].kind in ("toggle", "button"))  # as on the page
    counts = {name: live.values[name] for name in drawn if not live.inputs[name].values}

    def said(preset, name, at, pressed):
        positions, caption = page.evaluate(MOVE, [place, preset, drawn.index(name), at])
        values = {one: live.inputs[one].values for one in drawn}
        live.set(**{one: values[one][position] for one, position in zip(drawn, positions, strict=True) if values[one]})
        live.set(**(counts | pressed))
        assert caption == live.caption_text, live.values
        assert pressed or positions[drawn.index(name)] == at
        return caption

    for preset, _ in offered(live):
        for name in (name for name in drawn if name not in counts):
            for value in ends(live.inputs[name]):
                yield said(preset, name, live.inputs[name].values.index(value), {})
    for name, count in counts.items():
        yield said(None, name, 0, {name: count + 1})
