"""Drive a real JupyterLab in Chromium: one server and one browser for all browser tests of a session.

    @pytest.mark.browser
    def test_slider(lab):
        page = lab.run(Path("lectures/05_left_right.ipynb"))     # opens a copy and runs all its cells
        page.get_by_role("slider").first.press("ArrowRight")
        expect(page.get_by_role("status")).to_contain_text("0.3")

Wait for what the kernel sent back, never for time. At the end the fixture fails the test for an error in the page, a
widget that could not be shown, or a request to another machine.
"""

import contextlib
import dataclasses
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect, sync_playwright

from pgcourse.classroom.ports import free_ports
from pgcourse.tools.lab import NO_QUESTIONS
from pgcourse.tools.needs import CHROMIUM_ARGUMENTS, find_chromium

# generous, for a machine that has other work
START_SECONDS = 300
RUN_SECONDS = 600  # for all cells of a notebook
WAIT_SECONDS = 180  # for anything else
expect.set_options(timeout=WAIT_SECONDS * 1000)
LOCAL = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
# A request to another machine is recorded and, by this rule, goes nowhere.
NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
# A fresh workspace, because `?reset` would make JupyterLab load the page a second time.
LAB, NOTEBOOK = "doc/workspaces/{workspace}/tree/", "notebooks/"
LAB_SETTINGS = {
    # A page's theme follows the browser's colour scheme. Switching a page that is shown is no test of ours: JupyterLab
    # itself raises an error on the page when two switches follow quickly.
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}

NOTEBOOK_READY = """async () => {
    await window.jupyterapp.restored;
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.ready; await panel.sessionContext.ready; await panel.revealed;
    return true;
}"""
COMMAND = "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args); return true; }"
KERNEL_IDLE = """() => {
    const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel && kernel.status === 'idle' && kernel.connectionStatus === 'connected';
}"""
CELL_ERRORS = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells;
    const outputs = cells.flatMap(cell => cell.outputs || []);
    return outputs.filter(o => o.output_type === 'error').map(o => o.ename + ': ' + o.evalue);
}"""
# predictions cover nothing, unless a test takes this back
SKIP_PREDICTIONS = "try { localStorage['pgcourse-guess/*'] = '{\"skipped\": true}'; } catch {}"
SHUT_DOWN = "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown(); }"


@dataclasses.dataclass
class Lab:
    """A running JupyterLab and the one page that shows it."""

    url: str
    token: str
    root: Path
    server: subprocess.Popen
    page: object
    problems: list
    shown: tuple = ()
    name: str = ""

    def run(self, notebook, scheme="light", place=LAB):
        """Show a notebook alone on the page, run all its cells and return the page.

        notebook  its Path, or a list of str: the code of its cells
        scheme    "light" or "dark"
        place     LAB, or NOTEBOOK for Jupyter Notebook 7

        A notebook that is already shown runs again in the same kernel, which saves many seconds.
        """
        if self.shown != (notebook, scheme, place):
            self.page.emulate_media(color_scheme=scheme)
            self.open(notebook, place)
            self.shown = (notebook, scheme, place)
        self.command("notebook:run-all-cells")
        self.wait_idle()
        errors = self.page.evaluate(CELL_ERRORS)
        assert not errors, f"cells failed: {errors}"
        return self.page

    def open(self, notebook, place=LAB):
        """Open a copy of the notebook in place of the one shown, and wait until its kernel is ready."""
        self.forget()
        found = isinstance(notebook, Path)
        notebook = nbformat.read(notebook, as_version=4) if found else _notebook(notebook)
        self.name = f"{secrets.token_hex(4)}.ipynb"
        nbformat.write(notebook, self.root / self.name)
        self.show(place + self.name)

    def forget(self):
        """End the kernel of the notebook that is shown, which is then opened anew."""
        if self.shown:
            self.page.evaluate(SHUT_DOWN)
        self.shown = ()

    def show(self, address):
        """Go to an address that shows a notebook, and wait until its kernel is ready."""
        address = address.format(workspace=secrets.token_hex(4))
        self.page.goto(f"{self.url}/{address}?token={self.token}", wait_until="domcontentloaded")
        self.page.wait_for_function("() => window.jupyterapp !== undefined")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Notebook")
        self.page.wait_for_function(NOTEBOOK_READY)
        self.wait_idle()

    def new_page(self, **options):
        """Open another page in the same browser, to be closed by the caller; options are Playwright's."""
        page = self.page.context.browser.new_page(**options)
        page.add_init_script(SKIP_PREDICTIONS)
        page.set_default_timeout(WAIT_SECONDS * 1000)
        return page

    def command(self, name, **arguments):
        """Execute a JupyterLab command and wait for its end."""
        # Unlike `evaluate`, this gives up after a while.
        self.page.wait_for_function(COMMAND, arg=[name, arguments], timeout=RUN_SECONDS * 1000)

    def wait_idle(self):
        """Wait until the kernel has nothing more to do."""
        self.page.wait_for_function(KERNEL_IDLE)


@contextlib.contextmanager
def running_lab(viewport=(1280, 900), environment=None):
    """Start JupyterLab and Chromium, yield a Lab, end both.

    viewport     width and height of the page in CSS pixels
    environment  dict of environment variables for the server and its kernels
    """
    with tempfile.TemporaryDirectory(prefix="labdrive-") as folder, contextlib.ExitStack() as stack:
        root = Path(folder, "notebooks")
        root.mkdir()
        token = secrets.token_hex(16)
        url, server = stack.enter_context(_server(Path(folder), root, token, environment or {}))
        page, problems = stack.enter_context(_page(viewport))
        yield Lab(url, token, root, server, page, problems)


@pytest.fixture(scope="session")
def _session_lab():
    with running_lab() as lab:
        yield lab


@pytest.fixture
def lab(_session_lab):
    """Yield the session's Lab; afterwards fail the test for what went wrong on the page."""
    _session_lab.problems.clear()
    yield _session_lab
    assert not _session_lab.problems, "\n".join(_session_lab.problems)


def _notebook(sources):
    # Without a kernel's name JupyterLab asks for one and waits.
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in sources]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@contextlib.contextmanager
def _server(folder, root, token, environment):
    (port,) = free_ports()
    url = f"http://127.0.0.1:{port}"
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "ServerApp.root_dir": root,
        "IdentityProvider.token": token,
        "LabApp.expose_app_in_browser": True,
        "JupyterNotebookApp.expose_app_in_browser": True,
        "LabApp.extension_manager": "readonly",
        "ServerApp.kernel_websocket_connection_class": "pgcourse.tools.server.Connection",  # as for `pgcourse lab`
    }
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
    log = folder / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, env=_environment(folder) | environment, cwd=root
        )
        try:
            _wait_for_start(server, f"{url}/api/status?token={token}", log)
            yield url, server
        finally:
            server.terminate()
            server.wait(WAIT_SECONDS)


def _environment(folder):
    """Give the server a home of its own, so that nobody's settings change a test and no test changes them."""
    settings = folder / "config" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(LAB_SETTINGS))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PGCOURSE"))}
    return kept | {
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_CONFIG_PATH": str(NO_QUESTIONS),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }


def _wait_for_start(server, address, log):
    end = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


@contextlib.contextmanager
def _page(viewport):
    width, height = viewport
    with sync_playwright() as playwright:
        arguments = [*CHROMIUM_ARGUMENTS, NO_NETWORK]
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=arguments, timeout=START_SECONDS * 1000
        )
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(WAIT_SECONDS * 1000)
        page.add_init_script(SKIP_PREDICTIONS)
        try:
            yield page, watched(page)
        finally:
            browser.close()


def drag_to_the_middle(page, slider):
    """Drag a slider from its left end to its middle, as a mouse does."""
    track = slider.bounding_box()
    middle = track["y"] + track["height"] / 2
    page.mouse.move(track["x"] + 10, middle)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] / 2, middle, steps=8)
    page.mouse.up()


def watched(page):
    """Return a list that grows by a sentence for each thing that goes wrong on a page."""
    problems = []
    page.on("pageerror", lambda error: _note_error(error, problems))
    page.on("console", lambda message: _note_lost_view(message.text, problems))
    page.on("request", lambda request: _note_foreign(request.url, problems))
    page.on("websocket", lambda socket: _note_foreign(socket.url, problems))
    return problems


def _note_error(error, problems):
    # Notebook 7 itself raises errors at each start, and JupyterLab when a kernel ends that it has just asked something
    if "/static/notebook/" not in error.stack and "Canceled future" not in error.message:
        problems.append(f"page error: {error}\n{error.stack}")


def _note_lost_view(text, problems):
    if "Could not create a view" in text:
        problems.append(text)


def _note_foreign(address, problems):
    if not address.startswith(LOCAL):
        problems.append(f"request to another machine: {address}")
