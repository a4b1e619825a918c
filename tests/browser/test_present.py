"""A lecture as slides, started by the real command: code hidden, large pictures, a slider moves a figure on a slide."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.support.labdrive import drag_to_the_middle, watched
from tests.support.waiting import until

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LECTURE = ROOT / "lectures" / "05_left_right.ipynb"
KERNEL_IDLE = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
COMMAND = [sys.executable, "-m", "pgcourse", "lab", "--present", "--no-browser"]


@pytest.fixture
def address(tmp_path):
    """Start `pgcourse lab --present` with a home and lectures of its own, since it saves them; yield its address."""
    course, home = tmp_path / "course", tmp_path / "home"
    home.mkdir()
    shutil.copytree(LECTURE.parent, course / "lectures", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(ROOT / "nbgrader_config.py", course)
    command = [*COMMAND, str(course / "lectures" / LECTURE.name)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PGCOURSE"))}
    log = tmp_path / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=course, stderr=output, env=kept | {"HOME": str(home)}) as server,
    ):
        try:
            yield wait_for_address(server, log)
        finally:
            server.terminate()


def wait_for_address(server, log):
    def named():
        return re.search(r"http://127\.0\.0\.1:\S+", log.read_text())

    until(lambda: named() or server.poll() is not None)
    assert named(), log.read_text()
    return named()[0]


def cells_up_to(source):
    """Return how many cells of the lecture end with the one whose source ends so."""
    cells = nbformat.read(LECTURE, 4).cells
    return 1 + next(i for i, cell in enumerate(cells) if cell.source.endswith(source))


def test_a_slider_moves_a_figure_on_a_slide(address, lab):
    with contextlib.closing(lab.new_page(viewport={"width": 1920, "height": 1080})) as page:
        problems = watched(page)
        page.goto(address)
        title = page.get_by_role("heading", name="5. The L/R exercise")
        expect(title).to_be_visible()
        expect(page.get_by_role("button", name="Exit Deck")).to_be_visible()  # the slides have begun by themselves
        expect(page.locator("td").first).to_have_css("font-size", "22px")  # as all other text
        page.wait_for_selector(KERNEL_IDLE, state="attached")  # cells that run before that run into nothing
        title.click()
        live = page.locator(".pgcourse-live", has=page.get_by_role("img", name="Tree of the two trajectories"))
        for _ in range(cells_up_to("left_right.tree()")):  # Shift+Enter runs a cell and goes on to the next
            page.keyboard.press("Shift+Enter")
        expect(live.get_by_role("status")).to_contain_text("At θ = 0.20")
        expect(title).not_to_be_in_viewport()
        expect(page.locator(".jp-CodeCell .jp-Cell-inputWrapper:visible")).to_have_count(0)
        before = live.get_by_role("img").inner_html()
        live.get_by_role("slider").first.press("ArrowRight")
        expect(live.get_by_role("status")).to_contain_text("At θ = 0.21: L has probability 0.21")
        assert live.get_by_role("img").inner_html() != before
        # 9 inches of 96 CSS pixels, times 18 / 13 for the lecture hall
        width = live.get_by_role("img").bounding_box()["width"]
        assert width > 1100
        page.set_viewport_size({"width": 1280, "height": 720})  # the same slide, in proportion
        page.wait_for_function("innerHeight === 720")
        assert live.get_by_role("img").bounding_box()["width"] == pytest.approx(width * 720 / 1080, abs=2)
        expect(page.get_by_text("See. Left is the problem")).to_be_in_viewport(ratio=1)
        drag_to_the_middle(page, live.get_by_role("slider").first)
        assert 0.4 < float(live.get_by_role("slider").first.get_attribute("aria-valuetext")) < 0.6
        assert not problems, problems
