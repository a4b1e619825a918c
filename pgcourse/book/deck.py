"""The lecture's slides as a page of the book: its pictures are recordings, drawn for a hall."""

import contextlib
import io
from pathlib import Path

from pgcourse.book import pages, record
from pgcourse.deck import page, slides
from pgcourse.deck.slides import Slide
from pgcourse.figures import style

REPLAY = Path(__file__).parent / "replay.js"
DECK_BYTES = 2_000_000  # of its recordings, compressed; each is loaded when its slide comes near


def write(course: Path, site: Path, lectures: list[str]) -> None:
    """Write `deck.html`, and beside it what it loads.

    Parameters
    ----------
    course, site : Path
        The folders of the course and of the book.
    lectures : list of str
        The lectures of which it has the slides.

    Raises
    ------
    ValueError
        For a slide that cannot be made, and a picture that fails at one of its settings.
    """
    found = slides.slides(slides.read(course, lectures))
    pictures = [slide for slide in found if slide.figure]
    with pages.processes(style.use, "hall") as pool:
        drawn = dict(zip((slide.figure for slide in pictures), pool.map(_drawn, pictures), strict=True))
    folder = site / page.STATIC / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    recordings = {name: recording for name, (_, recording) in drawn.items()}
    for name, packed in record.fitted(recordings, DECK_BYTES).items():
        (folder / f"{name}.js").write_text(pages.script(name, packed), encoding="utf-8")
    page.write(site, found, lambda name: drawn[name][0], [REPLAY])


def _drawn(slide: Slide) -> tuple[str, record.Recording]:
    """Return the place of a slide's picture, and the recording of what its controls can show."""
    with contextlib.redirect_stdout(io.StringIO()):  # a bar of progress
        live = pages.figure(slide.figure)
        return pages.place(slide.figure), record.record(live, record.settings(live, slide.controls))
