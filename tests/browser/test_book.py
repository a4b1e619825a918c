"""The book in Chromium, opened from a folder: its pictures move without Python and say what Python says."""

import gzip
import re

import pytest
from playwright.sync_api import expect

from pgcourse.book import command, pages
from pgcourse.figures.controls import NumberSlider, ends
from tests.support.course import ROOT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    # what builds the pages may use each other's old names
    *map(pytest.mark.filterwarnings, ("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")),
]
LECTURES = {"00_map": "map", "01_policy_optimization": "policy_optimization"}
FIGURES = [
    ("00_map", "map.bandit"),
    ("00_map", "map.regret"),
    ("01_policy_optimization", "policy_optimization.visits"),
    ("01_policy_optimization", "policy_optimization.monte_carlo"),
]
LARGEST_PAGE = 800_000  # bytes, compressed, with the pictures on it
LOCAL = ("file:", "data:", "blob:")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book") / "site"
    command.build(ROOT, folder, list(LECTURES))
    return folder


@pytest.fixture(params=[1280, 390])
def page(request, lab, book):
    page, problems = lab.new_page(viewport={"width": request.param, "height": 844}), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda sent: None if sent.url.startswith(LOCAL) else problems.append(sent.url))
    yield page
    page.close()
    assert problems == []


def shown(page, book, lecture, name):
    """Open a lecture and return the place of a figure, which is awake."""
    page.goto((book / "lectures" / f"{lecture}.html").as_uri())
    place = page.locator(f'[data-figure="{name}"]')
    place.scroll_into_view_if_needed()
    expect(place.get_by_role("status")).not_to_be_empty()
    return place


def put(place, control, value):
    """Move a control of the page by the keyboard, as far as it goes."""
    words = re.compile(f"^{re.escape(control.description)}$")
    if control.kind == "slider":
        last = value == control.values[-1]
        place.get_by_role("slider", name=words).press("End" if last else "Home")
    elif control.kind == "choice":
        group = place.get_by_role("group", name=words)
        group.get_by_role("button", name=control.labels[control.values.index(value)], exact=True).press("Enter")
    elif control.kind == "toggle":
        box = place.get_by_role("checkbox", name=words)
        if box.is_checked() != value:
            box.press("Space")
    else:
        place.get_by_role("button", name=words).press("Enter")


def extremes(control):
    return [control.values[0], control.values[-1]] if control.kind == "slider" else ends(control)


@pytest.mark.parametrize(("lecture", "name"), FIGURES)
def test_the_page_says_what_python_says(page, book, lecture, name):
    """At each preset, and from there at the ends of each control."""
    live, place = pages.figure(name), shown(page, book, lecture, name)
    start, caption, compared = live.values, place.get_by_role("status"), 0
    presets = dict(zip(live.panel.figure["presets"], live.preset_values, strict=True))
    for label, preset in {"": {}, **presets}.items():
        for control_name, control in live.inputs.items():
            for value in extremes(control):
                live.set(**(start | preset))
                shown(page, book, lecture, name)
                if label:
                    place.get_by_role("button", name=label, exact=True).click()
                put(place, control, value)
                live.set(**(start | preset | {control_name: value}))
                expect(caption).to_have_text(live.caption_text)
                compared += 1
    assert compared >= 4


def test_a_page_says_which_controls_went_back(page, book):
    place = shown(page, book, "01_policy_optimization", "policy_optimization.visits")
    live = pages.figure("policy_optimization.visits")
    one, other, *_ = [control for control in live.inputs.values() if isinstance(control, NumberSlider)]
    for control in (one, other):
        place.get_by_role("slider", name=control.description, exact=True).press("End")
    expect(place.locator(".pgcourse-went-back")).to_contain_text(one.description)
    (name,) = [name for name, control in live.inputs.items() if control is other]
    live.set(**{name: other.values[-1]})
    expect(place.get_by_role("status")).to_have_text(live.caption_text)


def test_a_page_with_its_pictures_is_small(book):
    for lecture, module in LECTURES.items():
        files = [book / "lectures" / f"{lecture}.html", *(book / "_static" / "figures").glob(f"{module}.*.js")]
        assert len(files) > 2
        assert sum(len(gzip.compress(path.read_bytes())) for path in files) < LARGEST_PAGE


def test_every_formula_is_mathml(book):
    text = "".join(path.read_text(encoding="utf-8") for path in book.rglob("*.html"))
    assert "<math" in text
    assert re.findall(r"<code>[^<]*\\[a-z]+", text) == []


def test_every_page_of_the_course_is_there(book):
    words = (book / "index.html").read_text(encoding="utf-8")
    wanted = [*LECTURES, *(path.stem for path in ROOT.glob("assignments/*/*.ipynb")), "glossary", "kill_matrix"]
    assert [name for name in wanted if f"{name}.html" not in words] == []
