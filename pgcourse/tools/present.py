"""The lecture's slides, served by a Jupyter server whose kernel moves the pictures."""

from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from pgcourse.deck import page, slides

ADDRESS = "deck"
PLACE = '<div data-figure="{}" class="pgcourse-place"></div>'


class Slides(JupyterHandler, web.StaticFileHandler):
    """Give the page and what it loads to whoever may use the server."""

    @web.authenticated
    async def get(self, path: str, include_body: bool = True) -> None:  # type: ignore[override]
        """Answer with a file; the page is also given the cookie with which it may ask for a kernel."""
        assert self.xsrf_token
        await web.StaticFileHandler.get(self, path, include_body)


def write(course: Path, folder: Path) -> None:
    """Write the slides of a course into a folder, for a live kernel.

    Raises
    ------
    ValueError
        For a slide that cannot be made.
    """
    page.write(folder, slides.slides(slides.read(course)), PLACE.format, [page.HERE / "kernel.js"])


def serve(app: Any, folder: Path) -> None:
    """Let a ServerApp that is set up serve what `write` has written."""
    address = url_path_join(app.base_url, ADDRESS, "(.*)")
    app.web_app.add_handlers(".*$", [(address, Slides, {"path": str(folder)})])
