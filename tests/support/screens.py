"""What people of a class see in Chromium: pages of the hub, JupyterLab, the list of assignments and the Formgrader."""

import contextlib
import dataclasses
import os
import re
from pathlib import Path

from playwright.sync_api import expect

from pgcourse.tools.needs import CHROMIUM_ARGUMENTS, find_chromium
from tests.support.classroom import ADDRESS
from tests.support.labdrive import NO_NETWORK, SKIP_PREDICTIONS, START_SECONDS, WAIT_SECONDS, Lab, watched
from tests.support.small_course import PS, WRITTEN


@contextlib.contextmanager
def chromium(classroom, others, folder):
    """Start a Chromium whose network is that of the class's machine.

    others  a browser that runs already, for its driver
    folder  an empty one
    """
    program = classroom.machine.connecting(find_chromium(), folder / "chromium")
    arguments = [*CHROMIUM_ARGUMENTS, NO_NETWORK]
    browser = others.browser_type.launch(executable_path=program, args=arguments, timeout=START_SECONDS * 1000)
    with contextlib.closing(browser):
        yield browser


def log_in(browser, people):
    """Let people log in at the hub's page, each in a browser of their own; return {account: Screen}."""
    screens = {}
    for person in people:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.add_init_script(SKIP_PREDICTIONS)
        page.set_default_timeout(WAIT_SECONDS * 1000)
        screens[person.id] = screen = Screen(person, page, watched(page))
        page.goto(ADDRESS)
        screen.shoot("login")
        page.locator("#username_input").fill(person.id)
        page.locator("#password_input").fill(person.password())
        page.locator("#login_submit").click()
    for account, screen in screens.items():  # their servers start at the same time
        screen.page.wait_for_url(f"{ADDRESS}user/{account}/lab**")
        screen.person.at_work()
    return screens


@dataclasses.dataclass
class Screen:
    """A page, logged in at the hub; `problems` grows by what goes wrong on it."""

    person: object
    page: object
    problems: list

    def shoot(self, name):
        """Write a picture of the page, if CLASS_SHOTS names a folder for them."""
        if folder := os.environ.get("CLASS_SHOTS"):
            self.page.screenshot(path=Path(folder, f"{self.person.id}-{name}.png"))

    def lab(self):
        """Return the driver of this person's JupyterLab."""
        home = self.person.machine.path(self.person.folder())
        return Lab(f"{ADDRESS}user/{self.person.id}", "", home, None, self.page, self.problems)

    def menu(self):
        """Open the menu Nbgrader of JupyterLab; return the words in it."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").click()
        items = self.page.locator(".lm-Menu-item[data-type=command]:not(.lm-mod-hidden) .lm-Menu-itemLabel")
        expect(items.first).to_be_visible()
        return items.all_inner_texts()

    def push(self, section, button, then, words=PS):
        """Press a button in a part of the list of assignments, and wait for words in another part."""
        if self.page.locator("#released_assignments_list").count() == 0:
            self.page.goto(f"{ADDRESS}user/{self.person.id}/lab")
            self.menu()
            self.page.locator(".lm-Menu-itemLabel", has_text="Assignment List").click()
        self.page.locator(f"#{section}_assignments_list button", has_text=button).click()
        expect(self.page.locator(f"#{then}_assignments_list")).to_contain_text(words, ignore_case=True)
        self.shoot(button.lower().replace(" ", "-"))

    def formgrader(self, place):
        """Show a page of the Formgrader."""
        self.page.goto(f"{ADDRESS}user/{self.person.id}/formgrader/{place}")

    def press(self, place, row, column, done):
        """Press a button in a table of the Formgrader, and wait for what it says."""
        self.formgrader(place)
        found = self.page.locator("#main-table tr", has=self.page.get_by_text(row, exact=True))
        found.locator(f".{column} a").click()
        dialog = self.page.locator(".modal-dialog")
        expect(dialog).to_contain_text(f"Successfully {done}", timeout=2 * WAIT_SECONDS * 1000)
        expect(self.page.locator(".modal.in")).to_have_css("opacity", "1")
        self.shoot(column)
        dialog.locator(".modal-footer button").click()
        expect(dialog).to_be_hidden()

    def mark(self, student, points, words):
        """Give a written answer points and a comment in the Formgrader."""
        self.formgrader(f"gradebook/{PS}/{PS}")
        row = self.page.locator("#main-table tr", has=self.page.locator("a", has_text=student))
        row.locator("a:visible").first.click()
        for place, text, leave in ((f"#{WRITTEN}", points, "Tab"), (f"#{WRITTEN}-comment", words, "Escape")):
            expect(self.page.locator(f"#{WRITTEN}-comment")).to_have_attribute("placeholder", re.compile("."))
            self.page.locator(place).click()
            with self.page.expect_response(lambda response: response.request.method == "PUT"):
                self.page.keyboard.type(text)
                self.page.keyboard.press(leave)
        self.shoot("mark")
