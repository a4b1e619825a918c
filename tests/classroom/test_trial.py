"""`pgcourse hub --try` as a lecturer tries it, in Chromium: one trial for all of it, from the command to Ctrl+C."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import psutil
import pytest
from playwright.sync_api import expect

from pgcourse.classroom import trial
from pgcourse.classroom.trial import INSTRUCTOR, STUDENTS
from tests.support.course import cell, notebook_path, solved
from tests.support.labdrive import (
    CELL_ERRORS,
    COMMAND,
    NOTEBOOK_READY,
    RUN_SECONDS,
    SKIP_PREDICTIONS,
    WAIT_SECONDS,
    watched,
)
from tests.support.waiting import alive, until

pytestmark = [pytest.mark.browser, pytest.mark.hub, pytest.mark.sandbox]

PS = trial.RELEASED
LECTURE = "05_left_right.ipynb"
SHOTS = os.environ.get("TRIAL_SHOTS")  # a folder for a picture of each page


class Trial:
    """A trial that runs, and what it said."""

    def __init__(self, process, folder, lab):
        self.process, self.folder, self.lab = process, folder, lab
        self.log = folder / "said"
        self.pages = {}

    def said(self, pattern):
        """Wait until the command has said something; return the match."""
        found = until(lambda: re.search(pattern, self.log.read_text()) or self.process.poll() is not None)
        assert isinstance(found, re.Match), self.log.read_text()
        return found

    @property
    def address(self):
        return self.said(r"The class is at (http://127\.0\.0\.1:\d+): ")[1]

    @property
    def place(self):
        """The folder of the trial."""
        return Path(self.said(r"(?m)^All that is done there is in (\S+), which is removed when it ends\.$")[1])

    def log_in(self, name):
        """Log in, once; return the page with the user's JupyterLab."""
        if name not in self.pages:
            context = self.lab.page.context.browser.new_context(viewport={"width": 1280, "height": 800})
            page = context.new_page()
            page.set_default_timeout(WAIT_SECONDS * 1000)
            page.add_init_script(SKIP_PREDICTIONS)
            self.pages[name] = page, watched(page)
            self.expose(name)
            page.goto(self.address)
            expect(page.get_by_text(trial.KEEPS_NOBODY_APART)).to_be_visible()
            self.shoot(page, "login")
            page.get_by_label("Username:").fill(name)
            page.get_by_label("Password:", exact=True).fill(self.said(r"password (\w+)")[1])
            page.get_by_role("button", name="Sign in").click()
            page.locator(".jp-DirListing-item").first.wait_for()
        return self.pages[name][0]

    def expose(self, name):
        """Let the user's page say when it is ready: settings of the user's own, as anybody may have them."""
        folder = self.place / "homes" / name / ".jupyter"
        folder.mkdir(parents=True)
        settings = {"LabApp": {"expose_app_in_browser": True}}
        (folder / "jupyter_server_config.json").write_text(json.dumps(settings))

    def menu(self, name, *path):
        """Choose in a menu of the user's JupyterLab."""
        page = self.log_in(name)
        for item in path:
            page.get_by_role("menuitem", name=item, exact=True).click()
        return page

    def shoot(self, page, name):
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}.png")


def begin(folder, lab=None):
    """Start a trial whose temporary files are in a folder."""
    environment = os.environ | {"TMPDIR": str(folder), "HOME": str(folder)}
    with (folder / "said").open("w") as output:
        command = [sys.executable, "-m", "pgcourse", "hub", "--try"]
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, start_new_session=True)
    return Trial(process, folder, lab)


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Kill a trial as soon as it runs; give the folder for all trials, that of this one, and what it had started."""
    ours = begin(tmp_path_factory.mktemp("trial"))
    try:
        assert ours.place.is_dir()
        family = psutil.Process(ours.process.pid).children(recursive=True)
    finally:
        ours.process.kill()
        ours.process.wait()
    assert until(lambda: not any(map(alive, family))), family
    return ours.folder, ours.place, family


@pytest.fixture(scope="module")
def running(request, killed):
    lab = request.getfixturevalue("_session_lab")
    ours = begin(killed[0], lab)
    try:
        yield ours
        for page, _ in ours.pages.values():
            page.context.close()
    finally:
        ours.process.send_signal(signal.SIGTERM)
        ours.process.wait(WAIT_SECONDS)


@pytest.fixture
def started(running):
    """The trial; afterwards nothing may have gone wrong on its pages."""
    yield running
    for name, (_, problems) in running.pages.items():
        assert not problems, (name, problems)


def assert_nothing_is_asked(page):
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)


def test_it_says_the_address_the_names_and_the_password_and_what_it_is_not(started):
    line = rf"at {started.address}: log in as {', '.join(STUDENTS)} \(students\) or {INSTRUCTOR}, password \w{{8,}} "
    assert started.said(line + r"\(Ctrl\+C ends it\)\.")
    assert started.said(re.escape(trial.KEEPS_NOBODY_APART))
    assert (trial.ROOT in started.log.read_text()) == (os.geteuid() == 0)
    assert started.place.is_relative_to(started.folder)
    assert started.said(rf"{PS} is released: students find it under Nbgrader > Assignment List\.")


def test_what_one_that_was_killed_had_started_ends_and_its_folder_is_removed_by_the_next(started, killed):
    _, left, family = killed
    assert len(family) >= 2, "the hub and the proxy"
    assert started.said(re.escape(f"A trial that was killed had left {left}, which is removed now."))
    assert not left.exists()


def test_a_wrong_password_or_name_does_not_log_in(started):
    page = started.lab.new_page()
    for name, password in ((STUDENTS[0], "guessed-it"), ("mallory", started.said(r"password (\w+)")[1])):
        page.goto(f"{started.address}/hub/login")
        page.get_by_label("Username:").fill(name)
        page.get_by_label("Password:", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text(re.compile("Invalid username or password|not allowed"))).to_be_visible()
    page.close()


@pytest.mark.parametrize(
    ("name", "files", "items"),
    [
        (STUDENTS[0], ["lectures"], ["Assignment List"]),
        (INSTRUCTOR, ["assignments", "lectures", "solutions"], ["Formgrader", "Create assignment"]),
    ],
)
def test_each_sees_the_own_tools_and_is_asked_nothing(started, name, files, items):
    page = started.menu(name, "Nbgrader")
    menu = page.locator(".lm-Menu-item:visible .lm-Menu-itemLabel")
    assert menu.all_inner_texts() == items
    started.shoot(page, f"{name}-menu")
    page.keyboard.press("Escape")
    for file in files:
        expect(page.locator(".jp-DirListing-itemText", has_text=re.compile(f"^{file}$"))).to_be_visible()
    assert_nothing_is_asked(page)
    if name in STUDENTS:
        assert page.request.get(f"{started.address}/user/{name}/formgrader").status == 404


def test_a_student_runs_lecture_5(started):
    page = started.log_in(STUDENTS[0])
    page.goto(f"{started.address}/user/{STUDENTS[0]}/lab/tree/lectures/{LECTURE}")
    page.locator(".jp-NotebookPanel .jp-Notebook").wait_for()
    page.wait_for_function(NOTEBOOK_READY)
    page.wait_for_function(COMMAND, arg=["notebook:run-all-cells", {}], timeout=RUN_SECONDS * 1000)
    assert page.evaluate(CELL_ERRORS) == []
    assert page.get_by_role("slider").count() > 0
    assert_nothing_is_asked(page)
    started.shoot(page, "lecture")


@pytest.fixture(scope="module")
def handed_in(running):
    """The trial after a student has fetched the problem set, solved it, but for one task, and submitted it."""
    page = running.menu(STUDENTS[0], "Nbgrader", "Assignment List")
    running.said(f"{PS} is released")
    page.get_by_role("button", name="Fetch", exact=True).click()
    submit = page.get_by_role("button", name="Submit", exact=True)
    submit.wait_for()
    path = running.place / "homes" / STUDENTS[0] / "assignments" / notebook_path(PS)
    notebook = nbformat.read(path, as_version=4)
    untouched = cell(notebook, "clamp-policy").source
    solved(notebook, nbformat.read(running.place / "course" / "solutions" / notebook_path(PS), as_version=4))
    cell(notebook, "clamp-policy").source = untouched
    nbformat.write(notebook, path)
    submit.click()
    page.get_by_role("button", name="Fetch Feedback").wait_for()
    running.shoot(page, "submitted")
    return running


def test_the_instructor_collects_and_grades_in_the_formgrader(handed_in, started):
    page = started.menu(INSTRUCTOR, "Nbgrader", "Formgrader")
    frame = page.frame_locator("iframe[src*=formgrader]")
    row = frame.locator("#main-table tr", has=page.get_by_text(PS, exact=True))
    row.locator(".collect a").click()
    dialog = frame.locator(".modal-dialog")
    expect(dialog).to_contain_text(f"Successfully collected submissions of '{PS}'.")
    expect(dialog).not_to_contain_text("cheating attempt")
    dialog.locator(".modal-footer button").click()
    row.locator(".num-submissions a").click()
    row = frame.locator("#main-table tr", has=frame.get_by_text(STUDENTS[0], exact=True))
    expect(row.get_by_text("Lovelace, Ada", exact=True)).to_be_visible()
    row.locator(".autograde a").click()
    expect(dialog).to_contain_text(f"Successfully autograded '{PS}'", timeout=RUN_SECONDS * 1000)
    dialog.locator(".modal-footer button").click()
    points, possible = map(int, row.locator(".score").inner_text().split("/"))
    assert 0 < points < possible - 3, "three points are for a written answer"
    assert_nothing_is_asked(page)
    started.shoot(page, "graded")
    folders = [path.name for path in (started.place / "course" / "submitted").iterdir()]
    assert folders == [STUDENTS[0]]


def test_in_the_end_nothing_is_left(handed_in):
    place, address = handed_in.place, handed_in.address
    family = psutil.Process(handed_in.process.pid).children(recursive=True)
    assert len(family) >= 3, "the hub, the proxy and servers"
    handed_in.process.send_signal(signal.SIGTERM)
    assert handed_in.process.wait(WAIT_SECONDS) == 0
    assert handed_in.said("The trial has ended and left nothing.")
    assert not place.exists()
    assert until(lambda: not any(map(alive, family))), family
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=5)
