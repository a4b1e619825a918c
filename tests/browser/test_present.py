"""The slides with a live kernel, started by the real command: the same walk as in the book, and what is live."""

import os
import re
import subprocess
import sys

import matplotlib as mpl
import pytest
from playwright.sync_api import expect

from pgcourse.classroom.ports import free_ports
from pgcourse.deck.slides import read, slides
from pgcourse.figures import style
from tests.support import deckwalk
from tests.support.course import ROOT
from tests.support.labdrive import watched
from tests.support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.long]
COMMAND = [sys.executable, "-m", "pgcourse", "lab", "--present", "--no-browser"]
ALL_AWAKE = """() => [...document.querySelectorAll("[data-figure]")]
    .every((place) => place.querySelector(".pgcourse-live") || place.querySelector("[role=alert]"))"""
with style.context("hall"):
    TICK = min(mpl.rcParams["xtick.labelsize"], mpl.rcParams["legend.fontsize"])


@pytest.fixture(scope="module")
def lecture():
    return slides(read(ROOT))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Start `pgcourse lab --present` with a home of its own; yield its address."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PGCOURSE"))}
    log = home / "log"
    command = [*COMMAND, "--port", str(*free_ports())]
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=ROOT, stderr=output, env=kept | {"HOME": str(home)}) as server,
    ):
        try:
            yield wait_for_address(server, log)
        finally:
            server.terminate()


def wait_for_address(server, log):
    def named():
        return re.search(r"The lecture is at (http://127\.0\.0\.1:\S+)", log.read_text())

    until(lambda: named() or server.poll() is not None)
    assert named(), log.read_text()
    return named()[1]


@pytest.fixture(scope="module")
def page(_session_lab, address):
    """Yield the page, once the kernel has drawn all pictures."""
    page = _session_lab.new_page(viewport={"width": 1280, "height": 720})
    problems = watched(page)
    page.goto(address)
    page.wait_for_function(ALL_AWAKE)
    yield page
    page.close()
    assert problems == []


def test_page_down_leads_through_every_slide_and_page_up_back(page, lecture):
    for width, height in [(1280, 720), (1920, 1080)]:
        deckwalk.begin(page, width, height)
        there = list(deckwalk.walk(page, "PageDown", len(lecture), TICK))
        assert [found["index"] for found in there] == list(range(len(lecture)))
        assert [found["faults"] for found in there if found["faults"]] == []
        assert min(found["smallest"] for found in there) >= deckwalk.SMALLEST
        assert min(found["letters"] for found in there) >= deckwalk.LETTERS["wide"]
    back = list(deckwalk.walk(page, "PageUp", len(lecture), TICK))
    assert [found["title"] for found in back] == [found["title"] for found in reversed(there)]


def test_the_kernel_moves_a_picture(page, lecture):
    number = [slide.figure for slide in lecture].index("baselines.bowl")
    page.evaluate(f"Reveal.slide({number})")
    live = page.locator("section.present .pgcourse-live")
    slider = live.get_by_role("slider").first
    slider.focus()
    for _ in range(5):  # faster than the kernel answers
        page.keyboard.press("ArrowRight")
    expect(live.get_by_role("status")).to_contain_text("b = 2.50")
    live.get_by_role("button", name="R = (0, 1)").click()
    expect(live.get_by_role("status")).to_contain_text("2.25 with V")
    page.keyboard.press("PageDown")
    assert page.evaluate("Reveal.getIndices().h") == number + 1


@pytest.mark.parametrize("said", ["U after 100 updates", "standard error", "standard deviations"])
def test_r_runs_the_program_of_a_slide(page, lecture, said):
    number = next(i for i, slide in enumerate(lecture) if any(said in program.whole for program in slide.programs))
    page.evaluate(f"Reveal.slide({number})")
    for _ in range(2):  # a second run takes the place of the first
        page.keyboard.press("r")
        output = page.locator("section.present .pgcourse-output")
        expect(output).to_contain_text(said)
        expect(output).not_to_contain_text("Error")
    expect(output).to_be_in_viewport(ratio=1)


def test_whoever_lacks_the_token_sees_nothing(lab, address):
    page = lab.new_page()  # without the cookies of the others
    page.goto(address.partition("?")[0])
    assert "login" in page.url
    page.close()
